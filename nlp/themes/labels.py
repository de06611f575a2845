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

# Units, days and months name nothing, though texts on one subject share them.
# fmt: off
_MUTE = STOP_WORDS | {
    "tonne", "tonnes", "mètre", "mètres", "metre", "metres", "meter", "meters", "kilomètre", "kilomètres", "kilometres",
    "day", "days", "jour", "jours", "month", "months", "mois", "expect", "expects", "expected",
}
# fmt: on
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


def label(
    titles: Mapping[str, Sequence[str]],
    weights: np.ndarray,
    models: Mapping[str, str],
    texts: Mapping[str, Sequence[str]] | None = None,
) -> Label:
    """Names a theme from its members' ``titles`` by language, nearest to its centre first.

    ``weights`` are the lexicon's. ``texts`` are asked which words matter where the titles share none. A language without a
    title borrows the other's name: we translate nothing. Titles that say nothing at all give "?". The same titles always give
    the same names.
    """
    names: dict[str, str] = {}
    terms: dict[str, tuple[str, ...]] = {}
    for language in ("fr", "en"):
        own = _said(titles.get(language, ()))
        if own:
            names[language], terms[language] = _name(own, language, weights, models, (texts or {}).get(language, ()))
    if not names:
        others = _said([title for own in titles.values() for title in own])
        names["en"], terms["en"] = _name(others, "en", weights, {}) if others else ("?", ())
    first = names.get("en") or names["fr"]
    return Label(names.get("fr") or first, names.get("en") or first, terms.get("fr", ()), terms.get("en", ()))


def _said(titles: Sequence[str]) -> list[str]:
    return [title for title in titles if title.strip()][:_TITLES]


def _name(
    titles: Sequence[str], language: str, weights: np.ndarray, models: Mapping[str, str], texts: Sequence[str] = ()
) -> tuple[str, tuple[str, ...]]:
    telling, spoken = _telling_words(titles, weights, texts)
    shown = _as_written([*titles, *texts])
    terms = tuple(shown[word] for word, _ in telling.most_common(_TERMS))
    phrases = [phrase for found in noun_phrases(spoken, language, models) for phrase in found]
    ranked = sorted({phrase: _score(phrase, telling) for phrase in phrases}.items(), key=lambda item: (-item[1], item[0]))
    ranked = [(phrase, score) for phrase, score in ranked if score > 0 and len(phrase.split()) <= _WORDS_AT_MOST]
    if not ranked:
        return _sentence_case(" · ".join(terms[:3]) or titles[0]), terms
    best, top = ranked[0]
    used = _stems(best)
    second = next((p for p, score in ranked[1:] if score >= _SECOND_AT_LEAST * top and not used & _stems(p)), None)
    return _sentence_case(f"{best} · {second}" if second else best), terms


def _telling_words(titles: Sequence[str], weights: np.ndarray, texts: Sequence[str]) -> tuple[Counter[str], Sequence[str]]:
    """The words several titles share, by weight; else those texts share; else all of the titles. And where they were said."""
    in_titles = _weighed_words(titles, weights)
    if shared := {word: weight for word, (n, weight) in in_titles.items() if n > 1}:
        return Counter(shared), titles
    if shared := {word: weight for word, (n, weight) in _weighed_words(texts, weights).items() if n > 1}:
        return Counter(shared), texts
    return Counter({word: weight for word, (_, weight) in in_titles.items()}), titles


def _weighed_words(texts: Sequence[str], weights: np.ndarray) -> dict[str, tuple[int, float]]:
    """How many texts hold each telling word, and its weight."""
    spread = Counter(word for text in texts for word in sorted(_stems(text)))  # sorted: equals keep one order in every process
    shown = _as_written(texts)
    rare = {word: _rarity(shown[word], weights) for word in spread}
    return {word: (n, n * rare[word]) for word, n in spread.items() if rare[word] > 0}


def _rarity(word: str, weights: np.ndarray) -> float:
    counts = space.count_words([word])
    return float(weights[counts.indices].max()) if counts.nnz else 0.0


def _score(phrase: str, telling: Counter[str]) -> float:
    words = _stems(phrase)
    return sum(telling[word] for word in sorted(words)) / len(words) ** 0.5 if words else 0.0


def _stems(text: str) -> set[str]:
    words = (word for word in WORD.findall(text) if len(word) > 1 and not word.isdigit() and word.lower() not in _MUTE)
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
