"""Numbers as people write them, in French and English: digits with any separator, words, scales ("25 millions", « vingt-cinq
millions », "two and a half billion", « une centaine de »).

Promises one pass over the text and the exact characters of each number. What is counted, units and currencies, is left to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

SPACE = "[ \u00a0\u2007\u2009\u202f]"

_DIGITS = (
    rf"(?:(?<![\w.,/])|(?<=EUR|USD|GBP|CHF))(?:\d{{1,3}}(?:{SPACE}\d{{3}})+(?!\d)(?:[.,]\d{{1,3}}(?![.,]?\d))?"
    r"|\d{1,3}(?:,\d{2})+,\d{3}(?!\d)"
    r"|\d{1,3}(?:[.,'’]\d{3})+(?:[.,]\d{1,2})?(?![.,'’]?\d)"
    r"|\d{1,18}(?:[.,]\d{1,9})?(?![.,]?\d))"
)
_TOKEN = re.compile(rf"({_DIGITS})|[^\W\d_]+")
_GROUPED = re.compile(r"\d{1,3}[.,]\d{3}")

UNIT, TEEN, TEN, HUNDRED, SCALE, DOZEN, HALF, DIGITS = range(8)


def _words(kind: int, values: dict[str, float]) -> dict[str, tuple[int, float]]:
    return {word: (kind, value) for word, value in values.items()}


def _counted(names: str, first: int) -> dict[str, float]:
    return {name: float(first + i) for i, name in enumerate(names.split())}


_FRENCH = {
    **_words(UNIT, {"un": 1, "une": 1, **_counted("deux trois quatre cinq six sept huit neuf", 2)}),
    **_words(TEEN, _counted("dix onze douze treize quatorze quinze seize", 10)),
    **_words(TEN, {"vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60}),
    **_words(TEN, {"septante": 70, "huitante": 80, "octante": 80, "nonante": 90}),
    **_words(HUNDRED, {"cent": 100, "cents": 100}),
    **_words(SCALE, {"mille": 1e3, "million": 1e6, "millions": 1e6, "milliard": 1e9, "milliards": 1e9}),
    **_words(SCALE, {"billion": 1e12, "billions": 1e12, "trillion": 1e18, "trillions": 1e18}),
    **_words(DOZEN, {"dizaine": 10, "dizaines": 10, "douzaine": 12, "douzaines": 12, "quinzaine": 15, "vingtaine": 20}),
    **_words(DOZEN, {"trentaine": 30, "quarantaine": 40, "cinquantaine": 50, "soixantaine": 60, "centaine": 100}),
    **_words(DOZEN, {"centaines": 100, "millier": 1e3, "milliers": 1e3}),
    **_words(HALF, {"demi": 0.5, "demie": 0.5}),
}
_ENGLISH = {
    **_words(UNIT, _counted("one two three four five six seven eight nine", 1)),
    **_words(TEEN, _counted("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)),
    **_words(TEN, {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}),
    **_words(HUNDRED, {"hundred": 100}),
    **_words(SCALE, {"thousand": 1e3, "million": 1e6, "millions": 1e6, "billion": 1e9, "billions": 1e9, "trillion": 1e12}),
    **_words(SCALE, {"lakh": 1e5, "crore": 1e7, "milliard": 1e9, "milliards": 1e9, "mille": 1e3}),
    **_words(DOZEN, {"dozen": 12}),
    **_words(HALF, {"half": 0.5}),
}
_ARTICLES = frozenset({"un", "une", "one"})
_NEVER_AFTER = re.compile(r"(?:\bpour|\bper|['’])[ \u00a0\u202f]?\Z", re.I)  # « pour cent » is a unit
_A = re.compile(r"(?<![^\W\d_])an?[ -]\Z", re.I)
_BETWEEN = re.compile(r"\b(?:between|from)\s\Z", re.I)


@dataclass(frozen=True, slots=True)
class Number:
    """A number read at characters ``start:end``; ``scale`` is the million or thousand written with it (1 without).

    ``digits``: written in digits. ``article``: a lone « un », « une » or "one", which may be no number at all.
    """

    value: float
    start: int
    end: int
    scale: float = 1.0
    digits: bool = False
    article: bool = False


class _Mark(NamedTuple):
    """A word or a group of digits that is part of a number."""

    kind: int
    value: float
    start: int
    end: int
    word: str


def read_numbers(text: str, language: str) -> list[Number]:
    """The numbers of a text in reading order, none overlapping. ``language`` decides what a comma, a billion and words are.

    Years, versions and dates are numbers too; parts of other words are not (A380, H2, 2.0.1).
    """
    marks = list(_marks(text, language))
    numbers: list[Number] = []
    position = 0
    while position < len(marks):
        number, position = _read(text, marks, position, language)
        if number is not None:
            numbers.append(number)
    return numbers


def rounded(number: float) -> float:
    """Without the dust of binary fractions: 4.2 × 10⁶ is 4 200 000."""
    return float(f"{number:.12g}")


def as_count(number: Number, text: str) -> float:
    """The value as a number of whole things: « 3,500 emplois » and "3.500 jobs" are 3500, whatever the language's decimal mark."""
    written = text[number.start : number.end]
    if number.value != int(number.value) and _GROUPED.fullmatch(written):
        return float(written.replace(",", "").replace(".", ""))
    return number.value


def _marks(text: str, language: str) -> Iterator[_Mark]:
    words = _FRENCH if language == "fr" else _ENGLISH
    for match in _TOKEN.finditer(text):
        if match[1] is not None:
            value = _digits(match[1], language)
            if value is not None:
                yield _Mark(DIGITS, value, match.start(), match.end(), "")
            continue
        word = match[0].lower()
        known = words.get(word)
        if known is not None and not (word == "cent" and _NEVER_AFTER.search(text, max(0, match.start() - 6), match.start())):
            yield _Mark(*known, match.start(), match.end(), word)


def _digits(written: str, language: str) -> float | None:
    digits = re.sub(rf"{SPACE}|['’]", "", written)
    comma, dot = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and dot >= 0:  # the last of the two is the decimal mark
        thousands, decimal = (",", ".") if dot > comma else (".", ",")
        digits = digits.replace(thousands, "").replace(decimal, ".")
    elif comma >= 0 or dot >= 0:
        mark = "," if comma >= 0 else "."
        head, *groups = digits.split(mark)
        grouped = len(groups[-1]) == 3 and head != "0" and len(head) <= 3
        if len(groups) > 1 or (grouped and mark == ("." if language == "fr" else ",")):
            digits = digits.replace(mark, "")
        else:
            digits = f"{head}.{groups[0]}"
    try:
        return float(digits)
    except ValueError:
        return None


def _read(text: str, marks: list[_Mark], first: int, language: str) -> tuple[Number | None, int]:
    """The number that begins at mark ``first``, and the mark after it."""
    mark = marks[first]
    start, total, scale, group, last = mark.start, 0.0, 1.0, None, None
    articled = mark.kind in (HUNDRED, SCALE, DOZEN, HALF) and _A.search(text, max(0, start - 3), start)
    if articled and language != "fr":
        start = articled.start()
    alone = language == "fr" and (mark.kind == HUNDRED or mark.word == "mille")
    if mark.kind in (HUNDRED, SCALE, DOZEN) and not alone:
        if not (articled and language != "fr"):
            return None, first + 1
        group = 1.0
    position, end = first, mark.start
    counted_pairs = language != "fr" and bool(_BETWEEN.search(text, max(0, start - 8), start))
    while position < len(marks):
        mark = marks[position]
        gap = text[end : mark.start] if position > first else ""
        if len(gap) > 9:
            break
        step = _add(mark, _joint(gap), last, group, total, scale, counted_pairs=counted_pairs)
        if step is None or (scale >= 1e6 and group is None and not _goes_on(text, marks, position, mark)):
            break
        total, scale, group, last = step
        end = mark.end
        position += 1
        if last == HALF and group is None:
            break
    value = total + (group or 0.0)
    if position == first or (marks[first].kind == HALF and scale == 1.0 and last != DOZEN):
        return None, first + 1
    only = position == first + 1
    return (
        Number(
            rounded(value),
            start,
            end,
            scale,
            digits=marks[first].kind == DIGITS,
            article=only and marks[first].word in _ARTICLES,
        ),
        position,
    )


def _joint(gap: str) -> str | None:
    """What stands between two parts of a number; None for what may not."""
    joint = gap.replace("-", " ").replace("\u2011", " ").replace("\u00a0", " ").replace("\u202f", " ").strip().lower()
    if joint in ("", "et", "and", "and a", "a", "de", "virgule", "point"):
        return joint or ("" if gap else "glued")
    return None


def _add(
    mark: _Mark,
    joint: str | None,
    last: int | None,
    group: float | None,
    total: float,
    scale: float,
    *,
    counted_pairs: bool,
) -> tuple[float, float, float | None, int] | None:
    """The state (total, scale, group, kind) after another part, or None when the part begins another number."""
    kind, value = mark.kind, mark.value
    if last is None:
        return (total * value or value, value, None, kind) if kind == SCALE else (total, scale, (group or 1.0) * value, kind)
    if joint is None or kind == DIGITS or (joint == "glued" and last != DIGITS):
        return None
    if kind == HALF:
        if joint in ("et", "and", "and a") and group is None:
            return total + scale * value, scale, None, HALF
        if joint in ("et", "and", "and a") and group is not None:
            return total, scale, group + value, kind
        return (total, scale, value, kind) if joint == "" and group == 1.0 and last == UNIT else None
    if kind in (SCALE, DOZEN):
        return _scaled(kind, value, joint, last, group, total, scale)
    if joint in ("virgule", "point") and group is not None and kind == UNIT:
        return total, scale, group + value / 10, kind
    if kind == HUNDRED:
        if last == UNIT and joint == "" and group is not None:
            return total, scale, group * value, kind
        return (total, scale, value, kind) if last == SCALE and joint == "" else None
    return _small(kind, value, joint, last, group, total, scale, mark.word, counted_pairs=counted_pairs)


def _scaled(
    kind: int, value: float, joint: str, last: int, group: float | None, total: float, scale: float
) -> tuple[float, float, float | None, int] | None:
    if joint == "de" and last != DOZEN:
        return None
    if joint == "a" and last != HALF:
        return None
    if joint not in ("", "glued", "de", "a"):
        return None
    if kind == DOZEN:
        return (total, scale, group * value, kind) if group is not None and scale == 1.0 and joint != "de" else None
    if group is not None:
        return (total + group * value, value, None, kind) if scale == 1.0 or value < scale else None
    return (total * value, value, None, kind) if value > scale else None  # « mille milliards »


def _small(
    kind: int,
    value: float,
    joint: str,
    last: int,
    group: float | None,
    total: float,
    scale: float,
    word: str,
    *,
    counted_pairs: bool,
) -> tuple[float, float, float | None, int] | None:
    """Units, teens and tens."""
    if joint == "and" and (last not in (HUNDRED, SCALE) or counted_pairs):
        return None
    if joint == "et" and not (last == TEN and value in (1, 11)):
        return None
    if joint not in ("", "et", "and"):
        return None
    if last == SCALE and group is None:
        return (total, scale, value, kind) if word not in _ARTICLES or joint == "et" else None
    if group is None or last == DIGITS:
        return None
    if last == HUNDRED or (last == TEN and kind == UNIT):
        return total, scale, group + value, kind
    if last == TEN and kind == TEEN and group % 100 in (60, 80):  # soixante-douze, quatre-vingt-dix
        return total, scale, group + value, TEN
    if kind == UNIT and last == TEEN and value >= 7 and group % 20 == 10:  # dix-sept
        return total, scale, group + value, kind
    if kind == TEN and value == 20 and last == UNIT and group % 100 == 4:
        return total, scale, group + 76, TEN
    return None


def _goes_on(text: str, marks: list[_Mark], position: int, mark: _Mark) -> bool:
    """After a million only hundreds and thousands go on: in "a million seven years ago" the seven is another number."""
    if mark.kind in (SCALE, HALF):
        return True
    end = mark.start
    for other in marks[position : position + 4]:
        if other is not mark and _joint(text[end : other.start][:10]) not in ("", "and"):
            return False
        if other.kind == HUNDRED or other.word in ("mille", "thousand"):
            return True
        end = other.end
    return False
