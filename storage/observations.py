"""Counts by theme, kind and day; the collection's coverage beside them; and the signals drawn from both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.model import Observation, Signal
from storage.rows import from_rows, to_row
from storage.tables import coverage, observation_sources, observations, signals
from storage.upsert import chunks, upsert


def replace(conn: Connection, theme_ids: Sequence[str], rows: Sequence[Observation], by_source: Sequence[dict[str, Any]]) -> None:
    """Writes the whole series of these themes anew. ``by_source`` rows: theme_id, kind, day, source_key, stories."""
    for part in chunks(list(theme_ids)):
        conn.execute(observations.delete().where(observations.c.theme_id.in_(part)))
        conn.execute(observation_sources.delete().where(observation_sources.c.theme_id.in_(part)))
    weekly = [to_row(row) | {"week": row.day - dt.timedelta(days=row.day.weekday())} for row in rows]
    upsert(conn, observations, weekly)
    upsert(conn, observation_sources, by_source)


def replace_coverage(conn: Connection, rows: Sequence[dict[str, Any]], since: dt.date) -> None:
    """Writes the coverage of every day from ``since`` on anew. Rows: source_key, kind, day, stories."""
    conn.execute(coverage.delete().where(coverage.c.day >= since))
    upsert(conn, coverage, rows)


def series(conn: Connection, theme_id: str) -> list[Observation]:
    """A theme's observations, oldest first."""
    query = sa.select(observations).where(observations.c.theme_id == theme_id)
    return from_rows(Observation, conn.execute(query.order_by(observations.c.day, observations.c.kind)))


def add_signals(conn: Connection, rows: Sequence[Signal]) -> None:
    """Writes signals by theme and day; the day in progress may be written again."""
    upsert(conn, signals, [to_row(row) for row in rows], update=None)


def signals_between(conn: Connection, start: dt.date, end: dt.date) -> list[Signal]:
    """Signals of the days [start, end), by theme and day."""
    query = sa.select(signals).where(signals.c.day >= start, signals.c.day < end)
    return from_rows(Signal, conn.execute(query.order_by(signals.c.theme_id, signals.c.day)))


def latest_signals(conn: Connection) -> list[Signal]:
    """Every theme's newest signal, strongest first."""
    newest = sa.select(signals.c.theme_id, sa.func.max(signals.c.day).label("day")).group_by(signals.c.theme_id).subquery()
    query = sa.select(signals).join(newest, sa.and_(signals.c.theme_id == newest.c.theme_id, signals.c.day == newest.c.day))
    return from_rows(Signal, conn.execute(query.order_by(signals.c.score.desc(), signals.c.theme_id)))
