"""How much more counts vary than a Poisson law says, by row, kind and length of window.

The variance is estimated on window sums, so that autocorrelation is covered at the length that matters for each rate ratio.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np

from monitor.trends.exposure import CHANNELS
from monitor.trends.parameters import Parameters

WINDOWS = (3, 7, 14, 28, 56)
_RING = WINDOWS[-1]


class Dispersion:
    """Running window sums and the extra-Poisson relative variance drawn from their residuals.

    ``pooled`` marks the rows whose median is the common value every estimate is shrunk to.
    """

    def __init__(self, rows: int, pooled: np.ndarray, parameters: Parameters) -> None:
        shape = (len(WINDOWS), rows, CHANNELS)
        self.parameters = parameters
        self.pooled = pooled
        self.days = np.zeros((2, _RING, rows, CHANNELS), np.float32)
        self.observed = np.zeros(shape)
        self.expected = np.zeros(shape)
        self.excess = np.zeros(shape, np.float32)
        self.weight = np.zeros(shape, np.float32)
        self.waiting: deque[tuple[np.ndarray, np.ndarray]] = deque()
        self.pool = np.full((len(WINDOWS), CHANNELS), parameters.dispersion_start)
        self.variance = np.full(shape, parameters.dispersion_start, np.float32)

    def move(self, day: int, observed: np.ndarray, expected: np.ndarray) -> None:
        """Takes the [rows, channels] counts of a day into the windows."""
        today = np.stack([observed, expected]).astype(np.float32)
        for place, window in enumerate(WINDOWS):
            gone = self.days[:, (day - window) % _RING]
            self.observed[place] += today[0]
            self.expected[place] += today[1]
            self.observed[place] -= gone[0]
            self.expected[place] -= gone[1]
        self.days[:, day % _RING] = today

    def last(self, day: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        """[rows] observed and expected stories of all kinds in the ``length`` (1 to 56) days that end with ``day``."""
        places = [(day - back) % _RING for back in range(length)]
        observed, expected = self.days[:, places][..., 0].sum(axis=1, dtype=np.float64)
        return observed, expected

    def settle(self, day: int, expected: float, pool: np.ndarray, estimates: int) -> None:
        """Sets what rows without a story remember at the end of ``day``: ``expected`` stories a day, after so many estimates."""
        self.days[1, [(day - back) % _RING for back in range(min(day + 1, _RING))]] = expected
        for place, window in enumerate(WINDOWS):
            self.expected[place] = np.float32(expected) * np.float64(min(day + 1, window))
        self.pool = pool.copy()
        if estimates > self.parameters.dispersion_delay // 7:
            drawn = np.maximum(pool, self.parameters.dispersion_floor)
            self.variance[:] = drawn[:, None]
        nothing = np.zeros(self.excess.shape, np.float32)
        for _ in range(min(estimates, self.parameters.dispersion_delay // 7)):
            self.waiting.append((nothing, nothing))

    def estimate(self, certainty: np.ndarray, pool: np.ndarray | None = None) -> None:
        """Once a week: adds the residuals of the windows that end today, forgets old ones, draws estimates to the pool.

        With ``pool`` [windows, channels], that is the pool; otherwise it is drawn from the pooled rows. Residuals wait
        ``dispersion_delay`` days, so that a movement does not pass for the variance that excuses it.
        """
        p = self.parameters
        x, m = self.observed, self.expected
        uncertain = 1.0 / (certainty + 1.0)
        z = (x - m) / np.sqrt(np.maximum(m * (1.0 + m * (self.pool[:, None] + uncertain)), 0.0) + 1e-9)
        usable = (z < 3.5) & (m > 0.3)
        excess = np.where(usable, (x - m) ** 2 - m - m * m * uncertain, 0.0).astype(np.float32)
        self.waiting.append((excess, np.where(usable, m * m, 0.0).astype(np.float32)))
        if len(self.waiting) <= p.dispersion_delay // 7:
            return
        excess, weight = self.waiting.popleft()
        forget = np.float32(0.5 ** (7.0 / p.half_life))
        self.excess = self.excess * forget + excess
        self.weight = self.weight * forget + weight
        if pool is None:
            self._draw_pool()
        else:
            self.pool = pool.copy()
        drawn = (self.excess + p.dispersion_weight * self.pool[:, None]) / (self.weight + p.dispersion_weight)
        self.variance = np.maximum(drawn, p.dispersion_floor).astype(np.float32)

    def _draw_pool(self) -> None:
        for place in range(len(WINDOWS)):
            for channel in range(CHANNELS):
                weight = self.weight[place, self.pooled, channel]
                if not len(weight):
                    continue
                heavy = weight > max(float(np.percentile(weight, 60)), 1e-6)
                if heavy.sum() >= 20:
                    median = np.median(self.excess[place, self.pooled, channel][heavy] / weight[heavy])
                    self.pool[place, channel] = max(self.parameters.dispersion_floor, 1.15 * float(median))

    def of(self, window: int) -> np.ndarray:
        """[rows, channels] relative variance over a window (the longest known one for a longer window)."""
        return np.asarray(self.variance[place_of(window)])

    def inflation(self, certainty: np.ndarray, windows: Sequence[int]) -> np.ndarray:
        """[rows, channels, windows] by how much log-likelihoods are divided."""
        places = [WINDOWS.index(window) for window in windows]
        spread = self.variance[places] + 1.0 / (certainty + 1.0)
        return np.asarray(np.moveaxis(1.0 + spread * np.maximum(self.expected[places], 0.0), 0, -1))


def place_of(window: int) -> int:
    """The nearest window whose variance is known."""
    return max(place for place, known in enumerate(WINDOWS) if known <= max(window, WINDOWS[0]))
