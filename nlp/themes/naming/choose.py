"""Chooses a theme's name among the phrases of its stories: said by many of them, rare elsewhere, and whole.

A second phrase is added when it tells something else (maximal marginal relevance, Carbonell and Goldstein 1998). The weight of a
word is its inverse document frequency in the collection, so that phrases are told from the rest as by class-based TF-IDF
(Grootendorst 2022); a phrase that nearly always stands inside a longer one gives way to it (C-value, Frantzi et al. 2000).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from nlp.themes.naming.candidates import Phrase
from nlp.themes.naming.words import Key, holds
from nlp.words import fold

_IN_TEXT = 0.3
_NESTED = 0.5
_STANDS = 0.1
_CONTEXTS = 3
_NESTED_NOUN = 0.3
_NESTED_NUMBER = 0.8
_TELLING = 0.3
_NEARLY_ALL = 0.7
_EVERYWHERE = 2.0
_UNTITLED = 0.6
_COMMON = 2.5
_FLOOR = 0.15


@dataclass(frozen=True, slots=True)
class Candidate:
    """A phrase with its support: positions of the stories whose title holds it, and of those whose title or text does."""

    key: Key
    is_name: bool
    is_person: bool
    heads: int
    inside: int
    contexts: int
    spelled: Counter[str]
    titles: frozenset[int]
    stories: frozenset[int]
    weight: float
    place: float

    def form(self) -> str:
        """Its most frequent form, singular or plural; the plural of a common noun in doubt, for headings read better so."""
        forms: Counter[str] = Counter()
        for text, count in self.spelled.items():
            forms[fold(text)] += count
        form = min(forms.items(), key=lambda item: (-item[1], item[0]))[0]
        if not self.is_name and 2 * forms[f"{form}s"] >= forms[form]:
            form += "s"
        return min(text for text in self.spelled if fold(text) == form)

    @property
    def words(self) -> int:
        """How many words it has, figures apart."""
        return sum(not word.isdigit() for word in self.key)

    @property
    def stands_alone(self) -> bool:
        """Whether it is more than a part of one longer phrase: "self" of "self-repair" is not, "Nest" of many products is."""
        return len(self.key) > 1 or self.heads > _STANDS * self.inside or (self.is_name and self.contexts >= _CONTEXTS)

    def support(self, n: int) -> float:
        return (len(self.titles) + _IN_TEXT * (len(self.stories) - len(self.titles))) / n


def candidates(
    found: Sequence[Phrase], titles: Sequence[Key], whole: Sequence[Key], weigh: Callable[[str], float]
) -> list[Candidate]:
    """The phrases, each once, with their support in ``titles`` and ``whole`` (title and text), by key."""
    by_key: dict[Key, list[Phrase]] = {}
    for phrase in found:
        by_key.setdefault(phrase.key, []).append(phrase)
    before: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phrase in found:
        for word, following in pairwise(phrase.key):
            before[word][following] += 1
    out = []
    for one, written in sorted(by_key.items()):
        in_titles = frozenset(i for i, words in enumerate(titles) if holds(words, one))
        in_stories = in_titles | frozenset(i for i, words in enumerate(whole) if holds(words, one))
        heads = [phrase for phrase in written if phrase.is_head] or written
        weights = [weigh(word) for word in one]
        telling = [weight for weight in weights if weight > 0]
        if not telling:
            continue
        places = [_place(titles[i], one) for i in in_titles]
        out.append(
            Candidate(
                key=one,
                is_name=sum(phrase.is_name for phrase in written) * 2 > len(written),
                is_person=any(phrase.is_person for phrase in written),
                inside=before[one[0]].total(),
                contexts=len(before[one[0]]),
                heads=sum(phrase.is_head for phrase in written),
                spelled=Counter(phrase.text for phrase in heads),
                titles=in_titles,
                stories=in_stories,
                weight=sum(map(_contrast, telling)) / len(telling) ** 0.8,
                place=sum(places) / len(places) if places else 0.0,
            )
        )
    return out


def _place(words: Key, phrase: Key) -> int:
    n = len(phrase)
    return next(i for i in range(len(words) - n + 1) if words[i : i + n] == phrase)


def _contrast(weight: float) -> float:
    """A word's weight against words as common as one story in five: those of one story in a hundred count for three times less
    than those of one in a thousand."""
    return max(_FLOOR * weight, weight - _COMMON)


def choose(found: Sequence[Candidate], titles: Sequence[Key], echo: Callable[[Key], float]) -> list[Candidate]:
    """At most two candidates, best first: what titles share; else what texts share; else, of what one title says, what the
    theme's stories in the other language ``echo`` [0, 1]; else what says most."""
    n = len(titles)
    if n > 1:
        in_texts = [replace(one, titles=one.stories, weight=one.weight * (1 if one.titles else _UNTITLED)) for one in found]
        if chosen := _shared(found, titles, echo) or _shared(in_texts, titles, echo)[:1]:
            return chosen
    alone = [one for one in found if one.titles and one.stands_alone]
    alone.sort(key=lambda one: (-_score(one, n) * (1 + 2 * echo(one.key)) * (0.3 if one.is_name else 1), one.place, one.key))
    return alone[:1]


def _shared(found: Sequence[Candidate], titles: Sequence[Key], echo: Callable[[Key], float]) -> list[Candidate]:
    n = len(titles)
    shared = [one for one in found if len(one.titles) > 1 and one.stands_alone]
    first = min(_whole(shared), key=lambda one: (-_score(one, n) * (1 + echo(one.key) / 2), one.key), default=None)
    if first is None:
        return []
    second = _second(first, _whole([one for one in shared if not _overlap(one.key, first.key)]), n)
    if second is None and len(first.key) == 1 and not first.is_name:
        first = _fuller(first, found, n)
    if second is None:
        return [_full_name(first, found)]
    return [_full_name(one, found) for one in _in_order(first, second)]


def _score(one: Candidate, n: int) -> float:
    shape = 1.0 if len(one.key) > 1 or one.is_name else 0.8
    return one.support(n) * one.weight * shape


def _whole(found: Sequence[Candidate]) -> list[Candidate]:
    """Without those that stand inside a longer one in most of the titles that say them."""

    def is_part(one: Candidate) -> bool:
        enough = _NESTED if len(one.key) > 1 or one.is_name else _NESTED_NOUN
        return any(
            len(other.key) > len(one.key)
            and holds(other.key, one.key)
            and len(other.titles) >= (enough if other.words > one.words else _NESTED_NUMBER) * len(one.titles)
            for other in found
        )

    return [one for one in found if not is_part(one)]


def _second(first: Candidate, others: Sequence[Candidate], n: int) -> Candidate | None:
    best, top = None, 0.0
    for one in others:
        share = len(one.titles) / n
        least = 0.2 if first.words == 1 else 0.25
        if one.words == 1:
            least = 0.33 if first.words == 1 and len(one.titles) > 2 else 0.4
        if first.words == 1 and first.is_name and first.weight < _EVERYWHERE:
            least = 0.15  # « Russie » alone says nothing
        if len(one.titles) < 2 or share < least or not one.stories & first.stories:
            continue
        if one.weight < _TELLING * first.weight and not (one.is_name and share >= _NEARLY_ALL):
            continue
        if not one.is_name and not first.is_name and one.words == 1 and first.words > 1 and share < 0.6:
            continue
        value = _score(one, n) * (0.65 if one.is_name and first.is_name else 1.0)
        if value > top:
            best, top = one, value
    if best is None:
        return None
    enough = 0.25 if first.words == 1 or first.is_name != best.is_name else 0.4 if first.is_name else 0.5
    return best if top >= enough * _score(first, n) or len(best.titles) >= _NEARLY_ALL * n else None


def _overlap(left: Key, right: Key) -> bool:
    """Whether two phrases share a word or its root: "Canada" and "Canadians", "TV" and "TVs"."""
    return any(a == b or a + "s" == b or a == b + "s" or a[:5] == b[:5] != a[:4] for a in left for b in right)


def _in_order(first: Candidate, second: Candidate) -> list[Candidate]:
    """A name stands before what happens to it; of two names, the one titles say first."""
    turned = second.is_name and (not first.is_name or second.place < first.place)
    return [second, first] if turned else [first, second]


def _fuller(one: Candidate, others: Sequence[Candidate], n: int) -> Candidate:
    """A common noun alone says little: the longer phrase with it that a third of the stories have, at least in their texts."""
    longer = [
        other
        for other in others
        if len(other.key) > 1 and one.key[0] in other.key and other.titles and len(other.stories) >= max(2, 0.3 * n)
    ]
    return min(longer, key=lambda other: (-_score(other, n), other.key), default=one)


def _full_name(one: Candidate, others: Sequence[Candidate]) -> Candidate:
    """A surname alone becomes the whole name wherever the stories give it (« Poutine »)."""
    if len(one.key) > 1 or not one.is_name:
        return one
    fuller = [
        other
        for other in others
        if other.is_person
        and 2 <= len(set(other.key)) == len(other.key) <= 3
        and one.key[0] == other.key[-1]
        and (other.titles or len(other.stories) > 1)
    ]
    return min(fuller, key=lambda other: (-len(other.stories), len(other.key), other.key), default=one)


def spelling(one: Candidate, written: Callable[[str, Key], str]) -> str:
    """The candidate in its most frequent form, singular or plural, as most often written."""
    return written(one.form(), one.key)


def telling_words(titles: Sequence[Key], weigh: Callable[[str], float], most: int) -> list[str]:
    """The words most titles share, by the weight they have, at most ``most``."""
    spread = Counter(word for words in titles for word in sorted(set(words)))
    score = {word: n * weigh(word) for word, n in spread.items() if len(titles) < 2 or n > 1}
    return [word for word, value in sorted(score.items(), key=lambda item: (-item[1], item[0])) if value > 0][:most]
