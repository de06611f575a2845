"""Makes bytes safe to hand to an XML parser: UTF-8, and no document type that could grow. Also tells HTML and cut-off bodies."""

from __future__ import annotations

import re
from typing import Any

from feedparser.encodings import convert_to_utf8

from crawler.collectors.base import Payload
from crawler.reasons import Unreadable

_LONGEST_ENTITY = 64
_ENTITY = re.compile(rb"<!ENTITY\b[^>]*>", re.IGNORECASE)
_ENTITY_VALUE = re.compile(rb"""<!ENTITY\s+[\w.:-]+\s+(["'])(?P<value>[^"']*)\1\s*>""", re.IGNORECASE)
_OUTSIDE = re.compile(rb"<!ENTITY\s+(?:%|[\w.:-]+\s+(?:SYSTEM|PUBLIC)\b)", re.IGNORECASE)
_REFERENCE = re.compile(rb"&#([xX][0-9a-fA-F]+|[0-9]+);?")
_DOCTYPE = re.compile(rb"<!DOCTYPE\b", re.IGNORECASE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|div|script)\b", re.IGNORECASE)
_PROLOGUE = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!doctype[^>]*>|\s+(?=<)", re.IGNORECASE | re.DOTALL)
_FEED_ROOT = re.compile(rb"\s*<(?:[\w.-]+:)?(?:rss|feed|rdf|channel)[\s>]", re.IGNORECASE)
_ROOT_END = re.compile(rb"</(?:[\w.-]+:)?(?:rss|feed|rdf|channel|redirect)\s*>\s*(?:<!--.*?-->\s*)*\Z", re.IGNORECASE | re.DOTALL)


def safe_utf8(payload: Payload, source_id: str) -> bytes:
    """The body in UTF-8 with only harmless entities. Raises Unreadable when an entity could expand or reach outside."""
    declared = payload.headers.get("content-type", "")
    converted: Any = {}
    try:
        body: bytes = convert_to_utf8({"content-type": declared or "application/xml"}, _from_start(payload.body), converted)
    except (ValueError, LookupError) as exc:
        raise Unreadable("charset", source_id) from exc
    if not converted.get("encoding"):
        body = payload.body.decode("utf-8", "replace").encode()
    body = body.replace(b"\x00", b"").lstrip(b" \t\r\n")
    if b"&#" in body:
        body = _REFERENCE.sub(lambda found: found[0] if _is_character(found[1]) else b"", body)
    return _without_entities(body, source_id) if b"<!" in body and _DOCTYPE.search(body) else body


def _from_start(body: bytes) -> bytes:
    """Without blanks before the first tag, where a declaration would not be seen as one. Wide characters stay as they are."""
    mark = b"\xef\xbb\xbf" if body.startswith(b"\xef\xbb\xbf") else b""
    stripped = body[len(mark) :].lstrip(b" \t\r\n")
    return mark + stripped if stripped.startswith(b"<") and not stripped.startswith(b"<\x00") else body


def _without_entities(body: bytes, source_id: str) -> bytes:
    """Drops what points outside and refuses what could expand; short internal entities stay."""
    for _ in range(3):
        outside = [found for found in _ENTITY.findall(body) if _OUTSIDE.match(found)]
        if not outside:
            break
        body = _ENTITY.sub(lambda found: b"" if _OUTSIDE.match(found[0]) else found[0], body)
    for declaration in _ENTITY.findall(body):
        match = _ENTITY_VALUE.match(declaration)
        if match is None or len(match["value"]) > _LONGEST_ENTITY or re.search(rb"&(?!#)|%", match["value"]):
            raise Unreadable("entities", source_id)
    return body


def _is_character(number: bytes) -> bool:
    """Whether a reference names a character: not NUL, half of a pair or beyond Unicode, at which a lenient parser gives up."""
    digits = number.lower().lstrip(b"x").lstrip(b"0")
    if len(digits) > 7:
        return False
    code = int(digits or b"0", 16 if number[:1] in (b"x", b"X") else 10)
    return 0 < code < 0xD800 or 0xE000 <= code < 0x110000


def has_feed_root(body: bytes) -> bool:
    """Whether the first element is that of a feed, even an empty one of a dialect nobody writes any more."""
    return _FEED_ROOT.match(_PROLOGUE.sub(b"", body[:65_536])) is not None


def is_html(body: bytes) -> bool:
    """Whether this looks like a web page."""
    return _HTML.search(body[:4096]) is not None


def is_truncated(body: bytes) -> bool:
    """Whether a feed ends before its last tag."""
    return _ROOT_END.search(body[-2048:]) is None
