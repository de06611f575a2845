"""The outlines of an OPML file, well-formed or not, as a flat walk: opened with attributes, closed. Bounded; opens nothing else.

A strict parser reads what is well-formed. What is not is read tag by tag, because lists in the wild hold a bare ``&``, markup and
quotes inside attributes: the end of a value is the quote that an attribute's name or the end of a tag follows.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from crawler.collectors.base import Payload
from crawler.collectors.markup import is_html, safe_utf8
from crawler.reasons import Reason, Unreadable

MAX_BYTES = 10_000_000
MAX_OUTLINES = 20_000
MAX_DEPTH = 100
OWN = "https://zoom-avant.example/opml"
"""Namespace of the attributes only this program writes; read as ``za:…``."""

_LONGEST_TAG = 64 * 1024
_TAG = re.compile(r"<(/?)outline\b", re.IGNORECASE)
_NAME = re.compile(r"""\s*([A-Za-z_][\w:.-]*)\s*=\s*(["'])""")
_AFTER_VALUE = re.compile(
    r"\s+[A-Za-z_][\w:.-]*\s*=\s*[\"']|\s*/?>\s*(?:</?(?:outline|body|opml|head)\b|</?\w{0,7}\Z|\Z)", re.IGNORECASE
)
_TAG_END = re.compile(r"\s*(/?)>")
_BARE = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
_XML_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);")
_ANY_ENTITY = re.compile(r"&[A-Za-z][A-Za-z0-9]{1,31};")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HEAD_TITLE = re.compile(r"<title>([^<]{0,500})</title>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opened:
    """An ``<outline>``, its attributes by lower-case name, and the depth it stands at, 0 at the top.

    ``mended`` are the codes of what was wrong with it.
    """

    attributes: Mapping[str, str]
    depth: int
    mended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlines:
    """All outlines in the order of the file. ``lost`` are tags that could not be read, by their beginning, with the reason."""

    title: str
    opened: tuple[Opened, ...]
    is_well_formed: bool
    lost: tuple[tuple[str, Reason], ...] = field(default=())


def read_outlines(body: bytes, name: str) -> Outlines:
    """The outlines in ``body``. Raises Unreadable: too large, too many, too deep, entities that could expand, or no OPML."""
    if len(body) > MAX_BYTES:
        raise Unreadable("too_large", name, str(MAX_BYTES))
    document = safe_utf8(Payload(name, 200, {}, body), name)
    try:
        return _strict(document, name)
    except expat.ExpatError:
        return _lenient(document, name)


class _Walk:
    """What a strict parser tells of a file. Keeps the outlines and the title, no tree."""

    def __init__(self, name: str, *, is_page: bool) -> None:
        self.name, self.is_page = name, is_page
        self.opened: list[Opened] = []
        self.title: list[str] = []
        self.depth = self.elements = 0
        self.in_title = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.elements == 0 and _local(tag) != "opml":
            raise Unreadable("html" if self.is_page else "no_opml", self.name)
        self.elements += 1
        self.in_title = _local(tag) == "title" and not self.opened
        if _local(tag) == "outline":
            self.opened.append(Opened({_local(key): value for key, value in attributes.items()}, self.depth))
            _bound(len(self.opened), self.depth, self.name)
            self.depth += 1

    def text(self, text: str) -> None:
        if self.in_title and len(self.title) < 100:
            self.title.append(text)

    def end(self, tag: str) -> None:
        self.in_title = False
        self.depth -= _local(tag) == "outline"


def _strict(document: bytes, name: str) -> Outlines:
    walk = _Walk(name, is_page=is_html(document))
    parser = expat.ParserCreate("utf-8", "}")
    parser.StartElementHandler, parser.EndElementHandler = walk.start, walk.end
    parser.CharacterDataHandler = walk.text
    parser.Parse(document, True)
    return Outlines("".join(walk.title).strip()[:500], tuple(walk.opened), is_well_formed=True)


def _lenient(document: bytes, name: str) -> Outlines:
    text = _COMMENT.sub(" ", document.decode("utf-8", "replace"))
    if not re.search(r"<opml\b", text[:4096], re.IGNORECASE):
        raise Unreadable("html" if is_html(document) else "no_opml", name)
    found = _HEAD_TITLE.search(text)
    opened: list[Opened] = []
    lost: list[tuple[str, Reason]] = []
    depth = 0
    tags = list(_TAG.finditer(text))
    for tag, following in itertools.zip_longest(tags, tags[1:]):
        if tag[1]:
            depth = max(0, depth - 1)
            continue
        end = min(following.start() if following else len(text), tag.start() + _LONGEST_TAG)
        read = _tag(text[tag.end() : end])
        if read is None:
            lost.append((" ".join(text[tag.start() : end][:120].split()), Reason("opml_tag")))
            continue
        attributes, is_empty, mended = read
        opened.append(Opened(attributes, depth, mended))
        _bound(len(opened), depth, name)
        depth += 0 if is_empty else 1
    return Outlines(_unescaped(found[1]).strip() if found else "", tuple(opened), False, tuple(lost))


def _tag(text: str) -> tuple[dict[str, str], bool, tuple[str, ...]] | None:
    """The attributes of a tag, whether it closes itself, and what was wrong. None where its end is not found."""
    attributes: dict[str, str] = {}
    mended: dict[str, None] = {}
    at = 0
    while (named := _NAME.match(text, at)) is not None:
        end = _value_end(text, named.end(), named[2])
        if end is None:
            return None
        raw = text[named.end() : end]
        mended |= dict.fromkeys(_faults(raw, named[2]))
        attributes.setdefault(named[1].lower(), _unescaped(raw))
        at = end + 1
    closed = _TAG_END.match(text, at)
    return (attributes, bool(closed[1]), tuple(mended)) if closed else None


def _value_end(text: str, start: int, quote: str) -> int | None:
    """Where the value that begins at ``start`` ends: the first quote that something an attribute can precede follows."""
    at = text.find(quote, start)
    while at >= 0:
        if _AFTER_VALUE.match(text, at + 1):
            return at
        at = text.find(quote, at + 1)
    return None


def _faults(raw: str, quote: str) -> Iterator[str]:
    if _BARE.search(raw):
        yield "opml_ampersand"
    if "<" in raw:
        yield "opml_markup"
    if quote in raw:
        yield "opml_quotes"
    if any(not _XML_ENTITY.match(entity[0]) for entity in _ANY_ENTITY.finditer(raw)):
        yield "opml_entity"


def _unescaped(raw: str) -> str:
    # An address's "&lang=" or "&copy=" is no entity: only what ends in a semicolon is.
    return re.sub(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", lambda found: html.unescape(found[0]), raw)


def _local(tag: str) -> str:
    space, _, local = tag.rpartition("}")
    return (f"za:{local}" if space == OWN else local).lower()


def _bound(outlines: int, depth: int, name: str) -> None:
    if outlines > MAX_OUTLINES:
        raise Unreadable("opml_many", name, str(MAX_OUTLINES))
    if depth >= MAX_DEPTH:
        raise Unreadable("opml_deep", name, str(MAX_DEPTH))
