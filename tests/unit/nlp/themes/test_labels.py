from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nlp.config import NlpSettings
from nlp.themes.labels import Label, label
from nlp.themes.space import Lexicon, count_words
from nlp.themes.stopwords import STOP_WORDS
from nlp.words import WORD
from storage.errors import ConfigError
from tests.unit.nlp.themes.stories import EVEN

MODELS = NlpSettings().spacy_models
FRENCH = [
    "La photonique intégrée attire les fonderies de Grenoble",
    "Photonique intégrée : une puce de communication à Lannion",
    "Une ligne pilote de photonique intégrée ouvre à Marcoussis",
    "Puces : la photonique intégrée sort du laboratoire",
]
ENGLISH = [
    "Integrated photonics moves from lab to fab",
    "Dutch foundry bets on integrated photonics",
    "Integrated photonics chips cut data centre power",
    "Why carmakers want integrated photonics",
]


def test_the_names_are_the_noun_phrases_titles_share_accents_and_all() -> None:
    found = label({"fr": FRENCH, "en": ENGLISH}, EVEN, MODELS)
    assert (found.fr, found.en) == ("Photonique intégrée", "Integrated photonics")
    assert set(found.terms_fr) >= {"photonique", "intégrée"}
    assert set(found.terms_en) == {"photonics", "integrated"}


@pytest.mark.parametrize(
    ("language", "titles", "expected"),
    [
        (
            "fr",
            [
                "Les méga-usines d'IA s'installent à Dunkerque",
                "Une méga-usine d'IA en Moselle",
                "Méga-usine d'IA : le chantier commence",
                "Qui alimentera les méga-usines d'IA ?",
            ],
            "Méga-usines d'IA",
        ),
        (
            "en",
            [
                "The vertical farm under the ring road",
                "A vertical farm feeds the hospital",
                "Is the vertical farm here to stay?",
                "Vertical farm sells its first lettuces",
            ],
            "Vertical farm",
        ),
    ],
)
def test_names_keep_hyphens_and_drop_articles(language: str, titles: list[str], expected: str) -> None:
    found = label({language: titles}, EVEN, MODELS)
    assert getattr(found, language) == expected


def test_no_stop_word_is_a_telling_word() -> None:
    found = label({"fr": FRENCH, "en": ENGLISH}, EVEN, MODELS)
    assert not {word.lower() for word in (*found.terms_fr, *found.terms_en)} & STOP_WORDS


def test_a_language_without_titles_borrows_the_name() -> None:
    french, english = label({"fr": FRENCH}, EVEN, MODELS), label({"en": ENGLISH}, EVEN, MODELS)
    assert (french.fr, french.en, french.terms_en) == ("Photonique intégrée", "Photonique intégrée", ())
    assert (english.fr, english.en, english.terms_fr) == ("Integrated photonics", "Integrated photonics", ())


def test_titles_of_a_language_we_do_not_read_are_named_by_their_words() -> None:
    found = label({"de": ["Integrierte Photonik in Jena", "Photonik aus Jena", "Jena setzt auf Photonik"]}, EVEN, MODELS)
    assert found.fr == found.en
    assert {"Photonik", "Jena"} <= set(WORD.findall(found.en))


def test_words_said_everywhere_name_nothing() -> None:
    everywhere = Lexicon.empty().with_counts(count_words(["entreprise bretonne"] * 50 + ["autre chose"] * 30)).weights()
    titles = [f"Une entreprise bretonne mise sur le goémon {place}" for place in ("sec", "noir", "frais", "brun")]
    found = label({"fr": titles}, everywhere, MODELS)
    assert "goémon" in found.fr.lower()
    assert not {"entreprise", "bretonne"} & set(found.terms_fr)


@pytest.mark.parametrize(
    "titles",
    [
        {},
        {"en": []},
        {"en": [""]},
        {"de": ["", " "]},
        {"fr": ["\t", "\u200b"]},
        {"en": ["!!!", "???"]},
        {"en": ["2026"] * 5},
        {"fr": ["de la les"] * 4},
        {"en": ["<script>alert('x')</script>", "{0} %s $(rm -rf) 🎉"]},
        {"fr": ["a\nb\r\nc"]},
        {"en": ["x" * 5000]},
        {"fr": ["mot " * 2000]},
        {"en": [" ".join(f"word{i}" for i in range(500))]},
        {"fr": ["\ud800 photonique", "photonique \udfff\u202e"]},
        {"fr": ["l'" * 300, "«»—·" * 50]},
        {"en": ["e\u0301nergie " * 3, "ÉNERGIE"]},
    ],
    ids=lambda titles: repr(titles)[:30],
)
def test_hostile_titles_still_give_a_short_name_on_one_line(titles: dict[str, list[str]]) -> None:
    found = label(titles, EVEN, MODELS)
    for name in (found.fr, found.en):
        assert 1 <= len(name) <= 80
        assert "\n" not in name


def test_a_blank_title_does_not_hide_the_others() -> None:
    assert label({"fr": ["", *FRENCH]}, EVEN, MODELS).fr == "Photonique intégrée"
    assert label({"fr": ["", " "], "en": ENGLISH}, EVEN, MODELS) == label({"en": ENGLISH}, EVEN, MODELS)


_SCRIPT = """
import numpy as np
from nlp.themes.labels import label
from nlp.themes.space import BUCKETS
titles = ["Kelp wool and cork floors", "Cork, wool, kelp: floors", "Floors of wool, kelp or cork", "Wool kelp cork floors"]
print(label({"en": titles}, np.ones(BUCKETS, dtype=np.float32), {}))
"""


def test_every_process_gives_the_same_names() -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", _SCRIPT], env={**os.environ, "PYTHONHASHSEED": seed}, stdout=subprocess.PIPE, text=True
        )
        for seed in ("1", "2")
    ]
    said = {process.communicate(timeout=120)[0] for process in running}
    assert len(said) == 1
    assert Label.__name__ in said.pop()


def test_texts_say_which_words_matter_when_titles_share_none() -> None:
    titles = ["Le groupe Valmorand s'agrandit à Besançon", "Une ligne pilote de puces photoniques", "Dix emplois à Lannion"]
    texts = [f"{title}\nLa photonique occupe toute l'équipe." for title in titles]
    assert label({"fr": titles}, EVEN, MODELS).fr == "Ligne pilote de puces photoniques"  # nothing is shared: the fullest phrase
    assert label({"fr": titles}, EVEN, MODELS, {"fr": texts}).fr == "Photonique"


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (
            [
                "Elon Musk buys Twitter",
                "What Musk wants with Twitter",
                "Twitter staff await Elon Musk",
                "Musk closes Twitter deal",
            ],
            "Musk",
        ),
        (["Best Quux Phone deals", "Quux Phone review: good", "The Quux Phone, hands-on", "Quux Phone: 5 tips"], "Quux Phone"),
        (["Example Gazette names the Quux", "The Quux, says Example Gazette", "Example Gazette on the Quux"], "Quux"),
        (["Call of Duty returns in March", "Why Call of Duty sells", "The studio behind Call of Duty"], "Call of Duty"),
    ],
    ids=["whole names", "furniture", "publishers", "stop words in names"],
)
def test_what_no_editor_would_print_stays_out(titles: list[str], expected: str) -> None:
    found = label({"en": titles}, EVEN, MODELS, sources=["Example Gazette"]).en
    assert expected in found
    assert not {"Best", "deals", "review", "hands-on", "tips", "Gazette", "March"} & set(WORD.findall(found))
    assert "Elon Musk" in found or "Musk" not in found


def test_a_name_comes_with_what_happens_to_it() -> None:
    titles = [
        "Orsonne : grève des dockers",
        "À Orsonne, la grève continue",
        "Grève à Orsonne, troisième jour",
        "Orsonne paralysée",
    ]
    assert label({"fr": titles}, EVEN, MODELS).fr == "Orsonne · grève"


def test_a_second_part_that_says_little_is_left_out() -> None:
    rare = Lexicon.empty().with_counts(count_words(["Something else altogether"] * 400)).weights()
    titles = ["Quuxnet doubles its speeds", "Are the speeds of Quuxnet real?", "Rivals answer Quuxnet", "Quuxnet comes to town"]
    assert label({"en": titles}, rare, MODELS).en == "Quuxnet"


@pytest.mark.parametrize(
    ("language", "titles", "expected"),
    [
        (
            "en",
            ["First RSV vaccine approved", "What the RSV vaccine costs", "RSV sends babies to hospital", "A vaccine for seniors"],
            "RSV vaccine",
        ),
        (
            "fr",
            [
                "La dissolution de Valmorand prononcée",
                "Après la dissolution de Valmorand, les salariés attendent",
                "Valmorand : une dissolution contestée",
            ],
            "Dissolution de Valmorand",
        ),
    ],
)
def test_two_parts_that_titles_say_together_are_one_phrase(language: str, titles: list[str], expected: str) -> None:
    assert getattr(label({language: titles}, EVEN, MODELS), language) == expected


def test_a_name_met_everywhere_does_not_stand_alone() -> None:
    others = ["La Bretagne sous la pluie", "Marché en Bretagne", "Un pont en Bretagne", "Le roman de l'été"] * 10
    common = Lexicon.empty().with_counts(count_words([*others, "Course à pied"])).weights()
    titles = [
        "Les algues vertes reviennent en Bretagne",
        "La Bretagne ramasse ses algues vertes",
        "Bretagne : les plages ferment",
        "Le tourisme souffre en Bretagne",
    ]
    found = label({"fr": titles}, common, MODELS).fr
    assert "lgues vertes" in found


def test_a_model_without_grammar_is_a_clear_error() -> None:
    with pytest.raises(ConfigError, match="parser"):
        label({"fr": FRENCH}, EVEN, {"fr": "blank"})
