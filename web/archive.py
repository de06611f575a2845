"""The digests that were sent: which weeks, and in a few words what each said. Read from the outbox, never from a clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.message import Change, from_payload
from storage.tables import deliveries, signals

PREFIX = "digest:"
WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Archived:
    """A week's digest: the themes it showed by what had happened to them, most telling first."""

    week_end: dt.date
    themes: Mapping[Change, tuple[str, ...]]

    @property
    def last_day(self) -> dt.date:
        return self.week_end - dt.timedelta(days=1)

    @property
    def week_start(self) -> dt.date:
        return self.week_end - WEEK


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The archived digests before and after one."""

    before: dt.date | None
    after: dt.date | None


def archived(conn: Connection, *, limit: int, offset: int = 0) -> list[Archived]:
    """Digests, newest first. A row that is no digest is left out."""
    weeks = _weeks(conn, limit=limit, offset=offset)
    payloads: dict[dt.date, Mapping[str, Any]] = {}
    c = deliveries.c
    subjects = [_subject(week) for week in weeks]
    for row in conn.execute(sa.select(c.subject_id, c.payload).where(c.subject_id.in_(subjects)).order_by(c.id)):
        day = week_of(row.subject_id.removeprefix(PREFIX))
        if day is not None:
            payloads.setdefault(day, row.payload)  # the languages say the same
    return [Archived(week, _shown(payloads.get(week, {}))) for week in weeks]


def count(conn: Connection) -> int:
    c = deliveries.c
    found = sa.select(sa.func.count(c.subject_id.distinct())).where(c.subject_id.like(f"{PREFIX}____-__-__"))
    return conn.scalar(found) or 0


def exists(conn: Connection, week_end: dt.date) -> bool:
    """Whether there is something to show: the digest was sent, or its week was assessed."""
    if conn.scalar(sa.select(deliveries.c.id).where(deliveries.c.subject_id == _subject(week_end)).limit(1)) is not None:
        return True
    assessed = sa.select(signals.c.day).where(signals.c.day >= week_end - WEEK, signals.c.day < week_end).limit(1)
    return conn.scalar(assessed) is not None


def neighbours(conn: Connection, week_end: dt.date) -> Neighbours:
    c = deliveries.c
    written = c.subject_id.like(f"{PREFIX}____-__-__")
    here = _subject(week_end)
    before = conn.scalar(sa.select(sa.func.max(c.subject_id)).where(written, c.subject_id < here))
    after = conn.scalar(sa.select(sa.func.min(c.subject_id)).where(written, c.subject_id > here))
    return Neighbours(*(None if found is None else week_of(found.removeprefix(PREFIX)) for found in (before, after)))


def week_of(text: str) -> dt.date | None:
    """The day of an address such as ``2026-11-16``, written just so; None for anything else."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text and 1970 <= day.year < 9999 else None


def _weeks(conn: Connection, *, limit: int, offset: int) -> Sequence[dt.date]:
    c = deliveries.c
    query = sa.select(c.subject_id).where(c.subject_id.like(f"{PREFIX}____-__-__")).distinct()
    rows = conn.scalars(query.order_by(c.subject_id.desc()).limit(limit).offset(offset))
    days = [week_of(subject.removeprefix(PREFIX)) for subject in rows]
    return [day for day in days if day is not None]


def _shown(payload: Mapping[str, Any]) -> dict[Change, tuple[str, ...]]:
    try:
        items = from_payload(payload).items
    except ValueError:
        return {}
    return {change: found for change in Change if (found := tuple(item.theme_id for item in items if item.change is change))}


def _subject(week_end: dt.date) -> str:
    return f"{PREFIX}{week_end.isoformat()}"
