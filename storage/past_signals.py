"""Signals as rules hear them: one day at a time, so that years of them never stand in memory together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.model import Signal, State
from storage.rows import from_rows
from storage.tables import observations, signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """What a signal must show to be read: all that is given."""

    score: float | None = None
    buzz: float | None = None
    lift: float | None = None
    lift_at_most: float | None = None
    observed: float | None = None
    sources: int | None = None
    states: tuple[State, ...] = ()


def days(conn: Connection, start: dt.date, end: dt.date) -> list[dt.date]:
    """The days of [start, end) that have signals, in order."""
    query = sa.select(signals.c.day).where(signals.c.day >= start, signals.c.day < end).distinct()
    return list(conn.scalars(query.order_by(signals.c.day)))


def of_day(conn: Connection, day: dt.date, among: Sequence[Least] = ()) -> dict[str, Signal]:
    """A day's signals by theme; with ``among``, those that show what one of these asks."""
    query = sa.select(signals).where(signals.c.day == day)
    if among:
        query = query.where(sa.or_(*(_shows(least) for least in among)))
    return {signal.theme_id: signal for signal in from_rows(Signal, conn.execute(query.order_by(signals.c.theme_id)))}


def first_stories(conn: Connection) -> dict[str, dt.date]:
    """The day of each theme's first counted story."""
    c = observations.c
    query = sa.select(c.theme_id, sa.func.min(c.day).label("day")).where(c.stories > 0).group_by(c.theme_id)
    return {row.theme_id: row.day for row in conn.execute(query)}


def _shows(least: Least) -> sa.ColumnElement[bool]:
    c = signals.c
    limits: list[sa.ColumnElement[bool]] = [sa.true()]
    if least.score is not None:
        limits.append(c.score >= least.score)
    if least.buzz is not None:
        limits.append(c.buzz >= least.buzz)
    if least.lift is not None:
        limits.append(c.lift >= least.lift)
    if least.lift_at_most is not None:
        limits.append(c.lift <= least.lift_at_most)
    if least.observed is not None:
        limits.append(c.observed >= least.observed)
    if least.sources is not None:
        limits.append(c.sources >= least.sources)
    if least.states:
        limits.append(c.state.in_([state.value for state in least.states]))
    return sa.and_(*limits)
