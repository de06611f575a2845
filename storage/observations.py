"""Counts by theme, kind and day; the collection's coverage beside them; and the signals drawn from both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
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


def signals_of(conn: Connection, theme_ids: Sequence[str], start: dt.date, end: dt.date) -> list[Signal]:
    """Signals of these themes on the days [start, end), oldest first."""
    found: list[Signal] = []
    for part in chunks(list(theme_ids)):
        query = sa.select(signals).where(signals.c.theme_id.in_(part), signals.c.day >= start, signals.c.day < end)
        found.extend(from_rows(Signal, conn.execute(query.order_by(signals.c.day, signals.c.theme_id))))
    return found


def latest_signals(conn: Connection) -> list[Signal]:
    """Every theme's newest signal, strongest first."""
    newest = sa.select(signals.c.theme_id, sa.func.max(signals.c.day).label("day")).group_by(signals.c.theme_id).subquery()
    query = sa.select(signals).join(newest, sa.and_(signals.c.theme_id == newest.c.theme_id, signals.c.day == newest.c.day))
    return from_rows(Signal, conn.execute(query.order_by(signals.c.score.desc(), signals.c.theme_id)))


@dataclass(frozen=True, slots=True)
class Counts:
    """The whole of what ``observe`` writes, as tuples of the columns in their order; days are ISO text.

    ``observed``: theme, kind, day, stories, sources, documents. ``by_source``: theme, kind, day, source_key, stories.
    ``covered``: source_key, kind, day, stories.
    """

    observed: set[tuple[Any, ...]]
    by_source: set[tuple[Any, ...]]
    covered: set[tuple[Any, ...]]


def synchronise(conn: Connection, wanted: Counts) -> int:
    """Makes the three tables hold exactly ``wanted``. Returns how many rows were written or deleted."""
    names = ("theme_id", "kind", "day", "stories", "sources", "documents")
    changed = _synchronise(conn, observations, names, wanted.observed)
    changed += _synchronise(conn, observation_sources, ("theme_id", "kind", "day", "source_key", "stories"), wanted.by_source)
    return changed + _synchronise(conn, coverage, ("source_key", "kind", "day", "stories"), wanted.covered)


def _synchronise(conn: Connection, table: sa.Table, names: tuple[str, ...], wanted: set[tuple[Any, ...]]) -> int:
    columns = [sa.cast(table.c[name], sa.Text) if name == "day" else table.c[name] for name in names]
    standing = {tuple(row) for row in conn.execute(sa.select(*columns))}
    keys = [name for name in names if name in table.primary_key.columns]
    width = len(keys)
    # Keys come first in every tuple, so a row whose numbers changed is overwritten, and one whose key is gone is deleted.
    fresh = sorted(wanted - standing)
    kept = {row[:width] for row in wanted}
    gone = sorted(row[:width] for row in standing - wanted if row[:width] not in kept)
    if gone:
        match = sa.and_(*(table.c[name] == sa.bindparam(f"old_{name}") for name in keys))
        conn.execute(table.delete().where(match), [{f"old_{k}": v for k, v in _values(keys, row).items()} for row in gone])
    rows = [_values(names, row) for row in fresh]
    if "week" in table.c:
        rows = [row | {"week": row["day"] - dt.timedelta(days=row["day"].weekday())} for row in rows]
    upsert(conn, table, rows, update=None)
    return len(fresh) + len(gone)


def _values(names: Sequence[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return {name: dt.date.fromisoformat(value) if name == "day" else value for name, value in zip(names, row, strict=True)}


def first_observed(conn: Connection) -> dt.date | None:
    """The first day with coverage."""
    day: dt.date | None = conn.scalar(sa.select(sa.func.min(coverage.c.day)))
    return day


def coverage_between(conn: Connection, start: dt.date, end: dt.date) -> list[tuple[str, str, dt.date, int]]:
    """Coverage of the days [start, end): source_key, kind, day, stories."""
    c = coverage.c
    query = sa.select(c.source_key, c.kind, c.day, c.stories).where(c.day >= start, c.day < end)
    return [tuple(row) for row in conn.execute(query.order_by(c.source_key, c.kind, c.day))]


def counts_between(conn: Connection, start: dt.date, end: dt.date) -> list[tuple[str, str, str, dt.date, int]]:
    """Stories of the days [start, end): theme, source_key, kind, day, stories."""
    c = observation_sources.c
    query = sa.select(c.theme_id, c.source_key, c.kind, c.day, c.stories).where(c.day >= start, c.day < end)
    return [tuple(row) for row in conn.execute(query.order_by(c.theme_id, c.source_key, c.kind, c.day))]
