"""A theme's long series: up to ten years by month or quarter, as a share of what its usual sources gave.

A share and not a count, since a collection that grew over the years would make every theme look as if it rose. A period in which
these sources gave next to nothing is a gap of ours, and marked.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.tables import coverage, observation_sources, observations
from storage.upsert import chunks

LONGEST_MONTHS = 120
BY_MONTH_UNTIL = 36
PER = 1000
"""Shares are told as stories by so many collected."""
OUTAGE_SHARE = 0.30
NEIGHBOURS = 4
PART = 100  # themes asked for at once


@dataclass(frozen=True, slots=True)
class Period:
    """A month or quarter. ``covered``: stories of any theme from the usual sources. ``partial``: it was not over."""

    start: dt.date
    months: int
    stories: int
    covered: int
    is_gap: bool = False
    partial: bool = False

    @property
    def rate(self) -> float | None:
        """Stories by thousand collected; None in a gap."""
        return None if self.is_gap or not self.covered else PER * self.stories / self.covered


def long_series(conn: Connection, theme_ids: Sequence[str], day: dt.date | None) -> dict[str, tuple[Period, ...]]:
    """The periods up to ``day`` of every theme that has any, oldest first. By month while there are at most 36."""
    if day is None:
        return {}
    found: dict[str, tuple[Period, ...]] = {}
    for part in chunks(list(theme_ids), PART):
        stories, covered = _stories(conn, part, day), _covered(conn, part, day)
        for theme_id in part:
            periods = _periods(stories.get(theme_id, {}), covered.get(theme_id, {}), day)
            if periods:
                found[theme_id] = periods
    return found


def _periods(stories: Mapping[str, int], covered: Mapping[str, int], day: dt.date) -> tuple[Period, ...]:
    known = sorted({*stories, *covered})
    if not known:
        return ()
    last = day.replace(day=1)
    first = max(dt.date.fromisoformat(f"{known[0]}-01"), _later(last, 1 - LONGEST_MONTHS))
    length = 1 if _months_between(first, last) < BY_MONTH_UNTIL else 3
    if length == 3:
        first = _later(first, -((first.month - 1) % 3))
    periods = []
    start = first
    while start <= last:
        inside = [_later(start, n).isoformat()[:7] for n in range(length)]
        end = _later(start, length)
        periods.append(
            Period(
                start=start,
                months=length,
                stories=sum(stories.get(month, 0) for month in inside),
                covered=sum(covered.get(month, 0) for month in inside),
                partial=end > day + dt.timedelta(days=1),
            )
        )
        start = end
    return tuple(_marked(periods))


def _marked(periods: Sequence[Period]) -> list[Period]:
    """Gaps: no coverage, or under 30 % of the median of the four periods on each side."""
    marked = []
    for n, period in enumerate(periods):
        around = [*periods[max(0, n - NEIGHBOURS) : n], *periods[n + 1 : n + 1 + NEIGHBOURS]]
        usual = statistics.median([p.covered for p in around if p.covered] or [0])
        # The last period may have only begun, the first may have begun late.
        is_low = not period.partial and n > 0 and period.covered < OUTAGE_SHARE * usual
        gap = period.covered == 0 or is_low
        marked.append(Period(period.start, period.months, period.stories, period.covered, gap, period.partial))
    return marked


def _stories(conn: Connection, theme_ids: Sequence[str], day: dt.date) -> dict[str, dict[str, int]]:
    c = observations.c
    month = _month_of(c.day)
    query = (
        sa.select(c.theme_id, month.label("month"), sa.func.sum(c.stories).label("stories"))
        .where(c.theme_id.in_(theme_ids), c.day <= day)
        .group_by(c.theme_id, month)
    )
    found: dict[str, dict[str, int]] = {}
    for row in conn.execute(query):
        found.setdefault(row.theme_id, {})[row.month] = int(row.stories)
    return found


def _covered(conn: Connection, theme_ids: Sequence[str], day: dt.date) -> dict[str, dict[str, int]]:
    s = observation_sources.c
    usual = sa.select(s.theme_id, s.kind, s.source_key).where(s.theme_id.in_(theme_ids)).distinct()
    sources_of: dict[str, list[tuple[str, str]]] = {}
    for row in conn.execute(usual):
        sources_of.setdefault(row.theme_id, []).append((row.source_key, row.kind))
    # Sources are counted once and added up here: themes share them, and a join would count each again for every theme.
    counts = _coverage(conn, sorted({key for keys in sources_of.values() for key, _ in keys}), day)
    found: dict[str, dict[str, int]] = {}
    for theme_id, keys in sources_of.items():
        months = found.setdefault(theme_id, {})
        for key in keys:
            for month, stories in counts.get(key, {}).items():
                months[month] = months.get(month, 0) + stories
    return found


def _coverage(conn: Connection, source_keys: Sequence[str], day: dt.date) -> dict[tuple[str, str], dict[str, int]]:
    """Stories collected by source key and kind, by month."""
    c = coverage.c
    month = _month_of(c.day)
    found: dict[tuple[str, str], dict[str, int]] = {}
    for part in chunks(source_keys):
        query = (
            sa.select(c.source_key, c.kind, month.label("month"), sa.func.sum(c.stories).label("stories"))
            .where(c.source_key.in_(part), c.day <= day)
            .group_by(c.source_key, c.kind, month)
        )
        for row in conn.execute(query):
            found.setdefault((row.source_key, row.kind), {})[row.month] = int(row.stories)
    return found


def _month_of(day: sa.Column[dt.date]) -> sa.ColumnElement[str]:
    """« 2026-03 », the same on both databases."""
    return sa.func.substr(sa.cast(day, sa.Text), 1, 7)


def _later(month: dt.date, months: int) -> dt.date:
    count = month.year * 12 + month.month - 1 + months
    return dt.date(count // 12, count % 12 + 1, 1)


def _months_between(first: dt.date, last: dt.date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
