"""Numbers, amounts, days and nouns as French and English readers write them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, Literal, TypeVar

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

Language = Literal["fr", "en"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Both(Generic[_T]):
    """The same thing in both languages."""

    fr: _T
    en: _T

    def of(self, lang: Language) -> _T:
        return self.fr if lang == "fr" else self.en


class Names(Both[str]):
    """A name in both languages."""

    __slots__ = ()


NOUNS: dict[str, Both[tuple[str, str]]] = {
    "news": Both(("article", "articles"), ("article", "articles")),
    "paper": Both(("publication", "publications"), ("paper", "papers")),
    "patent": Both(("brevet", "brevets"), ("patent", "patents")),
    "funding": Both(("annonce de financement", "annonces de financement"), ("funding notice", "funding notices")),
    "mixed": Both(("document indépendant", "documents indépendants"), ("independent document", "independent documents")),
}
"""Singular and plural of what a kind of source publishes; ``mixed`` for several kinds together."""
FEMININE = frozenset({"paper", "funding"})
_MONEY = ((1e9, "Md€", "bn"), (1e6, "M€", "M"), (1e3, "k€", "k"))


@lru_cache(maxsize=4096)
def number(value: float, lang: Language) -> str:
    """1 234,5 in French, 1,234.5 in English."""
    return str(format_decimal(value, locale=lang))


def rounded(value: float) -> float:
    """A count as a reader wants it: one decimal under ten, none above."""
    return round(value) if value >= 10 else round(value, 1)


def percent(value: float, lang: Language) -> str:
    """« 35 % », "35%"."""
    return str(format_percent(value, locale=lang))


def money(eur: float, lang: Language) -> str:
    """« 12,5 M€ », "€12.5M"."""
    for unit, french, english in _MONEY:
        # What would round up to a thousand of a unit is one of the next.
        if abs(eur) >= 0.99995 * unit:
            value = number(round(eur / unit, 0 if eur >= 100 * unit else 1), lang)
            return f"{value} {french}" if lang == "fr" else f"€{value}{english}"
    return f"{number(round(eur), lang)} €" if lang == "fr" else f"€{number(round(eur), lang)}"


def long_date(day: dt.date, lang: Language) -> str:
    """« 1er mars 2026 », "1 March 2026"."""
    return f"{_number_of(day, lang)} {month(day, lang)}"


def month(day: dt.date, lang: Language) -> str:
    """« mars 2026 », "March 2026"."""
    return str(format_date(day, "MMMM y", locale=lang))


def between_days(first: dt.date, last: dt.date, lang: Language) -> str:
    """« entre le 9 et le 23 février 2026 »: month and year once where that is clear."""
    if (first.year, first.month) == (last.year, last.month):
        begun = _number_of(first, lang)
    elif first.year == last.year:
        begun = f"{_number_of(first, lang)} {format_date(first, 'MMMM', locale=lang)}"
    else:
        begun = long_date(first, lang)
    if lang == "fr":
        return f"entre le {begun} et le {long_date(last, lang)}"
    return f"between {begun} and {long_date(last, lang)}"


def quoted(text: str, lang: Language) -> str:
    """« text », “text”."""
    return f"« {text} »" if lang == "fr" else f"“{text}”"


def is_singular(value: float, lang: Language) -> bool:
    """French says « 0 article » and « 1,5 article », English "0 articles" and "1.5 articles"."""
    return abs(value) < 2 if lang == "fr" else value == 1


def agreed(participle: str, value: float, *, is_feminine: bool) -> str:
    """A French participle in the gender and number of what it counts: « attendu », « attendues »."""
    return participle + ("e" if is_feminine else "") + ("" if is_singular(value, "fr") else "s")


def _number_of(day: dt.date, lang: Language) -> str:
    return "1er" if day.day == 1 and lang == "fr" else str(day.day)
