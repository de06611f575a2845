"""Expected meetings: what two subjects share by chance, by their own movements and by their usual closeness."""

from __future__ import annotations

import numpy as np
import pytest

from monitor.trends.margins import MarginParameters, Pairs, association, expected_pairs, gains, is_scored

TWINS, NAVAL, ENERGY = range(3)
PAIRS = Pairs(np.array([TWINS, TWINS]), np.array([NAVAL, ENERGY]))
VOLUME_PAST = np.array([1000.0, 500.0, 200.0])
BASELINE = np.array([[50.0, 20.0, 0.0], [100.0, 10.0, 40.0], [200.0, 50.0, 20.0]], np.float32)
TODAY = np.array([10.0, 4.0, 2.0])
CHANCE = np.array([50 * 100 / 1000 + 20 * 10 / 500, 50 * 200 / 1000 + 20 * 50 / 500])
ONES = np.ones(2)


def test_without_association_or_movement_two_subjects_meet_by_chance() -> None:
    mu = expected_pairs(PAIRS, BASELINE, VOLUME_PAST, TODAY, ONES, CHANCE)
    assert mu.dtype == np.float32
    assert mu.shape == (2, 3)
    assert mu[0] == pytest.approx([10 * 0.05 * 0.1, 4 * 0.04 * 0.02, 0.0])


def test_a_source_without_past_or_baseline_expects_nothing() -> None:
    """A new feed is not counted at all: its past is empty, or its stories of today are held back."""
    past = np.array([1000.0, 500.0, 0.0])
    mu = expected_pairs(PAIRS, BASELINE, past, TODAY, ONES, CHANCE)
    assert np.isfinite(mu).all()
    assert not mu[:, 2].any()
    held_back = expected_pairs(PAIRS, BASELINE, VOLUME_PAST, np.array([10.0, 0.0, 2.0]), ONES, CHANCE)
    assert not held_back[:, 1].any()


def test_doubled_crawls_double_what_is_expected_and_a_longer_archive_changes_nothing() -> None:
    mu = expected_pairs(PAIRS, BASELINE, VOLUME_PAST, TODAY, ONES, CHANCE)
    assert expected_pairs(PAIRS, BASELINE, VOLUME_PAST, 2 * TODAY, ONES, CHANCE) == pytest.approx(2 * mu)
    # Every story twice, then and now: the same shares, so twice the expectation.
    doubled = expected_pairs(PAIRS, 2 * BASELINE, 2 * VOLUME_PAST, 2 * TODAY, ONES, 2 * CHANCE)
    assert doubled == pytest.approx(2 * mu)


def test_a_pair_that_was_always_close_is_expected_to_be() -> None:
    close = expected_pairs(PAIRS, BASELINE, VOLUME_PAST, TODAY, ONES, 5 * CHANCE)
    mu = expected_pairs(PAIRS, BASELINE, VOLUME_PAST, TODAY, ONES, CHANCE)
    assert close.sum(axis=1) == pytest.approx(5 * mu.sum(axis=1), rel=0.1)


def test_where_little_was_to_be_expected_the_association_is_drawn_to_one() -> None:
    parameters = MarginParameters(association_weight=1.0)
    rho = association(np.array([0.0, 0.0, 3.0]), np.array([0.01, 50.0, 0.01]), parameters)
    assert rho[0] == pytest.approx(1.0, abs=0.02)
    assert rho[1] < 0.05
    assert 1.0 < rho[2] < 300.0


def gain_of(observed: list[float], expected: list[float], pair: float = 0.0, pair_past: float = 0.0) -> float:
    pairs = Pairs(np.array([0]), np.array([1]))
    weekly = [np.array(observed), np.array(expected)]
    return float(
        gains(
            pairs,
            np.stack([weekly[0] / 4, weekly[0]]),
            np.stack([weekly[1] / 4, weekly[1]]),
            np.array([100.0, 1000.0]),
            np.array([[pair / 4], [pair]]),
            np.array([pair_past]),
        )[0]
    )


def test_two_margins_that_double_meet_four_times_as_often() -> None:
    assert gain_of([200, 2000], [100, 1000]) == pytest.approx(4.0, rel=0.05)
    assert gain_of([100, 1000], [100, 1000]) == pytest.approx(1.0)
    assert gain_of([300, 1000], [100, 1000]) == pytest.approx(3.0, rel=0.05)


def test_a_meeting_does_not_excuse_itself() -> None:
    """Twelve stories of both, none before: all of the technology's rise is the meeting."""
    assert gain_of([32, 412], [20, 400], pair=12) == pytest.approx(1.0, abs=0.02)


def test_a_pair_that_was_half_of_its_technology_leaves_the_other_half_as_measure() -> None:
    """Twice the technology, inside and outside the pair alike."""
    assert gain_of([80, 1000], [40, 1000], pair=40, pair_past=50.0) == pytest.approx(2.0, rel=0.1)


def test_the_first_week_of_a_boom_is_seen() -> None:
    pairs = Pairs(np.array([0]), np.array([1]))
    observed = np.array([[40.0, 100.0], [70.0, 400.0]])
    expected = np.array([[10.0, 100.0], [40.0, 400.0]])
    past, nothing = np.array([100.0, 1000.0]), np.zeros((2, 1))
    assert gains(pairs, observed, expected, past, nothing, np.zeros(1))[0] == pytest.approx(3.5)


def test_gains_are_bounded_on_both_sides() -> None:
    assert gain_of([100_000, 1000], [10, 1000]) == 8.0
    assert gain_of([0, 0], [10_000, 10_000]) == pytest.approx(0.04)


def test_a_subject_that_has_only_just_begun_has_no_pairs_yet() -> None:
    past = np.array([3.0, 500.0, 30.0])
    pairs = Pairs(np.array([0, 2]), np.array([1, 1]))
    assert is_scored(pairs, past).tolist() == [False, True]


def test_many_pairs_are_computed_as_each_alone() -> None:
    rng = np.random.default_rng(3)
    rows, sources, count = 40, 30, 700
    baseline = rng.gamma(1.0, 5.0, (rows, sources)).astype(np.float32)
    volume = baseline.sum(axis=0) * 2
    today = rng.poisson(5, sources).astype(float)
    pairs = Pairs(rng.integers(0, rows, count), rng.integers(0, rows, count))
    gain, past = rng.gamma(2.0, 0.5, count), rng.gamma(1.0, 3.0, count)
    together = expected_pairs(pairs, baseline, volume, today, gain, past)
    for place in (0, 255, 256, 699):
        one = Pairs(pairs.left[[place]], pairs.right[[place]])
        alone = expected_pairs(one, baseline, volume, today, gain[[place]], past[[place]])
        assert together[place] == pytest.approx(alone[0], rel=1e-5)
    none = Pairs(np.zeros(0, int), np.zeros(0, int))
    assert expected_pairs(none, baseline, volume, today, np.ones(0), np.zeros(0)).shape == (0, sources)
