"""The band around an expected count: the law it claims to be, and what readers may rely on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from monitor.trends.band import expected_band


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
def test_it_is_the_quantiles_of_the_negative_binomial(level: float) -> None:
    random = np.random.default_rng(7)
    mean, variance, baseline = (10 ** random.uniform(low, high, 3000) for low, high in ((-2, 3.5), (-2, 0.5), (-1, 3)))
    low, high = expected_band(mean, variance, baseline, level)
    size = 1.0 / (variance + 1.0 / (baseline + 1.0))
    law = nbinom(size, size / (size + mean))
    np.testing.assert_array_equal(low, law.ppf((1 - level) / 2))
    np.testing.assert_array_equal(high, law.ppf((1 + level) / 2))


def test_without_anything_expected_there_is_no_band() -> None:
    low, high = expected_band(np.array([0.0, -1.0]), 0.1, 5.0)
    assert low.tolist() == high.tolist() == [0.0, 0.0]
    assert [part.shape for part in expected_band(np.zeros(0), 0.1, 5.0)] == [(0,), (0,)]


@given(st.floats(0.01, 1e4), st.floats(0, 3), st.floats(0, 1e4))
def test_a_band_lies_around_and_widens_with_doubt(mean: float, variance: float, baseline: float) -> None:
    low, high = expected_band(mean, variance, baseline)
    wide_low, wide_high = expected_band(mean, variance, baseline, 0.99)
    assert 0 <= wide_low <= low <= high <= wide_high
    assert float(low).is_integer()


def test_a_level_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        expected_band(1.0, 0.1, 1.0, level=1.0)
