"""Documents of one event are one story by their numbers, whatever their texts and days; the first publisher is named."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.counting import count_stories
from nlp.config import NlpSettings, StorySettings
from nlp.enrich import enrich
from nlp.stories import StoryIndex, Ties
from storage import document_keys
from storage.document_keys import Key
from storage.store import Store
from storage.tables import enrichments
from tests.fresh_counts import counted, counted_afresh
from tests.unit.nlp.documents import DAY, RELEASE, a_document, store_documents

NOW = dt.datetime(2028, 1, 1, tzinfo=dt.UTC)
CALL = a_document("call", "Fourniture d'un calculateur", "La région lance un marché de calcul intensif.", source="boamp", day=DAY)
FIX = a_document(
    "fix", "Avis rectificatif", "La date limite est repoussée au mois prochain.", source="ted", day=DAY + dt.timedelta(days=20)
)
AWARD = a_document(
    "award", "Attribution", "Le titulaire reçoit douze millions.", source="boamp", day=DAY + dt.timedelta(days=300)
)
OTHER = a_document("other", "Un autre marché de calcul", "Rien à voir avec le premier marché.", source="ted", day=DAY)


def tie(store: Store, keys: Mapping[str, Sequence[str]], *, is_identity: bool = False) -> None:
    with store.transaction() as conn:
        document_keys.add(conn, [Key(key, name, is_identity) for name, found in keys.items() for key in found])


def stories(store: Store) -> dict[str, str]:
    with store.reading() as conn:
        return {row.document_id: row.story_id for row in conn.execute(sa.select(enrichments))}


def settings_of(size: int = 1000) -> NlpSettings:
    return NlpSettings(enrich_batch=size)


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_notices_of_one_procedure_are_one_story(store: Store, size: int) -> None:
    store_documents(store, [CALL, FIX, AWARD, OTHER])
    tie(store, {"call": ["notice:1"], "fix": ["notice:1", "notice:2"], "award": ["notice:2"], "other": ["notice:9"]})
    report = enrich(store, NOW, settings_of(size))
    assert stories(store) == {"call": "call", "fix": "call", "award": "call", "other": "other"}
    assert report.copies == 2


@pytest.mark.parametrize("order", list(itertools.permutations(["call", "fix", "award"])), ids="-".join)
@pytest.mark.parametrize("at_once", [True, False], ids=["together", "apart"])
def test_the_order_of_arrival_changes_no_story(sqlite_store: Store, order: tuple[str, ...], at_once: bool) -> None:
    known = {document.id: document for document in (CALL, FIX, AWARD)}
    keys = {"call": ["notice:1"], "fix": ["notice:1", "notice:2"], "award": ["notice:2"]}
    for hour, name in enumerate(order):
        came = NOW - dt.timedelta(hours=10 - hour)
        store_documents(sqlite_store, [replace(known[name], collected_at=came)])
        tie(sqlite_store, {name: keys[name]})
        if not at_once:
            enrich(sqlite_store, NOW, settings_of())
    enrich(sqlite_store, NOW, settings_of())
    assert set(stories(sqlite_store).values()) == {order[0]}


def test_two_stories_found_to_be_one_are_counted_once(store: Store) -> None:
    store_documents(store, [CALL, AWARD])
    tie(store, {"call": ["notice:1"], "award": ["notice:2"]})
    enrich(store, NOW, settings_of())
    with store.transaction() as conn:
        count_stories(conn, NOW)
    assert len(counted(store)["stories"]) == 2
    store_documents(store, [FIX])
    tie(store, {"fix": ["notice:1", "notice:2"]})
    enrich(store, NOW, settings_of())
    with store.transaction() as conn:
        count_stories(conn, NOW)
    found = counted(store)
    assert found == counted_afresh(store, NOW)
    ((numbers),) = found["stories"].values()
    assert numbers[0] == "call"
    assert numbers[5] == 2, "the award came 300 days later: it leaves the past as it was scored"


def test_a_number_learned_later_joins_stories_that_stood(store: Store) -> None:
    store_documents(store, [CALL, OTHER])
    tie(store, {"call": ["project:1"]}, is_identity=True)
    enrich(store, NOW, settings_of())
    assert stories(store) == {"call": "call", "other": "other"}
    tie(store, {"other": ["project:1"]})
    report = enrich(store, NOW, settings_of())
    assert report.documents == 1
    assert set(stories(store).values()) == {"call"}
    assert enrich(store, NOW, settings_of()).documents == 0


def test_equal_titles_of_works_tie_nothing(store: Store) -> None:
    store_documents(store, [CALL, OTHER])
    tie(store, {"call": ["title:abc:2026"], "other": ["title:abc:2026"]}, is_identity=True)
    enrich(store, NOW, settings_of())
    assert stories(store) == {"call": "call", "other": "other"}


def test_a_copy_of_a_tied_document_is_of_its_story(store: Store) -> None:
    copy = a_document("copy", "Batteries : une usine", RELEASE, source="fil", day=DAY)
    first = a_document("first", "Voltacycle ouvre une usine", RELEASE, source="gazette", day=DAY)
    store_documents(store, [first, copy, CALL])
    tie(store, {"call": ["project:1"], "first": ["project:1"]})
    enrich(store, NOW, settings_of())
    assert len(set(stories(store).values())) == 1


def test_the_first_publisher_is_the_earliest_by_its_own_date(store: Store) -> None:
    late, early = DAY + dt.timedelta(days=1), DAY
    store_documents(
        store,
        [
            replace(a_document("a", "Voltacycle ouvre une usine", RELEASE, source="agregateur", day=late), published_on=late),
            replace(a_document("b", "Batteries : une usine", RELEASE, source="fil", day=late), published_on=early),
            replace(a_document("c", "Une usine", RELEASE, source="gazette", day=late), published_on=None),
        ],
    )
    enrich(store, NOW, settings_of())
    query = "SELECT story_id, first_document_id, first_source_id, documents, copies FROM v_stories"
    with store.reading() as conn:
        rows = [tuple(row) for row in conn.execute(sa.text(query))]
    assert len(rows) == 1
    assert rows[0][1:] == ("b", "fil", 3, 2)


NAMES = [f"d{n}" for n in range(8)]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keys=st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from("kmnp"), max_size=2, unique=True)),
    order=st.permutations(NAMES),
)
def test_ties_make_the_same_stories_in_every_order(keys: dict[str, list[str]], order: list[str]) -> None:
    def groups(names: Sequence[str]) -> set[frozenset[str]]:
        found = [a_document(name, f"Titre {name}", f"Texte {name}", day=DAY) for name in names]
        placed = StoryIndex(StorySettings()).place_tied(found, Ties(keys, {}, min)).story_ids
        told: dict[str, set[str]] = {}
        for name, story in zip(names, placed, strict=True):
            told.setdefault(story, set()).add(name)
        return {frozenset(group) for group in told.values()}

    assert groups(order) == groups(NAMES)
