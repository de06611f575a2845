from __future__ import annotations

import time

import pytest

from nlp.facts.measured import measured_facts
from nlp.facts.numbers import as_count, read_numbers
from nlp.facts.rates import load_rates


def read(text: str, language: str) -> list[tuple[float, str]]:
    return [(number.value, text[number.start : number.end]) for number in read_numbers(text, language)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("12,5", 12.5),
        ("1 500 000", 1_500_000),
        ("1\u00a0500\u00a0000,25", 1_500_000.25),
        ("240\u202f000", 240_000),
        ("1.500", 1_500),
        ("1'500", 1_500),
        ("2,5 millions", 2_500_000),
        ("300 mille", 300_000),
        ("1 billion", 1e12),
        ("vingt-cinq millions", 25_000_000),
        ("un million et demi", 1_500_000),
        ("deux milliards et demi", 2.5e9),
        ("un demi-milliard", 5e8),
        ("deux virgule cinq milliards", 2.5e9),
        ("une centaine", 100),
        ("une dizaine de milliards", 1e10),
        ("trois milliers", 3_000),
        ("une demi-douzaine", 6),
        ("deux cent mille", 200_000),
        ("un million deux cent mille", 1_200_000),
        ("mille milliards", 1e12),
        ("soixante et onze", 71),
        ("quatre-vingt-dix-sept mille trois cent vingt et un", 97_321),
    ],
)
def test_french_numbers(written: str, value: float) -> None:
    assert read(f"Il y en a {written}, dit-on", "fr") == [(value, written)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1,500", 1_500),
        ("1.5", 1.5),
        ("1,234,567.89", 1_234_567.89),
        ("1,00,000", 100_000),
        ("2.5 billion", 2.5e9),
        ("500 crore", 5e9),
        ("twenty-five", 25),
        ("two and a half billion", 2.5e9),
        ("one-and-a-half million", 1_500_000),
        ("a million and a half", 1_500_000),
        ("half a billion", 5e8),
        ("a dozen", 12),
        ("half a dozen", 6),
        ("a hundred thousand", 100_000),
        ("one hundred and twenty thousand", 120_000),
        ("twenty-one hundred", 2_100),
    ],
)
def test_english_numbers(written: str, value: float) -> None:
    assert read(f"There are {written}, they say", "en") == [(value, written)]


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("between two hundred and three hundred", "en", [200, 300]),
        ("a million seven years ago", "en", [1_000_000, 7]),
        ("entre vingt et trente", "fr", [20, 30]),
        ("en 2025 300 emplois", "fr", [2025, 300]),
    ],
)
def test_neighbours_stay_two_numbers(text: str, language: str, values: list[float]) -> None:
    assert [number.value for number in read_numbers(text, language)] == values


@pytest.mark.parametrize("text", ["A380", "le M2", "version 2.0.1", "CO2", "des dizaines de millions", "RTX4090", "hundreds of"])
def test_parts_of_names_and_vague_words_are_no_numbers(text: str) -> None:
    assert read(text, "fr") == read(text, "en") == []


def test_whole_things_ignore_the_languages_decimal_mark() -> None:
    for text, language in (("3,500 emplois", "fr"), ("3.500 jobs", "en")):
        (number,) = read_numbers(text, language)
        assert as_count(number, text) == 3_500


HOSTILE = [
    "1 000 " * 10_000,
    "1,000." * 10_000,
    "1" * 50_000,
    "un million et demi de " * 2_500,
    "deux cent mille " * 4_000,
    "a " * 25_000,
    "million " * 7_500,
    "€" * 50_000,
    "€1-" * 15_000,
    "entre 1 et " * 5_000,
    "5 new large more additional new large " * 1_500,
    "multiplié par " * 4_000,
    "portant porte total à 5 € " * 2_000,
    "emploie une équipe de 5 personnes " * 1_500,
    "x3×" * 15_000,
    " " * 50_000,
    "½²³١٢٣" * 5_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:12] for text in HOSTILE])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_hostile_texts_take_linear_time(text: str, language: str) -> None:
    """50 000 characters in about a second: a quadratic rule would take hours."""
    rates = load_rates()
    started = time.process_time()
    measured_facts(text, language, None, rates)
    assert time.process_time() - started < 5
