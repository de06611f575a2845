from __future__ import annotations

import datetime as dt

import pytest

from nlp.facts.amounts import read_amounts
from nlp.facts.roles import Role

DAY = dt.date(2024, 6, 14)


def read(text: str, language: str) -> list[tuple[str, float | None, str]]:
    return [(amount.value, amount.low, text[amount.start : amount.end]) for amount in read_amounts(text, language, DAY)]


@pytest.mark.parametrize(
    ("text", "value", "low"),
    [
        ("La start-up lève 12,5 M€ auprès de deux fonds", "12500000 EUR", None),
        ("un plan de 10 milliards d'euros", "10000000000 EUR", None),
        ("une enveloppe de 4,2 Md€", "4200000000 EUR", None),
        ("3 Mds d’euros", "3000000000 EUR", None),
        ("entre 10 et 15 millions d’euros", "15000000 EUR", 1e7),
        ("entre 10 M€ et 15 M€", "15000000 EUR", 1e7),
        ("de 3 à 5 Md€", "5000000000 EUR", 3e9),
        ("de 500 000 à 1,5 million d'euros", "1500000 EUR", 500_000),
        ("de 2 000 à 3 000 euros", "3000 EUR", 2_000),
        ("2023 - 5 M€", "5000000 EUR", None),
        ("un million d'euros", "1000000 EUR", None),
        ("vingt-cinq millions d'euros", "25000000 EUR", None),
        ("un million et demi d'euros", "1500000 EUR", None),
        ("une centaine de millions d'euros", "100000000 EUR", None),
        ("deux milliards de dollars", "2000000000 USD", None),
        ("5 millions de dollars canadiens", "5000000 CAD", None),
        ("10 M$ CA", "10000000 CAD", None),
        ("2 millions de livres sterling", "2000000 GBP", None),
        ("300 millions de couronnes suédoises", "300000000 SEK", None),
        ("100 millions de francs suisses", "100000000 CHF", None),
        ("1 500 000 euros", "1500000 EUR", None),
        ("240 000 €", "240000 EUR", None),
        ("1.500 euros", "1500 EUR", None),
        ("300 k€", "300000 EUR", None),
        ("45 MEUR", "45000000 EUR", None),
        ("1 billion d'euros", "1000000000000 EUR", None),
    ],
)
def test_french_amounts(text: str, value: str, low: float | None) -> None:
    assert [found[:2] for found in read(text, "fr")] == [(value, low)]


@pytest.mark.parametrize(
    ("text", "value", "low", "matched"),
    [
        ("raises $12.5 million from two funds", "12500000 USD", None, "$12.5 million"),
        ("an investment of €145m, it said", "145000000 EUR", None, "€145m"),
        ("£2bn of public money", "2000000000 GBP", None, "£2bn"),
        ("US$1,500 each", "1500 USD", None, "US$1,500"),
        ("1.7 billion euros", "1700000000 EUR", None, "1.7 billion euros"),
        ("CHF 3 million", "3000000 CHF", None, "CHF 3 million"),
        ("EUR12.5m", "12500000 EUR", None, "EUR12.5m"),
        ("€1,234,567.89", "1234567.89 EUR", None, "€1,234,567.89"),
        ("€5-7m", "7000000 EUR", 5e6, "€5-7m"),
        ("€5m to €7m", "7000000 EUR", 5e6, "€5m to €7m"),
        ("$5 to $7 million", "7000000 USD", 5e6, "$5 to $7 million"),
        ("between 10 and 15 million euros", "15000000 EUR", 1e7, "10 and 15 million euros"),
        ("two and a half billion dollars", "2500000000 USD", None, "two and a half billion dollars"),
        ("half a billion dollars", "500000000 USD", None, "half a billion dollars"),
        ("C$20 million", "20000000 CAD", None, "C$20 million"),
        ("$20 million CAD", "20000000 CAD", None, "$20 million CAD"),
        ("¥300 billion", "300000000000 JPY", None, "¥300 billion"),
        ("₹500 crore", "5000000000 INR", None, "₹500 crore"),
        ("1 trillion won", "1000000000000 KRW", None, "1 trillion won"),
        ("NOK 2.5bn", "2500000000 NOK", None, "NOK 2.5bn"),
        ("a $1.5-billion deal", "1500000000 USD", None, "$1.5-billion"),
    ],
)
def test_english_amounts_with_their_words(text: str, value: str, low: float | None, matched: str) -> None:
    assert read(text, "en") == [(value, low, matched)]


@pytest.mark.parametrize(
    "text",
    [
        "la 5G en 2026",
        "1 000 postes",
        "Windows 11",
        "le M2 et le M1",
        "la norme Euro 6",
        "5 à 7 %",
        "deux livres",
        "won 3 medals",
        "20 pounds of rice",
        "des millions d'euros",
        "hundreds of millions of dollars",
        "100 millions de francs CFA",
        "CO2",
        "un Euro 2022 sans elle",
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_numbers_that_are_not_money(text: str, language: str) -> None:
    assert read(text, language) == []


@pytest.mark.parametrize(
    ("text", "language", "role"),
    [
        ("Elle lève 12 M€ en série A", "fr", Role.STATED),
        ("Le groupe investira 2 Md€ d'ici 2030", "fr", Role.STATED),
        ("The group plans to invest $5 billion", "en", Role.STATED),
        ("Elle a levé 45 M€ au total depuis sa création", "fr", Role.CUMULATIVE),
        ("portant le total de ses levées à 80 M€", "fr", Role.CUMULATIVE),
        ("bringing total funding to $80m", "en", Role.CUMULATIVE),
        ("It has raised $20m to date", "en", Role.CUMULATIVE),
        ("Elle a levé au total plus de 100 millions de dollars", "fr", Role.CUMULATIVE),
        ("Cette opération porte à 42 millions d'euros le total levé", "fr", Role.CUMULATIVE),
        ("Le fonds vise 100 M€", "fr", Role.TARGET),
        ("un objectif de 50 millions d'euros", "fr", Role.TARGET),
        ("jusqu'à 2 Md€ d'ici 2030", "fr", Role.TARGET),
        ("La société prévoit de lever 20 M€", "fr", Role.TARGET),
        ("The firm aims to raise $50m", "en", Role.TARGET),
        ("It may spend up to $5bn", "en", Role.TARGET),
        ("Une aide plafonnée à 500 000 euros par lauréat", "fr", Role.STATED),
        ("Grants of up to £75,000 are on offer", "en", Role.STATED),
        ("Headphones are on sale at Target for $79.95", "en", Role.STATED),
        ("at $500, the lowest price we have seen to date", "en", Role.STATED),
        ("Le marché devrait atteindre 50 milliards d'euros en 2030", "fr", Role.TARGET),
    ],
)
def test_roles(text: str, language: str, role: Role) -> None:
    assert [amount.role for amount in read_amounts(text, language, DAY)] == [role]


def test_of_a_change_over_time_the_new_value_counts() -> None:
    assert read("porter le budget de 10 à 15 millions d'euros", "fr") == [("15000000 EUR", None, "15 millions d'euros")]
    assert [value for value, _, _ in read("sales rose from $5m to $7m", "en")] == ["7000000 USD"]
    assert [value for value, _, _ in read("it dropped by $2,000 to $52,990", "en")] == ["2000 USD", "52990 USD"]


def test_a_part_takes_the_currency_of_its_whole() -> None:
    text = "L'État apporte 1,5 milliard d'euros, dont 300 millions pour la filière. Le pays compte 68 millions d'habitants."
    assert [value for value, _, _ in read(text, "fr")] == ["1500000000 EUR", "300000000 EUR"]
    users = "Une levée de 20 millions d'euros pour 12 millions d'utilisateurs, dont 5 millions en France"
    assert [value for value, _, _ in read(users, "fr")] == ["20000000 EUR"]


def test_roles_do_not_cross_sentences() -> None:
    text = "Elle vise 100 M€ de ventes. Elle lève 12 M€."
    assert [amount.role for amount in read_amounts(text, "fr", DAY)] == [Role.TARGET, Role.STATED]


def test_euros_are_those_of_the_day() -> None:
    (dollars,) = read_amounts("$1 million", "en", DAY)
    (euros,) = read_amounts("1 M€", "fr", None)
    (undated,) = read_amounts("$1 million", "en", None)
    assert dollars.eur == 935_803.86  # 1.0686 dollars a euro on 2024-06-14
    assert (euros.eur, undated.eur) == (1e6, None)
