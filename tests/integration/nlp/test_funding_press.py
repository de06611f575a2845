"""Fund-raising as the press tells it, in both languages, with its traps: title and excerpt → sums, role, company, round."""

from __future__ import annotations

import pytest

from nlp.config import NlpSettings
from nlp.facts.step import read_facts
from storage.model import Fact, Kind
from tests.unit.nlp.documents import a_document

SETTINGS = NlpSettings()


def read(title: str, text: str, lang: str) -> list[Fact]:
    return read_facts([a_document("d", title, text, kind=Kind.FUNDING, lang=lang)], SETTINGS, {"d": lang})


def sums(found: list[Fact]) -> list[tuple[str, str | None]]:
    return [(fact.value, fact.role) for fact in found if fact.kind == "amount"]


def rounds(found: list[Fact]) -> list[tuple[str, str | None]]:
    return [(fact.value, fact.role) for fact in found if fact.kind == "round"]


def actors(found: list[Fact]) -> set[str | None]:
    return {fact.actor for fact in found if fact.kind == "organisation"}


@pytest.mark.parametrize(
    ("lang", "title", "text", "expected", "told", "company"),
    [
        ("fr", "Kelvia lève 12 M€ pour ses batteries", "La start-up Kelvia recrute.", [("12000000 EUR", "stated")], [], "kelvia"),
        ("fr", "Kelvia lève 12,5 millions d'euros", "La start-up Kelvia signe une série A.", [("12500000 EUR", "stated")],
         [("series-a", "equity")], "kelvia"),
        ("fr", "Norvane boucle un tour de table de 1,2 Md€", "La société Norvane double son capital.",
         [("1200000000 EUR", "stated")], [], "norvane"),
        ("fr", "Kelvia lève 12\u00a0M€", "La start-up Kelvia avait levé 800\u202fk€ en pré-amorçage.",
         [("12000000 EUR", "stated"), ("800000 EUR", "stated")], [("pre-seed", "equity")], "kelvia"),
        ("fr", "Kelvia : 75 M€ levés depuis 2019", "La start-up Kelvia grandit.", [("75000000 EUR", "cumulative")], [], "kelvia"),
        ("fr", "Kelvia vise 50 M€", "La start-up Kelvia prépare une série B.", [("50000000 EUR", "target")],
         [("series-b", "equity")], "kelvia"),
        ("fr", "Kelvia lève 20 M€, dont 8 M€ de dette bancaire", "La start-up Kelvia ouvre une usine.",
         [("20000000 EUR", "stated"), ("8000000 EUR", "stated")], [("debt", "debt")], "kelvia"),
        ("fr", "Rivage Capital boucle son deuxième fonds à 150 M€", "Rivage Capital investira dans la photonique.",
         [("150000000 EUR", "stated")], [("fund", "fund")], "rivage-capital"),
        ("en", "Norvik raises €12m", "The start-up Norvik builds photonic chips.", [("12000000 EUR", "stated")], [], "norvik"),
        ("en", "Norvik raises $12.5 million Series A", "The start-up Norvik builds photonic chips.",
         [("12500000 USD", "stated")], [("series-a", "equity")], "norvik"),
        ("en", "Norvik closes Series B", "The start-up Norvik took in $40 million, bringing total funding to $80m.",
         [("40000000 USD", "stated"), ("80000000 USD", "cumulative")], [("series-b", "equity")], "norvik"),
        ("en", "Norvik secures £3M in seed funding", "The start-up Norvik hires.", [("3000000 GBP", "stated")],
         [("seed", "equity")], "norvik"),
        ("en", "Norvik aims to raise $50m", "The start-up Norvik is in talks.", [("50000000 USD", "target")], [], "norvik"),
        ("en", "Norvik secures $15m in venture debt", "The start-up Norvik hires.", [("15000000 USD", "stated")],
         [("debt", "debt")], "norvik"),
        ("en", "Rivage Capital closes its third fund at €200m", "Rivage Capital backs photonics.", [("200000000 EUR", "stated")],
         [("fund", "fund")], "rivage-capital"),
    ],
)  # fmt: skip
def test_press_forms(
    lang: str, title: str, text: str, expected: list[tuple[str, str]], told: list[tuple[str, str]], company: str
) -> None:
    found = read(title, text, lang)
    assert sums(found) == expected
    assert rounds(found) == told
    assert company in actors(found)
