"""When a rule speaks, and which theme speaks for a movement."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from monitor import rules
from monitor.evidence import Member, choose_documents, new_terms
from monitor.monitoring import MonitorSettings
from monitor.movements import Mover, same_movement, speakers
from storage.errors import ConfigError
from storage.model import Origin, Signal, State

DAY = dt.date(2026, 3, 1)
SIGNAL = Signal(
    theme_id="t",
    day=DAY,
    state=State.EMERGING,
    score=4.0,
    lift=2.0,
    observed=20,
    expected=8,
    sources=6,
    threshold=3.0,
    reason_fr="",
    reason_en="",
)
RULE = rules.MomentumRule()


def mover(
    theme: str, stories: range, *, origin: Origin = Origin.WATCH, score: float = 4.0, excess: float = 20, **kw: object
) -> Mover:
    carried = frozenset(f"s{n}" for n in stories)
    values = {"parent_id": None, "falls": False, "onset": DAY} | kw
    return Mover(theme_id=theme, origin=origin, score=score, excess=excess, stories=carried, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "opens"),
    [
        ({}, True),
        ({"score": 2.9}, False),
        ({"lift": 1.4}, False),
        ({"sources": 2}, False),
        ({"state": State.STABLE}, False),
        ({"state": State.DECLINING, "lift": 0.3}, True),
        ({"state": State.DECLINING, "lift": 0.9}, False),
    ],
)
def test_the_momentum_rule_needs_proof_size_and_breadth(change: dict[str, object], opens: bool) -> None:
    assert rules.opens(RULE, replace(SIGNAL, **change)) is opens  # type: ignore[arg-type]


def test_a_decline_may_count_its_sources_over_a_longer_time() -> None:
    long = {"sources_long": 4}
    assert not rules.opens(RULE, replace(SIGNAL, sources=2, evidence=long))
    assert rules.opens(RULE, replace(SIGNAL, sources=1, evidence=long, state=State.DECLINING, lift=0.3))


def test_the_threshold_follows_from_the_allowance() -> None:
    assert rules.threshold(10_000, RULE) == pytest.approx(4.78, abs=0.01)
    assert rules.threshold(5, RULE) == pytest.approx(2.86, abs=0.01)
    assert rules.threshold(0, rules.MomentumRule(quiet_years_per_theme=0)) > 0
    assert rules.threshold(500, rules.MomentumRule(false_alerts_per_month=1)) > rules.threshold(500, RULE)


def test_a_case_stays_open_at_half_the_threshold() -> None:
    assert not rules.is_quiet(RULE, State.EMERGING, replace(SIGNAL, score=1.6, state=State.STABLE))
    assert rules.is_quiet(RULE, State.EMERGING, replace(SIGNAL, score=1.4))
    assert rules.is_quiet(RULE, State.EMERGING, replace(SIGNAL, lift=1.1))
    assert not rules.is_quiet(RULE, State.DECLINING, replace(SIGNAL, state=State.DECLINING, lift=0.5))
    assert rules.is_quiet(RULE, State.DECLINING, replace(SIGNAL, state=State.DECLINING, lift=0.9))
    assert rules.is_quiet(RULE, State.EMERGING, replace(SIGNAL, state=State.DECLINING))
    assert rules.is_quiet(RULE, State.EMERGING, None)


def test_threshold_rules_look_at_plain_numbers() -> None:
    rule = rules.parse("many", {"kind": "threshold", "min_observed": 15, "states": ["emerging"]})
    assert rules.opens(rule, SIGNAL)
    assert not rules.opens(rule, replace(SIGNAL, observed=14))
    assert not rules.opens(rule, replace(SIGNAL, state=State.TREND))


def test_a_wrong_rule_says_which_setting() -> None:
    with pytest.raises(ConfigError, match=r"rule 'x'.*min_lift"):
        rules.parse("x", {"kind": "momentum", "min_lift": 0})
    with pytest.raises(ConfigError, match="rule 'x'"):
        rules.parse("x", {"kind": "magic"})


def test_a_changed_setting_makes_a_new_version_of_the_default_rule() -> None:
    first = rules.default_rule(MonitorSettings())
    assert rules.with_default([], MonitorSettings()) == ([first], first)
    assert rules.with_default([first], MonitorSettings()) == ([first], None)
    _, renewed = rules.with_default([first], MonitorSettings(min_lift=2))
    assert renewed is not None
    assert renewed.version == 2
    switched_off = replace(first, enabled=False)
    assert rules.with_default([switched_off], MonitorSettings(min_lift=2)) == ([switched_off], None)


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
    later = replace(small, onset=DAY + dt.timedelta(days=60))
    assert {m.theme_id for m in speakers([parent, later], [])[0]} == {"twins", "naval twins"}


def test_evidence_shows_first_central_last_and_every_kind() -> None:
    def member(n: int, source: str, kind: str = "news", probability: float = 0.5) -> Member:
        return Member(f"d{n}", source, kind, DAY + dt.timedelta(days=n), probability)

    members = [
        member(0, "a"),
        member(1, "a", probability=0.9),
        member(2, "b", probability=0.8),
        member(3, "c", "paper"),
        member(4, "d"),
    ]
    assert choose_documents(members) == ["d0", "d1", "d2", "d3", "d4"]
    many = members[:4] + [member(n, f"s{n}") for n in range(5, 30)]
    chosen = choose_documents(many)
    assert len(chosen) == 5
    assert {"d0", "d2", "d3", "d29"} <= set(chosen)
    assert choose_documents([]) == []


def test_new_terms_are_words_no_earlier_title_had() -> None:
    earlier = [f"Les jumeaux numériques en usine {n}" for n in range(10)]
    recent = {"a": ["Jumeaux numériques pour frégates", "Nouvelles frégates"], "b": ["Les frégates en usine"]}
    assert new_terms(recent, earlier) == ["frégates"]
    assert new_terms(recent, earlier[:5]) == []
