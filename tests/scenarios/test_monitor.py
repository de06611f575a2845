"""Months of invented news with planted movements and decoys, through observe, assess and raise_alerts, week by week."""

from __future__ import annotations

import datetime as dt

import pytest

from monitor.assess import assess
from monitor.cases import raise_alerts
from monitor.conjunctions import conjunctions
from monitor.monitoring import MonitorSettings
from monitor.observe import observe
from storage import alerts, themes
from storage.model import Alert, State
from storage.store import Store
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
