from __future__ import annotations

import math
from dataclasses import replace

import pytest

from nlp.themes.config import WatchWeights
from nlp.themes.watch_decision import FEATURES, Evidence

WEIGHTS = WatchWeights(intercept=-4, similarity=2, lead_term=1, terms=0.5, lead_hint=0.25, hints=0.125, code=0.9, broad_code=3)
FULL = Evidence(
    similarity=0.3,
    scale=0.1,
    lead_terms=("qubit",),
    later_terms=("cold atoms", "QKD"),
    lead_hints=("quantum",),
    broad_code="H04L9/08",
)


def test_the_weights_name_every_feature() -> None:
    assert set(FEATURES) | {"intercept", "code"} == set(WatchWeights.model_fields)


def test_counts_enter_by_their_doublings() -> None:
    assert FULL.features() == pytest.approx((3.0, 1.0, 2.0, 1.0, 1.0, 1.0))
    assert Evidence(similarity=0.0).features() == (0.0,) * len(FEATURES)


def test_a_probability_is_the_logistic_of_the_weighted_sum() -> None:
    z = -4 + 2 * 3 + 1 + 0.5 * 2 + 0.25 + 0.125 + 3
    assert FULL.probability(WEIGHTS) == pytest.approx(1 / (1 + math.exp(-z)))


@pytest.mark.parametrize("intercept", [-1e6, 1e6])
def test_no_weight_overflows(intercept: float) -> None:
    assert 0 <= FULL.probability(WEIGHTS.model_copy(update={"intercept": intercept})) <= 1


def test_a_code_that_means_the_theme_is_reason_enough() -> None:
    coded = Evidence(similarity=-0.5, scale=0.1, code="G06N10/40")
    assert coded.probability(WEIGHTS) == 0.9
    assert replace(coded, code=None).probability(WEIGHTS) < 0.001
    assert replace(FULL, code="G06N10/40").probability(WEIGHTS) > 0.99


def test_a_broad_code_is_one_sign_among_others() -> None:
    vague = Evidence(similarity=0.0, broad_code="A61B5/00")
    assert vague.probability(WEIGHTS) == pytest.approx(1 / (1 + math.exp(1)))


def test_the_reason_names_what_was_found_and_reads_in_both_languages() -> None:
    assert FULL.reason(0.8754) == (
        "début/lead: qubit, quantum · suite/text: cold atoms, QKD · code: H04L9/08 · cosinus/cosine: 0.30 · p: 0.88"
    )
    assert Evidence(similarity=-0.014).reason(0.4) == "cosinus/cosine: -0.01 · p: 0.40"


def test_a_reason_stays_short() -> None:
    wordy = Evidence(similarity=0.1, lead_terms=tuple(f"term{n}" for n in range(50)))
    assert wordy.reason(0.5) == "début/lead: term0, term1, term2, term3 · cosinus/cosine: 0.10 · p: 0.50"
