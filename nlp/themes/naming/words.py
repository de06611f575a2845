"""Words as labels compare them: folded, without articles and plural marks, so that a phrase is found however it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from nlp.themes.stopwords import STOP_WORDS
from nlp.words import fold, stem

WORD = re.compile(r"\w+")
# Dropped everywhere: « rachat de Twitter » and « rachat du réseau » are read alike. "of" stays: it is part of names.
_ARTICLES = frozenset(("the", "a", "an", "le", "la", "les", "l", "un", "une", "de", "du", "des", "d", "s", "au", "aux"))
_ELIDED = frozenset("cdjlmnst") | {"qu"}

Key = tuple[str, ...]


def key(text: str) -> Key:
    """The words of a text, in order, as they are compared; articles and elided letters are left out."""
    return tuple(one for one in map(word_key, WORD.findall(text)) if one)


@lru_cache(maxsize=50_000)
def word_key(word: str) -> str:
    """One word as it is compared; "" for articles. Acronyms that are also stop words ("US", "EU", "IT") keep their capitals."""
    low = fold(word)
    if word.isupper() and 1 < len(word) < 5 and low in STOP_WORDS:
        return word
    if low in _ARTICLES or low in _ELIDED:
        return ""
    if len(low) > 4 and low.endswith("ies"):
        return low[:-3] + "y"
    if low.endswith(("ss", "sse", "sses")):
        return low[: low.rindex("ss") + 2]  # "pass", "passes"; « classe », « classes »
    return stem(low)


def holds(words: Sequence[str], phrase: Key) -> bool:
    """Whether ``phrase`` stands in ``words``, its words side by side."""
    return place(words, phrase) is not None


def place(words: Sequence[str], phrase: Key) -> tuple[int, int] | None:
    """Where ``phrase`` first stands in ``words``, from and to."""
    n = len(phrase)
    return next(((i, i + n) for i in range(len(words) - n + 1) if n and tuple(words[i : i + n]) == phrase), None)


def share(texts: Iterable[Key], phrase: str) -> float:
    """The share of ``texts`` that hold every word of ``phrase``, in any order; 0 without texts or words."""
    wanted = set(key(phrase))
    sets = [set(words) for words in texts]
    return sum(wanted <= words for words in sets) / len(sets) if sets and wanted else 0.0
