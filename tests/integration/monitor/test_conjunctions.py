"""Pairs: born from enough meetings of either sort, followed document by document, and ended with their sides."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import sqlalchemy as sa

from monitor.conjunctions import conjunctions
from monitor.monitoring import MonitorSettings
from monitor.observe import observe
from monitor.pairing import partner_of_theme
from storage import observations, themes
from storage.model import Origin
from storage.store import Store
from tests.monitor_world import START, World, noon

SETTINGS = MonitorSettings()
PAPERS = ["journal-a", "journal-b", "journal-c"]


def a_world(store: Store, *theme_ids: str) -> World:
    world = World(store, seed=3)
    world.source(*PAPERS)
    world.theme(*theme_ids)
    return world


def members(store: Store, theme_id: str) -> dict[str, str]:
    with store.reading() as conn:
        return {row.document_id: row.reason for row in themes.members(conn, theme_id)}


def pair_ids(store: Store) -> set[str]:
    with store.reading() as conn:
        return {theme.id for theme in themes.all_themes(conn) if theme.origin is Origin.CONJUNCTION}


def test_a_pair_of_technologies_is_born_like_one_with_a_domain(store: Store) -> None:
    world = a_world(store, "twins", "ai")
    for day in range(10):
        world.story(day, PAPERS[0], "twins")
        world.story(day, PAPERS[1], "ai", domains=("energy",) if day == 9 else ())
    both = [world.story(day, PAPERS[day % 3], "twins", "ai", domains=("naval",)) for day in range(3)]
    world.publish(noon(20))
    report = conjunctions(store, noon(20), SETTINGS)
    assert pair_ids(store) == {"c-twins-naval", "c-ai-naval", "c-ai.twins"}, "one story of ai and energy is no pair"
    assert (report.born, report.assigned) == (3, 9)
    with store.reading() as conn:
        joint, naval = themes.get(conn, "c-ai.twins"), themes.get(conn, "c-twins-naval")
        assert [event.event for event in themes.events_of(conn, "c-ai.twins")] == ["born"]
    assert (joint.parent_id, joint.partner) == ("ai", partner_of_theme("twins"))
    assert (joint.label_fr, joint.label_en) == ("ai × twins", "ai × twins")
    assert (naval.parent_id, naval.partner) == ("twins", "naval")
    assert members(store, "c-ai.twins") == dict.fromkeys(both, "ai + twins")
    assert members(store, "c-twins-naval") == dict.fromkeys(both, "twins + naval")
    assert conjunctions(store, noon(20), SETTINGS) == replace(report, born=0, assigned=0)
    observe(store, noon(20))
    columns = "technology_id, partner_is, domain, partner_id, partner_en, stories, first_day, last_day, state"
    with store.reading() as conn:
        rows = conn.execute(sa.text(f"SELECT {columns} FROM v_conjunctions ORDER BY theme_id")).all()
    days = (START.isoformat(), (START + dt.timedelta(days=2)).isoformat())
    seen = {tuple(row[:6]): (str(row.first_day), str(row.last_day), row.state) for row in rows}
    assert seen == {
        ("ai", "domain", "naval", None, None, 3): (*days, None),
        ("ai", "theme", None, "twins", "twins", 3): (*days, None),
        ("twins", "domain", "naval", None, None, 3): (*days, None),
    }


def test_one_voice_or_too_few_stories_make_no_pair(sqlite_store: Store) -> None:
    world = a_world(sqlite_store, "twins", "ai")
    for day in range(6):
        world.story(day, PAPERS[0], "twins", "ai", domains=("naval",))
        world.story(day, PAPERS[1], "twins")
        world.story(day, PAPERS[1], "ai")
    for day in range(2):
        world.story(day, PAPERS[day], "twins", domains=("retail",))
    world.publish(noon(20))
    assert conjunctions(sqlite_store, noon(20), SETTINGS).born == 0


def test_copies_are_one_meeting_and_all_of_them_belong_to_the_pair(sqlite_store: Store) -> None:
    world = a_world(sqlite_store, "twins")
    first = world.story(1, PAPERS[0], "twins", domains=("naval",))
    copies = [world.story(2, source, "twins", domains=("naval",), copy_of=first) for source in PAPERS[1:]]
    world.publish(noon(20))
    assert conjunctions(sqlite_store, noon(20), SETTINGS).born == 0
    others = [world.story(20 + day, PAPERS[day], "twins", domains=("naval",)) for day in range(2)]
    world.publish(noon(30))
    assert conjunctions(sqlite_store, noon(30), SETTINGS).born == 1
    assert set(members(sqlite_store, "c-twins-naval")) == {first, *copies, *others}
    late = world.story(31, PAPERS[2], "twins", copy_of=first)
    world.publish(noon(33))
    assert conjunctions(sqlite_store, noon(33), SETTINGS).assigned == 1
    assert late in members(sqlite_store, "c-twins-naval"), "its story speaks of the domain"


def test_a_theme_and_its_own_part_are_no_pair(sqlite_store: Store) -> None:
    world = a_world(sqlite_store, "twins", "twins-3d", "ai", "vision")
    for day in range(10):
        world.story(day, PAPERS[day % 3], "twins", *(("twins-3d",) if day < 7 else ()))
        world.story(day, PAPERS[day % 3], "twins-3d" if day < 3 else "twins")
        world.story(day, PAPERS[day % 3], "ai")
        world.story(day, PAPERS[day % 3], *(("ai", "vision") if day < 5 else ("vision",)))
    with sqlite_store.transaction() as conn:
        themes.save(conn, [replace(themes.get(conn, "vision"), parent_id="ai")])
    world.publish(noon(20))
    conjunctions(sqlite_store, noon(20), SETTINGS)
    assert pair_ids(sqlite_store) == set(), "seven stories of ten are shared; the other is declared a part"


def test_a_pair_ends_with_its_side_and_comes_back_with_it(store: Store) -> None:
    world = a_world(store, "twins", "ai")
    for day in range(9):
        world.story(day, PAPERS[day % 3], *(("twins", "ai") if day < 4 else ("twins",)), domains=("naval",))
        world.story(day, PAPERS[day % 3], "ai")
    world.publish(noon(20))
    conjunctions(store, noon(20), SETTINGS)
    assert pair_ids(store) == {"c-twins-naval", "c-ai-naval", "c-ai.twins"}
    with store.transaction() as conn:
        themes.retire(conn, ["twins"], noon(21).date())
    assert conjunctions(store, noon(21), SETTINGS).ended == 2
    assert conjunctions(store, noon(21), SETTINGS).ended == 0
    assert pair_ids(store) == {"c-ai-naval"}
    world.story(21, PAPERS[0], "twins", domains=("naval",))
    world.publish(noon(23))
    assert conjunctions(store, noon(23), SETTINGS).assigned == 0
    with store.transaction() as conn:
        themes.wake(conn, ["twins"])
    report = conjunctions(store, noon(24), SETTINGS)
    assert (report.born, report.assigned) == (0, 1), "what came meanwhile belongs to it too"
    assert pair_ids(store) == {"c-twins-naval", "c-ai-naval", "c-ai.twins"}
    assert len(members(store, "c-twins-naval")) == 10


def test_what_leaves_a_side_leaves_the_pair(store: Store) -> None:
    world = a_world(store, "twins", "ai")
    both = [world.story(day, PAPERS[day % 3], "twins", "ai", domains=("naval",)) for day in range(6)]
    for day in range(12):
        world.story(day, PAPERS[day % 3], "twins")
        world.story(day, PAPERS[day % 3], "ai")
    world.publish(noon(20))
    conjunctions(store, noon(20), SETTINGS)
    observe(store, noon(20))
    with store.transaction() as conn:
        kept = [row for row in themes.members(conn, "twins") if row.document_id not in both[:2]]
        themes.unassign(conn, ["twins"])
        themes.assign(conn, kept)
    conjunctions(store, noon(20), SETTINGS)
    observe(store, noon(20))
    assert set(members(store, "c-twins-naval")) == set(members(store, "c-ai.twins")) == set(both[2:])
    assert set(members(store, "c-ai-naval")) == set(both)
    with store.reading() as conn:
        assert sum(row.stories for row in observations.series(conn, "c-twins-naval")) == 4


def test_a_pair_bears_the_names_its_sides_have_today_unless_a_person_pinned_its_own(sqlite_store: Store) -> None:
    world = a_world(sqlite_store, "twins")
    for day in range(6):
        world.story(day, PAPERS[day % 3], "twins", domains=("naval", "retail"))
    world.publish(noon(20))
    conjunctions(sqlite_store, noon(20), SETTINGS)
    with sqlite_store.transaction() as conn:
        themes.pin_label(conn, "c-twins-retail", "Magasins jumeaux", "Twin shops", noon(20).date())
        themes.pin_label(conn, "twins", "jumeaux numériques", "digital twins", noon(20).date())
    conjunctions(sqlite_store, noon(21), SETTINGS)
    with sqlite_store.reading() as conn:
        assert themes.get(conn, "c-twins-naval").label_fr == "jumeaux numériques × naval"
        assert themes.get(conn, "c-twins-retail").label_fr == "Magasins jumeaux"
