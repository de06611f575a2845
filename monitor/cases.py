"""Opens, keeps and closes the cases of the rules. One open case a theme and rule; a case only moves forward.

Days are gone through in order, but what is decided is dated on the last complete day known at ``now``: no case claims to
have been open before anyone could know. The rules every installation starts with tell one movement once between them; a rule
somebody added is heard by itself. What happens to cases when themes merge or split is in ``monitor.succession``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from monitor import rules
from monitor.carried import Carried
from monitor.dockets import Docket, Sitting, hand_over, onset_of
from monitor.monitoring import MonitorSettings
from monitor.movements import speakers
from monitor.succession import Succession
from storage import alerts, leases, past_signals, themes
from storage.model import Alert, Signal, State
from storage.store import Store

log = structlog.get_logger()

CURSOR = "cases"


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
        in_force, renewed = rules.with_defaults(alerts.current_rules(conn), settings)
        alerts.save_rules(conn, renewed)
        done = leases.cursor(conn, CURSOR)
        start = dt.date.fromisoformat(done) + dt.timedelta(days=1) if done else dt.date.min
        days = past_signals.days(conn, start, today + dt.timedelta(days=1))
        if not days:
            return CasesReport(0, 0, 0, 0)
        known = {theme.id: theme for theme in themes.all_themes(conn, retired=True)}
        stored = alerts.all_alerts(conn)
        past = hand_over(stored, known)
        before = {case.id: case for case in stored}
        dockets = [Docket(rule, settings, [case for case in past if case.rule_id == rule.id], before) for rule in in_force]
        succession = Succession.of(themes.heirs(conn), themes.splits(conn))
        court = Court(dockets)
        court.sit(Sitting(today, known, succession, Carried(conn, now, today)))
        for day in days:
            court.hear(day, past_signals.of_day(conn, day))
        changed = [case for docket in dockets for case in docket.changed()]
        # Closed first: at no moment may a rule have two open cases on a theme.
        alerts.save(conn, sorted(changed, key=lambda case: (case.closed_on is None, case.id)))
        leases.set_cursor(conn, CURSOR, days[-1].isoformat())
    report = CasesReport(
        opened=sum(case.id not in before for case in changed),
        escalated=sum(len(docket.escalated) for docket in dockets),
        closed=sum(case.closed_on is not None for case in changed),
        spoken_for=sum(len(docket.spoken_for) for docket in dockets),
    )
    log.info("cases heard", opened=report.opened, escalated=report.escalated, closed=report.closed, spoken_for=report.spoken_for)
    return report


class Court:
    """The dockets, and what they owe each other: of one movement, the first case speaks, and a burst of it is no news."""

    def __init__(self, dockets: Iterable[Docket]) -> None:
        self.dockets = list(dockets)
        self._movements = [one for one in self.dockets if one.rule.id in (rules.MOMENTUM_RULE, rules.CONJUNCTION_RULE)]
        self._bursts = [one for one in self.dockets if one.rule.id == rules.BUZZ_RULE]
        self._alone = [one for one in self.dockets if one not in self._movements and one not in self._bursts]

    def sit(self, sitting: Sitting) -> None:
        """Takes up all cases as things stand."""
        self.sitting = sitting
        for docket in self.dockets:
            docket.sit(sitting)

    def hear(self, day: dt.date, signals: Mapping[str, Signal]) -> None:
        """One day's signals, by theme. A merged theme's last ones say nothing its heir's do not."""
        heirs = self.sitting.succession.heirs
        signals = {theme_id: signal for theme_id, signal in signals.items() if theme_id not in heirs}
        heard = {docket.rule.id: docket.heard(signals) for docket in self.dockets}
        for docket in self.dockets:
            docket.keep(day, heard[docket.rule.id])
        self._tell(self._movements, [], day, heard)
        # Several days may be heard at once: a burst and the movement it became are then one piece of news.
        told = {theme_id for docket in self._movements for theme_id in docket.risen()}
        for docket in self._bursts:
            docket.withdraw(told)
        self._tell(self._bursts, self._movements, day, heard)
        for docket in self._alone:
            self._tell([docket], [], day, heard)

    def _tell(
        self, dockets: Sequence[Docket], first: Sequence[Docket], day: dt.date, heard: Mapping[str, Mapping[str, Signal]]
    ) -> None:
        """Opens the cases of ``dockets``, one a movement. Whatever ``first`` already tells is not told again."""
        told = {theme_id for docket in first for theme_id in docket.risen()}
        # Rules that speak together hear different subjects, so a theme has one docket here.
        wanting = {
            theme_id: (docket, signal)
            for docket in dockets
            for theme_id, signal in docket.wanting(heard[docket.rule.id]).items()
            if theme_id not in told
        }
        voices = [*first, *dockets]
        for theme_id, (docket, signal) in list(wanting.items()):
            falls = rules.case_state(docket.parsed, signal) is State.DECLINING
            speaking = {key: case for voice in voices for key, case in voice.speaking(falls=falls).items()}
            voice = self.sitting.succession.voice(theme_id, onset_of(signal.evidence), speaking)
            if voice is not None and not _outgrows(signal, speaking[voice]):
                _speak_for(voices, voice, theme_id)
                del wanting[theme_id]
        if not wanting:
            return
        standing = [mover for voice in voices for mover in voice.standing(day, heard[voice.rule.id])]
        chosen, spoken_for = speakers([docket.candidate(signal) for docket, signal in wanting.values()], standing)
        for mover in chosen:
            docket, signal = wanting[mover.theme_id]
            docket.open_case(signal, self._background(docket, mover.theme_id))
        for theme_id, voice in spoken_for.items():
            _speak_for(voices, voice, theme_id)

    def _background(self, docket: Docket, theme_id: str) -> dict[str, object]:
        """A movement that grew out of a burst already told says so."""
        burst = next((one.open[theme_id] for one in self._bursts if theme_id in one.open), None)
        if burst is None or docket not in self._movements or burst.opened_on == self.sitting.today:
            return {}
        return {"after_burst": {"alert": burst.id, "since": burst.opened_on.isoformat()}}


def _outgrows(signal: Signal, case: Alert) -> bool:
    """Whether a theme that left another one moves twice as much as the case that spoke for both ever told."""
    return signal.lift >= 2 * case.peak_lift and case.signal_state is not State.DECLINING


def _speak_for(voices: Sequence[Docket], voice: str, theme_id: str) -> None:
    next(docket for docket in voices if voice in docket.open).speak_for(voice, theme_id)
