"""Centring by language undoes what a model of narrow cones does to two languages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from nlp.config import NlpSettings
from nlp.embed import EmbedReport, embed
from nlp.embedders.base import load_embedder, unit_rows
from nlp.embedders.centred import CentredEmbedder
from nlp.embedders.config import EmbedderSettings
from nlp.embedders.usem3 import Usem3Embedder
from nlp.language import identify
from storage.errors import ConfigError, NotTrained
from storage.store import Store
from tests.unit.nlp.documents import a_document, store_documents

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
WHAT = {
    "fr": [
        "une puce photonique",
        "un robot de récolte",
        "un drone sous-marin",
        "un calculateur quantique",
        "une éolienne en mer",
    ],
    "en": ["a photonic chip", "a harvesting robot", "an underwater drone", "a quantum computer", "an offshore wind turbine"],
}
SAID = {
    "fr": ["Le laboratoire présente {} à la presse", "La région finance {} cette année", "Les ingénieurs essaient {} au port"],
    "en": ["The laboratory shows {} to the press", "The region pays for {} this year", "The engineers try {} at the harbour"],
}
TEXTS = {lang: [said.format(what) for what in WHAT[lang] for said in SAID[lang]] for lang in ("fr", "en")}


class Cones:
    """The default embedder as a model of cones would be: one direction for all texts, and one a language, drown the meaning."""

    id = "cones@1"
    dimension = 512

    def __init__(self) -> None:
        self.inner = Usem3Embedder(workers=1)
        self.all, self.fr, self.en = np.linalg.qr(np.random.default_rng(5).normal(size=(512, 3)))[0].T

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        cones = [2 * self.all + (self.fr if identify(text).code == "fr" else self.en) for text in texts]
        return unit_rows(self.inner.embed(texts) + np.stack(cones)) if texts else self.inner.embed(texts)


@pytest.fixture(scope="module")
def cones() -> Cones:
    return Cones()


def both() -> list[str]:
    return [*TEXTS["fr"], *TEXTS["en"]]


def test_a_translation_is_nearer_than_another_subject_in_ones_own_language(cones: Cones, tmp_path: Path) -> None:
    centred = CentredEmbedder(cones, tmp_path / "means.npz").fit(both() * 7)
    subject = np.repeat(np.arange(5), 3)
    for embedder, is_right in ((cones, False), (centred, True)):
        french, english = embedder.embed(TEXTS["fr"]), embedder.embed(TEXTS["en"])
        same = (french @ english.T)[subject[:, None] == subject].mean()
        other = (french @ french.T)[subject[:, None] != subject].mean()
        assert bool(same > other) is is_right
    assert abs(other) < 0.25


def test_the_means_are_kept_and_are_part_of_the_name(cones: Cones, tmp_path: Path) -> None:
    fitted = CentredEmbedder(cones, tmp_path / "means.npz").fit(both() * 7)
    again = CentredEmbedder(cones, tmp_path / "means.npz")
    assert again.is_fitted
    assert again.id == fitted.id
    assert fitted.id.startswith("cones@1-centred-")
    assert np.array_equal(again.embed(both()), fitted.embed(both()))
    assert CentredEmbedder(cones, tmp_path / "other.npz").fit(TEXTS["fr"] * 7 + TEXTS["en"][:9] * 12).id != fitted.id


def test_a_rare_language_gets_the_mean_of_all(cones: Cones, tmp_path: Path) -> None:
    centred = CentredEmbedder(cones, tmp_path / "means.npz").fit(TEXTS["fr"] * 7 + TEXTS["en"])
    french = cones.embed(TEXTS["fr"] * 7).mean(axis=0)
    np.testing.assert_allclose(centred.embed(TEXTS["en"][:1]), unit_rows(cones.embed(TEXTS["en"][:1]) - french), atol=1e-5)


def test_too_few_documents_and_no_fit_are_said(cones: Cones, tmp_path: Path) -> None:
    unfitted = CentredEmbedder(cones, tmp_path / "means.npz")
    with pytest.raises(NotTrained, match="found 15"):
        unfitted.fit(both())
    with pytest.raises(NotTrained, match="'zoom-avant embed'"):
        unfitted.embed(["a"])
    with pytest.raises(NotTrained):
        _ = unfitted.id


def test_a_file_of_another_embedder_is_refused(cones: Cones, tmp_path: Path) -> None:
    CentredEmbedder(cones, tmp_path / "means.npz").fit(both() * 7)
    with pytest.raises(ConfigError, match="holds no means of the embedder usem3"):
        CentredEmbedder(Usem3Embedder(), tmp_path / "means.npz")
    (tmp_path / "broken.npz").write_bytes(b"PK not really")
    with pytest.raises(ConfigError, match="name another file"):
        CentredEmbedder(cones, tmp_path / "broken.npz")


def test_the_step_fits_once_and_goes_on(sqlite_store: Store, tmp_path: Path) -> None:
    settings = NlpSettings(embedder=EmbedderSettings(workers=1, centring_file=tmp_path / "means.npz"))
    texts = [f"{text}, {i}" for i in range(7) for text in both()]
    store_documents(sqlite_store, [a_document(f"d{i}", text, "") for i, text in enumerate(texts)])
    assert embed(sqlite_store, NOW, settings) == EmbedReport(documents=210, computed=210)
    name = load_embedder(settings.embedder).id
    store_documents(sqlite_store, [a_document("late", "Une hydrolienne est mise à l'eau à Ouessant", "")])
    assert embed(sqlite_store, NOW, settings) == EmbedReport(documents=1, computed=1)
    assert load_embedder(settings.embedder).id == name


def test_word_statistics_are_not_centred(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="lsa"):
        EmbedderSettings(kind="lsa", path=tmp_path / "lsa.npz", centring_file=tmp_path / "means.npz")
