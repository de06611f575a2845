"""Feeds: RSS, Atom, RDF and CDF through feedparser, JSON Feed through its own adapter. Pure: bytes in, entries out.

Recovers the complete entries of a damaged feed; a page that is no feed is a ParseError. Never opens a file or an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import feedparser

from crawler.collectors.base import Entry, Parsed, Payload, Reading, Task, Wanted
from crawler.collectors.jsonfeed import looks_like_json, parse_json_feed
from crawler.collectors.markup import has_feed_root, is_html, is_truncated, safe_utf8
from crawler.collectors.plainrss import read_plain_rss
from crawler.collectors.schedule import read_schedule
from crawler.collectors.wording import language, text_of, title_of
from crawler.dates import UNDATED, ReadDate, read_date
from crawler.normalize import canonical_url, plain_text
from crawler.reasons import Reason, Unreadable
from storage.model import Kind, Source

ACCEPT = "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"

# CPC and IPC symbols: section, class, subclass, then perhaps a group.
_CODE = re.compile(r"^[A-HY]\d\d[A-Z](?:\s*\d{1,4}(?:/\d{1,6})?)?$")
_DATES = ("published", "issued", "created", "updated", "date", "modified")
_CLOSED = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)


class FeedCollector:
    """Reads one feed in one request; and the pages of its new entries where the source's options want them."""

    name = "feed"

    def read(self, task: Task) -> Reading:
        """Asks for the feed, unless it is unchanged, and reads it. Raises Unreadable as ``parse`` does."""
        if not task.source.url:
            return
        if task.source.options:
            from crawler.collectors.article_pages import feed_with_articles  # loaded where wanted: trafilatura is large

            yield from feed_with_articles(task, ACCEPT, parse)
        else:
            payload = yield Wanted(task.source.url, {"Accept": ACCEPT}, conditional=True)
            yield parse(payload, task.source, task.max_items)


def parse(payload: Payload, source: Source, max_items: int = 5_000) -> Parsed:
    """Reads a feed of any dialect. Raises Unreadable for an empty body, an HTML page, or anything that is not a feed."""
    if not payload.body.strip():
        raise Unreadable("no_body", source.id)
    if looks_like_json(payload.body):
        return parse_json_feed(payload, source, max_items)
    document = safe_utf8(payload, source.id)
    plain = read_plain_rss(document) if source.kind is Kind.NEWS else None  # other kinds keep authors and codes too
    if plain is not None:
        return _parsed(plain.entries, plain.language, None, document, payload.url, source, max_items)
    # No content-location: feedparser would resolve GUIDs against it too, and they would change with a redirect.
    headers = {"content-type": "application/xml; charset=utf-8"}
    result = feedparser.parse(BytesIO(document), response_headers=headers, resolve_relative_uris=False, sanitize_html=False)
    if not result.get("version") and not result.entries and not has_feed_root(document):
        raise Unreadable("html" if is_html(document) else "no_feed", source.id)
    found, damage = list(result.entries), None
    if result.get("bozo") and is_truncated(document):
        complete = len(_CLOSED.findall(document))
        found, damage = found[:complete], Reason("truncated", str(min(complete, len(found))))
    elif result.get("bozo"):
        damage = Reason("ill_formed")
    return _parsed(found, result.feed.get("language"), damage, document, payload.url, source, max_items)


def _parsed(
    found: Sequence[Mapping[str, Any]],
    lang: object,
    note: Reason | None,
    document: bytes,
    base: str,
    source: Source,
    max_items: int,
) -> Parsed:
    if len(found) > max_items:
        note = note or Reason("capped", str(len(found)))
        found = found[:max_items]
    schedule, odd = read_schedule(document)
    if odd:
        note = note or Reason("odd_schedule", odd)
    entries = [entry for raw in found if (entry := _entry(raw, base, source, lang)) is not None]
    if found and not entries:
        note = Reason("all_rejected", str(len(found)))
    return Parsed(entries=tuple(entries), rejected=len(found) - len(entries), note=note, schedule=schedule)


def _entry(raw: Mapping[str, Any], base: str, source: Source, feed_lang: object) -> Entry | None:
    try:
        text = text_of(_body(raw))
        url, guid, read = _url(raw, base), _string(raw.get("id")), _date(raw)
        title = title_of(_string(raw.get("title")), text, url, guid, read.day)
        if not title:
            return None
        return Entry(
            title=title,
            text="" if text == title else text,
            guid=guid or None,
            url=url,
            lang=language(_string(raw.get("language")) or source.lang or _string(feed_lang)),
            published_on=read.day,
            published_at=read.instant,
            date_flag=read.flag,
            author=_author(raw) if source.kind is not Kind.NEWS else None,
            codes=patent_codes(_string(tag.get("term")) for tag in raw.get("tags") or ()) if source.kind is Kind.PATENT else (),
        )
    except (TypeError, ValueError, AttributeError, KeyError):
        return None  # one bad entry never costs the others


def patent_codes(terms: Iterable[str]) -> tuple[str, ...]:
    """The terms that are CPC or IPC symbols, without spaces."""
    return tuple(dict.fromkeys(re.sub(r"\s+", "", term) for term in terms if _CODE.match(term.strip())))


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _body(raw: Mapping[str, Any]) -> str:
    summary = _string(raw.get("summary"))
    contents = [_string(part.get("value")) for part in raw.get("content") or ()]
    return summary or max(contents, key=len, default="")


def _url(raw: Mapping[str, Any], base: str) -> str | None:
    """The first of an entry's addresses that leads to a page: its own, an alternate one, a GUID that is not said to be none."""
    guid, link = _string(raw.get("id")), _string(raw.get("link"))
    alternates = [_string(found.get("href")) for found in raw.get("links") or () if found.get("rel", "alternate") == "alternate"]
    candidates = [_string(raw.get("feedburner_origlink")), *alternates]
    if link in alternates or (not alternates and (link != guid or _is_web(guid))):  # feedparser takes any GUID for a link
        candidates.insert(1, link)
    if _is_web(guid) and raw.get("guidislink", True):
        candidates.append(guid)
    return next((url for candidate in candidates if candidate and (url := canonical_url(candidate, base))), None)


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _date(raw: Mapping[str, Any]) -> ReadDate:
    flagged = UNDATED
    for name in _DATES:
        read = read_date(_string(raw[name]) if name in raw else "")  # .get("updated") would answer "published", with a warning
        if read.day:
            return read
        if read.flag and flagged.flag is None:
            flagged = read
    return flagged


def _author(raw: Mapping[str, Any]) -> str | None:
    detail = raw.get("author_detail")
    name = _string(detail.get("name")) if isinstance(detail, Mapping) else ""
    name = plain_text(name or _string(raw.get("author")), 200)
    return re.sub(r"\S+@\S+", "", name).strip(" ()<>") or None  # addresses of persons are not kept
