"""Turns what a visit found into rows: documents, mentions, the visit itself and what it taught. One visit, one transaction."""

from __future__ import annotations

import datetime as dt
import hashlib

from sqlalchemy.engine import Connection

from crawler.collectors.base import Entry
from crawler.config import CrawlerSettings
from crawler.identity import Identity, identify
from crawler.normalize import MAX_TEXT, shorten
from crawler.states import learned
from crawler.visit import Visit
from storage import documents, mentions, sources
from storage.model import Document, Fetch, Kind, Mention, Source, counting_day


def keep_visit(conn: Connection, source: Source, visit: Visit, now: dt.datetime, settings: CrawlerSettings) -> Fetch:
    """Writes a visit. What is already there stays as it was first seen. Returns the row logged."""
    new = duplicates = 0
    if visit.entries:
        new, duplicates = _keep_entries(conn, source, visit, now, settings)
    fetch = Fetch(
        source_id=source.id,
        started_at=now,
        finished_at=now + dt.timedelta(seconds=round(visit.elapsed_s)),
        outcome=visit.outcome,
        status=visit.status,
        reason=str(visit.reason) if visit.reason else None,
        bytes=visit.bytes,
        items=len(visit.entries),
        new=new,
        duplicates=duplicates,
        rejected=visit.rejected,
    )
    sources.record_visit(conn, fetch, learned(source, visit, now))
    return fetch


def _keep_entries(conn: Connection, source: Source, visit: Visit, now: dt.datetime, settings: CrawlerSettings) -> tuple[int, int]:
    found = dict(zip(identify(visit.entries, source.id), visit.entries, strict=True))
    known = documents.known_mentions(conn, source.id, [identity.key for identity in found])
    fresh = {identity: entry for identity, entry in found.items() if identity.key not in known}
    # A GUID that changes at each visit still leads to the same document: it is one place, not one more.
    mentioned = mentions.mentioned(conn, source.id, [identity.document_id for identity in fresh])
    fresh = {identity: entry for identity, entry in fresh.items() if identity.document_id not in mentioned}
    limit = _text_limit(source, visit, settings)
    rows = [
        document_of(entry, identity, source, now, limit, author_names=settings.author_names) for identity, entry in fresh.items()
    ]
    seen = [
        Mention(source_id=source.id, key=identity.key, document_id=identity.document_id, url=entry.url, seen_at=now)
        for identity, entry in fresh.items()
    ]
    stored = documents.add(conn, rows, seen)
    return stored.new, len(visit.entries) - stored.new


def document_of(
    entry: Entry, identity: Identity, source: Source, now: dt.datetime, text_limit: int, *, author_names: bool
) -> Document:
    """The document an entry is, collected at ``now``."""
    counted_on, flag = counting_day(entry.published_on, now, "time" if entry.published_at else "day")
    actor = None
    if entry.author and source.kind is not Kind.NEWS:
        actor = entry.author if author_names else pseudonym(entry.author)
    return Document(
        id=identity.document_id,
        source_id=source.id,
        kind=source.kind,
        title=entry.title,
        text=shorten(entry.text, text_limit),
        lang=entry.lang,
        url=entry.url,
        published_on=entry.published_on,
        published_at=entry.published_at,
        date_precision="time" if entry.published_at else "day",
        date_flag=entry.date_flag or flag,
        counted_on=counted_on,
        collected_at=now,
        actor=actor,
        extra={"codes": list(entry.codes)} if entry.codes else {},
    )


def pseudonym(name: str) -> str:
    """A stable stand-in for a person's name: tells authors apart and does not say who they are."""
    return "author-" + hashlib.blake2b(" ".join(name.casefold().split()).encode(), digest_size=6).hexdigest()


def _text_limit(source: Source, visit: Visit, settings: CrawlerSettings) -> int:
    if visit.reserved or source.rights == "link-only":
        return 0
    return MAX_TEXT if source.rights == "open" else settings.excerpt_chars
