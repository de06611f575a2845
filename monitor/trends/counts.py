"""One day of counts: what the detector is fed with.

Rows are series of stories (a theme's, a pair's, a domain's); sources are publishers or parts of a database.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Sparse stories of one day by (row, source), every pair once, and all stories collected by source.

    ``copies`` [rows, kinds] are documents recognised as copies of that day's stories; None for none.
    """

    row: np.ndarray
    source: np.ndarray
    stories: np.ndarray
    volume: np.ndarray
    copies: np.ndarray | None = None


def one_day(row: np.ndarray, source: np.ndarray, stories: np.ndarray, volume: np.ndarray) -> Counts:
    """Counts from entries in any order; equal (row, source) are added up.

    Raises ValueError for a source outside the volume.
    """
    sources = len(volume)
    if len(source) and (source.max() >= sources or source.min() < 0):
        raise ValueError("counts lie outside the volume they are compared with")
    key, inverse = np.unique(row.astype(np.int64) * sources + source, return_inverse=True)
    summed = np.bincount(inverse, stories, len(key)) if len(key) else np.zeros(0)
    return Counts(key // max(sources, 1), key % max(sources, 1), summed, np.asarray(volume, np.float64))
