"""Gives every living theme its dated state, with the numbers and the documents behind it.

Reads counts of complete days only, so a signal never knows more than its day; a signal once written is not changed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.engine import Connection

from monitor import rules
from monitor.evidence import WINDOW_DAYS, Members, evidence_of, new_terms
from monitor.monitoring import MonitorSettings
from monitor.readings import Readings, Score, read, score_of
from monitor.stories import stories, theme_stories
from monitor.trends.breadth import Breadth, breadth
from monitor.trends.change import find_change, is_below_usual, weekly_shares
from monitor.trends.explain import Account, sentence
from monitor.trends.momentum import Momentum, momentum
from monitor.trends.parameters import KINDS, Parameters
from monitor.trends.states import SPEAKING, Numbers, state_of
from storage import alerts, documents, leases, observations, themes
from storage.model import Origin, Signal, State
from storage.store import Store

log = structlog.get_logger()

CURSOR = "assess"
_KNOWN_AGE_AFTER = 60


@dataclass(frozen=True, slots=True)
class AssessReport:
    """Signals written, over which days and themes, and the score a movement needed."""

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
        readings = read(conn, now, living, settings.history_days)
        rule = momentum_rule(conn, settings)
        members = Members(theme_stories(conn, now), stories(conn, now)) if readings else None
        looked_at = themes.last_open(conn)
    threshold = rules.threshold(len(living), rule)
    if readings is None or members is None:
        return AssessReport(0, 0, len(living), threshold)
    days = _days(readings, done, backfill)
    if not days:
        return AssessReport(0, 0, len(living), threshold)
    # A discovered theme is picked among all that could have been born: each open story is one more chance to be wrong.
    picked = rules.threshold(len(living) + looked_at, rule)
    thresholds = {theme.id: picked if theme.origin is Origin.DISCOVERED else threshold for theme in living}
    assessor = _Assessor(readings, members, thresholds, Parameters(min_sources=rule.min_sources), days[0])
    found = [signal for day in days for signal in assessor.signals(day, is_last=day == days[-1], backfill=backfill)]
    with store.transaction() as conn:
        found = _with_new_terms(conn, found, members)
        observations.add_signals(conn, found)
        leases.set_cursor(conn, CURSOR, readings.last_day.isoformat())
    log.info("themes assessed", themes=len(living), days=len(days), signals=len(found), threshold=round(threshold, 2))
    return AssessReport(len(found), len(days), len(living), threshold)


def momentum_rule(conn: Connection, settings: MonitorSettings) -> rules.MomentumRule:
    """The momentum rule in force."""
    in_force, _ = rules.with_default(alerts.current_rules(conn), settings)
    for rule in in_force:
        parsed = rules.parse(rule.id, rule.settings)
        if rule.enabled and isinstance(parsed, rules.MomentumRule):
            return parsed
    return rules.MomentumRule()


def _days(readings: Readings, done: str | None, backfill: bool) -> list[int]:
    last = readings.series.days - 1
    if done is None:
        return list(range(last + 1)) if backfill else [last]
    return list(range(max(0, readings.index(dt.date.fromisoformat(done)) + 1), last + 1))


class _Assessor:
    """One assessment: the score of the whole series, read day by day."""

    def __init__(
        self, readings: Readings, members: Members, thresholds: Mapping[str, float], parameters: Parameters, first: int
    ) -> None:
        self.readings = readings
        self.members = members
        self.thresholds = thresholds
        self.parameters = parameters
        self.momentum: Momentum = momentum(readings.series, parameters, guarded_from=first)

    def signals(self, day: int, *, is_last: bool, backfill: bool) -> list[Signal]:
        broad = breadth(self.readings.series, day, self.parameters)
        found = []
        for theme in range(len(self.readings.themes)):
            if backfill and not is_last and broad.first_day[self.readings.subjects[theme][0]] > day:
                continue
            found.append(self._signal(theme, day, broad, is_last))
        return found

    def _signal(self, theme: int, day: int, broad: Breadth, is_last: bool) -> Signal:
        score = score_of(self.readings, self.momentum, theme, day)
        subject = self.readings.subjects[theme][0]
        threshold = self.thresholds[self.readings.themes[theme].id]
        state = State(state_of(self._numbers(theme, day, broad, score, threshold), threshold))
        shown = score.falling if state is State.DECLINING else score.score
        onset = self._onset(state, score)
        account = Account(
            observed=score.observed,
            expected=score.expected,
            lift=score.lift,
            sources=int(broad.sources[subject]),
            window_days=WINDOW_DAYS,
            kinds=self._kinds(broad, subject),
            direction="down" if state is State.DECLINING else "up" if onset else "flat",
            onset=onset,
        )
        evidence = {}
        if is_last or shown >= threshold / 2:
            evidence = evidence_of(self.readings, self.momentum, broad, theme, day, score, self.members, onset)
        return Signal(
            theme_id=self.readings.themes[theme].id,
            day=self.readings.series.first_day + dt.timedelta(days=day),
            state=state,
            score=round(shown, 4),
            lift=round(score.lift, 4),
            observed=round(score.observed, 2),
            expected=round(score.expected, 4),
            sources=int(broad.sources[subject]),
            threshold=round(threshold, 4),
            reason_fr=sentence(account, "fr"),
            reason_en=sentence(account, "en"),
            evidence=evidence,
        )

    def _numbers(self, theme: int, day: int, broad: Breadth, score: Score, threshold: float) -> Numbers:
        subject = self.readings.subjects[theme][0]
        is_rupture, below = False, False
        if max(score.score, score.falling) >= threshold:
            observed, expected = weekly_shares(self.readings.series, subject, day, self.parameters)
            today = self.readings.series.first_day + dt.timedelta(days=day)
            change = find_change(observed, expected, today)
            is_rupture = change is not None and change.is_rupture and change.ratio > 1
            below = is_below_usual(observed, expected)
        first = int(broad.first_day[subject])
        collecting = int(self.readings.series.volume.any(axis=0).argmax())
        return Numbers(
            score=score.score,
            falling=score.falling,
            lift=score.lift,
            baseline=score.baseline,
            age_days=day - first if first - collecting > _KNOWN_AGE_AFTER else None,
            stories_long=float(broad.stories_long[subject]),
            sources_long=int(broad.sources_long[subject]),
            kinds_long=int(broad.kinds_long[subject]),
            diversity=float(broad.diversity[subject]),
            is_rupture=is_rupture,
            is_below_usual=below,
        )

    def _onset(self, state: State, score: Score) -> dt.date | None:
        if state is State.DECLINING:
            return self.readings.series.first_day + dt.timedelta(days=score.fall_onset)
        if state.value in SPEAKING:
            return self.readings.series.first_day + dt.timedelta(days=score.onset)
        return None

    def _kinds(self, broad: Breadth, subject: int) -> tuple[str, ...]:
        counts = broad.by_source[subject]
        return tuple(kind for place, kind in enumerate(KINDS) if counts[self.readings.series.kinds == place].sum() > 0)


def _with_new_terms(conn: Connection, found: Sequence[Signal], members: Members) -> list[Signal]:
    """Adds the new words of themes that rise, from their titles."""
    rising = {signal.theme_id for signal in found if signal.evidence and signal.score >= signal.threshold}
    titles: dict[str, str] = {}
    for theme_id in sorted(rising):
        ids = [member.document_id for member in members.of(theme_id, dt.date.min, dt.date.max)]
        titles |= {document.id: document.title for document in documents.by_ids(conn, ids)}
    out = []
    for signal in found:
        if signal.theme_id in rising and signal.evidence and signal.score >= signal.threshold:
            start = signal.day - dt.timedelta(days=WINDOW_DAYS - 1)
            recent: dict[str, list[str]] = defaultdict(list)
            for member in members.of(signal.theme_id, start, signal.day):
                recent[member.source].append(titles[member.document_id])
            before = members.of(signal.theme_id, dt.date.min, start - dt.timedelta(days=1))
            terms = new_terms(recent, (titles[member.document_id] for member in before))
            signal = replace(signal, evidence={**signal.evidence, "new_terms": terms})
        out.append(signal)
    return out
