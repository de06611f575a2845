"""Phrases that may name a theme, read from its titles and texts: noun phrases, their parts that stand alone, and whole names.

A phrase never cuts a name, never ends on a link word, and carries no furniture of the press ("best", "hands-on").
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlp.facts.pipelines import phrase_pipeline
from nlp.themes.naming.casing import Casing
from nlp.themes.naming.names import NameReader
from nlp.themes.naming.words import Key, key, word_key
from nlp.themes.stopwords import COMMON_ACRONYMS, FURNITURE, OFFICES, UNITS, mute_words

LONGEST = 4
_READ_CHARS = 450
_LINKS = frozenset(("de", "d'", "d’", "du", "des", "en", "à", "au", "aux", "par", "contre", "sur", "la", "le", "les", "l'", "l’"))
_NO_PART = ("DET", "PRON", "PUNCT", "SPACE", "NUM", "SYM", "AUX", "INTJ", "X", "ADP", "CCONJ", "PART")
_PEOPLES = re.compile(r"[A-Z]\w{2,}(?:ese|ians?|icans?|[nlt]ish|eans?|ench)")
_QUOTED = re.compile(r"(?:^|\s)['’‘]|['’‘](?:\s|$)|http")
_MARKS = frozenset('“”"«»()[]{}<>|;!?…=@#$€£%·\n')
_ADVERBIAL = re.compile(r"(?:in|on|off|pre|post|anti|non|co|ex)-\w+|\w+-(?:\w+ed|based|free|like)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A candidate as written once. ``is_head``: it stands alone, not before the noun of a longer phrase."""

    key: Key
    text: str
    is_name: bool
    is_head: bool
    is_person: bool = False


def phrases(texts: Sequence[str], language: str, models: Mapping[str, str], casing: Casing) -> list[list[Phrase]]:
    """The candidates of each text, in reading order; none in a language without a model. Raises ConfigError without a parser."""
    model = models.get(language)
    if model is None:
        return [[] for _ in texts]
    reader = _Reader(language, casing)
    pipeline = phrase_pipeline(language, model)
    docs = list(pipeline.pipe([text[:_READ_CHARS] for text in texts], batch_size=32, disable=["ner"]))
    reader.find_entities(docs, pipeline)
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for token in (token for doc in docs for token in doc if token.is_alpha):
        kinds[word_key(token.text)][token.pos_] += 1

    def is_adjective(phrase: Phrase) -> bool:  # « russe », "renewable": taken for nouns now and then
        seen = kinds[phrase.key[0]]
        return len(phrase.key) == 1 and not phrase.is_name and seen["ADJ"] > seen["NOUN"]

    return [[phrase for phrase in reader.read(doc) if not is_adjective(phrase)] for doc in docs]


class _Reader:
    def __init__(self, language: str, casing: Casing) -> None:
        self._names = NameReader(language, casing)
        self._french = language == "fr"
        self._furniture = FURNITURE[language]
        self._offices = OFFICES[language]
        self._mute = mute_words(language)
        self._mute_keys = frozenset(one for word in self._mute | self._offices for one in key(word))

    def find_entities(self, docs: Sequence[Any], pipeline: Any) -> None:
        """Asks the model for entities, which costs as much as all the rest, only where they decide: full names of those who are
        elsewhere called by their surname alone, and peoples."""
        names = [[doc[first:last] for first, last in self._names.names(doc)] for doc in docs]
        alone = {key(name.text) for found in names for name in found if len(name) == 1}
        doubtful = [
            doc
            for doc, found in zip(docs, names, strict=True)
            if any(key(name[-1].text) in alone if len(name) > 1 else _PEOPLES.fullmatch(name.text) for name in found)
        ]
        if doubtful and pipeline.has_pipe("ner"):
            for _ in pipeline.get_pipe("ner").pipe(doubtful, batch_size=32):
                pass  # entities are written onto the documents

    def read(self, doc: Any) -> Iterator[Phrase]:
        whole = doc.text  # put together anew at each call
        names = list(self._names.names(doc))
        persons = list(self._names.people(doc))
        people = {key(doc[first:last].text) for first, last in persons}
        names += [span for span in persons if span not in names]
        inside = {i: (first, last) for first, last in names for i in range(first, last)}
        for first, last in names:
            is_name, is_head = _is_name(doc, first, last), _ends(doc, last)
            yield from self._phrase(doc, whole, first, last, is_name=is_name, is_head=is_head, people=people)
        for first, last, head in self._noun_phrases(doc):
            for start, end in self._parts(doc, first, last, head):
                start = inside.get(start, (start, end))[0]
                ends = inside.get(end - 1, (start, end))
                end = ends[1]  # a name is never cut
                while start < end - 1 and doc[start].lower_ in self._offices:
                    start += 1
                if (start, end) in names or (start in inside if self._french else start < ends[0]):
                    continue  # « Jai Hindley premier Australien », "tool Stable Diffusion"
                is_head = self._french or all(doc[i].lower_ in self._furniture for i in range(end, last))
                yield from self._phrase(doc, whole, start, end, is_name=False, is_head=is_head)

    def _noun_phrases(self, doc: Any) -> Iterator[tuple[int, int, int]]:
        """Noun phrases as (first, last, head), split where something is owned: "Apple's | new headset"."""
        previous: tuple[int, int, int] | None = None
        for chunk in doc.noun_chunks:
            first, last, head = chunk.start, chunk.end, chunk.root.i
            for i in range(first, last):
                if doc[i].tag_ == "POS" or doc[i].lower_ in ("'s", "’s"):
                    yield first, i, i - 1
                    first = i + 1
            if self._french:
                while doc[head].pos_ != "PROPN" and last < len(doc) and _qualifies(doc[last]):
                    last += 1  # « photonique intégrée »: the parser leaves many adjectives and participles out
                if previous is not None and previous[1] < first and all(t.lower_ in _LINKS for t in doc[previous[1] : first]):
                    yield previous[0], last, previous[2]
            elif previous is not None and previous[1] == first and doc[first].pos_ not in ("DET", "PRON"):
                yield previous[0], last, head  # "a battle | pass"
            if not self._french and last < len(doc) and _closes(doc, last):
                yield first, last + 1, last
            previous = (first, last, head)
            if first < last:
                yield first, last, max(head, first)

    def _parts(self, doc: Any, first: int, last: int, head: int) -> Iterator[tuple[int, int]]:
        """What of a noun phrase stands alone: English ends on its head, French begins with it."""
        if self._french:
            yield from ((start, end) for start in sorted({first, head}) for end in range(head + 1, last + 1))
            return
        end = last
        while end > first:
            yield from ((start, end) for start in range(first, end))
            end -= 1
            if doc[end].lower_ not in self._furniture:
                break  # of "laptop deals", "laptop" stands too

    def _phrase(
        self, doc: Any, whole: str, start: int, end: int, *, is_name: bool, is_head: bool, people: Collection[Key] = ()
    ) -> Iterator[Phrase]:
        """The phrase of some tokens, without what hangs over at its edges; nothing when what is left names nothing."""
        while not is_name and start < end and (self._is_edge(doc[start]) or self._hangs(doc, start, end)):
            start += 1
        while (
            not is_name
            and end > start
            and (self._is_edge(doc[end - 1]) or doc[end - 1].pos_ == "ADV" or doc[end - 1].lower_ in self._offices)
            and not (self._french and doc[end - 1].lower_ == "premières" and end > start + 1)  # « matières premières »
        ):
            end -= 1
        if start >= end:
            return
        text = _whole_words(whole, doc[start].idx, doc[end - 1].idx + len(doc[end - 1]))
        found = key(text)
        if not any(word not in self._mute_keys and not word.isdigit() for word in found) or len(found) > LONGEST:
            return
        if _MARKS & set(text) or _QUOTED.search(text) or len(text.split()) > LONGEST + 1 or not any(map(str.isalpha, text)):
            return
        if is_name and len(found) == 1 and _PEOPLES.fullmatch(text) and (doc[start].ent_type_ == "NORP" or not is_head):
            return  # "Chinese" qualifies, it does not name
        if not is_name:
            if start == 0 and not self._french and doc[0].pos_ == "PROPN" and doc[end - 1].text.islower() and text.endswith("s"):
                return  # "Cloudflare blocks": at the start of a headline, that is what it does
            kinds = {token.pos_ for token in doc[start:end]}
            if ":" in text or _ADVERBIAL.fullmatch(text) or not kinds & {"NOUN", "PROPN"} or kinds & {"AUX", "PRON"}:
                return
        yield Phrase(found, text, is_name, is_head, found in people)

    def _hangs(self, doc: Any, i: int, end: int) -> bool:
        """Whether a French adjective stands alone before a link word: « controversé | de la banque centrale »."""
        return self._french and doc[i].pos_ in ("ADJ", "VERB") and i + 1 < end and doc[i + 1].pos_ == "ADP"

    def _is_edge(self, token: Any) -> bool:
        if token.pos_ in _NO_PART or token.is_punct or token.text in UNITS or token.tag_ in ("JJS", "RBS", "RB", "MD"):
            return True
        return token.lower_ in self._mute and not (token.text.isupper() and len(token.text) > 1)


def _is_name(doc: Any, first: int, last: int) -> bool:
    return last - first > 1 or doc[first].text not in COMMON_ACRONYMS


def _ends(doc: Any, last: int) -> bool:
    """Whether a name that ends before ``last`` is more than the first part of a noun phrase ("Steam Deck | dock")."""
    if last == len(doc):
        return True
    return not (doc[last].pos_ in ("NOUN", "PROPN", "ADJ") and doc[last - 1].dep_ in ("compound", "amod"))


def _closes(doc: Any, i: int) -> bool:
    """Whether a word taken for a verb ends the sentence after a noun, and so may be one: "the new battle pass"."""
    return doc[i].tag_ in ("VB", "VBP", "VBZ") and (i + 1 == len(doc) or bool(doc[i + 1].is_punct))


def _qualifies(token: Any) -> bool:
    """Whether a word belongs to the noun before it; « un quai prêt à… » says what happens, not what it is."""
    following = token.nbor().lower_ if token.i + 1 < len(token.doc) else ""
    if following in ("à", "de", "d'", "d’") and token.head.pos_ != "NOUN":
        return False
    if any(child.dep_ in ("xcomp", "advcl", "obl:arg") for child in token.children):
        return False
    if token.pos_ == "VERB" and token.lower_.endswith(("it", "ut")):
        return False  # « la banque centrale reconduit… »: as often what it does
    return token.pos_ == "ADJ" or (token.pos_ == "VERB" and token.dep_ == "acl" and "Part" in token.morph.get("VerbForm", []))


def _whole_words(text: str, start: int, end: int) -> str:
    """The phrase without a word cut at its hyphen, which tokens are prone to."""
    while start > 1 and text[start - 1] in "-/" and text[start - 2].isalnum():
        start -= 2
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] in "-/"):
            start -= 1
    while end < len(text) - 1 and text[end] in "-/" and text[end + 1].isalnum():
        end += 1
        while end < len(text) and text[end].isalnum():
            end += 1
    return " ".join(text[start:end].strip(" -–—'’‘\"«»()[].,;:/").split())
