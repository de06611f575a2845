"""Sources and the log of their visits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import documents, recounts
from storage.errors import NotFound
from storage.model import Fetch, Source
from storage.rows import from_row, from_rows, to_row
from storage.tables import fetches, sources
from storage.upsert import upsert

# What a person declares; the rest of the row is what visits taught us and survives a new declaration.
DECLARED = (
    "name",
    "kind",
    "lang",
    "url",
    "collector",
    "territory",
    "rights",
    "interval_s",
    "split_by_actor",
    "enabled",
    "theme",
    "licence",
    "options",
    "disabled_reason",
    "trial",
)


def declare(conn: Connection, declared: Sequence[Source]) -> None:
    """Adds sources, or rewrites the declared part of those already there.

    The documents of a source that is divided by actor now and was not before, or the other way, are counted again.
    """
    recounts.mark_split(conn, [(source.id, source.split_by_actor) for source in declared])
    upsert(conn, sources, [to_row(source) for source in declared], update=DECLARED)


def add_missing(conn: Connection, wanted: Sequence[Source]) -> None:
    """Adds the sources that are not there yet and leaves the others as they are."""
    upsert(conn, sources, [to_row(source) for source in wanted])


def all_sources(conn: Connection) -> list[Source]:
    return from_rows(Source, conn.execute(sa.select(sources).order_by(sources.c.id)))


def get(conn: Connection, source_id: str) -> Source:
    """One source. Raises NotFound."""
    row = conn.execute(sa.select(sources).where(sources.c.id == source_id)).first()
    if row is None:
        raise NotFound(f"no source is called '{source_id}': see 'zoom-avant sources list'")
    return from_row(Source, row)


def due(conn: Connection, now: dt.datetime) -> list[Source]:
    """Enabled sources with an address whose next visit is not after ``now``, least recently visited first."""
    c = sources.c
    query = sa.select(sources).where(c.enabled, c.url.is_not(None), sa.or_(c.next_visit_at.is_(None), c.next_visit_at <= now))
    return from_rows(Source, conn.execute(query.order_by(c.last_visit_at.is_not(None), c.last_visit_at, c.id)))


def record_visit(conn: Connection, fetch: Fetch, learned: dict[str, Any]) -> None:
    """Logs a visit and writes what it taught (state, validators, next visit …) on the source."""
    upsert(conn, fetches, [to_row(fetch)], update=None)
    learn(conn, fetch.source_id, learned)


def learn(conn: Connection, source_id: str, learned: dict[str, Any]) -> None:
    """Writes what a visit taught about a source."""
    if learned:
        conn.execute(sources.update().where(sources.c.id == source_id).values(**learned))


def visits(conn: Connection, source_id: str, limit: int = 20) -> list[Fetch]:
    """The last visits of a source, newest first."""
    query = sa.select(fetches).where(fetches.c.source_id == source_id).order_by(fetches.c.started_at.desc()).limit(limit)
    return from_rows(Fetch, conn.execute(query))


def remove(conn: Connection, source_id: str) -> None:
    """Deletes a source with its documents. Raises NotFound."""
    get(conn, source_id)
    documents.remove_of_source(conn, source_id)
    conn.execute(sources.delete().where(sources.c.id == source_id))
