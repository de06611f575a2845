"""Sums of money: currency, number, low end of a range, value in euros, and what the sum is in its sentence.

Promises the exact words each sum was read from. A bare "$" is the US dollar; « livres » and "pounds" without "sterling" or a
million may be books or weights and are left out. Percentages, years, and counts of other things are never amounts.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from nlp.facts.numbers import SPACE, Number, read_numbers
from nlp.facts.ranges import End, is_old_value, low_end
from nlp.facts.rates import Rates, load_rates
from nlp.facts.roles import Role, role_of

KIND = "amount"

_DOLLARS = {"": "USD", "us": "USD", "u.s.": "USD", "ca": "CAD", "c": "CAD", "can": "CAD", "a": "AUD", "au": "AUD", "aus": "AUD"}
_DOLLARS |= {"nz": "NZD", "hk": "HKD", "s": "SGD", "sg": "SGD", "nt": "TWD", "r": "BRL"}
_SIGNS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS"}
_CODES = "EUR|USD|GBP|CHF|JPY|CNY|RMB|CAD|KRW|INR|SEK|NOK|DKK|PLN|AUD|HKD|SGD|BRL|CZK|HUF|RON|TRY|ILS|ZAR|MXN"
_NAMES: tuple[tuple[str, str], ...] = (
    (r"dollars?\s(?:canadiens?|de Toronto)|(?:canadian|Canadian)\s[Dd]ollars?", "CAD"),
    (r"dollars?\saustraliens?|(?:australian|Australian)\s[Dd]ollars?", "AUD"),
    (r"dollars?\s(?:de\s)?(?:hong[- ]kongais|Hong[- ]Kong)|Hong Kong dollars?", "HKD"),
    (r"dollars?\s(?:de Singapour|singapouriens?)|Singapore dollars?", "SGD"),
    (r"[Dd]ollars?(?:\saméricains?)?|DOLLARS|(?:US|U\.S\.|American)\sdollars?", "USD"),
    (r"(?:[Ee]uros?|EUROS?|€uros?)(?!\s\d{4})", "EUR"),
    (r"livres?\ssterling|pounds?\ssterling|British\spounds?|sterling", "GBP"),
    (r"francs?\ssuisses?|Swiss\sfrancs?", "CHF"),
    (r"yens?", "JPY"),
    (r"yuans?|renminbis?", "CNY"),
    (r"wons?\ssud-coréens?|South Korean won|Korean won", "KRW"),
    (r"roupies?(?:\sindiennes?)?|(?:Indian\s)?rupees?", "INR"),
    (r"couronnes?\ssuédoises?|Swedish\s(?:kron[oa]r?|crowns?)|kronor", "SEK"),
    (r"couronnes?\snorvégiennes?|Norwegian\s(?:kroner?|crowns?)", "NOK"),
    (r"couronnes?\sdanoises?|Danish\s(?:kroner?|crowns?)", "DKK"),
    (r"(?:Polish\s)?(?:zlotys?|złotys?|zloty)", "PLN"),
)
_SCALED_NAMES = (("won", "KRW"), ("pounds", "GBP"))  # words of other meanings: only after a million
_LETTERS = {"k": 1e3, "m": 1e6, "mm": 1e6, "mn": 1e6, "mln": 1e6, "mio": 1e6, "md": 1e9, "mds": 1e9, "mrd": 1e9, "mrds": 1e9}
_LETTERS |= {"b": 1e9, "bn": 1e9, "bln": 1e9, "g": 1e9, "t": 1e12, "tn": 1e12, "trn": 1e12, "cr": 1e7}
_LETTER = r"[kK]|MM|Mn|mn|Mln|mln|Mio|mio|M[dD][sS]?|m[dD]s?|M[rR][dD]s?|mrds?|Bn|BN|bn|bln|M|m|B|b"
_AFTER = re.compile(
    rf"(?:(?:{SPACE}|-)?(?P<letter>{_LETTER}|G))?(?:{SPACE}?(?:d['’]{SPACE}?|de{SPACE}|of{SPACE})|{SPACE}|-)?"
    rf"(?:(?P<name>{'|'.join(f'(?P<n{i}>{names})' for i, (names, _) in enumerate(_NAMES))})(?![\w])"
    rf"|(?P<dollar>(?P<d1>US|CA|C|A|AU|HK|S|NZ)?\$(?:{SPACE}?(?P<d2>US|CA|CAN|AUS?|HK|canadiens?)(?![\w]))?)(?![\w$])"
    rf"|(?P<sign>[€£¥₹₩])(?![\w])|(?P<code>{_CODES})(?![\w]))"
)
_SCALED = re.compile(rf"{SPACE}(?:de{SPACE}|of{SPACE})?(?P<name>wons?|pounds)(?!\w)")
_LETTER_ONLY = re.compile(rf"(?:{SPACE}|-)?(?P<letter>{_LETTER}|[Tt]n|trn|T|[Cc]r)(?![\w'’])")
_REFINED = re.compile(
    rf"{SPACE}(?:(?P<code>{_CODES})|(?:US{SPACE}|Canadian{SPACE}|Australian{SPACE})?[Dd]ollars?|[Ee]uros?)(?!\w)"
)
_BEFORE = re.compile(
    rf"(?:(?<![\w$])(?P<dollar>US[ \u00a0]?|U\.S\.|CA|CAN|C|A|AU|AUS|NZ|HK|S|SG|NT|R)?\$"
    rf"|(?P<sign>[€£¥₹₩₽₺₪])|(?<!\w)(?P<rs>Rs\.?|zł)|(?<!\w)(?P<code>{_CODES})){SPACE}?\Z"
)


_OTHER_UNIT = re.compile(rf"{SPACE}?(?:%|°|per{SPACE}?cent|pour{SPACE}cent)|\w")
_LESS = re.compile(r"\b(?:by|drop\w*|discount\w*)\s(?:(?:another|up\sto)\s)?\Z")  # "dropped by $2,000 to $52,990"
_LARGE = 1e6
_SENTENCE = re.compile(r"[.!?]\s|\n")
_PEER = re.compile(  # « dont 300 millions », « une série A de 8 millions », « contre 210 millions »
    rf"\b(?:(?:réuni|levé|obtenu|dont|contre|soit|including|versus|against|compared{SPACE}with|(?:up|down){SPACE}from)"
    rf"|(?:s[ée]rie{SPACE}[A-E]|levée|tour|tour{SPACE}de{SPACE}table|enveloppe|budget|investissement|aide|subvention|prêt|fonds|capital)"
    rf"{SPACE}de){SPACE}(?:(?:près{SPACE}de|plus{SPACE}de|environ|about|nearly){SPACE})?\Z",
    re.I,
)
_ALONE = re.compile(
    rf"[.,;:)»]|$|{SPACE}(?:pour|dans|sur|en|à|par|au|aux|cette|l['’]an|d['’]ici|for|in|on|over|from|this|last|a{SPACE}year)\b"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum read at characters ``start:end``: ``number`` units of ``currency`` (the upper end of a range), ``low`` its lower end.

    ``eur`` is the number in euros at the rate of the day asked for, None without a rate.
    """

    number: float
    currency: str
    start: int
    end: int
    role: Role = Role.STATED
    low: float | None = None
    eur: float | None = None

    @property
    def value(self) -> str:
        """Number and currency as text, the same however they were written."""
        number = int(self.number) if self.number == int(self.number) and self.number < 1e18 else self.number
        return f"{number} {self.currency}"


@dataclass(frozen=True, slots=True)
class _Side(End):
    """A number with what stands around it; ``currency`` None when none does."""

    currency: str | None
    before: bool


def read_amounts(
    text: str, language: str, on: dt.date | None, *, rates: Rates | None = None, numbers: Sequence[Number] | None = None
) -> list[Amount]:
    """The sums of money of a text, in reading order.

    ``language`` decides what a comma and a billion are; ``on`` is the day of the exchange rate. ``rates``: None for those
    shipped. ``numbers``: the text's numbers when they are read already.
    """
    if numbers is None:
        numbers = read_numbers(text, language)
    found: list[Amount] = []
    for sum_ in _with_currency(text, _sums(text, [_side(text, number) for number in numbers])):
        end = sum_.side.end
        if sum_.currency != "EUR" and rates is None:
            rates = load_rates()
        eur = sum_.side.value if rates is None else rates.euros(sum_.side.value, sum_.currency, on)
        role = role_of(text, sum_.start, end, since=found[-1].end if found else 0)
        found.append(Amount(sum_.side.value, sum_.currency, sum_.start, end, role, sum_.low, eur))
    return found


class _Sum(NamedTuple):
    """The upper end of a range or a lone number, with its lower end; ``currency`` is empty when none is written."""

    side: _Side
    low: float | None
    start: int
    currency: str


def _sums(text: str, sides: Sequence[_Side]) -> Iterator[_Sum]:
    """The numbers with those that are one range together."""
    pairs = iter(zip_longest(sides, sides[1:]))
    for side, following in pairs:
        if following is not None and _is_pair(text, side, following):
            if is_old_value(text, side, following):
                continue
            low = low_end(text, side, following)
            if low is not None:
                yield _Sum(following, low, side.start, side.currency or following.currency or "")
                next(pairs, None)
                continue
        yield _Sum(side, None, side.start, side.currency or "")


def _is_pair(text: str, low: _Side, high: _Side) -> bool:
    """Whether two neighbours may be sums of one currency, as they are written."""
    if low.currency is not None and high.currency is not None:
        return low.currency == high.currency and not _LESS.search(text, max(0, low.start - 30), low.start)
    if low.currency is not None:  # €5-7m, but not "€5 to 30%"
        return low.before and not _OTHER_UNIT.match(text, high.end)
    return not high.before and (high.currency is not None or high.factor >= _LARGE)


def _with_currency(text: str, sums: Iterable[_Sum]) -> Iterator[_Sum]:
    """The sums of money; one without currency takes that of the sum before it when it is told as its part or its peer."""
    before: _Sum | None = None
    for sum_ in sums:
        if sum_.currency:
            before = sum_
            yield sum_
        elif sum_.side.factor >= _LARGE:
            told = before is not None and _PEER.search(text, max(before.side.end, sum_.start - 40), sum_.start)
            alone = _ALONE.match(text, sum_.side.end)
            if before and told and alone and not _SENTENCE.search(text, before.side.end, sum_.start):
                before = sum_._replace(currency=before.currency)
                yield before
            else:
                before = None


def _side(text: str, number: Number) -> _Side:
    before = _BEFORE.search(text, max(0, number.start - 6), number.start)
    if before and number.digits:
        return _with_prefix(text, number, before)
    after = _AFTER.match(text, number.end)
    if after and not (after["letter"] and number.scale != 1.0):
        factor = _LETTERS[after["letter"].lower()] if after["letter"] else 1.0
        return _built(number, number.start, after.end(), factor, _currency_after(after), before=False)
    if number.scale >= 1e6 and (match := _SCALED.match(text, number.end)):
        currency = "GBP" if match["name"] == "pounds" else "KRW"
        return _built(number, number.start, match.end(), 1.0, currency, before=False)
    letter = _LETTER_ONLY.match(text, number.end) if number.digits and number.scale == 1.0 else None
    if letter:  # counts only beside a sum: €5m-7m, 5 M à 7 M€
        return _built(number, number.start, letter.end(), _LETTERS[letter["letter"].lower()], None, before=False)
    return _built(number, number.start, number.end, 1.0, None, before=False)


def _with_prefix(text: str, number: Number, before: re.Match[str]) -> _Side:
    if before["code"] or before["rs"]:
        currency = _code(before["code"] or before["rs"])
    else:
        currency = _SIGNS[before["sign"]] if before["sign"] else _DOLLARS[(before["dollar"] or "").strip().lower()]
    end, factor = number.end, 1.0
    letter = _LETTER_ONLY.match(text, end) if number.scale == 1.0 else None
    if letter:
        end, factor = letter.end(), _LETTERS[letter["letter"].lower()]
    if refined := _REFINED.match(text, end):
        end = refined.end()
        if refined["code"] and before["sign"] is None and not before["dollar"]:
            currency = _code(refined["code"])
    return _built(number, before.start(), end, factor, currency, before=True)


def _built(number: Number, start: int, end: int, factor: float, currency: str | None, *, before: bool) -> _Side:
    whole = number.scale * factor
    own = whole != 1.0
    return _Side(number.value / number.scale, whole, own, start, end, currency, before)


def _currency_after(match: re.Match[str]) -> str:
    if match["name"]:
        return next(currency for i, (_, currency) in enumerate(_NAMES) if match[f"n{i}"])
    if match["dollar"]:
        country = (match["d1"] or match["d2"] or "").lower()
        return "CAD" if country.startswith("can") else _DOLLARS[country]
    return _SIGNS[match["sign"]] if match["sign"] else _code(match["code"])


def _code(written: str) -> str:
    return {"RMB": "CNY", "Rs": "INR", "Rs.": "INR", "zł": "PLN"}.get(written, written)
