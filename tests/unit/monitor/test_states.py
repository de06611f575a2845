"""The rule that decides a state, what it lacked, and its words; the dating of a change."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from monitor.trends.change import Change, find_change, is_broad
from monitor.trends.longrun import Run
from monitor.trends.stage import STAGES
from monitor.trends.state_words import LACKS, NOT_ENOUGH, RULES, STAGE_NAMES
from monitor.trends.states import (
    PERSPECTIVE,
    PROSPECTIVE,
    SPEAKING,
    Numbers,
    RuleId,
    decide,
    needed_z,
    weak_threshold,
)

DAY = dt.date(2026, 7, 5)
H = 4.0
QUIET_RUN = Run(208, 900.0, (0.0,) * 4, (0.0,) * 4, 0.0, 0.3, 0.0, 0.1)
UP_RUN = Run(208, 900.0, (4.0,) * 4, (0.5,) * 4, 0.4, 0.3, 0.5, 0.1)
DOWN_RUN = Run(208, 900.0, (-4.0,) * 4, (-0.5,) * 4, -0.4, 0.3, -0.5, 0.1)
SHARP = Change(
    start=DAY - dt.timedelta(weeks=8),
    weeks_ago=8,
    ratio=3.0,
    strength=20.0,
    sharpness=2.0,
    weeks=0,
    going_on=-1.0,
    earliest=DAY - dt.timedelta(weeks=10),
    latest=DAY - dt.timedelta(weeks=7),
)
QUIET = Numbers(
    score=0.5,
    falling=0.5,
    lift=1.0,
    baseline=300.0,
    age_days=None,
    stories_long=60.0,
    sources_long=10,
    kinds_long=3,
    diversity=7.0,
    run=QUIET_RUN,
)
RISING = replace(QUIET, score=5.0, lift=2.5)
FALLING = replace(QUIET, falling=5.0, lift=0.4, is_below_usual=True)
SMALL = {"baseline": 20.0, "stories_long": 20.0}


@pytest.mark.parametrize(
    ("numbers", "rule"),
    [
        (QUIET, "stable.nothing_proven"),
        (replace(QUIET, baseline=20.0), "noise.nothing_proven"),
        (replace(QUIET, baseline=20.0, run=replace(QUIET_RUN, stories=12.0)), "noise.too_little_data"),
        (replace(QUIET, in_season=True), "stable.season"),
        (replace(QUIET, change=replace(SHARP, weeks_ago=60)), "stable.new_level"),
        (replace(QUIET, score=5.0), "stable.back_to_usual"),
        (replace(QUIET, falling=5.0, lift=0.4), "stable.back_to_usual"),
        (RISING, "trend.proven_rise"),
        (replace(RISING, age_days=200), "emerging.broad_rise"),
        (replace(RISING, baseline=90.0), "emerging.broad_rise"),
        (replace(RISING, baseline=90.0, kinds_long=1, sources_long=3), "emerging.narrow_rise"),
        (replace(RISING, **SMALL, kinds_long=1, sources_long=3), "weak.narrow"),
        (replace(RISING, baseline=20.0, stories_long=6.0), "weak.few_stories"),
        (replace(RISING, score=3.2, baseline=20.0), "weak.under_threshold"),
        (replace(RISING, score=2.5, baseline=20.0), "noise.nothing_proven"),
        (replace(RISING, score=3.2, baseline=20.0, sources_long=2), "noise.too_little_data"),
        (replace(RISING, change=SHARP), "rupture.sharp_rise"),
        (replace(RISING, change=SHARP, change_is_broad=False), "trend.proven_rise"),
        (replace(RISING, change=SHARP, in_season=True), "trend.proven_rise"),
        (replace(RISING, change=replace(SHARP, weeks_ago=30)), "trend.proven_rise"),
        (replace(RISING, change=replace(SHARP, sharpness=-1.0)), "trend.proven_rise"),
        (FALLING, "declining.proven_fall"),
        (replace(FALLING, is_replaced=True), "declining.replaced"),
        (replace(FALLING, change=replace(SHARP, ratio=0.3)), "rupture.sharp_fall"),
        (replace(FALLING, change=replace(SHARP, ratio=0.3), is_below_usual=False), "stable.back_to_usual"),
        (replace(QUIET, run=UP_RUN), "trend.long_rise"),
        (replace(QUIET, run=UP_RUN, change=replace(SHARP, weeks_ago=60)), "stable.new_level"),
        (replace(QUIET, run=replace(UP_RUN, g26=-1.0)), "stable.nothing_proven"),
        (replace(QUIET, run=UP_RUN, replaces=True), "transition.substitution"),
        (replace(QUIET, run=UP_RUN, maturity_move=0.3), "transition.maturity"),
        (replace(QUIET, run=UP_RUN, maturity_move=0.1), "trend.long_rise"),
        (replace(QUIET, replaces=True, maturity_move=0.5), "stable.nothing_proven"),
        (replace(QUIET, run=DOWN_RUN), "declining.long_fall"),
        (replace(RISING, run=DOWN_RUN), "trend.proven_rise"),
    ],
)
def test_the_first_rule_that_holds_decides(numbers: Numbers, rule: str) -> None:
    decision = decide(numbers, H)
    assert decision.rule == rule
    assert rule.startswith(decision.state.split("_")[0])


def test_what_is_lacking_is_said() -> None:
    assert decide(QUIET, H).lacks == ()
    assert decide(replace(QUIET, run=replace(QUIET_RUN, weeks=20, stories=4.0)), H).lacks == ("weeks<26", "stories<30")
    assert decide(replace(QUIET, run=replace(QUIET_RUN, weeks=80)), H).lacks == ("weeks<104",)
    assert decide(replace(QUIET, run=replace(QUIET_RUN, weeks=40)), H).lacks == ("weeks<52",)
    empty = replace(QUIET, baseline=0.0, stories_long=0.0, sources_long=0, score=0.0, run=None)
    assert decide(empty, H).rule == "noise.too_little_data"
    assert set(decide(empty, H).lacks) <= set(LACKS)


def test_a_higher_threshold_asks_more_of_the_long_run_too() -> None:
    assert 2.6 <= needed_z(3.0) < needed_z(4.8) < needed_z(6.0) < 6.0
    assert weak_threshold(1.0) == 0.5
    assert weak_threshold(4.78) == pytest.approx(3.78)


def test_the_two_views_share_nothing() -> None:
    assert not PERSPECTIVE & PROSPECTIVE
    assert PERSPECTIVE | PROSPECTIVE < SPEAKING


def test_every_rule_stage_and_lack_has_its_words_in_both_languages() -> None:
    assert set(RULES) == set(get_args(RuleId))
    assert set(STAGE_NAMES) == set(STAGES)
    assert {"weeks<26", "weeks<52", "weeks<104", "stories<30", "sources<3", "baseline<1"} == set(LACKS)
    tables: list[dict[str, dict[str, str]]] = [RULES, LACKS, STAGE_NAMES, {"none": NOT_ENOUGH}]  # type: ignore[list-item]
    for table in tables:
        for words in table.values():
            assert words.keys() == {"fr", "en"}
            assert all(text.strip() for text in words.values())
    for words in RULES.values():
        assert all(text.endswith(".") for text in words.values())


def series(rate: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    observed = np.random.default_rng(seed).poisson(rate).astype(float)
    return observed, np.full(len(rate), observed.mean())


STEP = np.r_[np.full(94, 5.0), np.full(10, 20.0)]
RAMP = np.r_[np.full(52, 5.0), np.linspace(5, 20, 52)]


def test_a_step_is_dated_within_its_interval_and_a_slope_is_no_rupture() -> None:
    right = sharp = slope = past = 0
    for seed in range(11, 31):
        change = find_change(*series(STEP, seed), DAY)
        assert change is not None
        right += change.earliest <= DAY - dt.timedelta(days=69) <= change.latest
        sharp += change.is_rupture and change.ratio > 2
        ramp = find_change(*series(RAMP, seed), DAY)
        assert ramp is not None
        slope += ramp.is_rupture
        past += ramp.is_past
        assert change.earliest <= change.start <= change.latest
    assert right >= 18
    assert sharp >= 16
    assert slope <= 1
    assert past <= 3


def test_no_change_is_found_where_there_is_none() -> None:
    found = [find_change(*series(np.full(104, rate), seed), DAY) for seed in range(60) for rate in (0.7, 7.0)]
    assert sum(change is not None and change.is_clear for change in found) <= 4


def test_more_collection_and_weeks_without_coverage_change_no_date() -> None:
    observed, expected = series(STEP, 11)
    change = find_change(observed, expected, DAY)
    volume = np.where(np.arange(104) < 50, 1.0, 3.0)
    louder = find_change(observed * volume, expected * volume, DAY)
    assert change is not None
    assert louder is not None
    assert abs(change.weeks_ago - louder.weeks_ago) <= 2
    later = find_change(np.r_[np.full(30, np.nan), observed], np.r_[np.zeros(30), expected], DAY)
    assert later == change


def test_a_change_of_one_source_is_not_broad() -> None:
    rng = np.random.default_rng(11)
    loud = np.stack([STEP * 3, *[np.full(104, 5.0)] * 4])
    for rate, broad in ((loud, False), (np.stack([STEP] * 5), True)):
        observed = rng.poisson(rate).astype(float)
        expected = np.broadcast_to(observed.mean(axis=1, keepdims=True), observed.shape)
        change = find_change(observed.sum(axis=0), expected.sum(axis=0), DAY)
        assert change is not None
        assert is_broad(observed, expected, change) is broad
        silent = np.zeros((1, 104))
        assert is_broad(np.r_[observed, silent], np.r_[expected, silent], change) is broad
