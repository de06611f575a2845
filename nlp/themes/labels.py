"""Names for discovered themes, in French and English: the noun phrases that most of its titles share and others do not.

A name stands for many stories, never one; it is whole, written as the press writes it, and keeps from week to week.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

import numpy as np

from nlp.themes import space
from nlp.themes.naming.candidate import Candidate
from nlp.themes.naming.candidates import phrases
from nlp.themes.naming.casing import Casing, capitalised
from nlp.themes.naming.choose import candidates, choose, spelling, telling_words
from nlp.themes.naming.pairs import linked
from nlp.themes.naming.stable import SEPARATOR, in_language, keeps
from nlp.themes.naming.words import WORD, Key, holds, key, place, word_key
from nlp.themes.stopwords import STOP_WORDS, mute_words

_MUTE = {language: frozenset(one for word in mute_words(language) for one in key(word)) for language in ("fr", "en")}
_ACRONYM, _COMMON_ACRONYM = 5.5, 3.0  # of stop words of the other language: the lexicon has no weight for them
_TITLES = 40
_READ_TITLES = 24
_READ_TEXTS = 5
_TERMS = 8
_LONGEST = 80
_ROOT = 5
_FEW = 3
_APART = re.compile(r"['’]s\b|[^\w\s'’&-]")


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
    *,
    sources: Collection[str] = (),
) -> Label:
    """Names a theme from its members' ``titles`` by language, nearest to its centre first.

    ``weights`` are the lexicon's. ``texts`` (title and text of the same stories, in the same order) are asked where the titles
    share nothing. ``sources`` are names of publishers, which name nothing. A language without a title borrows the other's name:
    we translate nothing. Titles that say nothing at all give "?". The same titles always give the same names.
    """
    names: dict[str, str] = {}
    terms: dict[str, tuple[str, ...]] = {}
    for language in ("fr", "en"):
        own, whole = _said(titles.get(language, ()), in_language(texts, language))
        if own:
            heard = [other for other in titles if other != language or len(own) < _FEW]
            echo = _echo([key(text) for other in heard for text in in_language(texts or titles, other)])
            names[language], terms[language] = _name(own, whole, language, weights, models, sources, echo)
    if not names:
        others, whole = _said([title for own in titles.values() for title in own], ())
        names["en"], terms["en"] = _name(others, whole, "en", weights, {}, sources, _echo(())) if others else ("?", ())
    first = names.get("en") or names["fr"]
    return Label(names.get("fr") or first, names.get("en") or first, terms.get("fr", ()), terms.get("en", ()))


def relabel(
    old: Label,
    new: Label,
    titles: Mapping[str, Sequence[str]],
    texts: Mapping[str, Sequence[str]] | None = None,
    *,
    pinned: bool = False,
) -> Label:
    """The label a theme goes on with: ``old`` unless its name has clearly lost support in recent ``titles`` (see
    ``nlp.themes.naming.stable``). A borrowed name gives way to a language's own; a pinned label never changes."""
    if pinned or old == new:
        return old
    terms = {"fr": new.terms_fr or old.terms_fr, "en": new.terms_en or old.terms_en}
    names = {"fr": old.fr, "en": old.en}
    for language, fresh, had, has in (
        ("fr", new.fr, old.terms_fr, new.terms_fr),
        ("en", new.en, old.terms_en, new.terms_en),
    ):
        own, whole = in_language(titles, language), in_language(texts, language)
        borrowed = old.fr == old.en and not had
        if names[language].strip("? ") == "" or (borrowed and has) or (own and not keeps(names[language], fresh, own, whole)):
            names[language] = fresh
    for language, other, fresh in (("fr", "en", new.fr), ("en", "fr", new.en)):
        if not in_language(titles, language) and names[other] != (old.fr if other == "fr" else old.en):
            names[language] = fresh  # borrowed or translated: it follows the other
    return Label(names["fr"], names["en"], terms["fr"], terms["en"])


def _said(titles: Sequence[str], texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The titles that say something, and title and text of the same stories."""
    whole = texts if len(texts) == len(titles) else titles
    kept = [(title, text) for title, text in zip(titles, whole, strict=True) if title.strip()][:_TITLES]
    return [_encodable(title) for title, _ in kept], [_encodable(text) for _, text in kept]


def _encodable(text: str) -> str:
    """Without lone surrogates, which no model reads."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _name(
    titles: Sequence[str],
    texts: Sequence[str],
    language: str,
    weights: np.ndarray,
    models: Mapping[str, str],
    sources: Collection[str],
    echo: Callable[[Key], float],
) -> tuple[str, tuple[str, ...]]:
    casing = Casing(titles, texts)
    plain = [casing.in_sentence(title) for title in titles]
    said = [*plain[:_READ_TITLES], *(part for pair in zip(titles, texts[:_READ_TEXTS], strict=False) for part in _bodies(*pair))]
    read = phrases(said, language, models, casing)
    weigh = _Weights([*titles, *texts], weights, _MUTE[language])
    heads, whole = [key(title) for title in titles], [key(text) for text in texts]
    banned = {key(source) for source in sources}
    found = [
        one
        for one in candidates([phrase for part in read for phrase in part], heads, whole, weigh, casing.is_proper)
        if not any(holds(one.key, name) or holds(name, one.key) for name in banned)
    ]
    chosen = choose(found, heads, echo)
    words = telling_words(heads, weigh, _TERMS) or telling_words(whole, weigh, _TERMS)
    terms = tuple(casing.best(weigh.shown(word)) for word in words)
    if chosen:
        parts = [spelling(one, casing.written) for one in chosen]
        if len(parts) > 1 and not chosen[1].is_name:
            parts[1] = casing.inside(parts[1])
        together = _together(chosen, plain) if len(chosen) > 1 else ""
        return _sentence_case(together or SEPARATOR.join(parts)), terms
    return _sentence_case(SEPARATOR.join(terms[:3]) or titles[0]), terms


def _together(pair: Sequence[Candidate], titles: Sequence[str]) -> str:
    """Both parts as one phrase, where two titles or more say them side by side: "HP printers", "Snapchat for Web"."""
    said: Counter[str] = Counter()
    for title in titles:
        words = [word for word in WORD.finditer(title) if word_key(word.group())]
        keys = tuple(word_key(word.group()) for word in words)
        for first, last in (pair, pair[::-1]):
            for phrase in linked(first.key, last.key):
                if at := place(keys, phrase):
                    text = title[words[at[0]].start() : words[at[1] - 1].end()]
                    apposed = (
                        last.is_name
                        and last.words > 1
                        and not first.is_name
                        and len(WORD.findall(text)) == len(first.key) + len(last.key)
                    )
                    if not apposed and not _APART.search(text):  # "AI art tool | Stable Diffusion"
                        said[text] += 1
    best = min(said.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
    return best[0] if said.total() > 1 else ""


def _echo(others: Sequence[Key]) -> Callable[[Key], float]:
    """How much of a phrase ``others`` say too, by first letters, which languages share (« photonique », "photonics")."""
    spread = Counter(start for words in others for start in {word[:_ROOT] for word in words if len(word) >= _ROOT})
    known = {start for start, n in spread.items() if n > 1 and n >= 0.25 * len(others)}
    return lambda phrase: sum(word[:_ROOT] in known for word in phrase) / len(phrase)


def _bodies(title: str, text: str) -> list[str]:
    """The first lines of a text below its title."""
    return [line for line in text.removeprefix(title).split("\n") if line.strip()][:1]


class _Weights:
    """The lexicon's weights for words as labels compare them."""

    def __init__(self, texts: Sequence[str], weights: np.ndarray, mute: frozenset[str]) -> None:
        self._mute = mute
        self._written: dict[str, Counter[str]] = {}
        for text in texts:
            for word in WORD.findall(text):
                if one := word_key(word):
                    self._written.setdefault(one, Counter())[word] += 1
        counts = space.count_words([self.shown(word) for word in self._written])
        indexed = zip(self._written, np.split(counts.indices, counts.indptr[1:-1]), strict=True) if self._written else ()
        self._rare = {word: float(weights[at].max()) if at.size else None for word, at in indexed}

    def __call__(self, word: str) -> float:
        if word in ("ET", "PT", "AM", "PM"):
            return 0.0  # times of day
        if word.isupper():
            return _COMMON_ACRONYM if word in ("US", "EU", "UE", "IT") else _ACRONYM
        if len(word) < 2 or word.isdigit() or word in self._mute or word not in self._written:
            return 0.0
        rare = self._rare[word]
        return rare if rare is not None else _ACRONYM if word in STOP_WORDS else 0.0

    def shown(self, word: str) -> str:
        """The spelling most often met."""
        return min(self._written[word].items(), key=lambda item: (-item[1], item[0]))[0]


def _sentence_case(name: str) -> str:
    short = shorten(name, _LONGEST, placeholder="…")
    name = short if short != "…" else name.strip()[: _LONGEST - 1] + "…"
    return capitalised(name)
