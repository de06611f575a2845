"""What is new in a theme: terms, actors and places of the window's stories that none of its earlier ones has.

New means said by two voices now and never before. With fewer than ten earlier stories everything would be new, so nothing is
said; actors and places also need the facts of nearly all earlier stories, since those unread might name them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.evidence import Member
from storage import actors
from storage.tables import fact_runs, facts, territories
from storage.upsert import chunks

EARLIER = 10
_MOST = 5
_VOICES = 2
_TITLES = 3
_LONGEST = 3
_READ = 0.9
_PLACES = ("region", "departement", "country")
_WORD = re.compile(r"[^\W_][\w-]*")


@dataclass(frozen=True, slots=True)
class New:
    """A thing nobody named before: how many stories and voices name it now. Names are the same for a term or an actor."""

    id: str
    name_fr: str
    name_en: str
    stories: int
    voices: int

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name_fr": self.name_fr,
            "name_en": self.name_en,
            "stories": self.stories,
            "sources": self.voices,
        }


@dataclass(frozen=True, slots=True)
class Novelty:
    """What is new, most told first. ``earlier`` stories were compared; under ten, nothing could be said."""

    terms: tuple[New, ...] = ()
    actors: tuple[New, ...] = ()
    places: tuple[New, ...] = ()
    earlier: int = 0

    def as_evidence(self) -> dict[str, Any]:
        """The keys ``new_terms`` (plain words) and ``new`` of a signal's evidence."""
        return {
            "new_terms": [term.name_en for term in self.terms],
            "new": {
                "terms": [new.as_json() for new in self.terms],
                "actors": [new.as_json() for new in self.actors],
                "places": [new.as_json() for new in self.places],
                "earlier_stories": self.earlier,
            },
        }


def novelty(conn: Connection, members: Sequence[Member], start: dt.date, until: dt.date) -> Novelty:
    """What the stories of [``start``, ``until``] say that the earlier ones of ``members`` (all those of the theme) do not."""
    recent = [member for member in members if start <= member.day <= until]
    earlier = [member for member in members if member.day < start]
    if len(earlier) < EARLIER or not recent:
        return Novelty(earlier=len(earlier))
    terms = new_terms(recent, earlier, _stop_words())
    found_actors, found_places = _new_facts(conn, recent, earlier)
    return Novelty(terms, found_actors, found_places, len(earlier))


def new_terms(
    recent: Iterable[Member], earlier: Iterable[Member], stop: Collection[str] = (), most: int = _MOST
) -> tuple[New, ...]:
    """Phrases of one to three words in at least three recent titles of two voices that no earlier title has.

    A phrase neither begins nor ends with a word of ``stop`` (lower case) or a number; of phrases in the same stories, the
    longest stays.
    """
    stories: dict[tuple[str, ...], set[str]] = defaultdict(set)
    voices: dict[tuple[str, ...], set[str]] = defaultdict(set)
    spelling: dict[tuple[str, ...], str] = {}
    for member in recent:
        for phrase, written in _phrases(member.title, stop).items():
            stories[phrase].add(member.document_id)
            voices[phrase].add(_voice(member))
            spelling.setdefault(phrase, written)
    told = {p for p, ids in stories.items() if len(ids) >= _TITLES and len(voices[p]) >= _VOICES}
    fresh = sorted(told - _known(told, earlier, stop))
    kept = [p for p in fresh if not any(_lies_in(p, other) and stories[p] <= stories[other] for other in fresh)]
    kept.sort(key=lambda p: (-len(stories[p]), -len(p), p))
    return tuple(New(" ".join(p), spelling[p], spelling[p], len(stories[p]), len(voices[p])) for p in kept[:most])


def _known(told: Collection[tuple[str, ...]], earlier: Iterable[Member], stop: Collection[str]) -> set[tuple[str, ...]]:
    """Which of these phrases an earlier title has. Only titles with a phrase's first word are read closely."""
    firsts = {phrase[0] for phrase in told}
    known: set[tuple[str, ...]] = set()
    for member in earlier:
        if firsts and not firsts.isdisjoint(_WORD.findall(member.title.casefold())):
            known.update(_phrases(member.title, stop))
    return known


def _phrases(title: str, stop: Collection[str]) -> dict[tuple[str, ...], str]:
    """The phrases of a title, in lower case, with how they are written there."""
    words = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(title)]
    found: dict[tuple[str, ...], str] = {}
    for first in range(len(words)):
        for last in range(first, min(first + _LONGEST, len(words))):
            part = words[first : last + 1]
            key = tuple(word.casefold() for word, _, _ in part)
            if _is_weak(key[0], stop) or _is_weak(key[-1], stop):
                continue
            # Words of one phrase follow each other: only spaces, an apostrophe or a hyphen lie between.
            between = [title[a[2] : b[1]] for a, b in itertools.pairwise(part)]
            if all(gap.strip(" \u00a0'’-") == "" for gap in between):
                found.setdefault(key, title[part[0][1] : part[-1][2]])
    return found


def _is_weak(word: str, stop: Collection[str]) -> bool:
    return len(word) < 3 or word in stop or word[0].isdigit()


def _lies_in(phrase: tuple[str, ...], other: tuple[str, ...]) -> bool:
    width = len(phrase)
    return width < len(other) and any(other[i : i + width] == phrase for i in range(len(other) - width + 1))


def _new_facts(conn: Connection, recent: Sequence[Member], earlier: Sequence[Member]) -> tuple[tuple[New, ...], tuple[New, ...]]:
    before = [member.document_id for member in earlier]
    read = _read_documents(conn, before)
    if read < max(EARLIER, _READ * len(before)):
        return (), ()
    of_document = {member.document_id: member for member in recent}
    stories: dict[tuple[str, str], set[str]] = defaultdict(set)
    voices: dict[tuple[str, str], set[str]] = defaultdict(set)
    for document_id, key in _named(conn, list(of_document)):
        stories[key].add(document_id)
        voices[key].add(_voice(of_document[document_id]))
    wanted = {key for key in stories if len(voices[key]) >= _VOICES}
    if not wanted:
        return (), ()
    wanted -= {key for _, key in _named(conn, before, wanted)}
    names = _names(conn, wanted)
    found = [
        (key, New(":".join(key) if key[0] in _PLACES else key[1], *names[key], len(stories[key]), len(voices[key])))
        for key in wanted
        if key in names
    ]
    found.sort(key=lambda pair: (-pair[1].stories, -pair[1].voices, pair[1].name_en))
    named = tuple(new for key, new in found if key[0] == "organisation")
    placed = tuple(new for key, new in found if key[0] in _PLACES)
    return named[:_MOST], placed[:_MOST]


def _named(
    conn: Connection, document_ids: Sequence[str], wanted: Collection[tuple[str, str]] | None = None
) -> set[tuple[str, tuple[str, str]]]:
    """(document, (kind, actor or territory)) pairs of these documents; with ``wanted``, only those."""
    c = facts.c
    thing = sa.case((c.kind == "organisation", c.actor), else_=c.value)
    found: set[tuple[str, tuple[str, str]]] = set()
    for part in chunks(list(document_ids)):
        query = (
            sa.select(c.document_id, c.kind, thing.label("thing"))
            .where(c.document_id.in_(part), c.kind.in_(("organisation", *_PLACES)), thing.is_not(None))
            .distinct()
        )
        if wanted is not None:
            query = query.where(thing.in_({key for _, key in wanted}))
        found.update((row.document_id, (row.kind, row.thing)) for row in conn.execute(query))
    return found if wanted is None else {pair for pair in found if pair[1] in wanted}


def _read_documents(conn: Connection, document_ids: Sequence[str]) -> int:
    """How many of these documents the facts step has read, whatever its version."""
    c = fact_runs.c
    found = 0
    for part in chunks(list(document_ids)):
        query = sa.select(sa.func.count(sa.distinct(c.document_id))).where(
            c.document_id.in_(part), c.pipeline.startswith("facts/", autoescape=True)
        )
        found += int(conn.scalar(query) or 0)
    return found


def _names(conn: Connection, wanted: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], tuple[str, str]]:
    """Names in French and English; a thing without one is left out."""
    known = actors.by_ids(conn, sorted(key for kind, key in wanted if kind == "organisation"))
    found = {("organisation", key): (actor.name, actor.name) for key, actor in known.items()}
    codes = sorted({code for kind, code in wanted if kind in _PLACES})
    for part in chunks(codes):
        c = territories.c
        for row in conn.execute(sa.select(c.level, c.code, c.name_fr, c.name_en).where(c.code.in_(part))):
            if (row.level, row.code) in wanted:
                found[row.level, row.code] = (row.name_fr, row.name_en)
    return found


def _voice(member: Member) -> str:
    return member.voice or member.source


def _stop_words() -> frozenset[str]:
    # spaCy's lists come with spaCy: paid for only when a signal speaks.
    from nlp.themes.stopwords import mute_words

    return mute_words("fr") | mute_words("en")
