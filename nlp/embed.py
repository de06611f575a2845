"""The embed step: a vector for every document that has none of the current embedder.

One transaction a batch. A text seen before is never computed again: vectors are looked up by the hash of what was embedded.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

import numpy as np
import structlog

from nlp.config import NlpSettings
from nlp.embedders.base import Embedder, Fitted, load_embedder
from storage import documents
from storage.errors import EmbedError
from storage.model import Document
from storage.store import Store

_FIT_ON = 20_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EmbedReport:
    """What a run of the step did. ``computed`` texts went through the model, the other documents' vectors were known."""

    documents: int = 0
    computed: int = 0


def embedded_text(title: str, text: str, max_chars: int) -> str:
    """What is embedded of a document: title and summary, on one line, cut between words."""
    whole = " ".join(f"{title}. {text}".split()) if text.strip() else " ".join(title.split())
    if len(whole) <= max_chars:
        return whole
    cut = whole[: max_chars + 1].rsplit(" ", 1)[0]
    return cut[:max_chars]


def text_hash(text: str) -> str:
    """What an embedded text is known by."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def embed(store: Store, now: dt.datetime, settings: NlpSettings, *, embedder: Embedder | None = None) -> EmbedReport:
    """Embeds the documents collected up to ``now``, oldest first. Raises EmbedError, ConfigError, NotTrained."""
    embedder = embedder or load_embedder(settings.embedder)
    until = now + dt.timedelta(microseconds=1)
    if isinstance(embedder, Fitted) and not embedder.is_fitted and not _fit(store, until, settings, embedder):
        return EmbedReport()
    seen = computed = 0
    while True:
        with store.reading() as conn:
            batch = documents.without_vector(conn, embedder.id, until, settings.embed_batch)
        if not batch:
            break
        computed += _embed_batch(store, batch, settings, embedder)
        seen += len(batch)
    log.info("documents embedded", embedder=embedder.id, new=seen, computed=computed)
    return EmbedReport(documents=seen, computed=computed)


def _embed_batch(store: Store, batch: list[Document], settings: NlpSettings, embedder: Embedder) -> int:
    texts = [embedded_text(document.title, document.text, settings.max_chars) for document in batch]
    hashes = [text_hash(text) for text in texts]
    with store.reading() as conn:
        known = documents.vectors_by_hash(conn, embedder.id, hashes)
    missing = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in known}
    rows = embedder.embed(list(missing.values()))
    if rows.shape != (len(missing), embedder.dimension) or not np.isfinite(rows).all():
        raise EmbedError(
            f"the embedder {embedder.id} gave rows {rows.shape} for {len(missing)} texts: its vectors were not stored"
        )
    known.update(zip(missing, rows, strict=True))
    matrix = np.stack([known[digest] for digest in hashes])
    with store.transaction() as conn:
        documents.add_vectors(conn, embedder.id, [document.id for document in batch], hashes, matrix)
    return len(missing)


def _fit(store: Store, until: dt.datetime, settings: NlpSettings, embedder: Fitted) -> bool:
    with store.reading() as conn:
        sample = documents.without_vector(conn, "", until, _FIT_ON)
    if not sample:
        return False
    embedder.fit([embedded_text(document.title, document.text, settings.max_chars) for document in sample])
    log.info("embedder fitted", documents=len(sample))
    return True
