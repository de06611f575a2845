"""The stories kept in memory between runs of ``discover`` are what the database would give."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from nlp.themes.corpus import Corpus
from storage import documents, sources
from storage.store import Store
from tests.builders import NOW, TODAY, a_document, a_source, an_enrichment

DAY = dt.timedelta(days=1)
WORDS = ("photonique", "hydrogène", "satellite", "batterie", "quantique", "moulin", "verger")


def keep(store: Store, days: dict[str, int]) -> None:
    """Documents by id, each counted so many days after TODAY, with a vector and a title of their own."""
    with store.transaction() as conn:
        sources.add_missing(conn, [a_source()])
        found = [
            a_document(key, title=f"{WORDS[n % 7]} {key}", counted_on=TODAY + n * DAY, collected_at=NOW + n * DAY)
            for key, n in days.items()
        ]
        documents.add(conn, found)
        documents.add_enrichments(conn, [an_enrichment(key) for key in days])
        vectors = np.stack([np.cos(np.arange(8, dtype=np.float32) * (1 + sum(map(ord, key)))) for key in days])
        documents.add_vectors(conn, "e", list(days), [f"{key} {n}" for key, n in days.items()], vectors)


def told(corpus: Corpus) -> list[tuple[object, ...]]:
    """Everything the corpus says of each story."""
    rows = corpus.rows(np.arange(len(corpus.stories)), np.ones(corpus.counts.shape[1], dtype=np.float32))
    return [
        (story.document_id, str(corpus.days[i]), int(corpus.blocks[i]), corpus.meaning[i].tolist(), rows[i].tolist())
        for i, story in enumerate(corpus.stories)
    ]


def afresh(store: Store, start: dt.date, end: dt.date) -> list[tuple[object, ...]]:
    corpus = Corpus("e")
    with store.reading() as conn:
        corpus.load(conn, start, end)
    return told(corpus)


@pytest.mark.parametrize("late", [{"z1": 18, "a9": 20}, {"m5": 1}], ids=["within the week", "behind our back"])
def test_what_is_added_week_by_week_is_what_one_reading_gives(store: Store, late: dict[str, int]) -> None:
    corpus = Corpus("e")
    keep(store, {"b": 0, "a": 0, "c": 13, "e": 19, "d": 19})
    with store.reading() as conn:
        corpus.load(conn, TODAY, TODAY + 20 * DAY)
    keep(store, {"h": 25, "g": 20, "f": 25, **late})
    with store.reading() as conn:
        corpus.load(conn, TODAY, TODAY + 27 * DAY)
    assert told(corpus) == afresh(store, TODAY, TODAY + 27 * DAY)
    assert {story.document_id for story in corpus.stories} >= set(late)


def test_stories_older_than_the_history_are_forgotten(store: Store) -> None:
    corpus = Corpus("e")
    keep(store, {"a": 0, "b": 3, "c": 6})
    with store.reading() as conn:
        corpus.load(conn, TODAY, TODAY + 7 * DAY)
        corpus.load(conn, TODAY + 3 * DAY, TODAY + 8 * DAY)
    assert [story.document_id for story in corpus.stories] == ["b", "c"]
    assert told(corpus) == afresh(store, TODAY + 3 * DAY, TODAY + 8 * DAY)
