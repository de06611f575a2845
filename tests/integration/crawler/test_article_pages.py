"""Which pages a visit asks for, and what its cursor keeps, over a real server that is broken off at every point."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from crawler.collectors.article_pages import ArticleOptions, Progress, mark, with_articles
from crawler.collectors.base import Entry, Parsed, Payload, Task, Wanted
from crawler.collectors.sitemap import SitemapCollector
from crawler.identity import identify
from crawler.reasons import Reason
from storage.model import Kind, Source
from tests.conftest import NOW
from tests.servers.drive import drive
from tests.servers.http import Site
from tests.servers.newsroom import row, serve_article, urlset

HOME = "https://www.site.example/feed"


def task(url: str = HOME, cursor: str | None = None, **options: Any) -> Task:
    source = Source(id="s", name="s", kind=Kind.NEWS, url=url, collector="sitemap", rights="open", options=options, cursor=cursor)
    return Task(source=source, now=NOW)


def entry(number: int, guid: str | None = None, **kw: Any) -> Entry:
    return Entry(title=f"Titre {number}", url=f"https://www.site.example/{number}", guid=guid, **kw)


def answers(entries: list[Entry], progress: Progress, failure: Reason | None, **options: Any) -> tuple[list[Parsed], list[str]]:
    """The pages of a visit whose every request fails with ``failure``, and what was asked."""
    given = task()
    reading = with_articles(Parsed(entries=tuple(entries)), given, ArticleOptions(**options), progress, by_default=True)
    pages: list[Parsed] = []
    asked: list[str] = []
    try:
        step = next(reading)
        while True:
            if isinstance(step, Wanted):
                asked.append(step.url)
                step = reading.send(Payload(step.url, 0, {}, b"", failure))
            else:
                pages.append(step)
                step = next(reading)
    except StopIteration:
        return pages, asked


@pytest.mark.parametrize("after", range(1, 8))
def test_a_visit_broken_off_anywhere_loses_and_repeats_nothing(site: Site, after: int) -> None:
    url = site.page("/news.xml", urlset(*(row(site.url(f"/a/{n}"), f"Titre {n}", "2026-03-01") for n in range(6))))
    for number in range(6):
        serve_article(site, f"/a/{number}", f"Titre {number}", f"Texte {number}")
    first = drive(SitemapCollector(), task(url), pages=after)
    second = drive(SitemapCollector(), task(url, first.cursor))
    texts = [one.text for one in first.entries + second.entries if one.text]
    assert sorted(text[:7] for text in texts) == [f"Texte {number}" for number in range(6)]
    assert second.requests[0].conditional is (after == 7)
    third = drive(SitemapCollector(), task(url, second.cursor))
    assert len(third.requests) == 1
    assert third.requests[0].conditional
    assert len(third.entries) == 6


def test_what_a_page_gives_is_known_again_by_the_list(site: Site) -> None:
    url = site.page("/news.xml", urlset(row(site.url("/a/1"), "Titre 1", "2026-03-01")))
    serve_article(site, "/a/1", "Titre 1", "Texte", head='<link rel="canonical" href="/le-lien-canonique">')
    first = drive(SitemapCollector(), task(url))
    second = drive(SitemapCollector(), task(url, first.cursor))
    assert first.entries[0].url == site.url("/le-lien-canonique")
    keys = [identify([found], "s")[0].key for found in (first.entries[0], second.entries[0])]
    assert keys == [site.url("/a/1")] * 2


def test_a_passing_failure_is_tried_three_times(site: Site) -> None:
    progress, late = Progress(), Reason("timeout", "60")
    assert [len(page.entries) for page in answers([entry(1)], progress, late)[0]] == [0, 0]
    assert not progress.is_settled
    assert [len(page.entries) for page in answers([entry(1)], progress, late)[0]] == [0, 0]
    assert [len(page.entries) for page in answers([entry(1)], progress, late)[0]] == [0, 1]
    assert progress.is_settled
    assert answers([entry(1)], progress, late)[1] == []


def test_new_links_are_asked_for_before_those_that_failed() -> None:
    progress = Progress(tries={mark("https://www.site.example/1"): 2, mark("https://www.site.example/9"): 1})
    _, asked = answers([entry(1), entry(2)], progress, Reason("forbidden", "403"))
    assert asked == ["https://www.site.example/2", "https://www.site.example/1"]
    assert progress.tries == {}


def test_a_site_that_refuses_is_asked_three_times_and_its_list_kept() -> None:
    pages, asked = answers([entry(number) for number in range(10)], Progress(), Reason("robots", "x"))
    assert len(asked) == 3
    assert [one.title for page in pages for one in page.entries] == [f"Titre {number}" for number in range(10)]


def test_three_visits_that_end_at_their_first_page_are_enough() -> None:
    cursor = None
    for _ in range(3):
        given = task(cursor=cursor)
        reading = with_articles(Parsed(entries=(entry(1),)), given, ArticleOptions(), Progress.of(given), by_default=True)
        page = next(reading)
        assert isinstance(page, Parsed)
        assert page.entries == ()
        cursor = page.cursor
        assert isinstance(next(reading), Wanted)
        reading.close()
    pages, asked = answers([entry(1)], Progress.of(task(cursor=cursor)), None)
    assert (asked, [one.title for one in pages[0].entries]) == ([], ["Titre 1"])


@pytest.mark.parametrize(
    ("rights", "options", "listed", "asked"),
    [
        ("open", {}, entry(1, published_on=dt.date(2026, 3, 1)), True),
        ("open", {"full_text": False}, entry(1, published_on=dt.date(2026, 3, 1)), False),
        ("open", {"full_text": False, "complete": True}, entry(1), True),
        ("excerpt", {}, entry(1), False),
        ("excerpt", {"complete": True}, entry(1), True),
        ("excerpt", {"complete": True}, entry(1, published_on=dt.date(2026, 3, 1)), False),
        ("link-only", {"complete": True}, replace(entry(1, published_on=dt.date(2026, 3, 1)), title=""), True),
        ("open", {}, replace(entry(1), url=None), False),
        ("open", {}, replace(entry(1), url="https://elsewhere.example/1"), False),
        ("open", {"hosts": ["elsewhere.example"]}, replace(entry(1), url="https://elsewhere.example/1"), True),
    ],
)
def test_rights_and_options_decide_which_pages_are_asked_for(
    rights: str, options: dict[str, Any], listed: Entry, asked: bool
) -> None:
    given = task()
    given = replace(given, source=replace(given.source, rights=rights))
    reading = with_articles(Parsed(entries=(listed,)), given, ArticleOptions(**options), Progress(), by_default=True)
    page = next(reading)
    assert isinstance(page, Parsed)
    assert (page.entries == ()) is asked


@pytest.mark.parametrize(
    ("guids", "kept"),
    [(["a", "b", "c"], ["a", "b", "c"]), (["a", "a", "a"], [None] * 3), (["a", None, "c"], [None] * 3), ([None] * 3, [None] * 3)],
)
def test_bad_guids_identify_nothing_one_by_one_either(guids: list[str | None], kept: list[str | None]) -> None:
    listed = [entry(number, guid) for number, guid in enumerate(guids)]
    pages, _ = answers(listed, Progress(), Reason("forbidden", "403"))
    assert [one.guid for page in pages for one in page.entries] == kept
    together = [identity.key for identity in identify(listed, "s")]
    assert [identify([one], "s")[0].key for page in pages for one in page.entries] == together


def test_the_cursor_is_bounded() -> None:
    progress = Progress()
    progress.learn(mark(str(number)) for number in range(50_000))
    cursor = progress.dumped()
    assert len(cursor) < 170_000
    again = Progress.of(task(cursor=cursor))
    assert mark("49999") in again.known
    assert mark("1") not in again.known
    assert again.dumped() == cursor
