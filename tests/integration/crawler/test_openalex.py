"""OpenAlex's works, with their traps."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.integration.crawler.papers import titles, visit
from tests.servers.http import Site
from tests.servers.openalex import OpenAlex
from tests.servers.works import Work, works

KEY = "oa-secret"


def test_a_work_is_read_whole(site: Site) -> None:
    work = Work(7, doi="10.9999/EX.7", arxiv="2602.00007", hal="hal-09990007")
    driven = visit("openalex", OpenAlex([work]).mount(site), key=KEY, country="FR")
    (entry,) = driven.entries
    assert (entry.title, entry.text) == (work.named, work.abstract)
    assert entry.keys == ("openalex:W990007", "doi:10.9999/ex.7", "arxiv:2602.00007", "hal:hal-09990007")
    assert entry.url == "https://doi.org/10.9999/ex.7"
    (party,) = entry.stated.parties
    assert (party.name, party.country, party.register_id, party.role) == (
        "Institut Exemple",
        "FR",
        "ror:0exampl12",
        "institution",
    )
    assert [place.code for place in entry.stated.places] == ["FR"]
    assert entry.codes == ("T10020",)
    assert entry.published_on == dt.date(2026, 2, 27)
    assert "Ada" not in repr(entry)


def test_arxiv_s_own_doi_is_its_number(site: Site) -> None:
    (entry,) = visit("openalex", OpenAlex([Work(1, doi="10.48550/arXiv.2602.00001")]).mount(site), key=KEY).entries
    assert entry.keys == ("openalex:W990001", "arxiv:2602.00001")


def test_the_key_goes_along_and_shows_nowhere(site: Site) -> None:
    driven = visit("openalex", OpenAlex(works(150), keyless=0).mount(site), key=KEY)
    assert len(set(titles(driven))) == 150
    assert KEY not in repr(driven.requests) + repr(driven.pages)
    assert all(f"api_key={KEY}" in path for path, _ in site.asked)


def test_without_a_key_the_allowance_ends(site: Site) -> None:
    driven = visit("openalex", OpenAlex(works(150), keyless=1).mount(site))
    assert len(driven.entries) == 100
    assert driven.ended == 429


def test_403_is_a_used_up_allowance(site: Site) -> None:
    driven = visit("openalex", OpenAlex(works(3), quota=403).mount(site), key=KEY)
    assert driven.reason is not None
    assert (driven.reason.code, driven.reason.detail) == ("quota", "Rate limit exceeded: insufficient budget")


def test_a_refused_filter_says_why(site: Site) -> None:
    driven = visit("openalex", OpenAlex(works(3)).mount(site), key=KEY, filters=["author_name:x"])
    assert driven.reason is not None
    assert driven.reason.code == "query_refused"
    assert "author_name" in driven.reason.detail


def test_a_moved_address_is_followed(site: Site) -> None:
    there = OpenAlex(works(3))
    site.route("/v2/works", there.answer)
    driven = visit("openalex", OpenAlex(moved="/v2/works").mount(site), key=KEY)
    assert len(driven.entries) == 3


def test_countries_and_words_narrow_the_question(site: Site) -> None:
    shown = OpenAlex(
        [Work(1), Work(2, country="DE"), Work(3, country="US"), Work(4, title="Another matter altogether", abstract="No.")]
    )
    assert len(visit("openalex", shown.mount(site), key=KEY, country=["FR", "DE"]).entries) == 2
    assert len(visit("openalex", shown.mount(site), key=KEY, country="FR", terms=False).entries) == 2


def test_what_was_retracted_and_what_is_no_work_is_left_out(site: Site) -> None:
    shown = OpenAlex([Work(1, extra={"is_retracted": True}), Work(2, extra={"is_paratext": True}), Work(3)])
    driven = visit("openalex", shown.mount(site), key=KEY)
    assert len(driven.entries) == 1
    assert driven.pages[0].rejected == 0


@pytest.mark.parametrize(
    "fields", [{"id": None}, {"display_name": None}, {"display_name": 3.5}, {"id": "https://openalex.org/A1"}]
)
def test_a_bad_row_costs_no_other(site: Site, fields: dict[str, Any]) -> None:
    driven = visit("openalex", OpenAlex([Work(1), Work(2, extra=fields), Work(3)]).mount(site), key=KEY)
    assert len(driven.entries) == 2
    assert driven.pages[0].rejected == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"authorships": None},
        {"authorships": [None, {"institutions": 3}, {"institutions": [{"display_name": None}, 7]}]},
        {"locations": "x", "primary_location": 3},
        {"topics": {"id": 3}},
        {"publication_date": None},
        {"language": {}},
        {"doi": 10},
    ],
)
def test_odd_fields_leave_the_rest(site: Site, fields: dict[str, Any]) -> None:
    (entry,) = visit("openalex", OpenAlex([Work(1, extra=fields)]).mount(site), key=KEY).entries
    assert entry.keys[0] == "openalex:W990001"


def _with(name: str, value: Any) -> Any:
    def tamper(body: dict[str, Any]) -> Any:
        return {**body, name: value}

    return tamper


@pytest.mark.parametrize(
    ("tamper", "code"),
    [
        (_with("results", None), "shape"),
        (_with("meta", {"count": 3}), "shape"),
        (_with("meta", {"count": "three", "next_cursor": None}), "shape"),
        (_with("meta", {"count": 3, "next_cursor": 7}), "shape"),
        (_with("error", "Invalid"), "service_error"),
        (_with("results", [None, 1]), "all_rejected"),
    ],
)
def test_a_wrong_shape_is_no_success(site: Site, tamper: Any, code: str) -> None:
    driven = visit("openalex", OpenAlex(works(3), tamper=tamper).mount(site), key=KEY)
    assert driven.reason is not None
    assert driven.reason.code == code


def test_a_cursor_that_never_ends_is_bounded(site: Site) -> None:
    count = iter(range(10_000))

    def endless(body: dict[str, Any]) -> Any:
        number = next(count)
        row = {**body["results"][0], "id": f"https://openalex.org/W{number + 1}"}
        return {"meta": {**body["meta"], "next_cursor": f"IlsxNj{0 * number}x{number}"}, "results": [row]}

    shown = OpenAlex(works(3), tamper=endless)
    page = shown.page
    shown.page = lambda parameters, filters: page({**parameters, "cursor": "*"}, filters)  # type: ignore[method-assign]
    driven = visit("openalex", shown.mount(site), key=KEY, max_pages=30, limit=500)
    assert len(driven.requests) == 30
    assert driven.pages[-1].note is not None
    assert driven.pages[-1].note.code == "too_many_rows"
