"""What sources state in fields of their own becomes facts, and decides what a story is worth."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from nlp.config import NlpSettings
from nlp.facts.step import facts
from storage import actors, documents
from storage.model import Document, Fact, Kind
from storage.stated import Party, Place, Stated, StatedAmount, read_stated
from storage.store import Store
from tests.unit.nlp.documents import a_document, store_documents

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
FRIDAY = dt.date(2024, 6, 14)
BLANK = NlpSettings(spacy_models={"fr": "blank", "en": "blank"})


def a_record(key: str = "d", title: str = "Jumeau numérique du port", text: str = "", **kw: Any) -> Document:
    kind = kw.pop("kind", Kind.FUNDING)
    stated = kw.pop("stated", None)
    extra = kw.pop("extra", {}) | ({"stated": stated.as_json()} if stated is not None else {})
    return replace(a_document(key, title, text, day=FRIDAY, kind=kind), extra=extra, **kw)


def read(store: Store, *found: Document) -> list[Fact]:
    store_documents(store, found)
    facts(store, NOW, BLANK)
    with store.reading() as conn:
        return documents.facts_of(conn, [document.id for document in found])


def of_kind(found: list[Fact], *kinds: str) -> list[tuple[Any, ...]]:
    return [(fact.value, fact.role, fact.matched) for fact in reversed(found) if fact.kind in kinds and fact.start < 0]


def test_sums_have_their_currency_euros_and_role(store: Store) -> None:
    sums = (
        StatedAmount(number=1e6, raw="1 000 000", role="awarded", currency="USD", party="Société Exemple"),
        StatedAmount(number=2e6, raw="2.000.000,00", role="cost", currency="EUR"),
        StatedAmount(number=3e6, raw="3000000", role="estimate", currency="EUR"),
        StatedAmount(number=4e6, raw="4000000", role="awarded"),
        StatedAmount(number=-500, raw="-500", role="awarded", currency="EUR"),
    )
    stated = Stated(amounts=sums, parties=(Party(name="Société Exemple", role="winner"),))
    found = [fact for fact in read(store, a_record(stated=stated)) if fact.kind == "amount"]
    assert [(f.value, f.number, f.unit, f.eur, f.role, f.matched, f.actor) for f in reversed(found)] == [
        ("1000000 USD", 1e6, "USD", 935_803.86, "stated", "1 000 000", "societe-exemple"),
        ("2000000 EUR", 2e6, "EUR", 2e6, "cost", "2.000.000,00", None),
        ("3000000 EUR", 3e6, "EUR", 3e6, "target", "3000000", None),
        ("4000000", 4e6, None, None, "stated", "4000000", None),
        ("-500 EUR", -500, "EUR", -500, "stated", "-500", None),
    ]
    assert all(fact.start == fact.end < 0 for fact in found)
    assert len({fact.start for fact in found}) == 5


def test_organisations_are_one_with_those_of_texts(store: Store) -> None:
    parties = (
        Party(name="CENTRE NATIONAL DE LA RECHERCHE SCIENTIFIQUE", role="beneficiary"),
        Party(name="Nom Que Personne Ne Connaît", role="partner", register_id="siren:180089013"),
        Party(name="Photon Exemple SAS", role="beneficiary", country="FR", area="FRH02", register_id="siren:552100554"),
        Party(name="Agence de la recherche exemplaire", role="funder", country="BE"),
    )
    found = read(store, a_record(stated=Stated(parties=parties)))
    organisations = [(f.actor, f.role, f.matched) for f in reversed(found) if f.kind == "organisation"]
    assert organisations == [
        ("cnrs", "beneficiary", "CENTRE NATIONAL DE LA RECHERCHE SCIENTIFIQUE"),
        ("cnrs", "partner", "Nom Que Personne Ne Connaît"),
        ("photon-exemple", "beneficiary", "Photon Exemple SAS"),
        ("agence-de-la-recherche-exemplaire", "funder", "Agence de la recherche exemplaire"),
    ]
    with store.reading() as conn:
        photon = actors.by_ids(conn, ["photon-exemple"])["photon-exemple"]
    assert (photon.name, photon.country, photon.siren) == ("Photon Exemple", "FR", "552100554")
    assert of_kind(found, "country") == [("FR", "beneficiary", "FR")], "where the money comes from is not where it goes"
    assert of_kind(found, "departement", "region") == [("29", "beneficiary", "FRH02"), ("53", "beneficiary", "FRH02")]


@pytest.mark.parametrize(
    ("place", "facts_"),
    [
        (Place(scheme="insee_departement", code="44", raw="44"), [("departement", "44"), ("region", "52"), ("country", "FR")]),
        (Place(scheme="insee_region", code="53", raw="Bretagne"), [("region", "53"), ("country", "FR")]),
        (Place(scheme="nuts", code="FRH0"), [("region", "53"), ("country", "FR")]),
        (Place(scheme="nuts", code="FRK26"), [("departement", "69"), ("region", "84"), ("country", "FR")]),
        (Place(scheme="nuts", code="FRK2"), [("region", "84"), ("country", "FR")]),
        (Place(scheme="nuts", code="EL30"), [("country", "GR")]),
        (Place(scheme="nuts", code="DE712"), [("country", "DE")]),
        (Place(scheme="iso", code="de"), [("country", "DE")]),
        (Place(scheme="iso", code="ZZ"), []),
        (Place(scheme="nuts", code="X"), []),
        (Place(scheme="insee_departement", code="99"), []),
    ],
)
def test_territories_bring_those_they_lie_in(sqlite_store: Store, place: Place, facts_: list[tuple[str, str]]) -> None:
    found = read(sqlite_store, a_record(stated=Stated(places=(place,), programme="France 2030")))
    assert [(f.kind, f.value) for f in reversed(found) if f.kind != "programme"] == facts_
    assert of_kind(found, "programme") == [("France 2030", None, "France 2030")]


def test_reading_again_changes_nothing_and_an_older_version_is_replaced(store: Store) -> None:
    record = a_record(text="Un projet à 10 millions d'euros.", stated=Stated(programme="ANR"))
    before = read(store, record)
    with store.transaction() as conn:
        conn.execute(sa.text("UPDATE facts SET pipeline = 'facts/rules-2'"))
        conn.execute(sa.text("UPDATE fact_runs SET pipeline = 'facts/rules-2'"))
    assert facts(store, NOW, BLANK).documents == 1, "documents read by the version before are read again"
    with store.reading() as conn:
        assert documents.facts_of(conn, ["d"]) == before
    assert facts(store, NOW, BLANK).documents == 0


def test_imports_that_carry_a_sum_and_organisations_are_read_alike(store: Store) -> None:
    raised = a_record("r", "Kelvia raises €1.5M (Seed)", extra={"amount": 1.5, "currency": "M EUR", "company": "Kelvia"})
    bought = a_record("b", "Broad buys Narrow", extra={"amount": "183500000", "currency": "USD"})
    bare = a_record("n", "Sans monnaie", extra={"amount": 12, "currency": None, "recipients": ["Kelvia SAS", 7]})
    odd = a_record("o", "Odd", extra={"amount": "douze", "currency": "EUR", "applicants": ["x"]})
    patent = a_record(
        "p",
        "Une pince",
        kind=Kind.PATENT,
        extra={"applicants": "EXEMPLE PHOTONIQUE SAS;Jean Dupont", "amount": 3, "currency": "EUR"},
    )
    found = read(store, raised, bought, bare, odd, patent)
    stated = {(f.document_id, f.kind, f.value, f.role, f.matched) for f in found if f.start < 0}
    assert stated == {
        ("r", "amount", "1500000 EUR", "stated", "1.5 M EUR"),
        ("r", "organisation", "Kelvia", "beneficiary", "Kelvia"),
        ("b", "amount", "183500000 USD", "stated", "183500000 USD"),
        ("n", "organisation", "Kelvia", "beneficiary", "Kelvia SAS"),
        ("p", "organisation", "EXEMPLE PHOTONIQUE", "applicant", "EXEMPLE PHOTONIQUE SAS"),
    }


@pytest.mark.parametrize(
    "stated",
    [
        "text",
        {"parties": "x"},
        {"amounts": [{"number": "a", "raw": "a", "role": "awarded"}]},
        {"amounts": [{"number": "inf", "raw": "∞", "role": "awarded"}]},
        {"places": [{"scheme": "moon"}]},
        {"parties": [{"name": "x", "role": "victim"}]},
    ],
)
def test_an_import_that_writes_anything_under_our_key_states_nothing(sqlite_store: Store, stated: object) -> None:
    assert not read_stated({"stated": stated})
    assert all(fact.start >= 0 for fact in read(sqlite_store, a_record(extra={"stated": stated})))


def test_what_is_stated_survives_its_way_through_the_database() -> None:
    stated = Stated(
        parties=(Party(name="A", role="buyer", country="FR"),),
        amounts=(StatedAmount(number=1.5, raw="1,5", role="budget", currency="EUR"),),
        places=(Place(scheme="nuts", code="FRH0"),),
        ids={"notice": "boamp:26-1"},
    )
    assert read_stated({"stated": stated.as_json()}) == stated
