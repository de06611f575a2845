from __future__ import annotations

import pytest

from nlp.config import NlpSettings
from nlp.themes.labels import Label, label, relabel
from nlp.themes.naming.stable import keeps, support
from tests.unit.nlp.themes.stories import EVEN

MODELS = NlpSettings().spacy_models
OLD = Label("Photonique intégrée", "Integrated photonics", ("photonique",), ("photonics",))
NEW = Label("Calcul optique", "Optical computing", ("calcul", "optique"), ("optical",))
STILL = {
    "fr": ["Photonique intégrée à Lannion", "La photonique intégrée lève des fonds", "Calcul optique : un premier client"],
    "en": ["Integrated photonics ramps up", "A fab for integrated photonics", "Optical computing pays"],
}
GONE = {
    "fr": ["Calcul optique à Lannion", "Le calcul optique lève des fonds", "Calcul optique : un premier client"],
    "en": ["Optical computing ramps up", "A fab for optical computing", "Optical computing pays"],
}


def test_the_old_name_stays_while_stories_speak_of_it() -> None:
    kept = relabel(OLD, NEW, STILL)
    assert (kept.fr, kept.en) == (OLD.fr, OLD.en)
    assert kept.terms_fr == NEW.terms_fr  # the words one may search by follow the news


def test_a_name_nobody_says_any_more_gives_way() -> None:
    assert relabel(OLD, NEW, GONE) == NEW


def test_each_language_changes_on_its_own() -> None:
    changed = relabel(OLD, NEW, {"fr": GONE["fr"], "en": STILL["en"]})
    assert (changed.fr, changed.en) == (NEW.fr, OLD.en)


def test_a_pinned_name_never_changes() -> None:
    assert relabel(OLD, NEW, GONE, pinned=True) == OLD


def test_without_recent_stories_nothing_changes() -> None:
    kept = relabel(OLD, NEW, {})
    assert (kept.fr, kept.en) == (OLD.fr, OLD.en)


def test_a_borrowed_name_gives_way_to_a_languages_own() -> None:
    borrowed = Label("Integrated photonics", "Integrated photonics", (), ("photonics",))
    assert relabel(borrowed, OLD, STILL).fr == "Photonique intégrée"


def test_a_borrowed_name_follows_the_one_it_was_borrowed_from() -> None:
    borrowed = Label("Integrated photonics", "Integrated photonics", (), ("photonics",))
    fresh = Label("Optical computing", "Optical computing", (), ("optical",))
    assert relabel(borrowed, fresh, {"en": GONE["en"]}) == fresh


def test_a_name_that_said_nothing_is_replaced() -> None:
    assert relabel(Label("?", "?", (), ()), OLD, {}).fr == "Photonique intégrée"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Photonique intégrée", 2 / 3), ("Lannion", 1 / 3), ("Photonique intégrée · Lannion", 1 / 2), ("Navire", 0.0), ("?", 0.0)],
)
def test_support_is_the_share_of_stories_that_hold_the_name(name: str, expected: float) -> None:
    assert support(name, STILL["fr"]) == pytest.approx(expected)


def test_a_text_counts_half() -> None:
    texts = [f"{title}\nUn navire." for title in STILL["fr"]]
    assert support("Navires", STILL["fr"], texts) == pytest.approx(0.5)


def test_a_close_race_is_no_reason_to_change() -> None:
    titles = ["Photonique intégrée"] * 4 + ["Calcul optique"] * 6
    assert keeps("Photonique intégrée", "Calcul optique", titles)
    assert not keeps("Photonique intégrée", "Calcul optique", ["Photonique intégrée"] * 2 + ["Calcul optique"] * 8)


def test_a_few_more_stories_do_not_rename_a_theme() -> None:
    first = {
        "en": [
            "Integrated photonics moves to the fab",
            "Dutch foundry bets on integrated photonics",
            "Integrated photonics chips",
        ]
    }
    later = {"en": [*first["en"], "Foundry opens in Eindhoven", "Foundry raises money for photonics"]}
    old, new = label(first, EVEN, MODELS), label(later, EVEN, MODELS)
    assert relabel(old, new, later).en == old.en == "Integrated photonics"
