"""A site on loopback with a news sitemap, an index of sitemaps, a listing page and the pages of its articles."""

from __future__ import annotations

import gzip
from html import escape

from tests.servers.http import Site

NEWS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def urlset(*rows: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {NEWS}>{"".join(rows)}</urlset>'


def index(*parts: tuple[str, str]) -> str:
    rows = "".join(f"<sitemap><loc>{escape(url)}</loc>{changed(at)}</sitemap>" for url, at in parts)
    return f'<?xml version="1.0" encoding="UTF-8"?><sitemapindex {NEWS}>{rows}</sitemapindex>'


def changed(at: str) -> str:
    return f"<lastmod>{at}</lastmod>" if at else ""


def row(url: str, title: str = "", published: str = "", lang: str = "", lastmod: str = "") -> str:
    """One line of a sitemap, of a news sitemap where it has a title."""
    news = ""
    if title:
        news = (
            f"<news:news><news:publication><news:name>Le Site</news:name><news:language>{lang}</news:language></news:publication>"
            f"<news:publication_date>{published}</news:publication_date><news:title>{escape(title)}</news:title></news:news>"
        )
    return f"<url><loc>{escape(url)}</loc>{changed(lastmod)}{news}</url>"


def packed(text: str) -> bytes:
    return gzip.compress(text.encode())


def article(title: str, words: str, *, head: str = "", published: str = "2026-03-01T09:00:00+01:00") -> str:
    """The page of an article, with five paragraphs that hold ``words``."""
    body = "".join(
        f"<p>{words}, partie {number} : le laboratoire a mesuré ce capteur pendant trois mois au large.</p>"
        for number in range(1, 6)
    )
    dated = f'<meta property="article:published_time" content="{published}">' if published else ""
    named = escape(title)
    return (
        f'<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>{named} | Le Site</title>'
        f'<meta property="og:title" content="{named}"><meta name="description" content="Chapeau de {named}">{dated}{head}</head>'
        f"<body><nav><a href='/'>Accueil</a></nav><article><h1>{named}</h1>{body}</article></body></html>"
    )


def serve_article(site: Site, path: str, title: str, words: str, *, head: str = "", status: int = 200, **headers: str) -> str:
    page = article(title, words, head=head)
    return site.page(path, page, status=status, content_type="text/html; charset=utf-8", **headers)
