from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.amounts import ReadAmount, read_amount


@pytest.mark.parametrize(
    ("value", "number", "currency"),
    [
        (750_000, 750_000, None),
        (1234.5, 1234.5, None),
        ("1.234,56", 1234.56, None),
        ("1,234.56", 1234.56, None),
        ("1 234,56", 1234.56, None),
        ("1\u00a0234\u202f567,5", 1_234_567.5, None),
        ("1'234.50", 1234.5, None),
        ("1.234", 1234, None),
        ("1,234", 1.234, None),
        ("0.500", 0.5, None),
        ("120000.000", 120_000, None),
        ("1.234.567", 1_234_567, None),
        ("2500000", 2_500_000, None),
        ("3000000,50", 3_000_000.5, None),
        ("1.5E6", 1_500_000, None),
        ("-500", -500, None),
        ("− 1 500,00 €", -1500, "EUR"),
        ("(2 000)", -2000, None),
        ("12,5 M€", 12_500_000, "EUR"),
        ("300 k€", 300_000, "EUR"),
        ("300 KEUR", 300_000, "EUR"),
        ("1,2 Md€", 1_200_000_000, "EUR"),
        ("2 millions d'euros", 2_000_000, "EUR"),
        ("1 200 000 euros HT", 1_200_000, "EUR"),
        ("EUR 45000", 45_000, "EUR"),
        ("45 000 CHF", 45_000, "CHF"),
        ("0", 0, None),
    ],
)
def test_sums_are_read_in_the_units_of_their_currency(value: object, number: float, currency: str | None) -> None:
    read = read_amount(value)
    assert read is not None
    assert (read.number, read.currency) == (pytest.approx(number), currency)
    assert read.raw == str(value).strip()


@pytest.mark.parametrize(
    "value",
    [None, True, "", "  ", "non communiqué", "10 000 - 20 000", "entre 1 et 2 M€", "2026-09-12", "12 mois", "1.23.4", "1,2,3.4",
     "12 %", float("nan"), float("inf"), "1e99", 10**30, {"a": 1}, ["1"], "9" * 400],
)  # fmt: skip
def test_what_is_no_single_sum_is_not_guessed(value: object) -> None:
    assert read_amount(value) is None


def test_a_machines_three_digits_are_decimals() -> None:
    assert read_amount("1.234", decimal=".") == ReadAmount(1.234, "1.234")


@given(st.text(alphabet="0123456789.,-+()€$kM e' \u00a0", max_size=60))
def test_nothing_written_breaks_it(text: str) -> None:
    read = read_amount(text)
    assert read is None or read.raw == text.strip()


@given(st.integers(-(10**12), 10**12))
def test_a_grouped_whole_number_is_itself(number: int) -> None:
    french = f"{number:,}".replace(",", "\u202f")
    read = read_amount(f"{french},00 €")
    assert read == ReadAmount(float(number), f"{french},00 €", "EUR")
