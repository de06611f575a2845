"""A source's own rhythm, learned from the days its documents came on: how often, on which days of the week, and how many. Pure.

What is silent is judged by it: a monthly journal is not quiet after two weeks, a news site is.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import statistics
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from crawler.collectors.base import Entry

HISTORY_DAYS = 400
# Documents that come by chance leave ten usual (median) gaps empty once in a thousand; those that come regularly show it by
# their longest gap, three of which are enough.
QUIET_GAPS = 10
QUIET_LONGEST = 3
QUIET_LEAST_DAYS = 7
QUIET_UNKNOWN_DAYS = 21
"""Silence that is too long for a source whose rhythm is not known yet."""
_LEAST_ACTIVE_DAYS = 6
_WEEK = 7
_WEEKS_FOR_WEEKDAYS = 6
_REST_SHARE = 0.1
_SURE = 0.05
_EXPECTED_WEEKS = 8
_LEAST_EXPECTED_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The usual gap between two days with documents, and the longest one, both in days of ``weekdays`` (Monday is 0)."""

    gap_days: float
    longest_days: int
    weekdays: frozenset[int]

    @property
    def patience_days(self) -> int:
        """Days of silence, of those it publishes on, after which the source is quiet."""
        unlikely = min(QUIET_GAPS * self.gap_days, QUIET_LONGEST * self.longest_days)
        return math.ceil(max(unlikely, 1.5 * self.longest_days, QUIET_LEAST_DAYS * len(self.weekdays) / _WEEK))

    def __str__(self) -> str:
        """``1 day, Mon-Fri`` in figures: ``1/5`` is a day between documents, five days of the week."""
        return f"{self.gap_days:g}/{len(self.weekdays)}"


def learn(days: Collection[dt.date]) -> Rhythm | None:
    """The rhythm in the days that had documents; None while there are too few to tell."""
    active = sorted(set(days))
    if len(active) < _LEAST_ACTIVE_DAYS or (active[-1] - active[0]).days < 2 * _WEEK:
        return None
    weekdays = _weekdays(active)
    gaps = [_between(earlier, later, weekdays) for earlier, later in itertools.pairwise(active)]
    return Rhythm(max(statistics.median(gaps), 1.0), max(gaps), weekdays)


def quiet_since(rhythm: Rhythm | None, newest: dt.date | None, today: dt.date) -> dt.date | None:
    """The day of the newest document, when the silence since is too long for this source; else None."""
    if newest is None or newest >= today:
        return None
    if rhythm is None:
        return newest if (today - newest).days > QUIET_UNKNOWN_DAYS else None
    return newest if _between(newest, today, rhythm.weekdays) > rhythm.patience_days else None


def shown_silence(entries: Collection[Entry], today: dt.date) -> dt.date | None:
    """The same for a source of which only the entries just read are known."""
    days = {entry.published_on for entry in entries if entry.published_on and entry.published_on <= today}
    return quiet_since(learn(days), max(days, default=None), today)


def newest_day(days: Collection[dt.date], entries: Collection[Entry], today: dt.date) -> dt.date | None:
    """The newest day among documents stored and entries just read; dates in the future say nothing."""
    read = (entry.published_on for entry in entries if entry.published_on)
    return max((day for day in (*days, *read) if day <= today), default=None)


def rests_on(rhythm: Rhythm | None, day: dt.date) -> bool:
    """Whether the source usually brings nothing on that day of the week."""
    return rhythm is not None and day.weekday() not in rhythm.weekdays


def expected(counts: Mapping[dt.date, int], day: dt.date, since: dt.date) -> float | None:
    """Documents a source usually brings on such a day: the median of eight such weekdays before, as far as ``since``.

    None with less than four of them: a weekend would look like a failure.
    """
    same = [day - dt.timedelta(weeks=week) for week in range(1, _EXPECTED_WEEKS + 1)]
    known = [counts.get(one, 0) for one in same if one >= since]
    return float(statistics.median(known)) if len(known) >= _LEAST_EXPECTED_WEEKS else None


def is_gap(documents: int, usual: float | None, *, was_read: bool) -> bool:
    """Whether a day without documents is missing coverage. A day that was read is one only if chance would not leave it empty."""
    if documents:
        return False
    if was_read:
        return usual is not None and math.exp(-usual) < _SURE
    return usual is None or usual >= 1


def _weekdays(active: list[dt.date]) -> frozenset[int]:
    """The days of the week it publishes on: all seven until some weeks are known."""
    weeks = ((active[-1] - active[0]).days + 1) / _WEEK
    if weeks < _WEEKS_FOR_WEEKDAYS:
        return frozenset(range(_WEEK))
    counts = [0] * _WEEK
    for day in active:
        counts[day.weekday()] += 1
    most = max(counts)
    # Only a source that publishes most weeks on its days says something by leaving out the others.
    if most < weeks / 2:
        return frozenset(range(_WEEK))
    found = frozenset(day for day, count in enumerate(counts) if count > _REST_SHARE * most)
    return found if len(found) > 2 else frozenset(range(_WEEK))  # a weekly paper may come on another day


def _between(earlier: dt.date, later: dt.date, weekdays: frozenset[int]) -> int:
    """Days after ``earlier`` up to ``later`` that lie on ``weekdays``."""
    span = (later - earlier).days
    whole, rest = divmod(span, _WEEK)
    start = earlier.weekday()
    return whole * len(weekdays) + sum((start + step) % _WEEK in weekdays for step in range(1, rest + 1))
