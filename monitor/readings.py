"""From the database's counts to the score's arrays and back to themes.

A conjunction is scored twice, against its technology's stories and against its domain's, and keeps the weaker evidence: a rise of
either alone is no meeting.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.engine import Connection

from monitor.stories import domain_stories, stories
from monitor.trends.momentum import Momentum, lift
from monitor.trends.parameters import KINDS
from monitor.trends.series import ALL_STORIES, Series, build_series
from storage import observations
from storage.model import Origin, Theme


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """The counts of the last days, ready to be scored. ``subjects[theme]`` are its positions in ``series.subjects``."""

    series: Series
    themes: tuple[Theme, ...]
    subjects: tuple[tuple[int, ...], ...]
    source_keys: tuple[str, ...]

    @property
    def last_day(self) -> dt.date:
        return self.series.first_day + dt.timedelta(days=self.series.days - 1)

    def index(self, day: dt.date) -> int:
        return (day - self.series.first_day).days

    def row(self, theme: int) -> int:
        """The row of a theme's own counts."""
        return int(self.series.subjects[self.subjects[theme][0]])


@dataclass(frozen=True, slots=True)
class Score:
    """A theme's momentum on one day; counts are over 28 days."""

    score: float
    falling: float
    observed: float
    expected: float
    lift: float
    baseline: float
    without_top: float | None
    onset: int
    fall_onset: int
    subject: int


def read(conn: Connection, now: dt.datetime, themes: Sequence[Theme], history_days: int) -> Readings | None:
    """The counts of the days before ``now``'s day, None while there are none. The series begins on a Monday."""
    end = now.date()
    first = observations.first_observed(conn)
    if first is None or first >= end:
        return None
    start = max(first, end - dt.timedelta(days=history_days))
    start -= dt.timedelta(days=start.weekday())
    covered = observations.coverage_between(conn, start, end)
    places = {key: place for place, key in enumerate(sorted({(key, kind) for key, kind, _, _ in covered}))}
    volume = np.zeros((len(places), (end - start).days))
    for key, kind, day, count in covered:
        volume[places[key, kind], (day - start).days] = count
    rows = _Rows()
    for theme_id, key, kind, day, count in observations.counts_between(conn, start, end):
        rows.add(theme_id, places[key, kind], (day - start).days, count)
    living = tuple(sorted(themes, key=lambda theme: theme.id))
    if any(theme.origin is Origin.CONJUNCTION for theme in living):
        spoken = domain_stories(conn, now).join(stories(conn, now, start), on="story", how="inner")
        for domain, key, kind, text in zip(spoken["domain"], spoken["source_key"], spoken["kind"], spoken["day"], strict=True):
            if (key, kind) in places:
                rows.add(_domain_row(domain), places[key, kind], (dt.date.fromisoformat(text) - start).days, 1)
    subjects, references, of_theme = _subjects(living, rows)
    kinds = [KINDS.index(kind) for _, kind in places]
    series = build_series(start, volume, kinds, rows.entries(), len(rows.names), subjects, references)
    return Readings(series, living, tuple(of_theme), tuple(key for key, _ in places))


def score_of(readings: Readings, momentum: Momentum, theme: int, day: int) -> Score:
    """The score of a theme on a day (index); of a conjunction, the weaker evidence and the larger expectation of the two."""
    positions = readings.subjects[theme]
    weaker = min(positions, key=lambda p: (momentum.score[p, day], p))
    part = slice(max(0, day - 27), day + 1)
    observed = min(float(momentum.observed[part, p, 0].sum()) for p in positions)
    expected = max(float(momentum.expected[part, p, 0].sum()) for p in positions)
    without_top = float(momentum.without_top[weaker, day])
    return Score(
        score=float(momentum.score[weaker, day]),
        falling=min(float(momentum.falling[p, day]) for p in positions),
        observed=observed,
        expected=expected,
        lift=float(lift(np.array(observed), np.array(expected))),
        baseline=float(momentum.baseline[positions[0], day]),
        without_top=None if np.isnan(without_top) else without_top,
        onset=int(momentum.onset[weaker, day]),
        fall_onset=int(momentum.fall_onset[weaker, day]),
        subject=weaker,
    )


class _Rows:
    """Rows by name, and their entries."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self._entries: list[tuple[int, int, int, int]] = []

    def of(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))

    def add(self, name: str, source: int, day: int, count: int) -> None:
        self._entries.append((self.of(name), source, day, count))

    def entries(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        table = np.array(self._entries, np.int64).reshape(-1, 4)
        return table[:, 0], table[:, 1], table[:, 2], table[:, 3]


def _subjects(living: Sequence[Theme], rows: _Rows) -> tuple[list[int], list[int], list[tuple[int, ...]]]:
    subjects: list[int] = []
    references: list[int] = []
    of_theme: list[tuple[int, ...]] = []
    for theme in living:
        against = [ALL_STORIES]
        if theme.origin is Origin.CONJUNCTION and theme.parent_id and theme.partner:
            against = [rows.of(theme.parent_id), rows.of(_domain_row(theme.partner))]
        of_theme.append(tuple(range(len(subjects), len(subjects) + len(against))))
        subjects += [rows.of(theme.id)] * len(against)
        references += against
    return subjects, references, of_theme


def _domain_row(domain: str) -> str:
    # A space keeps it apart from any theme's id.
    return f"domain {domain}"
