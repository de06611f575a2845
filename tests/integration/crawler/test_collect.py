"""The real spider in its subprocess against a server that misbehaves."""

from __future__ import annotations

import datetime as dt
import gzip
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crawler.checking import check_source
from crawler.collect import CollectReport, collect
from crawler.config import CrawlerSettings
from storage import documents, sources
from storage.errors import NotFound
from storage.model import FetchOutcome, Kind, Source, SourceState
from storage.store import Store
from storage.tables import documents as documents_table
from storage.tables import metadata
from tests.conftest import NOW
from tests.servers.http import Site, conditional, cut_short, drop, endless, redirect, serving, stall


def settings(site: Site, **kw: Any) -> CrawlerSettings:
    values: dict[str, Any] = {"pace_s": 0, "total_timeout_s": 20, "allow_private_hosts": (f"127.0.0.1:{site.port}",)}
    return CrawlerSettings(**{**values, **kw})


def feed(*titles: str, extra: str = "") -> str:
    items = "".join(
        f"<item><title>{t}</title><link>https://s.example/{t}</link><guid>{t}</guid><description>{'mot ' * 300}</description>"
        "<pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate></item>"
        for t in titles
    )
    return f'<rss version="2.0"><channel><title>S</title>{extra}{items}</channel></rss>'


def declare(store: Store, urls: dict[str, str], **kw: Any) -> None:
    with store.transaction() as conn:
        sources.declare(conn, [Source(id=key, name=key, kind=Kind.NEWS, url=url, **kw) for key, url in urls.items()])


def found(store: Store) -> dict[str, tuple[str, str]]:
    """The state of each source and the code of its reason."""
    with store.reading() as conn:
        return {s.id: (s.state.value, (s.state_reason or "").split(":")[0]) for s in sources.all_sources(conn)}


def contents(store: Store) -> dict[str, list[str]]:
    with store.reading() as conn:
        return {t.name: sorted(map(str, conn.execute(sa.select(t)))) for t in metadata.sorted_tables}


def count(store: Store) -> int:
    with store.reading() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(documents_table)) or 0


def test_documents_come_in_once(store: Store, site: Site) -> None:
    declare(store, {"a": site.page("/a", feed("un", "deux")), "b": site.page("/b", feed("deux", "trois"))})
    assert collect(store, NOW, settings(site)) == CollectReport(due=2, visited=2, new=3, duplicates=1)
    before = contents(store)
    assert collect(store, NOW, settings(site)) == CollectReport()
    assert collect(store, NOW, settings(site), source_ids=["a"]) == CollectReport()
    assert contents(store) == before
    site.page("/a", feed("un", "deux", extra="<ttl>60</ttl>"))
    tomorrow = collect(store, NOW + dt.timedelta(days=1), settings(site))
    # One answer is the same to the byte and is not read again, the other changed around its items.
    assert (tomorrow.new, tomorrow.duplicates, tomorrow.not_modified) == (0, 2, 1)
    assert count(store) == 3
    with store.reading() as conn:
        (visit, *_) = sources.visits(conn, "a")
        (document,) = documents.by_ids(conn, [conn.scalar(sa.select(documents_table.c.id).limit(1)) or ""])
    assert (visit.started_at, visit.outcome, visit.status) == (NOW + dt.timedelta(days=1), FetchOutcome.STORED, 200)
    assert document.collected_at == NOW
    assert document.counted_on == NOW.date()
    assert len(document.text) <= 500
    asked = next(headers for path, headers in site.asked if path == "/a")
    assert asked["user-agent"].startswith("ZoomAvant/")
    assert "cookie" not in asked


def test_every_failure_has_its_reason_and_costs_the_others_nothing(sqlite_store: Store, site: Site) -> None:
    bomb = gzip.compress(b"<rss>" + b"a" * 3_000_000 + b"</rss>")
    with serving() as other:
        other.page("/interne", feed("secret"))
        other.page("/robots.txt", "User-agent: *\nDisallow: /interdit", content_type="text/plain")
        declare(
            sqlite_store,
            {
                "fine": site.page("/fine", feed("un")),
                "empty": site.page("/empty", feed()),
                "html": site.page("/html", "<!doctype html><html><body>Bonjour</body></html>", content_type="text/html"),
                "typed": site.page("/typed", feed("deux"), content_type="text/html"),
                "drop": site.route("/drop", drop),
                "stall": site.route("/stall", stall),
                "endless": site.route("/endless", endless),
                "bomb": site.page("/bomb", bomb, Content_Encoding="gzip"),
                "cut": site.route("/cut", cut_short(feed("trois", "quatre")[:-60].encode(), 90_000)),
                "loop": site.route("/loop", redirect("/loop")),
                "private": site.route("/private", redirect("http://10.0.0.1/")),
                "loopback": site.route("/loopback", redirect(other.url("/interne"))),
                "metadata": site.route("/metadata", redirect("http://169.254.169.254/latest/")),
                "decimal": site.route("/decimal", redirect("http://2130706433:1/")),
                "ftp": site.route("/ftp", redirect("ftp://s.example/flux")),
                "password": site.route("/password", redirect(site.url("/fine").replace("//", "//moi:secret@"))),
                "gone": site.page("/gone", status=410),
                "missing": site.url("/missing"),
                "forbidden": site.page("/forbidden", status=403),
                "challenge": site.page("/challenge", "<title>Just a moment...</title>", status=403, cf_mitigated="challenge"),
                "crash": site.page("/crash", status=500),
                "unknown": "http://nom-inconnu.invalid/flux",
            },
        )
        report = collect(sqlite_store, NOW, settings(site, total_timeout_s=4, max_bytes=1_000_000))
        assert other.asked == []
    assert found(sqlite_store) == {
        "fine": ("active", ""),
        "empty": ("empty", "empty"),
        "html": ("broken", "html"),
        "typed": ("active", ""),
        "drop": ("never_reached", "interrupted"),
        "stall": ("never_reached", "timeout"),
        "endless": ("broken", "too_large"),
        "bomb": ("broken", "too_large"),
        "cut": ("active", "broke_off"),
        "loop": ("broken", "redirects"),
        "private": ("broken", "address"),
        "loopback": ("broken", "address"),
        "metadata": ("broken", "address"),
        "decimal": ("broken", "address"),
        "ftp": ("broken", "scheme"),
        "password": ("broken", "credentials"),
        "gone": ("gone", "gone"),
        "missing": ("broken", "not_found"),
        "forbidden": ("blocked", "forbidden"),
        "challenge": ("blocked", "challenge"),
        "crash": ("never_reached", "status"),
        "unknown": ("never_reached", "unknown_host"),
    }
    assert (report.visited, report.failed) == (22, 18)


def test_robots_are_obeyed_and_asked_once_a_day(sqlite_store: Store, site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /prive", content_type="text/plain")
    declare(sqlite_store, {"open": site.page("/ouvert", feed("un")), "closed": site.page("/prive", feed("deux"))})
    collect(sqlite_store, NOW, settings(site))
    collect(sqlite_store, NOW + dt.timedelta(hours=2), settings(site))
    assert found(sqlite_store) == {"open": ("active", ""), "closed": ("blocked", "robots")}
    assert (site.count("/prive"), site.count("/ouvert"), site.count("/robots.txt")) == (0, 2, 1)
    collect(sqlite_store, NOW + dt.timedelta(hours=30), settings(site))
    assert site.count("/robots.txt") == 2


@pytest.mark.parametrize("status", [503, 500])
def test_robots_that_fail_put_the_visit_off(sqlite_store: Store, site: Site, status: int) -> None:
    site.page("/robots.txt", status=status)
    declare(sqlite_store, {"a": site.page("/a", feed("un"))})
    collect(sqlite_store, NOW, settings(site))
    assert found(sqlite_store) == {"a": ("never_reached", "robots_unreachable")}
    assert site.count("/a") == 0


def test_a_known_version_is_not_sent_again(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"a": site.route("/a", conditional(feed("un"), '"v1"'))})
    assert collect(sqlite_store, NOW, settings(site)).new == 1
    later = NOW + dt.timedelta(days=1)
    assert collect(sqlite_store, later, settings(site)).not_modified == 1
    with sqlite_store.reading() as conn:
        source = sources.get(conn, "a")
    assert (source.state, source.etag, source.last_success_at) == (SourceState.ACTIVE, '"v1"', later)


def test_what_an_older_reader_read_is_asked_for_once_more(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"a": site.route("/a", conditional(feed("un"), '"v1"'))})
    collect(sqlite_store, NOW, settings(site))
    with sqlite_store.transaction() as conn:
        sources.learn(conn, "a", {"reader": "0"})
    reports = [collect(sqlite_store, NOW + dt.timedelta(days=day), settings(site)) for day in (1, 2)]
    assert [(report.duplicates, report.not_modified) for report in reports] == [(1, 0), (0, 1)]


def test_a_host_that_asks_to_wait_is_left_alone(sqlite_store: Store, site: Site) -> None:
    busy = {str(n): site.page(f"/{n}", status=429, Retry_After="7200") for n in range(3)}
    declare(sqlite_store, busy)
    collect(sqlite_store, NOW, settings(site, pace_s=0.01, concurrency=1))
    assert sum(site.count(f"/{n}") for n in range(3)) == 1
    assert sorted(reason for _, reason in found(sqlite_store).values()) == ["host_waits", "host_waits", "slow_down"]
    with sqlite_store.reading() as conn:
        next_visits = [source.next_visit_at or NOW for source in sources.all_sources(conn)]
    assert all(dt.timedelta(hours=2) <= when - NOW <= dt.timedelta(hours=2.1) for when in next_visits)


def test_a_changing_guid_makes_no_second_document(sqlite_store: Store, site: Site) -> None:
    for day in range(3):
        body = feed("un").replace("<guid>un</guid>", f'<guid isPermaLink="false">{day}</guid>')
        declare(sqlite_store, {"a": site.page("/a", body)})
        collect(sqlite_store, NOW + dt.timedelta(days=day), settings(site))
    assert [len(contents(sqlite_store)[name]) for name in ("documents", "mentions")] == [1, 1]


def test_a_text_mining_reservation_keeps_the_title_only(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"a": site.page("/a", feed("un"), tdm_reservation="1")})
    collect(sqlite_store, NOW, settings(site))
    with sqlite_store.reading() as conn:
        assert list(conn.execute(sa.select(documents_table.c.title, documents_table.c.text))) == [("un", "")]


def test_a_crawl_is_stopped_at_its_limit(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"fine": site.page("/fine", feed("un")), "stall": site.route("/stall", stall)})
    started = time.monotonic()
    report = collect(sqlite_store, NOW, settings(site, crawl_timeout_s=8))
    assert time.monotonic() - started < 15
    assert found(sqlite_store) == {"fine": ("active", ""), "stall": ("never_reached", "crawl_timeout")}
    assert (report.new, report.failed) == (1, 1)
    with sqlite_store.reading() as conn:
        left = sources.get(conn, "stall")
        assert (left.failures, left.last_visit_at) == (0, None), "a limit of ours is held against no source"
        assert [one.id for one in sources.due(conn, NOW + dt.timedelta(hours=1))] == ["stall", "fine"]


def test_a_source_removed_during_its_visit_ends_no_crawl(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"a": site.page("/a", feed("un")), "b": site.page("/b", feed("deux"))})

    def removed(_row: object) -> None:
        with sqlite_store.transaction() as conn:
            for one in sources.all_sources(conn):
                if one.last_visit_at is None:
                    sources.remove(conn, one.id)

    report = collect(sqlite_store, NOW, settings(site, concurrency=1), progress=removed)
    assert (report.due, report.visited, report.failed, report.new) == (2, 1, 0, 1)
    assert list(found(sqlite_store).values()) == [("active", "")]
    assert count(sqlite_store) == 1


def test_a_source_that_is_switched_off_is_not_due(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"off": site.page("/off", feed("un"))}, enabled=False)
    assert collect(sqlite_store, NOW, settings(site)) == CollectReport()
    assert site.count("/off") == 0


KILLED = """
import sys, datetime as dt
from crawler.collect import collect
from crawler.config import CrawlerSettings
from storage.store import Store
if __name__ == "__main__":
    settings = CrawlerSettings(pace_s=0, allow_private_hosts=(sys.argv[2],))
    now = dt.datetime.fromisoformat(sys.argv[3])
    collect(Store.open(sys.argv[1]), now, settings, progress=lambda row: print(row.source_id, flush=True))
"""


def test_sigkill_in_the_middle_loses_and_doubles_nothing(
    sqlite_store: Store, sqlite_url: str, site: Site, tmp_path: Path
) -> None:
    urls = {"a": site.page("/a", feed("un", "deux")), "z": site.route("/z", stall)}
    declare(sqlite_store, urls)
    script = tmp_path / "killed.py"
    script.write_text(KILLED)
    arguments = [sys.executable, str(script), sqlite_url, f"127.0.0.1:{site.port}", NOW.isoformat()]
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, text=True
    )
    assert process.stdout is not None
    first = process.stdout.readline().strip()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert (first, count(sqlite_store)) == ("a", 2)
    site.page("/z", feed("deux", "trois"))
    assert collect(sqlite_store, NOW, settings(site)) == CollectReport(due=1, visited=1, new=1, duplicates=1)
    assert count(sqlite_store) == 3


def test_a_check_explains_and_stores_nothing(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"fine": site.page("/fine", feed("un")), "html": site.page("/html", "<html><body>x</body></html>")})
    before = contents(sqlite_store)
    fine, html = (check_source(sqlite_store, name, settings(site), NOW) for name in ("fine", "html"))
    assert (fine.is_fine, fine.items, fine.message_en) == (True, 1, "the source answers and can be read: 1 items")
    assert (html.is_fine, html.message_fr) == (False, "l'adresse répond par une page web, pas par un flux")
    assert contents(sqlite_store) == before
    with pytest.raises(NotFound):
        check_source(sqlite_store, "rien", settings(site), NOW)


def test_an_address_too_long_to_ask_for_is_told(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"long": site.page("/long", feed("un")) + "?q=" + "a" * 7_000, "fine": site.page("/fine", feed("un"))})
    assert collect(sqlite_store, NOW, settings(site)).failed == 1
    assert found(sqlite_store) == {"long": ("broken", "long_address"), "fine": ("active", "")}


def test_an_outage_of_our_own_is_held_against_no_source(sqlite_store: Store, site: Site) -> None:
    nowhere = {f"n{n}": f"http://nowhere{n}.invalid/feed" for n in range(4)}
    declare(sqlite_store, nowhere, trial=True)
    for hour in range(8):
        report = collect(sqlite_store, NOW + dt.timedelta(hours=2 * hour), settings(site))
        assert (report.visited, report.failed) == (4, 4)
    with sqlite_store.reading() as conn:
        assert {(s.failures, s.enabled) for s in sources.all_sources(conn)} == {(0, True)}
    assert set(found(sqlite_store).values()) == {("never_reached", "offline")}
    # One source that answers shows that the others are down themselves.
    declare(sqlite_store, {"fine": site.page("/fine", feed("un"))})
    collect(sqlite_store, NOW + dt.timedelta(days=1), settings(site))
    states = found(sqlite_store)
    assert states.pop("fine") == ("active", "")
    assert set(states.values()) == {("never_reached", "unknown_host")}


def test_two_dead_sources_are_no_outage_of_ours(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"a": "http://nowhere1.invalid/", "b": "http://nowhere2.invalid/"})
    collect(sqlite_store, NOW, settings(site))
    assert set(found(sqlite_store).values()) == {("never_reached", "unknown_host")}
