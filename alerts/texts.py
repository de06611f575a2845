"""Texts, numbers and dates in the reader's language. The English text is the key; French stands in a ``.po`` catalogue.

Catalogues are read as they are, without a compile step, once a process. Other packages pass their own folder of catalogues.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LANGUAGES = ("fr", "en")
FOLDER = Path(__file__).parent / "locales"


class Texts:
    """Everything one language needs. Call it with an English text: ``texts("%(n)s sources", n=3)``."""

    def __init__(self, lang: str, catalogue: dict[str, tuple[str, ...]]) -> None:
        self.lang = lang
        self.locale = Locale.parse(lang)
        self._catalogue = catalogue

    def __call__(self, text: str, **values: Any) -> str:
        said = self.gettext(text)
        return said % values if values else said

    def plural(self, one: str, many: str, n: float, **values: Any) -> str:
        """``one`` or ``many`` by ``n``, which the text may show as %(n)s."""
        return self.ngettext(one, many, n) % ({"n": self.number(n)} | values)

    def gettext(self, text: str) -> str:
        found = self._catalogue.get(text)
        return found[0] if found else text

    def ngettext(self, one: str, many: str, n: float) -> str:
        # French says « 0 article », « 1,5 article » and « 2 articles »; English says "0 articles".
        is_many = n >= 2 if self.lang == "fr" else n != 1
        found = self._catalogue.get(one)
        if found and len(found) > 1:
            return found[1] if is_many else found[0]
        return many if is_many else one

    def number(self, value: float, digits: int = 1) -> str:
        """``1 234,5`` or ``1,234.5``; no decimals where there are none."""
        written: str = format_decimal(round(value, digits), format="#,##0." + "#" * digits, locale=self.locale)
        return written

    def money(self, eur: float) -> str:
        """``12,5 M€``, ``€12.5M``."""
        for unit, french, english in ((1e9, "Md€", "bn"), (1e6, "M€", "M"), (1e3, "k€", "k")):
            # What would round up to a thousand of a unit is one of the next.
            if eur >= 0.99995 * unit:
                value = self.number(eur / unit, 0 if eur >= 100 * unit else 1)
                return f"{value}\u00a0{french}" if self.lang == "fr" else f"€{value}{english}"
        return f"{self.number(eur, 0)}\u00a0€" if self.lang == "fr" else f"€{self.number(eur, 0)}"

    def day(self, day: dt.date, *, year: bool = False) -> str:
        """``12 octobre``, ``12 October``, with the year when asked."""
        return f"{self._number_of(day)} {format_date(day, 'MMMM y' if year else 'MMMM', locale=self.locale)}"

    def days(self, first: dt.date, last: dt.date) -> str:
        """``16 au 22 février 2026``, ``16 to 22 February 2026``: a span that names month and year once where it can."""
        begun = self._number_of(first) if (first.year, first.month) == (last.year, last.month) else self.day(first)
        begun = begun if first.year == last.year else self.day(first, year=True)
        return f"{begun} {'au' if self.lang == 'fr' else 'to'} {self.day(last, year=True)}"

    def _number_of(self, day: dt.date) -> str:
        return "1er" if day.day == 1 and self.lang == "fr" else str(day.day)


@cache
def texts(lang: str, folder: Path = FOLDER, domain: str = "alerts") -> Texts:
    """The texts of a language; an unknown one gets French, the product's first language."""
    known = lang if lang in LANGUAGES else "fr"
    path = folder / known / "LC_MESSAGES" / f"{domain}.po"
    catalogue: dict[str, tuple[str, ...]] = {}
    if path.is_file():
        with path.open("rb") as file:
            for message in read_po(file, locale=known):
                if message.id and message.string:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    said = (message.string,) if isinstance(message.string, str) else tuple(message.string)
                    if all(said):
                        catalogue[key] = said
    return Texts(known, catalogue)
