"""Vectors of an OpenAI-compatible endpoint: a paid service, or a server of one's own. The texts leave for that endpoint.

What comes back is checked before it is believed: as many vectors as texts, each in its place, of the length promised, finite.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nlp.embedders.base import digest_of, unit_rows
from nlp.embedders.config import OpenAiSettings
from nlp.endpoint.client import Endpoint
from storage.errors import EmbedError

_BYTES_A_NUMBER = 40
_BYTES_AROUND = 1_000_000
_LARGEST = 1e30  # what is no number is not below it either


class OpenAiEmbedder:
    """A text alone or among others may differ in the last digits, as the endpoint computes. Blank texts are not sent."""

    def __init__(self, settings: OpenAiSettings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.settings = settings
        self.dimension = settings.dimension
        parts = (settings.model, settings.revision, settings.prefix, settings.dimension, settings.shorten)
        self.id = f"openai:{settings.model}@{digest_of(parts)}"
        self._endpoint = Endpoint(settings, EmbedError, sleep=sleep)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 unit rows; a blank text gets the first axis. Raises EmbedError, and ConfigError for an unusable key."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float64)
        readable = [" ".join(_printable(text).split()) for text in texts]
        wanted = [position for position, text in enumerate(readable) if text]
        for start in range(0, len(wanted), self.settings.batch):
            part = wanted[start : start + self.settings.batch]
            rows[part] = self._ask([self.settings.prefix + readable[position] for position in part])
        return unit_rows(rows)

    def _ask(self, texts: list[str]) -> np.ndarray:
        body: dict[str, object] = {"model": self.settings.model, "input": texts, "encoding_format": "float"}
        if self.settings.shorten:
            body["dimensions"] = self.dimension
        limit = _BYTES_AROUND + len(texts) * self.dimension * _BYTES_A_NUMBER
        return self._checked(self._endpoint.ask("/embeddings", body, max_bytes=limit), len(texts))

    def _checked(self, answer: Any, n: int) -> np.ndarray:
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
            raise self._nonsense("no list of vectors")
        if len(data) != n:
            raise self._nonsense(f"{len(data)} vectors for {n} texts")
        places = [item.get("index") for item in data]
        if not all(type(place) is int for place in places) or set(places) != set(range(n)):
            raise self._nonsense("vectors that do not say which text they are of")
        rows = np.empty((n, self.dimension), dtype=np.float64)
        for place, item in zip(places, data, strict=True):
            vector = item.get("embedding")
            if not isinstance(vector, list) or len(vector) != self.dimension:
                length = len(vector) if isinstance(vector, list) else "no"
                raise self._nonsense(
                    f"a vector of {length} numbers instead of {self.dimension}; is nlp.embedder.openai.dimension right?"
                )
            if not all(type(number) in (float, int) and abs(number) < _LARGEST for number in vector):
                raise self._nonsense("a vector that holds something else than finite numbers")
            rows[place] = vector
        if (np.abs(rows).max(axis=1) < 1e-9).any():
            raise self._nonsense("a vector of zeros")
        return rows

    def _nonsense(self, what: str) -> EmbedError:
        return EmbedError(f"the embedder {self.id} was given {what}: nothing of this answer is kept")


def _printable(text: str) -> str:
    """``text`` without control characters and lone surrogates, which endpoints refuse."""
    return "".join(char if char.isprintable() or char.isspace() else " " for char in text)
