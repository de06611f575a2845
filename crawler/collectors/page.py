"""A web page as a tree that is safe to work on: decoded, bounded, without scripts; its JSON-LD is read apart. Pure.

Parsers of HTML take quadratic time over tags with endless attributes and over endless tags: both are cut before they see them.
"""

from __future__ import annotations

import codecs
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import trafilatura
from lxml.etree import _Element
from lxml.html import HtmlElement
from w3lib.encoding import html_to_unicode

from crawler.collectors.base import Payload
from crawler.normalize import plain_text
from crawler.reasons import Unreadable

MAX_PAGE_BYTES = 5_000_000
MAX_TAGS = 50_000
_MAX_TAG = 4_000
_MAX_DATA = 500_000
_MAX_NODES = 2_000

# None of these can fail once it has begun: an unclosed one runs to the end, so that a text is gone through once.
_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|svg|template|iframe|noscript)\b([^>]*+)(?:>|\Z)(.*?)(?:</\1\s*+>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"""<([a-zA-Z][\w:-]*+)(?:[^=>]++|=\s*+"[^"]*+(?:"|\Z)|=\s*+'[^']*+(?:'|\Z)|=)*+(?:>|\Z)""")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_MARKED = re.compile(r"<(?:!doctype|html|head|body|title|meta|article|main|div|p|h1|ul|a)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page: its address after redirects, its tree, and the objects of its JSON-LD, outermost first."""

    url: str
    tree: HtmlElement
    data: tuple[Mapping[str, Any], ...]

    def meta(self, *names: str) -> str:
        """The content of the first filled ``meta`` of one of these names, in their order; empty where there is none."""
        found: dict[str, str] = {}
        for element in self.tree.iter("meta"):
            name = (element.get("name") or element.get("property") or element.get("itemprop") or "").strip().lower()
            content = (element.get("content") or "").strip()
            if name in names and content:
                found.setdefault(name, content)
        return next((found[name] for name in names if name in found), "")


def read_page(payload: Payload, source_id: str) -> WebPage:
    """Raises Unreadable for an answer that is no web page. What stands beyond the limits above is left out."""
    kind = payload.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in ("text/html", "application/xhtml+xml", "text/plain", "application/octet-stream"):
        raise Unreadable("no_page", source_id, kind[:60])
    if not payload.body.strip():
        raise Unreadable("no_body", source_id)
    data: list[Mapping[str, Any]] = []

    def hide(found: re.Match[str]) -> str:
        if found[2] and "ld+json" in found[2].lower():
            data.extend(_objects(found[3]))
        return ""

    text = _HIDDEN.sub(hide, _CONTROL.sub("", decoded(payload)))
    if not _MARKED.search(text[:20_000]):
        raise Unreadable("no_page", source_id, kind[:60])
    text = _TAG.sub(lambda found: found[0] if len(found[0]) <= _MAX_TAG else f"<{found[1]}>", text)
    text = "<".join(text.split("<", MAX_TAGS)[:MAX_TAGS])
    tree = trafilatura.load_html(text)
    if tree is None:
        raise Unreadable("no_page", source_id, kind[:60])
    return WebPage(payload.url, tree, tuple(data[:_MAX_NODES]))


def decoded(payload: Payload) -> str:
    """The body as text: by its byte order mark, as UTF-8 where it mostly is, then as header or page declare, else as Western."""
    body = payload.body[:MAX_PAGE_BYTES]
    if not body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = body.decode("utf-8-sig", "replace")
        lost = text.count("\ufffd")
        if lost * 2 <= len(_BEYOND_ASCII.findall(text)):  # a few bad bytes in UTF-8, or none
            return text
    encoding, text = html_to_unicode(payload.headers.get("content-type"), body, default_encoding="cp1252")
    return body.decode("cp1252", "replace") if encoding == "utf-8" else text


def is_same_site(url: str, home: str, hosts: tuple[str, ...] = ()) -> bool:
    """Whether ``url`` is on the host of ``home``, on one above or below it, or on one of ``hosts``."""
    asked, own = (_host(address) for address in (url, home))
    return bool(asked) and (_within(asked, own) or _within(own, asked) or any(_within(asked, host.lower()) for host in hosts))


def matches(pattern: re.Pattern[str], url: str) -> bool:
    """Whether the path and query of an address match."""
    parts = urlsplit(url)
    return pattern.search(f"{parts.path}?{parts.query}" if parts.query else parts.path) is not None


def first_line(element: _Element) -> str:
    """The text of an element in plain text."""
    return plain_text(html.escape(" ".join(element.itertext()), quote=False))


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower().removeprefix("www.").rstrip(".")
    except ValueError:
        return ""


def _within(host: str, above: str) -> bool:
    return bool(above) and (host == above or (host.endswith("." + above) and "." in above))


def _objects(script: str) -> Iterator[Mapping[str, Any]]:
    """Every object of a JSON-LD script, outermost first. Nothing where it is broken or too large."""
    if len(script) > _MAX_DATA:
        return
    try:
        found = json.loads(script, strict=False)
    except (ValueError, RecursionError):
        return
    level, count = [found], 0
    while level and count < _MAX_NODES:
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                count += 1
                yield value
                deeper.extend(value.values())
            elif isinstance(value, list):
                deeper.extend(value)
        level = deeper
