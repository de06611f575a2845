from __future__ import annotations

import pytest

from nlp.facts.measures import AMOUNT, QUANTITY, read_measures


def read(text: str, language: str, kind: str) -> list[tuple[str, str]]:
    return [
        (measure.value, text[measure.start : measure.end]) for measure in read_measures(text, language) if measure.kind == kind
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("La start-up lève 12,5 M€ auprès de deux fonds", "12500000 EUR"),
        ("un plan de 10 milliards d'euros", "10000000000 EUR"),
        ("une enveloppe de 4,2 Md€", "4200000000 EUR"),
        ("entre 10 et 15 millions d’euros", "15000000 EUR"),
        ("un million d'euros", "1000000 EUR"),
        ("deux milliards de dollars", "2000000000 USD"),
        ("1 500 000 euros", "1500000 EUR"),
        ("240 000 €", "240000 EUR"),
        ("1.500 euros", "1500 EUR"),
        ("300 k€", "300000 EUR"),
        ("1 billion d'euros", "1000000000000 EUR"),
    ],
)
def test_french_amounts(text: str, value: str) -> None:
    assert [found for found, _ in read(text, "fr", AMOUNT)] == [value]


@pytest.mark.parametrize(
    ("text", "value", "matched"),
    [
        ("raises $12.5 million from two funds", "12500000 USD", "$12.5 million"),
        ("an investment of €145m, it said", "145000000 EUR", "€145m"),
        ("a €4.2m round", "4200000 EUR", "€4.2m"),
        ("£2bn of public money", "2000000000 GBP", "£2bn"),
        ("US$1,500 each", "1500 USD", "US$1,500"),
        ("1.7 billion euros", "1700000000 EUR", "1.7 billion euros"),
        ("CHF 3 million", "3000000 CHF", "CHF 3 million"),
        ("€1,234,567.89", "1234567.89 EUR", "€1,234,567.89"),
    ],
)
def test_english_amounts_with_their_words(text: str, value: str, matched: str) -> None:
    assert read(text, "en", AMOUNT) == [(value, matched)]


@pytest.mark.parametrize("text", ["la 5G en 2026", "1 000 postes", "Windows 11", "un t-shirt", "le M2 et le M1"])
def test_numbers_that_are_not_money(text: str) -> None:
    assert read(text, "fr", AMOUNT) == []


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("un centre de 1,2 GW", "fr", "1200000000 W"),
        ("250 mégawatts", "fr", "250000000 W"),
        ("50 MWh de stockage", "fr", "50000000 Wh"),
        ("un site de 9 hectares", "fr", "90000 m2"),
        ("40 000 m² de salles", "fr", "40000 m2"),
        ("20 000 tonnes de batteries", "fr", "20000 t"),
        ("180 emplois", "fr", "180 jobs"),
        ("emploiera 180 personnes d'ici à 2027", "fr", "180 jobs"),
        ("une hausse de 12,5 %", "fr", "12.5 %"),
        ("a 100-qubit machine", "en", "100 qubits"),
        ("20,000 tonnes", "en", "20000 t"),
        ("60 to 80 MW", "en", "80000000 W"),
        ("will employ 180 people", "en", "180 jobs"),
    ],
)
def test_quantities_in_one_unit_a_sort(text: str, language: str, value: str) -> None:
    assert [found for found, _ in read(text, language, QUANTITY)] == [value]


@pytest.mark.parametrize("text", ["un t-shirt", "50 personnes ont applaudi", "4G", "la A6 M2"])
def test_numbers_that_measure_nothing(text: str) -> None:
    assert read(text, "fr", QUANTITY) == []
