"""Which theme speaks for a movement."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from monitor.movements import Mover, same_movement, speakers
from storage.model import Origin

DAY = dt.date(2026, 3, 1)


def mover(
    theme: str, stories: range, *, origin: Origin = Origin.WATCH, score: float = 4.0, excess: float = 20, **kw: object
) -> Mover:
    carried = frozenset(f"s{n}" for n in stories)
    values = {"parent_id": None, "falls": False, "onset": DAY} | kw
    return Mover(theme_id=theme, origin=origin, score=score, excess=excess, stories=carried, **values)  # type: ignore[arg-type]


def test_shared_stories_make_one_movement() -> None:
    assert same_movement(mover("a", range(10)), mover("b", range(3, 13)))
    assert not same_movement(mover("a", range(10)), mover("b", range(8, 18)))


def test_a_part_that_rises_with_the_whole_is_the_same_movement() -> None:
    broad = mover("broad", range(100))
    assert same_movement(mover("narrow", range(6)), broad)
    assert same_movement(mover("mostly inside", range(97, 102)), broad)
    assert not same_movement(mover("mostly outside", range(98, 103)), broad)
    assert not same_movement(mover("narrow", range(6), onset=DAY + dt.timedelta(days=40)), broad)
    assert not same_movement(mover("narrow", range(6)), replace(broad, falls=True))


def test_the_watch_theme_speaks_first_and_the_others_are_noted() -> None:
    found = mover("found", range(12), origin=Origin.DISCOVERED, score=9)
    chosen, spoken_for = speakers([found, mover("watch", range(12))], [])
    assert [m.theme_id for m in chosen] == ["watch"]
    assert spoken_for == {"found": "watch"}


def test_a_standing_case_keeps_the_word() -> None:
    chosen, spoken_for = speakers([mover("watch", range(12))], [mover("found", range(12), origin=Origin.DISCOVERED)])
    assert not chosen
    assert spoken_for == {"watch": "found"}


def test_a_part_that_led_the_whole_is_no_news_once_the_whole_has_spoken() -> None:
    broad = mover("broad", range(100))
    led = mover("led", range(6), origin=Origin.DISCOVERED, onset=DAY - dt.timedelta(days=60))
    assert speakers([led], [broad]) == ([], {"led": "broad"})
    assert speakers([broad], [led]) == ([broad], {})


@pytest.mark.parametrize("origin", [Origin.CONJUNCTION, Origin.DISCOVERED])
def test_a_technology_leaves_the_word_to_the_narrower_theme_that_makes_its_rise(origin: Origin) -> None:
    parent = mover("twins", range(40), excess=20)
    part = mover("naval twins", range(18), origin=origin, parent_id="twins", excess=12)
    chosen, spoken_for = speakers([parent, part], [])
    assert [m.theme_id for m in chosen] == ["naval twins"]
    assert spoken_for == {"twins": "naval twins"}
    small = replace(part, excess=5)
    assert speakers([parent, small], []) == ([parent], {"naval twins": "twins"})
    second = replace(part, parent_id="elsewhere", partner_id="twins")
    assert [m.theme_id for m in speakers([parent, second], [])[0]] == ["naval twins"], "of a pair, either side is the whole"
    later = replace(small, onset=DAY + dt.timedelta(days=60))
    assert {m.theme_id for m in speakers([parent, later], [])[0]} == {"twins", "naval twins"}
