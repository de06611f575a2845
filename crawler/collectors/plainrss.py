"""Reads the RSS 2.0 that most sites write, forty times faster than feedparser and with the same result, or declines. Pure.

Takes a well-formed document made only of elements whose meaning is the same to feedparser wherever they stand; anything else
(a namespace it does not know, an attribute, a repeated element, markup in a title) is left to feedparser by returning None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from feedparser.html import _cp1252
from feedparser.urls import _urljoin
from lxml import etree

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_ORIGIN = "{http://rssnamespace.org/feedburner/ext/1.0}origLink"
_TEXTS = {"title": "title", "description": "summary", "pubDate": "published", _ORIGIN: "feedburner_origlink"}
# Say nothing that an entry of a news source keeps.
_IGNORED = frozenset(
    {
        "author",
        "category",
        "comments",
        "enclosure",
        "{http://purl.org/dc/elements/1.1/}creator",
        "{http://purl.org/dc/elements/1.1/}subject",
        "{http://purl.org/rss/1.0/modules/slash/}comments",
        "{http://wellformedweb.org/CommentAPI/}commentRss",
        "{http://search.yahoo.com/mrss/}content",
        "{http://search.yahoo.com/mrss/}thumbnail",
        "{http://search.yahoo.com/mrss/}keywords",
        "{com-wordpress:feed-additions:1}post-id",
    }
)
_CONTROLS = re.compile("[\x80-\x9f]")
_DC_LANGUAGE = "{http://purl.org/dc/elements/1.1/}language"


@dataclass(frozen=True, slots=True)
class PlainFeed:
    """What ``crawler.collectors.feed`` reads of feedparser's result: the entries, under its names, and the feed's language."""

    entries: list[Mapping[str, Any]]
    language: str | None


def read_plain_rss(document: bytes) -> PlainFeed | None:
    """The items of a document in UTF-8, or None where feedparser should read it."""
    start = document.find(b"<rss")
    if start < 0 or start > 2_000 or b"<!DOCTYPE" in document or b"base=" in document or b"lang=" in document[: start + 2_000]:
        return None
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True))
    except (etree.XMLSyntaxError, ValueError):
        return None
    channel = root.find("channel")
    if root.tag != "rss" or not root.get("version", "").startswith("2") or channel is None or len(root) != 1:
        return None
    items = channel.findall("item")
    languages = channel.findall("language")
    if len(languages) > 1 or channel.find(_DC_LANGUAGE) is not None or len(items) != sum(1 for _ in root.iter("{*}item")):
        return None
    entries = [_entry(item) for item in items]
    if any(entry is None for entry in entries) or any(len(language) or language.attrib for language in languages):
        return None
    return PlainFeed([entry for entry in entries if entry is not None], _text(languages[0]) if languages else None)


def _entry(item: Any) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    if item.attrib:
        return None
    for child in item:
        tag = child.tag
        if tag in _IGNORED:
            if len(child):
                return None
        elif len(child):
            return None
        elif tag == "guid":
            if "id" in found or not set(child.attrib) <= {"isPermaLink"}:
                return None
            _take_guid(found, _text(child), is_link=child.get("isPermaLink", "true") == "true")
        elif child.attrib:
            return None
        elif tag == "link":
            if "links" in found:
                return None
            link = _urljoin("", _stripped(child))
            found["link"] = _mended(link).replace("&amp;", "&")
            found["links"] = [{"rel": "alternate", "href": found["link"]}]
        elif tag == _CONTENT:
            if "content" in found:
                return None
            found["content"] = [{"value": _text(child)}]
        elif tag in _TEXTS and _TEXTS[tag] not in found:
            found[_TEXTS[tag]] = _text(child)
        else:
            return None
    if "content" in found:
        found.setdefault("summary", found["content"][0]["value"])
    return found


def _take_guid(found: dict[str, Any], guid: str, *, is_link: bool) -> None:
    found["id"] = _mended(_urljoin("", guid)) if is_link and guid else guid
    found["guidislink"] = is_link and "link" not in found
    if is_link:
        found.setdefault("link", found["id"])


def _stripped(element: Any) -> str:
    return (element.text or "").strip()


def _text(element: Any) -> str:
    return _mended(_stripped(element))


def _mended(text: str) -> str:
    """UTF-8 that was read as Latin-1, and the controls that are punctuation in windows-1252, as feedparser mends them."""
    if text.isascii():
        return text
    with suppress(UnicodeEncodeError, UnicodeDecodeError):
        text = text.encode("iso-8859-1").decode("utf-8")
    return text.translate(_cp1252) if _CONTROLS.search(text) else text
