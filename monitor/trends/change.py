"""Sharp or gradual change of a theme's share, on weeks.

The expected count of a week is the constant share the theme would have of each source over the whole window (matched
sources again), so it does not follow the change it measures.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

import numpy as np

from monitor.trends.parameters import Parameters
from monitor.trends.series import ALL_STORIES, Series

LONGEST_WEEKS = 104
RECENT_WEEKS = 13
CLEAR = 11.0
_LEAST = 1.5
_BEFORE, _AFTER = 12, 3
_SHARP = (0, 2)
_GRADUAL = (8, 13, 26, 52)
_VARIANCE = 0.05
_GUARD_FACTOR = 2.5


@dataclass(frozen=True, slots=True)
class Change:
    """A change of level that began with the week of ``start``."""

    start: dt.date
    weeks_ago: int
    ratio: float
    """Rate after over rate before."""
    strength: float
    """Generalised likelihood ratio over dispersion: 11 or more in 1 % of series without a change."""
    sharpness: float | None
    """How much better the best sharp passage explains the weeks than the best gradual one; None when none could be tried."""
    weeks: int
    """Length of the passage; 0 is from one week to the next."""
    earliest: dt.date
    latest: dt.date
    """The weeks in which it may have begun: profile likelihood within 1.92 of the best, times the dispersion (95 %)."""

    @property
    def is_clear(self) -> bool:
        """A change of half as much again that one series in a hundred without a change would show."""
        return self.strength >= CLEAR and not 1 / _LEAST < self.ratio < _LEAST

    @property
    def is_sharp(self) -> bool:
        """Rather from one week to the next than gradual."""
        return self.sharpness is not None and self.sharpness >= 0

    @property
    def is_rupture(self) -> bool:
        """A clear, recent, sharp doubling or halving (``docs/momentum.md``)."""
        large = self.ratio >= 2 or self.ratio <= 0.5
        return self.is_sharp and self.strength >= CLEAR and self.weeks_ago <= RECENT_WEEKS and large


def weekly_shares(series: Series, subject: int, day: int, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Observed and constant-share expected stories of a subject in the full weeks that end with ``day``, oldest first."""
    observed, expected = weekly_by_source(series, subject, day, parameters)
    return observed.sum(axis=0), expected.sum(axis=0)


def weekly_by_source(series: Series, subject: int, day: int, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """The same by source, [sources, weeks]."""
    weeks = min(LONGEST_WEEKS, (day + 1) // 7)
    part = slice(day + 1 - 7 * weeks, day + 1)
    row, reference = int(series.subjects[subject]), int(series.references[subject])
    stories = series.dense(np.array([row]))[0][:, part]
    volume = series.volume if reference == ALL_STORIES else series.dense(np.array([reference]))[0]
    stories = np.minimum(stories, parameters.source_day_cap + 3.0 * stories.mean(axis=1, keepdims=True))
    observed = stories.reshape(len(stories), weeks, 7).sum(axis=2)
    exposure = volume[:, part].reshape(len(stories), weeks, 7).sum(axis=2)
    total = exposure.sum(axis=1, keepdims=True)
    share = np.where(total > 0, observed.sum(axis=1, keepdims=True) / np.maximum(total, 1e-9), 0.0)
    return observed, share * exposure


def find_change(observed: np.ndarray, expected: np.ndarray, last_day: dt.date) -> Change | None:
    """The best two-level model of the weeks with a linear passage, all starts and lengths tried (Poisson likelihood).

    Needs twelve weeks before and three after the change; None with fewer weeks or without any story.
    """
    weeks = len(observed)
    if weeks < _BEFORE + _AFTER or observed.sum() == 0:
        return None
    start, length, shape = _passages(weeks)
    x, m = np.r_[0.0, np.cumsum(observed)], np.r_[0.0, np.cumsum(expected)]
    end = start + length
    before_m, after_m = m[start], m[weeks] - m[end]
    before = (x[start] + 0.5) / (before_m + 0.5)
    after = (x[weeks] - x[end] + 0.5) / (after_m + 0.5)
    rate = before[:, None] + (after - before)[:, None] * shape
    fit = (observed * np.log(np.maximum(rate, 1e-9)) - rate * expected).sum(axis=1)
    level = (x[weeks] + 0.5) / (m[weeks] + 0.5)
    flat = x[weeks] * np.log(level) - level * m[weeks]
    best = int(fit.argmax())
    spread = 1.0 + _VARIANCE * min(before_m[best], after_m[best])
    gradual = fit[length > max(_SHARP)]
    sharpness = 2 * float(fit[length <= max(_SHARP)].max() - gradual.max()) / spread if len(gradual) else None
    profile = start[fit >= fit[best] - 1.92 * spread]
    return Change(
        start=_first_day(last_day, weeks, int(start[best])),
        weeks=int(length[best]),
        earliest=_first_day(last_day, weeks, int(profile.min())),
        latest=_first_day(last_day, weeks, int(profile.max())),
        weeks_ago=weeks - int(start[best]),
        ratio=float(after[best] / before[best]),
        strength=2 * float(fit[best] - flat) / spread,
        sharpness=sharpness,
    )


def is_broad(observed: np.ndarray, expected: np.ndarray, change: Change) -> bool:
    """Whether a change remains when the source that did most for it is left out; [sources, weeks] as in ``weekly_by_source``.

    What remains must still change by half as much again, with a strength that the factor of the guard asks for.
    """
    weeks = observed.shape[1]
    start = weeks - change.weeks_ago
    end = start + change.weeks
    before = (observed[:, :start].sum() + 0.5) / (expected[:, :start].sum() + 0.5)
    part = (observed[:, end:] - before * expected[:, end:]).sum(axis=1) * (1.0 if change.ratio > 1 else -1.0)
    rest = np.arange(len(observed)) != part.argmax()
    x, m = observed[rest].sum(axis=0), expected[rest].sum(axis=0)
    x1, m1, x2, m2 = x[:start].sum() + 0.5, m[:start].sum() + 0.5, x[end:].sum() + 0.5, m[end:].sum() + 0.5
    ratio = (x2 / m2) / (x1 / m1)
    level = (x1 + x2) / (m1 + m2)
    gain = x1 * np.log(x1 / m1 / level) + x2 * np.log(x2 / m2 / level)
    spread = 1.0 + _VARIANCE * min(m1, m2)
    same = ratio >= _LEAST if change.ratio > 1 else ratio <= 1 / _LEAST
    return bool(same and 2 * gain / spread >= CLEAR / _GUARD_FACTOR)


def is_below_usual(observed: np.ndarray, expected: np.ndarray) -> bool:
    """Whether the last eight weeks lie a third under the median of the four-week periods before them.

    Keeps the end of a burst from counting as a decline: the share fell, but to what it was before. Needs five such
    periods in all.
    """
    weeks = len(observed) - len(observed) % 4
    if weeks < 20:
        return False
    x = observed[-weeks:].reshape(-1, 4).sum(axis=1)
    m = expected[-weeks:].reshape(-1, 4).sum(axis=1)
    usual = float(np.median((x[:-2] + 0.5) / (m[:-2] + 0.5)))
    return bool((x[-2:].sum() + 0.5) / (m[-2:].sum() + 0.5) * 1.5 <= usual)


def _first_day(last_day: dt.date, weeks: int, week: int) -> dt.date:
    return last_day - dt.timedelta(days=7 * (weeks - week) - 1)


@cache
def _passages(weeks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All (start, length) of a passage that leave enough weeks on both sides, and how far it has come each week."""
    fitting = [length for length in _GRADUAL if _BEFORE + length + _AFTER <= weeks][-2:]
    pairs = [(start, length) for length in (*_SHARP, *fitting) for start in range(_BEFORE, weeks - _AFTER - length + 1)]
    start, length = np.array([s for s, _ in pairs]), np.array([n for _, n in pairs])
    week = np.arange(weeks)[None, :]
    passage = np.clip((week - start[:, None] + 0.5) / np.maximum(length, 1)[:, None], 0.0, 1.0)
    return start, length, np.where(length[:, None] > 0, passage, week >= start[:, None])
