"""A replay that takes its vectors from the database of another one ends with the same tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from monitor.replay.vectors import KnownVectors
from nlp.embed import text_hash
from storage import documents, sources
from storage.store import Store
from tests.builders import a_document, a_source
from tests.integration.replay.conftest import PART, zoom
from tests.integration.replay.test_replay import TABLES, database_of


class Counting:
    """An embedder that remembers what it was asked: a text's row points along its length."""

    id = "counting"
    dimension = 8

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        rows = np.zeros((len(texts), 8), np.float32)
        for place, text in enumerate(texts):
            rows[place, len(text) % 8] = 1
        return rows


@pytest.mark.parametrize("texts", [[], ["un"], ["trois", "un", "un", "deux", "deux"]])
def test_only_texts_the_other_database_does_not_know_are_computed(store: Store, texts: list[str]) -> None:
    inner = Counting()
    with store.transaction() as conn:
        sources.declare(conn, [a_source()])
        documents.add(conn, [a_document()])
        documents.add_vectors(conn, inner.id, ["d1"], [text_hash("un")], inner.embed(["un"]))
    inner.asked.clear()
    known = KnownVectors(inner, store)
    rows = known.embed(texts)
    assert inner.asked == [text for text in dict.fromkeys(texts) if text != "un"]
    assert (known.id, rows.shape) == (inner.id, (len(texts), known.dimension))
    assert np.array_equal(rows, Counting().embed(texts))


def test_a_replay_with_known_vectors_ends_with_the_same_tables(archive_file: Path, played_in_part: Path, tmp_path: Path) -> None:
    words = ("replay", archive_file, "--step", "1w", "--to", PART, "--out", tmp_path / "out")
    done = zoom(*words, "--vectors-from", database_of(played_in_part))
    assert done.returncode == 0, done.stderr
    for name in TABLES:
        assert (tmp_path / "out" / name).read_text(encoding="utf-8") == (played_in_part / name).read_text(encoding="utf-8")


def test_a_database_that_is_not_there_is_told(archive_file: Path, tmp_path: Path) -> None:
    done = zoom("replay", archive_file, "--out", tmp_path / "out", "--vectors-from", f"sqlite:///{tmp_path / 'none.db'}")
    assert done.returncode != 0
    assert "none.db" in done.stderr
