"""Pairs of subjects as rows of the detector: their expectation comes from their margins, not from their own past alone.

What a pair's stories are compared with is computed in ``monitor.trends.margins``; here it takes the place of a baseline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.trends.margins import MarginParameters, Pairs, expected_pairs, gains, is_scored


@dataclass(frozen=True, slots=True, eq=False)
class PairRows:
    """Rows that are pairs, and the rows of their two margins; all [pairs]."""

    rows: np.ndarray
    left: np.ndarray
    right: np.ndarray

    @classmethod
    def none(cls) -> PairRows:
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing)


class Meetings:
    """The baselines of pairs, drawn anew each day from those of their margins."""

    def __init__(self, pairs: PairRows, parameters: MarginParameters | None = None) -> None:
        self.pairs = pairs
        self.margins = Pairs(pairs.left, pairs.right)
        self.parameters = parameters or MarginParameters()

    def move(
        self, baseline: np.ndarray, past: np.ndarray, observed: np.ndarray, expected: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """[pairs, sources] what stands for the pairs' baselines, [pairs] past stories behind it, whether they count today.

        ``baseline`` [rows, sources] and ``past`` [sources] are the decayed sums of all rows and sources; ``observed`` and
        ``expected`` [windows, rows] stories of the last ``gain_windows`` days, expected without a season.
        """
        rows = self.pairs.rows
        stories = baseline.sum(axis=1, dtype=np.float64)
        gain = gains(self.margins, observed, expected, stories, observed[:, rows], stories[rows], self.parameters)
        # With the past in the place of today's volume, what comes back is the baseline itself.
        drawn = expected_pairs(self.margins, baseline, past, past, gain, stories[rows], self.parameters)
        return drawn, stories[rows] + self.parameters.association_weight, is_scored(self.margins, stories, self.parameters)
