"""What an embedder is, how the configured one is found, and what all kinds share: unit rows and names for models."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from nlp.embedders.config import EmbedderSettings
from storage.errors import ConfigError


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors.

    A model of this machine always gives the same rows for the same list of texts, to the bit. A text alone or
    among others has the same row to 1e-5, less than what storage keeps: sums are taken in another order.
    """

    @property
    def id(self) -> str:
        """Kind, model and a digest of all that changes the vectors, stored beside each: vectors of two ids are never compared."""

    @property
    def dimension(self) -> int:
        """Length of the vectors."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 unit rows [len(texts), dimension]; no text gives [0, dimension]. Raises EmbedError, NotTrained, ConfigError."""


@runtime_checkable
class Fitted(Protocol):
    """What an embedder that learns from one's own documents has besides. Until ``fit`` has been called it has no ``id``."""

    @property
    def is_fitted(self) -> bool: ...

    def fit(self, texts: Sequence[str]) -> object:
        """Learns once, and keeps what it learned in a file. Raises NotTrained."""


@cache
def load_embedder(settings: EmbedderSettings) -> Embedder:
    """The configured embedder, one for all callers of a process. Models load at the first text. Raises ConfigError."""
    if settings.centring_file is None:
        return _load(settings)
    from nlp.embedders.centred import CentredEmbedder

    return CentredEmbedder(_load(settings), settings.centring_file)


def _load(settings: EmbedderSettings) -> Embedder:
    if settings.kind == "lsa":
        from nlp.embedders.lsa import LsaEmbedder

        return LsaEmbedder.configured(settings)
    if settings.kind == "model2vec":
        from nlp.embedders.model2vec import Model2vecEmbedder

        if settings.path is None:
            raise ConfigError("the embedder model2vec reads its model from a folder: set nlp.embedder.path")
        return Model2vecEmbedder(settings.path)
    if settings.kind == "sentence_transformers":
        from nlp.embedders.sentence_transformers import SentenceTransformersEmbedder

        if settings.sentence_transformers is None:
            raise ConfigError("the embedder sentence_transformers needs a model: set nlp.embedder.sentence_transformers.model")
        return SentenceTransformersEmbedder(settings.sentence_transformers)
    if settings.kind == "openai":
        from nlp.embedders.openai import OpenAiEmbedder

        if settings.openai is None:
            raise ConfigError(
                "the embedder openai needs an endpoint: set base_url, model and dimension in the section nlp.embedder.openai"
            )
        return OpenAiEmbedder(settings.openai)
    from nlp.embedders.usem3 import Usem3Embedder

    return Usem3Embedder(threads=settings.threads, workers=settings.workers)


def unit_rows(rows: np.ndarray) -> np.ndarray:
    """``rows`` [n, dim] as float32 at length one. A row of (almost) nothing gets the first axis: a text that says nothing."""
    wide = np.asarray(rows, dtype=np.float64)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    nothing = length[:, 0] < 1e-9
    result = (wide / np.where(length < 1e-9, 1.0, length)).astype(np.float32)
    result[nothing] = 0.0
    result[nothing, 0] = 1.0
    return result


def digest_of(parts: Iterable[object]) -> str:
    """Twelve hexadecimal digits that change when one of the settings ``parts`` does."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:12]


def digest_of_folder(folder: Path) -> str:
    """Twelve hexadecimal digits that change with what the files of a model say, wherever the folder lies. Raises ConfigError.

    Prose and hidden files do not count: a new README is no new model.
    """
    digest = hashlib.sha256()
    try:
        for file in sorted(folder.rglob("*")):
            name = file.relative_to(folder)
            if file.is_file() and file.suffix != ".md" and not any(part.startswith(".") for part in name.parts):
                digest.update(f"{name.as_posix()}\x00".encode("utf-8", "replace"))
                with file.open("rb") as content:
                    digest.update(hashlib.file_digest(content, "sha256").digest())
    except OSError as exc:
        raise ConfigError(f"cannot read the model in {folder}: {exc.strerror}") from exc
    return digest.hexdigest()[:12]
