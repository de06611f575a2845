"""News sitemaps, sitemaps and indexes of sitemaps, packed by gzip or not: the newest links, with titles and dates where stated.

Reads what a damaged one holds, follows no link out of its site, and asks for few of the many parts an index may have.
"""

from __future__ import annotations

import datetime as dt
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice

from lxml import etree
from pydantic import Field

from crawler.collectors.article_pages import ArticleOptions, Progress, mark, with_articles
from crawler.collectors.base import Entry, Parsed, Payload, Reading, Task, Wanted
from crawler.collectors.markup import is_html, safe_utf8
from crawler.collectors.page import is_same_site, matches
from crawler.collectors.services import endpoint_of, options_of
from crawler.collectors.wording import language
from crawler.dates import ReadDate, read_date
from crawler.normalize import MAX_TITLE, canonical_url, plain_text
from crawler.reasons import Reason, Unreadable

ACCEPT = "application/xml, text/xml;q=0.9, */*;q=0.5"
_MAX_UNPACKED = 20_000_000
_MAX_ROWS = 100_000
_DEPTH = 2
_NUMBERS = re.compile(r"\d+")


class SitemapOptions(ArticleOptions):
    """What to take of a sitemap."""

    keep: re.Pattern[str] | None = Field(None, description="Only links whose path matches.")
    leave: re.Pattern[str] | None = Field(None, description="No link whose path matches.")
    sitemaps: re.Pattern[str] | None = Field(None, description="Only parts of an index whose path matches.")
    max_sitemaps: int = Field(5, ge=1, le=50, description="Most parts of an index read in one visit, newest first.")
    max_age_days: int = Field(30, ge=1, description="Older links are left out.")
    undated: bool = Field(False, description="Take links without a date too.")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sitemap, or of an index of sitemaps. ``changed`` is its lastmod, which is no date of publication."""

    url: str
    is_index: bool
    changed: ReadDate
    title: str = ""
    published: str = ""
    lang: str | None = None


class SitemapCollector:
    """Reads the links of one sitemap, and the pages behind them where rights and options want it."""

    name = "sitemap"

    def read(self, task: Task) -> Reading:
        """Raises Unreadable for an answer that is no sitemap, ConfigError for options that are none."""
        options = options_of(SitemapOptions, task.source)
        progress = Progress.of(task)
        payload = yield Wanted(endpoint_of(task.source), {"Accept": ACCEPT}, conditional=progress.is_settled)
        rows, note = read_sitemap(payload, task.source.id)
        found = [row for row in rows if not row.is_index]
        due = _newest(rows, task, options, progress)
        parts = [(row, 1) for row in due]
        unchanged = sum(row.is_index and not progress.left and progress.lists.get(mark(row.url)) == _stamp(row) for row in rows)
        read: dict[str, str] = {}
        asked = 0
        while parts and asked < options.max_sitemaps:
            (part, depth), asked = parts.pop(0), asked + 1
            payload = yield Wanted(part.url, {"Accept": ACCEPT}, optional=True)
            try:
                inner, damage = read_sitemap(payload, task.source.id) if payload.failure is None else ([], payload.failure)
            except Unreadable as exc:
                inner, damage = [], exc.reason
            note = note or damage
            found += (row for row in inner if not row.is_index)
            if depth < _DEPTH:
                parts[:0] = [(row, depth + 1) for row in _newest(inner, task, options, progress)]
            if damage is None and (day := part.changed.day) is not None:
                # A part dated to the day may change again on that day.
                settled = part.changed.instant is not None or (task.now.date() - day).days > 1
                read |= {mark(part.url): _stamp(part)} if settled else {}
        listed = {mark(row.url) for row in rows}
        progress.lists = {name: stamp for name, stamp in {**progress.lists, **read}.items() if name in listed or name in read}
        progress.unsettled = any(progress.lists.get(mark(row.url)) != _stamp(row) for row in due)
        parsed = _parsed(found, note, task, options)
        if parsed.entries and not any(entry.title for entry in parsed.entries) and not options.reads_pages(task, by_default=True):
            raise Unreadable("untitled", task.source.id, str(len(parsed.entries)))
        yield from with_articles(replace(parsed, known=unchanged), task, options, progress, by_default=True)


def read_sitemap(payload: Payload, source_id: str) -> tuple[list[Row], Reason | None]:
    """The rows of a sitemap or an index, in their order, and what was wrong with it. Raises Unreadable for anything else."""
    if payload.body.startswith(b"\x1f\x8b"):
        payload = replace(payload, body=_unpacked(payload.body, source_id))
    if not payload.body.strip():
        raise Unreadable("no_body", source_id)
    document = safe_utf8(payload, source_id)
    rows: list[Row] = []
    kind = None
    events = etree.iterparse(
        BytesIO(document),
        events=("start", "end"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        encoding="utf-8",
    )
    try:
        for event, element in events:
            name = _local(element)
            if event == "start":
                kind = kind or (name if name in ("urlset", "sitemapindex") else None)
            elif name in ("url", "sitemap") and kind:
                row = _row(element, payload.url, is_index=name == "sitemap")
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
                if row is not None:
                    rows.append(row)
                if len(rows) == _MAX_ROWS:
                    return rows, Reason("capped", str(_MAX_ROWS))
    except etree.XMLSyntaxError:
        pass  # what came before it was read
    if kind is None:
        raise Unreadable("html" if is_html(document) else "no_sitemap", source_id)
    return rows, Reason("ill_formed") if len(events.error_log) else None


def _newest(rows: Sequence[Row], task: Task, options: SitemapOptions, progress: Progress) -> list[Row]:
    """The parts of an index that may hold something new, newest first; by the numbers in their addresses where undated."""
    first_day = task.now.date() - dt.timedelta(days=options.max_age_days)
    wanted = [
        row
        for row in rows
        if row.is_index
        and is_same_site(row.url, task.source.url or "", options.hosts)
        and (options.sitemaps is None or matches(options.sitemaps, row.url))
        and (row.changed.day is None or row.changed.day >= first_day)
        and (progress.left or progress.lists.get(mark(row.url)) != _stamp(row))
    ]
    return sorted(wanted, key=lambda row: (_stamp(row), [int(found[:9]) for found in _NUMBERS.findall(row.url)]), reverse=True)


def _stamp(row: Row) -> str:
    return str(row.changed.instant or row.changed.day or "")


def _parsed(rows: Sequence[Row], note: Reason | None, task: Task, options: SitemapOptions) -> Parsed:
    """The rows as entries, newest first, without what is not wanted. Raises Unreadable where no link at all is dated."""
    first_day = task.now.date() - dt.timedelta(days=options.max_age_days)
    own = [row for row in rows if is_same_site(row.url, task.source.url or "", options.hosts)]
    wanted = [
        row
        for row in own
        if (options.keep is None or matches(options.keep, row.url)) and not (options.leave and matches(options.leave, row.url))
    ]
    dated = [(row, _date(row)) for row in wanted]
    if wanted and not options.undated and all(day is None for _, (_, day) in dated):
        raise Unreadable("undated_links", task.source.id, str(len(wanted)))
    recent = [(row, read, day) for row, (read, day) in dated if (options.undated if day is None else day >= first_day)]
    recent.sort(key=lambda found: found[2] or dt.date.min, reverse=True)
    entries: dict[str, Entry] = {}
    for row, read, _ in recent:
        if row.url not in entries or not entries[row.url].title:
            entries[row.url] = Entry(
                title=row.title,
                url=row.url,
                lang=row.lang,
                published_on=read.day,
                published_at=read.instant,
                date_flag=read.flag,
            )
    if len(entries) > task.max_items:
        note = note or Reason("capped", str(len(entries)))
    return Parsed(entries=tuple(islice(entries.values(), task.max_items)), rejected=len(rows) - len(own), note=note)


def _date(row: Row) -> tuple[ReadDate, dt.date | None]:
    """When a row says it was published, and the day by which it is new or old."""
    read = read_date(row.published)
    return read, read.day or row.changed.day


def _row(element: etree._Element, base: str, *, is_index: bool) -> Row | None:
    said: dict[str, str] = {}
    for child in element.iter():
        name, text = _local(child), (child.text or "").strip()
        if text and (child.getparent() is element if name in ("loc", "lastmod") else "news" in str(child.tag)):
            said.setdefault(name, text)  # pictures and films have titles of their own
    url = canonical_url(said.get("loc"), base)
    if url is None:
        return None
    return Row(
        url=url,
        is_index=is_index,
        changed=read_date(said.get("lastmod")),
        title=plain_text(said.get("title"), MAX_TITLE),
        published=said.get("publication_date", ""),
        lang=language(said.get("language")),
    )


def _local(element: etree._Element) -> str:
    """The name of an element without its name space, or without a prefix that was never declared."""
    return re.split("[}:]", element.tag)[-1] if isinstance(element.tag, str) else ""


def _unpacked(body: bytes, source_id: str) -> bytes:
    """A gzip file unpacked, as far as its damage allows. Raises Unreadable for one that grows past the limit."""
    try:
        found = zlib.decompressobj(wbits=31).decompress(body, _MAX_UNPACKED + 1)
    except zlib.error as exc:
        raise Unreadable("encoding", source_id, "gzip") from exc
    if len(found) > _MAX_UNPACKED:
        raise Unreadable("too_large", source_id, str(_MAX_UNPACKED))
    return found
