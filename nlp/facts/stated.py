"""Facts from what a source states in fields of its own record: sums, organisations, territories, programme.

Their words (``matched``) are what stood in the field. Those are not of the text: ``start`` and ``end`` are -1, -2, …, each once
in a document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from nlp.facts import amounts
from nlp.facts.actors import display_name, normal_id
from nlp.facts.entities import ORGANISATION_KIND
from nlp.facts.gazetteer import COUNTRY, DEPARTEMENT, REGION, Gazetteer
from nlp.facts.imported import imported
from nlp.facts.rates import Rates
from nlp.facts.roles import Role
from storage.actors import Actor
from storage.model import Document, Fact
from storage.stated import Party, Place, StatedAmount, read_stated

PROGRAMME_KIND = "programme"
COST = "cost"
"""Role of what a project costs in all: more than what anybody announced to give."""

_ROLES = {"awarded": Role.STATED, "raised": Role.STATED, "budget": Role.STATED, "estimate": Role.TARGET, "cost": COST}
_LEVELS = {"iso": COUNTRY, "insee_region": REGION, "insee_departement": DEPARTEMENT}
_MOST_PARTIES = 100


def stated_facts(document: Document, gazetteer: Gazetteer, rates: Rates) -> tuple[list[Fact], list[Actor]]:
    """The facts of a document's record, not said of which document and pipeline, and the actors they name."""
    stated = read_stated(document.extra) or imported(document)
    if not stated:
        return [], []
    known: dict[str, Actor] = {}
    found: dict[tuple[str, str, str | None], Fact] = {}
    on = document.published_on or document.counted_on
    resolved = [(party, _actor(party, gazetteer)) for party in stated.parties[:_MOST_PARTIES]]
    for amount in stated.amounts:
        to = next((actor for party, actor in resolved if party.name == amount.party), None)
        _note(found, _amount(amount, on, rates, to))
    for party, actor in resolved:
        known.setdefault(actor.id, actor)
        _note(found, _fact(ORGANISATION_KIND, actor.name, party.name, role=party.role, actor=actor.id))
        if party.role != "funder":  # where the money comes from is not where it goes
            for level, code in _places(Place(scheme="iso", code=party.country), gazetteer) if party.country else ():
                _note(found, _fact(level, code, party.country or code, role=party.role))
            for level, code in _area(party.area, gazetteer):
                _note(found, _fact(level, code, party.area or code, role=party.role))
    for place in stated.places:
        for level, code in _places(place, gazetteer):
            _note(found, _fact(level, code, place.raw or place.code))
    if stated.programme:
        _note(found, _fact(PROGRAMME_KIND, stated.programme, stated.programme))
    return [replace(fact, start=-n, end=-n) for n, fact in enumerate(found.values(), start=1)], list(known.values())


def _note(found: dict[tuple[str, str, str | None], Fact], fact: Fact) -> None:
    found.setdefault((fact.kind, fact.value, fact.role), fact)


def _fact(kind: str, value: str, matched: str, *, role: str | None = None, actor: str | None = None) -> Fact:
    return Fact(document_id="", kind=kind, value=value, matched=matched, start=0, end=0, pipeline="", role=role, actor=actor)


def _amount(stated: StatedAmount, on: dt.date | None, rates: Rates, to: Actor | None) -> Fact:
    number = int(stated.number) if stated.number == int(stated.number) else stated.number
    eur = None if stated.currency is None else rates.euros(stated.number, stated.currency, on)
    return replace(
        _fact(amounts.KIND, f"{number} {stated.currency or ''}".strip(), stated.raw, role=str(_ROLES[stated.role])),
        number=stated.number,
        unit=stated.currency,
        eur=eur,
        actor=to.id if to else None,
    )


def _actor(party: Party, gazetteer: Gazetteer) -> Actor:
    """The gazetteer's by register number, then by name; else an actor of its own, under the id its name has in texts."""
    scheme, _, number = (party.register_id or "").partition(":")
    by_number = _tables_of(gazetteer).numbered.get((scheme, number)) if number else None
    key = normal_id(party.name)
    known = by_number or gazetteer.names.get(party.name) or gazetteer.by_id.get(key)
    numbers = {scheme: number} if scheme in ("siren", "ror") else {}
    return known or Actor(id=key, name=display_name(party.name), country=party.country, **numbers)


class _Tables(NamedTuple):
    """A gazetteer's organisations by register number, what each territory lies in, and each territory by its NUTS code."""

    numbered: Mapping[tuple[str, str], Actor]
    parents: Mapping[tuple[str, str], tuple[str, str] | None]
    by_nuts: Mapping[str, tuple[str, str]]


_tables: dict[str, _Tables] = {}


def _tables_of(gazetteer: Gazetteer) -> _Tables:
    if gazetteer.digest not in _tables:
        actors = gazetteer.by_id.values()
        numbered = {("siren", actor.siren): actor for actor in actors if actor.siren}
        numbered |= {("ror", actor.ror): actor for actor in actors if actor.ror}
        territories = gazetteer.territories
        parents = {
            (t.level, t.code): (t.parent_level, t.parent_code) if t.parent_level and t.parent_code else None for t in territories
        }
        by_nuts = {t.nuts: (t.level, t.code) for t in reversed(territories) if t.nuts}
        _tables[gazetteer.digest] = _Tables(numbered, parents, by_nuts)
    return _tables[gazetteer.digest]


def _places(place: Place, gazetteer: Gazetteer) -> Iterator[tuple[str, str]]:
    """A territory and those it lies in, but for the Union; none for a code nobody knows."""
    tables = _tables_of(gazetteer)
    found: tuple[str, str] | None
    if place.scheme == "nuts":
        code = place.code.upper()
        found = next((tables.by_nuts[code[:n]] for n in range(len(code), 1, -1) if code[:n] in tables.by_nuts), None)
    else:
        found = (_LEVELS[place.scheme], place.code.upper())
    while found is not None and found in tables.parents and found != (COUNTRY, "EU"):
        yield found
        found = tables.parents[found]


def _area(code: str | None, gazetteer: Gazetteer) -> Iterator[tuple[str, str]]:
    """The territories of a party's area: a NUTS code, or the INSEE code of a département."""
    if code:
        yield from _places(Place(scheme="nuts" if code[:2].isalpha() else "insee_departement", code=code), gazetteer)
