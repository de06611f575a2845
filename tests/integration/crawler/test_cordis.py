"""CORDIS over real HTTP: the bulk ZIP with what its files do to readers, and the extraction service with its rules."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from crawler.collectors.base import Task
from crawler.collectors.cordis import CordisCollector
from crawler.config import Credentials
from storage.errors import ConfigError
from storage.model import Kind, Source
from storage.stated import Party, Place, StatedAmount
from tests.servers.cordis import (
    KEY,
    PROJECT,
    Cordis,
    a_project,
    an_organisation,
    bulk,
    line,
    record_xml,
    running_cordis,
    table,
    zipped,
)
from tests.servers.drive import Driven, drive

NOW = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)


@pytest.fixture
def cordis() -> Iterator[Cordis]:
    with running_cordis() as running:
        yield running


def a_task(cordis: Cordis, cursor: str | None = None, key: str | None = KEY, max_items: int = 5_000, **options: Any) -> Task:
    source = Source(
        id="cordis", name="CORDIS", kind=Kind.FUNDING, url=cordis.address, collector="cordis", options=options, cursor=cursor
    )
    credentials = Credentials(cordis_key=SecretStr(key) if key else None)
    return Task(source=source, now=NOW, credentials=credentials, max_items=max_items)


def visit(cordis: Cordis, cursor: str | None = None, **asked: Any) -> Driven:
    pages = asked.pop("pages", None)
    return drive(CordisCollector(), a_task(cordis, cursor, **asked), pages=pages)


def numbers(driven: Driven) -> list[str]:
    return [(entry.guid or "").removeprefix("cordis:") for entry in driven.entries]


def test_a_project_is_an_entry_with_what_it_states(cordis: Cordis) -> None:
    partners = [
        an_organisation(order="2", role="participant", name="Société B & fils", country="EL", nutsCode="EL30", vatNumber="EL1"),
        an_organisation(),
        an_organisation(order="3", role="participant", name="Parti", endOfParticipation="true"),
    ]
    cordis.file = bulk([a_project()], partners)
    driven = visit(cordis)
    (entry,) = driven.entries
    assert entry.title == "EXQ999001: Illustrative quantum link"
    assert "It carries photons" not in entry.text
    assert entry.text.startswith("An invented link; it carries photons. It has a second line.")
    assert entry.url == "https://cordis.europa.eu/project/id/999001"
    assert (entry.published_on, entry.date_precision) == (dt.date(2026, 6, 11), None)
    assert "signed 2026-06-11" in entry.text
    assert entry.keys == ("project:cordis:999001", "doi:10.3030/999001")
    assert entry.linked == ("project:cordis:999001",)
    assert entry.stated.programme == "Horizon Europe"
    assert entry.stated.amounts == (
        StatedAmount(number=2_500_000, raw="2500000", role="awarded", currency="EUR"),
        StatedAmount(number=3_000_000.5, raw="3000000,50", role="cost", currency="EUR"),
    )
    assert entry.stated.parties == (
        Party(name="INSTITUT EXEMPLE", role="coordinator", country="FR", area="FRH03", register_id="siren:123456782"),
        Party(name="Société B & fils", role="partner", country="GR", area="EL30", register_id="pic:999888777"),
    )
    assert entry.stated.places == (
        Place(scheme="nuts", code="FRH03", raw="INSTITUT EXEMPLE"),
        Place(scheme="nuts", code="EL30", raw="Société B & fils"),
    )
    assert "contact" not in json.dumps(entry.stated.as_json())


def test_columns_are_read_by_name_and_may_be_missing_or_in_another_order(cordis: Cordis) -> None:
    columns = [name for name in reversed(PROJECT) if name != "ecSignatureDate"]
    cordis.file = bulk([a_project(startDate="2026-05-01"), a_project(999002, startDate="2026-12-01")], columns=columns)
    found = {entry.guid: entry for entry in visit(cordis).entries}
    assert found["cordis:999001"].published_on == dt.date(2026, 5, 1)
    # a project that starts later was announced when its record was written
    assert found["cordis:999002"].published_on == dt.date(2026, 7, 1)
    assert found["cordis:999001"].title == "EXQ999001: Illustrative quantum link"


@pytest.mark.parametrize(
    ("cost", "number"), [("3000000,50", 3_000_000.5), ("3000000.50", 3_000_000.5), ("3.000.000,50", 3_000_000.5), ("0", None)]
)
def test_both_decimal_marks_are_read_and_zero_means_unknown(cordis: Cordis, cost: str, number: float | None) -> None:
    cordis.file = bulk([a_project(totalCost=cost)])
    costs = [amount.number for amount in visit(cordis).entries[0].stated.amounts if amount.role == "cost"]
    assert costs == ([] if number is None else [number])


def test_stray_quotes_damage_one_record_at_most_and_are_counted(cordis: Cordis) -> None:
    good = [a_project(999000 + i) for i in range(1, 6)]
    stray = line(a_project(999010), PROJECT).replace("it carries photons", 'it "carries photons; or so')
    open_quote = line(a_project(999011), PROJECT).replace("An invented", '"An invented')
    hopeless = '"999012";"CUT";"SIGNED";"no more'
    cordis.file = bulk([*good[:2], stray, good[2], hopeless, good[3], open_quote, good[4]])
    driven = visit(cordis)
    assert sorted(numbers(driven)) == ["999001", "999002", "999003", "999004", "999005", "999010", "999011"]
    assert sum(page.rejected for page in driven.pages) == 1
    note = driven.pages[0].note
    assert note is not None
    assert (note.code, note.detail) == ("mended_rows", "2")
    text = next(entry.text for entry in driven.entries if entry.guid == "cordis:999010")
    assert 'it "carries photons; or so' in text


def test_the_first_visit_reads_a_year_and_a_decade_when_asked(cordis: Cordis) -> None:
    cordis.file = bulk([a_project(999000 + year, ecSignatureDate=f"20{year}-06-01") for year in (14, 17, 24, 26)])
    assert numbers(visit(cordis)) == ["999026"]
    assert numbers(visit(cordis, years=10)) == ["999017", "999024", "999026"]
    assert numbers(visit(cordis, since="2014-01-01")) == ["999014", "999017", "999024", "999026"]


def test_later_visits_read_what_was_written_since(cordis: Cordis) -> None:
    cordis.file = bulk([a_project(1001), a_project(1002, contentUpdateDate="2026-07-02 09:00:00")])
    first = visit(cordis)
    assert numbers(first) == ["1001", "1002"]
    assert first.requests[0].conditional
    cordis.file = bulk([a_project(1001), a_project(1003, contentUpdateDate="2026-09-20 09:00:00"), a_project(1002)])
    second = visit(cordis, first.cursor)
    assert numbers(second) == ["1003"]
    assert second.requests[0].conditional
    assert second.pages[-1].cursor is not None


def test_a_visit_that_is_cut_off_goes_on_where_it_stopped(cordis: Cordis) -> None:
    cordis.file = bulk(
        [a_project(10_000 + i, contentUpdateDate=f"2026-07-01 10:{i // 60 % 60:02}:{i % 60:02}") for i in range(1_200)]
    )
    first = visit(cordis, pages=1)
    assert len(first.entries) == 500
    second = visit(cordis, first.cursor)
    # the file did not change, but a part of it was never stored: it is asked for without validators
    assert not second.requests[0].conditional
    assert len(second.entries) == 700
    assert not set(numbers(first)) & set(numbers(second))
    assert visit(cordis, second.cursor).requests[0].conditional


def test_what_a_visit_leaves_waits_for_the_next(cordis: Cordis) -> None:
    cordis.file = bulk([a_project(10_000 + i) for i in range(30)])
    first = visit(cordis, max_items=20)
    assert len(first.entries) == 20
    assert first.pages[-1].note is not None
    assert first.pages[-1].note.code == "capped"
    assert len(visit(cordis, first.cursor, max_items=20).entries) == 10


def test_other_options_begin_again(cordis: Cordis) -> None:
    cordis.file = bulk([a_project(1001), a_project(1002, ecSignatureDate="2019-05-01")])
    first = visit(cordis)
    assert numbers(first) == ["1001"]
    again = visit(cordis, first.cursor, years=10)
    assert sorted(numbers(again)) == ["1001", "1002"]
    assert not again.requests[0].conditional
    assert numbers(visit(cordis, "not a cursor at all")) == ["1001"]


def test_a_programme_has_its_own_file_and_a_missing_one_is_a_web_page(cordis: Cordis) -> None:
    driven = visit(cordis, programme="fp7")
    assert driven.requests[0].url.endswith("/data/cordis-fp7projects-csv.zip")
    assert driven.reason is not None
    assert driven.reason.code == "html"
    assert driven.pages == []


BOMB = zipped({"project.csv": b'"id";"title"\n' + b" " * 30_000_000})
LIES = bytearray(bulk([a_project(999000 + i) for i in range(50)]))
for at in (LIES.index(b"PK\x01\x02") + 24, 22):
    LIES[at : at + 4] = (1_000).to_bytes(4, "little")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK\x03\x04 no archive",
        BOMB,
        bytes(LIES),
        bulk([a_project()])[:-60],
        zipped({"../project.csv": table([a_project()], PROJECT)}),
        zipped({"a/project.csv": table([a_project()], PROJECT), "b/project.csv": table([a_project()], PROJECT)}),
        zipped({"organization.csv": b"x"}),
        zipped({"project.csv": b"name;title\nno;number\n"}),
        zipped({"project.csv": table(["nothing of use"] * 3, PROJECT)}),
    ],
    ids=["empty", "torn", "bomb", "lies about size", "cut", "climbs", "two", "none", "no id column", "no record"],
)
def test_an_archive_that_is_none_or_means_harm_is_refused(cordis: Cordis, body: bytes) -> None:
    cordis.file = body
    driven = visit(cordis)
    assert driven.pages == []
    assert driven.reason is not None
    assert driven.reason.code == "archive"


def test_options_that_contradict_themselves_are_named(cordis: Cordis) -> None:
    with pytest.raises(ConfigError, match="query or a programme"):
        visit(cordis, query="quantum", programme="horizon")
    with pytest.raises(ConfigError, match="sinse"):
        visit(cordis, sinse="2020-01-01")


# the extraction service


def an_extract(*numbers_: int) -> bytes:
    inner = {f"project-{n}.xml": record_xml(a_project(n), [an_organisation(n)]) for n in numbers_}
    inner["article-1.xml"] = b"<article xmlns='http://cordis.europa.eu'><id>1</id></article>"
    inner["bomb.xml"] = (
        b'<!DOCTYPE p [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><project><id>1234</id><title>&b;</title></project>'
    )
    return zipped({"xml.zip": zipped(inner)})


def test_a_query_is_extracted_waited_for_read_and_deleted(cordis: Cordis) -> None:
    cordis.extract, cordis.polls = an_extract(999001, 999002), 3
    driven = visit(cordis, query="contenttype='project' AND 'quantum'")
    assert numbers(driven) == ["999001", "999002"]
    assert cordis.calls == [
        ("GET", "getExtraction"),
        *[("GET", "getExtractionStatus")] * 3,
        ("DELETE", "deleteExtraction"),
    ]
    assert driven.waits[2:4] == [30.0, 30.0]
    entry = driven.entries[0]
    assert entry.stated.parties[0].register_id == "siren:123456782"
    assert entry.stated.places[0].code == "FRH03"
    assert entry.stated.programme == "Horizon Europe"
    assert entry.published_on == dt.date(2026, 6, 11)
    assert sum(page.rejected for page in driven.pages) == 2  # the article and the bomb
    assert cordis.task is None


def test_the_key_travels_beside_the_address_only(cordis: Cordis) -> None:
    cordis.extract = an_extract(999001)
    driven = visit(cordis, query="quantum")
    assert set(cordis.keys) == {KEY}
    for wanted in driven.requests:
        assert KEY not in f"{wanted.url}{wanted.headers}{wanted.body!r}"
    refused = visit(cordis, query="quantum", key="a-wrong-key-that-the-service-repeats")
    assert refused.reason is not None
    assert "a-wrong-key" not in str(refused.reason)


def test_a_key_that_the_service_writes_into_the_address_of_the_file_is_taken_out(cordis: Cordis) -> None:
    cordis.extract, cordis.uri = an_extract(999001), f"/datalab/extract-77.zip?task=77&key={KEY}"
    driven = visit(cordis, query="quantum")
    assert numbers(driven) == ["999001"]
    assert any(wanted.url.endswith("/datalab/extract-77.zip?task=77") for wanted in driven.requests)
    assert not any(KEY in wanted.url for wanted in driven.requests)
    cordis.uri = f"/datalab/{KEY}/extract-77.zip"
    refused = visit(cordis, query="quantum")
    assert refused.reason is not None
    assert KEY not in str(refused.reason)
    assert not any(KEY in wanted.url for wanted in refused.requests)


def test_an_extract_that_takes_long_is_fetched_by_the_next_visit(cordis: Cordis) -> None:
    cordis.extract, cordis.polls = an_extract(999001), 12
    first = visit(cordis, query="quantum")
    assert first.entries == []
    assert first.pages[-1].note is not None
    assert first.pages[-1].note.code == "in_preparation"
    second = visit(cordis, first.cursor, query="quantum")
    assert numbers(second) == ["999001"]
    assert cordis.calls.count(("GET", "getExtraction")) == 1
    # nothing of it is left to do
    third = visit(cordis, second.cursor, query="quantum")
    assert cordis.calls.count(("GET", "getExtraction")) == 2
    assert third.entries == []


def test_a_visit_cut_off_while_waiting_asks_for_no_second_extract(cordis: Cordis) -> None:
    cordis.extract = an_extract(999001)
    first = visit(cordis, query="quantum", pages=1)
    assert numbers(visit(cordis, first.cursor, query="quantum")) == ["999001"]
    assert cordis.calls.count(("GET", "getExtraction")) == 1


@pytest.mark.parametrize("gone", ["Failed", None])
def test_an_extract_that_failed_or_is_forgotten_is_asked_for_anew_next_time(cordis: Cordis, gone: str | None) -> None:
    cordis.extract, cordis.polls = an_extract(999001), 9
    first = visit(cordis, query="quantum", pages=1)
    if gone:
        cordis.progress = gone
    else:
        cordis.task = None
    second = visit(cordis, first.cursor, query="quantum")
    assert second.reason is not None
    assert second.reason.code == "service_error"
    cordis.task, cordis.progress, cordis.polls = None, "Running", 1
    assert numbers(visit(cordis, second.cursor, query="quantum")) == ["999001"]


def test_an_error_with_status_200_is_an_error(cordis: Cordis) -> None:
    cordis.refuse = "the query is not valid"
    driven = visit(cordis, query="quantum")
    assert driven.reason is not None
    assert (driven.reason.code, driven.reason.detail) == ("service_error", "the query is not valid")


def test_a_file_elsewhere_is_not_fetched(cordis: Cordis) -> None:
    cordis.uri = "http://169.254.169.254/latest/meta-data"
    driven = visit(cordis, query="quantum")
    assert driven.reason is not None
    assert "169.254" in driven.reason.detail
    assert not any("169.254" in wanted.url for wanted in driven.requests)


def test_without_a_key_the_reason_names_the_setting(cordis: Cordis) -> None:
    driven = visit(cordis, query="quantum", key=None)
    assert driven.reason is not None
    assert "crawler.credentials.cordis_key" in driven.reason.fr
