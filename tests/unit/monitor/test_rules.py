"""When a rule speaks: its own threshold, what it hears, and what keeps its cases open."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from monitor import rules
from monitor.monitoring import MonitorSettings
from storage import allowance
from storage.errors import ConfigError
from storage.model import Origin, Rule, Signal, State

SIGNAL = Signal(
    theme_id="t",
    day=dt.date(2026, 3, 1),
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
BUZZ = rules.BuzzRule()


def signal(**changed: Any) -> Signal:
    return replace(SIGNAL, **changed)


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
def test_the_momentum_rule_needs_proof_size_and_breadth(change: dict[str, Any], opens: bool) -> None:
    assert rules.opens(RULE, signal(**change)) is opens


def test_a_decline_may_count_its_sources_over_a_longer_time() -> None:
    long = {"sources_long": 4}
    assert not rules.opens(RULE, signal(sources=2, evidence=long))
    assert rules.opens(RULE, signal(sources=1, evidence=long, state=State.DECLINING, lift=0.3))


def test_the_threshold_follows_from_the_allowance() -> None:
    assert rules.threshold(10_000, RULE) == pytest.approx(4.78, abs=0.01)
    assert rules.threshold(5, RULE) == pytest.approx(2.86, abs=0.01)
    assert rules.threshold(0, rules.MomentumRule(quiet_years_per_theme=0)) > 0
    assert rules.threshold(500, rules.MomentumRule(false_alerts_per_month=1)) > rules.threshold(500, RULE)


def test_an_allowance_and_its_threshold_are_one_thing() -> None:
    assert allowance.allowance(10_000, allowance.threshold(10_000, 5)) == pytest.approx(5)
    assert allowance.threshold(1, 1000) == 0


def test_a_rule_judges_by_its_own_threshold_and_not_by_the_signals() -> None:
    over = {"subjects": 10_000}
    strict, generous = rules.MomentumRule(false_alerts_per_month=0.5), rules.MomentumRule(false_alerts_per_month=50)
    assert rules.needed(RULE, signal(evidence=over)) == pytest.approx(4.7845, abs=1e-4)
    assert rules.needed(strict, signal(evidence=over)) == pytest.approx(rules.needed(RULE, signal(evidence=over)) + 1, abs=1e-3)
    proven = signal(score=5.0, threshold=4.7845, evidence=over)
    assert rules.opens(RULE, proven)
    assert not rules.opens(strict, proven)
    below = signal(score=4.0, threshold=4.7845, evidence=over, state=State.NOISE)
    assert not rules.opens(RULE, below)
    assert rules.opens(generous, below), "noise to the default rule, proven enough for a generous one"
    assert rules.case_state(generous, below) is State.WEAK_SIGNAL
    for missing in ({"lift": 1.4}, {"sources": 2}):
        assert not rules.opens(generous, replace(below, **missing))
    assert not rules.is_quiet(generous, State.WEAK_SIGNAL, replace(below, score=2.0))
    assert rules.is_quiet(RULE, State.WEAK_SIGNAL, replace(below, score=2.0))


def test_a_signal_of_an_earlier_version_is_judged_by_its_own_threshold() -> None:
    assert rules.needed(RULE, SIGNAL) == 3.0
    assert rules.needed(RULE, signal(evidence={"subjects": 0})) == 3.0


def test_a_case_stays_open_at_half_the_threshold() -> None:
    assert not rules.is_quiet(RULE, State.EMERGING, signal(score=1.6, state=State.STABLE))
    assert rules.is_quiet(RULE, State.EMERGING, signal(score=1.4))
    assert rules.is_quiet(RULE, State.EMERGING, signal(lift=1.1))
    assert not rules.is_quiet(RULE, State.DECLINING, signal(state=State.DECLINING, lift=0.5))
    assert rules.is_quiet(RULE, State.DECLINING, signal(state=State.DECLINING, lift=0.9))
    assert rules.is_quiet(RULE, State.EMERGING, signal(state=State.DECLINING))
    assert rules.is_quiet(RULE, State.EMERGING, None)


def test_a_burst_is_judged_by_its_own_evidence_and_never_called_a_trend() -> None:
    over = {"subjects": 1000}
    assert rules.needed(BUZZ, signal(evidence=over)) == pytest.approx(4.18, abs=0.01)
    burst = signal(state=State.STABLE, score=0.5, buzz=4.5, lift=1.1, evidence=over)
    assert rules.opens(BUZZ, burst)
    assert not rules.opens(RULE, burst)
    assert not rules.opens(BUZZ, replace(burst, sources=2))
    assert not rules.opens(BUZZ, replace(burst, buzz=4.0, score=9.0))
    for state in State:
        assert rules.case_state(BUZZ, replace(burst, state=state)) in (State.NOISE, State.STABLE)
    assert not rules.is_quiet(BUZZ, State.STABLE, replace(burst, buzz=2.2))
    assert rules.is_quiet(BUZZ, State.STABLE, replace(burst, buzz=2.0, score=9.0))
    assert rules.close_after_days(BUZZ, MonitorSettings()) == 7
    assert rules.close_after_days(RULE, MonitorSettings()) == 14


@pytest.mark.parametrize(
    ("rule", "heard"),
    [
        (RULE, {Origin.WATCH, Origin.DISCOVERED}),
        (BUZZ, {Origin.WATCH, Origin.DISCOVERED}),
        (rules.ConjunctionRule(), {Origin.CONJUNCTION}),
        (rules.ThresholdRule(), set(Origin)),
    ],
)
def test_pairs_are_heard_by_the_rule_for_pairs_alone(rule: rules.AnyRule, heard: set[Origin]) -> None:
    assert {origin for origin in Origin if rules.hears(rule, origin)} == heard


@pytest.mark.parametrize(
    ("settings", "passes", "fails"),
    [
        ({"min_observed": 15}, {}, {"observed": 14}),
        ({"min_lift": 2}, {}, {"lift": 1.9}),
        ({"max_lift": 0.5}, {"lift": 0.5}, {}),
        ({"min_eur": 1e6}, {"evidence": {"eur": 2_000_000}}, {"evidence": {"eur": 999_999}}),
        ({"min_eur": 1e6}, {"evidence": {"eur": 1_000_000}}, {"evidence": {"eur": None}}),
        ({"min_eur": 0}, {"evidence": {"eur": 0}}, {}),
        ({"min_sources": 6}, {}, {"sources": 5}),
        ({"states": ["emerging"]}, {}, {"state": State.TREND}),
        ({"min_lift": 2, "min_observed": 15}, {}, {"lift": 9, "observed": 3}),
    ],
)
def test_plain_limits_must_all_hold(settings: dict[str, Any], passes: dict[str, Any], fails: dict[str, Any]) -> None:
    rule = rules.parse("plain", {"kind": "threshold"} | settings)
    assert rules.opens(rule, signal(**passes))
    assert not rules.opens(rule, signal(**fails))
    assert rules.is_quiet(rule, State.EMERGING, signal(**fails))
    assert rules.needed(rule, SIGNAL) == 0


def test_a_wrong_rule_says_which_setting() -> None:
    with pytest.raises(ConfigError, match=r"rule 'x'.*min_lift"):
        rules.parse("x", {"kind": "momentum", "min_lift": 0})
    with pytest.raises(ConfigError, match="rule 'x'"):
        rules.parse("x", {"kind": "magic"})
    with pytest.raises(ConfigError, match=r"rule 'x'.*min_lift"):
        rules.parse("x", {"kind": "buzz", "min_lift": 2})


def test_every_installation_starts_with_movements_meetings_and_bursts() -> None:
    in_force, renewed = rules.with_defaults([], MonitorSettings())
    assert [rule.id for rule in in_force] == ["momentum", "conjunction", "buzz"]
    assert renewed == in_force
    assert {rule.id: rule.settings["false_alerts_per_month"] for rule in in_force} == {
        "momentum": 5.0,
        "conjunction": 1.0,
        "buzz": 2.0,
    }
    assert rules.with_defaults(in_force, MonitorSettings()) == (in_force, [])


def test_a_changed_setting_makes_new_versions_of_the_rules_it_concerns() -> None:
    first, _ = rules.with_defaults([], MonitorSettings())
    own = Rule(id="a", version=3, name_fr="A", name_en="A", settings={"kind": "threshold"})
    in_force, renewed = rules.with_defaults([own, *first], MonitorSettings(min_lift=2))
    assert {(rule.id, rule.version) for rule in renewed} == {("momentum", 2), ("conjunction", 2)}
    assert [rule.id for rule in in_force] == ["momentum", "conjunction", "buzz", "a"]
    switched_off = [replace(rule, enabled=False) for rule in first]
    assert rules.with_defaults(switched_off, MonitorSettings(min_lift=2)) == (switched_off, [])


@pytest.mark.parametrize("rule", [RULE, BUZZ, rules.ConjunctionRule(), rules.ThresholdRule(min_lift=2, states=(State.TREND,))])
def test_what_may_be_left_unread_neither_opens_nor_keeps_a_case(rule: rules.AnyRule) -> None:
    least = rules.least(rule)
    unread = signal(
        state=State.EMERGING,
        score=(least.score or 9) - 0.01,
        buzz=(least.buzz or 9) - 0.01,
        lift=(least.lift or 9) - 0.01,
        threshold=0.0,
    )
    assert not rules.opens(rule, unread)
    assert rules.is_quiet(rule, State.EMERGING, unread)
