"""How many stories two subjects share by chance: expected pair stories from the margins of a source.

A pair (technology × domain, technology × technology) is news when the two meet more often than their own volumes, their own
movements and their usual closeness explain. Arrays in, arrays out; called once a day for all pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_BLOCK = 256


@dataclass(frozen=True, slots=True)
class MarginParameters:
    """Constants of the expectation, in stories unless a name says otherwise."""

    association_weight: float = 0.1
    """Stories that draw the association to one. Small, since pairs of rare subjects are often close from the start."""
    gain_windows: tuple[int, ...] = (7, 28)
    """Days over which the margins' movements are seen; the larger counts, so that a boom's first week is no meeting."""
    gain_stories: float = 2.0
    """Stories that draw a margin's gain to one."""
    least_gain: float = 0.2
    most_gain: float = 8.0
    least_margin: float = 20.0
    """Decayed stories each margin needs before its pairs are scored: a subject that has only just begun is its own news."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """[pairs] rows (places in ``baseline``) of the two margins of each pair."""

    left: np.ndarray
    right: np.ndarray

    def __len__(self) -> int:
        return len(self.left)


def expected_pairs(
    pairs: Pairs,
    baseline: np.ndarray,
    volume_past: np.ndarray,
    volume_today: np.ndarray,
    gain: np.ndarray,
    pair_past: np.ndarray,
    parameters: MarginParameters | None = None,
) -> np.ndarray:
    """[pairs, sources] stories of each pair to be expected today, float32, without the usual prior floor.

    ``mu[p, s] = rho[p] · gain[p] · N[s] · (a[A, s] / V[s]) · (a[D, s] / V[s])`` with N the stories collected today
    (``volume_today``, zero where a source has no baseline), a the decayed stories of the margins (``baseline`` [rows,
    sources]), V those of the source (``volume_past``), rho the ``association`` known from ``pair_past`` [pairs] decayed pair
    stories, and ``gain`` [pairs] from ``gains``. All decayed sums end ``guard_gap`` days ago and are over the same stories:
    where the margins' hold those of sources too young to count, so does ``pair_past``.
    """
    p = parameters or MarginParameters()
    known = volume_past > 0
    share = np.where(known, 1.0 / np.maximum(volume_past, 1e-9), 0.0).astype(np.float32)
    today = (volume_today * share).astype(np.float32)
    out = np.empty((len(pairs), baseline.shape[1]), np.float32)
    for start in range(0, len(pairs), _BLOCK):
        part = slice(start, start + _BLOCK)
        joint = baseline[pairs.left[part]] * (baseline[pairs.right[part]] * share)
        rho = association(pair_past[part], joint.sum(axis=1), p)
        factor = (rho * gain[part]).astype(np.float32)
        np.multiply(joint, today * factor[:, None], out=out[part])
    return out


def association(pair_past: np.ndarray, by_chance: np.ndarray, parameters: MarginParameters | None = None) -> np.ndarray:
    """[pairs] how many times more often than by chance a pair met in the past, drawn to one where little was to be expected."""
    p = parameters or MarginParameters()
    return np.asarray((pair_past + p.association_weight) / (by_chance + p.association_weight))


def gains(
    pairs: Pairs,
    observed: np.ndarray,
    expected: np.ndarray,
    past: np.ndarray,
    pair_observed: np.ndarray,
    pair_past: np.ndarray,
    parameters: MarginParameters | None = None,
) -> np.ndarray:
    """[pairs] by how much the two margins together moved: two subjects that both double meet four times as often.

    ``observed`` and ``expected`` are [windows, rows] stories of the last ``gain_windows`` days (expected without a seasonal
    factor, which would hide a fair), ``past`` [rows] decayed stories; ``pair_observed`` [windows, pairs] and ``pair_past``
    [pairs] the same of the pairs. The pair's own stories are taken out of both margins, so that a meeting does not excuse
    itself.
    """
    p = parameters or MarginParameters()
    total = np.ones((len(observed), len(pairs)))
    for margin in (pairs.left, pairs.right):
        outside = 1.0 - np.minimum(pair_past / np.maximum(past[margin], 1e-9), 1.0)
        seen = np.maximum(observed[:, margin] - pair_observed, 0.0)
        usual = expected[:, margin] * outside
        total *= np.clip((seen + p.gain_stories) / (usual + p.gain_stories), p.least_gain, p.most_gain)
    return np.asarray(total.max(axis=0))


def is_scored(pairs: Pairs, past: np.ndarray, parameters: MarginParameters | None = None) -> np.ndarray:
    """[pairs] whether both margins have a past of their own (``past`` [rows] decayed stories).

    Where not, a pair counts neither as observed nor as expected that day.
    """
    p = parameters or MarginParameters()
    return np.asarray(np.minimum(past[pairs.left], past[pairs.right]) >= p.least_margin)
