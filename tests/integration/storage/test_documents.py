"""Documents, mentions, enrichments, facts and vectors."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from storage import documents, sources
from storage.documents import Stored
from storage.store import Store
from tests.builders import NOW, a_document, a_fact, a_mention, a_source, an_enrichment

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def house(store: Store) -> Store:
    """A database with one source."""
    with store.transaction() as conn:
        sources.declare(conn, [a_source()])
    return store


def test_a_document_comes_back_as_it_went_in(house: Store) -> None:
    document = a_document(
        title="Une giga-usine à Dunkerque",
        lang="fr",
        url="http://127.0.0.1/a?b=c",
        published_at=NOW - HOUR,
        date_flag="late",
        actor="Atelier Boréal",
        extra={"codes": ["G06N 10/00"], "amount": 12.5, "état": None},
    )
    with house.transaction() as conn:
        documents.add(conn, [document])
    with house.reading() as conn:
        assert documents.by_ids(conn, ["d1"]) == [document]


def test_adding_twice_keeps_what_was_seen_first(house: Store) -> None:
    first, again = a_document(title="as first seen"), a_document(title="as seen later", collected_at=NOW + HOUR)
    with house.transaction() as conn:
        assert documents.add(conn, [first], [a_mention()]) == Stored(new=1, duplicate=0)
        assert documents.add(conn, [again, a_document("d2")], [a_mention(seen_at=NOW + HOUR)]) == Stored(new=1, duplicate=1)
        assert documents.by_ids(conn, ["d1"]) == [first]


def test_one_document_twice_in_a_batch_is_one_row(house: Store) -> None:
    with house.transaction() as conn:
        found = documents.add(conn, [a_document(), a_document()], [a_mention(key="a"), a_mention(key="b")])
        assert found == Stored(new=1, duplicate=1)
        assert documents.known_mentions(conn, "gazette", ["a", "b", "c"]) == {"a": "d1", "b": "d1"}


def test_more_documents_than_one_statement_takes(house: Store) -> None:
    many = [a_document(f"d{number:05}") for number in range(1201)]
    with house.transaction() as conn:
        assert documents.add(conn, many).new == 1201
        assert len(documents.existing(conn, [document.id for document in many])) == 1201
        wanted = ["d01200", "missing", "d00000"]
        assert [document.id for document in documents.by_ids(conn, wanted)] == ["d01200", "d00000"]


def test_a_document_of_an_unknown_source_is_refused(house: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError), house.transaction() as conn:
        documents.add(conn, [replace(a_document(), source_id="nowhere")])


def test_work_lists_are_oldest_first_bounded_by_now_and_empty_themselves(house: Store) -> None:
    with house.transaction() as conn:
        documents.add(
            conn,
            [
                a_document("late", collected_at=NOW + HOUR),
                a_document("b", collected_at=NOW - HOUR),
                a_document("a", collected_at=NOW - HOUR),
                a_document("undated", collected_at=NOW - HOUR, counted_on=None),
                a_document("at-now"),
            ],
        )
        lists = {
            "enrich": lambda limit=9: documents.without_enrichment(conn, "p/1", NOW, limit),
            "facts": lambda limit=9: documents.without_facts(conn, "p/1", NOW, limit),
            "embed": lambda limit=9: documents.without_vector(conn, "e", NOW, limit),
        }
        for todo in lists.values():
            assert [document.id for document in todo()] == ["a", "b", "undated"]
            assert [document.id for document in todo(1)] == ["a"]
        documents.add_enrichments(conn, [an_enrichment(key, pipeline="p/1") for key in ("a", "b")])
        documents.add_facts(conn, "p/1", ["a", "b"], [])
        documents.add_vectors(conn, "e", ["a", "b"], ["ha", "hb"], np.eye(2, dtype=np.float32))
        for todo in lists.values():
            assert [document.id for document in todo()] == ["undated"]


def test_a_new_pipeline_reads_everything_again_and_replaces(house: Store) -> None:
    with house.transaction() as conn:
        documents.add(conn, [a_document()])
        documents.add_enrichments(conn, [an_enrichment(pipeline="p/1", language="en")])
        assert [document.id for document in documents.without_enrichment(conn, "p/2", NOW + HOUR, 9)] == ["d1"]
        documents.add_enrichments(conn, [an_enrichment(pipeline="p/2", language="fr")])
        assert documents.without_enrichment(conn, "p/2", NOW + HOUR, 9) == []
        assert conn.scalar(sa.text("SELECT language FROM enrichments")) == "fr"


def test_reading_facts_again_replaces_those_of_the_same_pipeline(house: Store) -> None:
    amount, place = a_fact(number=12_500_000.0, unit="EUR"), a_fact(kind="region", value="53", start=20, end=28)
    with house.transaction() as conn:
        documents.add(conn, [a_document(), a_document("d2")])
        documents.add_facts(conn, "rules/1", ["d1", "d2"], [amount, place, replace(amount, document_id="d2")])
        documents.add_facts(conn, "rules/1", ["d1"], [amount])
        assert documents.facts_of(conn, ["d1"]) == [amount]
        assert documents.facts_of(conn, ["d2"]) == [replace(amount, document_id="d2")]


def test_one_pipeline_leaves_the_facts_of_another(house: Store) -> None:
    amount, domain = a_fact(), a_fact(kind="domain", value="naval", start=3, end=9, pipeline="domains/1")
    with house.transaction() as conn:
        documents.add(conn, [a_document()])
        documents.add_facts(conn, "rules/1", ["d1"], [amount])
        documents.add_facts(conn, "domains/1", ["d1"], [domain])
        documents.add_facts(conn, "rules/1", ["d1"], [amount])
        assert documents.facts_of(conn, ["d1"]) == [amount, domain]


def test_vectors_round_trip_in_half_precision(house: Store) -> None:
    matrix = np.random.default_rng(7).normal(size=(3, 256)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    with house.transaction() as conn:
        documents.add(conn, [a_document(f"d{number}") for number in range(3)])
        documents.add_vectors(conn, "usem3", ["d0", "d1", "d2"], ["h0", "h1", "h2"], matrix)
        found = documents.vectors_by_hash(conn, "usem3", ["h0", "h1", "h2", "h9"])
    assert sorted(found) == ["h0", "h1", "h2"]
    read = np.stack([found[f"h{number}"] for number in range(3)])
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, matrix.astype(np.float16).astype(np.float32))
    assert documents_without_vectors(house) == []


def documents_without_vectors(store: Store) -> list[str]:
    with store.reading() as conn:
        return [document.id for document in documents.without_vector(conn, "usem3", NOW + HOUR, 9)]


def test_vectors_are_halfvec_where_the_server_has_it(house: Store) -> None:
    if house.engine.dialect.name == "sqlite":
        with house.transaction() as conn:
            documents.add(conn, [a_document()])
            documents.add_vectors(conn, "e", ["d1"], ["h"], np.ones((1, 8), dtype=np.float32))
            assert conn.scalar(sa.text("SELECT LENGTH(vector) FROM vectors")) == 16
        return
    assert house.engine.dialect.has_halfvec  # type: ignore[attr-defined]
    with house.transaction() as conn:
        documents.add(conn, [a_document("d1"), a_document("d2")])
        documents.add_vectors(conn, "e", ["d1", "d2"], ["1", "2"], np.eye(2, dtype=np.float32))
        nearest = conn.scalar(sa.text("SELECT document_id FROM vectors ORDER BY vector <=> '[0.1,0.9]' LIMIT 1"))
    assert nearest == "d2"


def test_vectors_of_two_embedders_live_side_by_side(house: Store) -> None:
    with house.transaction() as conn:
        documents.add(conn, [a_document()])
        documents.add_vectors(conn, "small", ["d1"], ["h"], np.ones((1, 4), dtype=np.float32))
        documents.add_vectors(conn, "large", ["d1"], ["h"], np.zeros((1, 8), dtype=np.float32))
        documents.add_vectors(conn, "small", ["d1"], ["h2"], np.full((1, 4), 0.5, dtype=np.float32))
        assert documents.vectors_by_hash(conn, "small", ["h", "h2"])["h2"].tolist() == [0.5] * 4
        assert documents.vectors_by_hash(conn, "large", ["h"])["h"].shape == (8,)
