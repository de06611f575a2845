from __future__ import annotations

from pathlib import Path

import pytest

from nlp.facts.gazetteer import load_gazetteer
from storage.errors import ConfigError


def places(text: str, language: str = "fr") -> set[tuple[str, str]]:
    return {(place.level, place.code) for place in load_gazetteer().places(text, language)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("en Bretagne", {("region", "53"), ("country", "FR")}),
        ("à Lannion", {("departement", "22"), ("region", "53"), ("country", "FR")}),
        ("Dunkerque", {("departement", "59"), ("region", "32"), ("country", "FR")}),
        ("Aire (Landes)", {("departement", "40"), ("region", "75"), ("country", "FR")}),
        ("le département du Lot", {("departement", "46"), ("region", "76"), ("country", "FR")}),
        ("dans l'Aude", {("departement", "11"), ("region", "76"), ("country", "FR")}),
        ("dans le nord, dans le Nord, le vent du Nord", set()),
        ("Allemagne et Chine", {("country", "DE"), ("country", "CN")}),
        ("Nord-Pas-de-Calais", {("region", "32"), ("country", "FR")}),
        ("La Manche, un lot, le Lot", set()),
    ],
)
def test_territories_by_code(text: str, found: set[tuple[str, str]]) -> None:
    assert places(text) == found


def test_a_french_town_that_is_an_english_word_counts_in_french_only() -> None:
    assert ("departement", "06") in places("une usine à Nice")
    assert places("Nice Work on Lorraine's Tours", "en") == set()


def test_every_departement_has_its_region() -> None:
    gazetteer = load_gazetteer()
    departements = {code for chain in gazetteer._territories.values() for level, code in chain if level == "departement"}
    assert len(departements) == 101
    regions = {code for chain in gazetteer._territories.values() for level, code in chain if level == "region"}
    assert len(regions) == 18


@pytest.mark.parametrize("content", ["[towns\n", '[towns]\n"99" = ["Nullepart"]\n', 'regions = ["Bretagne"]\n'])
def test_a_wrong_gazetteer_is_a_clear_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "gazetteer.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match="gazetteer"):
        load_gazetteer(path)


def test_a_gazetteer_of_ones_own_may_hold_organisations_alone(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.toml"
    path.write_text('[organisations]\n"Voltacycle" = ["Volta Cycle"]\n', encoding="utf-8")
    gazetteer = load_gazetteer(path)
    assert gazetteer.organisations == {"Voltacycle": "Voltacycle", "Volta Cycle": "Voltacycle"}
    assert gazetteer.places("Bretagne (Nord)", "fr") == []
    assert gazetteer.digest != load_gazetteer().digest
