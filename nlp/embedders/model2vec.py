"""Static vectors of a model2vec model (the extra ``model2vec``): a table of word pieces, numpy alone, very fast.

The model is a folder of this machine; nothing is ever downloaded.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nlp.embedders.base import digest_of_folder, unit_rows
from storage.errors import ConfigError, EmbedError

if TYPE_CHECKING:
    from model2vec import StaticModel


class Model2vecEmbedder:
    """The mean of a text's word-piece vectors. A text without a known piece gets the first axis."""

    def __init__(self, path: Path) -> None:
        """Raises ConfigError when the package or the folder is missing. The model loads at the first text."""
        if importlib.util.find_spec("model2vec") is None:
            raise ConfigError("the embedder model2vec needs the package of that name: pip install 'zoom-avant[model2vec]'")
        if not path.is_dir():
            raise ConfigError(
                f"nlp.embedder.path: {path} is not a folder of this machine; models are not downloaded, put one there first"
            )
        self.path = path

    @cached_property
    def id(self) -> str:
        return f"model2vec:{self.path.resolve().name}@{digest_of_folder(self.path)}"

    @property
    def dimension(self) -> int:
        return int(self._model.dim)

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 unit rows. Raises EmbedError, and ConfigError when the folder holds no model2vec model."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        readable = [text.encode("utf-8", "replace").decode() for text in texts]
        rows = np.asarray(self._model.encode(readable, use_multiprocessing=False), dtype=np.float32)
        if not np.isfinite(rows).all():
            raise EmbedError(f"the embedder {self.id} gave vectors that are no numbers: the model is broken, take another")
        return unit_rows(rows)

    @cached_property
    def _model(self) -> StaticModel:
        from model2vec import StaticModel

        # tokenizers and safetensors raise plain Exception for a file they cannot read
        try:
            return StaticModel.from_pretrained(self.path, force_download=False)
        except Exception as exc:
            raise ConfigError(f"nlp.embedder.path: {self.path} holds no model2vec model ({type(exc).__name__})") from exc
