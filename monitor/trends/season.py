"""Memory of the years: a theme that had its fair in these weeks a year ago is expected to have it again."""

from __future__ import annotations

import numpy as np

from monitor.trends.parameters import Parameters

YEAR_WEEKS = 52
_MOST = 8.0
_HALF_WIDTH = 2


class Season:
    """Stories of the last 54 weeks by row, observed, expected without and with the season, and the factor they give."""

    def __init__(self, rows: int, parameters: Parameters) -> None:
        self.parameters = parameters
        self.weeks = np.zeros((3, YEAR_WEEKS + _HALF_WIDTH, rows), np.float32)
        self.factor = np.ones(rows)

    def add_week(self, week: int, observed: np.ndarray, expected: np.ndarray) -> None:
        """Stories of a finished week; ``expected`` with its seasonal factor."""
        self.weeks[:, week % self.weeks.shape[1]] = observed, expected / self.factor, expected

    def settle(self, weeks: int, expected: float) -> None:
        """Sets what rows without a story remember after so many finished weeks of ``expected`` stories each."""
        places = [week % self.weeks.shape[1] for week in range(max(0, weeks - self.weeks.shape[1]), weeks)]
        self.weeks[1:, places] = expected

    def last(self, week: int, length: int) -> tuple[np.ndarray, np.ndarray]:
        """[rows, weeks] observed and expected stories of the ``length`` finished weeks that end with ``week``."""
        places = [w % self.weeks.shape[1] for w in range(week - length + 1, week + 1)]
        return self.weeks[0, places].T, self.weeks[2, places].T

    def move(self, week: int, variance: float) -> None:
        """Sets ``factor`` [rows], 1 to 8, for the week that begins: the shrunken two-week peak of the same weeks (two either
        side) a year ago, only where these were clearly in excess; it never lowers an expectation.
        """
        last = week - YEAR_WEEKS
        if last < -_HALF_WIDTH:
            return
        around = [w % self.weeks.shape[1] for w in range(last - _HALF_WIDTH, last + _HALF_WIDTH + 1) if w >= 0]
        x, m, _ = self.weeks[:, around].astype(np.float64)
        total, usual = x.sum(axis=0), m.sum(axis=0)
        peak = np.ones(len(total))
        for start in range(len(around) - 1):
            peak = np.maximum(peak, (x[start : start + 2].sum(axis=0) + 1.5) / (m[start : start + 2].sum(axis=0) + 1.5))
        z = (total - usual) / np.sqrt(usual * (1.0 + variance * usual) + 1.0)
        clear = (z > self.parameters.season_z) & (total > self.parameters.season_excess * usual)
        self.factor = np.where(clear, np.clip(peak, 1.0, _MOST), 1.0)
