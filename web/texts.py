"""Every word of the pages, in French and English, and numbers and dates as each language writes them.

One TOML file a language in ``locales/``; a missing key is an error, never a blank. Values are plain text: templates escape.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from babel.core import Locale, negotiate_locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"


class Texts:
    """The catalogue of one language. Called with a key, it gives the text with its placeholders filled."""

    def __init__(self, lang: str, catalogue: Mapping[str, str]) -> None:
        self.lang = lang
        self.catalogue = catalogue
        # British English writes the day before the month, as the French do.
        self._locale = Locale.parse("en_GB" if lang == "en" else lang)

    def __call__(self, key: str, **values: object) -> str:
        return self.catalogue[key].format(**values)

    def named(self, group: str, code: str) -> str:
        """The text of ``group.code``, or the code itself when a newer part of the house wrote it."""
        return self.catalogue.get(f"{group}.{code}", code.replace("_", " "))

    def count(self, key: str, n: float) -> str:
        """The singular or plural of ``key`` (``key.one``, ``key.other``) with its number."""
        form = self._locale.plural_form(n)
        return self(f"{key}.{'one' if form == 'one' else 'other'}", n=self.number(n, 0))

    def number(self, value: float, digits: int = 1) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(value, format=pattern, locale=self._locale))

    def percent(self, share: float) -> str:
        return str(format_percent(share, format="#,##0\u202f%" if self.lang == "fr" else "#,##0%", locale=self._locale))

    def signed_percent(self, share: float) -> str:
        """« +35 % », "−8%"."""
        return f"{'−' if share < 0 else '+'}{self.percent(abs(share))}"

    def day(self, value: dt.date, style: str = "d MMM y") -> str:
        return str(format_date(value, format=style, locale=self._locale))

    def instant(self, value: dt.datetime) -> str:
        """« 2 mars 2026, 12:00 UTC »."""
        return f"{self.day(value.astimezone(dt.UTC).date())}, {value.astimezone(dt.UTC):%H:%M} UTC"

    def language(self, code: str) -> str:
        """The name of a language by its ISO code, or the code itself."""
        return str(self._locale.languages.get(code.lower(), code))

    def country(self, code: str) -> str:
        """The name of a country by its ISO code, or the code itself."""
        return str(self._locale.territories.get(code.upper(), code))


@cache
def texts(lang: str) -> Texts:
    """The catalogue of ``lang``, one of ``LANGUAGES``."""
    source = importlib.resources.files("web") / "locales" / f"{lang}.toml"
    return Texts(lang, dict(_flat(tomllib.loads(source.read_text(encoding="utf-8")))))


def choose_language(asked: str | None, remembered: str | None, accept_language: str | None) -> str:
    """The page's language: the one asked for, else the one remembered, else the browser's, else French."""
    for wanted in (asked, remembered):
        if wanted in LANGUAGES:
            return str(wanted)
    return _preferred(accept_language or "") or DEFAULT_LANGUAGE


def _preferred(header: str) -> str | None:
    ranked: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if quality > 0:
            ranked.append((quality, tag.strip()))
    ranked.sort(key=lambda pair: -pair[0])
    primary = [tag.replace("_", "-").split("-")[0].lower() for _, tag in ranked]
    return negotiate_locale(primary, LANGUAGES)


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in table.items():
        pairs.extend(_flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(f"{prefix}{key}", str(value))])
    return pairs
