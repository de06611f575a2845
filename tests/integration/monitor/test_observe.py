"""Counting: what is one story, on which day, of which source; and that only what changed is counted again."""

from __future__ import annotations

import datetime as dt
import random
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from monitor import counting
from monitor.counting import count_stories
from monitor.observe import observe
from storage import documents, observations, sources, themes
from storage.model import Assignment, Enrichment, Fact, Kind, ModelRun, Source
from storage.source_keys import BUCKETS, source_key, source_of
from storage.store import Store
from storage.tables import coverage, observation_sources, recounts, stories
from storage.tables import observations as observed
from tests.fresh_counts import counted, counted_afresh
from tests.monitor_world import START, World, noon

DAY = dt.timedelta(days=1)


def rows(store: Store, table: sa.Table) -> list[tuple[object, ...]]:
    with store.reading() as conn:
        return sorted(tuple(row) for row in conn.execute(sa.select(table)))


def marked(store: Store) -> set[str]:
    with store.reading() as conn:
        return set(conn.scalars(sa.select(recounts.c.document_id)))


def changes(store: Store) -> dict[str, int]:
    """The days that changed, as days of the world."""
    with store.transaction() as conn:
        found = observations.take_changes(conn)
        observations.clear_changes(conn, found)
    return {series: (day - START).days for series, day in found.items()}


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
    assert observe(store, noon(10)).stories == 2
    with store.reading() as conn:
        twins = observations.series(conn, "twins")
        quantum = observations.series(conn, "quantum")
    assert [(o.day - START, o.stories, o.sources, o.documents) for o in twins] == [(2 * DAY, 1, 1, 3), (4 * DAY, 1, 1, 1)]
    # The copy that was assigned to another theme brings the whole story there, on the story's own day.
    assert [(o.day - START, o.documents) for o in quantum] == [(2 * DAY, 3)]
    assert sum(row[3] for row in rows(store, coverage)) == 2  # type: ignore[misc]


def test_a_second_run_changes_no_row(store: Store) -> None:
    world = a_world(store)
    world.about(range(20), ("twins",), 10, ["alpha", "beta"])
    world.publish(noon(20))
    assert observe(store, noon(20)).changed > 0
    before = counted(store)
    report = observe(store, noon(20))
    assert (report.documents, report.stories, report.changed) == (0, 0, 0)
    assert before == counted(store)


def a_lively_world(store: Store, seed: int = 1) -> World:
    """Forty days of two themes with copies, late documents, domains, a divided source."""
    world = a_world(store)
    world.seed = seed
    world.source("office", kind=Kind.PATENT, split_by_actor=True)
    made = world.about(range(40), ("twins", "quantum"), 6, ["alpha", "beta"])
    made += world.about(range(40), ("twins",), 6, ["alpha", "gamma"], domains=("naval",))
    for n, key in enumerate(made[::4]):
        day = (world.made[int(key[1:])][0].counted_on or START) - START
        world.story(day.days + n % 3 - 1, "gamma", copy_of=key, collected=day.days + n % 12)
    for day in range(0, 40, 3):
        world.story(day, "office", "twins", kind=Kind.PATENT, actor=["Ada", "Bo", None][day % 3], collected=day + day % 20)
    world.background(range(40), "beta", 2)
    return world


@pytest.mark.parametrize("rhythm", [range(1, 61), range(7, 67, 7), (60,), (33, 34, 60)])
def test_the_result_does_not_depend_on_the_steps_taken(store: Store, rhythm: range | tuple[int, ...]) -> None:
    world = a_lively_world(store)
    for day in rhythm:
        world.publish(noon(day))
        observe(store, noon(day))
        assert counted(store) == counted_afresh(store, noon(day))
    assert not marked(store)


def test_neither_does_the_order_of_arrival_nor_the_zone_of_a_clock(sqlite_store: Store, sqlite_url: str) -> None:
    world = a_lively_world(sqlite_store)
    world.publish(noon(60))
    observe(sqlite_store, noon(60))
    whole = counted(sqlite_store)
    other = Store.open(sqlite_url.replace("zoom.db", "other.db"), create=True)
    elsewhere = dt.timezone(dt.timedelta(hours=-11))
    shuffled = a_lively_world(other)
    random.Random(3).shuffle(shuffled.made)
    shuffled.made = [(replace(d, collected_at=d.collected_at.astimezone(elsewhere)), *rest) for d, *rest in shuffled.made]
    for part in range(0, len(shuffled.made), 50):
        shuffled.known = {d.id for d, *_ in shuffled.made[:part] + shuffled.made[part + 50 :]}
        shuffled.publish(noon(60))
        observe(other, noon(60).astimezone(elsewhere))
    assert counted(other) == whole
    other.close()


def test_the_day_in_progress_and_what_came_later_are_not_counted(store: Store) -> None:
    world = a_world(store)
    world.story(4, "alpha", "twins")
    today = world.story(5, "alpha", "twins")
    later = world.story(4, "beta", "twins", collected=8)
    world.publish(noon(9))
    assert observe(store, noon(5)).stories == 1
    assert marked(store) == {today, later}
    assert observe(store, noon(6)).stories == 1
    assert observe(store, noon(9)).stories == 1
    assert not marked(store)
    assert len(rows(store, observed)) == 2


def test_the_clock_of_the_counts_does_not_go_back(store: Store) -> None:
    world = a_world(store)
    first = world.story(4, "alpha", "twins")
    world.story(5, "beta", copy_of=first)
    world.publish(noon(9))
    observe(store, noon(9))
    whole = counted(store)
    with store.transaction() as conn:
        themes.assign(conn, [Assignment(document_id=first, theme_id="twins", probability=0.9, model_run_id="test")])
    observe(store, noon(5))
    assert counted(store) == whole


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
    for actor in ("Atelier Kerbrat", " atelier KERBRAT", "Optique du Ponant", None, None):
        world.story(3, "office", "twins", kind=Kind.PATENT, actor=actor)
    world.publish(noon(10))
    observe(sqlite_store, noon(10))
    keys = [str(row[3]) for row in rows(sqlite_store, observation_sources)]
    assert source_key("office", "Atelier Kerbrat") in keys
    assert 2 <= len(keys) <= 4
    assert {source_of(key) for key in keys} == {"office"}
    with sqlite_store.reading() as conn:
        # Two known actors, and two of which nobody knows whether they are the same.
        assert [(o.stories, o.sources) for o in observations.series(conn, "twins")] == [(5, 4)]
        assert {source_of(key) for key in conn.scalars(sa.select(stories.c.source_key))} == {"office"}
    assert source_key("office", " atelier KERBRAT ") == source_key("office", "Atelier Kerbrat")
    assert len({source_key("office", str(n)) for n in range(2000)}) == BUCKETS


def test_a_source_that_is_divided_later_is_counted_again(store: Store) -> None:
    world = a_world(store)
    world.story(3, "alpha", "twins", actor="Ada")
    world.story(3, "alpha", "twins", actor="Bo")
    world.publish(noon(10))
    observe(store, noon(10))
    changes(store)
    with store.transaction() as conn:
        sources.declare(conn, [Source(id="alpha", name="alpha", kind=Kind.NEWS, split_by_actor=True)])
    observe(store, noon(10))
    assert {row[3] for row in rows(store, observation_sources)} == {source_key("alpha", "Ada"), source_key("alpha", "Bo")}
    assert changes(store) == {"twins": 3, "coverage": 3}
    with store.transaction() as conn:
        sources.declare(conn, [Source(id="alpha", name="The Alpha", kind=Kind.NEWS, split_by_actor=True)])
    assert not marked(store)


def test_euros_are_the_storys_largest_announced_amount_once(store: Store) -> None:
    world = a_world(store)
    first = world.story(2, "alpha", "twins")
    copy = world.story(2, "beta", "twins", copy_of=first)
    world.story(2, "gamma", "twins")
    world.publish(noon(10))
    observe(store, noon(10))
    changes(store)

    def amount(document: str, eur: float | None, role: str, at: int = 0) -> Fact:
        return Fact(
            document_id=document,
            kind="amount",
            value=f"{eur} EUR",
            matched="…",
            start=at,
            end=at + 1,
            pipeline="facts/1",
            eur=eur,
            role=role,
        )

    with store.transaction() as conn:
        found = [
            amount(first, 5_000_000.4, "stated"),
            amount(first, 2e6, "stated", 5),
            amount(copy, 5_000_000.4, "stated"),
            amount(copy, 9e9, "target", 5),
            amount(copy, 8e7, "cumulative", 9),
            amount(copy, 1e18, "stated", 12),
            amount(copy, None, "stated", 15),
        ]
        documents.add_facts(conn, "facts/1", [first, copy], found)
    assert marked(store) == {first, copy}
    assert observe(store, noon(10)).changed == 1
    with store.reading() as conn:
        assert [(o.stories, o.eur) for o in observations.series(conn, "twins")] == [(2, 5e6)]
    assert changes(store) == {}  # money changes no count that is scored
    with store.transaction() as conn:
        documents.add_facts(conn, "facts/2", [first, copy], [replace(fact, pipeline="facts/2") for fact in found])
    assert not marked(store)
    with store.transaction() as conn:
        documents.add_facts(conn, "facts/3", [first, copy], [])
    observe(store, noon(10))
    with store.reading() as conn:
        assert [o.eur for o in observations.series(conn, "twins")] == [None]


def test_a_story_that_is_put_together_or_taken_apart_moves_its_counts(store: Store) -> None:
    world = a_world(store)
    one = world.story(2, "alpha", "twins", domains=("naval",))
    two = world.story(4, "beta", "twins")
    world.publish(noon(10))
    observe(store, noon(10))
    changes(store)

    def told(*pairs: tuple[str, str]) -> None:
        with store.transaction() as conn:
            found = [Enrichment(document_id=d, pipeline="p/2", language="en", language_score=1, story_id=s) for d, s in pairs]
            documents.add_enrichments(conn, found)

    told((two, one))
    observe(store, noon(10))
    with store.reading() as conn:
        assert [(o.day - START, o.documents) for o in observations.series(conn, "twins")] == [(2 * DAY, 2)]
    assert changes(store)["coverage"] == 4
    told((two, two), (one, one))
    observe(store, noon(10))
    with store.reading() as conn:
        assert [(o.day - START, o.documents) for o in observations.series(conn, "twins")] == [(2 * DAY, 1), (4 * DAY, 1)]
    assert counted(store) == counted_afresh(store, noon(10))
    told((one, two), (two, "elsewhere"))
    observe(store, noon(10))
    assert set(counted(store)["stories"]) == {(two,), ("elsewhere",)}
    assert counted(store) == counted_afresh(store, noon(10))


def test_deleted_documents_leave_the_counts(store: Store) -> None:
    world = a_world(store)
    first = world.story(2, "alpha", "twins", domains=("naval",))
    copy = world.story(3, "beta", copy_of=first)
    alone = world.story(4, "alpha", "quantum", domains=("naval",))
    world.publish(noon(10))
    observe(store, noon(10))
    changes(store)
    with store.transaction() as conn:
        documents.remove(conn, [first])
    observe(store, noon(10))
    assert counted(store) == counted_afresh(store, noon(10))
    assert {key: value[:3] for key, value in counted(store)["stories"].items()} == {
        (first,): (copy, "news", START + 3 * DAY),
        (alone,): (alone, "news", START + 4 * DAY),
    }
    assert changes(store) == {"twins": 2, "domain naval": 2, "coverage": 2}
    with store.transaction() as conn:
        sources.remove(conn, "alpha")
    assert rows(store, observed) == []  # at once: nothing is left that could be counted again
    observe(store, noon(10))
    assert counted(store) == counted_afresh(store, noon(10))
    assert changes(store) == {"quantum": 4, "domain naval": 4, "coverage": 4}


def test_themes_that_merge_and_split_take_their_stories_along(store: Store) -> None:
    world = a_lively_world(store)
    world.publish(noon(60))
    observe(store, noon(60))
    changes(store)
    with store.transaction() as conn:
        themes.merge(conn, "quantum", "twins", ModelRun(id="m", step="merge", model="-", ran_at=noon(60)), START, "person")
    observe(store, noon(60))
    assert counted(store) == counted_afresh(store, noon(60))
    with store.reading() as conn:
        assert observations.series(conn, "quantum") == []
        leaving = themes.members(conn, "twins")[::3]
    assert set(changes(store)) == {"quantum"}  # all of its stories were in the other theme already
    with store.transaction() as conn:
        themes.move(conn, "twins", [replace(row, theme_id="quantum") for row in leaving])
    observe(store, noon(60))
    assert counted(store) == counted_afresh(store, noon(60))
    assert set(changes(store)) == {"quantum", "twins"}


def test_only_what_changed_is_looked_at_and_said_to_have_changed(store: Store) -> None:
    world = a_lively_world(store)
    world.publish(noon(60))
    observe(store, noon(60))
    changes(store)
    new = world.story(60, "beta", "twins")
    late = world.story(55, "alpha", domains=("energy",), collected=60)
    world.publish(noon(61))
    report = observe(store, noon(61))
    assert (report.documents, report.stories) == (2, 2)
    assert changes(store) == {"twins": 60, "coverage": 55, "domain energy": 55}
    assert {new, late} <= {key for (key,) in counted(store)["stories"]}
    world.story(60, "gamma", copy_of=new, collected=61)
    world.publish(noon(62))
    assert observe(store, noon(62)).changed == 1  # one more copy of a story
    assert changes(store) == {"twins": 60}


def test_what_an_earlier_version_counted_is_replaced(store: Store) -> None:
    world = a_world(store)
    world.story(3, "alpha", "twins")
    world.publish(noon(10))
    with store.transaction() as conn:
        conn.execute(coverage.insert().values(source_key="gone", kind="news", day=START, stories=4))
    observe(store, noon(10))
    assert counted(store) == counted_afresh(store, noon(10))


def test_many_documents_are_counted_in_batches(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_DOCUMENTS_AT_ONCE", 7)
    monkeypatch.setattr(counting, "_STORIES_AT_ONCE", 3)
    world = a_lively_world(sqlite_store)
    world.publish(noon(60))
    observe(sqlite_store, noon(60))
    assert counted(sqlite_store) == counted_afresh(sqlite_store, noon(60))


def test_a_change_made_while_another_counts_is_counted_next_time(store: Store) -> None:
    world = a_world(store)
    key = world.story(3, "alpha", "twins")
    other = world.story(4, "alpha", "twins")
    world.publish(noon(10))
    counts, changed = threading.Event(), threading.Event()

    def write() -> None:
        counts.wait(10)
        with store.transaction() as conn:
            themes.assign(conn, [Assignment(document_id=key, theme_id="quantum", probability=0.9, model_run_id="test")])
        changed.set()

    writer = threading.Thread(target=write)
    writer.start()
    with store.transaction() as conn:
        count_stories(conn, noon(10))
        counts.set()
        assert not changed.wait(0.3)  # it waits for the marks that are being taken
    writer.join(10)
    assert changed.is_set()
    assert marked(store) == {key}
    assert observe(store, noon(10)).documents == 1
    assert counted(store) == counted_afresh(store, noon(10))
    assert {story for story, _ in counted(store)["story_themes"]} == {key, other}


def test_a_change_that_is_not_committed_yet_keeps_its_mark(store: Store) -> None:
    if store.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    world = a_world(store)
    key = world.story(3, "alpha", "twins")
    world.publish(noon(10))
    with store.transaction() as conn:
        themes.assign(conn, [Assignment(document_id=key, theme_id="quantum", probability=0.9, model_run_id="test")])
        assert observe(store, noon(10)).documents == 0
    observe(store, noon(10))
    assert counted(store) == counted_afresh(store, noon(10))


def test_killed_anywhere_it_loses_nothing(sqlite_store: Store, sqlite_url: str) -> None:
    world = a_lively_world(sqlite_store)
    world.publish(noon(30))
    observe(sqlite_store, noon(30))
    world.publish(noon(60))
    before = counted(sqlite_store)
    for statement in (2, 5, 12, 19, 26):
        words = [
            sys.executable,
            "-m",
            "tests.integration.monitor.killed_observe",
            sqlite_url,
            noon(60).isoformat(),
            str(statement),
        ]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert counted(sqlite_store) == before
    observe(sqlite_store, noon(60))
    assert counted(sqlite_store) == counted_afresh(sqlite_store, noon(60))


def test_an_empty_database_is_no_error(store: Store) -> None:
    assert observe(store, noon(3)).stories == 0
