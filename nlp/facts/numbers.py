"""Numbers as people write them, in French and English: digits with any separator, words, scales ("25 millions", « vingt-cinq
millions », "two and a half billion", « une centaine de »).

Promises one pass over the text and the exact characters of each number. What is counted, units and currencies, is left to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nlp.facts.number_words import ARTICLES, ENGLISH, FRENCH, Kind, Part, Sum, joint

SPACE = "[ \u00a0\u2007\u2009\u202f]"

_DIGITS = (
    rf"(?:(?<![\w.,%])(?<!\d/)(?<![^\W\d_]-)|(?<=EUR|USD|GBP|CHF))(?:\d{{1,3}}(?:{SPACE}\d{{3}})+(?!\d)(?:[.,]\d{{1,3}}(?![.,]?\d))?"
    r"|\d{1,3}(?:,\d{2})+,\d{3}(?!\d)"  # ₹1,00,000
    r"|\d{1,3}(?:[.,'’]\d{3})+(?:[.,]\d{1,2})?(?![.,'’]?\d)"
    r"|\d{1,18}(?:[.,]\d{1,9})?(?![.,]?\d))"
)
_TOKEN = re.compile(rf"({_DIGITS})|[^\W\d_]+")
_SEPARATORS = re.compile(rf"{SPACE}|['’]")
_GROUPED = re.compile(r"\d{1,3}[.,]\d{3}")
_PERCENT = re.compile(rf"\bpour{SPACE}\Z", re.I)
_A = re.compile(r"(?<![^\W\d_])an?[ -]\Z", re.I)
_BETWEEN = re.compile(r"\b(?:between|from)\s\Z", re.I)
_LONGEST_JOINT = 9  # " virgule "


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


def read_numbers(text: str, language: str) -> list[Number]:
    """The numbers of a text in reading order, none overlapping. ``language`` decides what a comma, a billion and words are.

    Years and dates are numbers too; parts of names are not (A380, H2, 2.0.1), nor are vague ones (« des millions »).
    """
    parts = list(_parts(text, language))
    numbers: list[Number] = []
    position = 0
    while position < len(parts):
        number, position = _read(text, parts, position, english=language != "fr")
        if number is not None:
            numbers.append(number)
    return numbers


def rounded(number: float) -> float:
    """Without the dust of binary fractions: 4.2 × 10⁶ is 4 200 000."""
    return float(f"{number:.12g}")


def as_count(number: Number, text: str) -> float:
    """The value as a number of whole things: « 3,500 emplois » and "3.500 jobs" are 3500, whatever the language."""
    written = text[number.start : number.end]
    if number.value != int(number.value) and _GROUPED.fullmatch(written):
        return float(written.replace(",", "").replace(".", ""))
    return number.value


def _parts(text: str, language: str) -> Iterator[Part]:
    words = FRENCH if language == "fr" else ENGLISH
    for match in _TOKEN.finditer(text):
        if match[1] is not None:
            yield Part(Kind.DIGITS, _digits(match[1], language), match.start(), match.end(), "")
            continue
        word = match[0].lower()
        known = words.get(word)
        if known is not None and not (word == "cent" and _PERCENT.search(text, max(0, match.start() - 6), match.start())):
            yield Part(*known, match.start(), match.end(), word)


def _digits(written: str, language: str) -> float:
    digits = _SEPARATORS.sub("", written)
    comma, dot = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and dot >= 0:  # the last of the two is the decimal mark
        thousands, decimal = (",", ".") if dot > comma else (".", ",")
        return float(digits.replace(thousands, "").replace(decimal, "."))
    if comma < 0 and dot < 0:
        return float(digits)
    mark = "," if comma >= 0 else "."
    head, *groups = digits.split(mark)
    grouped = len(groups[-1]) == 3 and head != "0" and len(head) <= 3
    if len(groups) > 1 or (grouped and mark == ("." if language == "fr" else ",")):
        return float(digits.replace(mark, ""))
    return float(f"{head}.{groups[0]}")


def _read(text: str, parts: list[Part], first: int, *, english: bool) -> tuple[Number | None, int]:
    """The number that begins at part ``first``, and the part after it."""
    opening, start = parts[first], parts[first].start
    running = Sum()
    if opening.kind in (Kind.HUNDRED, Kind.SCALE, Kind.COLLECTIVE):
        article = _A.search(text, max(0, start - 3), start) if english else None
        if article:  # "a dozen", "a million"
            start = article.start()
        elif opening.word not in ("cent", "mille"):  # « des millions », "hundreds"
            return None, first + 1
    running.split_and = english and bool(_BETWEEN.search(text, max(0, start - 8), start))
    position, end = first, opening.start
    while position < len(parts):
        part = parts[position]
        by = joint(text[end : part.start]) if part.start - end <= _LONGEST_JOINT else None
        doubtful = running.scale >= 1e6 or (running.scale > 1 and part.word in ARTICLES and by != "and")
        if doubtful and running.group is None and not _goes_on(text, parts, position):
            break
        if not running.take(part, by):
            break
        position, end = position + 1, part.end
    if opening.kind == Kind.HALF and running.last == Kind.HALF:  # "the first half"
        return None, first + 1
    article_only = position == first + 1 and opening.word in ARTICLES
    value = rounded(running.value)
    return Number(value, start, end, running.scale, digits=opening.kind == Kind.DIGITS, article=article_only), position


def _goes_on(text: str, parts: list[Part], position: int) -> bool:
    """After a million only hundreds and thousands go on: in "a million seven years ago" the seven is another number."""
    part = parts[position]
    if part.kind in (Kind.SCALE, Kind.HALF):
        return True
    end = part.start
    for other in parts[position : position + 6]:
        if other is not part and (other.start - end > _LONGEST_JOINT or joint(text[end : other.start]) not in ("", "and", "et")):
            return False
        if other.kind == Kind.HUNDRED or other.word in ("mille", "thousand"):
            return True
        end = other.end
    return False
