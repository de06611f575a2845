"""Counts by theme, kind and day; the collection's coverage beside them; and the signals drawn from both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.model import Observation, Signal
from storage.rows import from_rows, to_row
from storage.tables import (
    coverage,
    observation_sources,
    observations,
    series_changes,
    signals,
    stories,
    story_domains,
    story_themes,
)
from storage.upsert import chunks, upsert


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


def counts_of(
    conn: Connection, theme_ids: Sequence[str], start: dt.date, end: dt.date
) -> list[tuple[str, str, str, dt.date, int]]:
    """The same of these themes only."""
    c = observation_sources.c
    found: list[tuple[str, str, str, dt.date, int]] = []
    for part in chunks(list(theme_ids)):
        query = sa.select(c.theme_id, c.source_key, c.kind, c.day, c.stories)
        query = query.where(c.theme_id.in_(part), c.day >= start, c.day < end)
        found.extend(tuple(row) for row in conn.execute(query.order_by(c.theme_id, c.source_key, c.kind, c.day)))
    return found


def copies_between(
    conn: Connection, start: dt.date, end: dt.date, theme_ids: Sequence[str] | None = None
) -> list[tuple[str, str, dt.date, int]]:
    """Documents that are copies of the stories of the days [start, end): theme, kind, day, copies; of all themes or of these."""
    c = observations.c
    query = sa.select(c.theme_id, c.kind, c.day, c.documents - c.stories)
    query = query.where(c.day >= start, c.day < end, c.documents > c.stories).order_by(c.theme_id, c.kind, c.day)
    if theme_ids is None:
        return [tuple(row) for row in conn.execute(query)]
    parts = chunks(list(theme_ids))
    return [tuple(row) for part in parts for row in conn.execute(query.where(c.theme_id.in_(part)))]


def euros_between(conn: Connection, start: dt.date, end: dt.date) -> dict[str, float]:
    """Euros announced in the stories of the days [start, end), by theme; themes without any are left out."""
    c = observations.c
    query = sa.select(c.theme_id, sa.func.sum(c.eur)).where(c.day >= start, c.day < end, c.eur.is_not(None))
    return {theme_id: float(eur) for theme_id, eur in conn.execute(query.group_by(c.theme_id)) if eur}


def by_kind_between(conn: Connection, theme_ids: Sequence[str], start: dt.date, end: dt.date) -> dict[str, dict[str, int]]:
    """Stories of these themes in the days [start, end), by theme and kind."""
    c = observations.c
    found: dict[str, dict[str, int]] = {}
    for part in chunks(list(theme_ids)):
        query = sa.select(c.theme_id, c.kind, sa.func.sum(c.stories))
        query = query.where(c.theme_id.in_(part), c.day >= start, c.day < end).group_by(c.theme_id, c.kind)
        for theme_id, kind, stories_of_kind in conn.execute(query):
            found.setdefault(theme_id, {})[kind] = int(stories_of_kind)
    return found


def volume_by_kind(conn: Connection, start: dt.date, end: dt.date) -> dict[str, int]:
    """All stories collected in the days [start, end), by kind."""
    c = coverage.c
    query = sa.select(c.kind, sa.func.sum(c.stories)).where(c.day >= start, c.day < end).group_by(c.kind)
    return {kind: int(total) for kind, total in conn.execute(query)}


def domains_of(conn: Connection, theme_ids: Sequence[str], start: dt.date, end: dt.date) -> dict[str, dict[str, int]]:
    """Stories of these themes in the days [start, end), by theme and application domain."""
    found: dict[str, dict[str, int]] = {}
    joined = story_themes.join(stories, stories.c.id == story_themes.c.story_id).join(
        story_domains, story_domains.c.story_id == stories.c.id
    )
    for part in chunks(list(theme_ids)):
        query = sa.select(story_themes.c.theme_id, story_domains.c.domain, sa.func.count()).select_from(joined)
        query = query.where(story_themes.c.theme_id.in_(part), stories.c.day >= start, stories.c.day < end)
        for theme_id, domain, count in conn.execute(query.group_by(story_themes.c.theme_id, story_domains.c.domain)):
            found.setdefault(theme_id, {})[domain] = int(count)
    return found


def domain_counts_between(conn: Connection, start: dt.date, end: dt.date) -> list[tuple[str, str, str, dt.date, int]]:
    """Stories of the days [start, end) by application domain: domain, source_key, kind, day, stories."""
    c = stories.c
    keys = (story_domains.c.domain, c.source_key, c.kind, c.day)
    query = sa.select(*keys, sa.func.count()).join(stories, c.id == story_domains.c.story_id).where(c.day >= start, c.day < end)
    return [tuple(row) for row in conn.execute(query.group_by(*keys).order_by(*keys))]


def take_changes(conn: Connection) -> dict[str, dt.date]:
    """Series counted anew since the changes were last cleared → the earliest day: a theme's id, ``domain ID``, ``coverage``.

    A change is one of the stories by source or of their copies, which scores rest on. Euros that come later are none.
    """
    return {row.series: row.day for row in conn.execute(sa.select(series_changes))}


def clear_changes(conn: Connection, taken: Mapping[str, dt.date] | None = None) -> None:
    """Forgets changes: all of them, or those of ``taken`` for which no earlier day was noted since."""
    if taken is None:
        conn.execute(series_changes.delete())
    elif taken:
        match = sa.and_(series_changes.c.series == sa.bindparam("old_series"), series_changes.c.day == sa.bindparam("old_day"))
        conn.execute(
            series_changes.delete().where(match), [{"old_series": k, "old_day": day} for k, day in sorted(taken.items())]
        )
