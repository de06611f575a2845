"""The evidence of ``docs/momentum.md`` from any expected counts: one machine for every expectation that ``pairs.py`` compares.

Shiryaev-Roberts mixture over ratios and kinds, dispersion by window, leave-one-source-out guard, least lift. Without the
seasonal memory: a fair has to be explained by the margins.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from scipy.special import betainc

WINDOWS = (7, 14, 28, 56)
RATIOS = np.array([1.5, 2.0, 3.0, 5.0])  # judged by the dispersion of 56, 28, 14 and 7 days
GUARD_WINDOWS = (7, 28, 112)
GUARD_FACTOR, GUARD_FROM, MIN_SOURCES, MIN_LIFT = 2.5, 1.0, 3, 1.5
SOURCE_DAY_CAP, DAY_CAP, CEILING = 3.0, 2.0, 1e12
HALF_LIFE, FLOOR, START, WEIGHT = 180.0, 0.02, 0.15, 25.0
PRIOR = 0.5 * (1.0 - 0.5 ** (1.0 / HALF_LIFE))
SCORED_FROM, DISPERSED_FROM, RESIDUALS_WAIT = 60, 120, 8
CHANNEL_WEIGHTS = np.array([0.5, 0.125, 0.125, 0.125, 0.125])


def scores(stories: np.ndarray, expected: np.ndarray, baseline: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """[pairs, days] guarded evidence of a rise, 0 where the lift is below 1.5.

    ``stories`` and ``expected`` are [pairs, sources, days], ``baseline`` [pairs, days] the decayed stories of the past.
    """
    observed = np.minimum(stories, SOURCE_DAY_CAP + 3.0 * expected)
    x, m = _channels(observed, kinds), _channels(expected, kinds) + PRIOR
    pairs, days = baseline.shape
    detectors = np.zeros((pairs, 5, len(RATIOS)))
    dispersion = _Dispersion(pairs)
    totals = _Totals(observed, expected)
    out = np.zeros((pairs, days), np.float32)
    for day in range(days):
        uncertain = 1.0 / (baseline[:, day] + 1.0)
        dispersion.add(day, x, m, uncertain)
        if day + 1 < SCORED_FROM:
            continue
        bounded = np.minimum(x[day], DAY_CAP + 3.0 * m[day])[..., None]
        gain = bounded * np.log(RATIOS) - (RATIOS - 1.0) * m[day][..., None]
        inflation = 1.0 + (dispersion.variance + uncertain[:, None]) * dispersion.expected
        likelihood = gain / np.moveaxis(inflation[::-1], 0, -1)
        detectors = np.minimum((1.0 + detectors) * np.exp(np.clip(likelihood, -50, 50)), CEILING)
        mixture = detectors.mean(axis=2) * CHANNEL_WEIGHTS
        out[:, day] = np.log10(1.0 + mixture.sum(axis=1))
        lift = (dispersion.observed[2, :, 0] + 2.0) / (dispersion.expected[2, :, 0] + 2.0)
        out[lift < MIN_LIFT, day] = 0.0
        candidates = np.flatnonzero(out[:, day] > GUARD_FROM)
        if len(candidates):
            channel = mixture[candidates].argmax(axis=1)
            variance = dispersion.variance[:, candidates, channel] + uncertain[candidates]
            left = totals.without_strongest(candidates, day, channel, kinds, 1.0 / variance)
            out[candidates, day] = np.minimum(out[candidates, day], left)
    return out


class _Dispersion:
    """Window sums, and how much more they vary than a Poisson law says: [windows, pairs, channels]."""

    def __init__(self, pairs: int) -> None:
        shape = (len(WINDOWS), pairs, 5)
        self.observed, self.expected = np.zeros(shape), np.zeros(shape)
        self.variance = np.full(shape, START)
        self.pool = np.full((len(WINDOWS), 1, 5), START)
        self.excess, self.weight = np.zeros(shape), np.zeros(shape)
        self.waiting: deque[tuple[np.ndarray, np.ndarray]] = deque()

    def add(self, day: int, x: np.ndarray, m: np.ndarray, uncertain: np.ndarray) -> None:
        for place, window in enumerate(WINDOWS):
            self.observed[place] += x[day] - (x[day - window] if day >= window else 0.0)
            self.expected[place] += m[day] - (m[day - window] if day >= window else 0.0)
        if day < DISPERSED_FROM or day % 7:
            return
        mean, unsure = np.maximum(self.expected, 0.0), uncertain[None, :, None]
        z = (self.observed - mean) / np.sqrt(mean * (1.0 + mean * (self.pool + unsure)) + 1e-9)
        usable = (z < 3.5) & (mean > 0.3)
        residual = (self.observed - mean) ** 2 - mean - mean**2 * unsure
        self.waiting.append((np.where(usable, residual, 0.0), np.where(usable, mean**2, 0.0)))
        if len(self.waiting) <= RESIDUALS_WAIT:
            return
        excess, weight = self.waiting.popleft()
        forget = 0.5 ** (7.0 / HALF_LIFE)
        self.excess, self.weight = self.excess * forget + excess, self.weight * forget + weight
        for place, channel in np.ndindex(len(WINDOWS), 5):
            w = self.weight[place, :, channel]
            heavy = w > max(float(np.percentile(w, 60)), 1e-6)
            if heavy.sum() >= 20:
                middle = float(np.median(self.excess[place, heavy, channel] / w[heavy]))
                self.pool[place, 0, channel] = max(FLOOR, 1.15 * middle)
        self.variance = np.maximum((self.excess + WEIGHT * self.pool) / (self.weight + WEIGHT), FLOOR)


class _Totals:
    """Cumulated counts, to read any window of any pair."""

    def __init__(self, observed: np.ndarray, expected: np.ndarray) -> None:
        self.observed = _cumulated(observed)
        self.expected = _cumulated(expected)

    def without_strongest(
        self, pairs: np.ndarray, day: int, channel: np.ndarray, kinds: np.ndarray, size: np.ndarray
    ) -> np.ndarray:
        """Evidence left when the source that moved most is taken away; 0 with fewer than three sources."""
        speaks = (channel[:, None] == 0) | (channel[:, None] == kinds[None, :] + 1)
        evidence, sources = np.zeros(len(pairs)), np.zeros(len(pairs), int)
        for window in GUARD_WINDOWS:
            start = max(0, day + 1 - window)
            x = (self.observed[pairs, :, day + 1] - self.observed[pairs, :, start]) * speaks
            m = (self.expected[pairs, :, day + 1] - self.expected[pairs, :, start]) * speaks
            top = np.argmax(x - m, axis=1)[:, None]
            rest = x.sum(axis=1) - np.take_along_axis(x, top, axis=1)[:, 0]
            usual = m.sum(axis=1) - np.take_along_axis(m, top, axis=1)[:, 0] + PRIOR * window
            evidence = np.maximum(evidence, _upper_tail(rest, usual, size[{7: 0, 28: 2}.get(window, 3)]))
            sources = np.maximum(sources, (x > 0.5).sum(axis=1))
        return np.where(sources >= MIN_SOURCES, GUARD_FACTOR * evidence, 0.0)


def _upper_tail(observed: np.ndarray, expected: np.ndarray, size: np.ndarray) -> np.ndarray:
    p = np.clip(expected / (expected + size), 1e-12, 1.0 - 1e-12)
    tail = betainc(np.maximum(observed, 1e-9), size, p)
    return np.where(observed > expected, -np.log10(np.maximum(tail, 1e-300)), 0.0)


def _channels(values: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    out = np.zeros((values.shape[2], values.shape[0], 5))
    for kind in range(4):
        out[:, :, kind + 1] = values[:, kinds == kind].sum(axis=1).T
    out[:, :, 0] = out[:, :, 1:].sum(axis=2)
    return out


def _cumulated(values: np.ndarray) -> np.ndarray:
    out = np.zeros((*values.shape[:2], values.shape[2] + 1), np.float32)
    np.cumsum(values, axis=2, out=out[:, :, 1:])
    return out
