"""Copies that were not recognised: a text printed by many is expected to leak a few more stories into the counts.

Near-copies are found for the most part, not all of them. The more copies of a day's stories were recognised, the more others must
have been missed, so they are expected, and a syndicated text is no burst.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from monitor.trends.exposure import CHANNELS
from monitor.trends.parameters import Parameters


class Leaks:
    """Stories expected of unrecognised copies, by row and channel, today and over the guard's windows."""

    def __init__(self, rows: int, parameters: Parameters) -> None:
        self.rows = rows
        self.share = parameters.leak
        self.sums = {window: np.zeros((rows, CHANNELS)) for window in parameters.guard_windows}
        self.days: deque[tuple[np.ndarray, np.ndarray]] = deque()

    def move(self, copies: np.ndarray | None) -> np.ndarray:
        """[rows, channels] expected of a day's recognised copies [rows or fewer, kinds]."""
        today = np.zeros((self.rows, CHANNELS))
        if copies is not None:
            today[: len(copies), 1:] = self.share * copies
            today[:, 0] = today[:, 1:].sum(axis=1)
        row = np.flatnonzero(today[:, 0])
        self.days.append((row, today[row]))
        for window, sums in self.sums.items():
            sums[row] += today[row]
            if len(self.days) > window:
                gone, leaked = self.days[-window - 1]
                sums[gone] = np.maximum(sums[gone] - leaked, 0.0)
        if len(self.days) > max(self.sums):
            self.days.popleft()
        return today
