"""Physical quantities and counts: power, energy, area, volume, mass, CO2, qubits, jobs, sites, percent, multiples.

Promises the exact words, one canonical unit a sort (W, Wh, VA, m2, m3, t, tCO2, qubits, jobs, sites, %, x), the low end
of a range. Conversions are pint's (see units). Lengths, temperatures and times are not read; energy a year stays an energy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp.facts.counted import (
    BARE_PLANTS,
    HEADCOUNT,
    HIRING_AFTER,
    HIRING_BEFORE,
    JOBS,
    NOUNS,
    PEOPLE,
    PERCENT,
    QUBITS,
    RECRUITS,
    SITES,
    TIMES,
    WHOM,
)
from nlp.facts.multiples import GLUED, MULTIPLIED, read_multiples
from nlp.facts.numbers import SPACE, Number, as_count, read_numbers
from nlp.facts.ranges import End, is_old_value, low_end
from nlp.facts.units import SYMBOLS, factor

KIND = "quantity"
CARBON = "tCO2"

_LINK = re.compile(rf"(?:{SPACE}(?:d['’]|de{SPACE}|of{SPACE})|{SPACE}|-)?")
_UNIT = re.compile("(?:" + "|".join(f"(?P<g{i}>{pattern})" for i, (_, pattern) in enumerate(SYMBOLS)) + r")(?![\w²³]|-[^\W\d_])")
_CO2 = rf"CO(?:2|₂)(?:[ -]?e(?:q\w*)?)?(?:{SPACE}[ée]q\w*)?"
_CARBON = re.compile(  # after a mass: « de CO2 », « équivalent CO2 », "of carbon dioxide"
    rf"{SPACE}?(?:de{SPACE}|d['’]|of{SPACE})?(?:[ée]q\w*\.?{SPACE}(?:de{SPACE})?)?"
    rf"(?:{_CO2}|dioxyde{SPACE}de{SPACE}carbone|gaz{SPACE}carbonique|carbon{SPACE}dioxide|carbone?(?=\W))(?!\w)"
)
_CARBON_GLUED = re.compile(r"(?P<unit>[kMG]?t)(?:[ée]q)?CO(?:2|₂)(?:e(?:q\w*)?)?(?!\w)")
_LETTER = re.compile(rf"{SPACE}?[kK](?={SPACE})")
_KINDS = {"logi": "logical", "phys": "physical"}
_MINUS = re.compile(r"(?:(?<=[\s(:])|(?<!.))[-\u2212]\Z")  # « -3 % », not "10-15 %"
_FEW = 30
_NAMES_FROM = 2000  # 7600x is a processor
_UNCOUNTED = frozenset({"headcount", "gigafactory"})
_MONEY = frozenset("€$£¥₹₩")  # "a $3.5 billion battery factory" is one factory
_WHOLE = frozenset({JOBS, SITES, QUBITS})


@dataclass(frozen=True, slots=True)
class Quantity:
    """``number`` of ``unit`` (canonical; the upper end of a range, ``low`` its lower one), read at characters ``start:end``.

    ``role``: ``logical`` or ``physical`` for qubits that say so, else None.
    """

    number: float
    unit: str
    start: int
    end: int
    low: float | None = None
    role: str | None = None

    @property
    def value(self) -> str:
        """Number and unit as text, the same however they were written."""
        number = int(self.number) if self.number == int(self.number) and self.number < 1e18 else self.number
        return f"{number} {self.unit}"


@dataclass(frozen=True, slots=True)
class _Side(End):
    """A number with the unit written after it; ``unit`` None when there is none."""

    unit: str | None = None
    role: str | None = None


def read_quantities(text: str, language: str, *, numbers: Sequence[Number] | None = None) -> list[Quantity]:
    """The quantities of a text, in reading order. ``numbers``: the text's numbers when they are read already."""
    if numbers is None:
        numbers = read_numbers(text, language)
    found = [
        *_measured(text, [_side(text, number) for number in numbers]),
        *(Quantity(times, TIMES, start, end) for times, start, end in read_multiples(text)),
    ]
    return sorted(found, key=lambda quantity: (quantity.start, quantity.end))


def _measured(text: str, sides: Sequence[_Side]) -> Iterator[Quantity]:
    consumed = -1
    for low, side, following in zip([None, *sides], sides, [*sides[1:], None], strict=False):
        if side.unit is None or side.start < consumed:
            continue
        if following is not None and following.unit == side.unit and _belongs(text, side, following):
            continue
        lowest = low_end(text, low, side) if low is not None and low.unit in (None, side.unit) else None
        start = low.start if low is not None and lowest is not None else side.start
        consumed = side.end
        if side.unit == PERCENT and lowest is None and _MINUS.search(text, max(0, start - 2), start):
            yield Quantity(-side.value, PERCENT, start - 1, side.end)
        else:
            yield Quantity(side.value, side.unit, start, side.end, lowest, side.role)


def _is_attribute(text: str, number: Number, found: re.Match[str]) -> bool:
    """Whether the noun is a singular that another follows: "two school heads", "Xbox 360 store"; not "25-employee"."""
    singular = found[0][-1:].lower() not in "sxf²" and not found[0].isupper()
    return singular and number.value > 1 and text[number.end : number.end + 1] != "-" and found[0].lower() not in _UNCOUNTED


def _belongs(text: str, side: _Side, following: _Side) -> bool:
    """Whether a quantity is but the low end or the former value of the next."""
    return low_end(text, side, following) is not None or is_old_value(text, side, following)


def _side(text: str, number: Number) -> _Side:
    link = _LINK.match(text, number.end)
    end = link.end() if link else number.end
    if not number.value or text[number.start - 1 : number.start] in _MONEY:
        return _built(number, number.start, number.end, None)
    if multiplied := MULTIPLIED.search(text, max(0, number.start - 70), number.start):
        return _built(number, multiplied.start(), number.end, TIMES)
    if number.digits and number.value < _NAMES_FROM and (glued := GLUED.match(text, number.end)):
        return _built(number, number.start, glued.end(), TIMES)
    if found := _CARBON_GLUED.match(text, end):
        return _built(number, number.start, found.end(), CARBON, factor(found["unit"], "t"))
    if found := _UNIT.match(text, end):
        return _with_unit(text, number, found)
    letter = _LETTER.match(text, number.end) if number.digits and number.scale == 1.0 else None
    if letter:
        end = letter.end() + 1
    return _counted(text, number, end, 1e3 if letter else 1.0)


def _with_unit(text: str, number: Number, found: re.Match[str]) -> _Side:
    unit, _ = SYMBOLS[int((found.lastgroup or "g0")[1:])]
    if number.article and len(found[0]) == 1:  # « un t », "one W"
        return _built(number, number.start, number.end, None)
    end, times = found.end(), factor(found[0], unit)
    if unit == "t" and (carbon := _CARBON.match(text, end)):
        unit, end = CARBON, carbon.end()
    return _built(number, number.start, end, unit, times)


def _counted(text: str, number: Number, end: int, times: float) -> _Side:
    if not number.article:
        for unit, pattern in NOUNS:
            found = pattern.match(text, end)
            if found is None:
                continue
            if unit in (JOBS, SITES) and _is_attribute(text, number, found):
                break
            if unit == SITES and BARE_PLANTS.fullmatch(found[0]) and number.value > _FEW:
                break  # 500 plants grow in a field
            role = None
            if unit == QUBITS:
                role = _KINDS.get((found["kind"] or found["after"] or "").lower()[:4])
            return _built(number, number.start, found.end(), unit, times, text=text, role=role)
        people = PEOPLE.match(text, end)
        if people and (
            HIRING_BEFORE.search(text, max(0, number.start - 60), number.start) or HIRING_AFTER.match(text, people.end())
        ):
            return _built(number, number.start, people.end(), JOBS, times, text=text)
        before = text[max(0, number.start - 40) : number.start]
        if (whom := WHOM.match(text, end)) and RECRUITS.search(before):
            return _built(number, number.start, whom.end(), JOBS, times, text=text)
        if HEADCOUNT.search(before):
            return _built(number, number.start, number.end, JOBS, text=text)
    elif percent := NOUNS[0][1].match(text, end):
        return _built(number, number.start, percent.end(), PERCENT)
    return _built(number, number.start, number.end, None)


def _built(
    number: Number,
    start: int,
    end: int,
    unit: str | None,
    times: float = 1.0,
    *,
    text: str | None = None,
    role: str | None = None,
) -> _Side:
    written = as_count(number, text) if text is not None and unit in _WHOLE else number.value
    own = number.scale != 1.0 or times != 1.0 or unit is not None
    return _Side(written / number.scale, number.scale * times, own, start, end, unit, role)
