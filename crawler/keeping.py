"""Turns what a visit found into rows: documents, mentions, the visit itself and what it taught. One page, one transaction."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Connection

from crawler.collectors.base import Entry
from crawler.collectors.registry import READERS
from crawler.config import CrawlerSettings
from crawler.identity import Identity
from crawler.moving import settle
from crawler.normalize import MAX_TEXT, shorten, without_mail
from crawler.reasons import Reason
from crawler.resolving import remember, resolve
from crawler.rhythm import HISTORY_DAYS
from crawler.states import learned
from crawler.visit import Page, Visit
from storage import coverage, documents, sources
from storage.completing import complete
from storage.model import Document, Fetch, Kind, Mention, Source, counting_day


@dataclass(slots=True)
class Tally:
    """What the pages of one visit added so far. ``failed`` is why a page could not be stored: what follows it is left."""

    items: int = 0
    new: int = 0
    duplicates: int = 0
    rejected: int = 0
    failed: Reason | None = None

    def add(self, page: Tally) -> None:
        """Counts one more page."""
        self.items += page.items
        self.new += page.new
        self.duplicates += page.duplicates
        self.rejected += page.rejected


def keep_page(conn: Connection, source: Source, page: Page, now: dt.datetime, settings: CrawlerSettings) -> Tally:
    """Writes the documents of a page, with the cursor behind them. What is already there stays as it was first seen."""
    new = _keep_entries(conn, source, page, now, settings) if page.entries else 0
    if page.cursor is not None:
        sources.learn(conn, source.id, {"cursor": page.cursor})
    found = len(page.entries)
    return Tally(items=found, new=new, duplicates=found - new, rejected=page.rejected)


def keep_visit(
    conn: Connection, source: Source, visit: Visit, before: Tally, now: dt.datetime, settings: CrawlerSettings
) -> Fetch:
    """Writes the end of a visit: its last page, its row in the log, and what it taught. ``before`` counts the pages stored."""
    last = keep_page(conn, source, visit.page, now, settings) if visit.page is not None else Tally()
    fetch = Fetch(
        source_id=source.id,
        started_at=now,
        finished_at=now + dt.timedelta(seconds=round(visit.elapsed_s)),
        outcome=visit.outcome,
        status=visit.status,
        reason=str(visit.reason) if visit.reason else None,
        bytes=visit.bytes,
        items=before.items + last.items,
        new=before.new + last.new,
        duplicates=before.duplicates + last.duplicates,
        rejected=before.rejected + last.rejected,
    )
    days = coverage.document_days(conn, source.id, now.date() - dt.timedelta(days=HISTORY_DAYS))
    columns = learned(source, visit, now, days)
    sources.record_visit(conn, fetch, columns | settle(conn, source, columns))
    return fetch


def _keep_entries(conn: Connection, source: Source, page: Page, now: dt.datetime, settings: CrawlerSettings) -> int:
    entries = tuple(replace(entry, reserved=True) for entry in page.entries) if page.reserved else page.entries
    found = resolve(conn, source, entries, now)
    fresh = [(identity, entry) for identity, entry in zip(found, entries, strict=True) if identity.is_fresh]
    limit = _text_limit(source, settings)
    rows = [document_of(entry, identity, source, now, limit, author_names=settings.author_names) for identity, entry in fresh]
    seen = [
        Mention(source_id=source.id, key=identity.key, document_id=identity.document_id, url=entry.url, seen_at=now)
        for identity, entry in fresh
    ]
    stored = documents.add(conn, rows, seen)
    remember(conn, source, entries, found)
    if stored.duplicate:
        complete(conn, rows)
    return stored.new


def _without_name(title: str, name: str) -> str:
    """A headline without the name of its own site behind a bar or dash: it is no part of the news, and no organisation in it."""
    before, mark, after = title.rpartition(" | ")
    if not mark:
        before, mark, after = max((title.rpartition(dash) for dash in (" - ", " – ", " — ")), key=lambda cut: len(cut[0]))
    return before.rstrip() if mark and len(before) > len(name) and after.strip().casefold() == name.casefold() else title


def document_of(
    entry: Entry, identity: Identity, source: Source, now: dt.datetime, text_limit: int, *, author_names: bool
) -> Document:
    """The document an entry is, collected at ``now``."""
    precision = entry.date_precision or ("time" if entry.published_at else "day")
    counted_on, flag = counting_day(entry.published_on, now, precision)
    return Document(
        id=identity.document_id,
        source_id=source.id,
        kind=source.kind,
        title=without_mail(_without_name(entry.title, source.name)) or source.name,
        text="" if entry.reserved else shorten(without_mail(entry.text), text_limit),
        lang=entry.lang,
        url=entry.url,
        published_on=entry.published_on,
        published_at=entry.published_at,
        date_precision=precision,
        date_flag=entry.date_flag or flag,
        counted_on=counted_on,
        collected_at=now,
        actor=_actor(entry, source, author_names=author_names),
        extra=_extra(entry),
    )


def _actor(entry: Entry, source: Source, *, author_names: bool) -> str | None:
    """Who is behind a document: the first organisation it names, else whoever signs it, under a pseudonym.

    What a database names nobody for is its own word: two such records are not two voices.
    """
    if entry.stated.parties:
        return entry.stated.parties[0].name
    if entry.author and source.kind is not Kind.NEWS:
        return without_mail(entry.author) or source.name if author_names else pseudonym(entry.author)
    return None if source.collector in READERS else source.name


def _extra(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {"codes": list(entry.codes)} if entry.codes else {}
    if entry.stated:
        found["stated"] = entry.stated.as_json()
    if entry.reserved:
        found["reserved"] = True
    if entry.paywalled:
        found["paywalled"] = True
    return found


def pseudonym(name: str) -> str:
    """A stable stand-in for a person's name: tells authors apart and does not say who they are."""
    return "author-" + hashlib.blake2b(" ".join(name.casefold().split()).encode(), digest_size=6).hexdigest()


def _text_limit(source: Source, settings: CrawlerSettings) -> int:
    if source.rights == "link-only":
        return 0
    return MAX_TEXT if source.rights == "open" else settings.excerpt_chars
