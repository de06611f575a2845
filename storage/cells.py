"""Brings the counts (observations, their sources, coverage) in line with the counted stories, for the cells that were touched.

Counts are read from the stories anew, never added up, and a row is written only where it differs. Earliest changed days are
kept by series for whoever scores them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.model import Kind
from storage.stories import CountedStory
from storage.tables import coverage, observation_sources, observations, series_changes, stories, story_themes
from storage.upsert import chunks, upsert

COVERAGE = "coverage"

# A theme touched on more days than this is read by itself; days touched by many themes are read once for all of them.
_LONG = 31
_DAYS_AT_ONCE = 16
_THEMES_AT_ONCE = 20
_KEYS_AT_ONCE = 400

# Columns that are written, the primary key first.
_OBSERVED = ("theme_id", "kind", "day", "stories", "sources", "documents", "eur")
_BY_SOURCE = ("theme_id", "kind", "day", "source_key", "stories")
_COVERED = ("source_key", "kind", "day", "stories")

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """Days to count again by theme and by source key, and the earliest day that changed by domain."""

    themes: dict[str, set[dt.date]] = field(default_factory=lambda: defaultdict(set))
    sources: dict[str, set[dt.date]] = field(default_factory=lambda: defaultdict(set))
    domains: dict[str, dt.date] = field(default_factory=dict)

    def replace(self, old: CountedStory | None, new: CountedStory | None) -> None:
        """Notes what changes when a story that was counted as ``old`` is counted as ``new``."""
        standing, coming = [set(story.themes) if story else set() for story in (old, new)]
        themes = standing | coming if _weight(old) != _weight(new) else standing ^ coming
        spoken, speaking = [set(story.domains) if story else set() for story in (old, new)]
        moved = _place(old) != _place(new)
        domains = spoken | speaking if moved else spoken ^ speaking
        for story, had, named in ((old, standing, spoken), (new, coming, speaking)):
            if story is None:
                continue
            for theme in themes & had:
                self.themes[theme].add(story.day)
            for domain in domains & named:
                self.domains[domain] = min(story.day, self.domains.get(domain, story.day))
            if moved:
                self.sources[story.source_key].add(story.day)


def recount(conn: Connection, touched: Touched) -> int:
    """Counts the touched cells again and notes the earliest day of each series that changed. Returns how many rows changed."""
    work = _Work(conn)
    long = sorted(theme for theme, days in touched.themes.items() if len(days) > _LONG)
    for part in chunks(long, _THEMES_AT_ONCE):
        work.themes(part, None)
    short = {theme: days for theme, days in touched.themes.items() if len(days) <= _LONG}
    for days in chunks(sorted(set().union(*short.values())), _DAYS_AT_ONCE):
        work.themes(sorted(theme for theme, own in short.items() if not own.isdisjoint(days)), days)
    for days in chunks(sorted(set().union(*touched.sources.values())), _DAYS_AT_ONCE):
        work.coverage(sorted(key for key, own in touched.sources.items() if not own.isdisjoint(days)), days)
    for domain, day in touched.domains.items():
        work.note(f"domain {domain}", day)
    note_changes(conn, work.earliest)
    return work.changed


def lock(conn: Connection) -> None:
    """Keeps others from counting until the transaction ends: two who count the same cell would not see each other's stories."""
    if conn.dialect.name == "postgresql":  # a write transaction of SQLite is alone anyway
        conn.execute(sa.text("LOCK TABLE stories IN SHARE ROW EXCLUSIVE MODE"))


def clear(conn: Connection) -> None:
    """Forgets all counts."""
    for table in (observations, observation_sources, coverage):
        conn.execute(table.delete())


def note_changes(conn: Connection, earliest: Mapping[str, dt.date]) -> None:
    """Keeps the earliest day of each of these series, unless an earlier one stands."""
    names = sorted(earliest)
    for part in chunks(names):
        query = sa.select(series_changes.c.series, series_changes.c.day).where(series_changes.c.series.in_(part))
        standing = {row.series: row.day for row in conn.execute(query)}
        rows = [{"series": name, "day": earliest[name]} for name in part if earliest[name] < standing.get(name, dt.date.max)]
        upsert(conn, series_changes, rows, update=("day",))


class _Work:
    """One recount."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.changed = 0
        self.earliest: dict[str, dt.date] = {}

    def note(self, series: str, day: dt.date) -> None:
        self.earliest[series] = min(day, self.earliest.get(series, day))

    def themes(self, theme_ids: Sequence[str], days: Sequence[dt.date] | None) -> None:
        """Counts these themes on these days; without days, on all of theirs."""
        belonging = story_themes.join(stories, stories.c.id == story_themes.c.story_id)
        wanted = stories.c.day.in_(days) if days is not None else story_themes.c.theme_id.in_(theme_ids)
        keys = (story_themes.c.theme_id, stories.c.kind, stories.c.day)
        numbers = (
            sa.func.count(),
            sa.func.count(stories.c.voice.distinct()),
            sa.func.sum(stories.c.documents),
            sa.func.sum(stories.c.eur),
        )
        kept = frozenset(theme_ids)

        def rows(columns: Iterable[Any], by: Sequence[Any]) -> set[Row]:
            query = sa.select(*columns).select_from(belonging).where(wanted).group_by(*by)
            return {tuple(row) for row in self.conn.execute(query) if row[0] in kept}

        counts = rows((*keys, *numbers), keys)
        for key in self._synchronise(observations, _OBSERVED, counts, theme_ids, days, unscored=("sources", "eur")):
            self.note(key[0], key[2])
        by_source = (*keys, stories.c.source_key)
        for key in self._synchronise(
            observation_sources, _BY_SOURCE, rows((*by_source, sa.func.count()), by_source), theme_ids, days
        ):
            self.note(key[0], key[2])

    def coverage(self, source_keys: Sequence[str], days: Sequence[dt.date]) -> None:
        """Counts the stories of these source keys on these days."""
        keys = (stories.c.source_key, stories.c.kind, stories.c.day)
        query = sa.select(*keys, sa.func.count()).where(stories.c.day.in_(days)).group_by(*keys)
        kept = frozenset(source_keys)
        wanted = {tuple(row) for row in self.conn.execute(query) if row[0] in kept}
        for key in self._synchronise(coverage, _COVERED, wanted, source_keys, days):
            self.note(COVERAGE, key[2])

    def _synchronise(
        self,
        table: sa.Table,
        names: tuple[str, ...],
        wanted: set[Row],
        keys: Sequence[str],
        days: Sequence[dt.date] | None,
        unscored: Collection[str] = (),
    ) -> set[Row]:
        """Makes the table hold ``wanted`` for these keys (its first column) and days.

        Returns the primary keys of the rows that changed in more than the ``unscored`` columns.
        """
        columns = [table.c[name] for name in names]
        standing: set[Row] = set()
        for part in chunks(keys, _KEYS_AT_ONCE):
            query = sa.select(*columns).where(columns[0].in_(part))
            if days is not None:
                # All of the primary key is named: the index answers, however long the table.
                query = query.where(table.c.kind.in_(list(Kind)), table.c.day.in_(days))
            standing.update(tuple(row) for row in self.conn.execute(query))
        fresh, stale = wanted - standing, standing - wanted
        width = len(table.primary_key.columns)
        gone = sorted({row[:width] for row in stale} - {row[:width] for row in fresh})
        if gone:
            match = sa.and_(*(column == sa.bindparam(f"old_{column.name}") for column in columns[:width]))
            old = [f"old_{name}" for name in names[:width]]
            self.conn.execute(table.delete().where(match), [dict(zip(old, key, strict=True)) for key in gone])
        rows = [dict(zip(names, row, strict=True)) for row in sorted(fresh, key=lambda row: row[:width])]
        if "week" in table.c:
            rows = [row | {"week": row["day"] - dt.timedelta(days=row["day"].weekday())} for row in rows]
        upsert(self.conn, table, rows, update=None)
        self.changed += len(fresh) + len(gone)
        scored = [place for place, name in enumerate(names) if name not in unscored]
        before, after = ({tuple(row[place] for place in scored) for row in part} for part in (stale, fresh))
        return {row[:width] for row in before ^ after}


def _place(story: CountedStory | None) -> Row | None:
    """Where a story is counted in the series that are scored."""
    return (story.source_key, story.kind, story.day) if story else None


def _weight(story: CountedStory | None) -> Row | None:
    """All that its themes' counts depend on."""
    return (*(_place(story) or ()), story.voice, story.documents, story.eur) if story else None
