"""The long run of themes on one day: trends of years, stages, changes of level, maturity, substitution.

The long run is computed for all themes at once, once a week of the series; what needs the database is asked for the few that it
can matter to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy.engine import Connection

from monitor.readings import stories_by_day
from monitor.scoring import Scores
from monitor.trends.change import LONGEST_WEEKS, Change, find_change, is_below_usual, is_broad, weekly_by_source
from monitor.trends.longrun import LongRun, Run, longrun
from monitor.trends.parameters import KINDS
from monitor.trends.stage import Stage, maturity, moved, stage_of
from monitor.trends.states import needed_z
from monitor.trends.substitution import substitutions
from storage import observations

_HALF_YEAR = dt.timedelta(days=182)
_TWO_YEARS = dt.timedelta(days=728)
_IN_DOMAIN = 0.2
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Level:
    """The change of a theme's level in two years, whether it is broad, and whether the theme lies under its usual level."""

    change: Change | None
    is_broad: bool
    is_below_usual: bool


@dataclass(slots=True)
class Horizon:
    """What is known of the long run on one day. Rows are those of ``Scores``."""

    run: LongRun
    levels: Mapping[int, Level] = field(default_factory=dict)
    maturity_moves: Mapping[int, float | None] = field(default_factory=dict)
    replaces: Mapping[int, int] = field(default_factory=dict)
    """The falling row that a rising one takes the place of."""

    def stage(self, row: int, baseline: float) -> Stage:
        return stage_of(self.run, row, baseline)

    def of(self, row: int) -> Run:
        return self.run.of(row)


class Horizons:
    """Horizons of the days of one run; the long run is kept from one day of a week to the next."""

    def __init__(self, conn: Connection, scores: Scores) -> None:
        self._conn = conn
        self._scores = scores
        self._week = -1
        self._run: LongRun | None = None

    def on(self, day: int, moving: Sequence[int], threshold: float) -> Horizon:
        """The horizon of the day the detector has just taken in; ``moving`` rows rise or fall beyond chance."""
        run = self._long_run(day)
        z = needed_z(threshold)
        clear = np.flatnonzero((np.nan_to_num(np.abs(run.z)) >= z).any(axis=1)).tolist()
        rising = [row for row in clear if run.of(row).rise(z, 24) is not None]
        falling = [row for row in clear if run.of(row).fall(z, 18) is not None]
        looked_at = sorted({*moving, *clear})
        return Horizon(
            run=run,
            levels=self._levels(day, looked_at),
            maturity_moves=self._maturity(day, rising),
            replaces=self._replaced(day, run, rising, falling, z),
        )

    def _long_run(self, day: int) -> LongRun:
        detector, week = self._scores.detector, (day + 1) // _WEEK - 1
        if self._run is None or week != self._week:
            rows = np.arange(detector.layout.rows)
            observed, expected = detector.weeks.last(week, detector.share(rows))
            self._run, self._week = longrun(observed[: len(rows)], expected), week
        return self._run

    def _levels(self, day: int, rows: Sequence[int]) -> dict[int, Level]:
        scores, weeks = self._scores, min(LONGEST_WEEKS, (day + 1) // _WEEK)
        named = {row: scores.rows.names[row] for row in rows if " " not in scores.rows.names[row]}
        if not named or not weeks:
            return {}
        end = _WEEK * ((day + 1) // _WEEK)
        start = end - _WEEK * weeks
        volume = scores.detector.shared.volume(sources=len(scores.keys.places)).T[:, start:end]
        stories = stories_by_day(self._conn, sorted(named.values()), scores.keys.places, scores.date(start), scores.date(end))
        found = {}
        for row, name in named.items():
            observed, expected = weekly_by_source(stories[name], volume, scores.detector.parameters)
            x, m = observed.sum(axis=0), expected.sum(axis=0)
            change = find_change(x, m, scores.date(end - 1))
            broad = change is None or is_broad(observed, expected, change)
            found[row] = Level(change, broad, is_below_usual(x, m))
        return found

    def _maturity(self, day: int, rows: Sequence[int]) -> dict[int, float | None]:
        """By how much the mix of kinds of the last half year surely moved against that of two years before."""
        if not rows:
            return {}
        names, end = [self._scores.rows.names[row] for row in rows], self._scores.date(day + 1)
        now, before = (self._mix(names, day - _HALF_YEAR, day) for day in (end, end - _TWO_YEARS))
        change = moved(maturity(*now), maturity(*before))
        return {row: None if np.isnan(value) else float(value) for row, value in zip(rows, change, strict=True)}

    def _mix(self, names: Sequence[str], start: dt.date, end: dt.date) -> tuple[np.ndarray, np.ndarray]:
        stories = observations.by_kind_between(self._conn, names, start, end)
        volume = observations.volume_by_kind(self._conn, start, end)
        table = [[stories.get(name, {}).get(kind, 0) for kind in KINDS] for name in names]
        return np.array(table, np.float64), np.array([volume.get(kind, 0) for kind in KINDS], np.float64)

    def _replaced(self, day: int, run: LongRun, rising: Sequence[int], falling: Sequence[int], z: float) -> dict[int, int]:
        if not rising or not falling:
            return {}
        rows = sorted({*rising, *falling})
        names = [self._scores.rows.names[row] for row in rows]
        end = self._scores.date(day + 1)
        spoken = observations.domains_of(self._conn, names, end - _TWO_YEARS, end)
        domains = sorted({domain for counts in spoken.values() for domain in counts})
        belongs = np.zeros((len(run.weeks), len(domains)), bool)
        for row, name in zip(rows, names, strict=True):
            for domain, count in spoken.get(name, {}).items():
                belongs[row, domains.index(domain)] = count >= _IN_DOMAIN * float(run.stories[row])
        return {pair.rising: pair.falling for pair in substitutions(run, belongs, z)}
