"""One bad source never holds up the others."""

from __future__ import annotations

from time import monotonic

import pytest

from crawler.collect import collect
from crawler.config import CrawlerSettings
from storage import sources
from storage.model import Fetch, FetchOutcome, Kind, Source
from storage.store import Store
from tests.conftest import NOW
from tests.servers.http import Handler, Site, endless, serving

MANY = 200


def drip(handler: Handler) -> None:
    """One byte now and then: never quiet for long enough to be called dead, never done."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/xml")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.site.closing.wait(0.2):
        handler.wfile.write(b"<")
        handler.wfile.flush()


def feed(name: str, items: int = 3) -> str:
    inner = "".join(
        f"<item><title>{name} {n}</title><link>https://s.example/{name}/{n}</link><guid>{name}-{n}</guid>"
        "<pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate></item>"
        for n in range(items)
    )
    return f'<rss version="2.0"><channel><title>{name}</title>{inner}</channel></rss>'


def declared(site: Site, pages: dict[str, str]) -> list[Source]:
    return [Source(id=key, name=key, kind=Kind.NEWS, url=url) for key, url in pages.items()]


@pytest.mark.slow
def test_a_slow_an_endless_and_a_hostile_source_hold_up_no_other(sqlite_store: Store) -> None:
    with serving() as site:
        pages = {f"good-{n:03}": site.page(f"/{n}", feed(f"g{n}")) for n in range(MANY - 3)}
        # Read first, so that each takes its place before the others come.
        pages = {
            "a-slow": site.route("/slow", drip),
            "b-endless": site.route("/endless", endless),
            "c-hostile": site.page("/hostile", b"<rss><channel><item>" + b"<a>" * 2_000_000),
        } | pages
        with sqlite_store.transaction() as conn:
            sources.declare(conn, declared(site, pages))
        settings = CrawlerSettings(pace_s=0, total_timeout_s=30, allow_private_hosts=(f"127.0.0.1:{site.port}",))
        came: dict[str, float] = {}
        started = monotonic()

        def arrived(fetch: Fetch) -> None:
            came[fetch.source_id] = monotonic() - started

        report = collect(sqlite_store, NOW, settings, progress=arrived)
    assert (report.visited, report.failed) == (MANY, 3)
    assert report.new == 3 * (MANY - 3)
    assert max(at for key, at in came.items() if key.startswith("good")) < 60
    with sqlite_store.reading() as conn:
        ends = {key: sources.visits(conn, key)[0] for key in ("a-slow", "b-endless", "c-hostile")}
    assert [(fetch.outcome, (fetch.reason or "").split(":")[0]) for fetch in ends.values()] == [
        (FetchOutcome.FAILED, "timeout"),
        (FetchOutcome.BROKEN, "too_large"),
        (FetchOutcome.BROKEN, "slow_parse"),
    ]
