"""Phrases that may name a theme, read from its titles and texts: noun phrases, their parts that stand alone, and whole names.

A phrase never cuts a name (« Elon »), never ends on a link word, and carries no furniture of the press ("best", "hands-on").
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlp.facts.pipelines import phrase_pipeline
from nlp.themes.naming.casing import Casing, is_titled
from nlp.themes.naming.words import Key, key
from nlp.themes.stopwords import COMMON_ACRONYMS, FURNITURE, OFFICES, STOP_WORDS, TIME_WORDS

LONGEST = 4
_READ_CHARS = 600
_JOINTS = frozenset(("of", "the", "de", "du", "des", "d'", "d’", "von", "van", "el", "al", "&", "-", ":"))
_INSIDE_NAMES = frozenset(
    ("of", "the", "de", "du", "des", "d'", "d’", "la", "le", "les", "von", "van", "el", "al", "&", "-", "for")
)
_LINKS = frozenset(("de", "d'", "d’", "du", "des", "en", "à", "au", "aux", "par", "contre", "sur", "la", "le", "les", "l'", "l’"))
_UNITS = frozenset(("GW", "MW", "kW", "GWh", "MWh", "TWh", "km", "kg", "m²", "ha", "M€", "Mds", "mm", "nm", "GB", "TB"))
_PEOPLES = re.compile(r"[A-Z]\w{2,}(?:ese|ians?|icans?|[nlt]ish|eans?|ench)")
_QUOTED = re.compile(r"(?:^|\s)['’‘]|['’‘](?:\s|$)")
_MUTE = STOP_WORDS | FURNITURE | TIME_WORDS
_MUTE_KEYS = frozenset(one for word in _MUTE for one in key(word.lower()))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A candidate as written once. ``is_head``: it stands alone, not before the noun of a longer phrase."""

    key: Key
    text: str
    is_name: bool
    is_head: bool
    is_person: bool = False


def phrases(texts: Sequence[str], language: str, models: Mapping[str, str], casing: Casing) -> list[list[Phrase]]:
    """The candidates of each text, in reading order. A language without a grammar has the names written in it."""
    model = models.get(language)
    if model is None:
        return [[] for _ in texts]
    pipeline = phrase_pipeline(language, model)
    return [list(_read(doc, language, casing)) for doc in pipeline.pipe([text[:_READ_CHARS] for text in texts], batch_size=32)]


def _read(doc: Any, language: str, casing: Casing) -> Iterator[Phrase]:
    names = list(_names(doc, casing))
    people = set()
    if not is_titled([token.text for token in doc if token.is_alpha]):
        people = {key(entity.text) for entity in doc.ents if entity.label_ in ("PERSON", "PER")}
    inside = {i: (first, last) for first, last in names for i in range(first, last)}
    for first, last in names:
        is_head = last == len(doc) or not (
            doc[last].pos_ in ("NOUN", "PROPN", "ADJ") and doc[last - 1].dep_ in ("compound", "amod")
        )
        is_name = last - first > 1 or doc[first].text not in COMMON_ACRONYMS
        yield from _phrase(doc, first, last, is_name=is_name, is_head=is_head, people=people)
    for first, last, head in _noun_phrases(doc, language):
        for start, end in _parts(doc, first, last, head, language):
            start, end = _whole_names(start, end, inside)
            while start < end - 1 and doc[start].lower_ in OFFICES:
                start += 1
            if (start, end) not in names and not (language == "fr" and start in inside):
                yield from _phrase(doc, start, end, is_name=False, is_head=_is_head(doc, end, last, language))


def _names(doc: Any, casing: Casing) -> Iterator[tuple[int, int]]:
    """Runs of words written with a capital, with their numbers ("Windows 11") and inner link words ("House of the Dragon")."""
    i, n = 0, len(doc)
    titled = is_titled([token.text for token in doc if token.is_alpha])
    while i < n:
        if not _is_name(doc[i], casing, titled):
            i += 1
            continue
        end = i + 1
        while end < n and (step := _goes_on(doc, end, casing, titled)):
            end += step
        if not (titled and (_may_go_on(doc, i - 1) or _may_go_on(doc, end))):
            yield i, end
        i = end


def _goes_on(doc: Any, i: int, casing: Casing, titled: bool) -> int:
    """How many tokens from ``i`` on belong to the name before it."""
    if doc[i].lower_ in OFFICES:
        return 0
    if _is_name(doc[i], casing, titled) or (casing.knows(doc[i].text) and casing.is_name(doc[i].text) and not doc[i].is_stop):
        return 1
    if doc[i].text.isdigit() and len(doc[i].text) <= 3:
        return 1
    if doc[i].lower_ in ("'s", "’s") and i + 1 < len(doc) and doc[i + 1].text == "Day":
        return 2
    links = 0
    while links < 3 and i + links < len(doc) and doc[i + links].lower_ in (_INSIDE_NAMES if links else _JOINTS):
        links += 1
    after = i + links
    if not links or after >= len(doc) or not _is_name(doc[after], casing, True) or not casing.knows(doc[i - 1].text):
        return 0
    if doc[i].text == ":" and doc[i - 1].whitespace_:
        return 0  # French, and English headlines with a kicker
    return links + 1


def _may_go_on(doc: Any, i: int) -> bool:
    """Whether, where every word has a capital, a name may go on with this one ("Puerto Ricans")."""
    return 0 <= i < len(doc) and doc[i].pos_ in ("PROPN", "NOUN", "ADJ") and doc[i].text[:1].isupper()


def _is_name(token: Any, casing: Casing, titled: bool) -> bool:
    if not casing.is_name(token.text) or token.lower_ in STOP_WORDS or token.lower_ in OFFICES:
        return False
    if token.lower_ in _MUTE and not (
        casing.knows(token.text) and token.i + 1 < len(token.doc) and token.nbor().text[:1].isupper()
    ):
        return False  # "World" alone is no name, "World Cup" is
    return casing.knows(token.text) or (token.pos_ == "PROPN" and not titled)


def _noun_phrases(doc: Any, language: str) -> Iterator[tuple[int, int, int]]:
    """Noun phrases as (first, last, head), split where something is owned: « Apple's | new headset »."""
    previous: tuple[int, int, int] | None = None
    for chunk in doc.noun_chunks:
        first, last, head = chunk.start, chunk.end, chunk.root.i
        for i in range(first, last):
            if doc[i].tag_ == "POS" or doc[i].lower_ in ("'s", "’s"):
                yield first, i, i - 1
                first = i + 1
        if language == "fr":
            while doc[head].pos_ != "PROPN" and last < len(doc) and _qualifies(doc[last]):
                last += 1  # « photonique intégrée »: the parser leaves many adjectives and participles out
            if previous is not None and previous[1] < first and all(doc[i].lower_ in _LINKS for i in range(previous[1], first)):
                yield previous[0], last, previous[2]
        previous = (first, last, head)
        if first < last:
            yield first, last, max(head, first)


def _qualifies(token: Any) -> bool:
    if token.i + 1 < len(token.doc) and token.nbor().lower_ in ("à", "de", "d'", "d’") and token.head.pos_ != "NOUN":
        return False  # « un quai prêt à… » says what happens, not what it is
    if any(child.dep_ in ("xcomp", "advcl", "obl:arg") for child in token.children):
        return False
    return token.pos_ == "ADJ" or (token.pos_ == "VERB" and "Part" in token.morph.get("VerbForm", []))


def _parts(doc: Any, first: int, last: int, head: int, language: str) -> Iterator[tuple[int, int]]:
    """What of a noun phrase stands alone: English ends on its head, French begins with it."""
    if language == "fr":
        starts = sorted({first, head})
        ends = range(head + 1, last + 1)
        yield from ((start, end) for start in starts for end in ends)
        return
    yield from ((start, last) for start in range(first, last))
    end = last
    while end - 1 > first and doc[end - 1].lower_ in FURNITURE:
        end -= 1
        yield from ((start, end) for start in range(first, end))


def _is_head(doc: Any, end: int, last: int, language: str) -> bool:
    return language == "fr" or all(doc[i].lower_ in FURNITURE for i in range(end, last))


def _whole_names(start: int, end: int, inside: Mapping[int, tuple[int, int]]) -> tuple[int, int]:
    first, last = inside.get(start, (start, end))[0], inside.get(end - 1, (start, end))[1]
    return first, last


def _phrase(doc: Any, start: int, end: int, *, is_name: bool, is_head: bool, people: Collection[Key] = ()) -> Iterator[Phrase]:
    if not is_name:
        while start < end and (_is_edge(doc[start]) or doc[start].pos_ in ("ADP", "CCONJ", "PART")):
            start += 1
        while end > start and (_is_edge(doc[end - 1]) or doc[end - 1].pos_ in ("ADP", "CCONJ", "PART", "DET", "ADV")):
            end -= 1
    else:
        while start < end and (doc[start].lower_ in FURNITURE or (start < end - 1 and doc[start].lower_ in OFFICES)):
            start += 1
    if start >= end:
        return
    text = _written(doc.text, doc[start].idx, doc[end - 1].idx + len(doc[end - 1]))
    found = key(text)
    words = [word for word in found if word not in _MUTE_KEYS and not word.isdigit()]
    if not words or len(text.split()) > LONGEST + 1 or len(found) > LONGEST or not any(char.isalpha() for char in text):
        return
    if is_name and len(found) == 1 and _PEOPLES.fullmatch(text):
        return
    if (
        _QUOTED.search(text)
        or any(char in text for char in '“”"«»()[]{}<>|;!?…=@#$€£%\n')
        or "http" in text
        or (":" in text and not is_name)
    ):
        return
    if not is_name and not any(token.pos_ in ("NOUN", "PROPN") for token in doc[start:end]):
        return
    if any(token.pos_ in ("AUX", "PRON") for token in doc[start:end]) and not is_name:
        return
    yield Phrase(found, text, is_name, is_head, found in people)


def _is_edge(token: Any) -> bool:
    return (
        token.pos_ in ("DET", "PRON", "PUNCT", "SPACE", "NUM", "SYM", "AUX", "INTJ", "X")
        or (token.lower_ in _MUTE and not (token.text.isupper() and len(token.text) > 1))
        or (token.text in _UNITS)
        or token.tag_ in ("JJS", "RBS", "RB", "MD")
    )


def _written(text: str, start: int, end: int) -> str:
    """The phrase without a word cut at its hyphen, which French tokens are prone to."""
    while start > 1 and text[start - 1] in "-/" and text[start - 2].isalnum():
        start -= 2
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] in "-/"):
            start -= 1
    while end < len(text) - 1 and text[end] in "-/" and text[end + 1].isalnum():
        end += 1
        while end < len(text) and text[end].isalnum():
            end += 1
    return " ".join(text[start:end].strip(" -–—'’‘\"«»()[].,;:/").split())
