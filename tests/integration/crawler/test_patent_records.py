"""Every record of the corpus of patent files, with the fields that a person reads in it."""

from __future__ import annotations

import datetime as dt
import os
import tarfile
from pathlib import Path, PurePosixPath

import pytest

from crawler.collectors.patents.exchange import Answer
from crawler.collectors.patents.publication import Applicant, Publication, Reference
from crawler.collectors.patents.records import read_records

CORPORA = Path(os.environ.get("ZOOM_AVANT_CORPORA", Path(__file__).parents[4] / "shared" / "data"))
PACKED = CORPORA / "patent_records_dev.tar.gz"

pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not PACKED.exists(), reason="the corpus of patent records is not here")]

EPO = Reference("EP19990203729", dt.date(1999, 11, 8))
DOCDB = Reference("EP99203729", dt.date(1999, 11, 8))
OWNER = Applicant("BOER BEHEER NIJMEGEN BV DE", "NL")
TITLES = {
    "de": "Vorrichtung zur Herstellung von Steinformlingen für die Ziegelindustrie",
    "fr": "Dispositif pour la fabrication de briques crues utilisées dans l'industrie manufacturière des briques",
    "en": "Apparatus for manufacturing green bricks for the brick manufacturing industry",
}


@pytest.fixture(scope="module")
def records() -> dict[str, Answer]:
    """Every record by the end of its path. Reading any of them must not fail."""
    with tarfile.open(PACKED) as packed:
        files = {member.name: packed.extractfile(member) for member in packed if member.name.endswith(".xml")}
        return {"/".join(PurePosixPath(name).parts[-2:]): read_records(file.read(), name) for name, file in files.items() if file}


def test_every_record_is_read(records: dict[str, Answer]) -> None:
    assert len(records) == 25
    assert all(answer.publications and not answer.rejected for answer in records.values())


@pytest.mark.parametrize(
    ("name", "number", "on", "title", "applicants", "codes", "us_classes", "filed", "priorities", "claims"),
    [
        (
            "pap/US20010000044A1.xml",
            "US20010000044A1",
            dt.date(2001, 3, 15),
            "Systems and Methods For Transacting Business Over A Global Communications Network Such As The Internet",
            (),  # its inventor applied in his own name
            ("G06F17/60",),
            ("705/26", "705/37"),
            Reference("US09342866", dt.date(1999, 6, 29)),
            (),
            21,
        ),
        (
            "pap/US20010000943A1.xml",
            "US20010000943A1",
            dt.date(2001, 5, 10),
            "Organic electroluminescence device and method of manufacturing same",
            (Applicant("IDEMITSU KOSAN CO., LTD."),),
            ("H01J1/62",),
            ("313/503", "313/504"),
            Reference("US09727454", dt.date(2000, 12, 4)),
            (Reference("JP11-097727", dt.date(1999, 4, 5)),),
            13,
        ),
        (
            "pap/US20010009014A1.xml",
            "US20010009014A1",
            dt.date(2001, 7, 19),
            "Facilitating real-time, multi-point communications over the internet",
            (),
            ("G06F15/16",),
            ("709/204", "709/227"),
            Reference("US09777392", dt.date(2001, 2, 5)),
            (),
            55,
        ),
        (
            "xml2004/US06859910.xml",
            "US6859910B2",
            dt.date(2005, 2, 22),
            "Methods and systems for transactional tunneling",
            (Applicant("Bluestreak.com"),),
            ("G06F15/00", "G06F17/00", "G06F17/21", "G06F17/24"),
            (
                *("715/513", "709/219", "709/227", "709/203", "705/26", "705/39", "705/75"),
                *("707/7", "707/10", "707/102", "345/748", "345/760", "345/762"),
            ),
            Reference("US09832323", dt.date(2001, 4, 10)),
            (),
            2,
        ),
        (
            "xml2004/US06970935.xml",
            "US6970935B1",
            dt.date(2005, 11, 29),
            "Conversational networking via transport, coding and control conversational protocols",
            (Applicant("International Business Machines Corporation", "US"),),
            ("G06F15/16",),
            ("709/230", "709/228", "370/356", "379/88.02"),
            Reference("US09703574", dt.date(2000, 11, 1)),
            (),
            30,
        ),
        (
            "xml2006/US07272630B2.xml",
            "US7272630B2",
            dt.date(2007, 9, 18),
            "Locating potentially identical objects across multiple computers based on stochastic partitioning of workload",
            (Applicant("Microsoft Corporation", "US"),),
            ("G06F15/13",),
            ("709/203", "709/201", "709/219", "715/739"),
            Reference("US10991571", dt.date(2004, 11, 18)),
            (),
            17,
        ),
        (
            "xmlApp2004/US20050004437A1.xml",
            "US20050004437A1",
            dt.date(2005, 1, 6),
            "Simulation device for playful evaluation and display of blood sugar levels",
            (),
            ("A61B5/00",),
            ("600/300", "128/905", "345/952"),
            Reference("US10830857", dt.date(2004, 4, 23)),
            (Reference("CH1974/01", dt.date(2001, 10, 26)),),
            10,
        ),
        (
            "xmlApp2004/US20050004974A1.xml",
            "US20050004974A1",
            dt.date(2005, 1, 6),
            "Device model agent",
            (Applicant("Xerox Corporation"),),
            ("G06F15/16",),
            ("709/202",),
            Reference("US10687244", dt.date(2003, 10, 16)),
            (),
            21,
        ),
    ],
)
def test_a_us_record(
    records: dict[str, Answer],
    name: str,
    number: str,
    on: dt.date,
    title: str,
    applicants: tuple[Applicant, ...],
    codes: tuple[str, ...],
    us_classes: tuple[str, ...],
    filed: Reference,
    priorities: tuple[Reference, ...],
    claims: int,
) -> None:
    [found] = records[name].publications
    assert (found.id, found.published_on, found.titles) == (number, on, {"en": title})
    assert (found.applicants, found.codes, found.us_classes) == (applicants, codes, us_classes)
    assert (found.application, found.priorities, len(found.claims)) == (filed, priorities, claims)
    assert found.claims[0].lstrip("1. ").startswith(("A ", "An "))
    assert len(found.abstracts["en"]) > 90
    assert len(found.description) > 8000


def test_named_letters_of_document_types_that_are_not_loaded(records: dict[str, Answer]) -> None:
    [found] = records["pap/US20010000943A1.xml"].publications
    assert "Min−20 nm<t<Min +20 nm" in found.claims[0]
    assert "&" not in found.claims[0]


def brick(answer: Answer) -> Publication:
    return answer.publications[0]


@pytest.mark.parametrize(
    ("name", "publications", "cpc"),
    [
        ("expected/ep1000000_biblio_result.xml", 1, ("B28B1/29", "B28B5/022", "B28B7/0064")),
        ("expected/ep1000000_full_cycle_result.xml", 2, ("B28B1/29", "B28B5/022", "B28B7/0064")),
        ("test/full_cycle_example.xml", 2, ("B28B1/29", "B28B5/022", "B28B7/0064")),
        ("fixtures/ep1000000_full_cycle_result.xml", 2, ("B28B1/29", "B28B5/022", "B28B5/025", "B28B7/0064")),
    ],
)
def test_bibliographic_data(records: dict[str, Answer], name: str, publications: int, cpc: tuple[str, ...]) -> None:
    answer = records[name]
    found = brick(answer)
    assert [one.id for one in answer.publications] == ["EP1000000A1", "EP1000000B1"][:publications]
    assert (found.published_on, found.family, found.titles) == (dt.date(2000, 5, 17), "19768124", TITLES)
    assert (found.applicants, found.cpc) == ((OWNER,), cpc)
    assert found.ipc == ("B28B1/29", "B28B5/02", "B28B7/00", "H02P6/08")
    assert (found.application, found.priority_on) == (EPO, dt.date(1998, 11, 12))
    assert found.priorities == (Reference("NL19981010536", dt.date(1998, 11, 12)),)
    entry = found.entry()
    assert entry is not None
    assert entry.keys == ("publication:EP1000000A1",)
    assert "KOSMAN" not in repr(entry)  # the inventor


@pytest.mark.parametrize("name", ["fixtures/ep1000000_abstract_result.xml", "expected/ep1000000_abstract_result.xml"])
def test_an_abstract(records: dict[str, Answer], name: str) -> None:
    found = brick(records[name])
    assert (found.id, found.published_on, found.titles) == ("EP1000000A1", dt.date(2000, 5, 17), {})
    assert found.abstracts["en"].startswith("The invention relates to an apparatus (1) for manufacturing green bricks from clay")
    assert found.abstracts["en"].endswith("at least one side of the green bricks.")  # without the mark of its image


@pytest.mark.parametrize(
    "name",
    ["test/description_example.xml", "expected/ep1000000_description_result.xml", "fixtures/ep1000000_description_result.xml"],
)
def test_a_description(records: dict[str, Answer], name: str) -> None:
    found = brick(records[name])
    assert found.id == "EP1000000A1"
    assert found.description.startswith("[0001] The invention relates to an apparatus for manufacturing green bricks")
    assert len(found.description) == 10457


@pytest.mark.parametrize("name", ["test/claims_example.xml", "expected/ep1000000_claims_result.xml"])
def test_claims(records: dict[str, Answer], name: str) -> None:
    found = brick(records[name])
    assert (found.id, len(found.claims)) == ("EP1000000A1", 11)
    assert found.claims[1].startswith("2. Apparatus as claimed in claim 1, wherein the edge-forming means")


def test_a_family_and_its_legal_events(records: dict[str, Answer]) -> None:
    family = records["fixtures/family_input.xml"]
    assert [one.id for one in family.publications][:4] == ["EP1000000A1", "EP1000000B1", "AT232441T", "DE69905327D1"]
    assert (family.total, len(family.publications)) == (6, 6)
    assert {one.family for one in family.publications} == {"19768124"}
    assert (brick(family).application, brick(family).priorities) == (DOCDB, (Reference("NL1010536", dt.date(1998, 11, 12)),))
    legal = brick(records["fixtures/example_1.xml"])
    assert (legal.id, len(legal.events)) == ("EP1000000A1", 50)
    first = legal.events[0]
    assert (first.code, first.text, first.on) == ("17Q", "FIRST EXAMINATION REPORT DESPATCHED", dt.date(2002, 6, 5))


@pytest.mark.parametrize(
    ("name", "query", "total", "span", "first", "family"),
    [
        ("expected/search_result.xml", "ti = plastic", 10_000, (1, 100), "WO2023205392A1", "88420563"),
        ("fixtures/search_result.xml", "ti = plastic", 10_000, (1, 100), "CA3237865A1", "78617299"),
        ("test/search_example.xml", 'applicant = "nine energy"', 15, (1, 25), "US20210381337A1", "40674565"),
    ],
)
def test_search_results(
    records: dict[str, Answer], name: str, query: str, total: int, span: tuple[int, int], first: str, family: str
) -> None:
    answer = records[name]
    assert (answer.query, answer.total, (answer.begin, answer.end)) == (query, total, span)
    assert len(answer.publications) == min(total, 100)
    assert (answer.publications[0].id, answer.publications[0].family) == (first, family)


def test_images_name_their_publication(records: dict[str, Answer]) -> None:
    assert brick(records["test/image_example.xml"]).id == "EP1000000A1"
