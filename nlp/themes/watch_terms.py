"""Finds the words of watch themes in a text: terms, hints, and the expressions in which neither counts.

Whole words, any case, any accent, singular or plural; a short term in capitals only where it stands in capitals. One word belongs
to one phrase of a theme, the longest: "generative AI" is one term, not two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from nlp.words import WORD, PhraseIndex, fold, stem

Role = Literal["term", "hint", "never"]
_LONGEST_ACRONYM = 5


class Phrase(NamedTuple):
    """What a theme says about some words."""

    theme: str
    role: Role
    text: str


@dataclass(slots=True)
class Found:
    """The different terms and hints of one theme in one text, as they stand there, in reading order."""

    terms: dict[str, str] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    until: int = 0


class TermReader:
    """Reads texts for many themes in one pass. Two themes may declare the same words."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        declared: dict[tuple[str, ...], list[Phrase]] = {}
        for phrase in phrases:
            words = _words(phrase.text)
            if words:
                declared.setdefault(words, []).append(phrase)
        self._index = PhraseIndex([(phrases[0].text, " ".join(words)) for words, phrases in declared.items()])
        # The index gives the longest phrase at a word; one that begins it may be another theme's.
        self._at: dict[str, list[tuple[int, tuple[Phrase, ...]]]] = {
            " ".join(words): [(n, tuple(declared[words[:n]])) for n in range(len(words), 0, -1) if words[:n] in declared]
            for words in declared
        }

    def read(self, text: str) -> dict[str, Found]:
        """What was found, by theme; themes with nothing are left out."""
        found: dict[str, Found] = {}
        for match in self._index.find(text):
            ends = [match.start + word.end() for word in WORD.finditer(text[match.start : match.end])]
            seen: set[str] = set()
            for length, phrases in self._at[match.value]:
                end = ends[length - 1]
                for phrase in phrases:
                    if phrase.theme in seen or not _stands(phrase.text, text[match.start : end]):
                        continue
                    of_theme = found.setdefault(phrase.theme, Found())
                    if match.start < of_theme.until:
                        continue
                    seen.add(phrase.theme)
                    of_theme.until = end
                    if phrase.role != "never":
                        kept = of_theme.terms if phrase.role == "term" else of_theme.hints
                        kept.setdefault(" ".join(_words(phrase.text)), " ".join(text[match.start : end].split()))
        return {theme: one for theme, one in found.items() if one.terms or one.hints}


def _words(text: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in WORD.findall(fold(text)))


def _stands(declared: str, written: str) -> bool:
    """Whether ``written``, the same words but for a last s or x, may be the declared phrase.

    False for "ia" where IA was declared: short words in small letters mean other things ("j'ai", 5 g). False for "space" where
    SpaceX was: only after u is x a plural.
    """
    if len(declared) <= _LONGEST_ACRONYM and declared.isupper():
        return written.removesuffix("s").isupper()
    return all(_is_same(*pair) for pair in zip(WORD.findall(fold(declared)), WORD.findall(fold(written)), strict=True))


def _is_same(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return short == long or long in (short + "s", short + "x" if short.endswith("u") else "")
