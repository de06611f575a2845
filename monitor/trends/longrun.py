"""Where a theme goes over years: trend tests on four-week shares and growth over half a year and two years.

Mann (1945), Kendall (1975) and Sen (1968) need no law of the counts; the growth is a log-linear Poisson regression with
dispersion. All subjects at once, arrays in, arrays out. Too little history gives NaN, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LONGEST_WEEKS = 520
SPANS_MONTHS: tuple[int, ...] = (12, 18, 24)
WHOLE = len(SPANS_MONTHS)
"""Place, in the last axis of ``LongRun.z``, of the whole known span."""
FEWEST_STORIES = 30
FEWEST_WEEKS = 26
STEEP = 0.15
"""Relative slope a year from which a rise or a fall is worth saying."""
_PERIOD = 4
_PERIODS_A_YEAR = 13.0
_MOST_PERIODS = 65
_SHORT, _LONG = 26, 104
_ROUNDS = 8
_MEMORY = 0.2
"""Lag-one correlation of four-week shares that is taken for granted, with the weight of ``_MEMORY_WEIGHT`` periods."""
_MEMORY_WEIGHT = 26.0
_LONG_RUN = 2.0
"""A rate that forgets in about three weeks varies twice as much over long spans as four-week sums show."""


@dataclass(frozen=True, slots=True)
class Run:
    """One subject of a ``LongRun``. A number that could not be computed is None."""

    weeks: int
    stories: float
    z: tuple[float | None, ...]
    slope: tuple[float | None, ...]
    g26: float | None
    g26_error: float | None
    g104: float | None
    g104_error: float | None

    def rise(self, needed_z: float, months: int = 12) -> int | None:
        """Over how many months (12, 18, 24; 0 is the whole span) a rise of 15 % a year or more is proven; None where none is."""
        return self._proven(1.0, needed_z, months)

    def fall(self, needed_z: float, months: int = 12) -> int | None:
        """The same for a fall."""
        return self._proven(-1.0, needed_z, months)

    def still(self, sign: float) -> bool:
        """Whether the last half year does not speak against a movement in this direction."""
        return self.g26 is None or self.g26_error is None or sign * self.g26 > -1.645 * self.g26_error

    def _proven(self, sign: float, needed_z: float, months: int) -> int | None:
        for span, z, slope in zip((*SPANS_MONTHS, 0), self.z, self.slope, strict=True):
            # Over the whole span, an old step would do: the last two years must go the same way.
            counts = self._goes_on(sign) and self.weeks >= months / 12 * 52 if span == 0 else span >= months
            if counts and z is not None and slope is not None and sign * z >= needed_z and sign * slope >= STEEP:
                return span
        return None

    def _goes_on(self, sign: float) -> bool:
        return self.g104 is not None and self.g104_error is not None and sign * self.g104 > 1.645 * self.g104_error


@dataclass(frozen=True, slots=True, eq=False)
class LongRun:
    """By subject; the last axis of ``z`` and ``slope`` is 12, 18, 24 months and the whole span. NaN: not enough data."""

    weeks: np.ndarray
    """Usable weeks: those with coverage."""
    stories: np.ndarray
    """Stories observed in them."""
    z: np.ndarray
    """Mann-Kendall statistic of the four-week shares, corrected for ties and for the memory of the rate."""
    slope: np.ndarray
    """Sen slope a year, relative to the mean share of the span: .15 is fifteen per cent a year."""
    g26: np.ndarray
    """Logarithmic growth a year over the last 26 weeks; ``exp(g) - 1`` is the yearly rate."""
    g26_error: np.ndarray
    g104: np.ndarray
    g104_error: np.ndarray

    def of(self, subject: int) -> Run:
        """The numbers of one subject."""
        return Run(
            weeks=int(self.weeks[subject]),
            stories=float(self.stories[subject]),
            z=tuple(_known(value) for value in self.z[subject]),
            slope=tuple(_known(value) for value in self.slope[subject]),
            g26=_known(self.g26[subject]),
            g26_error=_known(self.g26_error[subject]),
            g104=_known(self.g104[subject]),
            g104_error=_known(self.g104_error[subject]),
        )


def longrun(observed: np.ndarray, expected: np.ndarray) -> LongRun:
    """The long run of [subjects, weeks] stories observed, and expected under a constant share, oldest week first.

    A week without coverage is NaN or has nothing expected. Weeks before the last ten years are ignored. Growth needs 30
    stories and 26 usable weeks (52 for ``g104``); a trend test needs its span to be covered.
    """
    observed = np.asarray(observed, np.float64)[:, -LONGEST_WEEKS:]
    expected = np.asarray(expected, np.float64)[:, -LONGEST_WEEKS:]
    usable = np.isfinite(observed) & np.isfinite(expected) & (expected > 0)
    x, m = np.where(usable, observed, 0.0), np.where(usable, expected, 0.0)
    stories = x.sum(axis=1)
    z, slope = _trends(x, m)
    long, long_error, wobble = _growth(x, m, _LONG, 2 * FEWEST_WEEKS)
    short, short_error, _ = _growth(x, m, _SHORT, _SHORT, wobble)
    return LongRun(usable.sum(axis=1), stories, z, slope, short, short_error, long, long_error)


def _trends(x: np.ndarray, m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mann-Kendall z and relative Sen slope a year, [subjects, spans]."""
    subjects = len(x)
    z, slope = np.full((subjects, WHOLE + 1), np.nan), np.full((subjects, WHOLE + 1), np.nan)
    x, m = _sums(x, _PERIOD), _sums(m, _PERIOD)
    for place, months in enumerate(SPANS_MONTHS):
        periods = round(months / 12 * _PERIODS_A_YEAR)
        if x.shape[1] >= periods:
            z[:, place], slope[:, place] = _trend(x[:, -periods:], m[:, -periods:], _PERIODS_A_YEAR, periods - 1)
    coarse = max(1, -(-x.shape[1] // _MOST_PERIODS))
    a_year = _PERIODS_A_YEAR / coarse
    z[:, WHOLE], slope[:, WHOLE] = _trend(_sums(x, coarse), _sums(m, coarse), a_year, round(a_year) - 1)
    return z, slope


def _sums(weekly: np.ndarray, length: int) -> np.ndarray:
    """Sums of ``length`` columns that end with the last one; what is left over at the beginning is dropped."""
    count = weekly.shape[1] // length
    return np.asarray(weekly[:, weekly.shape[1] - count * length :].reshape(len(weekly), count, length).sum(axis=2))


def _trend(x: np.ndarray, m: np.ndarray, a_year: float, fewest: int) -> tuple[np.ndarray, np.ndarray]:
    """Subjects with the same covered periods are tested together, so that none needs a mask."""
    z, slope = np.full(len(x), np.nan), np.full(len(x), np.nan)
    covered = m > 0
    heard = x.sum(axis=1) > 0
    patterns, member = np.unique(np.packbits(covered, axis=1), axis=0, return_inverse=True)
    for pattern in range(len(patterns)):
        rows = np.flatnonzero((member.ravel() == pattern) & heard)
        if not len(rows):
            continue
        when = np.flatnonzero(covered[rows[0]])
        if len(when) < max(fewest, 8):
            continue
        share = x[np.ix_(rows, when)] / m[np.ix_(rows, when)]
        for start in range(0, len(rows), 1000):
            part = slice(start, start + 1000)
            z[rows[part]], slope[rows[part]] = _mann_kendall(share[part], when, a_year)
    return z, slope


def _mann_kendall(share: np.ndarray, when: np.ndarray, a_year: float) -> tuple[np.ndarray, np.ndarray]:
    n = share.shape[1]
    share = share.astype(np.float32)
    i, j = np.triu_indices(n, 1)
    rise = share[:, j] - share[:, i]
    s = np.sign(rise).sum(axis=1)
    variance = (n * (n - 1) * (2 * n + 5) - _ties(share)) / 18.0
    middle = np.median(rise / (when[j] - when[i]).astype(np.float32), axis=1)
    mean = share.mean(axis=1)
    rest = share - middle[:, None] * (when - when.mean()).astype(np.float32)[None, :]
    variance = variance * _memory(rest)
    z = (s - np.sign(s)) / np.sqrt(np.maximum(variance, 1e-9))
    return z, middle * a_year / np.maximum(mean, 1e-9)


def _ties(share: np.ndarray) -> np.ndarray:
    """Sum of t (t - 1) (2 t + 5) over the groups of t equal values of each row (Kendall 1975)."""
    rows, n = share.shape
    ordered = np.sort(share, axis=1)
    group = np.cumsum(np.c_[np.zeros(rows, bool), ordered[:, 1:] != ordered[:, :-1]], axis=1) + n * np.arange(rows)[:, None]
    size = np.bincount(group.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
    return np.asarray((size * (size - 1) * (2 * size + 5)).sum(axis=1))


def _memory(rest: np.ndarray) -> np.ndarray:
    """By how much the variance of the statistic grows when neighbours resemble each other (after Hamed and Rao 1998)."""
    n = rest.shape[1]
    centred = rest - rest.mean(axis=1, keepdims=True)
    power = (centred * centred).sum(axis=1)
    lag = (centred[:, 1:] * centred[:, :-1]).sum(axis=1) / np.maximum(power, 1e-9)
    drawn = np.clip((n * lag + _MEMORY_WEIGHT * _MEMORY) / (n + _MEMORY_WEIGHT), 0.0, 0.6)
    return np.asarray(1.0 + 2.0 * drawn)


def _growth(
    x: np.ndarray, m: np.ndarray, weeks: int, fewest: int, wobble: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log growth a year over the last ``weeks``, its standard error, and the relative variance of the rate it rests on.

    Poisson regression on time with offset log m, by Newton's method. Half a year is too short to show how much a rate wobbles:
    it takes ``wobble`` from the longer fit where that is known.
    """
    x, m = x[:, -weeks:], m[:, -weeks:]
    covered = (m > 0).sum(axis=1)
    rows = np.flatnonzero((covered >= fewest) & (x.sum(axis=1) >= FEWEST_STORIES))
    growth, error, variance = np.full(len(m), np.nan), np.full(len(m), np.nan), np.full(len(m), np.nan)
    if not len(rows):
        return growth, error, variance
    x, m = x[rows], m[rows]
    t = (np.arange(m.shape[1]) - m.shape[1] + 1) / 52.18
    level, rate = np.log(x.sum(axis=1) / m.sum(axis=1)), np.zeros(len(rows))
    centre = (m * t).sum(axis=1) / m.sum(axis=1)
    since = t[None, :] - centre[:, None]
    for _ in range(_ROUNDS):
        fitted = m * np.exp(np.clip(level[:, None] + rate[:, None] * since, -30, 30))
        s0, s1, s2 = fitted.sum(axis=1), (fitted * since).sum(axis=1), (fitted * since * since).sum(axis=1)
        r0, r1 = (x - fitted).sum(axis=1), ((x - fitted) * since).sum(axis=1)
        determinant = np.maximum(s0 * s2 - s1 * s1, 1e-12)
        level = level + np.clip((s2 * r0 - s1 * r1) / determinant, -1.0, 1.0)
        rate = rate + np.clip((s0 * r1 - s1 * r0) / determinant, -4.0, 4.0)
    fitted = m * np.exp(np.clip(level[:, None] + rate[:, None] * since, -30, 30))
    s0, s1, s2 = fitted.sum(axis=1), (fitted * since).sum(axis=1), (fitted * since * since).sum(axis=1)
    weekly = s0 / (m > 0).sum(axis=1)
    own = (_dispersion(x, fitted) - 1.0) / weekly
    known = np.full(len(rows), np.nan) if wobble is None else wobble[rows]
    variance[rows] = np.where(np.isnan(known), own, known)
    growth[rows] = rate
    error[rows] = np.sqrt((1.0 + variance[rows] * weekly) * s0 / np.maximum(s0 * s2 - s1 * s1, 1e-12))
    return growth, error, variance


def _dispersion(x: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Pearson's statistic of four-week sums over its degrees of freedom, one at least, extended to long spans."""
    x, fitted = _sums(x, _PERIOD), _sums(fitted, _PERIOD)
    free = np.maximum((fitted > 0).sum(axis=1) - 2, 1)
    pearson = ((x - fitted) ** 2 / np.maximum(fitted, 1e-9) * (fitted > 0)).sum(axis=1) / free
    return np.asarray(1.0 + _LONG_RUN * np.maximum(pearson - 1.0, 0.0))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
