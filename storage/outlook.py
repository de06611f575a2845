"""How themes stand at the end of a span of days: those in given states by their newest signal. Small rows, without evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.model import State
from storage.tables import signals, themes


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A theme with the numbers of its newest signal."""

    theme_id: str
    label_fr: str
    label_en: str
    day: dt.date
    state: State
    score: float
    threshold: float
    lift: float
    observed: float
    expected: float
    sources: int


def standing(
    conn: Connection, start: dt.date, end: dt.date, states: Collection[State], leave_out: Collection[str] = (), limit: int = 5
) -> list[Standing]:
    """Living themes in one of ``states`` on the last day of [start, end) that has signals; the best proven against its threshold
    first."""
    s, t = signals.c, themes.c
    last = conn.scalar(sa.select(sa.func.max(s.day)).where(s.day >= start, s.day < end))
    if last is None or not states:
        return []
    proven = s.score / sa.case((s.threshold > 0, s.threshold), else_=1.0)
    query = (
        sa.select(
            s.theme_id, t.label_fr, t.label_en, s.day, s.state, s.score, s.threshold, s.lift, s.observed, s.expected, s.sources
        )
        .join(themes, t.id == s.theme_id)
        .where(
            s.day == last,
            s.state.in_([state.value for state in states]),
            sa.or_(t.retired_on.is_(None), t.retired_on > last),
            s.theme_id.not_in(list(leave_out)),
        )
        .order_by(proven.desc(), s.theme_id)
        .limit(limit)
    )
    return [Standing(**{**row._mapping, "state": State(row.state)}) for row in conn.execute(query)]
