"""JSON Feed 1.0 and 1.1 (jsonfeed.org), which feedparser does not read. One bad item never costs the others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crawler.collectors.base import Entry, Parsed, Payload
from crawler.dates import read_date
from crawler.normalize import MAX_TITLE, canonical_url, plain_text, shorten
from crawler.reasons import Reason, Unreadable
from storage.model import Kind, Source


def looks_like_json(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def parse_json_feed(payload: Payload, source: Source, max_items: int) -> Parsed:
    """Reads a JSON Feed. Raises Unreadable when the JSON is broken or is not a feed."""
    try:
        document = json.loads(payload.body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as exc:
        raise Unreadable("bad_json", source.id) from exc
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in str(document.get("version")):
        raise Unreadable("no_json_feed", source.id)
    note = Reason("capped", str(len(items))) if len(items) > max_items else None
    found = items[:max_items]
    entries = [entry for item in found if (entry := _entry(item, payload.url, source, document.get("language"))) is not None]
    return Parsed(entries=tuple(entries), rejected=len(found) - len(entries), note=note)


def _entry(item: Any, base: str, source: Source, feed_lang: object) -> Entry | None:
    if not isinstance(item, dict):
        return None
    text = plain_text(_string(item, "summary") or _string(item, "content_text") or _string(item, "content_html"))
    title = plain_text(_string(item, "title"), MAX_TITLE) or shorten(text, 120)
    if not title:
        return None
    guid = item.get("id")
    link = _string(item, "url") or _string(item, "external_url")
    lang = _string(item, "language") or source.lang or (feed_lang if isinstance(feed_lang, str) else "")
    read = read_date(_string(item, "date_published") or _string(item, "date_modified"))
    return Entry(
        title=title,
        text="" if text == title else text,
        guid=str(guid) if isinstance(guid, str | int) and not isinstance(guid, bool) and guid != "" else None,
        url=canonical_url(link, base) if link else None,
        lang=lang[:2].lower() or None,
        published_on=read.day,
        published_at=read.instant,
        date_flag=read.flag,
        author=_author(item) if source.kind is not Kind.NEWS else None,
    )


def _author(item: Mapping[str, Any]) -> str | None:
    authors = item.get("authors")
    first = authors[0] if isinstance(authors, list) and authors else item.get("author")
    return plain_text(_string(first, "name"), 200) or None if isinstance(first, dict) else None


def _string(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
