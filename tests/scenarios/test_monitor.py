"""Months of invented news with planted movements and decoys, through observe, assess and raise_alerts, week by week."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa

from monitor.assess import assess
from monitor.cases import raise_alerts
from monitor.conjunctions import conjunctions
from monitor.monitoring import MonitorSettings
from monitor.observe import observe
from nlp.themes.steps.refit import split_off
from storage import alerts, themes
from storage.model import Alert, Assignment, ModelRun, Origin, State
from storage.store import Store
from storage.tables import observations
from tests.monitor_world import START, World, noon

WEEKS = 26
DAYS = range(7 * WEEKS)
ONSET = 126
NEWSROOMS = [f"journal-{letter}" for letter in "abcdefghij"]
SETTINGS = MonitorSettings()


def the_world(store: Store) -> World:
    world = World(store, seed=11)
    world.source(*NEWSROOMS, "late-feed")
    world.theme("rise", "steady", "fading", "fed", "late", "copied", "twins")
    for source in NEWSROOMS:
        outage = range(133, 139) if source in ("journal-c", "journal-d") else range(0)
        for day in DAYS:
            for _ in range(int(world.random.poisson(6))):
                # What an outage held back arrives in one day afterwards.
                world.story(day, source, collected=139 if day in outage else None)
    world.about(range(ONSET), ("rise",), 2, NEWSROOMS)
    world.about(range(ONSET, 182), ("rise",), 10, NEWSROOMS)
    world.about(DAYS, ("steady",), 5, NEWSROOMS)
    world.about(range(105), ("fading",), 9, NEWSROOMS)
    world.about(range(105, 182), ("fading",), 1, NEWSROOMS)
    # A theme carried by the two newsrooms that go silent, its backlog published in one day.
    for day in DAYS:
        if world.random.random() < 0.6:
            world.story(day, str(world.random.choice(["journal-c", "journal-d", "journal-e"])), "late")
    # A feed that starts in week 19 and doubles a theme.
    world.about(DAYS, ("fed",), 4, NEWSROOMS)
    world.background(range(ONSET, 182), "late-feed", 2)
    world.about(range(ONSET, 182), ("fed",), 7, ["late-feed"])
    # One press release in ten newsrooms.
    world.about(DAYS, ("copied",), 2, NEWSROOMS)
    first = world.story(150, NEWSROOMS[0], "copied")
    for place, source in enumerate(NEWSROOMS[1:]):
        world.story(150 + place % 2, source, "copied", copy_of=first)
    # A technology that meets a domain.
    world.about(DAYS, ("twins",), 4, NEWSROOMS)
    world.about(DAYS, (), 5, NEWSROOMS, domains=("naval",))
    world.about(range(ONSET, 182), ("twins",), 5, NEWSROOMS, domains=("naval",))
    return world


def replay(store: Store, world: World, first: int = 7, last: int = 182) -> list[Alert]:
    for day in range(first, last + 1, 7):
        now = noon(day)
        world.publish(now)
        conjunctions(store, now, SETTINGS)
        observe(store, now)
        assess(store, now, SETTINGS)
        raise_alerts(store, now, SETTINGS)
    with store.reading() as conn:
        return alerts.all_alerts(conn)


@pytest.mark.slow
def test_planted_movements_speak_and_decoys_are_silent(sqlite_store: Store) -> None:
    cases = replay(sqlite_store, the_world(sqlite_store))
    by_theme = {case.theme_id: case for case in cases}

    assert set(by_theme) == {"rise", "fading", "c-twins-naval"}
    assert len(cases) == 3
    assert by_theme["fading"].signal_state is State.DECLINING
    assert by_theme["rise"].signal_state in (State.EMERGING, State.RUPTURE)
    delay = by_theme["rise"].opened_on - (START + dt.timedelta(days=ONSET))
    assert dt.timedelta(0) < delay <= dt.timedelta(days=28)
    assert by_theme["rise"].evidence["documents"]
    assert "attendu" in by_theme["rise"].reason_fr
    assert "expected" in by_theme["rise"].reason_en
    with sqlite_store.reading() as conn:
        assert {theme.id for theme in themes.all_themes(conn)} >= {"c-twins-naval"}


MOVED = 119
"""The Monday themes merge and split on: week 17."""


def a_calm_world(store: Store) -> World:
    """Steady themes, of which one takes another in and one is left by half of its stories, and a rise that is merged."""
    world = World(store, seed=5)
    world.source(*NEWSROOMS[:6])
    world.theme("large", "small", "whole", "rise", "wide", origin=Origin.DISCOVERED)
    for source in NEWSROOMS[:6]:
        world.background(range(148), source, 3)
    here = NEWSROOMS[:6]
    world.about(range(148), ("large",), 7, here)
    world.about(range(MOVED), ("small",), 5, here)
    world.about(range(MOVED, 148), ("large",), 5, here)
    world.about(range(148), ("whole",), 5, here)
    world.about(range(90), ("rise",), 1, here)
    world.about(range(90, MOVED), ("rise",), 12, here)
    world.about(range(MOVED, 148), ("wide",), 12, here)
    world.about(range(148), ("wide",), 3, here)
    return world


def test_merges_and_splits_raise_no_alert_and_a_case_goes_on_under_the_heir(sqlite_store: Store) -> None:
    world = a_calm_world(sqlite_store)
    leaving = world.about(range(MOVED), ("whole",), 6, NEWSROOMS[:6])
    world.theme("part", origin=Origin.DISCOVERED)
    later = world.about(range(MOVED, 148), ("part",), 6, NEWSROOMS[:6])
    before = replay(sqlite_store, world, first=MOVED - 28, last=MOVED)
    assert [case.theme_id for case in before] == ["rise"]
    day = START + dt.timedelta(days=MOVED)
    run = ModelRun(id="forced", step="discover", model="test", ran_at=noon(MOVED))
    with sqlite_store.transaction() as conn:
        for theme_id, heir in (("small", "large"), ("rise", "wide")):
            themes.merge(conn, theme_id, heir, replace(run, id=f"forced {theme_id}"), day, "refit", 0.4)
        themes.add_run(conn, run)
        rows = [Assignment(document_id=key, theme_id="part", probability=0.9, model_run_id=run.id) for key in leaving]
        split_off(conn, themes.get(conn, "whole"), themes.get(conn, "part"), rows, day, "refit")

    after = replay(sqlite_store, world, first=MOVED + 1, last=148)

    (case,) = after
    assert (case.id, case.theme_id, case.opened_on) == (before[0].id, "wide", before[0].opened_on)
    assert case.version == before[0].version, "a merge is no news to send"
    counted = stories_by_theme(sqlite_store)
    assert counted["part"] == len(leaving) + len(later), "what leaves takes its past along"
    assert "small" not in counted
    assert "rise" not in counted


def stories_by_theme(store: Store) -> dict[str, int]:
    with store.reading() as conn:
        query = sa.select(observations.c.theme_id, sa.func.sum(observations.c.stories).label("stories"))
        return {row.theme_id: int(row.stories) for row in conn.execute(query.group_by(observations.c.theme_id))}
