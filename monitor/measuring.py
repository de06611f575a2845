"""The numbers behind one theme's signal as plain values, for ``monitor.evidence`` to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from monitor.evidence import WEEKS, Burst, Margin, Measured, Said, WeekCount, Years
from monitor.judging import Judge, Judged, sides_of
from monitor.scoring import Scores
from monitor.trends.coverage import covered_weeks, silent_days
from monitor.trends.detector import SHORT, Reading
from monitor.trends.dispersion import place_of
from monitor.trends.parameters import KINDS
from monitor.trends.state_words import RULES, STAGE_NAMES
from monitor.trends.wording import Language, Names
from storage.model import Theme

_NO_EXPECTATION_DAYS = 28
"""The first weeks of a collection have no past to expect anything from: they would show as an absence."""


@dataclass(frozen=True, slots=True)
class Stakes:
    """What a score is held against: subjects watched together, false alerts a month over them, and the scores these ask for."""

    subjects: int
    allowance: float
    threshold: float
    buzz_threshold: float
    buzz_allowance: float


class Meter:
    """Measures themes on the day the detector has just taken in."""

    def __init__(
        self, scores: Scores, reading: Reading, judge: Judge, known: Mapping[str, Theme], euros: Mapping[str, float]
    ) -> None:
        self._scores = scores
        self._reading = reading
        self._judge = judge
        self._known = known
        self._euros = euros
        day, last_week = reading.day, reading.day // 7
        begun = int(scores.detector.exposure.first.min(initial=day))
        self._collecting = day - begun
        self._first_week = max(-(-(begun + _NO_EXPECTATION_DAYS) // 7), last_week - WEEKS + 1)
        days = max(day + 1 - 7 * self._first_week, 56)
        self._volume = scores.detector.shared.volume(days=days, sources=len(scores.keys.places)).T

    def measure(self, theme: Theme, judged: Judged, stakes: Stakes) -> Measured:
        """Everything ``monitor.evidence.evidence_in`` asks for."""
        scores, reading = self._scores, self._reading
        row, detector = scores.place[theme.id], scores.detector
        keys, counts = scores.keys.sources(), detector.windows.counts[SHORT][row]
        by_source = {keys[place]: float(counts[place]) for place in np.flatnonzero(counts)}
        weight = detector.exposure.baseline[row] + detector.windows.counts[56][row]
        without = float(reading.without_top[row])
        return Measured(
            day=scores.date(reading.day),
            observed=float(reading.observed[row]),
            expected=float(reading.expected[row]),
            variance=float(reading.variance[place_of(SHORT), row]),
            weekly_variance=float(reading.variance[place_of(7), row]),
            baseline=float(reading.certainty[row]),
            score=judged.score,
            without_top=None if np.isnan(without) else without,
            by_source=by_source,
            by_kind={kind: float(counts[detector.kinds == place].sum()) for place, kind in enumerate(KINDS)},
            sources_long=int(detector.windows.sources_long[row]),
            stories_long=float(detector.windows.stories_long[row]),
            collecting_days=self._collecting,
            weeks=self._weeks(row, weight),
            onset=judged.onset,
            onset_interval=judged.onset_interval,
            subjects=stakes.subjects,
            allowance=stakes.allowance,
            eur=self._euros.get(theme.id),
            decided_by=_said(judged.decision.rule, RULES[judged.decision.rule]),
            stage=_stage(judged),
            lacks=tuple(dict.fromkeys((*judged.decision.lacks, *judged.stage.lacks))),
            long_run=_years(judged),
            margins=self._margins(theme),
            burst=self._burst(theme, row, stakes),
            newcomers=self._newcomers(row),
            silent=silent_days(self._volume, keys, weight, scores.date(reading.day + 1 - self._volume.shape[1])),
        )

    def _weeks(self, row: int, weight: np.ndarray) -> list[WeekCount]:
        detector, day = self._scores.detector, self._reading.day
        last = day // 7
        if self._first_week > last:
            return []
        full = last if day % 7 == 6 else last - 1
        length = full - self._first_week + 1
        observed, expected = (part[row].tolist() for part in detector.season.last(full, length)) if length > 0 else ([], [])
        if full < last:
            now, usual = detector.dispersion.last(day, day % 7 + 1)
            observed, expected = [*observed, float(now[row])], [*expected, float(usual[row])]
        first = day + 1 - 7 * self._first_week
        covered = covered_weeks(self._volume[:, -first:], weight, first)
        return [
            WeekCount(
                week=self._scores.date(7 * (self._first_week + place)),
                observed=float(observed[place]),
                expected=float(expected[place]),
                covered=bool(covered[place]),
            )
            for place in range(len(observed))
        ]

    def _margins(self, theme: Theme) -> tuple[Margin, Margin] | None:
        sides = sides_of(theme, self._known)
        if sides is None or any(name not in self._scores.place for name, _ in sides):
            return None
        one, other = (self._margin(name, label) for name, label in sides)
        return one, other

    def _margin(self, name: str, label: Names) -> Margin:
        row = self._scores.place[name]
        observed, expected = float(self._reading.observed[row]), float(self._reading.expected[row])
        return Margin(id=name.removeprefix("domain "), name=label, observed=observed, expected=expected)

    def _burst(self, theme: Theme, row: int, stakes: Stakes) -> Burst | None:
        buzz = self._reading.buzz
        if buzz.score[row] < stakes.buzz_threshold:
            return None
        return Burst(
            days=int(buzz.days[row]),
            observed=float(buzz.observed[row]),
            expected=float(buzz.expected[row]),
            score=float(buzz.score[row]),
            sources=int(buzz.sources[row]),
            words=self._judge.burst(theme, stakes.buzz_allowance),
        )

    def _newcomers(self, row: int) -> dict[str, float]:
        """Stories left out in 28 days, by source too new to be counted."""
        found: dict[str, float] = {}
        keys = self._scores.keys.sources()
        for rows, sources in self._scores.detector.windows.fresh:
            for place in sources[rows == row].tolist():
                found[keys[place]] = found.get(keys[place], 0.0) + 1.0
        return found


def _stage(judged: Judged) -> Said | None:
    if judged.stage.name is None:
        return None
    said = _said(judged.stage.name, STAGE_NAMES[judged.stage.name])
    return replace(said, plausible=judged.stage.plausible)


def _years(judged: Judged) -> Years | None:
    run = judged.long_run
    return None if run is None else Years(since=run.since, per_year=run.per_year, months=run.months)


def _said(key: str, words: Mapping[Language, str]) -> Said:
    return Said(id=key, words=Names(words["fr"], words["en"]))
