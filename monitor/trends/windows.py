"""Stories by row and source over the last days: who carried a theme, and how evenly.

Kept up with each day's entries only, so a day costs what it brings.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from monitor.trends.exposure import NEVER
from monitor.trends.parameters import KINDS

_LONG, _SHORT = 56, 28


class Windows:
    """Dense counts over each window, and the breadth drawn from them."""

    def __init__(self, rows: int, kinds: np.ndarray, lengths: tuple[int, ...]) -> None:
        self.kinds = kinds
        self.counts = {length: np.zeros((rows, len(kinds)), np.uint16) for length in sorted({*lengths, _SHORT, _LONG})}
        self.days: deque[tuple[np.ndarray, np.ndarray, np.ndarray]] = deque()
        self.fresh: deque[tuple[np.ndarray, np.ndarray]] = deque()
        self.sources = np.zeros(rows)
        self.sources_long = np.zeros(rows)
        self.stories_long = np.zeros(rows)
        self.by_kind_long = np.zeros((rows, len(KINDS)))
        self.newcomers = np.zeros(rows)
        self.first_day = np.full(rows, NEVER, np.int64)
        self.spread = np.zeros(rows)

    @property
    def diversity(self) -> np.ndarray:
        """Effective number of sources in 56 days: exponential of Shannon's entropy (Hill 1973, order 1)."""
        total = np.maximum(self.stories_long, 1e-9)
        return np.asarray(np.where(self.stories_long > 0, np.exp(np.log(total) - self.spread / total), 0.0))

    def meet(self, day: int, row: np.ndarray) -> None:
        """Notes the day of rows that have a story, counted or not; ``first_day`` is their first."""
        self.first_day[row] = np.minimum(self.first_day[row], day)

    def move(
        self,
        row: np.ndarray,
        source: np.ndarray,
        stories: np.ndarray,
        newcomers: tuple[np.ndarray, np.ndarray],
    ) -> None:
        """Takes one day's counted entries in, each (row, source) once, and lets the oldest day go."""
        self.days.append((row, source, stories.astype(np.uint16)))
        self._change(row, source, stories.astype(np.int64), self.counts, sign=1)
        for length in self.counts:
            if len(self.days) > length:
                self._change(*self.days[-length - 1], {length: self.counts[length]}, sign=-1)
        if len(self.days) > max(self.counts):
            self.days.popleft()
        self.fresh.append(newcomers)
        np.add.at(self.newcomers, newcomers[0], 1.0)
        if len(self.fresh) > _SHORT:
            np.subtract.at(self.newcomers, self.fresh.popleft()[0], 1.0)

    def _change(self, row: np.ndarray, source: np.ndarray, stories: np.ndarray, counts: dict[int, np.ndarray], sign: int) -> None:
        for length, cells in counts.items():
            before = cells[row, source].astype(np.int64)
            after = before + sign * stories.astype(np.int64)
            cells[row, source] = after
            if length == _SHORT:
                self.sources += self._by_row(row, (after > 0).astype(np.int64) - (before > 0))
            elif length == _LONG:
                self.sources_long += self._by_row(row, (after > 0).astype(np.int64) - (before > 0))
                self.stories_long += self._by_row(row, after - before)
                np.add.at(self.by_kind_long, (row, self.kinds[source]), after - before)
                self.spread += self._by_row(row, _x_log_x(after) - _x_log_x(before))

    def _by_row(self, row: np.ndarray, change: np.ndarray) -> np.ndarray:
        return np.bincount(row, change, len(self.sources))


def _x_log_x(values: np.ndarray) -> np.ndarray:
    return np.asarray(values * np.log(np.maximum(values, 1)))
