"""What an embedder is, and how the configured one is found."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Protocol, runtime_checkable

import numpy as np

from nlp.config import EmbedderSettings


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors. The same list of texts always gives the same rows, to the bit.

    A text alone or among others has the same row to 1e-5, less than what storage keeps: sums are taken in another order.
    """

    @property
    def id(self) -> str:
        """Name and version, stored beside each vector: vectors of two ids are never compared."""

    @property
    def dimension(self) -> int:
        """Length of the vectors."""

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 unit rows [len(texts), dimension]; no text gives [0, dimension]. Raises EmbedError, NotTrained."""


@cache
def load_embedder(settings: EmbedderSettings) -> Embedder:
    """The configured embedder, one for all callers of a process. Models load at the first text. Raises ConfigError."""
    if settings.kind == "lsa":
        from nlp.embedders.lsa import LsaEmbedder

        return LsaEmbedder.configured(settings)
    from nlp.embedders.usem3 import Usem3Embedder

    return Usem3Embedder(threads=settings.threads, workers=settings.workers)
