"""One sentence for a reader, in French and English, built from a signal's numbers and nothing else."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_decimal

Language = Literal["fr", "en"]

_NOUNS: dict[str, dict[Language, tuple[str, str]]] = {
    "news": {"fr": ("article", "articles"), "en": ("article", "articles")},
    "paper": {"fr": ("publication", "publications"), "en": ("paper", "papers")},
    "patent": {"fr": ("brevet", "brevets"), "en": ("patent", "patents")},
    "funding": {"fr": ("annonce de financement", "annonces de financement"), "en": ("funding notice", "funding notices")},
    "mixed": {"fr": ("document indépendant", "documents indépendants"), "en": ("independent document", "independent documents")},
}
_FEMININE = {"paper", "funding"}


@dataclass(frozen=True, slots=True)
class Account:
    """The numbers of a sentence: stories observed and expected in the window, by how many sources, since when."""

    observed: float
    expected: float
    lift: float
    sources: int
    window_days: int
    kinds: tuple[str, ...]
    direction: Literal["up", "down", "flat"]
    onset: dt.date | None = None


def sentence(account: Account, lang: Language) -> str:
    """« 41 articles de 12 sources en 28 jours, 14 attendus (× 2,7), en hausse depuis le 3 mars 2026. »"""
    count = round(account.observed)
    kind = account.kinds[0] if len(account.kinds) == 1 else "mixed"
    if not account.kinds:
        kind = "news"
    noun = _NOUNS[kind][lang][0 if _is_singular(count, lang) else 1]
    head = f"{number(count, lang)} {noun}"
    if count:
        of = "de" if lang == "fr" else "from"
        head += f" {of} {number(account.sources, lang)} source{'' if account.sources < 2 else 's'}"
    if lang == "fr":
        head += f" en {account.window_days} jours, {_expected_fr(account.expected, kind)}"
    else:
        head += f" in {account.window_days} days, {number(_rounded(account.expected), lang)} expected"
    if account.direction != "flat":
        head += f" (× {number(round(account.lift, 1), lang)})"
    return head + _since(account, lang) + "."


def number(value: float, lang: Language) -> str:
    """1 234,5 in French, 1,234.5 in English."""
    return str(format_decimal(value, locale=lang))


def long_date(day: dt.date, lang: Language) -> str:
    """« 3 mars 2026 », "3 March 2026"."""
    return str(format_date(day, "d MMMM y", locale=lang))


def _since(account: Account, lang: Language) -> str:
    if account.direction == "flat" or account.onset is None:
        return ""
    word = {"fr": {"up": "en hausse", "down": "en baisse"}, "en": {"up": "rising", "down": "falling"}}[lang][account.direction]
    link = "depuis le" if lang == "fr" else "since"
    return f", {word} {link} {long_date(account.onset, lang)}"


def _expected_fr(expected: float, kind: str) -> str:
    value = _rounded(expected)
    word = "attendue" if kind in _FEMININE else "attendu"
    return f"{number(value, 'fr')} {word}{'' if _is_singular(value, 'fr') else 's'}"


def _rounded(value: float) -> float:
    return round(value) if value >= 10 else round(value, 1)


def _is_singular(value: float, lang: Language) -> bool:
    return abs(value) < 2 if lang == "fr" else value == 1
