"""Opens, keeps and closes the cases of the rules. One open case a theme and rule; a case only moves forward.

Days are gone through in order, but what is decided is dated on the last complete day known at ``now``: no case claims to
have been open before anyone could know. What happens to cases when themes merge or split is in ``monitor.succession``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from monitor import rules
from monitor.monitoring import MonitorSettings
from monitor.movements import Mover, speakers
from monitor.stories import stories, theme_stories
from monitor.succession import Succession, follow
from storage import alerts, leases, observations, themes
from storage.model import Alert, AlertState, Rule, Signal, State, Theme
from storage.store import Store

log = structlog.get_logger()

CURSOR = "cases"
_RISE_DAYS, _FALL_DAYS = 28, 112
_FORWARD = (State.WEAK_SIGNAL, State.EMERGING, State.TREND, State.TRANSITION, State.RUPTURE)


@dataclass(frozen=True, slots=True)
class CasesReport:
    """Cases opened, escalated and closed, and movements that another case already speaks of."""

    opened: int
    escalated: int
    closed: int
    spoken_for: int


def raise_alerts(store: Store, now: dt.datetime, settings: MonitorSettings) -> CasesReport:
    """Takes the signals written since the last run to the rules in force. One transaction; a second run changes nothing."""
    today = now.date() - dt.timedelta(days=1)
    with store.transaction() as conn:
        in_force, renewed = rules.with_default(alerts.current_rules(conn), settings)
        if renewed is not None:
            alerts.save_rules(conn, [renewed])
        fresh = _fresh_signals(conn, today)
        if not fresh:
            return CasesReport(0, 0, 0, 0)
        known = {theme.id: theme for theme in themes.all_themes(conn, retired=True)}
        carried = _Carried(conn, now, today)
        succession = Succession.of(themes.heirs(conn), themes.splits(conn))
        past = alerts.all_alerts(conn)
        report = CasesReport(0, 0, 0, 0)
        for rule in in_force:
            if rule.enabled:
                cases = [case for case in past if case.rule_id == rule.id]
                docket = _Docket(rule, cases, settings, today, known, carried, succession)
                for day in sorted(fresh):
                    docket.hear(day, fresh[day])
                alerts.save(conn, docket.changed())
                report = _sum(report, docket.report())
        leases.set_cursor(conn, CURSOR, max(fresh).isoformat())
    log.info("cases heard", opened=report.opened, escalated=report.escalated, closed=report.closed, spoken_for=report.spoken_for)
    return report


def case_id(rule_id: str, theme_id: str, opened_on: dt.date) -> str:
    """The same movement replayed gets the same id."""
    digest = hashlib.sha256(f"{rule_id}\n{theme_id}\n{opened_on.isoformat()}".encode()).hexdigest()
    return f"a-{digest[:12]}"


class _Docket:
    """The cases of one rule."""

    def __init__(
        self,
        rule: Rule,
        cases: Iterable[Alert],
        settings: MonitorSettings,
        today: dt.date,
        known: Mapping[str, Theme],
        carried: _Carried,
        succession: Succession,
    ) -> None:
        self.rule = rule
        self.parsed = rules.parse(rule.id, rule.settings)
        self.settings = settings
        self.today = today
        self.known = known
        self.carried = carried
        self.succession = succession
        self.before = {case.id: case for case in cases}
        standing = [case for case in self.before.values() if case.closed_on is None]
        self.open, self.ended = follow(standing, succession, known, today)
        closed = sorted((c for c in self.before.values() if c.closed_on is not None), key=lambda c: (c.opened_on, c.id))
        self.last_closed = {succession.heir(case.theme_id): case for case in closed}
        self.spoken_for: set[str] = set()
        self.escalated: set[str] = set()

    def hear(self, day: dt.date, signals: Mapping[str, Signal]) -> None:
        """One day's signals, by theme. A merged theme's last ones say nothing its heir's do not."""
        signals = {theme_id: signal for theme_id, signal in signals.items() if theme_id not in self.succession.heirs}
        for theme_id, case in list(self.open.items()):
            self._keep(theme_id, case, day, signals.get(theme_id))
        wanting = {
            theme_id: signal
            for theme_id, signal in signals.items()
            if theme_id not in self.open and rules.opens(self.parsed, signal) and not self._is_cooling(signal)
        }
        for theme_id, signal in list(wanting.items()):
            voice = self.succession.voice(theme_id, _onset(signal.evidence), self._speaking(signal.state))
            if voice is not None:
                self._speak_for(voice, theme_id)
                del wanting[theme_id]
        movers = [self._mover(signal, signal.state, signal.day) for signal in wanting.values()]
        if not movers:
            return
        standing = []
        for theme_id, case in self.open.items():
            standing.append(self._mover(case, case.signal_state, day if theme_id in signals else self.today))
        chosen, spoken_for = speakers(movers, standing)
        for mover in chosen:
            self.open[mover.theme_id] = self._opened(wanting[mover.theme_id])
        for theme_id, voice in spoken_for.items():
            self._speak_for(voice, theme_id)

    def changed(self) -> list[Alert]:
        """Cases that are new or differ from what the database holds."""
        after = [*self.ended, *self.last_closed.values(), *self.open.values()]
        return [case for case in after if self.before.get(case.id) != case]

    def report(self) -> CasesReport:
        changed = self.changed()
        return CasesReport(
            opened=sum(case.id not in self.before for case in changed),
            escalated=len(self.escalated),
            closed=sum(case.closed_on is not None for case in changed),
            spoken_for=len(self.spoken_for),
        )

    def _speaking(self, state: State) -> dict[str, Alert]:
        """Open cases of the same direction."""
        falls = state is State.DECLINING
        return {key: case for key, case in self.open.items() if (case.signal_state is State.DECLINING) == falls}

    def _speak_for(self, voice: str, theme_id: str) -> None:
        self.spoken_for.add(theme_id)
        case = self.open[voice]
        also = sorted({*case.evidence.get("also", ()), theme_id})
        self.open[voice] = replace(case, evidence={**case.evidence, "also": also})

    def _keep(self, theme_id: str, case: Alert, day: dt.date, signal: Signal | None) -> None:
        if rules.is_quiet(self.parsed, case.signal_state, signal):
            since = case.quiet_since or day
            case = replace(case, quiet_since=since)
            if (day - since).days + 1 >= self.settings.close_after_days:
                del self.open[theme_id]
                self.last_closed[theme_id] = replace(case, state=AlertState.RESOLVED, closed_on=self.today)
            else:
                self.open[theme_id] = case
            return
        assert signal is not None
        if not rules.opens(self.parsed, signal):
            # Enough to stay open, not enough to speak: the case keeps the numbers of the last day that proved it.
            self.open[theme_id] = replace(case, quiet_since=None)
            return
        state = self._state(case.signal_state, signal.state)
        doubled = signal.lift >= 2 * case.peak_lift if state is not State.DECLINING else signal.lift * 2 <= case.peak_lift
        escalates = state != case.signal_state or doubled
        if escalates:
            self.escalated.add(theme_id)
        evidence = {**(signal.evidence or case.evidence)}
        if "also" in case.evidence:
            evidence["also"] = case.evidence["also"]
        self.open[theme_id] = replace(
            case,
            signal_state=state,
            score=signal.score,
            lift=signal.lift,
            observed=signal.observed,
            expected=signal.expected,
            sources=signal.sources,
            reason_fr=signal.reason_fr,
            reason_en=signal.reason_en,
            evidence=evidence,
            quiet_since=None,
            peak_lift=signal.lift if doubled else case.peak_lift,
            version=case.version + (1 if escalates else 0),
        )

    def _state(self, now: State, new: State) -> State:
        """States of a case go forward: a trend that is called emerging for a day is still a trend."""
        if now in _FORWARD and new in _FORWARD and _FORWARD.index(new) > _FORWARD.index(now):
            return new
        return now

    def _opened(self, signal: Signal) -> Alert:
        return Alert(
            id=case_id(self.rule.id, signal.theme_id, self.today),
            rule_id=self.rule.id,
            theme_id=signal.theme_id,
            state=AlertState.FIRING,
            opened_on=self.today,
            signal_state=signal.state,
            score=signal.score,
            lift=signal.lift,
            observed=signal.observed,
            expected=signal.expected,
            sources=signal.sources,
            reason_fr=signal.reason_fr,
            reason_en=signal.reason_en,
            evidence=dict(signal.evidence),
            peak_lift=signal.lift,
        )

    def _is_cooling(self, signal: Signal) -> bool:
        last = self.last_closed.get(signal.theme_id)
        if last is None or last.closed_on is None:
            return False
        if last.opened_on == self.today or last.closed_on == self.today:
            return True
        if (self.today - last.closed_on).days > self.settings.cooldown_days:
            return False
        if (last.signal_state is State.DECLINING) != (signal.state is State.DECLINING):
            return False
        return signal.lift < 2 * last.peak_lift if signal.state is not State.DECLINING else signal.lift * 2 > last.peak_lift

    def _mover(self, moving: Signal | Alert, state: State, day: dt.date) -> Mover:
        """What a signal, or a case that stands, carries on a day: both have the same numbers."""
        theme = self.known[moving.theme_id]
        falls = state is State.DECLINING
        return Mover(
            theme_id=theme.id,
            origin=theme.origin,
            parent_id=theme.parent_id,
            score=moving.score,
            excess=moving.observed - moving.expected,
            falls=falls,
            onset=_onset(moving.evidence),
            stories=self.carried.stories(theme.id, day, _FALL_DAYS if falls else _RISE_DAYS),
        )


class _Carried:
    """Which stories carried a theme in the days up to a day."""

    def __init__(self, conn: Connection, now: dt.datetime, today: dt.date) -> None:
        self._conn = conn
        self._now = now
        self._since = today - dt.timedelta(days=2 * _FALL_DAYS)

    def stories(self, theme_id: str, day: dt.date, days: int) -> frozenset[str]:
        first, last = (day - dt.timedelta(days=days - 1)).isoformat(), day.isoformat()
        return frozenset(story for on, story in self._of.get(theme_id, ()) if first <= on <= last)

    @cached_property
    def _of(self) -> dict[str, list[tuple[str, str]]]:
        # Most days nothing wants to open, and then nothing is read.
        counted = stories(self._conn, self._now, self._since)
        joined = theme_stories(self._conn, self._now).join(counted, on="story", how="inner")
        of: dict[str, list[tuple[str, str]]] = {}
        for theme, story, day in zip(joined["theme"], joined["story"], joined["day"], strict=True):
            of.setdefault(theme, []).append((day, story))
        return of


def _onset(evidence: Mapping[str, Any]) -> dt.date | None:
    given = evidence.get("onset")
    return dt.date.fromisoformat(given) if given else None


def _fresh_signals(conn: Connection, today: dt.date) -> dict[dt.date, dict[str, Signal]]:
    done = leases.cursor(conn, CURSOR)
    start = dt.date.fromisoformat(done) + dt.timedelta(days=1) if done else dt.date.min
    found: dict[dt.date, dict[str, Signal]] = {}
    for signal in observations.signals_between(conn, start, today + dt.timedelta(days=1)):
        found.setdefault(signal.day, {})[signal.theme_id] = signal
    return found


def _sum(one: CasesReport, other: CasesReport) -> CasesReport:
    return CasesReport(
        opened=one.opened + other.opened,
        escalated=one.escalated + other.escalated,
        closed=one.closed + other.closed,
        spoken_for=one.spoken_for + other.spoken_for,
    )
