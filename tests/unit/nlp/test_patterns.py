from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.facts.lexicon import Words
from nlp.facts.patterns import compile_pattern


def found(phrase: str, text: str) -> str | None:
    """The words of the first place where the phrase is."""
    pattern, words = compile_pattern(phrase), Words(text, "")
    for first in range(len(words.words)):
        if last := pattern.match(words, first):
            return text[words.spans[first][0] : words.spans[last - 1][1]]
    return None


@pytest.mark.parametrize(
    ("phrase", "text", "matched"),
    [
        ("essai|essais clinique", "Deux ESSAIS CLINIQUES", "ESSAIS CLINIQUES"),
        ("agronom*", "une agronome", "agronome"),
        ("ouvre … usine", "Elle ouvre au printemps une usine", "ouvre au printemps une usine"),
        ("ouvre … usine", "Elle ouvre. Une usine", None),
        ("ouvre … usine", "ouvre un deux trois quatre cinq six usine", None),
        ("lève #", "Carénum lève 12,5 M€", "lève 12,5"),
        ("raises #", "Kjølvann raises €5.4m for twins", "raises €5.4m"),
        ("# emplois", "créera 1 200 emplois", "1 200 emplois"),
        ("CHU", "le CHU de Rennes", "CHU"),
        ("CHU", "il a chu", None),
        ("ferme", "une ferme", "ferme"),
        ("ferme", "un site fermé", None),
        ("électricité", "L'electricite", "electricite"),
        ("d'ici … million|milliards", "d'ici deux ans, 3 millions", "d'ici deux ans, 3 millions"),
    ],
)
def test_a_phrase_matches_what_it_says(phrase: str, text: str, matched: str | None) -> None:
    assert found(phrase, text) == matched


@pytest.mark.parametrize("phrase", ["", "…", "… usine", "usine …", "ab*", "usin*e", "a … b … c … d", "l'un|l'autre", "!!"])
def test_a_phrase_that_cannot_be_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="«"):
        compile_pattern(phrase)


@given(st.text(max_size=60), st.text(max_size=60))
def test_words_stay_where_they_are(title: str, text: str) -> None:
    words = Words(title, text)
    assert len(words.words) == len(words.stems) == len(words.spans)
    assert words.in_title <= words.in_lead <= len(words.words)
