"""HAL's search, with its traps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.conftest import NOW
from tests.integration.crawler.papers import titles, visit
from tests.servers.hal import Hal
from tests.servers.http import Site
from tests.servers.works import Work, works


def test_a_deposit_is_read_whole(site: Site) -> None:
    work = Work(7, doi="10.9999/EX.7", arxiv="2602.00007", hal="hal-09990007v2")
    (entry,) = visit("hal", Hal([work]).mount(site)).entries
    assert entry.title == work.named
    assert entry.text == work.abstract
    assert entry.keys == ("hal:hal-09990007", "doi:10.9999/ex.7", "arxiv:2602.00007")
    assert (entry.lang, entry.url) == ("en", "https://hal.science/hal-09990007v2")
    assert entry.published_at == dt.datetime(2026, 2, 27, 8, tzinfo=dt.UTC)
    assert entry.codes == ("phys", "phys.qphy")
    assert [(party.name, party.country) for party in entry.stated.parties] == [
        ("Institut Exemple", "FR"),
        ("Laboratoire Exemple", "FR"),
    ]
    assert [place.code for place in entry.stated.places] == ["FR"]
    assert entry.author is None


def test_the_cursor_is_followed_until_it_stays(site: Site) -> None:
    driven = visit("hal", Hal(works(25)).mount(site), rows=10)
    assert len(set(titles(driven))) == 25
    assert [len(page.entries) for page in driven.pages] == [10, 10, 5, 0]


def test_a_killed_visit_goes_on_from_its_mark(site: Site) -> None:
    url = Hal(works(25, on=dt.date(2026, 2, 20))).mount(site)
    first = visit("hal", url, rows=10, pages=2)
    second = visit("hal", url, rows=10, cursor=first.cursor)
    assert len(first.entries) + len(second.entries) == 25
    third = visit("hal", url, cursor=second.cursor, now=NOW + dt.timedelta(days=30))
    assert third.entries == []


def test_a_mark_the_service_no_longer_knows_begins_the_query_again(site: Site) -> None:
    hal = Hal(works(25, on=dt.date(2026, 2, 20)))
    url = hal.mount(site)
    first = visit("hal", url, rows=10, pages=2)
    hal.forgets_marks = True
    second = visit("hal", url, rows=10, cursor=first.cursor)
    assert second.reason is not None
    assert second.reason.code == "query_refused"
    hal.forgets_marks = False
    assert len(visit("hal", url, rows=10, cursor=second.cursor).entries) == 25


@pytest.mark.parametrize("fields", [{"title_s": []}, {"title_s": None, "en_title_s": {}}, {"halId_s": "x"}, {"halId_s": None}])
def test_a_bad_row_costs_no_other(site: Site, fields: dict[str, Any]) -> None:
    hal = Hal([Work(1), Work(2, extra={"en_title_s": None, **fields}), Work(3)])
    driven = visit("hal", hal.mount(site))
    assert len(driven.entries) == 2
    assert driven.pages[0].rejected == 1


def test_two_countries_are_nobody_s_in_particular(site: Site) -> None:
    hal = Hal([Work(1, extra={"structCountry_s": ["fr", "de"]})])
    (entry,) = visit("hal", hal.mount(site)).entries
    assert {party.country for party in entry.stated.parties} == {None}
    assert [place.code for place in entry.stated.places] == ["FR", "DE"]


@pytest.mark.parametrize(
    ("produced", "day", "precision"),
    [
        ("2011", dt.date(2011, 1, 1), "year"),
        ("2011-05", dt.date(2011, 5, 1), "month"),
        ("2025-12-31", dt.date(2026, 2, 27), None),
    ],
)
def test_an_old_work_deposited_late_keeps_its_date(site: Site, produced: str, day: dt.date, precision: str | None) -> None:
    (entry,) = visit("hal", Hal([Work(1, extra={"producedDate_s": produced})]).mount(site)).entries
    assert (entry.published_on, entry.date_precision) == (day, precision)


def test_an_error_with_200_is_a_failure(site: Site) -> None:
    driven = visit("hal", Hal(works(3), fails=True).mount(site))
    assert driven.reason is not None
    assert (driven.reason.code, driven.reason.detail) == ("service_error", "no servers hosting shard")


def test_a_refused_query_says_why(site: Site) -> None:
    driven = visit("hal", Hal(works(3), most_rows=10).mount(site))
    assert driven.reason is not None
    assert driven.reason.code == "query_refused"
    assert "uniqueKey" in driven.reason.detail


def _no_mark(body: dict[str, Any]) -> Any:
    return {**body, "nextCursorMark": None}


def _docs_null(body: dict[str, Any]) -> Any:
    return {**body, "response": {**body["response"], "docs": None}}


def _empty(body: dict[str, Any]) -> Any:
    return {**body, "response": {**body["response"], "docs": []}}


def _all_bad(body: dict[str, Any]) -> Any:
    return {**body, "response": {**body["response"], "docs": [None, 3, {}]}}


def _same_page(body: dict[str, Any]) -> Any:
    return {**body, "nextCursorMark": body["nextCursorMark"] + "0"}


def _list(body: dict[str, Any]) -> Any:
    return [body]


@pytest.mark.parametrize(
    ("tamper", "code"),
    [(_no_mark, "shape"), (_docs_null, "shape"), (_empty, "incomplete"), (_all_bad, "all_rejected"), (_list, "shape")],
)
def test_a_wrong_shape_is_no_success(site: Site, tamper: Any, code: str) -> None:
    driven = visit("hal", Hal(works(25), tamper=tamper).mount(site), rows=10)
    assert driven.reason is not None
    assert driven.reason.code == code


def test_a_page_that_comes_again_ends_the_visit(site: Site) -> None:
    first: list[Any] = []

    def again(body: dict[str, Any]) -> Any:
        first.append(body["response"])
        return {"response": first[0], "nextCursorMark": f"AoE{len(first)}"}

    driven = visit("hal", Hal(works(25), tamper=again).mount(site), rows=10)
    assert driven.reason is not None
    assert driven.reason.code == "repeats"
    assert len(driven.requests) == 2


def test_a_mark_that_comes_back_ends_the_visit(site: Site) -> None:
    count = iter(range(1000))

    def circle(body: dict[str, Any]) -> Any:
        return {**body, "nextCursorMark": f"AoE{next(count) % 2}"}

    driven = visit("hal", Hal(works(25), tamper=circle).mount(site), rows=10)
    assert driven.reason is not None
    assert driven.reason.code == "repeats"


def test_rows_beyond_what_was_announced_end_the_visit(site: Site) -> None:
    def few(body: dict[str, Any]) -> Any:
        return {**body, "response": {**body["response"], "numFound": 2}}

    driven = visit("hal", Hal(works(2_000), tamper=few).mount(site), rows=100)
    assert driven.reason is not None
    assert driven.reason.code == "count_lies"
