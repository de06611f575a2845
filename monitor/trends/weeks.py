"""A decade of weeks: stories by row and the volume of counted sources, for long runs."""

from __future__ import annotations

import numpy as np

LONGEST = 520


class Weeks:
    """Rings of the last ten years; week numbers count from the first day of the series."""

    def __init__(self, rows: int, sources: int) -> None:
        self.observed = np.zeros((LONGEST, rows), np.float16)
        self.volume = np.zeros((LONGEST, sources), np.float32)
        self.running = np.zeros(sources, np.float32)

    def add_day(self, volume: np.ndarray) -> None:
        """Volume of the day from the sources that count."""
        self.running += volume.astype(np.float32)

    def end_week(self, week: int, observed: np.ndarray) -> None:
        """Closes a week with its stories by row."""
        self.observed[week % LONGEST], self.volume[week % LONGEST] = observed, self.running
        self.running[:] = 0.0

    def last(self, week: int, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """[rows, weeks] observed, and expected under constant shares [rows, sources], of the finished weeks up to ``week``."""
        places = [w % LONGEST for w in range(max(0, week - LONGEST + 1), week + 1)]
        return self.observed[places].T.astype(np.float64), share.astype(np.float64) @ self.volume[places].T.astype(np.float64)
