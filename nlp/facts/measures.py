"""Amounts of money and physical quantities, read by rules in French and English.

Promises the words each value was read from, numbers in one unit a sort (W, Wh, m², t, jobs …) and money in its own currency. Of a
range the upper end is read. Conversion between currencies is left to the analyst.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

AMOUNT = "amount"
QUANTITY = "quantity"

_SPACE = r"[ \u00a0\u202f]"
_DIGITS = rf"\d{{1,3}}(?:{_SPACE}\d{{3}})+(?:[.,]\d+)?|\d{{1,3}}(?:[.,']\d{{3}})+(?:[.,]\d{{1,2}})?(?!\d)|\d+(?:[.,]\d+)?"
_WORDS = {
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
    "onze": 11,
    "douze": 12,
    "quinze": 15,
    "vingt": 20,
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "soixante": 60,
    "cent": 100,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "hundred": 100,
}
_NUMBER = rf"(?:{_DIGITS}|(?i:{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?!\w))"
_SCALES = {
    "millier": 1e3,
    "milliers": 1e3,
    "mille": 1e3,
    "thousand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "millions": 1e6,
    "mn": 1e6,
    "m": 1e6,
    "mio": 1e6,
    "milliard": 1e9,
    "milliards": 1e9,
    "md": 1e9,
    "mds": 1e9,
    "mrd": 1e9,
    "mrds": 1e9,
    "bn": 1e9,
    "b": 1e9,
}
_LONG_SCALES = {"fr": {"billion": 1e12, "trillion": 1e18}, "en": {"billion": 1e9, "trillion": 1e12}}
_SCALE = (
    r"(?:[Mm]illiers?|[Mm]ille|[Mm]illions?|[Mm]illiards?|[Bb]illions?|[Tt]rillions?|[Tt]housand|MILLIONS?|MILLIARDS?|BILLIONS?"
    r"|mn|bn|Mio|M[dD]s?|Mrds?|M|k|K|B|m|b)"
)
_CURRENCIES = {
    "€": "EUR",
    "eur": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "$": "USD",
    "us$": "USD",
    "usd": "USD",
    "dollar": "USD",
    "dollars": "USD",
    "£": "GBP",
    "gbp": "GBP",
    "livre": "GBP",
    "livres": "GBP",
    "livre sterling": "GBP",
    "livres sterling": "GBP",
    "pound": "GBP",
    "pounds": "GBP",
    "chf": "CHF",
    "franc suisse": "CHF",
    "francs suisses": "CHF",
    "swiss francs": "CHF",
    "¥": "JPY",
    "yen": "JPY",
    "yens": "JPY",
    "jpy": "JPY",
    "yuan": "CNY",
    "yuans": "CNY",
    "cny": "CNY",
    "rmb": "CNY",
    "€uros": "EUR",
}
_BEFORE = r"(?:US\$|[€$£¥]|EUR|USD|GBP|CHF)"
_AFTER = (
    r"(?:[Ee]uros?|EUROS?|€uros|[Dd]ollars?|livres? sterling|livres|pounds|francs? suisses?|Swiss francs|yens?|yuans?|US\$|[€$£¥]"
    r"|EUR|USD|GBP|CHF|JPY|CNY|RMB)"
)
_RANGE = rf"(?:(?:{_DIGITS}){_SPACE}?(?:à|-|–|to|et|and){_SPACE}?)?"
_MONEY = re.compile(
    rf"(?<![\w.,])(?:(?P<before>{_BEFORE}){_SPACE}?(?P<n1>{_DIGITS})(?:(?:{_SPACE}|-)?(?P<s1>{_SCALE})(?!\w))?(?![\w])"
    rf"|{_RANGE}(?P<n2>{_NUMBER})(?:(?:{_SPACE}|-)?(?P<s2>{_SCALE})(?={_SPACE}|d['’]|[€$£]|[A-Z]))?{_SPACE}?(?:d['’]{_SPACE}?|de{_SPACE}|of{_SPACE})?"
    rf"(?P<after>{_AFTER})(?!\w))"
)

_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_NEW = "nouveaux|new|direct|skilled"
_UNIT_WORDS: tuple[tuple[str, str, float], ...] = (
    (r"kilowatts?[- ]?heures?|kilowatt[- ]hours?", "Wh", 1e3),
    (r"m[ée]gawatt?s?[- ]?heures?|megawatt[- ]hours?", "Wh", 1e6),
    (r"gigawatt?s?[- ]?heures?|gigawatt[- ]hours?", "Wh", 1e9),
    (r"t[ée]rawatt?s?[- ]?heures?|terawatt[- ]hours?", "Wh", 1e12),
    (r"kilowatts?", "W", 1e3),
    (r"m[ée]gawatts?", "W", 1e6),
    (r"gigawatts?", "W", 1e9),
    (r"m²|m2|mètres carrés|square met(?:re|er)s?", "m2", 1.0),
    (r"ha|hectares?", "m2", 1e4),
    (r"km²|km2|kilomètres carrés|square kilomet(?:re|er)s?", "m2", 1e6),
    (r"tonnes?|t", "t", 1.0),
    (r"(?:logical |physical )?qubits?(?: logiques?| physiques?)?", "qubits", 1.0),
    (rf"(?:{_NEW} )?(?:emplois|postes|salariés|salariées|jobs|employees)|créations d['’]emplois|collaborateurs", "jobs", 1.0),
    (r"%|pour cent|percent|per cent", "%", 1.0),
)
_SYMBOL = re.compile(r"(?P<prefix>[kMGT]?)(?P<base>Wh|We|Wc|Wp|W)")
_UNIT = "|".join(
    [r"(?P<symbol>[kMGT]?(?:Wh|We|Wc|Wp|W))", *(f"(?P<u{i}>{pattern})" for i, (pattern, _, _) in enumerate(_UNIT_WORDS))]
)
_QUANTITY = re.compile(
    rf"(?<![\w.,$€£]){_RANGE}(?P<n>{_NUMBER})(?:{_SPACE}(?P<s>[Mm]illiers?|[Mm]ille|[Mm]illions?|[Mm]illiards?|[Bb]illions?|thousand))?"
    rf"(?:{_SPACE}d['’]|{_SPACE}de)?(?:{_SPACE}|-)?(?:{_UNIT})(?![\w²]|-[a-zà-ÿ])"
)
_EMPLOYED = re.compile(
    rf"(?:[Ee]mploiera|[Ee]mploie|[Ee]mployant|[Ee]mploys?|[Ee]mploying|[Rr]ecruter|[Rr]ecrutera|[Hh]ire){_SPACE}"
    rf"(?:(?:à terme|jusqu'à|près de|environ|up to|about|some|around|nearly){_SPACE})?"
    rf"(?P<n>{_NUMBER}){_SPACE}(?:personnes|people|ingénieurs|engineers|techniciens|technicians)(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A number with its unit (a currency for an amount), read at characters ``start:end``."""

    kind: str
    number: float
    unit: str
    start: int
    end: int

    @property
    def value(self) -> str:
        """The number and its unit as text, the same however it was written."""
        number = int(self.number) if self.number == int(self.number) and self.number < 1e18 else self.number
        return f"{number} {self.unit}"


def read_measures(text: str, language: str) -> list[Measure]:
    """Amounts and quantities in reading order. ``language`` decides what a comma and a billion are."""
    return sorted([*_amounts(text, language), *_quantities(text, language)], key=lambda measure: (measure.start, measure.end))


def _amounts(text: str, language: str) -> Iterator[Measure]:
    for match in _MONEY.finditer(text):
        currency = _CURRENCIES.get((match["before"] or match["after"]).lower())
        number = _number(match["n1"] or match["n2"], language)
        if currency is not None and number is not None:
            scaled = _rounded(number * _scale(match["s1"] or match["s2"], language))
            yield Measure(AMOUNT, scaled, currency, match.start(), match.end())


def _quantities(text: str, language: str) -> Iterator[Measure]:
    for match in _QUANTITY.finditer(text):
        number = _number(match["n"], language)
        if number is None:
            continue
        number *= _scale(match["s"], language)
        if match["symbol"]:
            parts = _SYMBOL.fullmatch(match["symbol"])
            assert parts is not None
            unit, factor = ("Wh" if parts["base"] == "Wh" else "W"), _PREFIXES[parts["prefix"]]
        else:
            i = next(i for i in range(len(_UNIT_WORDS)) if match[f"u{i}"] is not None)
            _, unit, factor = _UNIT_WORDS[i]
        yield Measure(QUANTITY, _rounded(number * factor), unit, match.start(), match.end())
    for match in _EMPLOYED.finditer(text):
        if (number := _number(match["n"], language)) is not None:
            yield Measure(QUANTITY, number, "jobs", match.start("n"), match.end())


def _scale(word: str | None, language: str) -> float:
    if not word:
        return 1.0
    lower = word.lower()
    long = _LONG_SCALES["fr" if language == "fr" else "en"].get(lower.rstrip("s"))
    return long if long is not None else _SCALES.get(lower, 1.0)


def _number(written: str, language: str) -> float | None:
    word = _WORDS.get(written.lower())
    if word is not None:
        return float(word)
    digits = re.sub(rf"{_SPACE}|'", "", written)
    comma, dot = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and dot >= 0:  # the last of the two is the decimal mark
        thousands, decimal = (",", ".") if dot > comma else (".", ",")
        digits = digits.replace(thousands, "").replace(decimal, ".")
    elif comma >= 0 or dot >= 0:
        mark = "," if comma >= 0 else "."
        head, *groups = digits.split(mark)
        grouped = all(len(group) == 3 for group in groups) and head != "0"
        if grouped and (len(groups) > 1 or mark == ("." if language == "fr" else ",")):
            digits = digits.replace(mark, "")
        elif len(groups) == 1:
            digits = f"{head}.{groups[0]}"
        else:
            return None
    try:
        return float(digits)
    except ValueError:
        return None


def _rounded(number: float) -> float:
    """Without the dust of binary fractions: 4.2 × 10⁶ is 4 200 000."""
    return float(f"{number:.12g}")
