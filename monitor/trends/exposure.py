"""Expected counts from matched sources (chained index with a guard gap).

A theme's expected stories at a source are the source's volume of the day times the theme's share of that source in the
past. So an outage, a weekend, a doubled crawl or a new feed changes what is expected together with what is observed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from monitor.trends.counts import Counts
from monitor.trends.parameters import KINDS, Parameters

CHANNELS = 1 + len(KINDS)
NEVER = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Exposed:
    """What of a day counts: entries of sources with a past of their own, capped; expected stories by row and channel."""

    row: np.ndarray
    source: np.ndarray
    stories: np.ndarray
    newcomers: tuple[np.ndarray, np.ndarray]
    """Row and source of the stories left out because their source is too new, once a story."""
    expected: np.ndarray
    """[rows, channels]"""
    certainty: np.ndarray
    """[rows, channels] effective number of past stories behind the expectation of the last 28 days."""
    volume: np.ndarray
    """[sources] volume of the sources that count, zero for the others."""

    def only(self, keep: np.ndarray) -> Exposed:
        """The same day with some of its entries."""
        return replace(self, row=self.row[keep], source=self.source[keep], stories=self.stories[keep])


class Exposure:
    """Decayed baselines by row and source, and the volume they are set against. One ``move`` a day."""

    def __init__(self, rows: int, kinds: np.ndarray, parameters: Parameters) -> None:
        sources = len(kinds)
        self.parameters = parameters
        self.kinds = kinds
        self.baseline = np.zeros((rows, sources), np.float32)
        self.past = np.zeros(sources)
        self.first = np.full(sources, NEVER, np.int64)
        self.today = np.zeros(sources)
        self.waiting: deque[Counts] = deque()
        self.rates: deque[np.ndarray] = deque()
        self.rate_sums = {window: np.zeros(sources) for window in parameters.guard_windows}

    def speaks(self) -> np.ndarray:
        """[channels, sources] 1 where a source is counted in a channel, float32."""
        return np.vstack([np.ones(len(self.kinds)), *(self.kinds == kind for kind in range(len(KINDS)))]).astype(np.float32)

    def move(self, day: int, counts: Counts) -> Exposed:
        """Takes one day in; days come in order, from 0."""
        p = self.parameters
        volume = counts.volume
        self.first[(volume > 0) & (self.first == NEVER)] = day
        mature = (day - self.first >= p.probation) if day > p.probation else self.first <= day
        self.waiting.append(replace(counts, copies=None))
        if len(self.waiting) > p.guard_gap:
            late = self.waiting.popleft()
            self.baseline *= np.float32(p.decay)
            self.past *= p.decay
            self.baseline[late.row, late.source] += late.stories.astype(np.float32)
            self.past += late.volume
        rate = np.where(mature & (self.past > 0), volume / np.maximum(self.past, 1e-9), 0.0)
        self._remember(rate)
        self.today = rate
        expected, certainty = self.expected(self.baseline)
        counted = mature[counts.source] & (self.past[counts.source] > 0)
        row, source = counts.row[counted], counts.source[counted]
        most = np.floor(p.source_day_cap + 3.0 * self.baseline[row, source] * rate[source])
        return Exposed(
            row=row,
            source=source,
            stories=np.minimum(counts.stories[counted], most),
            newcomers=(
                np.repeat(counts.row[~counted], counts.stories[~counted].astype(np.int64)),
                np.repeat(counts.source[~counted], counts.stories[~counted].astype(np.int64)),
            ),
            expected=expected,
            certainty=certainty,
            volume=np.where(mature & (self.past > 0), volume, 0.0),
        )

    def _remember(self, rate: np.ndarray) -> None:
        self.rates.append(rate)
        for window, sums in self.rate_sums.items():
            sums += rate
            if len(self.rates) > window:
                sums -= self.rates[-window - 1]
        if len(self.rates) > max(self.rate_sums):
            self.rates.popleft()

    def expected(self, baseline: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[rows, channels] stories expected today of these baselines [rows, sources], and how many past stories that rests on.

        The latter is (sum a r)^2 / sum a r^2 with 28-day rates r: one thin source with a large share makes it uncertain.
        """
        rate, recent = self.today, self.rate_sums[28]
        speaks = self.speaks()
        weights = np.vstack([speaks * rate, speaks * recent, speaks * recent**2]).astype(np.float32)
        product = baseline @ weights.T
        expected, first, second = np.split(product, 3, axis=1)
        return expected.astype(np.float64), first.astype(np.float64) ** 2 / np.maximum(second, 1e-12)
