"""Facts as a page tells them: what the source states in fields of its own, and what was read in the text with its words. Pure.

A fact read at several places is one line. Words of codes come from the catalogue; names of territories are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from monitor.pairing import DOMAINS
from storage.actors import Actor
from storage.model import Document, Fact
from storage.stated import read_stated
from web.texts import Texts

TERRITORIES = ("country", "region", "departement")
# What an analyst looks for first; kinds of a newer version come after.
_ORDER = (
    "amount", "round", "programme", "organisation", *TERRITORIES, "place", "announcement", "domain", "quantity",
    "possible_organisation",
)  # fmt: skip
_LEVELS = {"iso": "country", "insee_region": "region", "insee_departement": "departement", "nuts": "nuts"}
_DECIMAL = re.compile(r"-?[0-9]\.[0-9]{1,4}")
_RECORD = "record"
"""Pipeline of what stands in a record the facts step has not read yet."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, more of it (an organisation's country, who gets a sum), its role, and the words, each once."""

    kind: str
    value: str
    more: str
    role: str
    eur: float | None
    """Of a sum in another currency."""
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Because:
    """A part of why a document is in a theme: its code (``lead``, ``copy``; empty where unknown), its name, its words."""

    code: str
    name: str
    words: str


def is_stated(fact: Fact) -> bool:
    """Whether a fact stood in a field of the source's record rather than in the text."""
    return fact.start < 0


def readings(
    facts: Iterable[Fact], actors: Mapping[str, Actor], territories: Mapping[tuple[str, str], str], t: Texts
) -> tuple[Reading, ...]:
    """Facts as lines, by kind and then in the order of the text. ``territories``: names by level and code."""
    found: dict[Reading, list[str]] = {}
    for fact in sorted(facts, key=_place):
        value, more = _told(fact, actors, territories, t)
        role = t.named("fact_role", fact.role) if fact.role else ""
        words = found.setdefault(Reading(fact.kind, value, more, role, None if fact.unit == "EUR" else fact.eur), [])
        if fact.matched not in words:
            words.append(fact.matched)
    return tuple(replace(line, words=tuple(words)) for line, words in found.items())


def segments(document: Document, facts: Iterable[Fact], start: int, end: int) -> tuple[tuple[str, bool], ...]:
    """The text from ``start`` to ``end`` in pieces, each with whether a fact was read from it.

    Facts whose words are not where they say, since the text is another by now, mark nothing.
    """
    text, offset = document.text[start:end], len(document.title) + 1 + start
    marked = [False] * len(text)
    for fact in facts:
        first, last = fact.start - offset, fact.end - offset
        if 0 <= first < last <= len(text) and text[first:last] == fact.matched:
            marked[first:last] = [True] * (last - first)
    pieces: list[tuple[str, bool]] = []
    begin = 0
    for n in range(1, len(text) + 1):
        if n == len(text) or marked[n] != marked[begin]:
            pieces.append((text[begin:n], marked[begin]))
            begin = n
    return tuple(pieces)


def facts_of_record(document: Document) -> list[Fact]:
    """What a record states, as facts without euros, for a document whose facts have not been read yet."""
    stated = read_stated(document.extra)
    found: list[tuple[str, str, str, str | None]] = []
    found += [("organisation", party.name, party.name, party.role) for party in stated.parties]
    found += [("country", party.country, party.country, party.role) for party in stated.parties if party.country]
    found += [(_LEVELS[place.scheme], place.code, place.raw or place.code, None) for place in stated.places]
    found += [("programme", stated.programme, stated.programme, None)] if stated.programme else []
    facts = [_of_record(document, n, kind, value, matched, role) for n, (kind, value, matched, role) in enumerate(found, 1)]
    for n, amount in enumerate(stated.amounts, len(facts) + 1):
        value = f"{amount.number:g} {amount.currency or ''}".strip()
        facts.append(
            Fact(
                document_id=document.id,
                kind="amount",
                value=value,
                matched=amount.raw,
                start=-n,
                end=-n,
                pipeline=_RECORD,
                number=amount.number,
                unit=amount.currency,
                role=amount.role,
            )
        )
    return facts


def because(reason: str, names: Mapping[str, str], t: Texts) -> tuple[Because, ...]:
    """Why a document is in a theme, in parts. ``names`` of the themes it speaks of, by id."""
    if " + " in reason and ": " not in reason:
        sides = (names.get(side) or _domain(side, t.lang) for side in reason.split(" + "))
        return (Because("both", t.named("because", "both"), " + ".join(sides)),)
    found = []
    for part in reason.split(" · "):
        name, is_named, words = part.partition(": ")
        code = name.rpartition("/")[2]
        if is_named and code != "p":  # the probability is shown beside
            told = names.get(words, words) if code == "from" else words
            if code in ("cosine", "similarity") and _DECIMAL.fullmatch(words):
                told = t.number(float(words), 2)
            found.append(Because(code, t.named("because", code), told))
        elif not is_named and part:
            found.append(Because("", "", part))
    return tuple(found)


def themes_named(reason: str) -> tuple[str, ...]:
    """Ids of the themes a reason speaks of."""
    if " + " in reason and ": " not in reason:
        return tuple(reason.split(" + "))
    return tuple(part.partition(": ")[2] for part in reason.split(" · ") if part.startswith("de/from: "))


def _of_record(document: Document, n: int, kind: str, value: str, matched: str, role: str | None) -> Fact:
    return Fact(document_id=document.id, kind=kind, value=value, matched=matched, start=-n, end=-n, pipeline=_RECORD, role=role)


def _place(fact: Fact) -> tuple[int, int]:
    rank = _ORDER.index(fact.kind) if fact.kind in _ORDER else len(_ORDER)
    return rank, abs(fact.start)


def _told(fact: Fact, actors: Mapping[str, Actor], territories: Mapping[tuple[str, str], str], t: Texts) -> tuple[str, str]:
    actor = actors.get(fact.actor) if fact.actor else None
    if fact.kind == "amount":
        return _sum(fact, t), actor.name if actor else ""
    if fact.kind == "quantity" and fact.number is not None:
        return f"{_number(fact.number, t)}\u00a0{fact.unit or ''}".strip(), ""
    if fact.kind == "organisation":
        country = t.country(actor.country) if actor and actor.country else ""
        return (actor.name if actor else fact.value), country
    if fact.kind == "country":
        return territories.get((fact.kind, fact.value)) or t.country(fact.value), fact.value
    if fact.kind in TERRITORIES:
        return territories.get((fact.kind, fact.value), fact.value), fact.value
    if fact.kind == "domain":
        return _domain(fact.value, t.lang), ""
    if fact.kind == "announcement":
        return t.named("announcement", fact.value), ""
    if fact.kind == "round":
        return t.named("round", fact.value), ""
    return fact.value, ""


def _sum(fact: Fact, t: Texts) -> str:
    if fact.number is None:
        return fact.value
    low = f"{_number(fact.low, t)} – " if fact.low is not None else ""
    return f"{low}{_number(fact.number, t)}\u00a0{fact.unit or ''}".strip()


def _number(number: float, t: Texts) -> str:
    return t.number(number, 0 if number == int(number) else 2)


def _domain(code: str, lang: str) -> str:
    return DOMAINS[code][0 if lang == "fr" else 1] if code in DOMAINS else code
