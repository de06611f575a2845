"""States, changes of level, and the sentence a reader gets."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from monitor.trends.change import find_change, is_below_usual
from monitor.trends.explain import Account, sentence
from monitor.trends.states import Numbers, decide
from tests.unit.monitor.test_states import SHARP

DAY = dt.date(2026, 7, 5)
RISING = Numbers(
    score=4.0,
    falling=0.0,
    lift=2.5,
    baseline=20,
    age_days=None,
    stories_long=30,
    sources_long=8,
    kinds_long=2,
    diversity=6,
)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "emerging"),
        ({"change": SHARP}, "rupture"),
        ({"score": 2.0}, "weak_signal"),
        ({"stories_long": 7}, "weak_signal"),
        ({"score": 2.0, "lift": 1.2}, "noise"),
        ({"score": 2.0, "sources_long": 2}, "noise"),
        ({"baseline": 300}, "trend"),
        ({"baseline": 300, "age_days": 200}, "emerging"),
        ({"kinds_long": 1, "sources_long": 3}, "weak_signal"),
        ({"score": 0.0}, "noise"),
        ({"score": 0.0, "baseline": 90}, "stable"),
        ({"score": 0.0, "falling": 5.0, "lift": 0.3, "baseline": 90, "is_below_usual": True}, "declining"),
        ({"score": 0.0, "falling": 5.0, "lift": 0.3, "baseline": 90, "is_below_usual": False}, "stable"),
        ({"score": 4.0, "falling": 5.0, "lift": 1.6, "is_below_usual": True}, "emerging"),
        ({"score": 4.0, "falling": 5.0, "lift": 0.3, "is_below_usual": True}, "declining"),
    ],
)
def test_the_first_rule_that_holds_names_the_state(change: dict[str, float], state: str) -> None:
    assert decide(replace(RISING, **change), threshold=3.0).state == state  # type: ignore[arg-type]


def test_a_step_is_a_rupture_and_a_slope_is_not() -> None:
    flat = np.full(60, 10.0)
    step = np.r_[np.full(50, 6.0), np.full(10, 24.0)]
    slope = np.r_[np.full(34, 6.0), np.linspace(6, 24, 26)]
    found = find_change(step, flat, DAY)
    assert found is not None
    assert found.is_rupture
    assert found.weeks_ago == 10
    assert found.start == DAY - dt.timedelta(days=69)
    gradual = find_change(slope, flat, DAY)
    assert gradual is not None
    assert gradual.sharpness is not None
    assert gradual.sharpness < 0
    assert not gradual.is_rupture


def test_no_change_is_looked_for_in_too_little_history() -> None:
    assert find_change(np.ones(14), np.ones(14), DAY) is None
    assert find_change(np.zeros(40), np.zeros(40), DAY) is None


def test_the_end_of_a_burst_is_no_decline() -> None:
    expected = np.full(28, 5.0)
    burst = np.r_[np.full(12, 2.0), np.full(8, 30.0), np.full(8, 2.0)]
    fall = np.r_[np.full(20, 10.0), np.full(8, 1.0)]
    assert not is_below_usual(burst, expected)
    assert is_below_usual(fall, expected)


def test_the_sentence_carries_the_numbers_in_both_languages() -> None:
    account = Account(1234.0, 14.3, 2.66, 12, 28, ("news",), "up", dt.date(2026, 3, 3))
    french, english = sentence(account, "fr"), sentence(account, "en")
    assert french.replace("\u202f", " ").replace("\xa0", " ") == (
        "1 234 articles de 12 sources en 28 jours, 14 attendus (× 2,7), en hausse depuis le 3 mars 2026."
    )
    assert english == "1,234 articles from 12 sources in 28 days, 14 expected (× 2.7), rising since 3 March 2026."


def test_small_numbers_agree_in_french() -> None:
    account = Account(1.0, 1.5, 1.0, 1, 28, ("patent",), "flat")
    assert sentence(account, "fr") == "1 brevet de 1 source en 28 jours, 1,5 attendu."
    mixed = replace(account, observed=6.0, expected=2.0, kinds=("news", "paper"))
    assert sentence(mixed, "fr").startswith("6 documents indépendants de 1 source")
    none = replace(account, observed=0.0, kinds=(), sources=0)
    assert sentence(none, "fr") == "0 article en 28 jours, 1,5 attendu."
    assert sentence(none, "en") == "0 articles in 28 days, 1.5 expected."
    funding = replace(account, observed=3.0, expected=0.4, kinds=("funding",), direction="down", onset=dt.date(2026, 5, 1))
    assert "3 annonces de financement de 1 source" in sentence(funding, "fr")
    assert "0,4 attendue (× 1), en baisse depuis le 1er mai 2026" in sentence(funding, "fr")
