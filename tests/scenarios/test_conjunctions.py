"""Half a year of invented news: two subjects begin to meet, two others rise together and meet no more than that explains."""

from __future__ import annotations

import datetime as dt

import pytest

from monitor.assess import assess
from monitor.conjunctions import conjunctions
from monitor.monitoring import MonitorSettings
from monitor.observe import observe
from storage import observations
from storage.store import Store
from tests.monitor_world import START, World, noon

SETTINGS = MonitorSettings()
NEWSROOMS = [f"journal-{letter}" for letter in "abcdefgh"]
DAYS, ONSET = 196, 126
WATCHED = [f"watched-{number}" for number in range(10)]
"""Nobody tells of them here, but each could have met every domain: what chance may do is counted over all such pairs."""


def the_world(store: Store) -> World:
    """Every story draws its subjects by itself, so that whatever rises meets whatever else rises by chance alone.

    From the onset on, AI and energy become four and three times as frequent within a month, independently of each other; twins
    and naval stay as they were but for three stories of both a week.
    """
    world = World(store, seed=10)
    world.source(*NEWSROOMS)
    world.theme("ai", "twins", *WATCHED)
    for day in range(DAYS):
        risen = min(1.0, max(0.0, (day - ONSET) / 28))
        chances = {"ai": 0.05 * (1 + 3 * risen), "twins": 0.03, "energy": 0.08 * (1 + 2 * risen), "naval": 0.05}
        for source in NEWSROOMS:
            for _ in range(int(world.random.poisson(5))):
                told = {subject for subject, chance in chances.items() if world.random.random() < chance}
                world.story(day, source, *sorted(told & {"ai", "twins"}), domains=tuple(sorted(told & {"energy", "naval"})))
    world.about(range(ONSET, DAYS), ("twins",), 3, NEWSROOMS, domains=("naval",))
    return world


@pytest.mark.slow
def test_twins_meet_naval_and_ai_meets_energy_no_more_than_both_explain(sqlite_store: Store) -> None:
    world = the_world(sqlite_store)
    world.publish(noon(DAYS))
    conjunctions(sqlite_store, noon(DAYS), SETTINGS)
    observe(sqlite_store, noon(DAYS))
    assess(sqlite_store, noon(DAYS), SETTINGS, backfill=True)
    with sqlite_store.reading() as conn:
        found = observations.signals_between(conn, START, START + dt.timedelta(days=DAYS))
    of = {pair: [signal for signal in found if signal.theme_id == pair] for pair in ("c-twins-naval", "c-ai-energy")}
    proven = [signal for signal in of["c-twins-naval"] if signal.score >= signal.threshold and signal.lift >= SETTINGS.min_lift]
    assert proven, "the meeting is a signal"
    onset = START + dt.timedelta(days=ONSET)
    assert onset < proven[0].day <= onset + dt.timedelta(days=56)
    assert proven[-1].evidence["documents"]
    together = of["c-ai-energy"]
    before = max(signal.observed for signal in together if signal.day < onset)
    assert together[-1].observed > 4 * before, "AI and energy do share far more stories"
    assert together[-1].expected > together[-1].observed / 1.5, "as their margins say they should"
    assert not [signal for signal in together if signal.score >= signal.threshold and signal.lift >= SETTINGS.min_lift]
