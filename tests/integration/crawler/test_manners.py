"""The crawler's manners as a site sees them: robots, opt-outs, waits, retries, moves. Real spider, server on loopback."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from typing import Any

import pytest
import sqlalchemy as sa

from crawler.collect import collect
from crawler.config import CrawlerSettings
from storage import sources
from storage.model import Kind, Source
from storage.store import Store
from storage.tables import documents as documents_table
from tests.conftest import NOW
from tests.servers.fetching import fetch
from tests.servers.http import Handler, Route, Site, drop, redirect

DAY = dt.timedelta(days=1)
TDM = "/.well-known/tdmrep.json"


def settings(*sites: Site, **kw: Any) -> CrawlerSettings:
    allowed = tuple(f"127.0.0.1:{each.port}" for each in sites)
    return CrawlerSettings(**{"pace_s": 0, "total_timeout_s": 20, "allow_private_hosts": allowed, **kw})


def feed(*titles: str, link: str = "https://s.example/") -> str:
    items = "".join(f"<item><title>{t}</title><link>{link}{t}</link><description>mot mot</description></item>" for t in titles)
    return f'<rss version="2.0"><channel><title>S</title>{items}</channel></rss>'


def declare(store: Store, urls: dict[str, str], **kw: Any) -> None:
    with store.transaction() as conn:
        sources.declare(conn, [Source(id=key, name=key, kind=Kind.NEWS, url=url, **kw) for key, url in urls.items()])


def get(store: Store, source_id: str) -> Source:
    with store.reading() as conn:
        return sources.get(conn, source_id)


def code(store: Store, source_id: str) -> str:
    found = get(store, source_id)
    return (found.state_reason or found.state.value).split(":")[0]


def texts(store: Store) -> dict[str, str]:
    with store.reading() as conn:
        return {row.title: row.text for row in conn.execute(sa.select(documents_table.c.title, documents_table.c.text))}


def failing(times: int, body: str, status: int = 502, **headers: str) -> Route:
    """Fails ``times`` times, then answers."""
    left = [times]

    def answer(handler: Handler) -> None:
        left[0] -= 1
        data = b"" if left[0] >= 0 else body.encode()
        handler.send_response(status if left[0] >= 0 else 200)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


# 1. identity


def test_one_user_agent_with_a_contact_and_nothing_of_a_browser(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"a": site.page("/a", feed("un"))})
    collect(sqlite_store, NOW, settings(site, user_agent="Veille/1.0 (+https://veille.example/bot; mailto:bot@veille.example)"))
    assert {path for path, _ in site.asked} == {"/robots.txt", TDM, "/a"}
    assert {headers["user-agent"] for _, headers in site.asked} == {
        "Veille/1.0 (+https://veille.example/bot; mailto:bot@veille.example)"
    }
    assert not {name for _, headers in site.asked for name in headers} & {"cookie", "referer", "sec-fetch-mode", "sec-ch-ua"}


def test_an_article_called_just_a_moment_is_no_bot_check(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"a": site.page("/a", feed("Just a moment please"))})
    collect(sqlite_store, NOW, settings(site))
    assert code(sqlite_store, "a") == "active"


# 2. robots.txt


def test_robots_are_read_to_500_kib_and_through_five_redirects(site: Site, other: Site) -> None:
    filler = "# rien\n" * 73_500
    rules = f"User-agent: *\n{filler}Disallow: /loin\n"
    assert 500 * 1024 < len(rules) < 512 * 1024
    other.page("/robots.txt", rules, content_type="text/plain")
    for hop in range(5):
        site.route("/robots.txt" if hop == 0 else f"/r{hop}", redirect(f"/r{hop + 1}" if hop < 4 else other.url("/robots.txt")))
    far, near = site.page("/loin", "x"), site.page("/ici", "x")
    found = fetch([far, near], settings(site, other))
    assert found.answers[far]["reason"].startswith("robots:")
    assert found.answers[near]["status"] == 200


def test_a_rule_cut_in_the_middle_forbids_nothing_more(site: Site) -> None:
    rules = "User-agent: *\n" + "#" * (512 * 1024 - 14 - 1 - len("Disallow: /")) + "\nDisallow: /prive\n"
    site.page("/robots.txt", rules, content_type="text/plain")
    url = site.page("/ouvert", "x")
    assert fetch([url], settings(site)).answers[url]["status"] == 200


def test_a_byte_order_mark_hides_no_rule(site: Site) -> None:
    site.page("/robots.txt", b"\xef\xbb\xbfUser-agent: *\nDisallow: /", content_type="text/plain")
    url = site.page("/a", "x")
    assert fetch([url], settings(site)).answers[url]["reason"].startswith("robots:")


def test_the_address_is_checked_again_after_a_redirect(site: Site, other: Site) -> None:
    other.page("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    url = site.route("/a", redirect(other.page("/la", "x")))
    assert fetch([url], settings(site, other)).answers[url]["reason"].startswith("robots:")
    assert other.count("/la") == 0


@pytest.mark.parametrize("status", [401, 403])
def test_locked_robots_refuse_a_site_but_not_a_documented_interface(sqlite_store: Store, site: Site, status: int) -> None:
    site.page("/robots.txt", status=status)
    declare(sqlite_store, {"feed": site.page("/a", feed("un"))})
    url = f"{site.url('/query')}"
    site.page("/query", '<feed xmlns="http://www.w3.org/2005/Atom"></feed>', content_type="application/atom+xml")
    declare(sqlite_store, {"papers": url}, collector="arxiv", options={"categories": ["quant-ph"]})
    collect(sqlite_store, NOW, settings(site))
    assert (code(sqlite_store, "feed"), site.count("/a")) == ("robots", 0)
    assert any(path.startswith("/query") for path, _ in site.asked)


def test_robots_of_an_interface_are_obeyed_unless_its_terms_are_known(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    url = site.page("/api", "x")
    assert fetch([url], settings(site)).answers[url]["reason"].startswith("robots:")
    asked = site.count("/robots.txt")
    assert fetch([url], settings(site, documented_apis=("127.0.0.1",))).answers[url]["status"] == 200
    assert site.count("/robots.txt") == asked


def test_origins_are_asked_once_a_day_also_where_redirects_lead(sqlite_store: Store, site: Site, other: Site) -> None:
    declare(sqlite_store, {"a": site.route("/a", redirect(other.page("/b", feed("un"))))})
    for hours in (0, 2, 4):
        collect(sqlite_store, NOW + dt.timedelta(hours=hours), settings(site, other))
    assert (site.count("/robots.txt"), other.count("/robots.txt"), other.count(TDM)) == (1, 1, 1)
    collect(sqlite_store, NOW + dt.timedelta(hours=25), settings(site, other))
    assert (other.count("/robots.txt"), other.count(TDM)) == (2, 2)


def test_a_crawl_delay_spaces_the_first_request_too(site: Site) -> None:
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 1", content_type="text/plain")
    urls = [site.page(f"/{name}", "x") for name in "ab"]
    found = fetch(urls, settings(site), scrapy={"EXTENSIONS": {"tests.servers.fetching.Sent": 1}})
    times = [sent["sent"] for sent in found.sent if sent["path"] in ("/robots.txt", "/a", "/b")]
    assert len(times) == 3
    assert all(later - earlier > 0.95 for earlier, later in itertools.pairwise(times))


# 4. and 5. pace and Retry-After


def test_hosts_that_count_as_one_are_asked_one_at_a_time(site: Site) -> None:
    urls = [site.page(f"/{name}", "x") for name in "ab"]
    scrapy = {"ZOOM_SHARED_HOSTS": {"0.0.1": 0.5}, "EXTENSIONS": {"tests.servers.fetching.Sent": 1}}
    times = [sent["sent"] for sent in fetch(urls, settings(site), scrapy=scrapy).sent]
    assert len(times) == 4, "robots.txt, the text-mining file and two pages"
    assert all(later - earlier > 0.45 for earlier, later in itertools.pairwise(times))


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_asks_to_wait_is_left_alone_by_all_its_sources_and_later_crawls(
    sqlite_store: Store, site: Site, status: int
) -> None:
    declare(
        sqlite_store,
        {"a": site.page("/a", status=status, Retry_After="Mon, 02 Mar 2026 14:00:00 GMT", Date="Mon, 02 Mar 2026 12:00:00 GMT")},
    )
    collect(sqlite_store, NOW, settings(site))
    declare(sqlite_store, {"b": site.page("/b", feed("un"))})
    collect(sqlite_store, NOW + dt.timedelta(minutes=30), settings(site))
    assert (code(sqlite_store, "a"), code(sqlite_store, "b"), site.count("/b")) == ("slow_down", "host_waits", 0)
    next_visit = get(sqlite_store, "b").next_visit_at
    assert next_visit is not None
    assert next_visit >= NOW + dt.timedelta(hours=2)
    collect(sqlite_store, NOW + dt.timedelta(hours=3), settings(site))
    assert site.count("/b") == 1


@pytest.mark.parametrize(
    ("times", "status", "asked", "ends"),
    [(2, 502, 3, "active"), (3, 500, 3, "status"), (1, 408, 2, "active"), (5, 404, 1, "not_found"), (5, 429, 1, "slow_down")],
)
def test_two_retries_at_most_and_never_on_what_will_not_pass(
    sqlite_store: Store, site: Site, times: int, status: int, asked: int, ends: str
) -> None:
    declare(sqlite_store, {"a": site.route("/a", failing(times, feed("un"), status))})
    report = collect(sqlite_store, NOW, settings(site))
    assert (site.count("/a"), code(sqlite_store, "a")) == (asked, ends)
    assert report.visited == 1
    assert report.new == (ends == "active")


def test_what_asks_to_wait_is_not_retried(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, {"a": site.route("/a", failing(1, feed("un"), 502, Retry_After="60")), "b": site.route("/b", drop)})
    collect(sqlite_store, NOW, settings(site))
    assert (site.count("/a"), site.count("/b")) == (1, 3)


# 7. redirects


def move(store: Store, site: Site, target: str, days: int, status: int = 301) -> None:
    declare(store, {"a": site.route("/a", redirect(target, status))})
    for day in range(days):
        collect(store, NOW + day * DAY, settings(site))


def test_a_permanent_move_is_followed_after_three_days(sqlite_store: Store, site: Site) -> None:
    target = site.page("/b", feed("un"))
    move(sqlite_store, site, target, 2)
    collect(sqlite_store, NOW + DAY + dt.timedelta(hours=2), settings(site))
    kept = get(sqlite_store, "a")
    assert (kept.url, kept.moved_to, kept.moved_seen) == (site.url("/a"), target, 2), "two visits of one day are one"
    collect(sqlite_store, NOW + 2 * DAY, settings(site))
    moved = get(sqlite_store, "a")
    assert (moved.url, moved.moved_to, moved.moved_seen) == (target, None, 0)
    assert moved.state_reason == f"moved: the address has changed, it was {site.url('/a')}"


def test_a_move_counts_also_while_pages_of_articles_are_left(sqlite_store: Store, site: Site) -> None:
    items = "".join(f"<item><title>T{n}</title><link>{site.url(f'/p{n}')}</link></item>" for n in range(9))
    target = site.page("/b", f'<rss version="2.0"><channel><title>S</title>{items}</channel></rss>')
    for n in range(9):
        site.page(f"/p{n}", "<html><head><title>T</title></head><body><p>Un texte.</p></body></html>", content_type="text/html")
    options = {"complete": True, "max_articles": 1}
    with sqlite_store.transaction() as conn:
        url = site.route("/a", redirect(target, 301))
        sources.declare(conn, [Source(id="a", name="a", kind=Kind.NEWS, url=url, options=options)])
    for day in range(3):
        collect(sqlite_store, NOW + day * DAY, settings(site))
    assert get(sqlite_store, "a").url == target


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_passing_redirect_moves_nothing(sqlite_store: Store, site: Site, status: int) -> None:
    move(sqlite_store, site, site.page("/b", feed("un")), 4, status)
    assert (get(sqlite_store, "a").url, get(sqlite_store, "a").moved_to) == (site.url("/a"), None)


def test_one_passing_hop_makes_the_way_a_passing_one(sqlite_store: Store, site: Site) -> None:
    site.page("/c", feed("un"))
    move(sqlite_store, site, site.route("/b", redirect("/c", 302)), 4)
    assert get(sqlite_store, "a").moved_to is None


def test_a_maintenance_page_is_not_followed(sqlite_store: Store, site: Site) -> None:
    move(sqlite_store, site, site.page("/travaux", "<html><body>Maintenance</body></html>", content_type="text/html"), 4)
    assert (get(sqlite_store, "a").url, code(sqlite_store, "a")) == (site.url("/a"), "html")


def test_a_move_to_the_address_of_another_source_ends_this_one(sqlite_store: Store, site: Site) -> None:
    target = site.page("/b", feed("un"))
    declare(sqlite_store, {"b": target})
    move(sqlite_store, site, target, 3)
    ended = get(sqlite_store, "a")
    assert (ended.enabled, ended.url) == (False, site.url("/a"))
    assert ended.disabled_reason == "moved_to_known: has moved to the address of the source b"
    assert get(sqlite_store, "b").enabled


def test_six_redirects_are_too_many(sqlite_store: Store, site: Site) -> None:
    for hop in range(6):
        site.route(f"/{hop}", redirect(f"/{hop + 1}", 301))
    site.page("/6", feed("un"))
    declare(sqlite_store, {"five": site.url("/1"), "six": site.url("/0")})
    collect(sqlite_store, NOW, settings(site))
    assert (code(sqlite_store, "five"), code(sqlite_store, "six")) == ("active", "redirects")


# 8. text and data mining


def test_a_reservation_in_the_origins_file_keeps_title_link_and_date(sqlite_store: Store, site: Site) -> None:
    rules = [{"location": "/reserve/", "tdm-reservation": 1, "tdm-policy": "https://s.example/p"}]
    site.page(TDM, json.dumps(rules), content_type="application/json")
    declare(sqlite_store, {"a": site.page("/reserve/flux", feed("un")), "b": site.page("/libre", feed("deux"))})
    collect(sqlite_store, NOW, settings(site))
    assert texts(sqlite_store) == {"un": "", "deux": "mot mot"}
    a, b = get(sqlite_store, "a"), get(sqlite_store, "b")
    assert (a.tdm, a.tdm_read_at) == ("reserved tdmrep.json https://s.example/p", NOW)
    assert (b.tdm, b.tdm_read_at) == (None, NOW)
    assert site.count(TDM) == 1


def test_the_headers_of_an_answer_prevail_over_the_file(sqlite_store: Store, site: Site) -> None:
    site.page(TDM, json.dumps([{"location": "/", "tdm-reservation": 1}]), content_type="application/json")
    declare(sqlite_store, {"a": site.page("/a", feed("un"), tdm_reservation="0")})
    declare(sqlite_store, {"b": site.page("/b", feed("deux"), X_Robots_Tag="noai", tdm_reservation="0")})
    collect(sqlite_store, NOW, settings(site))
    assert texts(sqlite_store) == {"un": "mot mot", "deux": ""}
    assert (get(sqlite_store, "a").tdm, get(sqlite_store, "b").tdm) == ("free tdm-reservation", "reserved x-robots-tag")


def test_an_open_feed_of_reserved_articles_keeps_their_titles_only(sqlite_store: Store, site: Site) -> None:
    site.page(TDM, json.dumps([{"location": "/articles/*", "tdm-reservation": 1}]), content_type="application/json")
    declare(sqlite_store, {"a": site.page("/flux", feed("un", link=site.url("/articles/")))})
    collect(sqlite_store, NOW, settings(site))
    assert texts(sqlite_store) == {"un": ""}


def test_a_file_that_fails_reserves_nothing_and_stops_nothing(sqlite_store: Store, site: Site) -> None:
    site.route(TDM, drop)
    declare(sqlite_store, {"a": site.page("/a", feed("un"))})
    collect(sqlite_store, NOW, settings(site))
    assert texts(sqlite_store) == {"un": "mot mot"}
