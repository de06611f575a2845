from __future__ import annotations

import pytest

from nlp.themes.watch_terms import Phrase, TermReader

QUANTUM = [
    Phrase("quantum", "term", "ordinateur quantique"),
    Phrase("quantum", "term", "qubit"),
    Phrase("quantum", "term", "réseau quantique"),
    Phrase("quantum", "hint", "quantique"),
    Phrase("quantum", "never", "saut quantique"),
]


def read(text: str, *phrases: Phrase) -> dict[str, tuple[list[str], list[str]]]:
    found = TermReader(phrases).read(text)
    return {theme: (list(one.terms.values()), list(one.hints.values())) for theme, one in found.items()}


def test_terms_and_hints_are_told_apart_and_shown_as_they_stand() -> None:
    assert read("Un Ordinateur  Quantique, et l'effet QUANTIQUE", *QUANTUM) == {
        "quantum": (["Ordinateur Quantique"], ["QUANTIQUE"]),
    }


def test_the_longest_phrase_takes_its_words() -> None:
    """Else "generative AI" would count as two terms."""
    ai = [Phrase("ai", "term", "generative AI"), Phrase("ai", "term", "AI"), Phrase("ai", "hint", "generative")]
    assert read("Generative AI pays", *ai) == {"ai": (["Generative AI"], [])}


def test_singular_and_plural_are_one_term() -> None:
    assert read("Des qubits, un qubit : réseaux quantiques, réseau quantique", *QUANTUM) == {
        "quantum": (["qubits", "réseaux quantiques"], []),
    }


def test_an_expression_may_forbid_the_words_it_holds() -> None:
    assert read("Un saut quantique pour la poterie", *QUANTUM) == {}
    assert read("Un saut quantique, un effet quantique", *QUANTUM) == {"quantum": ([], ["quantique"])}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("L'IA arrive", True),
        ("Les LLMs arrivent", True),
        ("J'ai vu, ia ora na", False),
        ("J'AI VU", False),
        ("Coupe en 5g de sucre", False),
        ("La 5G arrive", True),
    ],
)
def test_a_short_term_in_capitals_stands_in_capitals(text: str, found: bool) -> None:
    phrases = [
        Phrase("ai", "term", "IA"),
        Phrase("ai", "term", "AI"),
        Phrase("ai", "term", "5G"),
        Phrase("ai", "term", "LLM"),
        Phrase("ai", "never", "j'ai"),
    ]
    assert bool(read(text, *phrases)) is found


def test_only_a_plural_may_differ_by_its_last_letter() -> None:
    space = Phrase("space", "term", "SpaceX")
    assert read("Wide open spaces", space) == {}
    assert read("spacex lands", space) == {"space": (["spacex"], [])}


def test_two_themes_may_declare_the_same_words_and_each_reads_its_own() -> None:
    both = [*QUANTUM, Phrase("computing", "term", "ordinateur"), Phrase("computing", "term", "qubit")]
    assert read("Un ordinateur quantique à qubits", *both) == {
        "quantum": (["ordinateur quantique", "qubits"], []),
        "computing": (["ordinateur", "qubits"], []),
    }


def test_what_one_theme_forbids_another_may_want() -> None:
    leap = Phrase("sport", "term", "saut quantique")
    assert read("Un saut quantique", *QUANTUM, leap) == {"sport": (["saut quantique"], [])}


def test_phrases_without_a_word_are_no_phrases() -> None:
    assert read("… — !", Phrase("odd", "term", "…")) == {}
