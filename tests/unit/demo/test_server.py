"""The servers of the demonstration publish what the corpus holds, and nothing of the future."""

from __future__ import annotations

import datetime as dt
import urllib.error
import urllib.request

import pytest

from crawler.collectors.base import Payload
from crawler.collectors.feed import parse
from monitor.demo.documents import Outlet, load_corpus
from monitor.demo.feeds import article_path
from monitor.demo.server import FEED_DAYS, FEED_ITEMS, Site, serving
from storage.model import Source

CORPUS = load_corpus()
END = dt.datetime(2026, 11, 16, 6, tzinfo=dt.UTC)
IN_OUTAGE = dt.datetime(2026, 8, 31, 6, tzinfo=dt.UTC)


@pytest.mark.parametrize("outlet", CORPUS.outlets, ids=lambda outlet: f"{outlet.id}-{outlet.dialect}")
def test_the_collector_reads_from_a_feed_what_was_written(outlet: Outlet) -> None:
    site = Site(CORPUS)
    site.show(END)
    source = Source(id=outlet.id, name=outlet.name, kind=outlet.kind, lang=outlet.lang)
    parsed = parse(Payload(site.address(outlet), 200, {}, site.answer(outlet, outlet.path).body), source)

    read = [(entry.title, entry.text, entry.published_at, entry.url) for entry in parsed.entries]
    base = site.bases[outlet.id]
    assert parsed.note is None
    assert read == [(i.title, i.text, i.at, base + article_path(i)) for i in reversed(site.published(outlet))]
    assert read


def test_a_feed_holds_a_month_and_nothing_of_the_future() -> None:
    site = Site(CORPUS)
    for week in range(1, 27):
        now = END - dt.timedelta(weeks=26 - week)
        site.show(now)
        for outlet in CORPUS.outlets:
            shown = site.published(outlet)
            assert len(shown) <= FEED_ITEMS
            assert all(now - dt.timedelta(days=FEED_DAYS) <= item.at <= now for item in shown)


def test_every_document_is_in_the_feed_at_some_weekly_visit() -> None:
    site = Site(CORPUS)
    seen = set()
    for week in range(26):
        site.show(END - dt.timedelta(weeks=week))
        for outlet in CORPUS.outlets:
            if site.answer(outlet, outlet.path).status == 200:
                seen |= {item.id for item in site.published(outlet)}
    assert seen == {item.id for item in CORPUS.items}


def test_an_outage_answers_503_and_a_feed_to_come_is_not_there() -> None:
    site = Site(CORPUS)
    site.show(IN_OUTAGE)
    found = {outlet.id: site.answer(outlet, outlet.path).status for outlet in CORPUS.outlets}
    assert {name for name, status in found.items() if status == 503} == {outage.source for outage in CORPUS.outages}
    assert found["quantum-courier"] == 404
    site.show(END)
    assert {site.answer(outlet, outlet.path).status for outlet in CORPUS.outlets} == {200}


def test_over_http_conditional_requests_robots_and_articles() -> None:
    outlet = CORPUS.outlets[0]
    with serving(CORPUS) as site:
        site.show(END)
        base = site.bases[outlet.id]
        status, headers, _ = get(site.address(outlet))
        assert (status, headers["Content-Type"]) == (200, "application/rss+xml; charset=utf-8")
        assert get(site.address(outlet), **{"If-None-Match": headers["ETag"]})[0] == 304
        assert "Last-Modified" in headers
        assert get(f"{base}/robots.txt")[0] == 200
        item = site.published(outlet)[-1]
        assert item.text.split(".")[0][:30] in get(base + article_path(item))[2]
        assert get(f"{base}/elsewhere")[0] == 404
        site.show(item.at - dt.timedelta(minutes=1))
        assert get(base + article_path(item))[0] == 404
        assert len(set(site.bases.values())) == len(CORPUS.outlets)


def get(address: str, **headers: str) -> tuple[int, dict[str, str], str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, dict(exc.headers), ""
