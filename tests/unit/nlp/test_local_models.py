"""Models the user brings: what they are called, what is said when they are not there, and that nothing is downloaded."""

from __future__ import annotations

import importlib.util
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from nlp.embedders.base import load_embedder
from nlp.embedders.config import EmbedderSettings, SentenceTransformersSettings
from nlp.embedders.model2vec import Model2vecEmbedder
from nlp.embedders.sentence_transformers import SentenceTransformersEmbedder
from storage.errors import ConfigError, EmbedError
from tests.unit.nlp.tiny_models import static_model, transformer

TEXTS = ["Une puce photonique.", "A photonic chip."]
HAS_TORCH = importlib.util.find_spec("sentence_transformers") is not None
needs_torch = pytest.mark.skipif(not HAS_TORCH, reason="sentence-transformers brings torch and is installed apart")


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Refuses every connection and every name, and keeps the addresses that were asked for."""
    asked: list[object] = []

    def refuse(*args: object, **_: object) -> None:
        asked.append(args[-1])
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return asked


def test_a_static_model_gives_the_mean_of_its_words(tmp_path: Path) -> None:
    folder = static_model(tmp_path / "tiny", TEXTS)
    embedder = Model2vecEmbedder(folder)
    one, two, both = embedder.embed(["puce", "chip", "puce chip"])
    mean = embedder._model.encode(["puce"])[0] + embedder._model.encode(["chip"])[0]
    np.testing.assert_allclose(both, mean / np.linalg.norm(mean), atol=1e-6)
    assert abs(float(one @ two)) < 0.9


def test_a_static_models_id_is_its_content_not_its_place(tmp_path: Path) -> None:
    first = Model2vecEmbedder(static_model(tmp_path / "a" / "tiny", TEXTS))
    shutil.copytree(first.path, tmp_path / "b" / "tiny")
    (tmp_path / "b" / "tiny" / "README.md").write_text("changed", encoding="utf-8")
    assert Model2vecEmbedder(tmp_path / "b" / "tiny").id == first.id
    assert Model2vecEmbedder(static_model(tmp_path / "c" / "tiny", TEXTS, seed=1)).id != first.id
    assert str(tmp_path) not in first.id
    assert first.id.startswith("model2vec:tiny@")


def test_a_name_that_is_no_folder_is_never_downloaded(no_network: list[object]) -> None:
    with pytest.raises(ConfigError, match=r"not a folder.*not downloaded"):
        load_embedder(EmbedderSettings(kind="model2vec", path=Path("someone/some-model")))
    with pytest.raises(ConfigError, match=r"nlp\.embedder\.path"):
        load_embedder(EmbedderSettings(kind="model2vec"))
    assert no_network == []


def test_a_folder_without_a_model_says_so(tmp_path: Path, no_network: list[object]) -> None:
    with pytest.raises(ConfigError, match="holds no model2vec model"):
        Model2vecEmbedder(tmp_path).embed(TEXTS)
    folder = static_model(tmp_path / "tiny", TEXTS)
    (folder / "tokenizer.json").write_text('{"version": "1.0", "model": {"type": "none"}}', encoding="utf-8")
    with pytest.raises(ConfigError, match="holds no model2vec model"):
        Model2vecEmbedder(folder).embed(TEXTS)
    assert no_network == []


def test_a_model_of_broken_numbers_is_refused(tmp_path: Path) -> None:
    from model2vec import StaticModel

    model = StaticModel.from_pretrained(static_model(tmp_path / "tiny", TEXTS))
    model.embedding[:] = np.nan
    model.save_pretrained(tmp_path / "broken")
    with pytest.raises(EmbedError, match="no numbers"):
        Model2vecEmbedder(tmp_path / "broken").embed(TEXTS)


@pytest.mark.skipif(HAS_TORCH, reason="sentence-transformers is installed")
def test_a_missing_package_says_how_to_install_it() -> None:
    with pytest.raises(ConfigError, match="pip install sentence-transformers"):
        load_embedder(
            EmbedderSettings(kind="sentence_transformers", sentence_transformers=SentenceTransformersSettings(model="tiny"))
        )


def test_a_kind_without_a_model_says_what_to_set() -> None:
    with pytest.raises(ConfigError, match=r"nlp\.embedder\.sentence_transformers\.model"):
        load_embedder(EmbedderSettings(kind="sentence_transformers"))


@needs_torch
def test_a_transformer_of_this_machine_needs_no_network(tmp_path: Path, no_network: list[object]) -> None:
    folder = transformer(tmp_path, TEXTS)
    plain = SentenceTransformersEmbedder(SentenceTransformersSettings(model=str(folder), device="cpu"))
    prefixed = SentenceTransformersEmbedder(SentenceTransformersSettings(model=str(folder), device="cpu", prefix="query: "))
    assert plain.dimension == 32
    assert not np.allclose(plain.embed(TEXTS), prefixed.embed(TEXTS), atol=1e-3)
    np.testing.assert_allclose(prefixed.embed(TEXTS), plain.embed([f"query: {text}" for text in TEXTS]), atol=1e-6)
    assert plain.id != prefixed.id
    assert no_network == []


@needs_torch
def test_a_transformer_that_is_elsewhere_is_not_fetched_unasked(no_network: list[object]) -> None:
    settings = SentenceTransformersSettings(model="someone/some-model")
    with pytest.raises(ConfigError, match="hub may not be asked"):
        SentenceTransformersEmbedder(settings).embed(TEXTS)
    assert no_network == []


@needs_torch
def test_a_transformer_in_the_hubs_cache_is_found_by_its_name(
    tmp_path: Path, no_network: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "models--someone--some-model"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("abc123", encoding="utf-8")
    (kept / "snapshots").mkdir()
    shutil.copytree(transformer(tmp_path, TEXTS), kept / "snapshots" / "abc123")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    embedder = SentenceTransformersEmbedder(SentenceTransformersSettings(model="someone/some-model", device="cpu"))
    assert embedder.embed(TEXTS).shape == (2, 32)
    assert no_network == []


@needs_torch
def test_a_device_that_does_not_exist_is_a_clear_error(tmp_path: Path) -> None:
    folder = transformer(tmp_path, TEXTS)
    with pytest.raises((ConfigError, EmbedError), match="sentence_transformers"):
        SentenceTransformersEmbedder(SentenceTransformersSettings(model=str(folder), device="cuda")).embed(TEXTS)
