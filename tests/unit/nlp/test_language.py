from __future__ import annotations

import pytest

from nlp.language import identify


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Une usine de recyclage de batteries ouvre ses portes dans le Nord", "fr"),
        ("A battery recycling plant opens its doors in northern France", "en"),
        ("Die Bundesregierung plant neue Rechenzentren für künstliche Intelligenz in Bayern", "de"),
        ("人工智能数据中心", "zh"),
    ],
)
def test_a_clear_text_speaks_for_itself(title: str, code: str) -> None:
    assert identify(title).code == code


def test_a_sure_reading_wins_over_the_declared_language() -> None:
    title = "Researchers show that a photonic chip can halve the energy needed to train models"
    assert identify(title, declared="fr").code == "en"


def test_the_declared_language_wins_over_an_unsure_reading() -> None:
    assert identify("Tesla Model 3", declared="fr-FR").code == "fr"
    assert identify("Tesla Model 3", declared="en").code == "en"


def test_a_declared_foreign_language_is_kept_when_the_text_says_little() -> None:
    assert identify("Infineon 2026", declared="de").code == "de"


def test_nothing_to_read_is_undetermined_unless_declared() -> None:
    assert identify("2026 !") == ("und", 0.0)
    assert identify("2026 !", declared="fr") == ("fr", 0.0)
