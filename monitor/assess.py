"""Gives every living theme its dated state, with the numbers and the documents behind it.

Reads counts of complete days only, so a signal never knows more than its day; a signal once written is not changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import structlog
from sqlalchemy.engine import Connection

from monitor import rules
from monitor.evidence import WINDOW_DAYS, Member, evidence_in, read_members
from monitor.horizon import Horizons
from monitor.judging import Judge, Judged
from monitor.measuring import Meter, Stakes
from monitor.monitoring import MonitorSettings
from monitor.novelty import novelty
from monitor.pairing import possible_pairs
from monitor.scoring import Scores, scores
from monitor.trends.detector import Reading
from monitor.trends.parameters import Parameters
from storage import alerts, leases, observations, sources, themes
from storage.model import Origin, Signal, State, Theme
from storage.store import Store

log = structlog.get_logger()

CURSOR = "assess"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AssessReport:
    """Signals written, over which days and themes, and the score a movement of a watch theme needed."""

    signals: int
    days: int
    themes: int
    threshold: float


def assess(store: Store, now: dt.datetime, settings: MonitorSettings, *, backfill: bool = False) -> AssessReport:
    """Writes the signals of the complete days since the last assessment.

    The first time, only the last complete day is assessed; with ``backfill``, all of them. Themes without history get a
    quiet signal.
    """
    with store.reading() as conn:
        living = themes.all_themes(conn)
        done = leases.cursor(conn, CURSOR)
        changes = observations.take_changes(conn)
        stakes = _AllStakes(conn, living, settings)
        parameters = Parameters(min_sources=settings.min_sources)
        scored = scores(conn, now, living, parameters, settings.history_days, changes, afresh=backfill and done is None)
        if scored is None:
            return AssessReport(0, 0, len(living), stakes.watch.threshold)
        start = scored.last if done is None and not backfill else _next(scored, done)
        found = _Assessment(conn, scored, stakes, living).signals(start, backfill=backfill)
    days = len({signal.day for signal in found})
    with store.transaction() as conn:
        observations.add_signals(conn, found)
        observations.clear_changes(conn, changes)
        scored.save(conn, now)
        leases.set_cursor(conn, CURSOR, max(scored.date(scored.last).isoformat(), done or ""))
    log.info("themes assessed", themes=len(living), days=days, signals=len(found), threshold=round(stakes.watch.threshold, 2))
    return AssessReport(len(found), days, len(living), stakes.watch.threshold)


def _next(scored: Scores, done: str | None) -> int:
    return 0 if done is None else max(0, (dt.date.fromisoformat(done) + _DAY - scored.first_day).days)


class _AllStakes:
    """What scores are held against, by the default rules in force.

    A discovered theme is picked among all that could have been born: each open story is one more chance to be wrong.
    """

    def __init__(self, conn: Connection, living: Sequence[Theme], settings: MonitorSettings) -> None:
        in_force = {rule.id: rule for rule in rules.with_defaults(alerts.current_rules(conn), settings)[0]}
        movement, meeting, buzz = (rules.parse(rule_id, in_force[rule_id].settings) for rule_id in rules.DEFAULTS)
        watched = sum(theme.origin is not Origin.CONJUNCTION for theme in living)
        picked = watched + themes.last_open(conn)
        self.watch = _stakes(watched, movement, buzz)
        self.discovered = _stakes(picked, movement, buzz)
        self.pairs = _stakes(max(1, possible_pairs(living)), meeting, buzz)

    def of(self, theme: Theme) -> Stakes:
        if theme.origin is Origin.CONJUNCTION:
            return self.pairs
        return self.discovered if theme.origin is Origin.DISCOVERED else self.watch


def _stakes(subjects: int, movement: rules.AnyRule, buzz: rules.AnyRule) -> Stakes:
    assert not isinstance(movement, rules.ThresholdRule | rules.BuzzRule)
    assert isinstance(buzz, rules.BuzzRule)
    return Stakes(
        subjects=subjects,
        allowance=movement.false_alerts_per_month,
        threshold=rules.threshold(subjects, movement),
        buzz_threshold=rules.threshold(subjects, buzz),
        buzz_allowance=buzz.false_alerts_per_month,
    )


class _Assessment:
    """One run over the days that have no signals yet."""

    def __init__(self, conn: Connection, scored: Scores, stakes: _AllStakes, living: Sequence[Theme]) -> None:
        self._conn = conn
        self._scores = scored
        self._stakes = stakes
        self._themes = [theme for theme in living if theme.id in scored.place]
        self._known = {theme.id: theme for theme in living}
        self._horizons = Horizons(conn, scored)
        self._names = {source.id: source.name for source in sources.all_sources(conn)}

    def signals(self, start: int, *, backfill: bool) -> list[Signal]:
        """Signals of the days from ``start`` (index) on."""
        found: list[Signal] = []
        last = self._scores.last
        for day in self._scores.days():
            if day >= start:
                found += self._signals_of(day, is_last=day == last, backfill=backfill)
        return found

    def _signals_of(self, day: int, *, is_last: bool, backfill: bool) -> list[Signal]:
        scored, reading = self._scores, self._scores.detector.read()
        first_day = scored.detector.windows.first_day
        today = [theme for theme in self._themes if is_last or not backfill or first_day[scored.place[theme.id]] <= day]
        lowest = min(self._stakes.watch.threshold, self._stakes.pairs.threshold)
        moving = np.flatnonzero(np.maximum(reading.score, reading.falling) >= lowest).tolist()
        judge = Judge(scored, reading, self._horizons.on(day, moving, lowest), self._known)
        judged = {}
        for theme in today:
            stakes = self._stakes.of(theme)
            judged[theme.id] = judge.judge(theme, stakes.threshold, stakes.allowance)
        speaking = [theme for theme in today if is_last or self._speaks(theme, judged[theme.id], reading)]
        evidence = self._evidence(day, speaking, judged, judge, reading)
        return [self._signal(day, theme, judged[theme.id], reading, evidence.get(theme.id, {})) for theme in today]

    def _speaks(self, theme: Theme, judged: Judged, reading: Reading) -> bool:
        stakes = self._stakes.of(theme)
        burst = float(reading.buzz.score[self._scores.place[theme.id]])
        return judged.score >= stakes.threshold / 2 or burst >= stakes.buzz_threshold / 2

    def _evidence(
        self, day: int, speaking: Sequence[Theme], judged: Mapping[str, Judged], judge: Judge, reading: Reading
    ) -> dict[str, dict[str, object]]:
        if not speaking:
            return {}
        today = self._scores.date(day)
        euros = observations.euros_between(self._conn, today - (WINDOW_DAYS - 1) * _DAY, today + _DAY)
        meter = Meter(self._scores, reading, judge, self._known, euros)
        members = read_members(self._conn, [theme.id for theme in speaking], today)
        found = {}
        for theme in speaking:
            stakes, of_theme = self._stakes.of(theme), members.get(theme.id, [])
            told = evidence_in(meter.measure(theme, judged[theme.id], stakes), of_theme, self._names)
            if judged[theme.id].score >= stakes.threshold or "buzz" in told:
                told |= self._new(of_theme, today)
            found[theme.id] = told
        return found

    def _new(self, members: Sequence[Member], today: dt.date) -> dict[str, object]:
        return dict(novelty(self._conn, members, today - (WINDOW_DAYS - 1) * _DAY, today).as_evidence())

    def _signal(self, day: int, theme: Theme, judged: Judged, reading: Reading, evidence: Mapping[str, object]) -> Signal:
        row, stakes = self._scores.place[theme.id], self._stakes.of(theme)
        return Signal(
            theme_id=theme.id,
            day=self._scores.date(day),
            state=State(judged.decision.state),
            score=round(judged.score, 4),
            lift=round(float(reading.lift[row]), 4),
            observed=round(float(reading.observed[row]), 2),
            expected=round(float(reading.expected[row]), 4),
            sources=int(self._scores.detector.windows.sources[row]),
            threshold=round(stakes.threshold, 4),
            reason_fr=judged.reason_fr,
            reason_en=judged.reason_en,
            evidence={"subjects": stakes.subjects, **evidence},
            decided_by=judged.decision.rule,
            stage=judged.stage.name,
            buzz=round(float(reading.buzz.score[row]), 4),
            falling=round(float(reading.falling[row]), 4),
        )
