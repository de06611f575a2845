"""Signals: written once, for complete days, with evidence that can be followed back."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from monitor.assess import assess
from monitor.conjunctions import conjunctions
from monitor.monitoring import MonitorSettings
from monitor.observe import observe
from storage import documents, observations, themes
from storage.model import Origin, Signal, State
from storage.store import Store
from tests.monitor_world import START, World, noon

SETTINGS = MonitorSettings()
PAPERS = [f"journal-{letter}" for letter in "abcdef"]


def a_rise(store: Store, days: int = 140) -> World:
    world = World(store, seed=4)
    world.source(*PAPERS)
    world.theme("rise", "empty")
    for source in PAPERS:
        world.background(range(days), source, 3)
    world.about(range(110), ("rise",), 2, PAPERS)
    world.about(range(110, days), ("rise",), 14, PAPERS)
    return world


def signals(store: Store) -> list[Signal]:
    with store.reading() as conn:
        return observations.signals_between(conn, dt.date.min, dt.date.max)


def test_a_rise_gets_a_signal_with_its_evidence(store: Store) -> None:
    world = a_rise(store)
    world.publish(noon(140))
    observe(store, noon(140))
    report = assess(store, noon(140), SETTINGS)
    assert (report.signals, report.days, report.themes) == (2, 1, 2)
    rise = next(signal for signal in signals(store) if signal.theme_id == "rise")
    assert rise.day == START + dt.timedelta(days=139)
    assert rise.state in (State.EMERGING, State.RUPTURE)
    assert rise.score >= rise.threshold
    assert rise.lift > 1.5
    evidence = rise.evidence
    assert sum(evidence["by_source"].values()) == sum(evidence["by_kind"].values())
    assert abs(sum(evidence["by_source"].values()) - rise.observed) <= 3
    assert 3 <= len(evidence["documents"]) <= 5
    with store.reading() as conn:
        shown = documents.by_ids(conn, evidence["documents"])
        assigned = {a.document_id for a in themes.members(conn, "rise")}
    assert {d.id for d in shown} == set(evidence["documents"]) <= assigned
    assert len({d.source_id for d in shown}) == len(shown)
    assert dt.date.fromisoformat(evidence["onset"]) - START > dt.timedelta(days=100)
    assert "seasonality_unknown" in evidence["caveats"]
    assert evidence["weekly"][-1]["week"] <= rise.day.isoformat()
    assert all(dt.date.fromisoformat(week["week"]).weekday() == 0 for week in evidence["weekly"])


def test_signals_are_written_once_and_never_changed(sqlite_store: Store) -> None:
    world = a_rise(sqlite_store)
    for day in (126, 133):
        world.publish(noon(day))
        observe(sqlite_store, noon(day))
        assess(sqlite_store, noon(day), SETTINGS)
    before = signals(sqlite_store)
    assert {signal.day for signal in before} == {START + dt.timedelta(days=n) for n in range(125, 133)}
    assert assess(sqlite_store, noon(133), SETTINGS).signals == 0
    world.story(125, PAPERS[0], "rise", collected=130)
    world.publish(noon(140))
    observe(sqlite_store, noon(140))
    assess(sqlite_store, noon(140), SETTINGS)
    after = signals(sqlite_store)
    assert [signal for signal in after if signal.day <= before[-1].day] == before
    assert len(after) == len(before) + 14


def test_a_backfill_covers_the_past_with_the_same_numbers(sqlite_store: Store) -> None:
    world = a_rise(sqlite_store)
    world.publish(noon(140))
    observe(sqlite_store, noon(140))
    assess(sqlite_store, noon(140), SETTINGS, backfill=True)
    found = {(signal.theme_id, signal.day): signal for signal in signals(sqlite_store)}
    assert len([key for key in found if key[0] == "rise"]) >= 130
    assert found["rise", START + dt.timedelta(days=60)].state is State.NOISE
    assert found["rise", START + dt.timedelta(days=139)].state is not State.NOISE


def test_a_theme_born_today_gets_the_score_its_history_deserves(sqlite_store: Store) -> None:
    world = a_rise(sqlite_store)
    world.publish(noon(133))
    observe(sqlite_store, noon(133))
    assess(sqlite_store, noon(133), SETTINGS)
    world.theme("newborn", origin=Origin.DISCOVERED)
    with sqlite_store.transaction() as conn:
        members = themes.members(conn, "rise")
        themes.assign(conn, [replace(a, theme_id="newborn") for a in members])
    observe(sqlite_store, noon(134))
    assess(sqlite_store, noon(134), SETTINGS)
    last = {s.theme_id: s for s in signals(sqlite_store) if s.day == START + dt.timedelta(days=133)}
    assert last["newborn"].score == last["rise"].score > last["rise"].threshold


def test_an_empty_database_is_a_result(store: Store) -> None:
    assert assess(store, noon(3), SETTINGS).signals == 0


def test_a_conjunction_is_born_from_enough_stories_and_followed(store: Store) -> None:
    world = World(store, seed=6)
    world.source(*PAPERS)
    world.theme("twins", "space-mobility")
    for source in PAPERS:
        world.background(range(140), source, 3)
    world.about(range(140), ("twins",), 6, PAPERS)
    world.about(range(140), (), 6, PAPERS, domains=("naval",))
    world.story(50, PAPERS[0], "twins", domains=("naval",))
    world.story(52, PAPERS[0], "twins", domains=("naval",))
    world.about(range(140), ("space-mobility",), 4, PAPERS, domains=("aerospace",))
    world.publish(noon(100))
    assert conjunctions(store, noon(100), SETTINGS).born == 0
    world.about(range(110, 140), ("twins",), 6, PAPERS, domains=("naval",))
    world.publish(noon(140))
    report = conjunctions(store, noon(140), SETTINGS)
    assert report.born == 1
    assert report.assigned >= 10
    assert conjunctions(store, noon(140), SETTINGS).assigned == 0
    with store.reading() as conn:
        pair = themes.get(conn, "c-twins-naval")
    assert (pair.origin, pair.parent_id, pair.partner) == (Origin.CONJUNCTION, "twins", "naval")
    assert (pair.label_fr, pair.label_en) == ("twins × naval", "twins × naval")
    observe(store, noon(140))
    assess(store, noon(140), SETTINGS)
    found = {signal.theme_id: signal for signal in signals(store)}
    assert found["c-twins-naval"].score >= found["c-twins-naval"].threshold
