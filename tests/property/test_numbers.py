"""Whatever the way a number is written, reading it gives it back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nlp.facts.amounts import read_amounts
from nlp.facts.numbers import read_numbers
from nlp.facts.quantities import read_quantities

SPACES = {"space": " ", "no-break space": "\u00a0", "narrow no-break space": "\u202f", "thin space": "\u2009", "nothing": ""}
ONES = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit"
    " dix-neuf",
}
TENS = {
    "en": "_ _ twenty thirty forty fifty sixty seventy eighty ninety",
    "fr": "_ _ vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt",
}
whole = st.integers(0, 10**12)


def grouped(number: int, separator: str) -> str:
    return f"{number:,}".replace(",", separator)


def one(text: str, language: str) -> float:
    (number,) = read_numbers(text, language)
    assert text[number.start : number.end] == text.strip()
    return number.value


@pytest.mark.parametrize("separator", SPACES.values(), ids=SPACES)
@given(number=whole, cents=st.integers(1, 99))
def test_french_digits(separator: str, number: int, cents: int) -> None:
    assert one(grouped(number, separator), "fr") == number
    assert one(f"{grouped(number, separator)},{cents:02}", "fr") == pytest.approx(number + cents / 100, rel=1e-11)


@given(number=whole, cents=st.integers(1, 99))
def test_english_digits(number: int, cents: int) -> None:
    assert one(grouped(number, ","), "en") == number
    assert one(f"{grouped(number, ',')}.{cents:02}", "en") == pytest.approx(number + cents / 100, rel=1e-11)


@given(number=st.integers(1000, 10**12))
def test_points_and_apostrophes_group_too(number: int) -> None:
    assert one(grouped(number, "."), "fr") == number
    assert one(grouped(number, "'"), "fr") == number


def below_hundred(number: int, language: str) -> str:
    ones, tens = ONES[language].split(), TENS[language].split()
    if number < 20:
        return ones[number]
    ten, unit = divmod(number, 10)
    if language == "fr" and ten in (7, 9):
        return f"{tens[ten]}{' et ' if number == 71 else '-'}{ones[unit + 10]}"
    if unit == 0:
        return tens[ten] + ("s" if language == "fr" and ten == 8 else "")
    if language == "fr" and unit == 1 and ten != 8:
        return f"{tens[ten]} et un"
    return f"{tens[ten]}-{ones[unit]}"


def spelled(number: int, language: str) -> str:
    """A number below 10⁹ in words, as taught at school."""
    parts = []
    for size, name in ((10**6, "million"), (1000, {"en": "thousand", "fr": "mille"}[language])):
        count, number = divmod(number, size)
        if count:
            bare = language == "fr" and name == "mille"
            parts.append(
                name
                if bare and count == 1
                else f"{spelled(count, language)} {name}{'s' if language == 'fr' and not bare and count > 1 else ''}"
            )
    hundreds, rest = divmod(number, 100)
    if hundreds:
        word = {"en": "hundred", "fr": "cent"}[language]
        parts.append(word if language == "fr" and hundreds == 1 else f"{ONES[language].split()[hundreds]} {word}")
    if rest:
        joint = "and " if language == "en" and hundreds else ""
        parts.append(joint + below_hundred(rest, language))
    return " ".join(parts)


@pytest.mark.parametrize("language", ["fr", "en"])
@given(number=st.integers(1, 10**6 - 1))
def test_words(language: str, number: int) -> None:
    assume(number < 1000 or number % 1000 != 1)  # « mille un » and "a thousand one" may be two numbers
    assert one(spelled(number, language), language) == number


@pytest.mark.parametrize("language", ["fr", "en"])
@given(millions=st.integers(1, 999), thousands=st.integers(2, 999))
def test_words_of_millions(language: str, millions: int, thousands: int) -> None:
    number = millions * 10**6 + thousands * 1000
    assert one(spelled(number, language), language) == number


@settings(deadline=None)  # the first call loads the units
@given(low=st.integers(1, 400), more=st.integers(1, 500))
def test_ranges_keep_both_ends(low: int, more: int) -> None:
    high = low + more
    for text, language in (
        (f"entre {low} et {high} millions d'euros", "fr"),
        (f"{low} à {high} M€", "fr"),
        (f"€{low}-{high}m", "en"),
        (f"between €{low}m and €{high}m", "en"),
    ):
        (amount,) = read_amounts(text, language, None)
        assert (amount.number, amount.low, amount.currency) == (high * 1e6, low * 1e6, "EUR"), text
    (power,) = read_quantities(f"between {low} and {high} MW", "en")
    assert (power.number, power.low, power.unit) == (high * 1e6, low * 1e6, "W")


@settings(deadline=None)  # the first call loads the rates
@given(text=st.text(alphabet="0123456789 ,.'€$MkW%-xà\u202fmillion", max_size=60), language=st.sampled_from(["fr", "en"]))
def test_anything_is_read_in_place(text: str, language: str) -> None:
    """No error, whatever is written; found things lie in the text, in order, and a range has a low end below the number."""
    numbers = read_numbers(text, language)
    assert all(a.end <= b.start for a, b in pairwise(numbers))
    for found in (*read_amounts(text, language, None), *read_quantities(text, language)):
        assert 0 <= found.start < found.end <= len(text)
        assert found.low is None or found.low < found.number
