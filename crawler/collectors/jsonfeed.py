"""JSON Feed 1.0 and 1.1 (jsonfeed.org), which feedparser does not read. One bad item never costs the others."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from crawler.collectors.base import Entry, Parsed, Payload
from crawler.collectors.services import storable
from crawler.collectors.wording import language, text_of, title_of
from crawler.dates import read_date
from crawler.normalize import canonical_url, plain_text
from crawler.reasons import Reason, Unreadable
from storage.model import Kind, Source

_VERSION = re.compile(r"\s*(?:https?://(?:www\.)?jsonfeed\.org/version/)?1(?:\.\d+)?/?\s*\Z")  # some write the number alone


def looks_like_json(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def parse_json_feed(payload: Payload, source: Source, max_items: int) -> Parsed:
    """Reads a JSON Feed. Raises Unreadable when the JSON is broken or is not a feed."""
    try:
        document = storable(json.loads(payload.body.decode("utf-8-sig", "replace")), payload.body)
    except (ValueError, RecursionError) as exc:
        raise Unreadable("bad_json", source.id) from exc
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or not _VERSION.match(str(document.get("version"))):
        raise Unreadable("no_json_feed", source.id)
    note = Reason("capped", str(len(items))) if len(items) > max_items else None
    found = items[:max_items]
    entries = [entry for item in found if (entry := _entry(item, payload.url, source, document.get("language"))) is not None]
    if found and not entries:
        note = Reason("all_rejected", str(len(found)))
    return Parsed(entries=tuple(entries), rejected=len(found) - len(entries), note=note)


def _entry(item: Any, base: str, source: Source, feed_lang: object) -> Entry | None:
    if not isinstance(item, dict):
        return None
    text = text_of(_string(item, "summary") or _string(item, "content_text") or _string(item, "content_html"))
    guid = item.get("id")
    guid = str(guid) if isinstance(guid, str | int | float) and not isinstance(guid, bool) and guid != "" else None
    link = _string(item, "url") or _string(item, "external_url")
    url = canonical_url(link, base) if link else None
    lang = _string(item, "language") or source.lang or (feed_lang if isinstance(feed_lang, str) else "")
    read = read_date(_string(item, "date_published") or _string(item, "date_modified"))
    title = title_of(_string(item, "title"), text, url, guid, read.day)
    if not title:
        return None
    return Entry(
        title=title,
        text="" if text == title else text,
        guid=guid,
        url=url,
        lang=language(lang),
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
