"""Names for discovered themes, in French and English: the noun phrases of its titles that say the most.

A phrase scores by the weight of its words: how many of the theme's titles hold the word, times how rare the word is elsewhere
(TF-IDF). A second phrase is added when it tells something else (maximal marginal relevance, Carbonell and Goldstein 1998).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

import numpy as np

from nlp.facts.phrases import noun_phrases
from nlp.themes import space
from nlp.themes.stopwords import STOP_WORDS
from nlp.words import WORD, fold, stem

_TITLES = 10
_WORDS_AT_MOST = 4
_SECOND_AT_LEAST = 0.6
_TERMS = 8
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Label:
    """A theme's machine-made names and its telling words in each language."""

    fr: str
    en: str
    terms_fr: tuple[str, ...]
    terms_en: tuple[str, ...]


def label(titles: Mapping[str, Sequence[str]], weights: np.ndarray, models: Mapping[str, str]) -> Label:
    """Names a theme from its members' ``titles`` by language, nearest to its centre first.

    ``weights`` are the lexicon's. A language without a title borrows the other's name: we translate nothing. Titles that say
    nothing at all give "?". The same titles always give the same names.
    """
    names: dict[str, str] = {}
    terms: dict[str, tuple[str, ...]] = {}
    for language in ("fr", "en"):
        own = _said(titles.get(language, ()))
        if own:
            names[language], terms[language] = _name(own, language, weights, models)
    if not names:
        others = _said([title for own in titles.values() for title in own])
        names["en"], terms["en"] = _name(others, "en", weights, {}) if others else ("?", ())
    first = names.get("en") or names["fr"]
    return Label(names.get("fr") or first, names.get("en") or first, terms.get("fr", ()), terms.get("en", ()))


def _said(titles: Sequence[str]) -> list[str]:
    return [title for title in titles if title.strip()][:_TITLES]


def _name(titles: Sequence[str], language: str, weights: np.ndarray, models: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    telling = _telling_words(titles, weights)
    shown = _as_written(titles)
    terms = tuple(shown[word] for word, _ in telling.most_common(_TERMS))
    phrases = [phrase for found in noun_phrases(titles, language, models) for phrase in found]
    ranked = sorted({phrase: _score(phrase, telling) for phrase in phrases}.items(), key=lambda item: (-item[1], item[0]))
    ranked = [(phrase, score) for phrase, score in ranked if score > 0 and len(phrase.split()) <= _WORDS_AT_MOST]
    if not ranked:
        return _sentence_case(" · ".join(terms[:3]) or titles[0]), terms
    best, top = ranked[0]
    used = _stems(best)
    second = next((p for p, score in ranked[1:] if score >= _SECOND_AT_LEAST * top and not used & _stems(p)), None)
    return _sentence_case(f"{best} · {second}" if second else best), terms


def _telling_words(titles: Sequence[str], weights: np.ndarray) -> Counter[str]:
    spread = Counter(word for title in titles for word in sorted(_stems(title)))  # sorted: equals keep one order in every process
    shown = _as_written(titles)
    rare = {word: _rarity(shown[word], weights) for word in spread}
    telling = {word: n * rare[word] for word, n in spread.items() if rare[word] > 0}
    shared = {word: weight for word, weight in telling.items() if spread[word] > 1}
    return Counter(shared or telling)  # a word of one title speaks for the theme only when the titles share none


def _rarity(word: str, weights: np.ndarray) -> float:
    counts = space.count_words([word])
    return float(weights[counts.indices].max()) if counts.nnz else 0.0


def _score(phrase: str, telling: Counter[str]) -> float:
    words = _stems(phrase)
    return sum(telling[word] for word in sorted(words)) / len(words) ** 0.5 if words else 0.0


def _stems(text: str) -> set[str]:
    words = (word for word in WORD.findall(text) if len(word) > 1 and word.lower() not in STOP_WORDS and not word.isdigit())
    return {stem(fold(word)) for word in words}


def _as_written(titles: Sequence[str]) -> dict[str, str]:
    """The most frequent spelling of each stem, in lower case unless it never is."""
    seen: dict[str, Counter[str]] = {}
    for title in titles:
        for position, word in enumerate(WORD.findall(title)):
            written = word if position or not word.istitle() else word.lower()
            seen.setdefault(stem(fold(word)), Counter())[written] += 1
    return {key: min(found.items(), key=lambda item: (-item[1], item[0]))[0] for key, found in seen.items()}


def _sentence_case(name: str) -> str:
    short = shorten(name, _LONGEST, placeholder="…")
    name = short if short != "…" else name.strip()[: _LONGEST - 1] + "…"
    return name[:1].upper() + name[1:]
