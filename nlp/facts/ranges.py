"""Two readings that are the ends of one range: « entre 10 et 15 millions d'euros », « de 3 à 5 Md€ », "€5-7m", "10 to 15 MW".

Promises a low end below the high one; a low end written without scale takes that of the high end. A change over time
is no range: of « passe de 10 à 15 » and "rose from 10 to 15" only the new figure counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlp.facts.numbers import SPACE, rounded

_TO = re.compile(rf"{SPACE}?[-\u2010-\u2015]{SPACE}?|{SPACE}(?:à|to|ou|or|voire){SPACE}")
_AND = re.compile(rf"{SPACE}(?:et|and){SPACE}")
_BETWEEN = re.compile(rf"\b(?:entre|between){SPACE}(?:environ{SPACE}|about{SPACE})?\Z", re.I)
_ABOUT = r"\s?(?:(?:about|around|roughly|environ|près\sde)\s)?\Z"
_CHANGE = re.compile(  # « augmenter de 10 à 15 % » is a range, « passer de 10 à 15 % » is not
    r"\b(?:(?:pass(?:e|er|era|ent|ait|ant|é|ée|és)|port(?:e|er|era|ant|é|ée)|grimp\w+|mont(?:e|er|era|é)|relev\w+|ramen\w+)\b"
    rf"[^.;:!?\n]{{0,40}}?\b(?:de|d['’]){_ABOUT}"
    r"|(?:gr[eo]w\w*|r[io]se\w*|ris(?:en|ing)|increas\w+|jump\w*|climb\w*|f[ae]ll\w*|drop\w*|went|go(?:es|ne)?|expand\w*|up|down"
    r"|rais(?:e|ed|ing)|cut|boost\w*|hik\w+|tak(?:e|es|ing)|lower\w*|slash\w*|reduc\w+|mov\w+|bring\w*|doubl\w+|tripl\w+)\b"
    rf"[^.;:!?\n]{{0,40}}?\bfrom{_ABOUT})",
    re.I,
)
_YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class End:
    """One end at characters ``start:end``: the number written times ``factor`` (scale and unit), its ``own`` or none yet."""

    written: float
    factor: float
    own: bool
    start: int
    end: int

    @property
    def value(self) -> float:
        """The number in the canonical unit."""
        return rounded(self.written * self.factor)


def low_end(text: str, low: End, high: End) -> float | None:
    """The value of ``low`` when the two are written as a range, else None."""
    if not 0 < high.start - low.end <= 12 or not _joined(text, low, high):
        return None
    if low.own:
        return low.value if low.value < high.value else None
    if high.factor != 1 and low.written in _YEARS and low.end - low.start == 4:
        return None  # « 2023 - 5 M€ »
    shared = rounded(low.written * high.factor)
    if shared < high.value:
        return shared
    return low.value if low.value < high.value else None


def is_old_value(text: str, old: End, new: End) -> bool:
    """Whether the two are written as a change over time, from ``old`` to ``new``."""
    return bool(_TO.fullmatch(text, old.end, new.start) and _CHANGE.search(text, max(0, old.start - 60), old.start))


def _joined(text: str, low: End, high: End) -> bool:
    if _TO.fullmatch(text, low.end, high.start):
        return not is_old_value(text, low, high)
    return bool(_AND.fullmatch(text, low.end, high.start) and _BETWEEN.search(text, max(0, low.start - 18), low.start))
