"""When a name needs a second part, and which: one good phrase is worth more than a pair whose second half says little.

A second part is said of the first, in stories that hold both, and tells something by itself: a name, a phrase of several words,
or a noun of what happens (« grève », "outage"). A name met in many themes ("TikTok") is not left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nlp.themes.naming.candidate import Candidate
from nlp.themes.naming.words import Key, holds

_TOGETHER = 0.35
_TOGETHER_IN_TEXTS = 0.6
_NOUN_TOGETHER = 0.5
_TELLING = 0.3
_NEARLY_ALL = 0.7
_GENERAL = 3.6
_GENERAL_LEAST = 0.15
_ROOT = 5
_NOUN = 0.8
_THING = 0.8
_WEIGHTY = 4.0
_TWO_NAMES = 0.65
_LINKS = ("for", "of", "in", "on", "en", "sur", "contre")
# Nouns of what happens, by their ending or by themselves; things ("speeds", "label") say nothing after a name.
_HAPPENS = re.compile(r"\w{3,}(?:tion|sion|ment|cy|ance|ence|isme?)", re.IGNORECASE)
_EVENTS_EN = """
    ban bans fine fines strike strikes lawsuit lawsuits layoffs merger takeover buyout vaccine vaccines recall recalls breach
    leak leaks hack hacks election elections protest protests tariff tariffs collapse crash trial antitrust boycott spyware
    malware ransomware phishing cheating earthquake wildfire wildfires flood floods drought hurricane war debt tax taxes
    outage outages shortage shortages closure union unions security safety price prices jobs
    attack attacks shooting shootings killing killings
"""
_EVENTS_FR = """
    grève grèves procès réforme réformes rachat faillite retraite retraites siège opposition jubilé canicule sécheresse séisme
    incendie incendies inondations guerre coup vaccin vaccins impôt impôts dette scandale amende enquête sanctions barrage
    référendum vote scrutin budget licenciements emploi emplois pénurie pénuries plainte plaintes chômage fermeture fermetures
    élection élections émeutes corruption tuerie tueries attentat attentats attaque attaques fusillade
"""
_EVENTS = frozenset((_EVENTS_EN + _EVENTS_FR).split())
_NO_EVENTS = """
    station version television télévision application conversation location document government gouvernement apartment
"""
_THINGS = frozenset(_NO_EVENTS.split())


def second(first: Candidate, others: Sequence[Candidate], titles: Sequence[Key], *, strict: bool = True) -> Candidate | None:
    """What is said of ``first`` in enough of the ``titles``, and is worth a heading; None when nothing is. Not ``strict``, a mere
    thing is better than nothing."""
    n = len(titles)
    general = is_general(first)
    best, top = None, 0.0
    for one in others:
        share = len(one.titles) / n
        least = _GENERAL_LEAST if general else 0.2 if first.words == 1 else 0.25
        if len(one.titles) < (2 if strict or first.is_name else 3) or share < least or not _together(first, one):
            continue
        if one.weight < _TELLING * first.weight and not (one.is_name and share >= _NEARLY_ALL):
            continue
        if not strict and not first.is_name and one.weight < _THING * first.weight:
            continue
        if strict and not _tells(first, one) and beside(first.key, one.key, titles) < 2:
            continue
        value = one.support(n) * one.weight * (_NOUN if one.words == 1 and not one.is_name else 1.0)
        value *= (_TWO_NAMES if one.is_name and first.is_name else 1.0) * (
            0.5 + len(one.stories & first.stories) / len(first.stories)
        )
        if value > top:
            best, top = one, value
    if best is None:
        return None
    enough = 0.25 if first.words == 1 or first.is_name != best.is_name else 0.4 if first.is_name else 0.5
    return best if best.support(n) * best.weight >= enough * first.score(n) or len(best.titles) >= _NEARLY_ALL * n else None


def required(first: Candidate, others: Iterable[Candidate], n: int) -> Candidate | None:
    """For a name that says too little alone: the phrase most said with it, be it only in texts."""
    if not is_general(first):
        return None
    known = [
        one
        for one in others
        if one.titles and len(one.stories & first.stories) >= max(2, _GENERAL_LEAST * n) and (one.words > 1 or one.is_name)
        if not overlap(one.key, first.key)
    ]

    def value(one: Candidate) -> float:
        titles, stories = len(one.titles & first.titles), len(one.stories & first.stories)
        return (titles + 0.3 * (stories - titles)) * min(one.weight, _WEIGHTY)

    return min(known, key=lambda one: (-value(one), one.key), default=None)


def merged(first: Candidate, other: Candidate, found: Iterable[Candidate]) -> Candidate | None:
    """The one phrase that says both, in at least half of the titles that do ("RSV vaccine")."""
    both = first.titles & other.titles
    whole = [
        one
        for one in found
        if set(first.key) | set(other.key) <= set(one.key) and 2 * len(one.stories) >= max(3, len(both))
        if len(one.titles) >= (2 if first.is_name and other.is_name else 1)
    ]
    return min(whole, key=lambda one: (-len(one.titles), -len(one.stories), len(one.key), one.key), default=None)


def linked(left: Key, right: Key) -> list[Key]:
    """The two side by side, and with each link word between; articles and « de » are no part of keys."""
    return [left + right, *((*left, link, *right) for link in _LINKS)]


def beside(left: Key, right: Key, titles: Iterable[Key]) -> int:
    """How many titles say the two side by side, or with a link word between ("HP printers", "Snapchat for Web")."""
    wanted = [*linked(left, right), *linked(right, left)]
    return sum(any(holds(words, one) for one in wanted) for words in titles)


def is_general(one: Candidate) -> bool:
    """Whether it is a name of one word that many of the collection's stories hold (a country, a very large company)."""
    return one.is_name and one.words == 1 and len(one.key) == 1 and one.weight < _GENERAL


def overlap(left: Key, right: Key) -> bool:
    """Whether two phrases share a word or its root: "Canada" and "Canadians", "TV" and "TVs"."""
    return any(a == b or a + "s" == b or a == b + "s" or a[:_ROOT] == b[:_ROOT] != a[:4] for a in left for b in right)


def fuller(one: Candidate, others: Iterable[Candidate], n: int) -> Candidate:
    """A common noun alone says little: the longer phrase with it that a third of the stories have, at least in their texts; else
    another phrase of several words that half as many titles say."""
    several = [other for other in others if other.words > 1 and other.titles]
    with_it = [other for other in several if one.key[0] in other.key and len(other.stories) >= max(2, 0.3 * n)]
    apart = [
        other for other in several if len(other.titles) >= max(2, 0.5 * len(one.titles)) and other.weight >= 0.6 * one.weight
    ]
    return min(with_it or apart, key=lambda other: (-other.score(n), other.key), default=one)


def _together(first: Candidate, one: Candidate) -> bool:
    titles, stories = len(first.titles & one.titles), len(first.stories & one.stories)
    share = stories / max(len(first.stories), 1)
    if titles == 0:
        return share >= _TOGETHER_IN_TEXTS
    return max(titles / max(len(first.titles), 1), share) >= (_TOGETHER if not is_general(first) else _GENERAL_LEAST)


def _tells(first: Candidate, one: Candidate) -> bool:
    if one.is_name or one.words > 1:
        return True
    form = one.form()
    if "-" not in form and not form.isupper() and not _happens(form):
        return False
    if form.isupper() or (first.words > 1 and not first.is_name):
        return len(one.titles & first.titles) >= _NEARLY_ALL * len(first.titles)
    return len(one.titles & first.titles) >= _NOUN_TOGETHER * len(first.titles)


def _happens(word: str) -> bool:
    word = word.casefold()
    return word in _EVENTS or (word not in _THINGS and _HAPPENS.fullmatch(word) is not None)
