"""Memory of last year: a theme that had its fair in these weeks a year ago is expected to have it again."""

from __future__ import annotations

import numpy as np

from monitor.trends.parameters import Parameters

_YEAR = 364
_EARLY = 14
_MOST = 8.0


def seasonal_factor(weekly: np.ndarray, day: int, variance: float, parameters: Parameters) -> np.ndarray:
    """Multiplier (1 to 8) of what is expected from ``day`` on, by subject.

    ``weekly`` holds observed and expected stories by week of the series, [2, subjects, weeks]. The factor is the shrunken
    two-week peak of the same weeks (two either side) a year ago, only where these were clearly in excess; it never lowers
    an expectation.
    """
    subjects = weekly.shape[1]
    if day < _YEAR + 1 - _EARLY:
        return np.ones(subjects)
    week = (day - _YEAR) // 7
    around = [w for w in range(week - 2, week + 3) if w >= 0]
    x, m = weekly[0][:, around], weekly[1][:, around]
    total, usual = x.sum(axis=1), m.sum(axis=1)
    peak = np.ones(subjects)
    for start in range(len(around) - 1):
        pair = slice(start, start + 2)
        peak = np.maximum(peak, (x[:, pair].sum(axis=1) + 1.5) / (m[:, pair].sum(axis=1) + 1.5))
    z = (total - usual) / np.sqrt(usual * (1.0 + variance * usual) + 1.0)
    clear = (z > parameters.season_z) & (total > parameters.season_excess * usual)
    return np.where(clear, np.clip(peak, 1.0, _MOST), 1.0)
