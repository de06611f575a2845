"""Sums as the fields of a record write them: ``1.234,56``, ``1 234,56``, ``12,5 M€``, ``-500``. Pure.

Promises the text it was read from. No currency written means none: a sum is never taken for euros. Sums in running text are
read by ``nlp.facts``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

MOST = 1e15
_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f'’_]+")
_NUMBER = re.compile(r"(?P<sign>[-−–+]|\()?(?P<digits>\d[\d.,]*(?:e[+-]?\d{1,2})?)\)?(?P<minus>-)?", re.IGNORECASE)
_SCALES = {"k": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6, "md": 1e9, "mds": 1e9, "milliard": 1e9}
_SCALES |= {"milliards": 1e9, "bn": 1e9, "billion": 1e9, "": 1.0, "mille": 1e3, "thousand": 1e3}
_CURRENCIES = {
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "eur": "EUR",
    "£": "GBP",
    "us$": "USD",
    "$us": "USD",
    "ht": "",
    "ttc": "",
}
_CODES = "USD GBP CHF JPY CNY CAD SEK NOK DKK PLN CZK HUF RON BGN HRK ISK TRY ILS AUD NZD XPF INR KRW".split()  # noqa: SIM905
_CURRENCIES |= {code.lower(): code for code in _CODES}
_AROUND = re.compile(r"us\$|\$us|[€£]|[^\W\d_]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReadAmount:
    """``number`` in units of ``currency`` (ISO 4217, None where none is written), from the text ``raw``. It may be negative."""

    number: float
    raw: str
    currency: str | None = None


def read_amount(value: object, *, decimal: Literal[",", "."] = ",") -> ReadAmount | None:
    """The sum in a field: a JSON number or a text. None for what is no single number, or a number no budget reaches.

    ``decimal`` decides what one mark before exactly three digits is: with "," (French) ``1.234`` is 1234 and ``1,234`` is 1.234.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return ReadAmount(float(value), str(value)) if abs(value) < MOST and math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > 80:
        return None
    raw = value.strip()
    found = _NUMBER.fullmatch(body) if (body := _SPACES.sub("", raw)) else None
    scale: float = 1.0
    currency: str | None = None
    if found is None:
        match = _NUMBER.search(body)
        around = "" if match is None else f"{body[: match.start()]} {body[match.end() :]}"
        if match is None or not _AROUND.sub("", around).isspace():
            return None  # two numbers, a range, a date, a percentage
        told = _words(_AROUND.findall(around))
        if told is None:
            return None
        found = match
        scale, currency = told
    number = _number(found["digits"], decimal)
    if number is None or not math.isfinite(number) or number * scale >= MOST:
        return None
    negative = (found["sign"] or "") in ("-", "−", "–", "(") or found["minus"] is not None
    number = float(f"{number * scale:.15g}")
    return ReadAmount(-number if negative and number else number, raw, currency)


def _words(words: list[str]) -> tuple[float, str | None] | None:
    """The scale and currency that the words around a number say; None when one of them says anything else."""
    scale: float = 1.0
    currency: str | None = None
    for word in (word.lower() for word in words):
        if word in ("d", "de", "of"):
            continue
        if word in _CURRENCIES:
            currency = _CURRENCIES[word] or currency
        elif word in _SCALES:
            scale *= _SCALES[word]
        elif word[:1] in "km" and _CURRENCIES.get(word[1:]):  # keur, meuros
            scale, currency = scale * _SCALES[word[0]], _CURRENCIES[word[1:]]
        else:
            joined = re.fullmatch(r"(millions?|milliards?|mille)?d?(euros?|eur)(ht|ttc)?", word)
            if joined is None:
                return None
            scale, currency = scale * _SCALES[joined[1] or ""], "EUR"
    return scale, currency


def _number(digits: str, decimal: str) -> float | None:
    if "e" in digits.lower():
        return _float(digits)
    comma, dot = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and dot >= 0:  # the last of the two is the decimal mark
        thousands, mark = (".", ",") if comma > dot else (",", ".")
        head, _, tail = digits.rpartition(mark)
        if mark in head or not _is_grouped(head, thousands):
            return None
        return _float(f"{head.replace(thousands, '')}.{tail}")
    mark = "," if comma >= 0 else "."
    head, *groups = digits.split(mark)
    if not groups:
        return _float(head)
    if len(groups) > 1:
        return _float(digits.replace(mark, "")) if _is_grouped(digits, mark) else None
    grouped = len(groups[0]) == 3 and 0 < len(head) <= 3 and head != "0"
    return _float(head + groups[0]) if grouped and mark != decimal else _float(f"{head}.{groups[0]}")


def _is_grouped(digits: str, mark: str) -> bool:
    head, *groups = digits.split(mark)
    return bool(head) and len(head) <= (3 if groups else 18) and all(len(group) == 3 for group in groups)


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
