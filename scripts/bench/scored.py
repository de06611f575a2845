"""The product's detector on a stream of days: the one place where the benches run it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.trends.counts import Counts
from monitor.trends.detector import Detector, Reading


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """The reading of a day, and who carried each row in the 56 days before."""

    reading: Reading
    stories_long: np.ndarray
    sources_long: np.ndarray
    kinds_long: np.ndarray
    diversity: np.ndarray


def read_days(detector: Detector, stream: Iterable[Counts], wanted: Collection[int] | None = None) -> Iterator[Day]:
    """Takes the stream in and yields the wanted days (indexes; all of them by default)."""
    rows = detector.layout.rows
    for counts in stream:
        detector.move(counts)
        if wanted is None or detector.day in wanted:
            windows = detector.windows
            yield Day(
                reading=detector.read(),
                stories_long=windows.stories_long[:rows].copy(),
                sources_long=windows.sources_long[:rows].copy(),
                kinds_long=(windows.by_kind_long[:rows] > 0).sum(axis=1),
                diversity=windows.diversity[:rows],
            )


def scored(detector: Detector, stream: Iterable[Counts], names: Sequence[str] = ("score", "buzz")) -> dict[str, np.ndarray]:
    """[rows, days] float32 of fields of the readings; ``buzz`` is its score."""
    kept: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for day in read_days(detector, stream):
        for name, columns in kept.items():
            values = day.reading.buzz.score if name == "buzz" else getattr(day.reading, name)
            columns.append(values.astype(np.float32))
    return {name: np.stack(columns, axis=1) for name, columns in kept.items()}
