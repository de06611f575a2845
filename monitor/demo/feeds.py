"""Writes the feeds of the fictional sources in four dialects, and their article pages. Pure: documents in, bytes out."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from email.utils import format_datetime
from html import escape
from xml.sax.saxutils import escape as xml
from xml.sax.saxutils import quoteattr

from monitor.demo.documents import Item, Outlet

CONTENT_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "jsonfeed": "application/feed+json; charset=utf-8",
}
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'


def feed(outlet: Outlet, items: Sequence[Item], base: str) -> bytes:
    """The feed of an outlet, newest first, with links under ``base``."""
    newest_first = list(reversed(items))
    writer = {"rss": _rss, "atom": _atom, "rdf": _rdf, "jsonfeed": _json}[outlet.dialect]
    return writer(outlet, newest_first, base).encode()


def article_path(item: Item) -> str:
    return f"/{item.source}/{item.published:%Y/%m}/{item.id}.html"


def article(outlet: Outlet, item: Item) -> bytes:
    """The page behind a feed's link."""
    page = f"""<!doctype html>
<html lang="{outlet.lang}"><head><meta charset="utf-8"><title>{escape(item.title)} – {escape(outlet.name)}</title></head>
<body><main style="max-width:40rem;margin:3rem auto;font:1.1rem/1.5 Georgia,serif">
<p>{escape(outlet.name)}, <time datetime="{item.at.isoformat()}">{item.published.isoformat()}</time></p>
<h1>{escape(item.title)}</h1>
<p>{escape(item.text)}</p>
<p><small>{_INVENTED[outlet.lang]}</small></p>
</main></body></html>
"""
    return page.encode()


_INVENTED = {
    "fr": "Texte inventé pour la démonstration de Zoom-Avant.",
    "en": "Invented for the demonstration of Zoom-Avant.",
}


def _rss(outlet: Outlet, items: Sequence[Item], base: str) -> str:
    entries = "".join(
        f"<item><title>{xml(item.title)}</title><link>{xml(base + article_path(item))}</link>"
        f'<guid isPermaLink="false">{outlet.id}:{item.id}</guid><pubDate>{format_datetime(item.at)}</pubDate>'
        f"<description>{xml(escape(item.text))}</description></item>\n"
        for item in items
    )
    return (
        f'{_HEAD}<rss version="2.0"><channel><title>{xml(outlet.name)}</title><link>{xml(base)}/{outlet.id}/</link>'
        f"<description>{xml(outlet.name)}</description><language>{outlet.lang}</language>\n{entries}</channel></rss>\n"
    )


def _atom(outlet: Outlet, items: Sequence[Item], base: str) -> str:
    updated = items[0].at.isoformat() if items else dt.datetime(2026, 1, 1, tzinfo=dt.UTC).isoformat()
    entries = "".join(
        f"<entry><title>{xml(item.title)}</title><link href={quoteattr(base + article_path(item))}/>"
        f"<id>tag:{outlet.id}.example,2026:{item.id}</id><published>{item.at.isoformat()}</published>"
        f'<updated>{item.at.isoformat()}</updated><summary type="text">{xml(item.text)}</summary></entry>\n'
        for item in items
    )
    return (
        f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.lang}"><title>{xml(outlet.name)}</title>'
        f"<id>tag:{outlet.id}.example,2026:feed</id><link href={quoteattr(f'{base}/{outlet.id}/')}/>"
        f"<updated>{updated}</updated>\n{entries}</feed>\n"
    )


def _rdf(outlet: Outlet, items: Sequence[Item], base: str) -> str:
    order = "".join(f"<rdf:li rdf:resource={quoteattr(base + article_path(item))}/>" for item in items)
    entries = "".join(
        f"<item rdf:about={quoteattr(base + article_path(item))}><title>{xml(item.title)}</title>"
        f"<link>{xml(base + article_path(item))}</link><description>{xml(escape(item.text))}</description>"
        f"<dc:date>{item.at.isoformat()}</dc:date></item>\n"
        for item in items
    )
    return (
        f'{_HEAD}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about={quoteattr(f"{base}/{outlet.id}/")}>'
        f"<title>{xml(outlet.name)}</title><link>{xml(base)}/{outlet.id}/</link><description>{xml(outlet.name)}</description>"
        f"<dc:language>{outlet.lang}</dc:language><items><rdf:Seq>{order}</rdf:Seq></items></channel>\n{entries}</rdf:RDF>\n"
    )


def _json(outlet: Outlet, items: Sequence[Item], base: str) -> str:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base}/{outlet.id}/",
        "language": outlet.lang,
        "items": [
            {
                "id": f"{outlet.id}:{item.id}",
                "url": base + article_path(item),
                "title": item.title,
                "content_text": item.text,
                "date_published": item.at.isoformat(),
            }
            for item in items
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
