"""Replaying the days on which a rule was in force opens, closes and numbers the very cases it opened."""

from __future__ import annotations

import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.cases import raise_alerts
from monitor.monitoring import MonitorSettings
from monitor.rehearsal import rehearse
from storage import alerts, observations, themes
from storage.model import Origin, Rule, Signal, State, Theme
from storage.store import Store
from tests.monitor_world import START, noon

DAYS = 60
SETTINGS = MonitorSettings(close_after_days=4, cooldown_days=9)
THEMES = {"one": Origin.WATCH, "two": Origin.DISCOVERED, "c-one-naval": Origin.CONJUNCTION}

phases = st.lists(
    st.tuples(
        st.integers(1, 20),
        st.sampled_from([0.1, 1.5, 2.4, 3.2, 4.1, 5.0]),
        st.sampled_from([0.3, 1.1, 1.6, 3.5]),
        st.sampled_from([0.0, 0.0, 1.9, 3.6]),
        st.sampled_from([State.NOISE, State.WEAK_SIGNAL, State.EMERGING, State.TREND, State.DECLINING]),
    ),
    min_size=1,
    max_size=7,
)


def days_of(theme: str, plan: list[tuple[int, float, float, float, State]]) -> list[Signal]:
    told: list[Signal] = []
    for length, score, lift, buzz, state in plan:
        for _ in range(length):
            told.append(
                Signal(
                    theme_id=theme,
                    day=START + dt.timedelta(days=len(told)),
                    state=state,
                    score=score,
                    lift=lift,
                    observed=10 * lift,
                    expected=10,
                    sources=5,
                    threshold=3.3,
                    reason_fr="",
                    reason_en="",
                    evidence={"subjects": 300} if score > 1.6 or buzz else {},
                    buzz=buzz,
                )
            )
    return told[:DAYS]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.fixed_dictionaries(dict.fromkeys(THEMES, phases)))
def test_a_rehearsal_opens_what_was_opened(plans: dict[str, list[tuple[int, float, float, float, State]]]) -> None:
    store = Store.open("sqlite://", create=True)
    try:
        with store.transaction() as conn:
            born = [Theme(id=key, origin=origin, label_fr=key, label_en=key, born_on=START) for key, origin in THEMES.items()]
            themes.save(conn, born)
            own = {"wide": {"kind": "momentum", "false_alerts_per_month": 400}, "many": {"kind": "threshold", "min_observed": 30}}
            alerts.save_rules(conn, [Rule(id=key, version=1, name_fr=key, name_en=key, settings=own[key]) for key in own])
        signals = [one for theme, plan in plans.items() for one in days_of(theme, plan)]
        for day in range(DAYS):
            today = START + dt.timedelta(days=day)
            with store.transaction() as conn:
                observations.add_signals(conn, [one for one in signals if one.day == today])
            raise_alerts(store, noon(day + 1), SETTINGS)
        with store.reading() as conn:
            cases = alerts.all_alerts(conn)
            in_force = alerts.current_rules(conn)
        last = max(one.day for one in signals)
        for rule in in_force:
            found = rehearse(store, rule, START, last, SETTINGS)
            said = {(case.id, case.theme_id, case.opened_on, case.closed_on) for case in cases if case.rule_id == rule.id}
            assert {(one.alert_id, one.theme_id, one.opened_on, one.closed_on) for one in found.spoken} == said
            assert (found.missed, found.fresh) == ((), frozenset())
    finally:
        store.close()
