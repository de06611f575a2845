from __future__ import annotations

import datetime as dt

import pytest

from nlp.themes.descriptions import describe
from nlp.themes.labels import Label

DAY = dt.date(2026, 3, 12)
LABEL = Label("Photonique intégrée", "Integrated photonics", ("photonique", "fonderies"), ("photonics",))
FRENCH = ["Lannion inaugure une usine", "La photonique intégrée attire les fonderies", "Photonique intégrée : pourquoi ?"]
ENGLISH = ["Best photonics deals", "Integrated photonics moves to the fab"]


def test_a_line_says_when_in_how_much_and_shows_the_most_telling_title() -> None:
    found = describe(LABEL, {"fr": FRENCH, "en": ENGLISH}, on=DAY, stories=5, sources=3)
    assert found.fr == (
        "Repéré le 12 mars 2026 dans 5 publications de 3 sources, dont «\u00a0La photonique intégrée attire les fonderies\u00a0»."
    )
    assert found.en == (
        "Noticed on 12 March 2026 in 5 stories from 3 sources, among them “Integrated photonics moves to the fab”."
    )


def test_a_title_in_the_other_language_is_said_to_be_so() -> None:
    french = describe(LABEL, {"fr": FRENCH}, on=DAY, stories=3, sources=2)
    english = describe(LABEL, {"en": ENGLISH}, on=DAY, stories=2, sources=2)
    assert french.en.endswith("fonderies” (in French).")
    assert english.fr.endswith("fab\u00a0» (en anglais).")


def test_one_is_singular_and_the_first_of_a_month_is_written_as_such() -> None:
    found = describe(LABEL, {"fr": FRENCH[:1]}, on=dt.date(2026, 8, 1), stories=1, sources=1)
    assert found.fr.startswith("Repéré le 1er août 2026 dans 1 publication de 1 source, dont")
    assert found.en.startswith("Noticed on 1 August 2026 in 1 story from 1 source, among")


@pytest.mark.parametrize("titles", [{}, {"fr": ["", " "]}, {"de": []}])
def test_without_a_title_the_rest_is_said(titles: dict[str, list[str]]) -> None:
    found = describe(LABEL, titles, on=DAY, stories=4, sources=2)
    assert found.fr == "Repéré le 12 mars 2026 dans 4 publications de 2 sources."
    assert found.en == "Noticed on 12 March 2026 in 4 stories from 2 sources."


def test_a_title_of_a_third_language_is_shown_as_it_is() -> None:
    assert describe(LABEL, {"de": ["Photonik aus Jena"]}, on=DAY, stories=4, sources=2).fr.endswith("Photonik aus Jena\u00a0».")


@pytest.mark.parametrize("title", ["photonique " * 300, "x" * 5000, "a\nb\r\nc\tphotonique"])
def test_a_line_stays_a_line(title: str) -> None:
    found = describe(LABEL, {"fr": [title]}, on=DAY, stories=4, sources=2)
    assert len(found.fr) < 260
    assert found.fr.isprintable() or "\u00a0" in found.fr
    assert "\n" not in found.fr
