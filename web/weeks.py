"""The weekly time axis: which weeks are shown, which of them were really collected, and a theme's series on it.

A week whose collection broke down is marked, so that silence of ours is never read as a theme fading.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.tables import coverage, observations

WEEK = dt.timedelta(days=7)
# Below this share of its usual level, a week's collection is taken as broken.
OUTAGE_SHARE = 0.30
USUAL_WEEKS = 8
MIN_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Week:
    """One ISO week of one series. ``partial``: it was not over on the last assessed day. ``low`` to ``high``: the 90 % band."""

    start: dt.date
    covered: bool = True
    partial: bool = False
    stories: int = 0
    expected: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def end(self) -> dt.date:
        return self.start + WEEK


def monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def axis(conn: Connection, day: dt.date | None, length: int) -> tuple[Week, ...]:
    """Up to ``length`` weeks ending with the one of ``day``, none much older than the first collection."""
    if day is None:
        return ()
    last = monday(day)
    first_seen = conn.scalar(sa.select(sa.func.min(coverage.c.day))) or conn.scalar(sa.select(sa.func.min(observations.c.day)))
    start = last - (length - 1) * WEEK
    if first_seen is not None:
        start = max(start, min(monday(first_seen), last - (MIN_WEEKS - 1) * WEEK))
    totals = _collected(conn, start - USUAL_WEEKS * WEEK, day)
    starts = [start + n * WEEK for n in range((last - start).days // 7 + 1)]
    broken = outages(starts, totals, day)
    return tuple(Week(s, covered=s not in broken, partial=s + WEEK > day + dt.timedelta(days=1)) for s in starts)


def outages(starts: Sequence[dt.date], totals: Mapping[dt.date, int], day: dt.date) -> set[dt.date]:
    """Weeks whose collection is under 30 % of the usual: the median of the eight sound weeks before (after, at the beginning).

    ``totals``: stories collected by week. Without any, nothing is known of the collection and no week is marked.
    """
    if not totals:
        return set()
    overall = statistics.median(totals.values())
    sound = [totals[week] for week in sorted(totals) if week < starts[0]]
    broken: set[dt.date] = set()
    for week in starts:
        elapsed = min(7, (day - week).days + 1)
        if elapsed < 3:  # two days say little of a week
            continue
        usual = statistics.median(sound[-USUAL_WEEKS:]) if len(sound) >= 3 else overall
        got = totals.get(week, 0)
        if got < OUTAGE_SHARE * usual * elapsed / 7 or got == 0:
            broken.add(week)
        elif elapsed == 7:
            sound.append(got)
    return broken


def filled(weeks: Sequence[Week], counts: Mapping[dt.date, int], evidence: Mapping[str, Any]) -> tuple[Week, ...]:
    """The axis with a theme's stories and, where its signal's evidence has them, the expected counts."""
    explained = {str(entry.get("week")): entry for entry in evidence.get("weekly") or () if isinstance(entry, Mapping)}
    series = []
    for week in weeks:
        entry = explained.get(week.start.isoformat(), {})
        expected = _count(entry.get("expected"))
        low, high = _count(entry.get("low")), _count(entry.get("high"))
        has_band = low is not None and high is not None and high > 0
        series.append(
            dataclasses.replace(
                week,
                stories=counts.get(week.start, 0),
                expected=expected,
                low=low if has_band else None,
                high=high if has_band else None,
                covered=week.covered and entry.get("covered", True) is not False,
            )
        )
    return tuple(series)


def _count(value: object) -> float | None:
    is_count = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return max(float(value), 0.0) if is_count else None  # type: ignore[arg-type]


def _collected(conn: Connection, start: dt.date, day: dt.date) -> dict[dt.date, int]:
    c = coverage.c
    query = sa.select(c.day, sa.func.sum(c.stories).label("stories")).where(c.day >= start, c.day <= day).group_by(c.day)
    totals: dict[dt.date, int] = {}
    for row in conn.execute(query):
        week = monday(row.day)
        totals[week] = totals.get(week, 0) + int(row.stories)
    return totals
