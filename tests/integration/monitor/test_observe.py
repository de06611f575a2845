"""Counting: what is one story, on which day, of which source."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from monitor.observe import observe
from monitor.stories import BUCKETS, source_key, source_of
from storage import observations
from storage.model import Kind
from storage.store import Store
from storage.tables import coverage, observation_sources
from storage.tables import observations as observed
from tests.monitor_world import START, World, noon


def rows(store: Store, table: sa.Table) -> list[tuple[object, ...]]:
    with store.reading() as conn:
        return sorted(tuple(row) for row in conn.execute(sa.select(table)))


def a_world(store: Store) -> World:
    world = World(store)
    world.source("alpha", "beta", "gamma")
    world.theme("twins", "quantum")
    return world


def test_a_story_counts_once_at_its_first_document(store: Store) -> None:
    world = a_world(store)
    first = world.story(2, "beta", "twins")
    world.story(3, "alpha", copy_of=first)
    world.story(3, "gamma", "quantum", copy_of=first)
    world.story(4, "alpha", "twins")
    world.publish(noon(10))
    report = observe(store, noon(10))
    assert report.stories == 2
    with store.reading() as conn:
        twins = observations.series(conn, "twins")
        quantum = observations.series(conn, "quantum")
    assert [(o.day - START, o.stories, o.sources, o.documents) for o in twins] == [
        (dt.timedelta(2), 1, 1, 3),
        (dt.timedelta(4), 1, 1, 1),
    ]
    # The copy that was assigned to another theme brings the whole story there, on the story's own day.
    assert [(o.day - START, o.documents) for o in quantum] == [(dt.timedelta(2), 3)]
    assert sum(row[3] for row in rows(store, coverage)) == 2  # type: ignore[misc]


def test_a_second_run_changes_no_row(store: Store) -> None:
    world = a_world(store)
    world.about(range(20), ("twins",), 10, ["alpha", "beta"])
    world.publish(noon(20))
    assert observe(store, noon(20)).changed > 0
    before = [rows(store, table) for table in (observed, observation_sources, coverage)]
    assert observe(store, noon(20)).changed == 0
    assert before == [rows(store, table) for table in (observed, observation_sources, coverage)]


def test_the_result_does_not_depend_on_the_steps_taken(store: Store) -> None:
    world = a_world(store)
    first = world.story(9, "beta", "twins")
    world.story(8, "alpha", "twins", copy_of=first, collected=12)
    world.about(range(20), ("twins", "quantum"), 10, ["alpha", "beta"])
    for day in (5, 10, 20):
        world.publish(noon(day))
        observe(store, noon(day))
    stepwise = [rows(store, table) for table in (observed, observation_sources, coverage)]
    with store.transaction() as conn:
        for table in (observed, observation_sources, coverage):
            conn.execute(table.delete())
    observe(store, noon(20))
    assert stepwise == [rows(store, table) for table in (observed, observation_sources, coverage)]


def test_the_day_in_progress_and_what_came_later_are_not_counted(store: Store) -> None:
    world = a_world(store)
    world.story(4, "alpha", "twins")
    world.story(5, "alpha", "twins")
    world.story(4, "beta", "twins", collected=8)
    world.publish(noon(9))
    assert observe(store, noon(5)).stories == 1
    assert observe(store, noon(6)).stories == 2
    assert observe(store, noon(9)).stories == 3


def test_a_backfill_does_not_rewrite_history(sqlite_store: Store) -> None:
    world = a_world(sqlite_store)
    world.story(2, "alpha", "twins", collected=30)
    world.publish(noon(31))
    observe(sqlite_store, noon(31))
    with sqlite_store.reading() as conn:
        assert [o.day for o in observations.series(conn, "twins")] == [START + dt.timedelta(days=30)]


def test_a_single_database_is_split_by_actor(sqlite_store: Store) -> None:
    world = a_world(sqlite_store)
    world.source("office", kind=Kind.PATENT, split_by_actor=True)
    for actor in ("Atelier Kerbrat", "Atelier Kerbrat", "Optique du Ponant", None):
        world.story(3, "office", "twins", kind=Kind.PATENT, actor=actor)
    world.publish(noon(10))
    observe(sqlite_store, noon(10))
    keys = [str(row[3]) for row in rows(sqlite_store, observation_sources)]
    assert source_key("office", "Atelier Kerbrat") in keys
    assert 2 <= len(keys) <= 3
    assert {source_of(key) for key in keys} == {"office"}
    assert source_key("office", " atelier KERBRAT ") == source_key("office", "Atelier Kerbrat")
    assert len({source_key("office", str(n)) for n in range(2000)}) == BUCKETS


def test_an_empty_database_is_no_error(store: Store) -> None:
    assert observe(store, noon(3)).stories == 0
