"""Trends over years, stages and maturity, on shapes whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.trends.longrun import WHOLE, LongRun, Run, longrun
from monitor.trends.parameters import KINDS
from monitor.trends.stage import STAGES, maturity, moved, stage_of, stages
from monitor.trends.substitution import substitutions

WEEKS = 156


def counts(shape: np.ndarray, rate: float = 7.0, subjects: int = 40, seed: int = 11) -> np.ndarray:
    return np.random.default_rng(seed).poisson(rate * np.broadcast_to(shape, (subjects, len(shape)))).astype(float)


def flat(observed: np.ndarray) -> np.ndarray:
    return np.broadcast_to(observed.mean(axis=1, keepdims=True), observed.shape)


def run_of(shape: np.ndarray, rate: float = 7.0, subjects: int = 40) -> LongRun:
    observed = counts(shape, rate, subjects)
    return longrun(observed, flat(observed))


YEARS = np.arange(WEEKS) / 52.18


@pytest.mark.parametrize(("growth", "sign"), [(0.6, 1), (-0.6, -1)])
def test_a_steady_movement_is_found_with_its_size(growth: float, sign: int) -> None:
    run = run_of(np.exp(growth * YEARS))
    assert np.mean(sign * run.z[:, 2] > 2.6) > 0.9
    assert np.median(run.slope[:, 2]) == pytest.approx(growth, abs=0.15)
    assert np.median(run.g104) == pytest.approx(growth, abs=0.05)
    inside = np.abs(run.g104 - growth) < 1.645 * run.g104_error
    assert inside.mean() > 0.8
    going = [run.of(subject).rise(2.6, 24) if sign > 0 else run.of(subject).fall(2.6, 24) for subject in range(40)]
    assert sum(months is not None for months in going) > 35


def test_nothing_is_found_where_nothing_moves() -> None:
    run = run_of(np.ones(WEEKS), subjects=400)
    assert np.mean(np.abs(run.z) > 2.6) < 0.01
    assert np.mean([run.of(subject).rise(2.6) is not None for subject in range(400)]) < 0.01


def test_an_old_step_is_no_rise_of_today() -> None:
    run = run_of(np.r_[np.ones(40), np.full(WEEKS - 40, 3.0)], subjects=400)
    assert np.median(run.z[:, WHOLE]) > 2
    assert np.mean([run.of(subject).rise(2.6) is not None for subject in range(400)]) < 0.1


def test_the_volume_of_collection_changes_nothing() -> None:
    observed = counts(np.exp(0.3 * YEARS))
    volume = np.where(np.arange(WEEKS) < 72, 1.0, 4.0)
    one, doubled = longrun(observed, flat(observed)), longrun(observed, 2 * flat(observed))
    np.testing.assert_allclose(one.z, doubled.z)
    np.testing.assert_allclose(one.slope, doubled.slope, rtol=1e-4)
    np.testing.assert_allclose(one.g104, doubled.g104, rtol=1e-6)
    louder = longrun(observed * volume, flat(observed) * volume)
    np.testing.assert_allclose(one.g104, louder.g104, atol=0.15)
    np.testing.assert_allclose(one.z, louder.z, atol=1e-6)


def test_other_subjects_change_nothing() -> None:
    observed = counts(np.exp(0.3 * YEARS), subjects=6)
    both, alone = longrun(observed, flat(observed)), longrun(observed[2:3], flat(observed)[2:3])
    np.testing.assert_allclose(both.z[2:3], alone.z)
    np.testing.assert_allclose(both.g26[2:3], alone.g26)


def test_weeks_before_the_first_coverage_do_not_count() -> None:
    observed = counts(np.exp(0.5 * YEARS))
    nothing = np.full((40, 60), np.nan)
    padded = longrun(np.c_[nothing, observed], np.c_[np.zeros((40, 60)), flat(observed)])
    plain = longrun(observed, flat(observed))
    np.testing.assert_allclose(padded.z, plain.z)
    np.testing.assert_allclose(padded.g104, plain.g104)
    assert (padded.weeks == WEEKS).all()


@pytest.mark.parametrize("weeks", [0, 3, 20, 60])
def test_too_little_history_gives_no_number(weeks: int) -> None:
    run = longrun(np.ones((3, weeks)), np.ones((3, weeks)))
    assert np.isnan(run.z[:, 2]).all()
    if weeks < 26:
        assert np.isnan(run.g26).all()
    if weeks < 52:
        assert np.isnan(run.g104).all()
        assert np.isnan(run.z).all()
    one = run.of(0)
    assert one.rise(2.6) is None
    assert one.weeks == weeks


def test_a_silent_theme_gives_no_number() -> None:
    run = longrun(np.zeros((1, WEEKS)), np.zeros((1, WEEKS)))
    assert np.isnan(run.z).all()
    assert np.isnan(run.g104).all()
    assert run.of(0) == Run(0, 0.0, (None,) * 4, (None,) * 4, None, None, None, None)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (np.ones(WEEKS), "plateau"),
        (np.exp(-0.9 * YEARS), "decline"),
        (np.exp(np.r_[np.zeros(WEEKS - 40), 1.5 * np.arange(40) / 40]), "acceleration"),
        (np.exp(1.2 * np.log1p(np.arange(WEEKS) / 20)), "slowing"),
    ],
)
def test_shapes_have_their_stage(shape: np.ndarray, expected: str) -> None:
    found = stages(run_of(shape, rate=30.0), np.full(40, 500.0))
    assert np.mean([stage.name == expected for stage in found]) > 0.7
    assert np.mean([expected in stage.plausible for stage in found]) > 0.9
    for stage in found:
        assert stage.name in stage.plausible
        assert list(stage.plausible) == sorted(stage.plausible, key=STAGES.index)


def test_little_coverage_is_germination_and_too_little_is_said() -> None:
    seldom = stage_of(run_of(np.ones(WEEKS), rate=0.6), 0, baseline=20.0)
    assert seldom.name == "germination"
    few = stage_of(run_of(np.ones(WEEKS), rate=0.05), 0, baseline=2.0)
    assert few.name is None
    assert few.plausible == ()
    assert few.lacks == ("stories<30",)
    young = stage_of(run_of(np.ones(20), rate=30.0), 0, baseline=100.0)
    assert young.lacks == ("weeks<26",)


def test_maturity_ignores_how_much_of_a_kind_is_collected() -> None:
    order = {kind: place for place, kind in enumerate(KINDS)}
    volume = np.array([10_000.0, 2_000.0, 1_000.0, 500.0])
    papers, news = np.zeros(4), np.zeros(4)
    papers[order["paper"]], news[order["news"]] = 50, 50
    mixed = volume / 100
    found = maturity(np.stack([papers, news, mixed, np.zeros(4)]), volume)
    np.testing.assert_allclose(found.value[:3], [0.0, 1.0, 0.5])
    assert np.isnan(found.value[3])
    wider = maturity(mixed[None, :] * [3, 1, 1, 1], volume * [3, 1, 1, 1])
    np.testing.assert_allclose(wider.value, 0.5)
    assert (found.low[:3] <= found.value[:3]).all()
    assert (found.value[:3] <= found.high[:3]).all()
    assert np.isnan(maturity(mixed, [100.0, 0.0, 0.0, 0.0]).value)


def test_only_a_sure_move_of_maturity_counts() -> None:
    volume = np.full(4, 1000.0)
    before = maturity(np.array([[1, 40, 8, 0], [1, 2, 0, 0], [1, 2, 0, 0]]), volume)
    now = maturity(np.array([[40, 30, 8, 6], [2, 1, 0, 0], [0, 0, 0, 0]]), volume)
    change = moved(now, before)
    assert change[0] > 0.2
    assert change[1] == 0.0
    assert np.isnan(change[2])


def test_a_pair_needs_both_movements_and_a_common_domain() -> None:
    rate = np.stack([np.exp(0.7 * YEARS), np.exp(-0.7 * (YEARS - 3)), np.ones(WEEKS), np.exp(-0.7 * (YEARS - 3))])
    observed = np.random.default_rng(11).poisson(10.0 * rate).astype(float)
    run = longrun(observed, flat(observed))
    domains = np.array([[1, 0], [1, 1], [1, 1], [0, 1]], bool)
    (pair,) = substitutions(run, domains)
    assert (pair.rising, pair.falling, pair.domain) == (0, 1, 0)
    assert pair.speed == pytest.approx(1.4, abs=0.3)
    assert substitutions(run, np.eye(4, dtype=bool)) == []


def test_ten_thousand_themes_over_ten_years_take_bounded_memory_and_give_finite_numbers() -> None:
    observed = counts(np.ones(520), rate=0.7, subjects=600)
    run = longrun(observed, np.full_like(observed, 0.7))
    for numbers in (run.z, run.slope, run.g26_error[run.stories > 300], run.g104):
        assert np.isfinite(numbers[~np.isnan(numbers)]).all()
    assert not np.isnan(run.z).any()
