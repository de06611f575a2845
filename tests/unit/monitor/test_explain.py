"""The sentence of a signal: every form in both languages, and the agreements French asks for."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from monitor.trends.explain import Account, Limits, LongRun, Names, Shift, sentence, sentences
from monitor.trends.wording import between_days, money

RISE = Account(
    observed=41.0,
    expected=14.2,
    lift=2.66,
    sources=12,
    window_days=28,
    kinds=("news",),
    direction="up",
    onset=dt.date(2026, 3, 3),
    band=(9.0, 20.0),
    allowance=5.0,
)


def said(account: Account) -> tuple[str, str]:
    """Both languages, with plain spaces."""
    french, english = sentences(account)
    return french.replace("\u202f", " ").replace("\xa0", " "), english


def check(account: Account, french: tuple[str, ...], english: tuple[str, ...]) -> None:
    """That the whole of a sentence is these parts."""
    assert said(account) == (" ".join(french), " ".join(english))


def test_a_rise() -> None:
    check(
        RISE,
        (
            "41 articles de 12 sources en 28 jours, 14 attendus (entre 9 et 20 ; × 2,7), en hausse depuis le 3 mars 2026.",
            "Fausses alertes maîtrisées à 5 par mois.",
        ),
        (
            "41 articles from 12 sources in 28 days, 14 expected (between 9 and 20; × 2.7), rising since 3 March 2026.",
            "False alerts held to 5 a month.",
        ),
    )


def test_a_decline() -> None:
    fall = replace(RISE, observed=4.0, lift=0.31, sources=3, direction="down", onset=dt.date(2026, 3, 1), allowance=0.5)
    french, english = said(fall)
    assert (
        "4 articles de 3 sources en 28 jours, 14 attendus (entre 9 et 20 ; × 0,3), en baisse depuis le 1er mars 2026." in french
    )
    assert french.endswith("maîtrisées à 0,5 par mois.")
    assert "falling since 1 March 2026." in english


def test_a_burst_is_named_so_and_has_no_onset() -> None:
    burst = replace(
        RISE, observed=12.0, expected=1.4, lift=8.57, sources=4, window_days=3, band=None, is_buzz=True, allowance=2.0
    )
    assert said(burst) == (
        "Emballement : 12 articles de 4 sources en 3 jours, 1,4 attendu (× 8,6). Fausses alertes maîtrisées à 2 par mois.",
        "Buzz: 12 articles from 4 sources in 3 days, 1.4 expected (× 8.6). False alerts held to 2 a month.",
    )
    one_day = replace(burst, window_days=1)
    assert "en 1 jour, " in sentence(one_day, "fr")
    assert "in 1 day, " in sentence(one_day, "en")
    for text in said(burst):
        assert "tendance" not in text.lower()
        assert "trend" not in text.lower()


def test_a_meeting_names_both_sides() -> None:
    meeting = replace(
        RISE,
        observed=6.0,
        expected=0.8,
        lift=2.86,
        sources=4,
        meeting=(Names("Jumeaux numériques", "Digital twins"), Names("naval", "naval")),
        band=None,
        allowance=None,
    )
    check(
        meeting,
        (
            "« Jumeaux numériques » et « naval » se rencontrent dans 6 articles de 4 sources en 28 jours ;",
            "0,8 attendu au vu de chacun (× 2,9), en hausse depuis le 3 mars 2026.",
        ),
        (
            "“Digital twins” and “naval” meet in 6 articles from 4 sources in 28 days;",
            "0.8 expected from each alone (× 2.9), rising since 3 March 2026.",
        ),
    )


def test_a_rupture_is_dated_with_its_interval() -> None:
    day, first, last = dt.date(2026, 2, 16), dt.date(2026, 2, 9), dt.date(2026, 2, 23)
    french, english = said(replace(RISE, shift=Shift(day, 3.14, first, last)))
    assert "Rupture datée du 16 février 2026 (entre le 9 et le 23 février 2026) : le niveau a été multiplié par 3,1." in french
    assert "Rupture dated 16 February 2026 (between 9 and 23 February 2026): the level was multiplied by 3.1." in english
    assert "depuis le" not in french, "the day of the rupture is the day it began"
    fell, _ = said(replace(RISE, direction="down", shift=Shift(day, 0.4)))
    assert "Rupture datée du 16 février 2026 : le niveau a été divisé par 2,5." in fell


def test_a_transition_tells_its_years() -> None:
    run = LongRun(dt.date(2024, 2, 5), 0.35, 24, Names("Moteurs thermiques", "Combustion engines"), towards_market=True)
    french, english = said(replace(RISE, onset=None, long_run=run))
    assert "Hausse de fond de 35 % par an depuis février 2024 (24 mois), de la recherche vers le marché, tandis que" in french
    assert "« Moteurs thermiques » recule." in french
    assert "Long rise of 35% a year since February 2024 (24 months), from research towards the market, while" in english
    down, _ = said(replace(RISE, direction="down", onset=None, long_run=LongRun(dt.date(2024, 2, 5), -0.2, 18)))
    assert "Baisse de fond de 20 % par an depuis février 2024 (18 mois)." in down


def test_plain_limits_promise_nothing() -> None:
    limits = Limits(lift=2.0, observed=30.0, sources=5, eur=2.5e6, states=("trend", "rupture"))
    french, english = said(replace(RISE, limits=limits))
    assert "Seuils simples atteints (au moins 30 documents, × 2, 5 sources, 2,5 M€ ; état : tendance ou rupture)" in french
    assert french.endswith("cette règle ne maîtrise pas les fausses alertes.")
    assert "at least 30 documents, × 2, 5 sources, €2.5M; state: trend or rupture" in english
    assert "held to" not in english
    assert "(au plus × 0,5) :" in said(replace(RISE, limits=Limits(most_lift=0.5)))[0]
    assert "Plain limits passed: this rule" in said(replace(RISE, limits=Limits()))[1]


@pytest.mark.parametrize(
    ("change", "french", "english"),
    [
        ({"observed": 1.0, "sources": 1, "kinds": ("patent",)}, "1 brevet de 1 source", "1 patent from 1 source"),
        ({"observed": 0.0, "kinds": ()}, "0 article en 28 jours", "0 articles in 28 days"),
        ({"observed": 2.0, "sources": 2, "kinds": ("paper",)}, "2 publications de 2 sources", "2 papers from 2 sources"),
        ({"observed": 1.0, "sources": 1, "kinds": ("funding",)}, "1 annonce de financement de 1", "1 funding notice from 1"),
        ({"observed": 6.0, "kinds": ("news", "paper")}, "6 documents indépendants de", "6 independent documents from"),
        ({"observed": 6.0, "sources": 3, "by_actors": True}, "6 articles de 3 acteurs", "6 articles from 3 actors"),
        ({"expected": 0.4, "kinds": ("paper",)}, "0,4 attendue (", "0.4 expected ("),
        ({"expected": 1.94}, "1,9 attendu (", "1.9 expected ("),
        ({"expected": 1.96}, "2 attendus (", "2 expected ("),
        ({"expected": 12.0, "kinds": ("funding",)}, "12 attendues (", "12 expected ("),
        ({"observed": 1234.0}, "1 234 articles", "1,234 articles"),
        ({"band": (3.0, 3.0)}, "attendus (× 2,7)", "expected (× 2.7)"),
        ({"lift": 213.4}, "; × 213)", "; × 213)"),
        ({"direction": "flat"}, "attendus (entre 9 et 20).", "expected (between 9 and 20)."),
    ],
)
def test_agreements(change: dict[str, Any], french: str, english: str) -> None:
    told = said(replace(RISE, **change))
    assert french in told[0]
    assert english in told[1]


@pytest.mark.parametrize(
    ("eur", "french", "english"),
    [
        (12.5e6, "12,5 M€", "€12.5M"),
        (412.4e6, "412 M€", "€412M"),
        (1.25e6, "1,2 M€", "€1.2M"),
        (999_960.0, "1 M€", "€1M"),
        (3e9, "3 Md€", "€3bn"),
        (950.0, "950 €", "€950"),
    ],
)
def test_amounts(eur: float, french: str, english: str) -> None:
    assert (money(eur, "fr"), money(eur, "en")) == (french, english)


def test_spans_name_month_and_year_once() -> None:
    assert between_days(dt.date(2026, 2, 9), dt.date(2026, 2, 23), "fr") == "entre le 9 et le 23 février 2026"
    assert between_days(dt.date(2026, 1, 1), dt.date(2026, 2, 1), "fr") == "entre le 1er janvier et le 1er février 2026"
    assert between_days(dt.date(2025, 12, 29), dt.date(2026, 1, 4), "en") == "between 29 December 2025 and 4 January 2026"
