"""Every text a reader may see exists in French; plurals follow each language."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import alerts.texts
from alerts.texts import texts

FOLDER = Path(alerts.texts.__file__).parent


def used_texts() -> set[str | tuple[str, ...]]:
    found = extract_from_dir(
        str(FOLDER),
        method_map=[("**.py", "python"), ("**.j2", "jinja2")],
        options_map={"**.j2": {"extensions": "jinja2.ext.i18n", "trim_blocks": "true", "lstrip_blocks": "true"}},
        keywords={"said": None, "plural": (1, 2), "_": None, "ngettext": (1, 2)},
    )
    return {message if isinstance(message, str) else tuple(message[:2]) for _, _, message, _, _ in found}


def test_every_text_is_translated_and_none_is_left_over() -> None:
    with (FOLDER / "locales/fr/LC_MESSAGES/alerts.po").open("rb") as file:
        catalogue = read_po(file, locale="fr")
    translated = {message.id for message in catalogue if message.id and message.string}
    used = used_texts()
    assert len(used) > 50
    assert used - translated == set()
    assert translated - used == set()


def test_translations_use_the_same_values() -> None:
    with (FOLDER / "locales/fr/LC_MESSAGES/alerts.po").open("rb") as file:
        catalogue = read_po(file, locale="fr")
    wrong = [message.id for message in catalogue if message.id and list(message.check(catalogue))]
    assert wrong == []


@pytest.mark.parametrize(
    ("n", "french", "english"),
    [(0, "0 semaine", "0 weeks"), (1, "1 semaine", "1 week"), (1.5, "1,5 semaine", "1.5 weeks"), (2, "2 semaines", "2 weeks")],
)
def test_plurals(n: float, french: str, english: str) -> None:
    said = [texts(lang).plural("%(n)s week", "%(n)s weeks", n) for lang in ("fr", "en")]
    assert said == [french, english]


def test_an_unknown_language_gets_french() -> None:
    assert texts("de")("Unsubscribe") == "Se désabonner"


@pytest.mark.parametrize(
    ("first", "last", "french", "english"),
    [
        ((2026, 2, 16), (2026, 2, 22), "16 au 22 février 2026", "16 to 22 February 2026"),
        ((2026, 2, 23), (2026, 3, 1), "23 février au 1er mars 2026", "23 February to 1 March 2026"),
        ((2025, 12, 29), (2026, 1, 4), "29 décembre 2025 au 4 janvier 2026", "29 December 2025 to 4 January 2026"),
    ],
)
def test_spans_of_days(first: tuple[int, int, int], last: tuple[int, int, int], french: str, english: str) -> None:
    assert [texts(lang).days(dt.date(*first), dt.date(*last)) for lang in ("fr", "en")] == [french, english]
