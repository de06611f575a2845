from __future__ import annotations

import pytest

from nlp.facts.gazetteer import load_gazetteer
from nlp.facts.places import read_places

FRANCE, GIRONDE = ("country", "FR"), ("departement", "33")


def places(text: str, language: str = "fr") -> set[tuple[str, str]]:
    return {(place.level, place.code) for place in read_places(text, language, load_gazetteer())}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("en Bretagne", {("region", "53"), FRANCE}),
        ("à Lannion", {("departement", "22"), ("region", "53"), FRANCE}),
        ("Dunkerque", {("departement", "59"), ("region", "32"), FRANCE}),
        ("Aire (Landes)", {("departement", "40"), ("region", "75"), FRANCE}),
        ("le département du Lot", {("departement", "46"), ("region", "76"), FRANCE}),
        ("la préfète de l'Ain", {("departement", "01"), ("region", "84"), FRANCE}),
        ("dans l'Aude", {("departement", "11"), ("region", "76"), FRANCE}),
        ("dans le nord, dans le Nord, le vent du Nord", set()),
        ("à Lille, dans le Nord", {("departement", "59"), ("region", "32"), FRANCE}),
        ("Allemagne et Chine", {("country", "DE"), ("country", "CN")}),
        ("Nord-Pas-de-Calais", {("region", "32"), FRANCE}),
        ("Val-d’Oise", {("departement", "95"), ("region", "11"), FRANCE}),
        ("La Manche, un lot, le Lot, la marne, Aude Martin", set()),
        ("le Paris Saint-Germain, l'accord de Paris, le FC Nantes, Radio France, le Nouveau-Mexique", set()),
        ("Valence, en Espagne", {("country", "ES")}),
        ("Brest, en Biélorussie", {("country", "BY")}),
        ("Guinée-Bissau", {("country", "GW")}),
        ("la Géorgie vote républicain", set()),
        ("Tbilissi, capitale de la Géorgie", {("country", "GE")}),
    ],
)
def test_territories_by_code(text: str, found: set[tuple[str, str]]) -> None:
    assert places(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a plant in Brittany", {("region", "53"), FRANCE}),
        ("New Mexico, New England", set()),
        ("Georgia on my mind", set()),
        ("Turkey for Thanksgiving", set()),
        ("the roast turkey of Turkey", {("country", "TR")}),
        ("CONTACT US NOW", set()),
        ("the US and the UK", {("country", "US"), ("country", "GB")}),
    ],
)
def test_territories_by_code_in_english(text: str, found: set[tuple[str, str]]) -> None:
    assert places(text, "en") == found


def test_a_french_town_that_is_an_english_word_counts_in_french_only() -> None:
    assert ("departement", "06") in places("une usine à Nice")
    assert places("Nice Work on Lorraine's Tours, a new Lens, mind the Gap", "en") == set()


def test_a_place_is_where_it_is_written() -> None:
    text = "Une usine près de Bordeaux."
    (found,) = [place for place in read_places(text, "fr", load_gazetteer()) if (place.level, place.code) == GIRONDE]
    assert text[found.start : found.end] == "Bordeaux"
