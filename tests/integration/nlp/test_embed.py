from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from nlp.config import NlpSettings
from nlp.embed import EmbedReport, embed, embedded_text
from nlp.embedders.config import EmbedderSettings
from nlp.embedders.usem3 import Usem3Embedder
from storage.errors import EmbedError, NotTrained
from storage.store import Store
from storage.tables import vectors
from tests.unit.nlp.documents import a_document, store_documents

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
CORPUS = [
    a_document("a", "Une puce photonique", "Elle réduit la consommation."),
    a_document("b", "Une puce photonique", "Elle réduit la consommation.", source="fil"),
    a_document("c", "A quantum computer in Lannion", "It has a hundred qubits."),
]
INSIDE = NlpSettings(embedder=EmbedderSettings(workers=1), embed_batch=2)


def kept(store: Store) -> dict[str, np.ndarray]:
    with store.reading() as conn:
        return {row.document_id: row.vector for row in conn.execute(sa.select(vectors.c.document_id, vectors.c.vector))}


def test_every_document_gets_a_vector_and_a_known_text_is_not_computed_again(store: Store) -> None:
    store_documents(store, CORPUS)
    assert embed(store, NOW, INSIDE) == EmbedReport(documents=3, computed=2)
    rows = kept(store)
    assert np.array_equal(rows["a"], rows["b"])
    expected = Usem3Embedder(workers=1).embed(["A quantum computer in Lannion. It has a hundred qubits."])[0]
    np.testing.assert_allclose(rows["c"], expected, atol=1e-3)
    assert embed(store, NOW, INSIDE) == EmbedReport()


def test_nothing_is_embedded_before_it_was_collected(sqlite_store: Store) -> None:
    store_documents(sqlite_store, CORPUS)
    assert embed(sqlite_store, CORPUS[0].collected_at - dt.timedelta(seconds=1), INSIDE) == EmbedReport()


def test_vectors_of_two_embedders_live_side_by_side(sqlite_store: Store, tmp_path: Path) -> None:
    store_documents(
        sqlite_store, [a_document(f"d{i}", f"Puce photonique numéro {i}", "Un texte sur la photonique.") for i in range(30)]
    )
    embed(sqlite_store, NOW, INSIDE)
    lsa = NlpSettings(embedder=EmbedderSettings(kind="lsa", path=tmp_path / "lsa.npz", dimension=8))
    assert embed(sqlite_store, NOW, lsa) == EmbedReport(documents=30, computed=30)
    assert embed(sqlite_store, NOW, lsa) == EmbedReport()
    with sqlite_store.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(vectors)) == 60


def test_too_few_documents_to_fit_on_is_said(sqlite_store: Store, tmp_path: Path) -> None:
    lsa = NlpSettings(embedder=EmbedderSettings(kind="lsa", path=tmp_path / "lsa.npz", dimension=8))
    assert embed(sqlite_store, NOW, lsa) == EmbedReport()
    store_documents(sqlite_store, CORPUS)
    with pytest.raises(NotTrained, match="collect more"):
        embed(sqlite_store, NOW, lsa)


class Broken:
    id = "broken@1"
    dimension = 4

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return np.full((len(texts), 4), np.nan, dtype=np.float32)


def test_an_embedder_that_gives_nonsense_is_refused(sqlite_store: Store) -> None:
    store_documents(sqlite_store, CORPUS)
    with pytest.raises(EmbedError, match="not stored"):
        embed(sqlite_store, NOW, INSIDE, embedder=Broken())
    assert kept(sqlite_store) == {}


def test_what_is_embedded_is_title_and_summary_cut_between_words() -> None:
    assert embedded_text("Titre", "", 100) == "Titre"
    assert embedded_text("Titre", "un  deux\ntrois", 100) == "Titre. un deux trois"
    assert embedded_text("Titre", "un deux trois", 12) == "Titre. un"
    assert len(embedded_text("x" * 50, "", 10)) == 10
