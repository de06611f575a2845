"""Sparse counts of stories by theme, source and day, and the volume they are compared with.

A *row* is one sequence of counts (a theme's, a domain's). A *subject* is a row to be scored; its *reference* says against which
volume: all stories of each source, or the stories of another row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ALL_STORIES = -1


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Entries are sorted by row; ``starts[r]:starts[r + 1]`` are those of row ``r``. ``kinds`` indexes ``KINDS`` by source."""

    first_day: dt.date
    volume: np.ndarray
    """[sources, days] stories collected, whatever their theme."""
    kinds: np.ndarray
    starts: np.ndarray
    source: np.ndarray
    day: np.ndarray
    stories: np.ndarray
    subjects: np.ndarray
    references: np.ndarray

    @property
    def days(self) -> int:
        return int(self.volume.shape[1])

    @property
    def sources(self) -> int:
        return int(self.volume.shape[0])

    def dense(self, rows: np.ndarray) -> np.ndarray:
        """[len(rows), sources, days] stories, float32."""
        out = np.zeros((len(rows), self.sources, self.days), np.float32)
        for position, row in enumerate(rows):
            part = slice(int(self.starts[row]), int(self.starts[row + 1]))
            out[position, self.source[part], self.day[part]] = self.stories[part]
        return out


def build_series(
    first_day: dt.date,
    volume: np.ndarray,
    kinds: Sequence[int] | np.ndarray,
    entries: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    rows: int,
    subjects: Sequence[int] | np.ndarray | None = None,
    references: Sequence[int] | np.ndarray | None = None,
) -> Series:
    """A series from ``entries`` (row, source, day, stories), in any order; equal keys are added up.

    By default every row is a subject compared with all stories. Raises ValueError for an entry outside the volume.
    """
    row, source, day, stories = (np.asarray(part) for part in entries)
    volume = np.asarray(volume, np.float64)
    sources, days = volume.shape
    if len(row) and (source.max() >= sources or day.max() >= days or row.max() >= rows or min(source.min(), day.min()) < 0):
        raise ValueError("counts lie outside the volume they are compared with")
    key = (row.astype(np.int64) * sources + source) * days + day
    unique, inverse = np.unique(key, return_inverse=True)
    summed = np.bincount(inverse, stories, len(unique)) if len(unique) else np.zeros(0)
    of_row = unique // (sources * days) if len(unique) else unique
    chosen = np.arange(rows) if subjects is None else np.asarray(subjects, np.int64)
    return Series(
        first_day=first_day,
        volume=volume,
        kinds=np.asarray(kinds, np.int64),
        starts=np.searchsorted(of_row, np.arange(rows + 1)),
        source=(unique // days) % sources if len(unique) else unique,
        day=unique % days if len(unique) else unique,
        stories=summed.astype(np.float32),
        subjects=chosen,
        references=np.full(len(chosen), ALL_STORIES) if references is None else np.asarray(references, np.int64),
    )
