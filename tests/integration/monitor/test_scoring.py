"""What the monitor remembers between runs: the same signals as if everything had been scored from the start."""

from __future__ import annotations

import datetime as dt

import pytest

from monitor.assess import CURSOR, assess
from monitor.conjunctions import conjunctions
from monitor.monitoring import MonitorSettings
from monitor.observe import observe
from storage import leases, monitor_states, observations, themes
from storage.model import ModelRun, Signal
from storage.store import Store
from tests.monitor_world import START, World, noon

SETTINGS = MonitorSettings()
SOURCES = ["a", "b", "c", "d", "e"]
DAYS = range(126)


def a_world(store: Store) -> World:
    world = World(store, seed=2)
    world.source(*SOURCES, "late")
    world.theme("steady", "rise", "small", "born")
    for source in SOURCES:
        world.background(DAYS, source, 4)
    world.background(range(60, 126), "late", 3)
    world.about(DAYS, ("steady",), 5, SOURCES)
    world.about(range(84), ("rise",), 2, SOURCES)
    world.about(range(84, 126), ("rise",), 9, SOURCES)
    world.about(DAYS, ("small",), 2, SOURCES, domains=("naval",))
    world.about(range(90, 126), ("born",), 5, SOURCES)
    return world


def live(store: Store, world: World, days: range) -> None:
    for day in days:
        now = noon(day)
        world.publish(now)
        conjunctions(store, now, SETTINGS)
        observe(store, now)
        assess(store, now, SETTINGS)


def signals_of(store: Store, day: int) -> dict[str, Signal]:
    on = START + dt.timedelta(days=day)
    with store.reading() as conn:
        return {signal.theme_id: signal for signal in observations.signals_between(conn, on, on + dt.timedelta(days=1))}


def scored_from_the_start(store: Store, day: int) -> dict[str, Signal]:
    """The signals of the day before ``day``, written again by a monitor that remembers nothing."""
    with store.transaction() as conn:
        monitor_states.forget(conn, "score")
        leases.set_cursor(conn, CURSOR, (START + dt.timedelta(days=day - 2)).isoformat())
    assess(store, noon(day), SETTINGS)
    return signals_of(store, day - 1)


def assert_same(remembered: dict[str, Signal], afresh: dict[str, Signal]) -> None:
    assert set(remembered) == set(afresh)
    for theme_id, signal in remembered.items():
        other = afresh[theme_id]
        for name in ("score", "falling", "buzz", "lift", "observed", "expected"):
            assert getattr(signal, name) == pytest.approx(getattr(other, name), abs=1e-3), f"{theme_id} {name}"
        assert (signal.state, signal.sources, signal.decided_by) == (other.state, other.sources, other.decided_by)
        assert signal.evidence.get("weekly") == other.evidence.get("weekly")


@pytest.mark.parametrize("step", [1, 7])
def test_runs_in_any_rhythm_give_what_one_run_gives(store: Store, step: int) -> None:
    world = a_world(store)
    live(store, world, range(98, 127, step))
    remembered = signals_of(store, 125)
    assert remembered["rise"].score > remembered["steady"].score
    assert {theme_id for theme_id in remembered if theme_id.startswith("c-")}
    assert_same(remembered, scored_from_the_start(store, 126))


def test_a_merge_is_scored_as_if_it_had_always_been(store: Store) -> None:
    world = a_world(store)
    live(store, world, range(105, 120, 7))
    run = ModelRun(id="forced", step="discover", model="test", ran_at=noon(119))
    with store.transaction() as conn:
        themes.merge(conn, "small", "rise", run, START + dt.timedelta(days=119), "refit", 0.4)
    live(store, world, range(126, 127))
    assert_same(signals_of(store, 125), scored_from_the_start(store, 126))


def test_an_unreadable_state_is_computed_anew(store: Store) -> None:
    world = a_world(store)
    live(store, world, range(119, 120))
    with store.transaction() as conn:
        monitor_states.put(conn, "score", START, b"of another version", noon(119))
    live(store, world, range(126, 127))
    assert_same(signals_of(store, 125), scored_from_the_start(store, 126))


def test_a_second_run_writes_nothing(store: Store) -> None:
    world = a_world(store)
    live(store, world, range(119, 120))
    assert assess(store, noon(119), SETTINGS).signals == 0
