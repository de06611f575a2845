"""The life of a case: opened once, kept, escalated, closed after quiet weeks, not opened again at once."""

from __future__ import annotations

import datetime as dt

from monitor.cases import raise_alerts
from monitor.monitoring import MonitorSettings
from storage import alerts, observations
from storage.model import Alert, AlertState, Rule, Signal, State
from storage.store import Store
from tests.monitor_world import START, World, noon

SETTINGS = MonitorSettings()


def on(day: int) -> dt.date:
    return START + dt.timedelta(days=day)


def signal(day: int, theme: str = "rise", score: float = 4.0, lift: float = 2.0, state: State = State.EMERGING) -> Signal:
    return Signal(
        theme_id=theme,
        day=on(day),
        state=state,
        score=score,
        lift=lift,
        observed=20,
        expected=8,
        sources=6,
        threshold=3.0,
        reason_fr=f"jour {day}",
        reason_en=f"day {day}",
        evidence={"documents": [f"d{day}"]},
    )


def quiet(day: int, theme: str = "rise") -> Signal:
    return signal(day, theme, score=0.2, lift=1.0, state=State.STABLE)


class Court:
    """A database with themes, to which days of signals are brought."""

    def __init__(self, store: Store, *theme_ids: str) -> None:
        self.store = store
        self.world = World(store)
        self.world.source("a")
        self.world.theme(*theme_ids)

    def hear(self, *signals: Signal, now: int | None = None) -> list[Alert]:
        """Writes the signals and hears the cases on the day after the last of them."""
        last = max((s.day - START).days for s in signals) + 1 if now is None else now
        with self.store.transaction() as conn:
            observations.add_signals(conn, signals)
        raise_alerts(self.store, noon(last), SETTINGS)
        return self.cases()

    def cases(self) -> list[Alert]:
        with self.store.reading() as conn:
            return alerts.all_alerts(conn)


def test_a_proven_rise_opens_one_case_on_the_day_it_is_known(store: Store) -> None:
    court = Court(store, "rise")
    (case,) = court.hear(signal(100), signal(101), signal(102), now=105)
    assert case.opened_on == on(104)
    assert (case.state, case.version, case.closed_on) == (AlertState.FIRING, 1, None)
    assert case.reason_en == "day 102"
    assert court.hear(signal(105), now=106)[0].id == case.id


def test_hearing_twice_changes_nothing(store: Store) -> None:
    court = Court(store, "rise")
    before = court.hear(signal(100))
    report = raise_alerts(store, noon(101), SETTINGS)
    assert (report.opened, report.escalated, report.closed) == (0, 0, 0)
    assert court.cases() == before


def test_a_day_in_the_future_is_not_heard(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    assert court.hear(signal(100), now=100) == []
    assert len(court.hear(signal(100), now=101)) == 1


def test_a_case_closes_after_fourteen_quiet_days_and_cools_down(store: Store) -> None:
    court = Court(store, "rise")
    court.hear(signal(100))
    for day in range(101, 114):
        (case,) = court.hear(quiet(day))
        assert case.closed_on is None
    (case,) = court.hear(quiet(114))
    assert (case.state, case.quiet_since, case.closed_on) == (AlertState.RESOLVED, on(101), on(114))
    assert len(court.hear(signal(120))) == 1
    assert len(court.hear(signal(121, lift=4.5))) == 2


def test_a_case_can_be_opened_again_after_the_cool_down(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    court.hear(signal(100))
    court.hear(*(quiet(day) for day in range(101, 120)))
    assert len(court.hear(signal(160))) == 2
    assert len({case.id for case in court.cases()}) == 2


def test_a_noisy_day_in_between_keeps_the_case_open(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    court.hear(signal(100))
    court.hear(*(quiet(day) for day in range(101, 110)), signal(110, score=1.6, state=State.STABLE))
    (case,) = court.hear(*(quiet(day) for day in range(111, 120)))
    assert case.closed_on is None
    assert case.quiet_since == on(111)


def test_a_theme_without_signals_goes_quiet(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise", "other")
    court.hear(signal(100))
    (case,) = court.hear(*(quiet(day, "other") for day in range(101, 116)))
    assert case.state is AlertState.RESOLVED


def test_versions_follow_states_forward_and_doubled_lifts(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    court.hear(signal(100, state=State.WEAK_SIGNAL))
    assert court.hear(signal(101))[0].version == 2
    (case,) = court.hear(signal(102, state=State.WEAK_SIGNAL, lift=3.5))
    assert (case.version, case.signal_state, case.lift) == (2, State.EMERGING, 3.5)
    (case,) = court.hear(signal(103, lift=4.0))
    assert (case.version, case.peak_lift) == (3, 4.0)


def test_a_decline_is_a_case_of_its_own(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    (case,) = court.hear(signal(100, state=State.DECLINING, lift=0.3))
    assert case.signal_state is State.DECLINING
    (case,) = court.hear(*(quiet(day) for day in range(101, 115)))
    assert case.state is AlertState.RESOLVED


def test_one_movement_has_one_case(store: Store) -> None:
    court = Court(store, "rise", "also", "apart")
    court.world.about(range(80, 100), ("rise", "also"), 20, ["a"])
    court.world.about(range(80, 100), ("apart",), 20, ["a"])
    court.world.publish(noon(101))
    cases = court.hear(signal(100), signal(100, "also", score=3.5), signal(100, "apart"))
    assert {case.theme_id for case in cases} == {"rise", "apart"}
    by_theme = {case.theme_id: case for case in cases}
    assert by_theme["rise"].evidence["also"] == ["also"]
    after = court.hear(signal(101), signal(101, "also", score=9.0), signal(101, "apart"))
    assert {case.theme_id for case in after} == {"rise", "apart"}
    assert all(case.version == 1 for case in after)
    assert next(case for case in after if case.theme_id == "rise").evidence["also"] == ["also"]


def test_every_rule_has_its_own_cases(sqlite_store: Store) -> None:
    court = Court(sqlite_store, "rise")
    with sqlite_store.transaction() as conn:
        many = Rule(id="many", version=1, name_fr="Volume", name_en="Volume", settings={"kind": "threshold", "min_observed": 15})
        off = Rule(id="off", version=1, name_fr="-", name_en="-", settings={"kind": "threshold"}, enabled=False)
        alerts.save_rules(conn, [many, off])
    assert {case.rule_id for case in court.hear(signal(100))} == {"momentum", "many"}
