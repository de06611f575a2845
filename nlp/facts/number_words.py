"""The words of numbers in French and English, and how they add up: « deux cent mille », "two and a half billion".

``Sum`` takes the parts of one number one by one and refuses a part that begins another number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """What a part does in a number."""

    UNIT = 0
    TEEN = 1
    TEN = 2
    HUNDRED = 3
    SCALE = 4
    COLLECTIVE = 5
    HALF = 6
    DIGITS = 7


class Part(NamedTuple):
    """A word, or a group of digits, of a number, at characters ``start:end``."""

    kind: Kind
    value: float
    start: int
    end: int
    word: str


def _counted(names: str, first: int) -> dict[str, float]:
    return {name: float(first + i) for i, name in enumerate(names.split())}


def _lexicon(**values: Mapping[str, float]) -> dict[str, tuple[Kind, float]]:
    return {word: (Kind[kind], float(value)) for kind, words in values.items() for word, value in words.items()}


FRENCH = _lexicon(
    UNIT={"un": 1.0, "une": 1.0} | _counted("deux trois quatre cinq six sept huit neuf", 2),
    TEEN=_counted("dix onze douze treize quatorze quinze seize", 10),
    TEN={"vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}
    | {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90},
    HUNDRED={"cent": 100, "cents": 100},
    SCALE={"mille": 1e3, "million": 1e6, "millions": 1e6, "milliard": 1e9, "milliards": 1e9}
    | {"billion": 1e12, "billions": 1e12, "trillion": 1e18, "trillions": 1e18},  # the long scale
    COLLECTIVE={"dizaine": 10, "dizaines": 10, "douzaine": 12, "douzaines": 12, "quinzaine": 15, "vingtaine": 20}
    | {"trentaine": 30, "quarantaine": 40, "cinquantaine": 50, "soixantaine": 60, "centaine": 100, "centaines": 100}
    | {"millier": 1e3, "milliers": 1e3},
    HALF={"demi": 0.5, "demie": 0.5},
)
ENGLISH = _lexicon(
    UNIT=_counted("one two three four five six seven eight nine", 1),
    TEEN=_counted("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10),
    TEN={"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90},
    HUNDRED={"hundred": 100},
    SCALE={"thousand": 1e3, "million": 1e6, "millions": 1e6, "billion": 1e9, "billions": 1e9, "trillion": 1e12}
    | {"lakh": 1e5, "crore": 1e7, "milliard": 1e9, "milliards": 1e9},
    COLLECTIVE={"dozen": 12},
    HALF={"half": 0.5},
)
ARTICLES = frozenset({"un", "une", "one"})
_JOINTS = frozenset({"", "et", "and", "and a", "a", "de", "virgule", "point"})
_SPACES = str.maketrans(dict.fromkeys("-\u2010\u2011\u00a0\u2009\u202f", " "))


def joint(gap: str) -> str | None:
    """What joins two parts, from the characters between them: a word, "" for a space, "glued", None for anything else."""
    if not gap:
        return "glued"
    word = gap.translate(_SPACES).strip(" ").lower()
    return word if word in _JOINTS else None


@dataclass(slots=True)
class Sum:
    """A number in the making: ``total`` is finished up to ``scale``; ``group`` is the part that may still be scaled."""

    total: float = 0.0
    scale: float = 1.0
    group: float | None = None
    last: Kind | None = None
    split_and: bool = False  # "between two hundred and three hundred": that "and" joins two numbers

    @property
    def value(self) -> float:
        """The number so far."""
        return self.total + (self.group or 0.0)

    def take(self, part: Part, by: str | None) -> bool:
        """Adds the next part, joined by ``by``. False when it does not belong to this number; the sum is then unchanged."""
        if self.last is None:
            return self._first(part)
        if by is None or part.kind == Kind.DIGITS or (by == "glued" and self.last != Kind.DIGITS):
            return False
        if part.kind == Kind.HALF:
            return self._half(part, by)
        if part.kind in (Kind.SCALE, Kind.COLLECTIVE):
            return self._scaled(part, by)
        if by in ("virgule", "point"):
            return self._decimal(part)
        if part.kind == Kind.HUNDRED:
            return self._hundred(part, by)
        return self._small(part, by)

    def _set(self, kind: Kind, group: float | None) -> bool:
        self.last, self.group = kind, group
        return True

    def _close(self, total: float, scale: float, kind: Kind = Kind.SCALE) -> bool:
        self.total, self.scale = total, scale
        return self._set(kind, None)

    def _first(self, part: Part) -> bool:
        if part.kind == Kind.SCALE:
            return self._close(part.value, part.value)
        return self._set(part.kind, part.value)

    def _half(self, part: Part, by: str) -> bool:
        if by in ("et", "and", "and a"):
            if self.group is None:  # un million et demi
                return self._close(self.total + self.scale * part.value, self.scale, Kind.HALF)
            return self._set(Kind.HALF, self.group + part.value)
        return by == "" and self.group == 1.0 and self.last == Kind.UNIT and self._set(Kind.HALF, part.value)

    def _scaled(self, part: Part, by: str) -> bool:
        joins = {"", "glued"} | ({"de"} if self.last == Kind.COLLECTIVE else set()) | ({"a"} if self.last == Kind.HALF else set())
        if by not in joins:
            return False
        if part.kind == Kind.COLLECTIVE:
            return self.group is not None and self.scale == 1.0 and by != "de" and self._set(part.kind, self.group * part.value)
        if self.group is not None:
            fits = self.scale == 1.0 or part.value < self.scale
            return fits and self._close(self.total + self.group * part.value, part.value)
        return part.value > self.scale and self._close(self.total * part.value, part.value)  # mille milliards

    def _decimal(self, part: Part) -> bool:
        return self.group is not None and part.kind == Kind.UNIT and self._set(part.kind, self.group + part.value / 10)

    def _hundred(self, part: Part, by: str) -> bool:
        if by != "":
            return False
        if self.group is None:
            return self.last == Kind.SCALE and self._set(part.kind, part.value)
        small = self.last == Kind.UNIT or (self.last == Kind.TEEN and self.group < 20)  # "twenty-one hundred", "twelve hundred"
        return small and self._set(part.kind, self.group * part.value)

    def _small(self, part: Part, by: str) -> bool:
        """Units, teens and tens."""
        allowed = {
            "": True,
            "and": self.last in (Kind.HUNDRED, Kind.SCALE) and not self.split_and,
            "et": self.last == Kind.TEN and part.value in (1, 11),
        }
        if not allowed.get(by, False):
            return False
        if self.group is None:
            return self.last == Kind.SCALE and self._set(part.kind, part.value)
        if self.last == Kind.HUNDRED or (self.last == Kind.TEN and part.kind == Kind.UNIT):
            return self._set(part.kind, self.group + part.value)
        if self.last == Kind.TEN and part.kind == Kind.TEEN and self.group % 100 in (60, 80):  # soixante-douze
            return self._set(Kind.TEEN, self.group + part.value)
        if self.last == Kind.TEEN and part.kind == Kind.UNIT and part.value >= 7 and self.group % 20 == 10:  # dix-sept
            return self._set(part.kind, self.group + part.value)
        if self.last == Kind.UNIT and part.kind == Kind.TEN and part.value == 20 and self.group % 100 == 4:  # quatre-vingts
            return self._set(part.kind, self.group + 76)
        return False
