"""Words of a text, whatever their case and accents, with their place in it. Promises that folding never moves a character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

WORD = re.compile(r"\w+")


class Match(NamedTuple):
    """A phrase found at characters ``start:end``."""

    value: str
    start: int
    end: int


def fold(text: str) -> str:
    """``text`` in lower case without accents, character for character, so that positions stay true."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def stem(word: str) -> str:
    """A folded word without its plural mark: the same for French and English, and cruder than either."""
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


class PhraseIndex:
    """Finds many phrases in a text in one pass: whole words, any case, any accent, singular or plural."""

    def __init__(self, phrases: Sequence[tuple[str, str]]) -> None:
        """``phrases`` are pairs (phrase, value)."""
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for phrase, value in phrases:
            words = tuple(stem(word) for word in WORD.findall(fold(phrase)))
            if words:
                self._by_first.setdefault(words[0], []).append((words, value))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: (-len(entry[0]), entry))

    def find(self, text: str) -> Iterator[Match]:
        """Matches in reading order, the longest phrase first where several begin at a word."""
        spans = [(stem(m.group()), m.start(), m.end()) for m in WORD.finditer(fold(text))]
        by_first = self._by_first
        for i, (word, start, _) in enumerate(spans):
            for words, value in by_first.get(word, ()):
                n = len(words)
                if n == 1 or (i + n <= len(spans) and all(spans[i + k][0] == words[k] for k in range(1, n))):
                    yield Match(value, start, spans[i + n - 1][2])
                    break


def _folded(char: str) -> str:
    base = unicodedata.normalize("NFKD", char)[0]
    if not base.isascii() or not base.isalpha():
        base = char
    lower = base.lower()
    return lower if len(lower) == 1 else base


_FOLDED = {
    code: folded
    for first, last in ((0x41, 0x5A), (0xC0, 0x24F), (0x370, 0x52F), (0x1E00, 0x1EFF))
    for code in range(first, last + 1)
    if (folded := _folded(chr(code))) != chr(code)
}
