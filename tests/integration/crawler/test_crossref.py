"""Crossref's works, with their traps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.integration.crawler.papers import titles, visit
from tests.servers.crossref import Crossref
from tests.servers.http import Site
from tests.servers.works import Work, works


def test_a_work_is_read_whole(site: Site) -> None:
    (entry,) = visit("crossref", Crossref([Work(7, doi="10.9999/EX.7")]).mount(site)).entries
    assert entry.title == Work(7).named
    assert entry.text == Work(7).abstract
    assert entry.keys == ("doi:10.9999/ex.7",)
    assert entry.url == "https://doi.org/10.9999/ex.7"
    assert (entry.published_on, entry.date_precision) == (dt.date(2026, 2, 27), None)
    assert [(party.name, party.role) for party in entry.stated.parties] == [
        ("Institut Exemple", "institution"),
        ("Agence Exemple", "funder"),
    ]
    assert "Ada" not in repr(entry)


@pytest.mark.parametrize(
    ("parts", "day", "precision"),
    [
        ([[2026]], dt.date(2026, 1, 1), "year"),
        ([[2026, 9]], dt.date(2026, 9, 1), "month"),
        ([[2026, 9, 4]], dt.date(2026, 9, 4), None),
        ([[2026, 13]], None, None),
        ([[None]], None, None),
        ([["2026"]], None, None),
        ([], None, None),
        (None, None, None),
        ([[10**30]], None, None),
    ],
)
def test_a_date_is_as_precise_as_it_is(site: Site, parts: Any, day: dt.date | None, precision: str | None) -> None:
    extra = {"issued": {"date-parts": parts}, "published-online": None}
    (entry,) = visit("crossref", Crossref([Work(1, extra=extra)]).mount(site)).entries
    assert (entry.published_on, entry.date_precision) == (day, precision)


def test_a_preprint_and_its_article_share_their_numbers(site: Site) -> None:
    relation = {
        "has-preprint": [{"id-type": "doi", "id": "10.48550/arXiv.2602.00001"}, {"id-type": "arxiv", "id": "2602.00002"}],
        "is-preprint-of": "x",
        "references": [{"id-type": "doi", "id": "10.1111/other"}],
    }
    (entry,) = visit("crossref", Crossref([Work(1, extra={"relation": relation})]).mount(site)).entries
    assert entry.keys == ("doi:10.9999/ex.1", "arxiv:2602.00001", "arxiv:2602.00002")


def test_pages_follow_until_the_empty_one_whatever_the_cursor(site: Site) -> None:
    crossref = Crossref(works(25), same_cursor=True)
    driven = visit("crossref", crossref.mount(site), rows=10, words=["quantum key distribution"])
    assert len(set(titles(driven))) == 25
    assert [len(page.entries) for page in driven.pages] == [10, 10, 5, 0]


def test_the_contact_goes_along_and_the_pace_is_what_it_states(site: Site) -> None:
    crossref = Crossref(works(25), limits=("5", "10s"))
    driven = visit("crossref", crossref.mount(site), rows=10, words=["quantum key distribution"])
    assert set(crossref.mails) == {"veille@region.example"}
    assert driven.waits == [1 / 3, 2.0, 2.0, 2.0]


@pytest.mark.parametrize("limits", [("0", "1s"), ("x", "1s"), ("3", "soon"), ("3", "-1s"), ("1", "99999s")])
def test_an_absurd_pace_is_bounded(site: Site, limits: tuple[str, str]) -> None:
    driven = visit("crossref", Crossref(works(25), limits=limits).mount(site), rows=10, words=["quantum key distribution"])
    assert all(0.3 < wait <= 60 for wait in driven.waits)


def test_what_only_ranks_near_the_words_is_left(site: Site) -> None:
    crossref = Crossref(
        [*works(3), *(Work(n, title=f"An article about quantum chemistry, part {n}", abstract="None.") for n in range(10, 40))]
    )
    driven = visit("crossref", crossref.mount(site), rows=10, words=["quantum key distribution"])
    assert len(driven.entries) == 3
    assert len(driven.requests) == 2, "a page that holds the words nowhere is the last"
    assert sum(page.rejected for page in driven.pages) == 0


def test_a_killed_visit_begins_its_words_again(site: Site) -> None:
    url = Crossref(works(25)).mount(site)
    first = visit("crossref", url, rows=10, words=["quantum key distribution", "photonic chip"], pages=5)
    assert first.pages[3].cursor is not None
    second = visit("crossref", url, rows=10, words=["quantum key distribution", "photonic chip"], cursor=first.cursor)
    assert "query.bibliographic=photonic+chip" in second.requests[0].url
    assert "cursor=%2A" in second.requests[0].url
    assert len(set(titles(second))) == 25


def test_a_refused_query_says_why(site: Site) -> None:
    driven = visit("crossref", Crossref(works(3), most_rows=50).mount(site))
    assert driven.reason is not None
    assert (driven.reason.code, driven.reason.detail) == ("query_refused", "Rows must be at most 1000")


@pytest.mark.parametrize("fields", [{"DOI": None}, {"DOI": "none"}, {"title": []}, {"title": [None]}, {"title": {"en": "x"}}])
def test_a_bad_row_costs_no_other(site: Site, fields: dict[str, Any]) -> None:
    driven = visit(
        "crossref", Crossref([Work(1), Work(2, extra=fields), Work(3)]).mount(site), words=["quantum key distribution"]
    )
    assert len(driven.entries) == 2
    assert driven.pages[0].rejected == 1


def _message(**fields: Any) -> Any:
    def tamper(body: dict[str, Any]) -> Any:
        return {**body, "message": {**body["message"], **fields}}

    return tamper


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (_message(items=None), "shape"),
        (_message(**{"next-cursor": None}), "shape"),
        (_message(**{"total-results": None}), "shape"),
        (_message(items=[]), "incomplete"),
        (_message(items=[None, {}]), "all_rejected"),
        (lambda body: {**body, "status": "failed", "message": "Resource not found"}, "service_error"),
        (lambda body: {**body, "message": None}, "shape"),
    ],
)
def test_a_wrong_shape_is_no_success(site: Site, tamper: Any, code: str) -> None:
    driven = visit("crossref", Crossref(works(3), tamper=tamper).mount(site))
    assert driven.reason is not None
    assert driven.reason.code == code


def test_pages_that_never_end_are_noticed(site: Site) -> None:
    driven = visit("crossref", Crossref(works(25), endless=True).mount(site), rows=10)
    assert driven.reason is not None
    assert driven.reason.code == "repeats"
    assert len(driven.requests) == 2
