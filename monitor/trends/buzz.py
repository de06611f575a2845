"""The fast channel: bursts of one to seven days, which are talk and not yet a trend.

A burst must stay unlikely (negative binomial tail) without its strongest source, and without the strongest day of the others:
what many print within a day is one event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitor.trends.guard import upper_tail
from monitor.trends.parameters import Parameters

LONGEST = 7


@dataclass(frozen=True, slots=True, eq=False)
class Buzz:
    """By row: evidence (log10) after the guards, the length of the burst in days, its stories, those expected, its sources."""

    score: np.ndarray
    days: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    sources: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """The last seven days, newest last: entries of each, and by window length [rows] stories, expected and relative variance."""

    days: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]]
    observed: dict[int, np.ndarray]
    expected: dict[int, np.ndarray]
    size: dict[int, np.ndarray]


def find_buzz(recent: Recent, rows: int, sources: int, parameters: Parameters) -> Buzz:
    """The strongest burst of each row that ends today; none where ``recent`` holds no window."""
    score, days = np.zeros(rows), np.zeros(rows, np.int64)
    observed, expected, voices = np.zeros(rows), np.zeros(rows), np.zeros(rows, np.int64)
    if LONGEST not in recent.observed:
        return Buzz(score, days, observed, expected, voices)
    full = {h: upper_tail(x, recent.expected[h], recent.size[h]) for h, x in recent.observed.items()}
    enough = recent.observed[LONGEST] >= parameters.min_sources
    chosen = np.flatnonzero(enough & (np.max(list(full.values()), axis=0) > parameters.buzz_from))
    if not len(chosen):
        return Buzz(score, days, observed, expected, voices)
    cells = _dense(recent.days, chosen, rows, sources)
    for length, evidence in full.items():
        part = cells[:, LONGEST - length :]
        mean, size = recent.expected[length][chosen], recent.size[length][chosen]
        by_source = part.sum(axis=1)
        total = by_source.sum(axis=1)
        everyone = np.arange(len(chosen))
        # What the strongest source and day were expected to bring stays in the expectation: the harder test.
        rest = total - by_source.max(axis=1)
        kept = np.minimum(evidence[chosen], parameters.buzz_source_factor * upper_tail(rest, mean, size))
        if length > 1:
            others = part.sum(axis=2) - part[everyone, :, by_source.argmax(axis=1)]
            later = rest - others.max(axis=1)
            kept = np.minimum(kept, parameters.buzz_day_factor * upper_tail(later, mean, size))
        else:
            kept = kept * parameters.buzz_one_day
        spoke = (by_source > 0).sum(axis=1)
        kept = np.where((spoke >= parameters.min_sources) & (kept > 0), kept + parameters.buzz_calibration, 0.0)
        better = kept > score[chosen]
        place = chosen[better]
        score[place], days[place] = kept[better], length
        observed[place], expected[place], voices[place] = total[better], mean[better], spoke[better]
    return Buzz(score, days, observed, expected, voices)


def _dense(days: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], chosen: np.ndarray, rows: int, sources: int) -> np.ndarray:
    """[chosen, days, sources] stories."""
    place = np.full(rows + 1, -1)  # and the detector's empty row
    place[chosen] = np.arange(len(chosen))
    cells = np.zeros((len(chosen), LONGEST, sources), np.float32)
    for back, (row, source, stories) in enumerate(reversed(days)):
        at = place[row]
        known = at >= 0
        cells[at[known], LONGEST - 1 - back, source[known]] = stories[known]
    return cells
