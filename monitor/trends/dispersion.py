"""How much more counts vary than a Poisson law says, by theme, kind and length of window.

The variance is estimated on window sums, so that autocorrelation is covered at the length that matters for each rate ratio.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from monitor.trends.parameters import Parameters

WINDOWS = (7, 14, 28, 56)


class Dispersion:
    """Running window sums and the extra-Poisson relative variance drawn from their residuals.

    ``pooled`` marks the subjects whose median is the common value every estimate is shrunk to.
    """

    def __init__(self, subjects: int, channels: int, pooled: np.ndarray, parameters: Parameters) -> None:
        shape = (len(WINDOWS), subjects, channels)
        self._parameters = parameters
        self._pooled = pooled
        self._excess = np.zeros(shape)
        self._weight = np.zeros(shape)
        self._waiting: deque[tuple[np.ndarray, np.ndarray]] = deque()
        self.observed = np.zeros(shape)
        self.expected = np.zeros(shape)
        self.pool = np.full((len(WINDOWS), channels), parameters.dispersion_start)
        self.variance = np.full(shape, parameters.dispersion_start)

    def add(self, day: int, observed: np.ndarray, expected: np.ndarray) -> None:
        """Moves the windows on to ``day`` of the [days, subjects, channels] arrays."""
        for place, window in enumerate(WINDOWS):
            self.observed[place] += observed[day]
            self.expected[place] += expected[day]
            if day >= window:
                self.observed[place] -= observed[day - window]
                self.expected[place] -= expected[day - window]

    def estimate(self, baseline: np.ndarray) -> None:
        """Once a week: adds the residuals of the windows that end today, forgets old ones, draws estimates to the pool.

        Residuals wait ``dispersion_delay`` days, so that a movement does not pass for the variance that excuses it.
        """
        p = self._parameters
        x, m = self.observed, self.expected
        uncertain = 1.0 / (baseline + 1.0)
        z = (x - m) / np.sqrt(np.maximum(m * (1.0 + m * (self.pool[:, None] + uncertain)), 0.0) + 1e-9)
        usable = (z < 3.5) & (m > 0.3)
        self._waiting.append((np.where(usable, (x - m) ** 2 - m - m * m * uncertain, 0.0), np.where(usable, m * m, 0.0)))
        if len(self._waiting) <= p.dispersion_delay // 7:
            return
        excess, weight_now = self._waiting.popleft()
        forget = 0.5 ** (7.0 / p.half_life)
        self._excess = self._excess * forget + excess
        self._weight = self._weight * forget + weight_now
        for place in range(len(WINDOWS)):
            for channel in range(self.pool.shape[1]):
                self._pool_one(place, channel)
        weight = p.dispersion_weight
        drawn = (self._excess + weight * self.pool[:, None]) / (self._weight + weight)
        self.variance = np.maximum(drawn, p.dispersion_floor)

    def _pool_one(self, place: int, channel: int) -> None:
        weight = self._weight[place, self._pooled, channel]
        if not len(weight):
            return
        heavy = weight > max(float(np.percentile(weight, 60)), 1e-6)
        if heavy.sum() >= 20:
            median = np.median(self._excess[place, self._pooled, channel][heavy] / weight[heavy])
            self.pool[place, channel] = max(self._parameters.dispersion_floor, 1.15 * float(median))

    def of(self, window: int) -> np.ndarray:
        """[subjects, channels] relative variance over a window (the longest known one for a longer window)."""
        return np.asarray(self.variance[WINDOWS.index(min(window, WINDOWS[-1]))])

    def inflation(self, baseline: np.ndarray, windows: Sequence[int]) -> np.ndarray:
        """[subjects, channels, windows] by how much log-likelihoods are divided."""
        places = [WINDOWS.index(window) for window in windows]
        spread = self.variance[places] + 1.0 / (baseline + 1.0)
        return np.asarray(np.moveaxis(1.0 + spread * np.maximum(self.expected[places], 0.0), 0, -1))
