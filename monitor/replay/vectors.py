"""Vectors a replay need not compute: those of the same texts in the database of another one.

A shuffled copy of an archive, or the same archive with another rule, has no new text. The result is the same; only sooner.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from monitor.config import Settings
from nlp.embed import embed, text_hash
from nlp.embedders.base import Embedder, Fitted, load_embedder
from storage import documents
from storage.store import Store


class KnownVectors:
    """An embedder that looks a text up in another database before it computes anything. Rows are as storage keeps them."""

    def __init__(self, inner: Embedder, other: Store) -> None:
        self.inner = inner
        self.other = other

    @property
    def id(self) -> str:
        return self.inner.id

    @property
    def dimension(self) -> int:
        return self.inner.dimension

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 unit rows [len(texts), dimension]."""
        hashes = [text_hash(text) for text in texts]
        with self.other.reading() as conn:
            known = documents.vectors_by_hash(conn, self.id, hashes)
        missing = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in known}
        if missing:
            known.update(zip(missing, self.inner.embed(list(missing.values())), strict=True))
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for place, digest in enumerate(hashes):
            rows[place] = known[digest]
        return rows


def embed_with(other: Store) -> Callable[[Store, dt.datetime, Settings], Any]:
    """The embed step with the vectors of ``other`` at hand. An embedder that has yet to learn from its documents learns first."""

    def run(store: Store, now: dt.datetime, settings: Settings) -> Any:
        embedder = load_embedder(settings.nlp.embedder)
        if isinstance(embedder, Fitted) and not embedder.is_fitted:
            return embed(store, now, settings.nlp)
        return embed(store, now, settings.nlp, embedder=KnownVectors(embedder, other))

    return run
