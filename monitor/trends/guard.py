"""The leave-one-source-out guard: one loud source is not a movement, nor is one that fell silent.

For each candidate day the strongest source is taken away; what is left must still be unlikely (negative binomial tail)
over some window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from monitor.trends.dispersion import Dispersion
from monitor.trends.exposure import Exposure, exposures
from monitor.trends.parameters import Parameters
from monitor.trends.series import Series


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Subject-days to check: the channel that spoke, the seasonal factor, and by window the shape of the negative binomial."""

    subject: np.ndarray
    day: np.ndarray
    channel: np.ndarray
    factor: np.ndarray
    size: np.ndarray


class Collector:
    """Gathers candidates day by day, with the dispersion known that day."""

    def __init__(self) -> None:
        self._parts: list[tuple[np.ndarray, ...]] = []

    def add(
        self, day: int, subject: np.ndarray, channel: np.ndarray, factor: np.ndarray, dispersion: Dispersion, baseline: np.ndarray
    ) -> None:
        if len(subject):
            best = channel[subject]
            variance = dispersion.variance[:, subject, best]
            uncertain = 1.0 / (baseline[subject, best] + 1.0)
            self._parts.append((subject, np.full(len(subject), day), best, factor[subject], 1.0 / (variance + uncertain)))

    def candidates(self, parameters: Parameters) -> Candidates:
        if not self._parts:
            nothing = np.zeros(0, np.int64)
            return Candidates(nothing, nothing, nothing, np.zeros(0), np.zeros((len(parameters.guard_windows), 0)))
        columns = [np.concatenate(part, axis=-1) for part in zip(*self._parts, strict=True)]
        return Candidates(*columns)


def guard_rise(series: Series, raw: np.ndarray, candidates: Candidates, parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """The guarded score and the evidence without the strongest source, both [subjects, days]."""
    left, sources = _without_strongest(series, candidates, parameters, parameters.guard_windows, upper_tail, sign=1.0)
    score, without_top = raw.copy(), np.full(raw.shape, np.nan)
    at = (candidates.subject, candidates.day)
    without_top[at] = np.where(sources >= parameters.min_sources, parameters.guard_factor * left, 0.0)
    score[at] = np.minimum(raw[at], without_top[at])
    return score, without_top


def guard_fall(series: Series, raw: np.ndarray, candidates: Candidates, parameters: Parameters) -> np.ndarray:
    """The guarded evidence of a fall, [subjects, days]."""
    windows = tuple(window for window in parameters.guard_windows if window >= 28)
    left, _ = _without_strongest(series, candidates, parameters, windows, lower_tail, sign=-1.0)
    score = raw.copy()
    at = (candidates.subject, candidates.day)
    score[at] = np.minimum(raw[at], parameters.guard_factor * left)
    return score


def upper_tail(observed: np.ndarray, expected: np.ndarray, size: np.ndarray) -> np.ndarray:
    """-log10 P(X >= observed) for a negative binomial of this mean and size; zero at or below the mean."""
    p = np.clip(expected / (expected + size), 1e-12, 1.0 - 1e-12)
    tail = betainc(np.maximum(observed, 1e-9), size, p)
    return np.where(observed > expected, -np.log10(np.maximum(tail, 1e-300)), 0.0)


def lower_tail(observed: np.ndarray, expected: np.ndarray, size: np.ndarray) -> np.ndarray:
    """-log10 P(X <= observed); zero at or above the mean."""
    p = np.clip(expected / (expected + size), 1e-12, 1.0 - 1e-12)
    tail = 1.0 - betainc(observed + 1.0, size, p)
    return np.where(observed < expected, -np.log10(np.maximum(tail, 1e-300)), 0.0)


def _without_strongest(
    series: Series,
    candidates: Candidates,
    parameters: Parameters,
    windows: tuple[int, ...],
    tail: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    sign: float,
) -> tuple[np.ndarray, np.ndarray]:
    """By candidate: the largest tail evidence over the windows without the source that moved most, and how many sources spoke."""
    evidence, sources = np.zeros(len(candidates.subject)), np.zeros(len(candidates.subject), np.int64)
    if not len(candidates.subject) or not series.sources:
        return evidence, sources
    order = np.argsort(candidates.subject, kind="stable")
    of_subject = candidates.subject[order]
    for block in exposures(series, np.unique(candidates.subject), parameters):
        first, last = np.searchsorted(of_subject, [block.positions[0], block.positions[-1] + 1])
        chosen = order[first:last]
        totals = _Totals(block)
        place = np.searchsorted(block.positions, candidates.subject[chosen])
        channel = candidates.channel[chosen][:, None]
        speaks = (channel == 0) | (channel == series.kinds[None, :] + 1)
        for window in windows:
            x, m = totals.window(place, candidates.day[chosen], window)
            x, m = x * speaks, m * speaks
            strongest = np.argmax(sign * (x - m), axis=1)
            row = np.arange(len(chosen))
            rest = x.sum(axis=1) - x[row, strongest]
            usual = (m.sum(axis=1) - m[row, strongest]) * candidates.factor[chosen] + parameters.prior_rate * window
            size = candidates.size[_dispersion_place(window), chosen]
            evidence[chosen] = np.maximum(evidence[chosen], tail(rest, usual, size))
            sources[chosen] = np.maximum(sources[chosen], (x > 0.5).sum(axis=1))
    return evidence, sources


def _dispersion_place(window: int) -> int:
    return {7: 0, 14: 1, 28: 2}.get(window, 3)


class _Totals:
    """Cumulated exposure of a block, to read any window of any subject."""

    def __init__(self, block: Exposure) -> None:
        self._observed = np.cumsum(block.observed, axis=2, dtype=np.float64)
        self._expected = np.cumsum(block.expected, axis=2, dtype=np.float64)

    def window(self, place: np.ndarray, day: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
        before = day - length
        inside = (before >= 0)[:, None]
        before = np.maximum(before, 0)
        observed = self._observed[place, :, day] - np.where(inside, self._observed[place, :, before], 0.0)
        expected = self._expected[place, :, day] - np.where(inside, self._expected[place, :, before], 0.0)
        return observed, expected
