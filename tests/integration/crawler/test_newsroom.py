"""Sitemaps, listings and pages of articles through the real spider: what is asked, what is kept, what a second visit does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from crawler.collect import CollectReport, collect
from crawler.config import CrawlerSettings
from storage import sources
from storage.model import Kind, Source
from storage.store import Store
from storage.tables import documents, fetches
from tests.conftest import NOW
from tests.servers.http import Site, drop, endless, redirect, serving
from tests.servers.newsroom import article, index, packed, row, serve_article, urlset

PUBLISHED = "2026-03-01T09:00:00+01:00"


def settings(*sites: Site, **kw: Any) -> CrawlerSettings:
    values: dict[str, Any] = {"pace_s": 0, "total_timeout_s": 10, "allow_private_hosts": ("127.0.0.1", "localhost")}
    return CrawlerSettings(**{**values, **kw})


def declare(store: Store, url: str, collector: str = "sitemap", rights: str = "open", **options: Any) -> None:
    source = Source(id="s", name="s", kind=Kind.NEWS, url=url, collector=collector, rights=rights, options=options)
    with store.transaction() as conn:
        sources.declare(conn, [source])


def kept(store: Store) -> dict[str, Any]:
    with store.reading() as conn:
        return {document.title: document for document in conn.execute(sa.select(documents))}


def texts(store: Store) -> dict[str, str]:
    """The beginning of each document's text, by title."""
    return {title: document.text[:10] for title, document in kept(store).items()}


def state(store: Store) -> tuple[str, str]:
    with store.reading() as conn:
        source = sources.get(conn, "s")
        return source.state.value, (source.state_reason or "").split(":")[0]


def asked(site: Site, prefix: str = "/a") -> list[str]:
    return [path for path, _ in site.asked if path.startswith(prefix)]


def news(site: Site, *numbers: int, path: str = "/news.xml") -> str:
    rows = (row(site.url(f"/a/{number}"), f"Titre {number}", PUBLISHED, "fr") for number in numbers)
    return site.page(path, urlset(*rows))


def pages(site: Site, *numbers: int) -> None:
    for number in numbers:
        serve_article(site, f"/a/{number}", f"Titre {number}", f"Texte {number}")


def visits(store: Store, site: Site, number: int, start: int = 0, **kw: Any) -> list[CollectReport]:
    return [collect(store, NOW + dt.timedelta(hours=2 * visit), settings(site, **kw)) for visit in range(start, start + number)]


def test_an_open_sitemap_is_read_with_its_articles_once(store: Store, site: Site) -> None:
    declare(store, news(site, 1, 2))
    pages(site, 1, 2, 3)
    (first,) = visits(store, site, 1)
    assert (first.new, first.visited) == (2, 1)
    assert texts(store) == {"Titre 1": "Texte 1, p", "Titre 2": "Texte 2, p"}
    news(site, 1, 2, 3)
    (second,) = visits(store, site, 1, start=1)
    assert (second.new, second.duplicates) == (1, 2)
    assert sorted(asked(site)) == ["/a/1", "/a/2", "/a/3"]
    assert state(store) == ("active", "")
    document = kept(store)["Titre 3"]
    assert (document.lang, document.published_on, document.url) == ("fr", dt.date(2026, 3, 1), site.url("/a/3"))


def test_an_excerpt_source_is_read_without_its_articles(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, news(site, 1, 2), rights="excerpt")
    pages(site, 1, 2)
    visits(sqlite_store, site, 2)
    assert texts(sqlite_store) == {"Titre 1": "", "Titre 2": ""}
    assert asked(site) == []


@pytest.mark.parametrize(("rights", "text"), [("excerpt", "Chapeau de"), ("link-only", ""), ("open", "Texte 7, p")])
def test_a_link_without_title_is_completed_as_far_as_rights_go(sqlite_store: Store, site: Site, rights: str, text: str) -> None:
    declare(
        sqlite_store, site.page("/map.xml", urlset(row(site.url("/a/7"), lastmod="2026-03-01"))), rights=rights, complete=True
    )
    pages(site, 7)
    visits(sqlite_store, site, 2)
    assert texts(sqlite_store) == {"Titre 7": text}
    assert kept(sqlite_store)["Titre 7"].published_on == dt.date(2026, 3, 1)
    assert asked(site) == ["/a/7"]
    assert state(sqlite_store) == ("active", "")


def test_an_index_is_followed_to_its_newest_parts_and_unchanged_ones_are_left(sqlite_store: Store, site: Site) -> None:
    part = site.url("/part-2.xml.gz")
    site.page("/part-2.xml.gz", packed(urlset(row(site.url("/a/1"), "Titre 1", PUBLISHED))), content_type="application/gzip")
    parts = [(site.url("/part-1.xml"), "2026-01-01"), (part, "2026-03-01T10:00:00Z"), (site.url("/gone.xml"), "2026-02-28")]
    declare(sqlite_store, site.page("/index.xml", index(*parts)), max_sitemaps=3)
    pages(site, 1)
    visits(sqlite_store, site, 2)
    assert texts(sqlite_store) == {"Titre 1": "Texte 1, p"}
    assert (site.count("/part-1.xml"), site.count("/part-2.xml.gz"), site.count("/gone.xml")) == (0, 1, 2)
    assert state(sqlite_store)[0] == "active"


def test_many_articles_come_in_over_several_visits(store: Store, site: Site) -> None:
    declare(store, news(site, *range(10)), max_articles=4)
    pages(site, *range(10))
    assert [report.new for report in visits(store, site, 4)] == [4, 4, 2, 0]
    assert sorted(asked(site)) == [f"/a/{number}" for number in range(10)]
    assert {text[:5] for text in texts(store).values()} == {"Texte"}


def test_a_visit_cut_at_its_limit_of_requests_goes_on(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, news(site, *range(7)))
    pages(site, *range(7))
    visits(sqlite_store, site, 4, max_requests=3)
    assert sorted(asked(site)) == [f"/a/{number}" for number in range(7)]
    assert len(texts(sqlite_store)) == 7


def test_a_page_that_cannot_be_had_leaves_what_the_list_says(sqlite_store: Store, site: Site) -> None:
    with serving() as other:
        site.page("/robots.txt", "User-agent: *\nDisallow: /a/refused", content_type="text/plain")
        serve_article(site, "/a/refused", "Refusé", "Refusé")
        site.page("/a/forbidden", "non", status=403, content_type="text/html")
        elsewhere = serve_article(other, "/b", "Ailleurs", "Ailleurs").replace("127.0.0.1", "localhost")
        site.route("/a/moved", redirect(elsewhere))
        site.route("/a/endless", endless)
        site.page("/a/pdf", b"%PDF-1.7", content_type="application/pdf")
        serve_article(site, "/a/reserved", "Réservé", "Réservé", head='<meta name="tdm-reservation" content="1">')
        serve_article(site, "/a/noai", "Noai", "Noai", X_Robots_Tag="noai")
        serve_article(site, "/a/good", "Bon", "Bon texte")
        names = ["refused", "good", "forbidden", "reserved", "moved", "noai", "endless", "good2", "pdf"]
        serve_article(site, "/a/good2", "Bon", "Bon texte")
        dated = "<pubDate>Sun, 01 Mar 2026 08:00:00 GMT</pubDate>"
        items = "".join(
            f"<item><title>{name}</title><link>{site.url(f'/a/{name}')}</link><guid>{name}</guid>{dated}"
            f"<description>Extrait {name}</description></item>"
            for name in names
        )
        feed = site.page("/feed", f'<rss version="2.0"><channel><title>S</title>{items}</channel></rss>')
        declare(sqlite_store, feed, "feed", full_text=True)
        visits(sqlite_store, site, 2)
    found = texts(sqlite_store)
    assert found == {
        "refused": "Extrait re",
        "forbidden": "Extrait fo",
        "moved": "Extrait mo",
        "endless": "Extrait en",
        "pdf": "Extrait pd",
        "reserved": "",
        "noai": "",
        "good": "Bon texte,",
        "good2": "Bon texte,",
    }
    assert kept(sqlite_store)["reserved"].extra["reserved"] is True
    assert "/a/refused" not in asked(site)
    assert max(asked(site).count(path) for path in asked(site)) == 1


def test_a_site_that_refuses_its_pages_is_not_asked_for_all(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, news(site, *range(9)))
    visits(sqlite_store, site, 2)
    assert len(asked(site)) == 3
    assert len(texts(sqlite_store)) == 9


def test_a_failure_that_passes_is_tried_again(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, news(site, 1, 2))
    pages(site, 1)
    site.route("/a/2", drop)
    visits(sqlite_store, site, 1)
    assert texts(sqlite_store) == {"Titre 1": "Texte 1, p"}
    pages(site, 2)
    visits(sqlite_store, site, 1, start=1)
    assert texts(sqlite_store) == {"Titre 1": "Texte 1, p", "Titre 2": "Texte 2, p"}


def test_a_failure_that_stays_leaves_what_the_list_says(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, news(site, 1))
    site.page("/a/1", status=500)
    visits(sqlite_store, site, 2)
    assert texts(sqlite_store) == {}
    visits(sqlite_store, site, 1, start=2)
    assert texts(sqlite_store) == {"Titre 1": ""}


def test_pages_that_always_end_the_visit_cost_no_document(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, news(site, 1, 2))
    site.page("/a/1", status=429)
    site.page("/a/2", status=429)
    collected = [collect(sqlite_store, NOW + dt.timedelta(days=3 * visit), settings(site)) for visit in range(4)]
    assert [report.new for report in collected] == [0, 0, 0, 2]


def test_a_listing_is_read_with_its_articles(store: Store, site: Site) -> None:
    def listing(*numbers: int) -> str:
        items = "".join(
            f"<li class='item-{number}'><a href='/a/{number}'><img src='/i.png' alt=''></a>"
            f"<h3><a href='/a/{number}?utm_source=liste'>Le pôle annonce le titre {number}</a></h3>"
            f"<span>Publié le {number:02}/02/2026</span> <a href='/a/{number}'>Lire la suite</a></li>"
            for number in numbers
        )
        menu = "<nav><ul><li><a href='/qui-sommes-nous-au-pole'>Qui sommes-nous au pôle</a></li></ul></nav>"
        return site.page("/presse", f"<html lang='fr'><body>{menu}<ul>{items}</ul></body></html>", content_type="text/html")

    declare(store, listing(1, 2), "listing")
    pages(site, 1, 2, 3)
    visits(store, site, 1)
    listing(1, 2, 3)
    (second,) = visits(store, site, 1, start=1)
    assert (second.new, second.duplicates) == (1, 2)
    found = kept(store)
    assert sorted(found) == [f"Le pôle annonce le titre {number}" for number in (1, 2, 3)]
    document = found["Le pôle annonce le titre 3"]
    assert (document.published_on, document.url, document.text[:7]) == (dt.date(2026, 2, 3), site.url("/a/3"), "Texte 3")
    assert sorted(asked(site)) == ["/a/1", "/a/2", "/a/3"]


def test_a_listing_that_lists_nothing_is_broken(sqlite_store: Store, site: Site) -> None:
    page = site.page("/presse", "<html><body><p>En travaux</p><a href='/'>Accueil</a></body></html>", content_type="text/html")
    declare(sqlite_store, page, "listing")
    visits(sqlite_store, site, 1)
    assert state(sqlite_store) == ("broken", "no_links")


def test_a_page_that_is_paid_for_is_noted(sqlite_store: Store, site: Site) -> None:
    declare(sqlite_store, news(site, 1))
    paid = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
    site.page("/a/1", article("Titre 1", "Texte", head=paid), content_type="text/html")
    visits(sqlite_store, site, 1)
    assert texts(sqlite_store) == {"Titre 1": "Chapeau de"}
    with sqlite_store.reading() as conn:
        assert (conn.scalar(sa.select(fetches.c.reason)) or "").startswith("paywalled")
    assert kept(sqlite_store)["Titre 1"].extra["paywalled"] is True
