from __future__ import annotations

import pytest

from nlp.facts.rounds import round_facts


@pytest.mark.parametrize(
    ("text", "value", "role", "matched"),
    [
        ("Kelvia lève 12 M€ en série A", "series-a", "equity", "série A"),
        ("KELVIA LÈVE 12 M€ EN SÉRIE B", "series-b", "equity", "SÉRIE B"),
        ("Norvik closes Series B at $40m", "series-b", "equity", "Series B"),
        ("Norvik closes a $40m Series C1 round", "series-c", "equity", "Series C1"),
        ("Kelvia raises €1.5M (Seed)", "seed", "equity", "Seed"),
        ("Kelvia raises €1.5m in seed funding", "seed", "equity", "seed funding"),
        ("Kelvia boucle un tour d'amorçage de 2 M€", "seed", "equity", "tour d'amorçage"),
        ("Kelvia raises €500k pre-seed", "pre-seed", "equity", "pre-seed"),
        ("Kelvia lève 500 k€ en pré-amorçage", "pre-seed", "equity", "pré-amorçage"),
        ("Norvik secures £3M bridge round", "bridge", "equity", "bridge round"),
        ("Kelvia obtient 20 M€ de dette bancaire", "debt", "debt", "€ de dette"),
        ("Norvik secures $15m in venture debt", "debt", "debt", "venture debt"),
        ("Norvik raises $80m in equity and $20m in debt", "debt", "debt", "in debt"),
        ("La BEI accorde 30 M€ : un prêt de la BEI à Kelvia", "debt", "debt", "prêt de la BEI"),
        ("Rivage Capital boucle son troisième fonds à 200 M€", "fund", "fund", "boucle son troisième fonds"),
        ("Rivage Capital closes its third fund at €200m", "fund", "fund", "closes its third fund"),
        ("Rivage Capital annonce le premier closing à 80 M€", "fund", "fund", "premier closing"),
        ("Rivage Capital raises €200m for its climate fund", "fund", "fund", "raises €200m for its climate fund"),
    ],
)
def test_rounds_are_read_with_their_words(text: str, value: str, role: str, matched: str) -> None:
    found = {fact.value: fact for fact in round_facts(text)}
    assert value in found
    fact = found[value]
    assert (fact.role, fact.matched, text[fact.start : fact.end]) == (role, matched, matched)


@pytest.mark.parametrize(
    "text",
    [
        "Le club de Serie A recrute un gardien",
        "The board of the Italian Serie A club has sought independent legal advice over an investment",
        "He needs $1.2 billion in debt payments each year and is $13 billion in debt",
        "The firm will receive a $9.2 billion loan from the US Department of Energy",
        "La série A de ce feuilleton",
        "Farmers plant seed varieties that resist drought",
        "La dette publique atteint 3 000 milliards d'euros",
        "Kelvia boucle une levée de fonds de 12 M€",
        "Kelvia lève 12 M€ auprès de deux fonds",
        "Kelvia renforce ses fonds propres de 3 M€",
        "Norvik raises $12m from a European fund-raising platform",
        "Norvik raises $12m led by a climate fund",
        "Tesla Model S and BMW Series 3",
    ],
)
def test_what_is_no_round(text: str) -> None:
    assert round_facts(text) == []


def test_a_round_is_told_once_and_several_rounds_each() -> None:
    text = "Kelvia lève 20 M€ en série B. Sa série A, de 5 M€, datait de 2024. En série B, deux fonds entrent au capital."
    assert [(fact.value, text[fact.start : fact.end]) for fact in round_facts(text)] == [
        ("series-b", "série B"),
        ("series-a", "série A"),
    ]
