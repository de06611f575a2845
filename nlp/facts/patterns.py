"""Phrases with a little freedom, compiled once and matched on words: ``lève … million*``, ``raises|secures #``, ``AMI``.

Promises bounded work whatever the phrase and the text: at most two gaps of five words, and no backtracking elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from nlp.words import fold, stem

GAP_WORDS = 5
MAX_GAPS = 2
ENDS = frozenset((".", "!", "?", ";", "\n"))
_MONEY = frozenset("€$£")
_CHOICE = re.compile(r"(?:[\w*]+|%)(?:\|(?:[\w*]+|%))+")
_PIECE = re.compile(r"…|#|(?:[\w*]+|%)(?:\|(?:[\w*]+|%))*|[€$£]")


class Text(Protocol):
    """What a pattern is matched on: folded words, their stems, and whether each is written in capitals."""

    words: list[str]
    stems: list[str]

    def is_upper(self, i: int) -> bool: ...

    def written(self, i: int) -> str:
        """Word ``i`` in lower case with its accents; empty when it has none."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """One word of a pattern: any of ``stems``, a word beginning with one of ``prefixes``; ``capitals`` if so written.

    ``accented`` and ``accented_prefixes`` are the same before accents were taken away.
    """

    stems: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    accented: frozenset[str] = frozenset()
    accented_prefixes: tuple[str, ...] = ()
    capitals: bool = False
    number: bool = False
    gap: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether the stem alone tells."""
        return not (self.prefixes or self.capitals or self.number or self.gap)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled phrase."""

    pieces: tuple[Piece, ...]
    in_one_piece: bool = True

    @property
    def first(self) -> Piece:
        return self.pieces[0]

    def match(self, text: Text, start: int) -> int:
        """Where the phrase that begins at word ``start`` ends, the shortest way; 0 when it does not."""
        if len(self.pieces) == 1:
            return start + 1 if _accepts(self.first, text, start) else 0
        return _match(self.pieces, 0, text, start)


def compile_pattern(phrase: str) -> Pattern:
    """The pattern a phrase writes. Raises ValueError saying what is wrong with it.

    Words match whatever their case and plural; a word that the text writes with accents needs them here. ``*`` ends a word's
    beginning; ``a|b`` is either; ``#`` a number with its currency sign; ``…`` at most five words of the same sentence. A word in
    capitals matches capitals only.
    """
    for chunk in phrase.split():
        if "|" in chunk and not _CHOICE.fullmatch(chunk):
            raise ValueError(
                f"« {phrase} »: {chunk} mixes | with other signs; choose between whole words: le|la, not l'un|l'autre"
            )
    pieces = tuple(_piece(phrase, part) for part in _PIECE.findall(phrase))
    if not pieces or pieces[0].gap or pieces[-1].gap:
        raise ValueError(f"« {phrase} » must begin and end with a word or a number")
    if sum(piece.gap for piece in pieces) > MAX_GAPS:
        raise ValueError(f"« {phrase} » has more than {MAX_GAPS} gaps (…)")
    return Pattern(pieces, in_one_piece=not any(piece.gap for piece in pieces))


def _piece(phrase: str, part: str) -> Piece:
    if part == "…":
        return Piece(gap=True)
    if part == "#":
        return Piece(number=True)
    words = part.split("|")
    prefixes = [fold(word[:-1]) for word in words if word.endswith("*")]
    if any(len(prefix) < 3 or "*" in prefix for prefix in prefixes) or any("*" in word[:-1] for word in words):
        raise ValueError(f"« {phrase} »: * may only follow three letters or more, at the end of a word")
    return Piece(
        stems=frozenset(stem(fold(word)) for word in words if not word.endswith("*")),
        prefixes=tuple(prefixes),
        accented=frozenset(stem(word.lower()) for word in words if not word.endswith("*")),
        accented_prefixes=tuple(word[:-1].lower() for word in words if word.endswith("*")),
        capitals=part.isupper() and len(part) > 1,
    )


def _match(pieces: tuple[Piece, ...], at: int, text: Text, i: int) -> int:
    """Where ``pieces[at:]`` end when they begin at word ``i``, 0 when they do not."""
    count = len(text.words)
    while at < len(pieces):
        piece = pieces[at]
        if piece.gap:
            return _after_gap(pieces, at + 1, text, i)
        if i >= count:
            return 0
        if piece.number:
            i = number_end(text.words, i)
            if not i:
                return 0
        elif _accepts(piece, text, i):
            i += 1
        else:
            return 0
        at += 1
    return i


def _after_gap(pieces: tuple[Piece, ...], at: int, text: Text, i: int) -> int:
    piece, words = pieces[at], text.words
    for j in range(i, min(i + GAP_WORDS + 1, len(words))):
        if (piece.number or _accepts(piece, text, j)) and (end := _match(pieces, at, text, j)):
            return end
        if words[j] in ENDS:
            return 0
    return 0


def _accepts(piece: Piece, text: Text, i: int) -> bool:
    if text.stems[i] not in piece.stems and not (piece.prefixes and text.words[i].startswith(piece.prefixes)):
        return False
    if (written := text.written(i)) and stem(written) not in piece.accented and not written.startswith(piece.accented_prefixes):
        return False
    return not piece.capitals or text.is_upper(i)


def number_end(words: list[str], i: int) -> int:
    """Where a number that begins at ``i`` ends, currency signs and groups of digits included; 0 when there is none."""
    first = i
    while i < len(words) and words[i] in _MONEY:
        i += 1
    if i >= len(words) or not words[i][0].isdigit():
        return 0
    while i < len(words) and (words[i][0].isdigit() or words[i] in _MONEY):
        i += 1
    return i if i > first else 0
