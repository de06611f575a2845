"""One line about a discovered theme, in French and English: when and in how much it was noticed, and one of its titles.

Only what is known is said, and only what stays true: the line is about the theme's birth and does not age.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import NamedTuple

from nlp.themes.labels import Label
from nlp.themes.naming.stable import SEPARATOR
from nlp.themes.naming.words import key
from nlp.themes.stopwords import FURNITURE

_TITLE_CHARS = 140
# fmt: off
_MONTHS = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ),
}
# fmt: on
_INNER = str.maketrans({"«": "“", "»": "”", "\u00a0": " ", "\u202f": " "})
_LANGUAGES = {"fr": {"fr": "français", "en": "anglais"}, "en": {"fr": "French", "en": "English"}}
_FURNITURE = frozenset(one for words in FURNITURE.values() for word in words for one in key(word))


class Description(NamedTuple):
    """A theme's line in each language."""

    fr: str
    en: str


def describe(label: Label, titles: Mapping[str, Sequence[str]], *, on: dt.date, stories: int, sources: int) -> Description:
    """What a theme was born of: the day it was noticed, the number of its first ``stories`` and of their ``sources``, and the
    title of each language that says most of its name, nearest to its centre first among equals."""
    words = set(key(" ".join((label.fr, label.en, *label.terms_fr, *label.terms_en)).replace(SEPARATOR, " ")))
    shown = {language: _most_telling(own, words) for language, own in titles.items()}
    shown = {language: title for language, title in sorted(shown.items()) if title}
    lines = {}
    for language in ("fr", "en"):
        title = shown.get(language) or next(iter(shown.values()), "")
        foreign = next((other for other in shown if other != language), "") if language not in shown else ""
        lines[language] = _line(language, title, foreign, on, stories, sources)
    return Description(**lines)


def _most_telling(titles: Sequence[str], words: set[str]) -> str:
    said = [line for title in titles if (line := shorten(title, _TITLE_CHARS, placeholder="…")) not in ("", "…")]

    def worth(title: str) -> tuple[bool, float]:
        found = set(key(title))
        return "?" in title or "!" in title, len(found & _FURNITURE) - len(found & words)

    return min(said, key=worth, default="")


def _line(language: str, title: str, foreign: str, on: dt.date, stories: int, sources: int) -> str:
    month = _MONTHS[language][on.month - 1]
    if language == "fr":
        day = f"1er {month} {on.year}" if on.day == 1 else f"{on.day} {month} {on.year}"
        said = f"Repéré le {day} dans {_count(stories, 'publication')} de {_count(sources, 'source')}"
        note = f" (en {_LANGUAGES['fr'][foreign]})" if foreign in _LANGUAGES else ""
        quoted = title.translate(_INNER)
        return f"{said}, dont «\u00a0{quoted}\u00a0»{note}." if title else f"{said}."
    said = f"Noticed on {on.day} {month} {on.year} in {_count(stories, 'story', 'stories')} from {_count(sources, 'source')}"
    note = f" (in {_LANGUAGES['en'][foreign]})" if foreign in _LANGUAGES else ""
    return f"{said}, among them “{title}”{note}." if title else f"{said}."


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n} {one}" if n == 1 else f"{n} {many or one + 's'}"
