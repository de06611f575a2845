"""What each source brought each day, against what it usually brings: the rows behind ``v_source_coverage``."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.rows import from_rows, to_row
from storage.tables import documents, fetches, source_days
from storage.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDay:
    """One source on one day. ``gap`` says why a day without documents is missing coverage; None where it is not.

    ``expected`` is what the source usually brings on such a day, None while too little is known of it.
    """

    source_id: str
    day: dt.date
    visits: int
    failed_visits: int
    documents: int
    expected: float | None = None
    gap: str | None = None


def document_days(conn: Connection, source_id: str, since: dt.date) -> list[dt.date]:
    """The days from ``since`` on that have documents of a source, in order."""
    c = documents.c
    query = sa.select(c.counted_on).where(c.source_id == source_id, c.counted_on >= since).distinct()
    return sorted(conn.scalars(query))


def document_counts(conn: Connection, since: dt.date) -> Mapping[str, dict[dt.date, int]]:
    """Documents of every source by day, from ``since`` on."""
    c = documents.c
    found: defaultdict[str, dict[dt.date, int]] = defaultdict(dict)
    query = sa.select(c.source_id, c.counted_on, sa.func.count()).where(c.counted_on >= since)
    for source_id, day, count in conn.execute(query.group_by(c.source_id, c.counted_on)):
        found[source_id][day] = count
    return found


def first_days(conn: Connection) -> Mapping[str, dt.date]:
    """The day of the first visit to every source that was ever visited."""
    query = sa.select(fetches.c.source_id, sa.func.min(fetches.c.started_at)).group_by(fetches.c.source_id)
    return {source_id: first.date() for source_id, first in conn.execute(query)}


def outcomes(conn: Connection, start: dt.datetime, end: dt.datetime) -> Mapping[tuple[str, dt.date], list[str]]:
    """How the visits of each source and day ended, from ``start`` until before ``end``."""
    c = fetches.c
    found: defaultdict[tuple[str, dt.date], list[str]] = defaultdict(list)
    query = sa.select(c.source_id, c.started_at, c.outcome).where(c.started_at >= start, c.started_at < end)
    for source_id, started_at, outcome in conn.execute(query):
        found[source_id, started_at.date()].append(outcome)
    return found


def save(conn: Connection, days: Sequence[SourceDay]) -> None:
    """Writes days, over what was written of them before."""
    upsert(conn, source_days, [to_row(day) for day in days], update=("visits", "failed_visits", "documents", "expected", "gap"))


def between(conn: Connection, start: dt.date, end: dt.date) -> Mapping[str, list[SourceDay]]:
    """The days from ``start`` until before ``end`` of every source, in order."""
    c = source_days.c
    query = sa.select(source_days).where(c.day >= start, c.day < end).order_by(c.source_id, c.day)
    found: defaultdict[str, list[SourceDay]] = defaultdict(list)
    for day in from_rows(SourceDay, conn.execute(query)):
        found[day.source_id].append(day)
    return found
