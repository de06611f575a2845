from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.words import PhraseIndex, fold


@given(st.text())
def test_folding_never_moves_a_character(text: str) -> None:
    assert len(fold(text.replace("İ", "I"))) == len(text)
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "matched"),
    [
        ("Les ÉOLIENNES en mer", "ÉOLIENNES"),
        ("un jumeau numerique", "jumeau numerique"),
        ("Deux jumeaux numériques, trois navires", "jumeaux numériques"),
        ("l'éolienne", "éolienne"),
    ],
)
def test_phrases_are_found_whatever_case_accent_and_number(text: str, matched: str) -> None:
    index = PhraseIndex([("éolienne", "energy"), ("jumeau numérique", "twin"), ("jumeaux numériques", "twin")])
    match = next(iter(index.find(text)))
    assert text[match.start : match.end] == matched


def test_phrases_are_whole_words() -> None:
    assert list(PhraseIndex([("car", "x")]).find("la carte, the scar")) == []


def test_the_longest_phrase_wins() -> None:
    index = PhraseIndex([("space", "a"), ("space agency", "b")])
    assert [match.value for match in index.find("the space agency")] == ["b"]
