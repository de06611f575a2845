"""What holds for any order of documents: whom a theme takes in depends on the documents, not on who came first."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.config import NlpSettings
from nlp.embed import embedded_text
from nlp.embedders.base import load_embedder
from nlp.language import identify
from nlp.themes import space
from nlp.themes.cluster import clusterer
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import story_rows
from nlp.themes.steps.assign import assign
from nlp.themes.steps.watch import watch
from storage import documents, themes
from storage.model import Origin
from storage.store import Store
from storage.tables import assignments, placements
from storage.tables import documents as documents_table
from storage.tables import enrichments as enrichments_table
from storage.tables import vectors as vectors_table
from tests.builders import a_theme, an_enrichment
from tests.integration.nlp import theme_corpus as news
from tests.unit.nlp.documents import store_documents

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
NEWS = [replace(document, collected_at=NOW) for document in (*news.LATER, *news.WATCHED, *news.RETURN, *news.NOISE[:5])]


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> tuple[Store, NlpSettings, np.ndarray]:
    """A watch theme, and a discovered one whose first stories were those of the burst."""
    file = tmp_path / "themes.toml"
    file.write_text(news.WATCH_LIST, encoding="utf-8")
    chosen = NlpSettings(themes=ThemeSettings(watch_file=file))
    embedder = load_embedder(chosen.embedder)
    vectors = embedder.embed([embedded_text(d.title, d.text, chosen.max_chars) for d in (*NEWS, *news.BURST)])
    store_documents(sqlite_store, news.BURST)
    with sqlite_store.transaction() as conn:
        documents.add_enrichments(conn, [an_enrichment(d.id, language=identify(d.title, d.text).code) for d in news.BURST])
        keys = [document.id for document in news.BURST]
        documents.add_vectors(conn, embedder.id, keys, keys, vectors[len(NEWS) :])
        first = themes.stories_between(conn, embedder.id, dt.date(2026, 1, 1), dt.date(2027, 1, 1))
        centre = story_rows(first, space.Lexicon.empty().weights()).mean(axis=0)
        found = a_theme("t1", origin=Origin.DISCOVERED, embedder=embedder.id, centroid=centre.astype("<f4").tobytes())
        themes.save(conn, [found])
    watch(sqlite_store, NOW, chosen)
    return sqlite_store, chosen, vectors[: len(NEWS)]


def judged(house: tuple[Store, NlpSettings, np.ndarray], order: list[int], batch: int) -> set[tuple[str, str, float, str]]:
    """Title, theme, probability and reason when the documents' ids, hence their turns, are in this order."""
    store, chosen, vectors = house
    chosen = chosen.model_copy(update={"themes": chosen.themes.model_copy(update={"batch": batch})})
    named = {f"n{turn:03}": NEWS[i] for turn, i in enumerate(order)}
    with store.transaction() as conn:
        for table in (assignments, placements, vectors_table, enrichments_table, documents_table):
            conn.execute(table.delete())
    store_documents(store, [replace(document, id=key) for key, document in named.items()])
    embedder = load_embedder(chosen.embedder)
    with store.transaction() as conn:
        documents.add_enrichments(conn, [an_enrichment(key, language=identify(d.title, d.text).code) for key, d in named.items()])
        documents.add_vectors(conn, embedder.id, list(named), list(named), vectors[order])
    assert assign(store, NOW, chosen).documents == len(NEWS)
    with store.reading() as conn:
        return {(named[row.document_id].title, row.theme_id, row.probability, row.reason) for row in themes.all_assignments(conn)}


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(NEWS))), batch=st.sampled_from([1, 5, 100]))
def test_the_order_of_documents_changes_no_assignment(
    house: tuple[Store, NlpSettings, np.ndarray], order: list[int], batch: int
) -> None:
    expected = judged(house, list(range(len(NEWS))), 100)
    assert {theme for _, theme, _, _ in expected} == {"quantum", "t1"}
    assert judged(house, order, batch) == expected


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_groups_do_not_depend_on_the_order_of_stories(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    meaning = space.unit(random.normal(size=(n, 6)).astype(np.float32))
    counts = space.count_words([""] * n)
    rows = space.rows(meaning, counts, random.integers(0, 2, n), np.ones(space.BUCKETS, dtype=np.float32))
    order = random.permutation(n)

    def groups(positions: np.ndarray) -> set[frozenset[int]]:
        labels = clusterer(ThemeSettings(cluster_similarity=0.3, min_stories=3), n).fit(rows[positions]).labels_
        return {frozenset(positions[labels == label].tolist()) for label in set(labels.tolist()) - {-1}}

    assert groups(order) == groups(np.arange(n))
