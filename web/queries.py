"""What the pages and the API read, joined and counted in the database.

Nothing here knows a clock: "today" is the last assessed day, so a replayed past is shown as it was.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.pairing import partner_theme
from storage import documents as document_rows
from storage import themes as theme_rows
from storage.errors import NotFound
from storage.model import Document, Origin, Signal, State, Theme, ThemeEvent
from storage.rows import from_rows
from storage.tables import observations, signals, sources, theme_events, themes
from storage.upsert import chunks
from web import cases
from web.cases import Case
from web.weeks import Week, axis, filled

COUNT_DAYS = 28
LIST_WEEKS = 26
THEME_WEEKS = 52
# A theme whose newest signal is older than this is shown without a state rather than with a stale one.
SIGNAL_FRESH_DAYS = 28


@dataclass(frozen=True, slots=True)
class ThemeRow:
    """A theme as a line of the table. ``weeks`` and ``evidence`` are filled for the lines on the page only."""

    theme: Theme
    signal: Signal | None
    stories: int
    weeks: tuple[Week, ...] = ()

    @property
    def state(self) -> State | None:
        return None if self.signal is None else self.signal.state


@dataclass(frozen=True, slots=True)
class Overview:
    """All living themes on the last assessed day."""

    day: dt.date | None
    weeks: tuple[Week, ...]
    rows: tuple[ThemeRow, ...]
    sources: int


@dataclass(frozen=True, slots=True)
class StateSpan:
    """A stretch of days a theme spent in one state."""

    state: State
    first: dt.date
    last: dt.date


@dataclass(frozen=True, slots=True)
class ThemeDetail:
    """Everything the page of one theme shows."""

    row: ThemeRow
    day: dt.date | None
    documents: tuple[Document, ...]
    spans: tuple[StateSpan, ...]
    events: tuple[ThemeEvent, ...]
    alerts: tuple[Case, ...]
    related: dict[str, Theme] = field(default_factory=dict)
    along: tuple[str, ...] = ()
    """Other themes carried by the same movement."""
    parts: tuple[Theme, ...] = ()
    """Living discovered themes below this one: the narrow themes of a family, what was found inside a watch theme."""
    heir: Theme | None = None
    """Who stands for a merged theme now."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why each document is in the theme, readable in both languages."""


def last_day(conn: Connection) -> dt.date | None:
    """The last assessed day, else the last counted one, else None."""
    assessed: dt.date | None = conn.scalar(sa.select(sa.func.max(signals.c.day)))
    return assessed or conn.scalar(sa.select(sa.func.max(observations.c.day)))


def overview(conn: Connection) -> Overview:
    """Every living theme with its newest signal, without evidence: see ``completed``."""
    day = last_day(conn)
    newest = _newest_signals(conn, day)
    stories = _story_counts(conn, day)
    rows = tuple(ThemeRow(theme, newest.get(theme.id), stories.get(theme.id, 0)) for theme in theme_rows.all_themes(conn))
    enabled = conn.scalar(sa.select(sa.func.count()).select_from(sources).where(sources.c.enabled)) or 0
    return Overview(day, axis(conn, day, LIST_WEEKS), rows, enabled)


def completed(conn: Connection, shown: Sequence[ThemeRow], weeks: Sequence[Week]) -> list[ThemeRow]:
    """The same lines with evidence and weekly series."""
    evidence = _evidence(conn, [row.signal for row in shown if row.signal is not None])
    counts = weekly_counts(conn, [row.theme.id for row in shown], weeks)
    done = []
    for row in shown:
        signal = None if row.signal is None else dataclasses.replace(row.signal, evidence=evidence.get(row.theme.id, {}))
        series = filled(weeks, counts.get(row.theme.id, {}), {} if signal is None else signal.evidence)
        done.append(dataclasses.replace(row, signal=signal, weeks=series))
    return done


def theme_detail(conn: Connection, theme_id: str) -> ThemeDetail:
    """One theme, retired or not, with its last signal. Raises NotFound."""
    if "\0" in theme_id:  # PostgreSQL refuses it, and no theme is called so
        raise NotFound("no theme has this id")
    theme = theme_rows.get(conn, theme_id)
    day = last_day(conn)
    newest = sa.select(signals).where(signals.c.theme_id == theme_id).order_by(signals.c.day.desc()).limit(1)
    signal = next(iter(from_rows(Signal, conn.execute(newest))), None)
    stories = _story_counts(conn, day, theme_id).get(theme_id, 0)
    row = completed(conn, [ThemeRow(theme, signal, stories)], axis(conn, day, THEME_WEEKS))[0]
    events = from_rows(
        ThemeEvent,
        conn.execute(
            sa.select(theme_events).where(theme_events.c.theme_id == theme_id).order_by(theme_events.c.on, theme_events.c.event)
        ),
    )
    along = cases.along(conn, theme_id)
    above = [key for key in (theme.parent_id, partner_theme(theme.partner)) if key]
    others = {event.other_id for event in events if event.other_id} | {*above, *along}
    heir = theme_rows.get(conn, theme_rows.heirs(conn)[theme_id]) if theme.merged_into else None
    related = named(conn, sorted(others))
    found = document_rows.by_ids(conn, evidence_ids(row))
    return ThemeDetail(
        row,
        day,
        tuple(found),
        _spans(conn, theme_id),
        tuple(events),
        tuple(cases.of_theme(conn, theme_id)),
        related,
        along,
        _parts(conn, theme_id),
        heir,
        theme_rows.reasons(conn, theme_id, [document.id for document in found]),
    )


def evidence_ids(row: ThemeRow) -> list[str]:
    """Ids of the documents behind a line's signal."""
    listed = () if row.signal is None else row.signal.evidence.get("documents") or ()
    return [str(key) for key in listed]


def source_names(conn: Connection) -> dict[str, str]:
    return {row.id: row.name for row in conn.execute(sa.select(sources.c.id, sources.c.name))}


def signals_page(
    conn: Connection,
    *,
    start: dt.date | None,
    end: dt.date | None,
    states: Sequence[State],
    theme_id: str | None,
    after: tuple[dt.date, str] | None,
    limit: int,
) -> list[Signal]:
    """Signals of the days [start, end), newest day first, then by theme; those after the (day, theme) given."""
    c = signals.c
    query = sa.select(signals).order_by(c.day.desc(), c.theme_id).limit(limit)
    if start is not None:
        query = query.where(c.day >= start)
    if end is not None:
        query = query.where(c.day < end)
    if states:
        query = query.where(c.state.in_([state.value for state in states]))
    if theme_id is not None:
        query = query.where(c.theme_id == theme_id)
    if after is not None:
        query = query.where(sa.or_(c.day < after[0], sa.and_(c.day == after[0], c.theme_id > after[1])))
    return from_rows(Signal, conn.execute(query))


def named(conn: Connection, theme_ids: Sequence[str]) -> dict[str, Theme]:
    """Themes by id, retired ones included; unknown ids are missing."""
    found: dict[str, Theme] = {}
    for part in chunks(list(theme_ids)):
        query = sa.select(themes).where(themes.c.id.in_(part))
        found.update({theme.id: theme for theme in from_rows(Theme, conn.execute(query))})
    return found


def _parts(conn: Connection, theme_id: str) -> tuple[Theme, ...]:
    c = themes.c
    below = sa.select(themes).where(c.parent_id == theme_id, c.origin == Origin.DISCOVERED, c.retired_on.is_(None))
    return tuple(from_rows(Theme, conn.execute(below.order_by(c.born_on, c.id))))


def _newest_signals(conn: Connection, day: dt.date | None) -> dict[str, Signal]:
    if day is None:
        return {}
    c = signals.c
    newest = (
        sa.select(c.theme_id, sa.func.max(c.day).label("day"))
        .where(c.day > day - dt.timedelta(days=SIGNAL_FRESH_DAYS))
        .group_by(c.theme_id)
        .subquery()
    )
    columns = [column for column in signals.columns if column.name != "evidence"]
    joined = signals.join(newest, sa.and_(c.theme_id == newest.c.theme_id, c.day == newest.c.day))
    rows = conn.execute(sa.select(*columns).select_from(joined)).mappings()
    return {row["theme_id"]: Signal(**{**row, "state": State(row["state"])}) for row in rows}


def _story_counts(conn: Connection, day: dt.date | None, theme_id: str | None = None) -> dict[str, int]:
    if day is None:
        return {}
    c = observations.c
    query = sa.select(c.theme_id, sa.func.sum(c.stories).label("stories")).where(
        c.day > day - dt.timedelta(days=COUNT_DAYS), c.day <= day
    )
    if theme_id is not None:
        query = query.where(c.theme_id == theme_id)
    return {row.theme_id: int(row.stories) for row in conn.execute(query.group_by(c.theme_id))}


def weekly_counts(conn: Connection, theme_ids: Sequence[str], weeks: Sequence[Week]) -> dict[str, dict[dt.date, int]]:
    """Stories of the weeks shown, by theme and Monday."""
    found: dict[str, dict[dt.date, int]] = {}
    if not weeks:
        return found
    c = observations.c
    for part in chunks(list(theme_ids)):
        query = (
            sa.select(c.theme_id, c.week, sa.func.sum(c.stories).label("stories"))
            .where(c.theme_id.in_(part), c.week >= weeks[0].start, c.day < weeks[-1].end)
            .group_by(c.theme_id, c.week)
        )
        for row in conn.execute(query):
            found.setdefault(row.theme_id, {})[row.week] = int(row.stories)
    return found


def _evidence(conn: Connection, wanted: Sequence[Signal]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    c = signals.c
    by_day = itertools.groupby(sorted(wanted, key=lambda signal: signal.day), key=lambda signal: signal.day)
    for day, group in by_day:
        for part in chunks([signal.theme_id for signal in group]):
            query = sa.select(c.theme_id, c.evidence).where(c.day == day, c.theme_id.in_(part))
            found.update({row.theme_id: dict(row.evidence or {}) for row in conn.execute(query)})
    return found


def _spans(conn: Connection, theme_id: str) -> tuple[StateSpan, ...]:
    c = signals.c
    rows = conn.execute(sa.select(c.day, c.state).where(c.theme_id == theme_id).order_by(c.day)).all()
    spans = []
    for state, group in itertools.groupby(rows, key=lambda row: row.state):
        days = [row.day for row in group]
        spans.append(StateSpan(State(state), days[0], days[-1]))
    return tuple(spans)
