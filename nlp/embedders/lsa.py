"""The embedder of last resort: TF-IDF and truncated SVD (latent semantic analysis), fitted on one's own documents.

Needs no language model and knows no translation: a French and an English text meet only in the words they share. Once fitted it
is kept in a file and never fitted again, since another fit is another space.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from nlp.embedders.config import EmbedderSettings
from nlp.words import WORD, fold, stem
from storage.errors import ConfigError, NotTrained

_MIN_TEXTS = 20
_MAX_WORDS = 30_000


class LsaEmbedder:
    """Fit once (``fit``), save, load. ``id`` names the fit, so that two fits are never mixed."""

    def __init__(self, dimension: int = 128, *, path: Path | None = None) -> None:
        self.dimension = dimension
        self.path = path
        self._words: dict[str, int] | None = None

    @classmethod
    def configured(cls, settings: EmbedderSettings) -> Self:
        """The saved embedder, or one to be fitted when the file is not there yet. Raises ConfigError."""
        if settings.path is None:
            raise ConfigError("the embedder lsa keeps its fit in a file: set nlp.embedder.path")
        embedder = cls(settings.dimension, path=settings.path)
        if settings.path.exists():
            embedder._load(settings.path)
        return embedder

    @property
    def id(self) -> str:
        """Raises NotTrained before ``fit``: an unfitted embedder has no space to name."""
        self._need_fit()
        return f"lsa@{self._digest}"

    @property
    def is_fitted(self) -> bool:
        return self._words is not None

    def fit(self, texts: Sequence[str]) -> Self:
        """Learns words and their weights from ``texts``, and saves them when the embedder has a path. Raises NotTrained."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        if len(texts) < _MIN_TEXTS:
            raise NotTrained(
                f"the embedder lsa needs {_MIN_TEXTS} documents to be fitted on and found {len(texts)}: collect more first"
            )
        vectorizer = TfidfVectorizer(analyzer=_tokens, min_df=2, max_features=_MAX_WORDS, sublinear_tf=True)
        weights = vectorizer.fit_transform(texts)
        if min(weights.shape) < 2:
            raise NotTrained("the embedder lsa found no word that two documents share: collect more first")
        with np.errstate(invalid="ignore", divide="ignore"):  # its share of variance, unused here, of documents all alike
            svd = TruncatedSVD(min(self.dimension, min(weights.shape) - 1), random_state=0).fit(weights)
        components = np.zeros((self.dimension, weights.shape[1]), dtype=np.float32)
        components[: len(svd.components_)] = svd.components_
        self._take(sorted(vectorizer.vocabulary_, key=vectorizer.vocabulary_.get), vectorizer.idf_.astype(np.float32), components)
        if self.path is not None:
            self._save(self.path)
        return self

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 unit rows; a text without a known word gets the first axis. Raises NotTrained."""
        words = self._need_fit()
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            counts: dict[int, int] = {}
            for token in _tokens(text):
                if (position := words.get(token)) is not None:
                    counts[position] = counts.get(position, 0) + 1
            if counts:
                positions = np.fromiter(counts, dtype=np.int64)
                weight = (1 + np.log(np.fromiter(counts.values(), dtype=np.float64))) * self._idf[positions]
                row[:] = self._components[:, positions] @ weight.astype(np.float32)
            norm = float(np.linalg.norm(row))
            if norm > 1e-9:
                row /= norm
            else:
                row[:] = 0.0
                row[0] = 1.0
        return rows

    def _need_fit(self) -> dict[str, int]:
        if self._words is None:
            raise NotTrained("the embedder lsa is not fitted yet: run 'zoom-avant embed' on a database that holds documents")
        return self._words

    def _take(self, words: Sequence[str], idf: np.ndarray, components: np.ndarray) -> None:
        self._words = {word: position for position, word in enumerate(words)}
        self._idf, self._components = idf, components
        digest = hashlib.sha256(json.dumps(list(words)).encode())
        digest.update(idf.tobytes())
        digest.update(components.tobytes())
        self._digest = digest.hexdigest()[:12]

    def _save(self, path: Path) -> None:
        words = np.array(json.dumps(list(self._words or {})))
        partial = path.with_suffix(path.suffix + ".partial")
        with partial.open("wb") as file:
            np.savez_compressed(file, words=words, idf=self._idf, components=self._components)
        partial.replace(path)

    def _load(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as kept:
                content: dict[str, Any] = {name: kept[name] for name in ("words", "idf", "components")}
            words = json.loads(str(content["words"]))
        except (OSError, KeyError, ValueError) as exc:
            raise ConfigError(f"nlp.embedder.path: {path} is not a fit of the embedder lsa; name another file") from exc
        if content["components"].shape != (self.dimension, len(words)):
            raise ConfigError(f"nlp.embedder.path: {path} was not fitted for {self.dimension} dimensions; set the dimension back")
        self._take(words, content["idf"], content["components"])


def _tokens(text: str) -> list[str]:
    return [stem(word) for word in WORD.findall(fold(text)) if len(word) > 1]
