"""The leave-one-source-out guard: one loud source is not a movement, nor is one that fell silent.

The strongest source is taken away; what is left must still be unlikely (negative binomial tail) over some window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc


@dataclass(frozen=True, slots=True, eq=False)
class Left:
    """By candidate: evidence left without the strongest source, distinct sources, and which source was the strongest."""

    evidence: np.ndarray
    share: np.ndarray
    """Part of the excess that the strongest source makes, 0 to 1."""
    sources: np.ndarray
    strongest: np.ndarray


def without_strongest(
    observed: np.ndarray, baseline: np.ndarray, rates: np.ndarray, extra: np.ndarray, size: np.ndarray, sign: float
) -> Left:
    """[candidates, sources] counts of one window; of each source ``baseline`` times its rate is expected.

    ``extra`` [candidates] is expected of no source in particular, ``size`` [candidates] is the size of the negative binomial.
    ``sign`` is 1 for rises, -1 for falls.
    """
    gap = baseline * -rates
    gap += observed
    strongest = gap.argmax(axis=1) if sign > 0 else gap.argmin(axis=1)
    row = np.arange(len(observed))
    total, mean = observed.sum(axis=1, dtype=np.float64), baseline @ rates + extra
    most, most_usual = observed[row, strongest], baseline[row, strongest] * rates[strongest]
    tail = upper_tail if sign > 0 else lower_tail
    excess = np.maximum(sign * (total - mean), 1e-9)
    share = np.clip(sign * (most - most_usual) / excess, 0.0, 1.0)
    return Left(tail(total - most, mean - most_usual, size), share, np.count_nonzero(observed, axis=1), strongest)


def upper_tail(observed: np.ndarray, expected: np.ndarray, size: np.ndarray) -> np.ndarray:
    """-log10 P(X >= observed) for a negative binomial of this mean and size; zero at or below the mean."""
    p = np.clip(expected / (expected + size), 1e-12, 1.0 - 1e-12)
    tail = betainc(np.maximum(observed, 1e-9), size, p)
    return np.where(observed > expected, -np.log10(np.maximum(tail, 1e-300)), 0.0)


def lower_tail(observed: np.ndarray, expected: np.ndarray, size: np.ndarray) -> np.ndarray:
    """-log10 P(X <= observed); zero at or above the mean."""
    p = np.clip(expected / (expected + size), 1e-12, 1.0 - 1e-12)
    tail = 1.0 - betainc(observed + 1.0, size, p)
    return np.where(observed < expected, -np.log10(np.maximum(tail, 1e-300)), 0.0)
