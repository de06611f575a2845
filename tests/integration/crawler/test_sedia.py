"""The EU Funding & Tenders portal over real HTTP: the form it insists on, rows held against the filter, topics merged."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from crawler.collectors.base import Entry, Task
from crawler.collectors.sedia import SediaCollector, multipart_json
from storage.errors import ConfigError
from storage.model import Kind, Source
from storage.stated import StatedAmount
from tests.servers.drive import Driven, drive
from tests.servers.sedia import CLOSED, FORTHCOMING, OPEN, Sedia, a_result, running_sedia

NOW = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)


@pytest.fixture
def sedia() -> Iterator[Sedia]:
    with running_sedia() as running:
        yield running


def visit(sedia: Sedia, cursor: str | None = None, *, max_items: int = 5_000, **options: Any) -> Driven:
    source = Source(
        id="sedia", name="EU portal", kind=Kind.FUNDING, url=sedia.address, collector="sedia", options=options, cursor=cursor
    )
    return drive(SediaCollector(), Task(source=source, now=NOW, max_items=max_items))


def the_entry(sedia: Sedia, **metadata: Any) -> Entry:
    sedia.results = [a_result(**metadata)]
    (entry,) = visit(sedia, kind="all", statuses=["forthcoming", "open", "closed"]).entries
    return entry


def code(driven: Driven) -> str | None:
    return driven.reason.code if driven.reason else None


# what a topic says


def test_a_topic_is_an_entry_with_what_readers_need(sedia: Sedia) -> None:
    entry = the_entry(sedia)
    assert entry.title == "Illustrative photonics call"
    assert entry.text == ("Status: open. Opening (ouverture): 2026-09-15. Deadline (clôture): 2027-01-21. Chips that bend light.")
    assert (entry.guid, entry.keys) == ("topic:HORIZON-CL4-2026-EX-01", ("topic:HORIZON-CL4-2026-EX-01",))
    assert entry.url is not None
    assert entry.url.endswith("/opportunities/topic-details/HORIZON-CL4-2026-EX-01")
    assert entry.published_on == dt.date(2026, 9, 15)
    assert entry.stated.programme == "Horizon Europe"
    assert entry.stated.ids == {"topic": "HORIZON-CL4-2026-EX-01", "call": "HORIZON-CL4-2026-EX"}


def test_results_that_repeat_a_topic_are_one_entry_with_all_deadlines(sedia: Sedia) -> None:
    filler = [a_result(f"LIFE-2026-EX-{i:03}") for i in range(120)]
    first = a_result(reference="1en", deadlineDate="2026-11-03T17:00:00.000+0100", status=FORTHCOMING, descriptionByte=None)
    second = a_result(reference="2en", deadlineDate=["2027-03-01T00:00:00.000+0000", "2027-09-01T00:00:00.000+0000"])
    sedia.results = [first, *filler, second]
    driven = visit(sedia)
    assert len(driven.entries) == 121
    entry = driven.entries[0]
    assert "Status: open." in entry.text
    assert "Deadline (clôture): 2026-11-03, 2027-03-01, 2027-09-01." in entry.text
    assert "bend light" in entry.text


def test_a_status_prevails_over_a_deadline_that_has_passed(sedia: Sedia) -> None:
    assert "Status: open." in the_entry(sedia, deadlineDate="2026-01-01T00:00:00.000+0000").text
    assert "Status: closed." in the_entry(sedia, status=CLOSED).text


def test_a_call_announced_ahead_has_no_day_but_that_of_its_publication(sedia: Sedia) -> None:
    ahead = {"status": FORTHCOMING, "startDate": "2026-12-15T00:00:00.000+0000"}
    assert the_entry(sedia, **ahead).published_on is None
    assert the_entry(sedia, **ahead, publicationDateLong="1788220800000").published_on == dt.date(2026, 9, 1)
    assert the_entry(sedia, **ahead, publicationDateLong=1788220800).published_on is None  # seconds: no such field


def test_a_beneficiary_s_own_call_is_not_the_topic_it_is_named_after(sedia: Sedia) -> None:
    page = "https://ec.europa.eu/info/funding-tenders/opportunities/portal/screen/opportunities/competitive-calls-cs/777"
    sedia.results = [a_result(), a_result(type="8", reference="777", title="Open call of an invented project", url=page)]
    topic, own = visit(sedia).entries
    assert (topic.guid, own.guid) == ("topic:HORIZON-CL4-2026-EX-01", "topic:HORIZON-CL4-2026-EX-01:777")
    assert own.url == page


def a_budget(*lines: tuple[str, Any]) -> str:
    actions = [{"action": f"{name} - HORIZON-RIA", "budgetYearMap": {"2026": amount}} for name, amount in lines]
    return json.dumps({"budgetTopicActionMap": {"113481": actions}, "budgetYearsColumns": ["2026"]})


@pytest.mark.parametrize(
    ("overview", "amounts", "told"),
    [
        (a_budget(("HORIZON-CL4-2026-EX-01", "18000000"), ("HORIZON-CL4-2026-EX-02", 5)), [18_000_000.0], ""),
        (a_budget(("HORIZON-CL4-2026-EX-010", "18000000")), [], ""),
        (
            a_budget(*[(f"HORIZON-CL4-2026-EX-0{i}", 42_000_000) for i in (1, 2, 3)]),
            [],
            "Budget line: 42000000 EUR, the same as for 2 other topics",
        ),
        ("{broken", [], ""),
        ('{"budgetTopicActionMap": {"1": [null, 7, {"action": 3, "budgetYearMap": "x"}]}}', [], ""),
        (7, [], ""),
    ],
)
def test_a_topic_states_its_own_budget_only(sedia: Sedia, overview: Any, amounts: list[float], told: str) -> None:
    entry = the_entry(sedia, budgetOverview=overview)
    assert [(amount.number, amount.role, amount.currency) for amount in entry.stated.amounts] == [
        (number, "budget", "EUR") for number in amounts
    ]
    assert told in entry.text


def test_a_tender_states_its_estimate_and_buyer(sedia: Sedia) -> None:
    sedia.results = [
        a_result(),
        a_result("EC-EX/2026/OP/0001", type="0", caName="DG Exemple", cftEstimatedTotalProcedureValue="400000 EUR"),
    ]
    (entry,) = visit(sedia, kind="tenders").entries
    assert entry.stated.amounts == (StatedAmount(number=400_000, raw="400000 EUR", role="estimate", currency="EUR"),)
    assert [(party.name, party.role) for party in entry.stated.parties] == [("DG Exemple", "buyer")]
    assert entry.stated.programme is None


# what is asked for


def test_the_form_is_what_the_service_insists_on(sedia: Sedia) -> None:
    sedia.results = [a_result()]
    driven = visit(sedia, days=30, programmes=["43108390"])
    (asked,) = sedia.asked
    assert asked["parts"]["query"] == {
        "bool": {
            "must": [
                {"terms": {"type": ["1", "2", "8"]}},
                {"terms": {"status": [FORTHCOMING, OPEN]}},
                {"terms": {"DATASOURCE": ["SEDIA"]}},
                {"terms": {"frameworkProgramme": ["43108390"]}},
                {"range": {"startDate": {"gte": 1_787_961_600_000}}},
            ]
        }
    }
    assert asked["parts"]["languages"] == ["en"]
    assert (asked["pageSize"], asked["pageNumber"], asked["text"]) == ("100", "1", "***")
    assert set(driven.waits) == {1.0}
    assert driven.requests[0].body == visit(sedia, days=30, programmes=["43108390"]).requests[0].body


def test_the_server_of_these_tests_has_the_traps_of_the_real_one(sedia: Sedia) -> None:
    sedia.results = [a_result(), a_result("OLD", status=CLOSED)]
    content_type, body = multipart_json(sedia.address, {"query": {"bool": {"must": [{"terms": {"status": [OPEN]}}]}}})

    def total(**sent: Any) -> Any:
        answer = httpx.post(sedia.address + sent.pop("more", ""), **sent, trust_env=False)
        return answer.json()["totalResults"] if answer.status_code == 200 else answer.status_code

    assert total(content=body, headers={"Content-Type": content_type}) == 1
    assert total(json={"query": {"bool": {}}}) == 2
    assert total(content=body.replace(b"application/json", b"text/plain"), headers={"Content-Type": content_type}) == 500
    assert total(content=body, headers={"Content-Type": content_type}, more="&pageSize=101") == 400


def test_only_what_was_asked_for_comes(sedia: Sedia) -> None:
    sedia.results = [
        a_result("A", status=OPEN),
        a_result("B", status=FORTHCOMING),
        a_result("C", status=CLOSED),
        a_result("D", type="0"),
        a_result("E", startDate="2025-01-01T00:00:00.000+0000"),
    ]
    assert [entry.guid for entry in visit(sedia).entries] == ["topic:A", "topic:B", "topic:E"]
    assert [entry.guid for entry in visit(sedia, statuses=["closed"]).entries] == ["topic:C"]
    assert [entry.guid for entry in visit(sedia, days=60).entries] == ["topic:A", "topic:B"]


@pytest.mark.parametrize(
    "options", [{"kind": "loans"}, {"statuses": []}, {"statuses": ["31094502"]}, {"since": 3}, {"details": 900}]
)
def test_wrong_options_are_named(sedia: Sedia, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        visit(sedia, **options)


# what may go wrong


@pytest.mark.parametrize(
    "wrong",
    [{"status": CLOSED}, {"type": "0"}, {"startDate": "2019-01-01T00:00:00.000+0000"}, {"frameworkProgramme": "31045243"}],
)
def test_an_ignored_filter_keeps_nothing_even_where_it_shows_late(sedia: Sedia, wrong: dict[str, str]) -> None:
    sedia.ignores_filter = True
    sedia.results = [*[a_result(f"TOPIC-{i}") for i in range(150)], a_result("OTHER", **wrong)]
    driven = visit(sedia, days=60, programmes=["43108390"])
    assert code(driven) == "filter_ignored"
    assert driven.pages == []


def test_rows_that_do_not_say_what_they_are_are_no_proof(sedia: Sedia) -> None:
    sedia.ignores_filter = True
    sedia.results = [a_result(type=None, status=None)]
    assert code(visit(sedia)) == "filter_ignored"
    sedia.results = [a_result(), a_result("X", type=None, status=None)]
    driven = visit(sedia)
    assert len(driven.entries) == 1
    assert driven.pages[0].rejected == 1


def test_a_page_that_repeats_is_an_error(sedia: Sedia) -> None:
    sedia.repeats, sedia.results = True, [a_result(f"TOPIC-{i}") for i in range(250)]
    driven = visit(sedia)
    assert (code(driven), driven.pages, len(sedia.asked)) == ("repeats", [], 2)


def test_fewer_results_than_announced_is_no_silent_success(sedia: Sedia) -> None:
    sedia.results, sedia.announces = [a_result()], 300
    driven = visit(sedia)
    assert len(sedia.asked) == 2
    assert driven.pages[0].note is not None
    assert (driven.pages[0].note.code, driven.pages[0].note.detail) == ("incomplete", "1/300")


def test_more_than_a_visit_takes_is_noted(sedia: Sedia) -> None:
    sedia.results = [a_result(f"TOPIC-{i}") for i in range(350)]
    driven = visit(sedia, max_items=150)
    assert len(sedia.asked) == 2
    assert driven.pages[0].note is not None
    assert driven.pages[0].note.code == "capped"


def test_descriptions_that_did_not_come_along_are_asked_for_once_and_within_bounds(sedia: Sedia) -> None:
    sedia.bare_lists, sedia.fails_details = True, 1
    sedia.results = [a_result(f"TOPIC-{i}") for i in range(5)]
    driven = visit(sedia, details=3)
    assert [asked["text"] for asked in sedia.asked] == ["***", '"TOPIC-0"', '"TOPIC-1"', '"TOPIC-2"']
    assert ["bend light" in entry.text for entry in driven.entries] == [False, True, True, False, False]
    sedia.asked.clear()
    visit(sedia, driven.cursor, details=3)
    assert [asked["text"] for asked in sedia.asked] == ["***", '"TOPIC-3"', '"TOPIC-4"']


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "no_body"),
        (b"<!doctype html><html><body>Maintenance</body></html>", "html"),
        (b'{"results": [', "bad_json"),
        (b'{"results": [], "totalResults": NaN}', "bad_json"),
        (b"null", "shape"),
        (b'{"results": null, "totalResults": 3}', "shape"),
        (b'{"results": {}, "totalResults": 3}', "shape"),
        (b'{"results": [], "totalResults": null}', "shape"),
        (b'{"results": [], "totalResults": 1.5}', "shape"),
        (json.dumps({"results": [{}] * 101, "totalResults": 101}).encode(), "shape"),
        (b'{"message": "Search failed", "status": 500}', "service_error"),
        (b'{"results": [7, null, {"metadata": []}], "totalResults": 3}', "filter_ignored"),
    ],
)
def test_an_answer_that_is_none_is_never_an_empty_portal(sedia: Sedia, body: bytes, expected: str) -> None:
    sedia.says = body
    driven = visit(sedia)
    assert (code(driven), driven.pages) == (expected, [])


def test_an_empty_portal_is_empty(sedia: Sedia) -> None:
    driven = visit(sedia)
    assert (driven.entries, driven.reason, len(driven.pages)) == ([], None, 1)


@pytest.mark.parametrize("value", [None, 7, True, [], [None], [{"a": 1}], {"a": [1]}, "x" * 60_000, [["x"]]])
def test_values_of_other_types_cost_no_row_but_their_own(sedia: Sedia, value: Any) -> None:
    names = ("startDate", "deadlineDate", "descriptionByte", "budgetOverview", "callIdentifier", "frameworkProgramme", "budget")
    odd = a_result("ODD")
    odd["metadata"] |= dict.fromkeys(names, value)
    odd["url"] = value
    nameless = a_result("NAMELESS")
    nameless["metadata"] |= {"identifier": value if not isinstance(value, str | int) else None}
    sedia.results = [odd, a_result("GOOD"), nameless, "text", None, 7]
    driven = visit(sedia, details=0)
    assert {"topic:ODD", "topic:GOOD"} <= {entry.guid for entry in driven.entries}
    assert driven.pages[0].rejected >= 3
