"""Invented counts for the detector: a steady collection, stories added by row, and the readings of all days side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from monitor.trends.counts import Counts, one_day
from monitor.trends.detector import Detector, Layout, Reading
from monitor.trends.meetings import PairRows
from monitor.trends.parameters import Parameters


@dataclass
class Stream:
    """Volume in ``sources`` sources over ``days`` days; entries are (row, source, day, stories)."""

    sources: int = 10
    days: int = 200
    seed: int = 3
    kinds: np.ndarray | None = None
    entries: list[tuple[int, int, int, float]] = field(default_factory=list)
    copies: list[tuple[int, int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.volume = self.random.poisson(20.0, (self.sources, self.days)).astype(float) + 1
        self.kinds = np.zeros(self.sources, np.int64) if self.kinds is None else self.kinds

    def add(self, row: int, days: range, per_day: float, sources: range | None = None) -> None:
        """Stories at a steady rate, each in a source drawn at random."""
        among = range(self.sources) if sources is None else sources
        for day in days:
            for _ in range(int(self.random.poisson(per_day))):
                self.entries.append((row, int(self.random.choice(among)), day, 1.0))

    def counts(self, rows: int) -> Iterator[Counts]:
        """The days, in order."""
        table = np.array(self.entries, float).reshape(-1, 4)
        copies = np.array(self.copies, float).reshape(-1, 3)
        for day in range(self.volume.shape[1]):
            part, copied = table[table[:, 2] == day], copies[copies[:, 1] == day]
            counts = one_day(part[:, 0].astype(int), part[:, 1].astype(int), part[:, 3], self.volume[:, day])
            by_kind = np.zeros((rows, 4))
            np.add.at(by_kind[:, 0], copied[:, 0].astype(int), copied[:, 2])
            yield Counts(counts.row, counts.source, counts.stories, counts.volume, by_kind)

    def scored(self, rows: int = 1, parameters: Parameters | None = None, pairs: PairRows | None = None) -> History:
        """The readings of every day. With ``pairs``, the last rows are theirs."""
        layout = Layout(rows) if pairs is None else Layout(rows - len(pairs.rows), pairs)
        detector = Detector(layout, np.asarray(self.kinds), parameters)
        return History([detector.update(counts) for counts in self.counts(rows)], detector)


@dataclass(frozen=True)
class History:
    """Readings by day."""

    readings: list[Reading]
    detector: Detector

    def of(self, name: str) -> np.ndarray:
        """[rows, days] of a reading's array."""
        return np.stack([getattr(reading, name) for reading in self.readings], axis=1)

    @property
    def score(self) -> np.ndarray:
        return self.of("score")

    @property
    def raw(self) -> np.ndarray:
        return self.of("raw")

    @property
    def falling(self) -> np.ndarray:
        return self.of("falling")

    @property
    def onset(self) -> np.ndarray:
        return self.of("onset")

    @property
    def buzz(self) -> np.ndarray:
        return np.stack([reading.buzz.score for reading in self.readings], axis=1)
