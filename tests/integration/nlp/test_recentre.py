"""Discovered themes outlive a change of embedder: by settings alone, with an endpoint whose vectors are of another space."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nlp.config import NlpSettings
from nlp.embed import embed
from nlp.embedders.base import load_embedder
from nlp.embedders.config import EmbedderSettings, OpenAiSettings
from nlp.enrich import enrich
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import read_lexicon
from nlp.themes.recentre import RecentreReport, recentre
from nlp.themes.steps.assign import assign
from nlp.themes.steps.discover import discover
from nlp.themes.steps.watch import watch
from storage import themes
from storage.model import Origin, Theme
from storage.store import Store
from tests.integration.nlp import theme_corpus as news
from tests.servers.embeddings import MODEL, embeddings_api
from tests.servers.http import serving
from tests.unit.nlp.documents import store_documents

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
DEFAULT = EmbedderSettings(workers=1)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[EmbedderSettings]:
    """An endpoint that turns the default's space about: all similarities the same, no vector comparable."""
    turn, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(512, 512)))

    def turned(text: str, _dimension: int) -> list[float]:
        row = load_embedder(DEFAULT).embed([text])[0] @ turn
        return [float(value) for value in row]

    with serving() as site:
        base_url = embeddings_api(site, dimension=512, vector=turned)
        yield EmbedderSettings(kind="openai", openai=OpenAiSettings(base_url=base_url, model=MODEL, dimension=512))


@pytest.fixture
def settings(tmp_path: Path) -> NlpSettings:
    file = tmp_path / "themes.toml"
    file.write_text(news.WATCH_LIST, encoding="utf-8")
    return NlpSettings(embedder=DEFAULT, themes=ThemeSettings(watch_file=file))


def found(store: Store) -> list[Theme]:
    with store.reading() as conn:
        return [theme for theme in themes.all_themes(conn, retired=True) if theme.origin == Origin.DISCOVERED]


def move(store: Store, settings: NlpSettings) -> RecentreReport:
    with store.transaction() as conn:
        return recentre(conn, load_embedder(settings.embedder).id, read_lexicon(conn).weights(), settings.themes)


def played(store: Store, now: dt.datetime, settings: NlpSettings) -> None:
    watch(store, now, settings)
    assign(store, now, settings)
    discover(store, now, settings)


@pytest.fixture
def with_a_theme(sqlite_store: Store, settings: NlpSettings) -> Store:
    store_documents(sqlite_store, news.EVERYTHING, lang=None)
    enrich(sqlite_store, NOW, settings)
    embed(sqlite_store, NOW, settings)
    played(sqlite_store, news.BURST_NOW, settings)
    assert len(found(sqlite_store)) == 1
    return sqlite_store


def test_a_theme_goes_on_under_another_embedder(with_a_theme: Store, settings: NlpSettings, elsewhere: EmbedderSettings) -> None:
    store, changed = with_a_theme, settings.model_copy(update={"embedder": elsewhere})
    (before,) = found(store)
    embed(store, NOW, changed)
    assert move(store, changed) == RecentreReport(moved=1)
    (after,) = found(store)
    assert (after.id, after.label_fr, after.born_on) == (before.id, before.label_fr, before.born_on)
    assert after.embedder == load_embedder(elsewhere).id
    played(store, NOW - dt.timedelta(days=60), changed)
    with store.reading() as conn:
        members = {row.document_id for row in themes.members(conn, before.id)}
    assert {document.id for document in news.LATER} <= members
    assert [theme.id for theme in found(store)] == [before.id]
    assert move(store, changed) == RecentreReport()


def test_a_theme_waits_for_its_stories_vectors(with_a_theme: Store, settings: NlpSettings, elsewhere: EmbedderSettings) -> None:
    changed = settings.model_copy(update={"embedder": elsewhere})
    before = found(with_a_theme)
    assert move(with_a_theme, changed) == RecentreReport(left=1)
    assert found(with_a_theme) == before


def test_a_theme_that_does_not_hold_together_any_more_stands_still(with_a_theme: Store, settings: NlpSettings) -> None:
    def anywhere(text: str, dimension: int) -> list[float]:
        seed = int.from_bytes(text.encode()[:8].ljust(8, b"."), "big")
        return [float(value) for value in np.random.default_rng(seed).normal(size=dimension)]

    with serving() as site:
        base_url = embeddings_api(site, dimension=64, vector=anywhere)
        openai = OpenAiSettings(base_url=base_url, model=MODEL, dimension=64)
        changed = settings.model_copy(update={"embedder": EmbedderSettings(kind="openai", openai=openai)})
        before = found(with_a_theme)
        embed(with_a_theme, NOW, changed)
        assert move(with_a_theme, changed) == RecentreReport(left=1)
        assert found(with_a_theme) == before
