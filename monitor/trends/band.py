"""The band an expected count lies in while nothing is going on: what a chart shades and a sentence names.

The same negative binomial law as the score's: mean, extra variance relative to the mean squared, and the baseline behind both.
"""

from __future__ import annotations

import numpy as np
from scipy.special import betainc, nbdtrik

LEVEL = 0.9


def expected_band(
    expected: np.ndarray | float, variance: np.ndarray | float, baseline: np.ndarray | float, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """The smallest counts that hold (1 - ``level``) / 2 of the chances at or below them, and 1 minus that: whole numbers.

    ``expected`` is the mean of the count, ``variance`` its variance beyond Poisson relative to the mean squared (estimated on
    sums of the same length: 7 days for weeks, 28 for the window), ``baseline`` the stories the mean rests on, which adds
    1 / (baseline + 1). All broadcast. No expectation, no band: (0, 0). Raises ValueError for a level outside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"the level of a band lies between 0 and 1, not {level}")
    mean, spread = np.broadcast_arrays(
        np.maximum(np.asarray(expected, np.float64), 0.0),
        np.maximum(np.asarray(variance, np.float64), 0.0) + 1.0 / (np.maximum(np.asarray(baseline, np.float64), 0.0) + 1.0),
    )
    size = 1.0 / np.maximum(spread, 1e-9)
    tail = (1.0 - level) / 2.0
    return _quantile(tail, mean, size), _quantile(1.0 - tail, mean, size)


def _quantile(chance: float, mean: np.ndarray, size: np.ndarray) -> np.ndarray:
    """The smallest count with at least ``chance`` at or below it."""
    p = size / (size + mean)
    guess = np.ceil(np.nan_to_num(nbdtrik(chance, size, np.minimum(p, 1.0 - 1e-12)), nan=0.0))
    # The inverse is continuous and rounds: one step either way settles it.
    below = _cumulated(guess - 1.0, p, size) >= chance
    short = _cumulated(guess, p, size) < chance
    found = np.maximum(guess - below + short, 0.0)
    return np.where(mean > 0.0, found, 0.0)


def _cumulated(count: np.ndarray, p: np.ndarray, size: np.ndarray) -> np.ndarray:
    """P(X <= count) of a negative binomial."""
    return np.asarray(np.where(count < 0.0, 0.0, betainc(size, np.maximum(count, 0.0) + 1.0, p)))
