"""Laws the score obeys whatever the counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.trends.counts import Counts
from tests.streams import Stream

DAYS, SOURCES = 130, 5


def a_stream(seed: int, scale: float = 1.0, order: int | None = None, days: int = DAYS) -> Stream:
    random = np.random.default_rng(seed)
    volume = random.poisson(8.0, (SOURCES, DAYS)).astype(float) * (random.random((SOURCES, 1)) + 0.2)
    count = 200
    columns = [random.integers(0, 3, count), random.integers(0, SOURCES, count), random.integers(0, DAYS, count)]
    mixed = np.arange(count) if order is None else np.random.default_rng(order).permutation(count)
    row, source, day = (part[mixed].tolist() for part in columns)
    stream = Stream(SOURCES, days, kinds=random.integers(0, 4, SOURCES))
    stream.volume = scale * volume[:, :days]
    stream.entries = [(r, s, d, 1.0) for r, s, d in zip(row, source, day, strict=True) if d < days]
    return stream


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50))
def test_the_score_ignores_the_scale_of_the_volume(seed: int, scale: float) -> None:
    plain, scaled = a_stream(seed).scored(3), a_stream(seed, scale).scored(3)
    np.testing.assert_allclose(plain.score, scaled.score, atol=1e-3)
    np.testing.assert_allclose(plain.falling, scaled.falling, atol=1e-3)
    np.testing.assert_allclose(plain.buzz, scaled.buzz, atol=1e-3)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_order_of_the_counts_does_not_matter(seed: int, order: int) -> None:
    one, other = a_stream(seed).scored(3), a_stream(seed, order=order).scored(3)
    np.testing.assert_array_equal(one.score, other.score)
    np.testing.assert_array_equal(one.buzz, other.buzz)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(65, DAYS - 1))
def test_a_score_knows_nothing_of_the_days_after(seed: int, days: int) -> None:
    whole, known = a_stream(seed).scored(3), a_stream(seed, days=days).scored(3)
    np.testing.assert_allclose(whole.score[:, :days], known.score, atol=1e-9)
    np.testing.assert_array_equal(whole.onset[:, :days], known.onset)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000))
def test_a_theme_is_scored_alike_whoever_stands_beside_it(seed: int) -> None:
    """Rows only share the common dispersion, which has its start value in so short a time."""
    stream = a_stream(seed)
    together, alone = stream.scored(3), a_stream(seed)
    alone.entries = [(0, s, d, n) for r, s, d, n in stream.entries if r == 2]
    np.testing.assert_allclose(together.score[2], alone.scored(1).score[0], atol=1e-9)
    assert isinstance(next(iter(alone.counts(1))), Counts)
