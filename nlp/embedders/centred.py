"""Takes from each vector the mean vector of its language, for models that group texts by language before subject.

Vectors of the e5 family all lie in one narrow cone, and those of one language in a cone of their own. What remains of a vector
without its language's mean is near 0 to unrelated texts and compares across languages. The means are learned once, on documents
already collected, kept in a file and never learned again, since other means are another space.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nlp.embedders.base import Embedder, unit_rows
from nlp.language import READ, identify
from storage.errors import ConfigError, NotTrained

_LEAST = 100
_ENOUGH = 2000
_OTHERS = "*"


class CentredEmbedder:
    """Another embedder with its vectors centred by language. A language rarely seen at the fit is given the mean of all."""

    def __init__(self, inner: Embedder, path: Path) -> None:
        """Raises ConfigError when ``path`` is there and holds something else than the means of ``inner``."""
        self.inner = inner
        self.path = path
        self._means: dict[str, np.ndarray] | None = None
        if path.exists():
            self._load()

    @property
    def id(self) -> str:
        """Raises NotTrained before ``fit``: without means there is no space to name."""
        self._need_fit()
        return f"{self.inner.id}-centred-{self._digest}"

    @property
    def dimension(self) -> int:
        return self.inner.dimension

    @property
    def is_fitted(self) -> bool:
        return self._means is not None

    def fit(self, texts: Sequence[str]) -> CentredEmbedder:
        """Learns the means from some of ``texts``, as many of each language, and keeps them. Raises NotTrained, EmbedError."""
        of_language: dict[str, list[str]] = defaultdict(list)
        for text in texts:
            of_language[identify(text).code].append(text)
        enough = {code: found for code, found in of_language.items() if code in READ and len(found) >= _LEAST}
        if not enough:
            raise NotTrained(
                f"centring by language needs {_LEAST} documents of a language and found"
                f" {max(map(len, of_language.values()), default=0)}: collect more first"
            )
        means = {code: self.inner.embed(_spread(found)).mean(axis=0) for code, found in sorted(enough.items())}
        means[_OTHERS] = np.mean(list(means.values()), axis=0)
        self._take(means)
        partial = self.path.with_suffix(self.path.suffix + ".partial")
        with partial.open("wb") as file:
            np.savez(file, inner=np.array(self.inner.id), codes=np.array(sorted(means)), means=self._rows(means))
        partial.replace(self.path)
        return self

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 unit rows. Raises NotTrained, and what the inner embedder raises."""
        means = self._need_fit()
        rows = self.inner.embed(texts)
        if not texts:
            return rows
        return unit_rows(rows - np.stack([means.get(identify(text).code, means[_OTHERS]) for text in texts]))

    def _need_fit(self) -> dict[str, np.ndarray]:
        if self._means is None:
            raise NotTrained("centring has not learned its means yet: run 'zoom-avant embed' on a database that holds documents")
        return self._means

    def _take(self, means: dict[str, np.ndarray]) -> None:
        self._means = {code: mean.astype(np.float32) for code, mean in means.items()}
        digest = hashlib.sha256("\x1f".join(sorted(means)).encode())
        digest.update(self._rows(self._means).tobytes())
        self._digest = digest.hexdigest()[:12]

    @staticmethod
    def _rows(means: dict[str, np.ndarray]) -> np.ndarray:
        return np.stack([means[code] for code in sorted(means)]).astype(np.float32)

    def _load(self) -> None:
        wrong = f"nlp.embedder.centring_file: {self.path} holds no means of the embedder {self.inner.id}; name another file"
        try:
            with np.load(self.path, allow_pickle=False) as kept:
                inner, codes, means = str(kept["inner"]), [str(code) for code in kept["codes"]], kept["means"]
        except (OSError, KeyError, ValueError) as exc:
            raise ConfigError(wrong) from exc
        if inner != self.inner.id or _OTHERS not in codes or means.ndim != 2 or len(means) != len(codes):
            raise ConfigError(wrong)
        if not np.isfinite(means).all():
            raise ConfigError(wrong)
        self._take(dict(zip(codes, means, strict=True)))


def _spread(texts: Sequence[str]) -> list[str]:
    """At most ``_ENOUGH`` of ``texts``, from their first to their last."""
    if len(texts) <= _ENOUGH:
        return list(texts)
    return [texts[int(i)] for i in np.linspace(0, len(texts) - 1, _ENOUGH)]
