"""How broadly a theme is carried on a day: by how many sources and kinds, and how evenly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.trends.exposure import mature_sources
from monitor.trends.parameters import KINDS, Parameters
from monitor.trends.series import Series

_LONG, _SHORT = 56, 28


@dataclass(frozen=True, slots=True, eq=False)
class Breadth:
    """By subject, over the weeks that end with one day. Sources without a baseline of their own are left out."""

    sources: np.ndarray
    """Distinct sources in 28 days."""
    sources_long: np.ndarray
    """Distinct sources in 56 days."""
    stories_long: np.ndarray
    kinds_long: np.ndarray
    diversity: np.ndarray
    """Effective number of sources in 56 days: exponential of Shannon's entropy (Hill 1973, order 1)."""
    by_source: np.ndarray
    """[subjects, sources] stories in 28 days."""
    newcomers: np.ndarray
    """Stories in 28 days of sources too new to be counted."""
    first_day: np.ndarray
    """Index of the first day with a story (the day after this one where there is none)."""


def breadth(series: Series, day: int, parameters: Parameters) -> Breadth:
    """The breadth of every subject on ``day``."""
    count, sources = len(series.subjects), series.sources
    long, short = np.zeros((count, sources)), np.zeros((count, sources))
    first = np.full(count, day + 1)
    for position, row in enumerate(series.subjects):
        part = slice(int(series.starts[row]), int(series.starts[row + 1]))
        days, stories, source = series.day[part], series.stories[part], series.source[part]
        known = days <= day
        if known.any():
            first[position] = days[known].min()
        for out, length in ((long, _LONG), (short, _SHORT)):
            inside = known & (days > day - length)
            out[position] = np.bincount(source[inside], stories[inside], sources)
    mature = mature_sources(series.volume[:, : day + 1], parameters)[:, day]
    newcomers = short[:, ~mature].sum(axis=1)
    long, short = long * mature, short * mature
    total = long.sum(axis=1)
    share = long / np.maximum(total, 1e-9)[:, None]
    entropy = -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1)
    kinds = np.stack([long[:, series.kinds == kind].sum(axis=1) > 0 for kind in range(len(KINDS))], axis=1)
    return Breadth(
        sources=(short > 0).sum(axis=1),
        sources_long=(long > 0).sum(axis=1),
        stories_long=total,
        kinds_long=kinds.sum(axis=1),
        diversity=np.where(total > 0, np.exp(entropy), 0.0),
        by_source=short,
        newcomers=newcomers,
        first_day=first,
    )
