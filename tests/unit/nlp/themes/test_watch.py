from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.themes.config import ThemeSettings, WatchWeights
from nlp.themes.watch import Joined, WatchModel, WatchTheme, decision_digest, watch_list
from nlp.themes.watch_decision import Evidence
from nlp.words import WORD, fold, stem
from storage.errors import ConfigError
from tests.unit.nlp.themes.stories import DIMENSION, a_story, axis

# Of belonging: one term of the lead, or a cosine of .5, is just enough; two later terms are; nothing else alone.
WEIGHTS = WatchWeights(intercept=-5, similarity=10, lead_term=4, terms=1, lead_hint=1, hints=1, code=0.9, broad_code=3)
SETTINGS = ThemeSettings(watch_probability=0.499, watch_weights=WEIGHTS)
ENTRY = """
[[theme]]
id = "{id}"
label_fr = "Quantique"
label_en = "Quantum"
description_fr = "Calcul quantique."
description_en = "Quantum computing."
"""


def a_watch_theme(key: str = "quantum", number: int = 0, **kw: Any) -> WatchTheme:
    """A theme whose descriptions mean axis ``number`` in French and the next one in English."""
    names = {"label_fr": key, "label_en": key, "description_fr": str(number), "description_en": str(number + 1)}
    return WatchTheme(id=key, **names | kw)


class Numbers:
    """An embedder for which the text "3" means axis 3. Other texts lean by turns to two sides that cancel each other out."""

    id = "numbers@1"
    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        rows = [axis(int(text)) if text.isdigit() else axis(DIMENSION - 2, (-1) ** n) for n, text in enumerate(texts)]
        return np.stack(rows) if rows else np.zeros((0, DIMENSION), dtype=np.float32)


def model(*themes: WatchTheme, settings: ThemeSettings = SETTINGS) -> WatchModel:
    return WatchModel(themes, settings).fit(Numbers())


QUANTUM = a_watch_theme(
    number=0,
    terms_fr=("ordinateur quantique", "atomes froids"),
    terms_en=("qubit",),
    hints_fr=("quantique",),
    never_fr=("saut quantique",),
    codes=("G06N10", "b82y 10/"),
    broad_codes=("H04L9",),
)


def evidence(title: str, text: str = "", cosine: float = 0.0, codes: tuple[str, ...] = ()) -> Evidence:
    (one,) = model(QUANTUM).evidence([a_story(title=title, text=text, codes=codes, vector=axis(0, cosine))])[0]
    return one


def joined(title: str, text: str = "", cosine: float = 0.0, codes: tuple[str, ...] = ()) -> list[Joined]:
    return model(QUANTUM).join([a_story(title=title, text=text, codes=codes, vector=axis(0, cosine))])[0]


@pytest.mark.parametrize("code", ["G06N10/40", "g06n 10/20", "G06N10", "B82Y10/00", "B82Y 10/00"])
def test_a_patent_joins_by_its_code_whatever_it_says(code: str) -> None:
    (found,) = joined("Procédé de commande", codes=("H04W4/00", code))
    assert (found.theme_id, found.probability) == ("quantum", 0.9)
    assert found.reason.startswith(f"code: {code.replace(' ', '').upper()} · ")


@pytest.mark.parametrize(("code"), ["G06N3/02", "G06N", "H04L9/00"])
def test_another_code_does_not(code: str) -> None:
    assert joined("Procédé de commande", codes=(code,)) == []


def test_a_broad_code_needs_words_or_meaning_too() -> None:
    assert joined("Procédé de commande", "Un qubit.", codes=("H04L9/08",)) != []
    assert joined("Procédé de commande", "Un bit.", codes=("H04L9/08",)) == []


def test_what_a_text_opens_with_counts_as_its_title() -> None:
    opening, later = "Un qubit de plus.", "Beaucoup de mots pour ne rien dire. " * 6
    assert evidence("Une annonce", opening + later).lead_terms == ("qubit",)
    assert evidence("Une annonce", later + opening) == replace(evidence("Une annonce", later), later_terms=("qubit",))


def test_a_word_found_twice_is_found_once() -> None:
    long = "Rien. " * 40
    one = evidence("Qubits et atomes froids", f"Un qubit. {long} Un qubit, des atomes froids, un ordinateur quantique.")
    assert (one.lead_terms, one.later_terms) == (("Qubits", "atomes froids"), ("ordinateur quantique",))


def test_hints_and_forbidden_expressions_are_read_from_the_declaration() -> None:
    assert evidence("Un effet quantique").lead_hints == ("quantique",)
    assert evidence("Un saut quantique").lead_hints == ()


def test_a_description_in_either_language_will_do() -> None:
    french, english = (model(QUANTUM).evidence([a_story(vector=axis(number, 0.5))])[0][0] for number in (0, 1))
    assert french.similarity == pytest.approx(english.similarity)
    assert french.similarity > evidence("", cosine=0.2).similarity > 0


def test_similarity_is_measured_in_the_embedders_own_spread() -> None:
    """The same for a theme alone and beside others: declaring one more never changes what was decided."""
    others = [a_watch_theme(f"other{n}", 2 * n, terms_fr=("robot",)) for n in range(1, 5)]
    story = a_story(vector=axis(0, 0.4), title="Un qubit")
    assert model(QUANTUM, *others).evidence([story])[0][0] == model(QUANTUM).evidence([story])[0][0]


def test_a_document_may_join_several_themes() -> None:
    both = model(QUANTUM, a_watch_theme("robotics", 4, terms_fr=("robot",)), a_watch_theme("energy", 8, terms_fr=("pile",)))
    stories = [
        a_story("d1", "Un ordinateur quantique pilote un robot", vector=axis(0, 0.6, towards=4)),
        a_story("d2", "Rien à voir", vector=axis(20)),
    ]
    assert [[one.theme_id for one in found] for found in both.join(stories)] == [["quantum", "robotics"], []]


def test_probabilities_stay_below_certainty() -> None:
    sure = SETTINGS.model_copy(update={"watch_weights": WEIGHTS.model_copy(update={"lead_term": 30})})
    (found,) = model(QUANTUM, settings=sure).join([a_story(title="Un ordinateur quantique")])[0]
    assert found.probability == 0.99


def test_a_higher_threshold_lets_fewer_in() -> None:
    story = a_story(title="Un qubit", vector=axis(0, 0.1))
    strict = SETTINGS.model_copy(update={"watch_probability": 0.9})
    assert [bool(model(QUANTUM, settings=one).join([story])[0]) for one in (SETTINGS, strict)] == [True, False]


def test_no_theme_or_no_story_is_no_work() -> None:
    assert model().join([a_story()]) == [[]]
    assert model(QUANTUM).join([]) == []


def test_an_embedder_that_tells_no_subjects_apart_still_decides() -> None:
    class Blank(Numbers):
        def embed(self, texts: Sequence[str]) -> np.ndarray:
            return np.tile(axis(0), (len(texts), 1))

    blank = WatchModel([QUANTUM], SETTINGS).fit(Blank())
    (found,) = blank.join([a_story(title="Un qubit", vector=axis(0))])[0]
    assert found.reason == "début/lead: qubit · cosinus/cosine: 0.00 · p: 0.50"


def test_whatever_decides_membership_changes_the_digest() -> None:
    changes: list[dict[str, Any]] = [{}, {"terms_fr": ("x",)}, {"terms_en": ("x",)}, {"codes": ("X",)}, {"description_en": "9"}]
    changes += [{"hints_fr": ("x",)}, {"never_en": ("x",)}, {"broad_codes": ("X",)}]
    assert len({a_watch_theme(**change).digest() for change in changes}) == len(changes)
    assert a_watch_theme().digest() == a_watch_theme().digest()


def test_whatever_decides_for_all_themes_changes_the_digest_of_the_decision() -> None:
    threshold = ThemeSettings(watch_probability=0.7)
    weights = ThemeSettings(watch_weights=WatchWeights(terms=9))
    assert len({decision_digest(one) for one in (ThemeSettings(), threshold, weights)}) == 3
    assert decision_digest(ThemeSettings(join_similarity=0.5)) == decision_digest(ThemeSettings())


# The file


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[[theme]\nid = "x"', "is not valid TOML"),
        ("interval = 3", "unknown key 'interval'"),
        ('theme = "quantum"', r"write each under its own \[\[theme\]\]"),
        ('[theme]\nid = "x"', r"write each under its own \[\[theme\]\]"),
        ("theme = [1]", "theme number 1"),
        (ENTRY.format(id="a") + ENTRY.format(id="Été"), "theme number 2: id: String should match"),
        (ENTRY.format(id="a") + 'colour = "red"', "theme number 1: colour: Extra inputs"),
        (ENTRY.format(id="a") + ENTRY.format(id="b").replace("label_en", "terms_en"), "theme number 2: label_en: Field required"),
        (ENTRY.format(id="a") + 'terms_fr = "qubit"', "theme number 1: terms_fr"),
        (ENTRY.format(id="a") + 'codes = [" "]', "theme number 1: codes.0"),
        (ENTRY.format(id="a") + ENTRY.format(id="b") + ENTRY.format(id="a"), "declares 'a' twice"),
    ],
)
def test_a_wrong_list_is_refused_with_the_file_and_the_theme(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint) as raised:
        watch_list(file)
    assert "mine.toml" in str(raised.value)


def test_a_list_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the watch list .*absent\.toml"):
        watch_list(tmp_path / "absent.toml")
    with pytest.raises(ConfigError, match="cannot read the watch list"):
        watch_list(tmp_path)
    (tmp_path / "photo.toml").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ConfigError, match=r"photo\.toml is not valid TOML"):
        watch_list(tmp_path / "photo.toml")


def test_an_empty_list_is_a_list(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("", encoding="utf-8")
    assert watch_list(tmp_path / "empty.toml") == []


# The list shipped with the program

# Section, class, subclass, main group, subgroup: each may be left off from the right, the last cut short.
CODE = re.compile(r"[A-HY]\d\d([A-Z](\d{1,4}(/\d{1,6})?)?)?")

# A term two themes share on purpose, with why.
SHARED: dict[str, str] = {}


@pytest.mark.parametrize("theme", watch_list(), ids=lambda theme: theme.id)
def test_a_shipped_theme_is_complete(theme: WatchTheme) -> None:
    for terms in (theme.terms_fr, theme.terms_en):
        assert len(terms) >= 3
        assert len(terms) == len(set(terms))
        assert all(term == term.strip() and WORD.search(term) for term in terms)
    assert theme.label_fr != theme.label_en
    assert theme.description_fr != theme.description_en
    assert theme.description_fr.endswith(".")
    assert theme.description_en.endswith(".")


def test_shipped_codes_are_prefixes_of_patent_symbols() -> None:
    codes = [code for theme in watch_list() for code in (*theme.codes, *theme.broad_codes)]
    assert all(CODE.fullmatch(code) for code in codes)
    assert len(codes) == len(set(codes))


def test_no_term_leads_to_two_themes() -> None:
    seen: dict[tuple[str, ...], set[str]] = {}
    for theme in watch_list():
        for term in (*theme.terms_fr, *theme.terms_en, *theme.hints_fr, *theme.hints_en):
            seen.setdefault(tuple(stem(word) for word in WORD.findall(fold(term))), set()).add(theme.id)
    assert {" ".join(words): sorted(ids) for words, ids in seen.items() if len(ids) > 1 and " ".join(words) not in SHARED} == {}


def test_the_subjects_asked_for_are_watched() -> None:
    wanted = {"ai", "data-centres", "telecoms", "quantum", "photonics", "digital-twins", "immersive-media", "robotics"}
    wanted |= {"cybersecurity", "energy", "semiconductors", "space-mobility", "biotech"}
    assert wanted <= {theme.id for theme in watch_list()}
