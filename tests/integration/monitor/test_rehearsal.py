"""A rule tried on the stored past: what it would have said, how late, and what the alerts on record said instead."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from monitor.cases import raise_alerts
from monitor.monitoring import MonitorSettings
from monitor.observe import observe
from monitor.rehearsal import Rehearsal, rehearse
from storage import alerts, observations, themes
from storage.errors import ConfigError
from storage.model import Alert, ModelRun, Rule, Signal, State
from storage.store import Store
from tests.monitor_world import START, World, noon

SETTINGS = MonitorSettings()
OVER = {"subjects": 1000}


def on(day: int) -> dt.date:
    return START + dt.timedelta(days=day)


def signal(day: int, theme: str = "rise", score: float = 5.0, lift: float = 2.0, onset: int | None = None, **kw: Any) -> Signal:
    evidence = OVER | ({"onset": on(onset).isoformat()} if onset is not None else {})
    quiet = score < 3.7845
    values = {"observed": 20, "expected": 8, "sources": 6, "threshold": 3.7845, "reason_fr": "", "reason_en": ""}
    state = State.STABLE if quiet else State.EMERGING
    return Signal(theme_id=theme, day=on(day), state=state, score=score, lift=lift, evidence=evidence, **values | kw)


def quiet(day: int, theme: str = "rise", **kw: Any) -> Signal:
    return signal(day, theme, score=0.1, lift=1.0, **kw)


def a_past(store: Store, *theme_ids: str) -> World:
    world = World(store)
    world.source("a", "b")
    world.theme(*theme_ids)
    return world


def live(store: Store, days: dict[int, list[Signal]]) -> list[Alert]:
    """Lets the days pass one by one, as the scheduler does."""
    for day, found in sorted(days.items()):
        with store.transaction() as conn:
            observations.add_signals(conn, found)
        raise_alerts(store, noon(day + 1), SETTINGS)
    return stored(store)


def stored(store: Store) -> list[Alert]:
    with store.reading() as conn:
        return alerts.all_alerts(conn)


def the_rule(store: Store, rule_id: str = "momentum", **changed: Any) -> Rule:
    with store.reading() as conn:
        rule = next(rule for rule in alerts.current_rules(conn) if rule.id == rule_id)
    return replace(rule, settings=dict(rule.settings) | changed)


def openings(found: Rehearsal) -> set[tuple[str, dt.date, dt.date | None]]:
    return {(one.theme_id, one.opened_on, one.closed_on) for one in found.spoken}


def test_the_rule_in_force_says_again_what_it_said(store: Store) -> None:
    a_past(store, "rise", "later")
    days = {day: [quiet(day), quiet(day, "later")] for day in range(100, 160)}
    for day in range(110, 125):
        days[day][0] = signal(day, onset=100)
    for day in range(140, 160):
        days[day][1] = signal(day, "later", score=4.0, onset=139)
    cases = live(store, days)
    found = rehearse(store, the_rule(store), on(100), on(159), SETTINGS)
    assert openings(found) == {(case.theme_id, case.opened_on, case.closed_on) for case in cases}
    assert {one.alert_id for one in found.spoken} == {case.id for case in cases}
    assert (found.missed, found.fresh, found.heard, found.days) == ((), frozenset(), 60, 60)
    assert found.a_month == pytest.approx(2 * 30.44 / 60)
    assert [one.days_after_onset for one in found.spoken] == [10, 1]
    assert found.after_onset is not None
    assert (found.after_onset.cases, found.after_onset.median) == (2, 5.5)
    assert stored(store) == cases, "a rehearsal writes nothing"


def test_a_stricter_rule_misses_and_a_more_generous_one_adds(store: Store) -> None:
    a_past(store, "sure", "faint")
    days = {day: [quiet(day, "sure"), quiet(day, "faint")] for day in range(100, 130)}
    for day in range(110, 130):
        days[day] = [signal(day, "sure", score=4.0), signal(day, "faint", score=3.0)]
    (case,) = live(store, days)
    strict = rehearse(store, the_rule(store, false_alerts_per_month=1), on(100), on(129), SETTINGS)
    assert strict.spoken == ()
    assert [one.id for one in strict.missed] == [case.id]
    assert strict.a_month == 0
    generous = rehearse(store, the_rule(store, false_alerts_per_month=100), on(100), on(129), SETTINGS)
    assert {one.theme_id for one in generous.spoken} == {"sure", "faint"}
    assert {one.theme_id for one in generous.spoken if one.alert_id in generous.fresh} == {"faint"}
    assert generous.missed == ()


def test_a_rule_nobody_stored_is_compared_with_its_kind(store: Store) -> None:
    a_past(store, "rise", "many")
    days = {day: [signal(day) if day >= 105 else quiet(day), quiet(day, "many", observed=200)] for day in range(100, 120)}
    (case,) = live(store, days)
    trial = Rule(id="trial", version=1, name_fr="-", name_en="-", settings={"kind": "threshold", "min_observed": 100})
    found = rehearse(store, trial, on(100), on(119), SETTINGS)
    assert openings(found) == {("many", on(100), None)}
    assert (found.missed, len(found.fresh)) == ((), 1), "the momentum rule's case is of another kind"
    alone = replace(trial, settings={"kind": "momentum", "false_alerts_per_month": 1e-3})
    assert [one.id for one in rehearse(store, alone, on(100), on(119), SETTINGS).missed] == [case.id]
    with pytest.raises(ConfigError, match=r"trial.*min_lift"):
        rehearse(store, replace(trial, settings={"kind": "threshold", "min_lift": "x"}), on(100), on(119), SETTINGS)


def test_what_was_going_on_before_the_period_is_not_news_in_it(sqlite_store: Store) -> None:
    a_past(sqlite_store, "rise")
    live(sqlite_store, {day: [signal(day)] for day in range(100, 140)})
    assert rehearse(sqlite_store, the_rule(sqlite_store), on(120), on(139), SETTINGS).spoken == ()
    assert len(rehearse(sqlite_store, the_rule(sqlite_store), on(90), on(139), SETTINGS).spoken) == 1


def test_a_period_without_signals_says_from_when_there_are_any(store: Store) -> None:
    a_past(store, "rise")
    live(store, {day: [signal(day)] for day in (100, 101, 104)})
    found = rehearse(store, the_rule(store), on(50), on(104), SETTINGS)
    assert (found.since, found.days, found.heard) == (on(100), 5, 3)
    empty = rehearse(store, the_rule(store), on(10), on(50), SETTINGS)
    assert (empty.since, empty.days, empty.heard, empty.a_month, empty.spoken) == (None, 0, 0, None, ())


def test_movements_of_one_story_and_bursts_are_told_once_in_a_rehearsal_too(store: Store) -> None:
    world = a_past(store, "rise", "part")
    world.about(range(80, 120), ("rise", "part"), 14, ["a", "b"])
    days = {}
    for day in range(100, 120):
        found = [signal(day, onset=98), replace(signal(day, "part", score=4.0, onset=99), buzz=8.0)]
        days[day] = found if day >= 105 else [replace(quiet(day), buzz=6.0), quiet(day, "part")]
        world.publish(noon(day + 1))
        observe(store, noon(day + 1))
        live(store, {day: days[day]})
    cases = stored(store)
    assert sorted((case.kind, case.theme_id) for case in cases) == [("buzz", "rise"), ("momentum", "rise")]
    for rule_id in ("momentum", "buzz"):
        found = rehearse(store, the_rule(store, rule_id), on(100), on(119), SETTINGS)
        assert {one.alert_id for one in found.spoken} == {case.id for case in cases if case.rule_id == rule_id}
    (movement,) = rehearse(store, the_rule(store), on(100), on(119), SETTINGS).spoken
    assert movement.also == ("part",)
    assert movement.first_story is not None
    assert movement.days_after_first_story == (movement.opened_on - movement.first_story).days


def test_a_merge_is_known_in_a_rehearsal_from_its_day_on(store: Store) -> None:
    a_past(store, "rise", "wide")
    first = live(store, {day: [signal(day), quiet(day, "wide")] for day in range(100, 105)})
    with store.transaction() as conn:
        run = ModelRun(id="m", step="merge", model="test", ran_at=noon(105))
        themes.merge(conn, "rise", "wide", run, on(105), "refit")
    cases = live(store, {day: [signal(day, "wide")] for day in range(105, 110)})
    assert [(case.id, case.theme_id) for case in cases] == [(first[0].id, "wide")]
    (one,) = rehearse(store, the_rule(store), on(100), on(109), SETTINGS).spoken
    assert (one.alert_id, one.theme_id, one.opened_on) == (first[0].id, "wide", on(100))


def test_a_rule_that_is_off_can_be_tried(sqlite_store: Store) -> None:
    a_past(sqlite_store, "rise")
    live(sqlite_store, {100: [signal(100)]})
    off = replace(the_rule(sqlite_store), version=2, enabled=False)
    with sqlite_store.transaction() as conn:
        alerts.save_rules(conn, [off])
    assert len(rehearse(sqlite_store, off, on(100), on(100), SETTINGS).spoken) == 1
