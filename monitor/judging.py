"""A theme's signal on a day: its numbers, the state they give and the rule that decided it, said in a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.horizon import Horizon, Level
from monitor.pairing import DOMAINS, partner_theme
from monitor.scoring import Scores
from monitor.trends import explain
from monitor.trends.band import expected_band
from monitor.trends.detector import SHORT, Reading
from monitor.trends.dispersion import place_of
from monitor.trends.parameters import KINDS
from monitor.trends.stage import Stage
from monitor.trends.states import SPEAKING, Decision, Numbers, decide
from monitor.trends.wording import Names
from storage.model import Origin, Theme

_KNOWN_AGE_AFTER = 60
_QUIET = Level(None, True, False)
_SPANS = {12: 0, 18: 1, 24: 2, 0: 3}


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of one theme on one day; ``score`` is the evidence shown: of a fall when it declines."""

    decision: Decision
    stage: Stage
    score: float
    onset: dt.date | None
    onset_interval: tuple[dt.date, dt.date] | None
    reason_fr: str
    reason_en: str
    long_run: explain.LongRun | None


class Judge:
    """Judges the themes of one day."""

    def __init__(self, scores: Scores, reading: Reading, horizon: Horizon, known: Mapping[str, Theme]) -> None:
        self._scores = scores
        self._reading = reading
        self._horizon = horizon
        self._known = known

    def judge(self, theme: Theme, threshold: float, allowance: float) -> Judged:
        """``threshold`` is the score an alert on this theme needs, ``allowance`` the false alerts a month it stands for."""
        row, reading = self._scores.place[theme.id], self._reading
        decision = decide(self._numbers(row), threshold)
        falls = _falls(decision)
        onset = self._onset(decision, row)
        level = self._horizon.levels.get(row, _QUIET)
        interval = None
        if decision.state == "rupture" and level.change is not None and onset is not None:
            # The score dates the day from which it is sure, the change the week in which the level moved.
            found = (level.change.earliest, level.change.latest + dt.timedelta(days=6))
            interval = found if found[0] <= onset <= found[1] else None
        low, high = expected_band(
            float(reading.expected[row]), float(reading.variance[place_of(SHORT), row]), float(reading.certainty[row])
        )
        long_run = self._long_run(decision, row)
        account = explain.Account(
            observed=float(reading.observed[row]),
            expected=float(reading.expected[row]),
            lift=float(reading.lift[row]),
            sources=int(self._scores.detector.windows.sources[row]),
            window_days=SHORT,
            kinds=self._kinds(row),
            direction="down" if falls else "up" if onset else "flat",
            onset=onset,
            band=(float(low), float(high)),
            allowance=allowance if onset else None,
            by_actors=self.is_of_one_source(row),
            meeting=self._meeting(theme),
            shift=_shift(decision, level),
            long_run=long_run,
        )
        reason_fr, reason_en = explain.sentences(account)
        return Judged(
            decision=decision,
            stage=self._horizon.stage(row, float(reading.certainty[row])),
            score=float(reading.falling[row] if falls else reading.score[row]),
            onset=onset,
            onset_interval=interval,
            reason_fr=reason_fr,
            reason_en=reason_en,
            long_run=long_run,
        )

    def burst(self, theme: Theme, allowance: float) -> Names:
        """The sentence of a burst."""
        row, buzz = self._scores.place[theme.id], self._reading.buzz
        account = explain.Account(
            observed=float(buzz.observed[row]),
            expected=float(buzz.expected[row]),
            lift=float((buzz.observed[row] + 2.0) / (buzz.expected[row] + 2.0)),
            sources=int(buzz.sources[row]),
            window_days=int(buzz.days[row]),
            kinds=self._kinds(row),
            direction="flat",
            allowance=allowance,
            is_buzz=True,
            by_actors=self.is_of_one_source(row),
        )
        return Names(*explain.sentences(account))

    def is_of_one_source(self, row: int) -> bool:
        """Whether all stories of the window come from the parts of one database or publisher."""
        keys = self._scores.keys.sources()
        spoke = {keys[place] for place in np.flatnonzero(self._scores.detector.windows.counts[SHORT][row])}
        return len({key.split("#", 1)[0] for key in spoke}) == 1 and any("#" in key for key in spoke)

    def _numbers(self, row: int) -> Numbers:
        reading, windows = self._reading, self._scores.detector.windows
        level = self._horizon.levels.get(row, _QUIET)
        return Numbers(
            score=float(reading.score[row]),
            falling=float(reading.falling[row]),
            lift=float(reading.lift[row]),
            baseline=float(reading.certainty[row]),
            age_days=self._age(row),
            stories_long=float(windows.stories_long[row]),
            sources_long=int(windows.sources_long[row]),
            kinds_long=int((windows.by_kind_long[row] > 0).sum()),
            diversity=float(windows.diversity[row]),
            is_below_usual=level.is_below_usual,
            change=level.change,
            change_is_broad=level.is_broad,
            run=self._horizon.of(row),
            maturity_move=self._horizon.maturity_moves.get(row),
            replaces=row in self._horizon.replaces,
            is_replaced=row in self._horizon.replaces.values(),
            in_season=bool(reading.in_season[row]),
        )

    def _age(self, row: int) -> int | None:
        first = int(self._scores.detector.windows.first_day[row])
        collecting = int(self._scores.detector.exposure.first.min(initial=self._reading.day))
        return self._reading.day - first if first - collecting > _KNOWN_AGE_AFTER else None

    def _onset(self, decision: Decision, row: int) -> dt.date | None:
        if decision.state not in SPEAKING:
            return None
        return self._scores.date(int((self._reading.fall_onset if _falls(decision) else self._reading.onset)[row]))

    def _kinds(self, row: int) -> tuple[str, ...]:
        counts = self._scores.detector.windows.counts[SHORT][row]
        kinds = self._scores.detector.kinds
        return tuple(kind for place, kind in enumerate(KINDS) if counts[kinds == place].any())

    def _meeting(self, theme: Theme) -> tuple[Names, Names] | None:
        sides = sides_of(theme, self._known)
        return None if sides is None else (sides[0][1], sides[1][1])

    def _long_run(self, decision: Decision, row: int) -> explain.LongRun | None:
        if decision.rule not in ("trend.long_rise", "transition.maturity", "transition.substitution", "declining.long_fall"):
            return None
        run = self._horizon.of(row)
        slopes = [(months, slope) for months, slope in zip(_SPANS, run.slope, strict=True) if slope is not None]
        proven = run.fall(0.0, 18) if _falls(decision) else run.rise(0.0, 24 if decision.state == "transition" else 12)
        slope = dict(slopes).get(proven or 0)
        if slope is None:
            return None
        months = proven or round(run.weeks / 52 * 12)
        fallen = self._horizon.replaces.get(row)
        gone = self._known.get(self._scores.rows.names[fallen]) if fallen is not None else None
        return explain.LongRun(
            since=self._scores.date(self._reading.day) - dt.timedelta(days=round(months * 30.44)),
            per_year=slope,
            months=months,
            replaces=None if gone is None else Names(gone.label_fr, gone.label_en),
            towards_market=decision.rule == "transition.maturity",
        )


def sides_of(theme: Theme, known: Mapping[str, Theme]) -> tuple[tuple[str, Names], tuple[str, Names]] | None:
    """Row name and label of the two sides of a pair; None for a theme that is none."""
    one = known.get(theme.parent_id or "")
    if theme.origin is not Origin.CONJUNCTION or one is None or not theme.partner:
        return None
    other_id = partner_theme(theme.partner)
    if other_id is not None:
        other = known.get(other_id)
        second = None if other is None else (other_id, Names(other.label_fr, other.label_en))
    else:
        second = (f"domain {theme.partner}", Names(*DOMAINS[theme.partner])) if theme.partner in DOMAINS else None
    return None if second is None else ((one.id, Names(one.label_fr, one.label_en)), second)


def _falls(decision: Decision) -> bool:
    return decision.state == "declining" or decision.rule == "rupture.sharp_fall"


def _shift(decision: Decision, level: Level) -> explain.Shift | None:
    if decision.state != "rupture" or level.change is None:
        return None
    change = level.change
    return explain.Shift(on=change.start, ratio=change.ratio, first=change.earliest, last=change.latest)
