"""Finding the feed of a site: what it announces, where platforms put it, its sitemaps; each judged by what it holds."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.candidates import Candidate, same_site, section_of
from crawler.checking import discover
from crawler.collectors.base import Task
from crawler.config import CrawlerSettings
from crawler.discovery import DiscoverCollector, announced, usual_places
from storage.errors import ConfigError
from storage.model import Kind, Source
from tests.conftest import NOW
from tests.servers.drive import Driven, drive
from tests.servers.http import Site


def feed(site: Site, *paths: str, day: str = "Mon, 02 Mar 2026 08:00:00 GMT", title: str = "Le Phare", host: str = "") -> str:
    base = host or site.url("")
    items = "".join(f"<item><title>{p}</title><link>{base}{p}</link><pubDate>{day}</pubDate></item>" for p in paths)
    return f'<rss version="2.0"><channel><title>{title}</title>{items}</channel></rss>'


def page(*links: str, body: str = "") -> str:
    heads = "".join(f'<link rel="alternate" type="application/rss+xml" href="{link}">' for link in links)
    return f"<!doctype html><html><head><title>T</title>{heads}</head><body>{body}</body></html>"


def look(site: Site, path: str = "/") -> tuple[list[Candidate], Driven]:
    source = Source(id="discover", name="x", kind=Kind.NEWS, url=site.url(path), collector="discover")
    driven = drive(DiscoverCollector(), Task(source=source, now=NOW))
    return [entry for entry in driven.entries if isinstance(entry, Candidate)], driven


def told(candidate: Candidate) -> list[str]:
    return [reason.code for reason in candidate.reasons]


def asked(site: Site) -> list[str]:
    return [path for path, _ in site.asked]


def test_an_announced_feed_is_enough(site: Site) -> None:
    site.page("/", page("/actus.xml"), content_type="text/html")
    site.page("/actus.xml", feed(site, "/a", "/b"), content_type="text/html")
    (found,), _ = look(site)
    assert (found.url, found.title, found.items, found.is_good, found.rank) == (site.url("/actus.xml"), "Le Phare", 2, True, 1)
    assert told(found) == ["announced", "fresh"]
    assert asked(site) == ["/", "/actus.xml"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/feed/", ""),
        ("/rss.xml", ""),
        ("/?type=9818", '<meta name="generator" content="TYPO3 CMS">'),
        ("/@@rss", ""),
        ("/atom.xml", ""),
    ],
)
def test_platforms_keep_their_feed_at_usual_places(site: Site, path: str, content: str) -> None:
    site.page("/", page(body=content), content_type="text/html")
    if "?" in path:
        html_page = site.routes["/"]
        feed_page = (site.page("/", feed(site, "/a")), site.routes["/"])[1]
        site.route("/", lambda handler: (feed_page if "type=9818" in handler.path else html_page)(handler))
    else:
        site.page(path, feed(site, "/a"))
    (found,), _ = look(site)
    assert (found.url, told(found)) == (site.url(path), ["usual_place", "fresh"])
    assert asked(site)[-1] == path


def test_the_order_of_search(site: Site) -> None:
    places = list(usual_places("<html data-node='/node/12'>TYPO3", "https://eic.ec.europa.eu/news/index_en"))
    assert [place.removeprefix("https://eic.ec.europa.eu") for place in places] == [
        "/news/index_en/feed/",
        "/feed/",
        "/rss.xml",
        "/node/12/rss_en",
        "/news/index_en?type=9818",
        "/news/@@rss",
        "/atom.xml",
    ]
    site.page("/news/", page(), content_type="text/html")
    look(site, "/news/")
    assert asked(site)[:4] == ["/news/", "/news/feed/", "/feed/", "/rss.xml"]
    assert asked(site)[-3:] == ["/robots.txt", "/sitemap_news.xml", "/sitemap.xml"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (lambda s: feed(s), "empty"),
        (lambda s: feed(s, "/a", day="Mon, 02 Jun 2025 08:00:00 GMT"), "stale"),
        (lambda s: feed(s, "/a", title="Commentaires sur Le Phare"), "comments"),
        (lambda s: feed(s, "/a", host="https://ailleurs.example"), "other_site"),
    ],
    ids=["empty", "stale", "comments", "other_site"],
)
def test_a_doubtful_feed_is_shown_and_not_proposed(site: Site, body: Any, code: str) -> None:
    site.page("/", page("/one.xml"), content_type="text/html")
    site.page("/one.xml", body(site))
    (found,), driven = look(site)
    assert not found.is_good
    assert code in told(found)
    assert "/feed/" in asked(site), "the search goes on"
    assert all(wanted.optional for wanted in driven.requests)


def test_the_feed_of_the_section_comes_before_that_of_the_site(site: Site) -> None:
    site.page("/energie/", page("/tout.xml", "/energie/rss"), content_type="text/html")
    site.page("/tout.xml", feed(site, "/sport/a", "/sport/b", "/ville/c", title="Tout"))
    site.page("/energie/rss", feed(site, "/energie/a", title="Énergie"))
    first, second = look(site, "/energie/")[0]
    assert (first.title, first.is_good) == ("Énergie", True)
    assert (second.title, second.is_good, told(second)[-1]) == ("Tout", False, "other_section")


def test_an_undated_feed_is_proposed_with_a_remark(site: Site) -> None:
    site.page("/", page("/one.xml"), content_type="text/html")
    site.page("/one.xml", feed(site, "/a", day="un jour"))
    (found,), _ = look(site)
    assert (found.is_good, told(found)) == (True, ["announced", "undated"])


def test_the_address_of_a_feed_is_its_own_answer(site: Site) -> None:
    site.page("/flux", feed(site, "/a"), content_type="text/html")
    (found,), _ = look(site, "/flux")
    assert (found.url, found.is_good) == (site.url("/flux"), True)
    assert asked(site) == ["/flux"]


def test_an_interstitial_served_as_a_feed_is_none(site: Site) -> None:
    site.page("/", page("/one.xml"), content_type="text/html")
    site.page("/one.xml", page(body="Please enable JavaScript"), content_type="application/rss+xml")
    assert look(site)[0] == []


def test_sitemaps_where_there_is_no_feed(site: Site) -> None:
    site.page("/", page(), content_type="text/html")
    site.page("/robots.txt", f"User-agent: *\nSitemap: {site.url('/plans.xml')}\nSitemap: http://169.254.169.254/x\n")
    parts = "".join(f"<sitemap><loc>{site.url(path)}</loc></sitemap>" for path in ("/old.xml", "/news.xml"))
    site.page("/plans.xml", f"<sitemapindex>{parts}</sitemapindex>")
    rows = (
        f"<url><loc>{site.url('/a')}</loc><news:news><news:publication_date>2026-03-01</news:publication_date></news:news></url>"
    )
    site.page("/news.xml", f'<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{rows}</urlset>')
    (found,), driven = look(site)
    assert (found.collector, found.url, found.items, found.is_good) == ("sitemap", site.url("/news.xml"), 1, True)
    assert told(found) == ["news_sitemap"]
    assert found.options == {"complete": True}, "it gives no titles: its collector reads them from the pages"
    assert not any("169.254" in wanted.url for wanted in driven.requests)


def test_nothing_is_said_with_its_reason(site: Site) -> None:
    site.page("/", page(), content_type="text/html")
    found, driven = look(site)
    assert found == []
    assert driven.pages[-1].note is not None
    assert driven.pages[-1].note.code == "nothing_found"
    assert len(driven.requests) < 20


def test_a_page_of_links_does_not_lead_to_many_requests(site: Site) -> None:
    anchors = "".join(f'<a href="/rss/{number}.xml">x</a>' for number in range(500))
    site.page("/", page(*(f"/feed/{number}" for number in range(500)), body=anchors), content_type="text/html")
    _, driven = look(site)
    assert len(driven.requests) <= 20


def test_what_a_page_announces() -> None:
    text = """<base href="https://cdn.example/x/"><!-- <link rel=alternate type=application/rss+xml href=/no> -->
      <LINK REL='alternate home' TYPE="application/atom+xml; charset=utf-8" title="L&#39;actu" HREF='atom?a=1&amp;b=2'>
      <link rel="alternate" type="text/html" href="/en"><link rel="stylesheet" type="application/rss+xml" href="/css">
      <link rel=alternate type=application/rss+xml href="javascript:alert(1)"><a href="/flux-rss/">RSS</a>
      <a href="https://else.example/rss">RSS</a><a href="/prices">p</a>"""
    assert [(place.url, place.title) for place in announced(text, "https://s.example/")] == [
        ("https://cdn.example/x/atom?a=1&b=2", "L'actu"),
        ("https://cdn.example/flux-rss/", ""),
    ]


def test_sites_and_sections() -> None:
    assert same_site("https://www.a.example/x", "http://a.example")
    assert same_site("https://rss.a.example", "https://blog.a.example")
    assert not same_site("https://dge.gouv.fr", "https://insee.gouv.fr")
    assert not same_site("http://10.0.0.1/", "http://10.1.0.1/")
    assert [section_of(f"https://s.example{path}") for path in ("/", "/fr/", "/fr/Energie/x", "/index.html")] == [
        "",
        "",
        "energie",
        "",
    ]


def test_the_real_spider_looks_under_the_rules_for_robots(site: Site) -> None:
    settings = CrawlerSettings(pace_s=0, total_timeout_s=20, allow_private_hosts=(f"127.0.0.1:{site.port}",))
    site.page("/robots.txt", "User-agent: *\nDisallow: /secret\nDisallow: /feed/", content_type="text/plain")
    site.page("/", page("/secret/feed.xml"), content_type="text/html")
    site.page("/secret/feed.xml", feed(site, "/a"))
    site.page("/feed/", feed(site, "/a"))
    site.page("/rss.xml", feed(site, "/a"))
    found = discover(site.url("/"), settings, NOW)
    assert [(one.url, one.is_good) for one in found.candidates] == [(site.url("/rss.xml"), True)]
    assert "/secret/feed.xml" not in asked(site)
    assert "/feed/" not in asked(site)


def test_a_site_that_forbids_robots_is_left_alone(site: Site) -> None:
    settings = CrawlerSettings(pace_s=0, allow_private_hosts=(f"127.0.0.1:{site.port}",))
    site.page("/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    found = discover(site.url("/"), settings, NOW)
    assert found.candidates == ()
    assert found.reason is not None
    assert found.reason.code == "robots"
    assert asked(site) == ["/robots.txt"]
    inside = discover("http://127.0.0.1:9/", CrawlerSettings(pace_s=0), NOW)
    assert inside.reason is not None
    assert inside.reason.code == "address"
    with pytest.raises(ConfigError):
        discover("ftp://x", settings, NOW)
