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

LONGEST_WEEKS = 104
RECENT_WEEKS = 17
CLEAR = 16.0
"""Strength that one series in a hundred without a change reaches (104 weeks, 0.1 to 3 stories a day)."""
PLAIN = 9.0
"""Strength that is enough to date and describe a movement which the score has already proven."""
_LEAST = 1.5
_BEFORE, _AFTER = 12, 3
_SHARP = (0, 2)
_GRADUAL = (8, 13, 26, 52)
_WOBBLE = 0.0625
"""Variance of the logarithm of a theme's rate around its level, where its own weeks do not say."""
_WOBBLE_WEIGHT = 280.0
_FORGETS = 20.0
"""Days in which the wobble forgets."""
_MONTHLY = 0.66
"""Share of the wobble's variance that four-week means keep."""
_WEEKLY = 0.03
_PROFILE = 1.92
_LONG_AGO = 26
_LEAN = 0.6
"""Before the weeks speak, a sharp passage is held somewhat likelier than a gradual one (odds of 1.35)."""
_GUARD_FACTOR = 2.5


@dataclass(frozen=True, slots=True)
class Change:
    """A change of level that began with the week of ``start``."""

    start: dt.date
    weeks_ago: int
    ratio: float
    """Rate after over rate before."""
    strength: float
    """Generalised likelihood ratio over dispersion: 16 or more in one of a hundred series without a change."""
    sharpness: float | None
    """How much better a passage of two weeks or less explains them than a gradual one; None when none could be tried."""
    weeks: int
    """Length of the passage; 0 is from one week to the next."""
    going_on: float | None
    """How much better a long passage that still goes on explains the weeks than one that ended half a year ago or more."""
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
    def is_past(self) -> bool:
        """A clear change that is over: the theme stands at a new level."""
        return self.is_clear and self.going_on is not None and self.going_on < 0

    @property
    def is_rupture(self) -> bool:
        """A recent, sharp doubling or halving, provided that the score proves the movement (``docs/momentum.md``)."""
        large = self.ratio >= 2 or self.ratio <= 0.5
        return self.is_sharp and self.strength >= PLAIN and self.weeks_ago <= RECENT_WEEKS and large


def weekly_by_source(stories: np.ndarray, volume: np.ndarray, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Observed and constant-share expected stories by source and week, [sources, weeks], oldest first.

    ``stories`` and ``volume`` are [sources, days] of whole weeks: a subject's stories, and all those collected.
    """
    weeks = min(LONGEST_WEEKS, stories.shape[1] // 7)
    part = slice(stories.shape[1] - 7 * weeks, stories.shape[1])
    stories, volume = stories[:, part], volume[:, part]
    stories = np.minimum(stories, parameters.source_day_cap + 3.0 * stories.mean(axis=1, keepdims=True))
    observed = stories.reshape(len(stories), weeks, 7).sum(axis=2)
    exposure = volume.reshape(len(stories), weeks, 7).sum(axis=2)
    total = exposure.sum(axis=1, keepdims=True)
    share = np.where(total > 0, observed.sum(axis=1, keepdims=True) / np.maximum(total, 1e-9), 0.0)
    return observed, share * exposure


def find_change(observed: np.ndarray, expected: np.ndarray, last_day: dt.date) -> Change | None:
    """The best two-level model of the weeks with a linear passage, all starts and lengths tried.

    Weeks are compared by generalised least squares: Poisson noise plus a relative wobble of the rate that forgets in 20 days, as
    large as the weeks themselves show. Weeks where nothing is expected are left out. Needs twelve weeks before and three
    after the change; None with fewer weeks or without any story.
    """
    known = np.flatnonzero(np.isfinite(observed) & np.isfinite(expected) & (expected > 0))
    x, m = np.asarray(observed, np.float64)[known], np.asarray(expected, np.float64)[known]
    weeks = len(known)
    if weeks < _BEFORE + _AFTER or x.sum() == 0:
        return None
    start, length, shape = _passages(weeks)
    lines = _lines(weeks)
    usual = m * _likely_rate(x, m, start, length, shape)
    fit, flat, before, after = _least_squares(x, m, usual, np.concatenate([shape, lines]))
    fit, line_fit = fit[: len(start)], fit[len(start) :]
    best = int(fit.argmax())
    near = start[fit >= fit[best] - _PROFILE]
    least = 0.5 / m.sum()
    return Change(
        start=_first_day(last_day, len(observed), int(known[start[best]])),
        weeks_ago=len(observed) - int(known[start[best]]),
        ratio=float(max(after[best], least) / max(before[best], least)),
        strength=max(0.0, 2 * float(fit[best] - flat)),
        sharpness=_sharpness(fit, length),
        weeks=int(length[best]),
        going_on=_going_on(fit, line_fit, start + length, weeks),
        earliest=_first_day(last_day, len(observed), int(known[near.min()])),
        latest=_first_day(last_day, len(observed), int(known[near.max()])),
    )


def _sharpness(fit: np.ndarray, length: np.ndarray) -> float | None:
    """Twice the log odds of a sharp passage: likelihoods averaged over the starts of each length, then over the lengths."""
    lengths = np.unique(length)
    mean = np.array([_mean_likelihood(fit[length == weeks]) for weeks in lengths])
    sharp = lengths <= max(_SHARP)
    if sharp.all():
        return None
    return 2 * (_mean_likelihood(mean[sharp]) - _mean_likelihood(mean[~sharp])) + _LEAN


def _mean_likelihood(fit: np.ndarray) -> float:
    """Logarithm of the mean of likelihoods given as logarithms."""
    best = float(fit.max())
    return best + float(np.log(np.exp(fit - best).mean()))


def _going_on(fit: np.ndarray, line_fit: np.ndarray, end: np.ndarray, weeks: int) -> float | None:
    """Twice the log odds of the lines against the passages that ended long ago; None where none could have."""
    over = end <= weeks - _LONG_AGO
    if not over.any() or not len(line_fit):
        return None
    return 2 * (_mean_likelihood(line_fit) - _mean_likelihood(fit[over]))


def _likely_rate(x: np.ndarray, m: np.ndarray, start: np.ndarray, length: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """The rate of each week, averaged over the finished passages by their Poisson likelihood: it favours none of them."""
    done = shape[:, -_AFTER] == 1.0
    first, last = start[done], (start + length)[done]
    sum_x, sum_m = np.r_[0.0, np.cumsum(x)], np.r_[0.0, np.cumsum(m)]
    before = (sum_x[first] + 0.5) / (sum_m[first] + 0.5)
    after = (sum_x[-1] - sum_x[last] + 0.5) / (sum_m[-1] - sum_m[last] + 0.5)
    rate = before[:, None] + (after - before)[:, None] * shape[done]
    fit = np.log(np.maximum(rate, 1e-9)) @ x - rate @ m
    weight = np.exp((fit - fit.max()) / (1.0 + _WOBBLE * 2 * _FORGETS / 7 * float(x.mean())))
    return np.asarray(weight @ rate / weight.sum())


def _least_squares(
    x: np.ndarray, m: np.ndarray, usual: np.ndarray, shape: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
    """Log-likelihood of each passage and of a constant rate, up to one constant; the rates before it and in the last week."""
    week = np.arange(len(x))
    alike = np.exp(-7 / _FORGETS * np.abs(week[:, None] - week[None, :]))
    noise = np.diag(usual + _WEEKLY * usual**2) + _wobble(x, usual) * np.outer(usual, usual) * alike
    precision = np.linalg.inv(noise)
    low, high = (1.0 - shape) * m, shape * m
    q_low, q_high = low @ precision, high @ precision
    ll, hh, lh = (q_low * low).sum(axis=1), (q_high * high).sum(axis=1), (q_low * high).sum(axis=1)
    xl, xh = q_low @ x, q_high @ x
    determinant = np.maximum(ll * hh - lh**2, 1e-12)
    before, after = (hh * xl - lh * xh) / determinant, (ll * xh - lh * xl) / determinant
    q = precision @ m
    flat = float(0.5 * (q @ x) ** 2 / (q @ m))
    return 0.5 * (before * xl + after * xh), flat, before, before + (after - before) * shape[:, -1]


def _wobble(x: np.ndarray, usual: np.ndarray) -> float:
    """Relative variance of the rate, from four-week sums, drawn to ``_WOBBLE`` where there are few stories."""
    weeks = len(x) - len(x) % 4
    x, usual = x[-weeks:].reshape(-1, 4).sum(axis=1), usual[-weeks:].reshape(-1, 4).sum(axis=1)
    usual = np.maximum(usual, 0.1)
    excess = ((x - usual) ** 2 - usual) / usual**2 / _MONTHLY
    weight = usual**2 / (2 * (1 + _WOBBLE * _MONTHLY * usual) ** 2)
    drawn = (float(weight @ excess) + _WOBBLE_WEIGHT * _WOBBLE) / (float(weight.sum()) + _WOBBLE_WEIGHT)
    return float(np.clip(drawn, 0.01, 2.0))


def is_broad(observed: np.ndarray, expected: np.ndarray, change: Change) -> bool:
    """Whether a change remains when the source that did most for it is left out; [sources, weeks] as in ``weekly_by_source``.

    What remains must still change by half as much again, with a strength that the factor of the guard asks for.
    """
    weeks = observed.shape[1]
    start = weeks - change.weeks_ago
    end = min(start + change.weeks, weeks - _AFTER)
    before = (observed[:, :start].sum() + 0.5) / (expected[:, :start].sum() + 0.5)
    part = (observed[:, end:] - before * expected[:, end:]).sum(axis=1) * (1.0 if change.ratio > 1 else -1.0)
    rest = np.arange(len(observed)) != part.argmax()
    x, m = observed[rest].sum(axis=0), expected[rest].sum(axis=0)
    x1, m1, x2, m2 = x[:start].sum() + 0.5, m[:start].sum() + 0.5, x[end:].sum() + 0.5, m[end:].sum() + 0.5
    ratio = (x2 / m2) / (x1 / m1)
    level = (x1 + x2) / (m1 + m2)
    gain = x1 * np.log(x1 / m1 / level) + x2 * np.log(x2 / m2 / level)
    spread = 1.0 + 2 * _FORGETS / 7 * _WOBBLE * float(x.mean())
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
    """All (start, length) of a passage that leave enough weeks before it, and how far it has come each week.

    A gradual one may still go on at the end: else a slow rise seen early could only be taken for a sharp one.
    """
    pairs = [(start, length) for length in (*_SHARP, *_GRADUAL) for start in range(_BEFORE, weeks - _AFTER + 1)]
    pairs = [(start, length) for start, length in pairs if length > max(_SHARP) or start + length <= weeks - _AFTER]
    start, length = np.array([s for s, _ in pairs]), np.array([n for _, n in pairs])
    week = np.arange(weeks)[None, :]
    passage = np.clip((week - start[:, None] + 0.5) / np.maximum(length, 1)[:, None], 0.0, 1.0)
    return start, length, np.where(length[:, None] > 0, passage, week >= start[:, None])


@cache
def _lines(weeks: int) -> np.ndarray:
    """Rises that began half a year ago or more, the earliest before the weeks, and still go on at the end."""
    starts = np.arange(-_BEFORE, weeks - _LONG_AGO, 2)
    week = np.arange(weeks)[None, :]
    return np.asarray(np.clip((week - starts[:, None] + 0.5) / (weeks - starts[:, None]), 0.0, 1.0))
