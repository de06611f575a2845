"""Lists of feeds in OPML: what to add from one, with a report of what was mended and left out, and how ours are written.

Pure. An address in somebody's list is a hint, not a promise: what is imported is on trial, and its rights are an excerpt's.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree

from crawler.catalogue import declared
from crawler.config import CrawlerSettings
from crawler.normalize import canonical_url, plain_text, slug
from crawler.opml_outlines import OWN, Opened, Outlines
from crawler.reasons import Reason
from storage.errors import ConfigError
from storage.model import Kind, Source

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST_NAME = 200
# Our own attributes and the fields they stand for.
_FIELDS = {"id": "id", "kind": "kind", "territory": "territory", "theme": "theme", "licence": "licence", "rights": "rights"}


@dataclass(frozen=True, slots=True)
class Remark:
    """What was mended in the list or left out of it: the feed by name or address, and why."""

    what: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Imported:
    """What a list holds for us. ``categories`` counts the feeds under each heading, with the theme they were given."""

    title: str
    sources: tuple[Source, ...]
    mended: tuple[Remark, ...]
    skipped: tuple[Remark, ...]
    categories: Mapping[str, tuple[str, int]]
    is_well_formed: bool


def sources_of(
    outlines: Outlines,
    *,
    known: Collection[Source] = (),
    settings: CrawlerSettings | None = None,
    kind: Kind = Kind.NEWS,
    themes: Mapping[str, str] | None = None,
    trusted: bool = False,
) -> Imported:
    """The sources in a list that are not among ``known``. The heading above a feed becomes its theme: that of ``themes`` (slug of
    a name → id) which is called so, or the heading's own slug. A ``trusted`` list, such as our own export, also gives the rights
    and licence, and whether a source is on trial; of any other, a feed is on trial and kept as an excerpt.
    """
    settings = settings or CrawlerSettings()
    ids = {source.id for source in known}
    places = {_place(source.url): source.id for source in known if source.url}
    sources: list[Source] = []
    mended: list[Remark] = []
    skipped = [Remark(text, reason) for text, reason in outlines.lost]
    categories: dict[str, tuple[str, int]] = {}
    headings: list[str] = []
    for opened in outlines.opened:
        name, address, faults = _feed(opened)
        del headings[opened.depth :]
        headings += [""] * (opened.depth - len(headings)) + [name]
        mended += [Remark(name or address, Reason(code)) for code in faults]
        if not address and not _is_feed(opened):
            continue
        refused = _refusal(address, places)
        if refused is not None:
            skipped.append(Remark(name or address, refused))
            continue
        heading = next((text for text in reversed(headings[:-1]) if text), "")
        row = _row(opened, name, address, kind, trusted=trusted)
        if heading and "theme" not in row:
            row["theme"] = (themes or {}).get(slug(heading)) or slug(heading) or None
        row["id"] = _free_id(row.get("id") or slug(name) or slug(urlsplit(address).netloc), ids)
        try:
            source = declared(row, "outline", settings)
        except ConfigError as exc:
            skipped.append(Remark(name or address, Reason("opml_field", str(exc))))
            continue
        if heading:
            theme, count = categories.get(heading, (source.theme or "", 0))
            categories[heading] = (theme, count + 1)
        ids.add(source.id)
        places[_place(address)] = source.id
        sources.append(source)
    return Imported(outlines.title, tuple(sources), tuple(mended), tuple(skipped), categories, outlines.is_well_formed)


def write_opml(sources: Iterable[Source], title: str) -> bytes:
    """The feeds among ``sources`` as OPML 2.0, under their themes. Read back as a trusted list it gives the same sources.

    Sources of databases are left out: their addresses mean nothing to another reader.
    """
    ElementTree.register_namespace("za", OWN)
    root = ElementTree.Element("opml", version="2.0")
    ElementTree.SubElement(ElementTree.SubElement(root, "head"), "title").text = _printable(title)
    body = ElementTree.SubElement(root, "body")
    headings: dict[str, ElementTree.Element] = {}
    for source in sorted(sources, key=lambda one: (one.theme or "", one.name, one.id)):
        if source.collector != "feed" or not source.url:
            continue
        parent = body
        if source.theme:
            if source.theme not in headings:
                headings[source.theme] = ElementTree.SubElement(body, "outline", text=source.theme, title=source.theme)
            parent = headings[source.theme]
        ElementTree.SubElement(parent, "outline", _attributes(source))
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _attributes(source: Source) -> dict[str, str]:
    name = _printable(source.name)
    values = {"text": name, "title": name, "type": "rss", "xmlUrl": source.url or ""}
    if source.lang:
        values["language"] = source.lang
    own: dict[str, str | None] = {key: getattr(source, field) for key, field in _FIELDS.items()}
    own["interval"] = str(source.interval_s)
    own["trial"] = "true" if source.trial else None
    if not source.enabled:
        reason = _reason(source.disabled_reason)
        own["disabled"] = f"{reason.code}: {reason.detail}".removesuffix(": ")
    return values | {f"{{{OWN}}}{key}": _printable(str(value)) for key, value in own.items() if value is not None}


def _reason(stored: str | None) -> Reason:
    try:
        return Reason.read(stored or "by_hand")
    except KeyError:
        return Reason("by_hand")


def _row(opened: Opened, name: str, address: str, kind: Kind, *, trusted: bool) -> dict[str, object]:
    """The fields of an outline as a row of a catalogue."""
    given = opened.attributes
    own = {field: given[f"za:{key}"] for key, field in _FIELDS.items() if given.get(f"za:{key}")}
    row: dict[str, object] = {"name": name or address, "url": address, "kind": kind.value, "trial": True, **own}
    lang = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", given.get("language", ""))
    if lang:
        row["lang"] = lang[0].lower()
    if given.get("za:interval", "").isdecimal():
        row["interval_s"] = int(given["za:interval"][:9])
    if trusted:
        row["trial"] = given.get("za:trial") == "true" or "za:id" not in given
        if "za:disabled" in given:
            row["disabled"] = given["za:disabled"]
    else:
        if row.get("rights") != "link-only":
            row.pop("rights", None)
        row.pop("licence", None)
    return row


def _feed(opened: Opened) -> tuple[str, str, list[str]]:
    """Name and address of an outline, and the codes of what had to be mended."""
    given = opened.attributes
    raw = given.get("xmlurl", "")
    address = re.sub(r"\s+", "", raw)
    faults = list(opened.mended)
    if scheme := re.match(r"feed:(?://)?", address, re.IGNORECASE):
        address = address[scheme.end() :]
        address = address if "://" in address[:8] else f"http://{address}"
        faults.append("opml_feed_scheme")
    elif address != raw.strip():
        faults.append("opml_spaces")
    return plain_text(given.get("title") or given.get("text"), _LONGEST_NAME), address, faults


def _is_feed(opened: Opened) -> bool:
    """Whether an outline without an address claims to be one all the same, rather than a heading."""
    given = opened.attributes
    return "xmlurl" in given or "htmlurl" in given or given.get("type", "").lower() in ("rss", "atom", "link", "include")


def _refusal(address: str, places: Mapping[str, str]) -> Reason | None:
    if not address:
        return Reason("opml_no_address")
    try:
        parts = urlsplit(address)
    except ValueError:
        return Reason("opml_not_http", address[:200])
    if parts.scheme.lower() not in ("http", "https") or canonical_url(address) is None:
        return Reason("opml_not_http", address[:200])
    if parts.username or parts.password:
        return Reason("credentials")
    double = places.get(_place(address))
    return Reason("opml_double", double) if double else None


def _place(url: str) -> str:
    """What two addresses of one feed share: http or https, with or without a last slash."""
    return (canonical_url(url) or url).partition("://")[2].rstrip("/")


def _free_id(wanted: object, taken: Collection[str]) -> str:
    base = str(wanted)[:70] or "feed"
    number = 1
    while (found := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return found


def _printable(text: str) -> str:
    return _CONTROL.sub("", text)
