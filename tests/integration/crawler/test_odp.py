"""The USPTO collector against a portal that keeps the documented rules and springs the documented traps."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest
from pydantic import SecretStr

from crawler.collectors.base import Task, Watched
from crawler.collectors.patents.odp import OdpCollector
from crawler.config import Credentials
from storage.errors import ConfigError
from storage.model import Kind, Source
from tests.servers.drive import Driven, drive
from tests.servers.http import Site
from tests.servers.odp import KEY, Odp, application, sends

NOW = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)
QUANTUM = Watched(id="quantum", codes=("G06N10", "H04L9/0852"))
DAY = dt.date(2026, 9, 10)


def a_task(odp: Odp, *, cursor: str | None = None, watched: tuple[Watched, ...] = (QUANTUM,), **options: object) -> Task:
    source = Source(id="uspto", name="USPTO ODP", kind=Kind.PATENT, url=odp.url, collector="odp", options=options, cursor=cursor)
    return Task(source=source, now=NOW, watched=watched, credentials=Credentials(uspto_key=SecretStr(KEY)))


def read(odp: Odp, **given: object) -> Driven:
    return drive(OdpCollector(), a_task(odp, **given))  # type: ignore[arg-type]


def numbers(driven: Driven) -> Counter[str]:
    return Counter(entry.keys[0] for entry in driven.entries)


def test_an_application_brings_what_the_record_states(site: Site) -> None:
    [entry] = read(Odp(site, [application(999001, DAY, codes=("G06N  10/40", "H04L2209/24", "nonsense"))])).entries
    assert (entry.title, entry.text, entry.lang, entry.published_on) == ("Illustrative title 999001", "", "en", DAY)
    assert entry.keys == ("publication:US20260999001A1",)  # as the EPO's collector writes it
    assert entry.url == "https://worldwide.espacenet.com/patent/search?q=pn%3DUS2026999001A1"
    assert entry.codes == ("G06N10/40", "H04L2209/24")
    assert entry.linked == ("application:US18999001",)
    assert [(one.name, one.role, one.country) for one in entry.stated.parties] == [("EXAMPLE INC", "applicant", None)]
    assert entry.stated.ids is not None
    assert entry.stated.ids["priority_date"] == "2025-03-04"


@pytest.mark.parametrize("written", ["US 2026-0999001 A1", "US20260999001A1", "US 2026/0999001 A1"])
def test_every_spelling_of_a_number_is_one_key(site: Site, written: str) -> None:
    odp = Odp(site, [application(1, DAY, earliestPublicationNumber=written)])
    assert set(numbers(read(odp))) == {"publication:US20260999001A1"}


def test_applicants_have_the_country_of_their_address_and_persons_are_left_out(site: Site) -> None:
    bag = [
        {"applicantNameText": "SOCIETE FICTIVE SAS", "correspondenceAddressBag": [{"cityName": "Nantes", "countryCode": "FR"}]},
        {"applicantNameText": "Camille Inventée", "firstName": "Camille", "lastName": "Inventée"},
        {"applicantNameText": "ALEX INVENTED"},
        {"applicantNameText": "Invented, Alex"},
        {"applicantNameText": None},
    ]
    [entry] = read(Odp(site, [application(1, DAY, applicantBag=bag)])).entries
    assert [(one.name, one.country) for one in entry.stated.parties] == [("SOCIETE FICTIVE SAS", "FR")]


def test_pages_bring_everything_once_at_a_request_a_second(site: Site) -> None:
    records = [application(n, DAY - dt.timedelta(days=n % 9)) for n in range(1, 451)]
    odp = Odp(site, records)
    driven = read(odp)
    assert sum(numbers(driven).values()) == len(set(numbers(driven))) == 450
    assert driven.waits == [0, 1, 1, 1, 1]
    assert not odp.refusals


def test_more_than_the_portal_gives_is_cut_by_days(site: Site) -> None:
    records = [application(n, DAY - dt.timedelta(days=n % 5)) for n in range(1, 10_201)]
    odp = Odp(site, records)
    driven = read(odp)
    assert set(numbers(driven).values()) == {1}
    assert len(numbers(driven)) == 10_200
    assert not odp.refusals[400]


@pytest.mark.parametrize("broken_off_after", [1, 2, 4])
def test_a_visit_that_is_killed_goes_on_from_its_last_page(site: Site, broken_off_after: int) -> None:
    records = [application(n, DAY - dt.timedelta(days=n % 9)) for n in range(1, 451)]
    odp = Odp(site, records)
    before = drive(OdpCollector(), a_task(odp), pages=broken_off_after)
    after = read(odp, cursor=before.cursor)
    assert len(numbers(before) + numbers(after)) == 450
    assert (numbers(before) + numbers(after)).total() == 450


def test_only_what_begins_with_a_watched_code_is_kept(site: Site) -> None:
    records = [application(1, DAY), application(2, DAY, codes=("G06N   3/08",)), application(3, DAY, codes=("H04L   9/0852",))]
    assert len(numbers(read(Odp(site, records)))) == 2


def test_grants_are_read_by_the_day_they_are_granted(site: Site) -> None:
    granted = application(1, dt.date(2025, 1, 2), patentNumber="12999001", grantDate="2026-09-15")
    direct = application(2, DAY, patentNumber="12999002", grantDate="2026-09-15", earliestPublicationNumber=None)
    driven = read(Odp(site, [granted, direct, application(3, DAY)]), event="grant")
    assert set(numbers(driven)) == {"publication:US12999001B2", "publication:US12999002B1"}
    assert {entry.published_on for entry in driven.entries} == {dt.date(2026, 9, 15)}


def test_applicants_found_by_a_word_of_their_name_are_held_against_it(site: Site) -> None:
    records = [application(1, DAY, name="CORNE INC"), application(2, DAY, name="GRANDE CORNE INC")]
    assert len(numbers(read(Odp(site, records), applicants=["Corne"], watched=()))) == 1


def test_no_result_is_an_empty_answer(site: Site) -> None:
    driven = read(Odp(site, []))
    assert (driven.reason, driven.ended, driven.entries) == (None, None, [])
    assert driven.cursor is not None


def test_a_404_that_is_no_empty_answer_is_a_fault(site: Site) -> None:
    driven = read(Odp(site, [], faults=[sends({"message": "no Route matched"}, 404)]))
    assert driven.reason is not None
    assert driven.reason.code == "not_found"


def test_a_record_that_is_broken_costs_no_other(site: Site) -> None:
    records = [application(n, DAY) for n in range(1, 6)]
    records[1]["applicationMetaData"]["inventionTitle"] = None
    records[2]["applicationMetaData"]["earliestPublicationNumber"] = "unknown"
    records[3]["applicationMetaData"]["applicantBag"] = "EXAMPLE INC"
    driven = read(Odp(site, records))
    assert len(numbers(driven)) == 3
    assert sum(page.rejected for page in driven.pages) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><body>maintenance</body></html>", "html"),
        (b'{"count": NaN, "patentFileWrapperDataBag": []}', "bad_json"),
        (b"[]", "shape"),
        ({"message": "Too Many Requests"}, "shape"),
        ({"count": 1, "patentFileWrapperDataBag": None}, "shape"),
        ({"count": 250, "patentFileWrapperDataBag": []}, "incomplete"),
    ],
)
def test_an_answer_that_is_no_result_is_never_an_empty_one(site: Site, content: object, code: str) -> None:
    driven = read(Odp(site, [], faults=[sends(content)]))
    assert driven.reason is not None
    assert driven.reason.code == code
    assert driven.cursor is None


def test_a_page_that_repeats_for_ever_ends_the_visit(site: Site) -> None:
    same = {"count": 500, "patentFileWrapperDataBag": [application(n, DAY) for n in range(100)]}
    driven = read(Odp(site, [], faults=[sends(same)] * 5))
    assert driven.reason is not None
    assert driven.reason.code == "repeats"
    assert len(driven.requests) == 2


def test_a_wrong_key_says_which_setting_to_look_at_and_shows_no_secret(site: Site) -> None:
    task = replace(a_task(Odp(site, [])), credentials=Credentials(uspto_key=SecretStr("wrong-secret")))
    driven = drive(OdpCollector(), task)
    assert driven.reason is not None
    assert (driven.reason.code, driven.reason.detail) == ("key_refused", "uspto_key")
    assert "wrong-secret" not in repr(driven.requests) + str(driven.reason) + repr([path for path, _ in site.asked])


def test_without_a_key_nothing_is_asked(site: Site) -> None:
    driven = drive(OdpCollector(), replace(a_task(Odp(site, [])), credentials=Credentials()))
    assert driven.reason is not None
    assert (driven.reason.code, driven.requests) == ("needs_key", [])


def test_an_option_nobody_knows_is_refused_before_the_first_request(site: Site) -> None:
    with pytest.raises(ConfigError, match="source 'uspto', options of its collector 'odp': event"):
        read(Odp(site, []), event="filing")
    assert not site.asked
