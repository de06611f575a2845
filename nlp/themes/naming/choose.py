"""Chooses a theme's name among the phrases of its stories: said by many of them, rare elsewhere, and whole.

A second phrase is added when it tells something else (maximal marginal relevance, Carbonell and Goldstein 1998). The weight of a
word is its inverse document frequency in the collection, so that phrases are told from the rest as by class-based TF-IDF
(Grootendorst 2022); a phrase that nearly always stands inside a longer one gives way to it (C-value, Frantzi et al. 2000).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from nlp.themes.naming.candidate import Candidate
from nlp.themes.naming.candidates import Phrase
from nlp.themes.naming.pairs import fuller, is_general, merged, overlap, required, second
from nlp.themes.naming.words import Key, holds

_NESTED = 0.5
_NESTED_NOUN = 0.3
_NESTED_NUMBER = 0.8
_UNTITLED = 0.6
_BYLINE = 0.2  # a name that no title has is as often who wrote the text
_RIVAL = 0.7
_COMMON = 2.5
_FLOOR = 0.15


def candidates(
    found: Sequence[Phrase],
    titles: Sequence[Key],
    whole: Sequence[Key],
    weigh: Callable[[str], float],
    is_name: Callable[[str], bool],
) -> list[Candidate]:
    """The phrases, each once, with their support in ``titles`` and ``whole`` (title and text), by key. ``is_name`` says of a word
    whether running text writes it with a capital (« la Finlande » is read as a noun phrase)."""
    by_key: dict[Key, list[Phrase]] = {}
    for phrase in found:
        by_key.setdefault(phrase.key, []).append(phrase)
    before: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phrase in found:
        for word, following in pairwise(phrase.key):
            before[word][following] += 1
    said_in, told_in = _places(titles, by_key), _places(whole, by_key)
    out = []
    for one, written in sorted(by_key.items()):
        places = said_in[one]
        in_titles = frozenset(places)
        in_stories = in_titles | frozenset(told_in[one])
        heads = [phrase for phrase in written if phrase.is_head] or written
        weights = [weigh(word) for word in one]
        telling = [weight for weight in weights if weight > 0]
        if not telling and len(one) == 1 and is_name(written[0].text):
            telling = [1.0]  # a name in a fifth of all stories: no name by itself, but it may stand beside what happens to it
        if not telling:
            continue
        out.append(
            Candidate(
                key=one,
                is_name=sum(phrase.is_name for phrase in written) * 2 > len(written)
                or (len(one) == 1 and all(is_name(phrase.text) for phrase in written)),
                is_person=any(phrase.is_person for phrase in written),
                inside=before[one[0]].total(),
                contexts=len(before[one[0]]),
                heads=sum(phrase.is_head for phrase in written),
                spelled=Counter(phrase.text for phrase in heads),
                titles=in_titles,
                stories=in_stories,
                weight=sum(map(_contrast, telling)) / len(telling) ** 0.8,
                place=sum(places.values()) / len(places) if places else 0.0,
            )
        )
    return out


def _places(texts: Sequence[Key], wanted: Collection[Key]) -> dict[Key, dict[int, int]]:
    """For each wanted phrase, the texts that hold it and where each first says it."""
    found: dict[Key, dict[int, int]] = {one: {} for one in wanted}
    lengths = sorted({len(one) for one in wanted})
    for i, words in enumerate(texts):
        for n in lengths:
            for at in range(len(words) - n + 1):
                if (places := found.get(words[at : at + n])) is not None:
                    places.setdefault(i, at)
    return found


def _contrast(weight: float) -> float:
    """A word's weight against words as common as one story in five: those of one story in a hundred count for three times less
    than those of one in a thousand."""
    return max(_FLOOR * weight, weight - _COMMON)


def choose(found: Sequence[Candidate], titles: Sequence[Key], echo: Callable[[Key], float]) -> list[Candidate]:
    """At most two candidates, best first: what titles share; else what texts share; else, of what one title says, what the
    theme's stories in the other language ``echo`` [0, 1]; else what says most."""
    n = len(titles)
    if n > 1:
        in_texts = [
            replace(one, titles=one.stories, weight=one.weight * (1 if one.titles else _BYLINE if one.is_name else _UNTITLED))
            for one in found
        ]
        if chosen := _shared(found, titles, echo) or _shared(in_texts, titles, echo)[:1]:
            return chosen
    alone = [one for one in found if one.titles and one.stands_alone]
    alone.sort(key=lambda one: (-one.score(n) * (1 + 2 * echo(one.key)) * (0.3 if one.is_name else 1), one.place, one.key))
    return alone[:1]


def _shared(found: Sequence[Candidate], titles: Sequence[Key], echo: Callable[[Key], float]) -> list[Candidate]:
    n = len(titles)
    shared = [one for one in found if len(one.titles) > 1 and one.stands_alone]
    first = min(_whole(shared), key=lambda one: (-one.score(n) * (1 + echo(one.key) / 2), one.key), default=None)
    if first is None:
        return []
    others = _whole([one for one in shared if not overlap(one.key, first.key)])
    other = second(first, others, titles)
    if len(first.key) == 1 and (other is None or not (first.is_name or other.is_name or other.words > 1)):
        first, other = _enough(first, others, found, titles)
    if other is None:
        return [_full_name(first, found)]
    if one := merged(first, other, found):
        return [one]
    return [_full_name(one, found) for one in _in_order(first, other)]


def _enough(
    first: Candidate, others: Sequence[Candidate], found: Sequence[Candidate], titles: Sequence[Key]
) -> tuple[Candidate, Candidate | None]:
    """One word alone is seldom a name: a fuller phrase instead of a common noun, a second part beside a name met everywhere."""
    n = len(titles)
    if not first.is_name:
        longer = fuller(first, found, n)
        weaker = second(first, others, titles) or second(first, others, titles, strict=False)
        return (longer, None) if longer != first else (first, weaker)
    if is_general(first):
        return first, required(first, _whole(found), n) or second(first, others, titles, strict=False)
    least = _RIVAL * first.score(n)
    rivals = [one for one in others if one.words > 1 and len(one.titles) >= len(first.titles) and one.score(n) >= least]
    return max(rivals, key=lambda one: (one.score(n), one.key), default=first), None


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


def _in_order(first: Candidate, second: Candidate) -> list[Candidate]:
    """A name stands before what happens to it; of two names, the one titles say first."""
    turned = second.is_name and (not first.is_name or second.place < first.place)
    return [second, first] if turned else [first, second]


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
