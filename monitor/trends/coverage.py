"""Whether a theme's usual sources were collected: by week for the chart, by source and day for the caveat.

A source is told to have been silent only where its own habit makes that unlikely; a weekly review is not silent on Tuesdays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np

_COVERED = 0.3
_USUAL_SHARE = 0.05
_MISSED = 5.0


def covered_weeks(volume: np.ndarray, weight: np.ndarray, days: int) -> np.ndarray:
    """[weeks] whether at least 30 % of the usual exposure was collected in each week of seven days, the last one maybe cut short.

    ``volume`` [sources, days] stories collected from a week's first day on, ``weight`` [sources] the theme's stories by source,
    ``days`` how many of the days are to be told. A week in progress is covered as soon as something came in.
    """
    volume = volume[:, :days]
    if not volume.size:
        return np.zeros(0, bool)
    weekly = np.add.reduceat(volume, np.arange(0, volume.shape[1], 7), axis=1)
    share = weight if weight.any() else np.ones(len(volume))
    exposure = (share[:, None] * weekly / np.maximum(weekly.mean(axis=1, keepdims=True), 1e-9)).sum(axis=0)
    usual = float(np.median(exposure[exposure > 0])) if (exposure > 0).any() else 0.0
    covered: np.ndarray = (exposure > 0) & (exposure >= _COVERED * usual)
    if volume.shape[1] % 7:
        covered[-1] = exposure[-1] > 0
    return covered


def silent_days(
    volume: np.ndarray, keys: Sequence[str], weight: np.ndarray, first_day: dt.date, days: int = 56
) -> Mapping[str, tuple[dt.date, ...]]:
    """Days of the last ``days`` on which a usual source of the theme brought nothing at all, by source key.

    A run of empty days counts when at least five stories were to be expected in it (by weekday, from the source's own
    days): less likely than one in a hundred. A usual source has 5 % of the theme's stories (``weight`` [sources]). ``volume``
    [sources, days] begins on ``first_day`` and ends with the day told of.
    """
    length = volume.shape[1]
    found: dict[str, tuple[dt.date, ...]] = {}
    total = float(weight.sum())
    if not length or total <= 0:
        return found
    weekday = np.arange(length) % 7
    for place in np.flatnonzero(weight >= _USUAL_SHARE * total).tolist():
        row = volume[place]
        spoken = np.flatnonzero(row)
        if not len(spoken):
            continue
        row, day = row[spoken[0] :], weekday[spoken[0] :]
        usual = np.bincount(day, row, 7) / np.maximum(np.bincount(day, minlength=7), 1)
        silent = [
            int(spoken[0]) + offset
            for start, end in _runs(row == 0)
            if usual[day[start:end]].sum() >= _MISSED
            for offset in range(start, end)
        ]
        shown = tuple(first_day + dt.timedelta(days=at) for at in silent if at >= length - days)
        if shown:
            found[keys[place]] = shown
    return found


def _runs(marked: np.ndarray) -> list[tuple[int, int]]:
    """Half-open runs of True."""
    edges = np.flatnonzero(np.diff(np.r_[False, marked, False].astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
