"""Laws the score obeys whatever the counts."""

from __future__ import annotations

import datetime as dt

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.trends.momentum import momentum
from monitor.trends.series import Series, build_series

DAYS, SOURCES = 130, 5


def a_series(seed: int, scale: float = 1.0, order: int | None = None, days: int = DAYS) -> Series:
    random = np.random.default_rng(seed)
    volume = random.poisson(8.0, (SOURCES, DAYS)).astype(float) * (random.random((SOURCES, 1)) + 0.2)
    count = 200
    entries = [random.integers(0, 3, count), random.integers(0, SOURCES, count), random.integers(0, DAYS, count)]
    mixed = np.arange(count) if order is None else np.random.default_rng(order).permutation(count)
    mixed = mixed[entries[2][mixed] < days]
    row, source, day = (part[mixed] for part in entries)
    return build_series(
        dt.date(2024, 1, 1), scale * volume[:, :days], random.integers(0, 4, SOURCES), (row, source, day, np.ones(len(row))), 3
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50))
def test_the_score_ignores_the_scale_of_the_volume(seed: int, scale: float) -> None:
    plain, scaled = momentum(a_series(seed)), momentum(a_series(seed, scale))
    np.testing.assert_allclose(plain.score, scaled.score, atol=1e-3)
    np.testing.assert_allclose(plain.falling, scaled.falling, atol=1e-3)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_order_of_the_counts_does_not_matter(seed: int, order: int) -> None:
    np.testing.assert_array_equal(momentum(a_series(seed)).score, momentum(a_series(seed, order=order)).score)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(65, DAYS - 1))
def test_a_score_knows_nothing_of_the_days_after(seed: int, days: int) -> None:
    whole, known = momentum(a_series(seed)), momentum(a_series(seed, days=days))
    np.testing.assert_allclose(whole.score[:, :days], known.score, atol=1e-9)
    np.testing.assert_array_equal(whole.onset[:, :days], known.onset)
