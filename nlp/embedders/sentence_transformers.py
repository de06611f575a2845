"""Any model of the package sentence-transformers, which is installed apart because it brings torch.

Offline unless the settings allow the model hub; no code that comes with a model is ever run.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nlp.embedders.base import digest_of, digest_of_folder, unit_rows
from nlp.embedders.config import SentenceTransformersSettings
from storage.errors import ConfigError, EmbedError

_PACKAGE = "sentence_transformers"


class SentenceTransformersEmbedder:
    """Vectors of a transformer; texts longer than the model reads are cut by it."""

    def __init__(self, settings: SentenceTransformersSettings) -> None:
        """Raises ConfigError when the package is missing. The model loads at the first text."""
        if importlib.util.find_spec(_PACKAGE) is None:
            raise ConfigError(
                "the embedder sentence_transformers needs a package that is not installed (it brings torch, up to several GB):"
                " python -m pip install sentence-transformers, or set nlp.embedder.kind to another"
            )
        self.settings = settings

    @cached_property
    def id(self) -> str:
        folder = Path(self.settings.model)
        what = digest_of_folder(folder) if folder.is_dir() else self.settings.model
        name = folder.resolve().name if folder.is_dir() else self.settings.model
        return f"sentence_transformers:{name}@{digest_of([what, self.settings.revision, self.settings.prefix])}"

    @cached_property
    def dimension(self) -> int:
        # its first name until release 5.3, kept later as an alias
        known = getattr(self._model, "get_embedding_dimension", None) or self._model.get_sentence_embedding_dimension
        found = known()
        return int(found) if found is not None else self._encode(["?"]).shape[1]

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """float32 unit rows. Raises EmbedError, and ConfigError when the model is not on this machine."""
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        rows = self._encode([self.settings.prefix + text.encode("utf-8", "replace").decode() for text in texts])
        if rows.shape != (len(texts), self.dimension) or not np.isfinite(rows).all():
            raise EmbedError(f"the embedder {self.id} gave rows {rows.shape} for {len(texts)} texts, or no numbers: take another")
        return unit_rows(rows)

    def _encode(self, texts: list[str]) -> np.ndarray:
        try:
            found = self._model.encode(texts, batch_size=self.settings.batch, convert_to_numpy=True, show_progress_bar=False)
        except RuntimeError as exc:  # torch's word for no memory, no such device, and the like
            raise EmbedError(
                f"the embedder {self.id} failed ({type(exc).__name__}): lower nlp.embedder.sentence_transformers.batch"
                " or choose another device"
            ) from exc
        return np.asarray(found, dtype=np.float32)

    @cached_property
    def _model(self) -> Any:
        wanted = self.settings
        # the hub's, torch's and the tokenizer's errors have no common root
        try:
            package = importlib.import_module(_PACKAGE)
            return package.SentenceTransformer(
                wanted.model if wanted.hub else _on_this_machine(wanted.model, wanted.revision),
                revision=wanted.revision,
                device=wanted.device,
                local_files_only=not wanted.hub,
                trust_remote_code=False,
            )
        except Exception as exc:
            where = "or on the hub" if wanted.hub else "and the hub may not be asked (nlp.embedder.sentence_transformers.hub)"
            raise ConfigError(
                f"nlp.embedder.sentence_transformers.model: '{wanted.model}' is no model of this machine {where},"
                f" or it cannot be loaded ({type(exc).__name__})"
            ) from exc


def _on_this_machine(model: str, revision: str | None) -> str:
    """The folder of a model: itself, or where the hub's cache keeps it. Raises FileNotFoundError.

    Asked by name, the hub's client goes to the network even when told to look at local files only; given a folder, it does not.
    """
    if Path(model).is_dir():
        return model
    hub = importlib.import_module("huggingface_hub")
    for name in (model, f"sentence-transformers/{model}") if "/" not in model else (model,):
        for file in ("modules.json", "config.json"):
            found = hub.try_to_load_from_cache(name, file, revision=revision)
            if isinstance(found, str):
                return str(Path(found).parent)
    raise FileNotFoundError(model)
