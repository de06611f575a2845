from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlp.themes.config import ThemeSettings
from nlp.themes.watch import Joined, WatchModel, WatchTheme, watch_list
from nlp.words import WORD, fold, stem
from storage.errors import ConfigError
from tests.unit.nlp.themes.stories import DIMENSION, a_story, axis

SETTINGS = ThemeSettings(watch_alone=0.4, watch_with_term=0.15, watch_title_term=0.05)
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
    """An embedder for which the text "3" means axis 3."""

    id = "numbers@1"
    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([axis(int(text)) for text in texts]) if texts else np.zeros((0, DIMENSION), dtype=np.float32)


def model(*themes: WatchTheme) -> WatchModel:
    return WatchModel(themes, SETTINGS).fit(Numbers())


QUANTUM = a_watch_theme(terms_fr=("ordinateur quantique", "atomes froids"), terms_en=("qubit",), codes=("G06N10", "b82y 10/"))


def joined(title: str, text: str = "", cosine: float = 0.0, codes: tuple[str, ...] = ()) -> list[Joined]:
    return model(QUANTUM).join([a_story(title=title, text=text, codes=codes, vector=axis(0, cosine))])[0]


@pytest.mark.parametrize("code", ["G06N10/40", "g06n 10/20", "G06N10", "B82Y10/00", "B82Y 10/00"])
def test_a_patent_joins_by_its_code_whatever_it_says(code: str) -> None:
    (found,) = joined("Procédé de commande", codes=("H04W4/00", code))
    assert found == Joined("quantum", 0.95, f"code {code.replace(' ', '').upper()}")


@pytest.mark.parametrize(("code"), ["G06N3/02", "G06N", "H04L9/00"])
def test_another_code_does_not(code: str) -> None:
    assert joined("Procédé de commande", codes=(code,)) == []


def test_a_term_in_the_title_needs_little_meaning() -> None:
    assert joined("Un Ordinateur quantique à Massy", cosine=0.04) == []
    (found,) = joined("Un Ordinateur quantique à Massy", cosine=0.06)
    assert found == Joined("quantum", 0.78, "terms ordinateur quantique; similarity 0.06")


def test_two_terms_of_the_text_are_worth_one_of_the_title() -> None:
    text = "Des qubits à atomes froids."
    assert joined("Une annonce", text, 0.04) == []
    assert [one.reason for one in joined("Une annonce", text, 0.06)] == ["terms atomes froids, qubits; similarity 0.06"]


def test_one_term_in_the_text_needs_more_meaning() -> None:
    assert joined("Une annonce", "Un qubit de plus.", 0.14) == []
    (found,) = joined("Une annonce", "Un qubit de plus.", 0.16)
    assert found == Joined("quantum", 0.68, "terms qubit; similarity 0.16")


def test_meaning_alone_needs_the_most() -> None:
    assert joined("Une annonce", "Sans mot dire.", 0.39) == []
    (found,) = joined("Une annonce", "Sans mot dire.", 0.41)
    assert found == Joined("quantum", pytest.approx(0.505, abs=0.001), "similarity 0.41")


def test_terms_without_any_meaning_are_not_enough() -> None:
    assert joined("Le café Qubit rouvre", "Le Qubit est aussi un ordinateur quantique.", -0.2) == []


def test_a_description_in_either_language_will_do() -> None:
    french, english = (model(QUANTUM).join([a_story(vector=axis(number, 0.5))])[0] for number in (0, 1))
    assert french == english != []


def test_a_document_may_join_several_themes() -> None:
    both = model(QUANTUM, a_watch_theme("robotics", 4, terms_fr=("robot",)), a_watch_theme("energy", 8, terms_fr=("robot",)))
    stories = [
        a_story("d1", "Un ordinateur quantique pilote un robot", vector=axis(0, 0.6, towards=4)),
        a_story("d2", "Rien à voir", vector=axis(20)),
    ]
    assert [[one.theme_id for one in found] for found in both.join(stories)] == [["quantum", "robotics"], []]


def test_probabilities_stay_probabilities() -> None:
    (found,) = joined("Un ordinateur quantique", cosine=1.0)
    assert found.probability == 0.99


def test_no_theme_or_no_story_is_no_work() -> None:
    assert model().join([a_story()]) == [[]]
    assert model(QUANTUM).join([]) == []


def test_whatever_decides_membership_changes_the_digest() -> None:
    changes: list[dict[str, Any]] = [{}, {"terms_fr": ("x",)}, {"terms_en": ("x",)}, {"codes": ("X",)}, {"description_en": "9"}]
    assert len({a_watch_theme(**change).digest() for change in changes}) == len(changes)
    assert a_watch_theme().digest() == a_watch_theme().digest()


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
    codes = [code for theme in watch_list() for code in theme.codes]
    assert all(CODE.fullmatch(code) for code in codes)
    assert len(codes) == len(set(codes))


def test_no_term_leads_to_two_themes() -> None:
    seen: dict[tuple[str, ...], set[str]] = {}
    for theme in watch_list():
        for term in (*theme.terms_fr, *theme.terms_en):
            seen.setdefault(tuple(stem(word) for word in WORD.findall(fold(term))), set()).add(theme.id)
    assert {" ".join(words): sorted(ids) for words, ids in seen.items() if len(ids) > 1 and " ".join(words) not in SHARED} == {}


def test_the_subjects_asked_for_are_watched() -> None:
    wanted = {"ai", "data-centres", "telecoms", "quantum", "photonics", "digital-twins", "immersive-media", "robotics"}
    wanted |= {"cybersecurity", "energy", "semiconductors", "space-mobility", "biotech"}
    assert wanted <= {theme.id for theme in watch_list()}
