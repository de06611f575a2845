"""Stories to be grouped carry their independent voice: the source, or a part of one that speaks for many actors."""

from __future__ import annotations

import datetime as dt

import numpy as np

from storage import documents, sources, themes
from storage.source_keys import BUCKETS, source_key, source_of
from storage.store import Store
from tests.builders import NOW, TODAY, a_document, a_source, an_enrichment

DAY = dt.timedelta(days=1)


def test_an_actor_is_always_in_the_same_part_however_it_is_written() -> None:
    assert source_key("office", "Lumina SA") == source_key("office", "  LUMINA sa ")
    keys = {source_key("office", f"Lumina {n}") for n in range(2_000)}
    assert len(keys) == BUCKETS
    assert {source_of(key) for key in keys} == {"office"}


def test_stories_of_a_split_source_are_told_by_actor_and_unsigned_ones_by_document(store: Store) -> None:
    signed = [a_document(f"s{n}", source_id="office", actor="Lumina SA") for n in range(3)]
    unsigned = [a_document(f"u{n}", source_id="office") for n in range(3)]
    plain = [a_document(f"p{n}", actor="Lumina SA") for n in range(3)]
    added = [*signed, *unsigned, *plain]
    with store.transaction() as conn:
        sources.declare(conn, [a_source(), a_source("office", split_by_actor=True)])
        documents.add(conn, added)
        documents.add_enrichments(conn, [an_enrichment(document.id) for document in added])
        hashes = [document.id for document in added]
        documents.add_vectors(conn, "e", hashes, hashes, np.eye(len(added), dtype=np.float32))
        found = {story.document_id: story.source_id for story in themes.stories_between(conn, "e", TODAY, TODAY + DAY)}
        first = {story.document_id: story.source_id for story in themes.unplaced(conn, "e", NOW + DAY, 99)}
    assert first == found
    assert {found[document.id] for document in signed} == {source_key("office", "Lumina SA")}
    assert [found[document.id] for document in unsigned] == [source_key("office", document.id) for document in unsigned]
    assert {found[document.id] for document in plain} == {"gazette"}
