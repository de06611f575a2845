"""The cases of one rule: kept, escalated and closed day by day, opened when the court says so.

Pure but for what ``Sitting`` reads on demand: the same docket hears live signals and the rehearsal of a rule.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from monitor import rules
from monitor.case_words import reasons
from monitor.monitoring import MonitorSettings
from monitor.movements import Mover
from monitor.pairing import partner_theme
from monitor.succession import Succession, follow
from storage.model import Alert, AlertState, Origin, Rule, Signal, State, Theme

RISE_DAYS, FALL_DAYS, BURST_DAYS = 28, 112, 7
_FORWARD = (State.WEAK_SIGNAL, State.EMERGING, State.TREND, State.TRANSITION, State.RUPTURE)
_KEPT = ("also", "peaks", "after_burst")


@dataclass(frozen=True, slots=True)
class Sitting:
    """What is known when cases are heard. ``today`` is the last complete day: what is decided is dated on it."""

    today: dt.date
    known: Mapping[str, Theme]
    succession: Succession
    carried: Callable[[str, dt.date, int], frozenset[str]]
    """The stories that carried a theme in the days up to a day."""


def case_id(rule_id: str, theme_id: str, opened_on: dt.date) -> str:
    """The same movement replayed gets the same id."""
    digest = hashlib.sha256(f"{rule_id}\n{theme_id}\n{opened_on.isoformat()}".encode()).hexdigest()
    return f"a-{digest[:12]}"


def onset_of(evidence: Mapping[str, Any]) -> dt.date | None:
    given = evidence.get("onset")
    return dt.date.fromisoformat(given) if given else None


class Docket:
    """The cases of one rule. ``cases`` are its past; ``stored`` is how the database holds them, where that differs."""

    def __init__(
        self, rule: Rule, settings: MonitorSettings, cases: Iterable[Alert] = (), stored: Mapping[str, Alert] | None = None
    ) -> None:
        self.rule = rule
        self.parsed = rules.parse(rule.id, rule.settings)
        self.settings = settings
        past = list(cases)
        self.open = {case.theme_id: case for case in past if case.closed_on is None}
        self.closed = {case.id: case for case in past if case.closed_on is not None}
        self.escalated: set[str] = set()
        self.spoken_for: set[str] = set()
        self._stored = stored if stored is not None else {case.id: case for case in past}
        self._last_closed: dict[str, Alert] = {}

    def sit(self, sitting: Sitting) -> None:
        """Takes up the cases as things stand: those of merged themes are heard under the heir."""
        self.sitting = sitting
        self.open, ended = follow(self.open.values(), sitting.succession, sitting.known, sitting.today)
        self.closed |= {case.id: case for case in ended}
        by_day = sorted(self.closed.values(), key=lambda case: (case.opened_on, case.id))
        self._last_closed = {sitting.succession.heir(case.theme_id): case for case in by_day}

    def heard(self, signals: Mapping[str, Signal]) -> dict[str, Signal]:
        """What the rule hears of a day's signals. One that was switched off hears nothing: its cases go quiet and close."""
        if not self.rule.enabled:
            return {}
        return {
            theme_id: signal
            for theme_id, signal in signals.items()
            if theme_id in self.sitting.known and rules.hears(self.parsed, self.sitting.known[theme_id].origin)
        }

    def keep(self, day: dt.date, signals: Mapping[str, Signal]) -> None:
        """Keeps, escalates or closes the open cases by a day's signals."""
        for theme_id, case in list(self.open.items()):
            self._keep(theme_id, case, day, signals.get(theme_id))

    def wanting(self, signals: Mapping[str, Signal]) -> dict[str, Signal]:
        """The signals that would open a case."""
        return {
            theme_id: signal
            for theme_id, signal in signals.items()
            if theme_id not in self.open and rules.opens(self.parsed, signal) and not self._is_cooling(signal)
        }

    def candidate(self, signal: Signal) -> Mover:
        return self._mover(signal, rules.case_state(self.parsed, signal), signal.day)

    def standing(self, day: dt.date, signals: Mapping[str, Signal]) -> list[Mover]:
        """What the open cases carry on a day."""
        return [
            self._mover(case, case.signal_state, day if theme_id in signals else self.sitting.today)
            for theme_id, case in self.open.items()
        ]

    def open_case(self, signal: Signal, also_says: Mapping[str, Any]) -> None:
        """Opens the case of a signal; ``also_says`` is added to its evidence."""
        score, state, today = rules.proof(self.parsed, signal), rules.case_state(self.parsed, signal), self.sitting.today
        reason_fr, reason_en = reasons(self.parsed, signal)
        self.open[signal.theme_id] = Alert(
            id=case_id(self.rule.id, signal.theme_id, today),
            rule_id=self.rule.id,
            theme_id=signal.theme_id,
            state=AlertState.FIRING,
            opened_on=today,
            signal_state=state,
            score=score,
            lift=signal.lift,
            observed=signal.observed,
            expected=signal.expected,
            sources=signal.sources,
            reason_fr=reason_fr,
            reason_en=reason_en,
            evidence={**self._evidence(signal), **also_says, "peaks": [_peak(today, score, state, signal)]},
            peak_lift=signal.lift,
            rule_version=self.rule.version,
            kind=self.parsed.kind,
            threshold=rules.needed(self.parsed, signal),
        )

    def speak_for(self, voice: str, theme_id: str) -> None:
        """Names a theme in the case that speaks for it."""
        self.spoken_for.add(theme_id)
        case = self.open[voice]
        also = sorted({*case.evidence.get("also", ()), theme_id})
        self.open[voice] = replace(case, evidence={**case.evidence, "also": also})

    def withdraw(self, theme_ids: Collection[str]) -> None:
        """Takes back cases opened at this very sitting, of which nobody has heard yet."""
        for theme_id in [key for key, case in self.open.items() if case.opened_on == self.sitting.today and key in theme_ids]:
            del self.open[theme_id]

    def risen(self) -> set[str]:
        """The themes whose rise its open cases tell."""
        rises = [(key, case) for key, case in self.open.items() if case.signal_state is not State.DECLINING]
        return {theme_id for key, case in rises for theme_id in (key, *case.evidence.get("also", ()))}

    def speaking(self, *, falls: bool) -> dict[str, Alert]:
        """Open cases of one direction."""
        return {key: case for key, case in self.open.items() if (case.signal_state is State.DECLINING) == falls}

    def cases(self) -> list[Alert]:
        return [*self.closed.values(), *self.open.values()]

    def changed(self) -> list[Alert]:
        """Cases that are new or differ from what the database holds."""
        return [case for case in self.cases() if self._stored.get(case.id) != case]

    def is_new(self, case: Alert) -> bool:
        return case.id not in self._stored

    def _keep(self, theme_id: str, case: Alert, day: dt.date, signal: Signal | None) -> None:
        if rules.is_quiet(self.parsed, case.signal_state, signal):
            since = case.quiet_since or day
            case = replace(case, quiet_since=since)
            if (day - since).days + 1 >= rules.close_after_days(self.parsed, self.settings):
                del self.open[theme_id]
                self._close(theme_id, replace(case, state=AlertState.RESOLVED, closed_on=self.sitting.today))
            else:
                self.open[theme_id] = case
            return
        assert signal is not None
        if not rules.opens(self.parsed, signal):
            # Enough to stay open, not enough to speak: the case keeps the numbers of the last day that proved it.
            self.open[theme_id] = replace(case, quiet_since=None)
            return
        score = rules.proof(self.parsed, signal)
        state = self._state(case.signal_state, rules.case_state(self.parsed, signal))
        doubled = signal.lift >= 2 * case.peak_lift if state is not State.DECLINING else signal.lift * 2 <= case.peak_lift
        # A burst is told once: what grows out of it is a movement, and a case of its own.
        escalates = not isinstance(self.parsed, rules.BuzzRule) and (state != case.signal_state or doubled)
        if escalates:
            self.escalated.add(theme_id)
        reason_fr, reason_en = reasons(self.parsed, signal)
        kept = {key: case.evidence[key] for key in _KEPT if key in case.evidence}
        peaks = kept.get("peaks", ())
        if peaks and score > peaks[-1]["score"]:
            kept["peaks"] = [*peaks, _peak(self.sitting.today, score, state, signal)]
        self.open[theme_id] = replace(
            case,
            signal_state=state,
            score=score,
            lift=signal.lift,
            observed=signal.observed,
            expected=signal.expected,
            sources=signal.sources,
            reason_fr=reason_fr,
            reason_en=reason_en,
            evidence={**(self._evidence(signal) if signal.evidence else case.evidence), **kept},
            quiet_since=None,
            peak_lift=signal.lift if doubled else case.peak_lift,
            version=case.version + (1 if escalates else 0),
        )

    def _evidence(self, signal: Signal) -> Mapping[str, Any]:
        """The signal's evidence, with the allowance of this rule in the place of the default one's."""
        if "allowance" not in signal.evidence:
            return signal.evidence
        return {**signal.evidence, "allowance": rules.allowed(self.parsed)}

    def _close(self, theme_id: str, case: Alert) -> None:
        self.closed[case.id] = case
        self._last_closed[theme_id] = case

    def _state(self, now: State, new: State) -> State:
        """States of a case go forward: a trend that is called emerging for a day is still a trend."""
        if now in _FORWARD and new in _FORWARD and _FORWARD.index(new) > _FORWARD.index(now):
            return new
        return now

    def _is_cooling(self, signal: Signal) -> bool:
        last, today = self._last_closed.get(signal.theme_id), self.sitting.today
        falls = rules.case_state(self.parsed, signal) is State.DECLINING
        if last is None or last.closed_on is None:
            return False
        if last.opened_on == today or last.closed_on == today:
            return True
        if (today - last.closed_on).days > self.settings.cooldown_days:
            return False
        if (last.signal_state is State.DECLINING) != falls:
            return False
        return signal.lift * 2 > last.peak_lift if falls else signal.lift < 2 * last.peak_lift

    def _mover(self, moving: Signal | Alert, state: State, day: dt.date) -> Mover:
        """What a signal, or a case that stands, carries on a day: both have the same numbers."""
        theme = self.sitting.known[moving.theme_id]
        falls = state is State.DECLINING
        is_burst = isinstance(self.parsed, rules.BuzzRule)
        days = BURST_DAYS if is_burst else FALL_DAYS if falls else RISE_DAYS
        return Mover(
            theme_id=theme.id,
            origin=theme.origin,
            parent_id=theme.parent_id,
            partner_id=partner_theme(theme.partner),
            score=moving.score,
            excess=moving.observed - moving.expected,
            falls=falls,
            onset=day - dt.timedelta(days=BURST_DAYS) if is_burst else onset_of(moving.evidence),
            stories=self.sitting.carried(theme.id, day, days),
        )


def hand_over(cases: Iterable[Alert], known: Mapping[str, Theme]) -> list[Alert]:
    """The cases with those on pairs under the rule for pairs: an earlier version heard them under the momentum rule."""
    return [
        replace(case, rule_id=rules.CONJUNCTION_RULE, kind="conjunction")
        if case.rule_id == rules.MOMENTUM_RULE and case.theme_id in known and known[case.theme_id].origin is Origin.CONJUNCTION
        else case
        for case in cases
    ]


def _peak(on: dt.date, score: float, state: State, signal: Signal) -> dict[str, Any]:
    """A new height of a case's evidence; the first one is its opening."""
    onset = signal.evidence.get("onset")
    return {"on": on.isoformat(), "score": score, "lift": signal.lift, "state": state.value, "onset": onset}
