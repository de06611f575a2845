from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from nlp.config import NlpSettings
from nlp.enrich import PIPELINE, EnrichReport, enrich
from nlp.facts.announcements import announcements_pipeline
from nlp.facts.domains import domains_pipeline
from nlp.stories import StoryIndex
from storage import documents
from storage.store import Store
from storage.tables import enrichments, facts
from tests.unit.nlp.documents import DAY, RELEASE, a_document, store_documents

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
SETTINGS = NlpSettings()

CORPUS = [
    a_document("a", "Voltacycle ouvre une usine de recyclage à Valenciennes", RELEASE),
    a_document("b", "Batteries : 180 emplois dans le Nord", f"Communiqué – {RELEASE}", source="fil"),
    a_document("c", "A photonic chip for data centres", "It halves the power.", source="post", day=DAY + dt.timedelta(days=1)),
    a_document("d", "Batteries : l'usine de Valenciennes", RELEASE, source="post", day=DAY + dt.timedelta(days=9)),
    a_document("e", "Neue Rechenzentren für künstliche Intelligenz entstehen in Bayern und Sachsen", source="post", day=DAY),
    a_document("f", "Deux navires, un jumeau numérique", source="fil", day=DAY + dt.timedelta(days=40)),
]  # fmt: skip


def story_ids(store: Store) -> dict[str, str]:
    with store.reading() as conn:
        return {row.document_id: row.story_id for row in conn.execute(sa.select(enrichments))}


def languages(store: Store) -> dict[str, str]:
    with store.reading() as conn:
        return {row.document_id: row.language for row in conn.execute(sa.select(enrichments))}


def test_every_document_gets_a_language_a_story_its_domains_and_announcements(store: Store) -> None:
    store_documents(store, CORPUS)
    report = enrich(store, NOW, SETTINGS)
    assert report == EnrichReport(documents=6, copies=2, foreign=1, domains=10, announcements=6)
    assert story_ids(store) == {"a": "a", "b": "a", "c": "c", "d": "a", "e": "e", "f": "f"}
    assert languages(store) == {"a": "fr", "b": "fr", "c": "en", "d": "fr", "e": "de", "f": "fr"}
    with store.reading() as conn:
        naval = conn.execute(sa.select(facts).where(facts.c.value == "naval")).one()
    assert (naval.document_id, naval.kind, naval.matched) == ("f", "domain", "navires")


def test_running_again_changes_nothing(store: Store) -> None:
    store_documents(store, CORPUS)
    enrich(store, NOW, SETTINGS)
    before = story_ids(store)
    assert enrich(store, NOW, SETTINGS) == EnrichReport()
    assert story_ids(store) == before


@pytest.mark.parametrize("size", [1, 2, 5])
def test_batches_and_restarts_change_nothing(sqlite_store: Store, size: int) -> None:
    store_documents(sqlite_store, CORPUS)
    settings = NlpSettings(enrich_batch=size)
    for hours in range(0, 24 * 45, 24):
        now = dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC) + dt.timedelta(hours=hours)
        enrich(sqlite_store, now, settings, index=StoryIndex(settings.stories))
    assert story_ids(sqlite_store) == {"a": "a", "b": "a", "c": "c", "d": "a", "e": "e", "f": "f"}


def test_nothing_is_read_before_it_was_collected(sqlite_store: Store) -> None:
    store_documents(sqlite_store, CORPUS)
    enrich(sqlite_store, CORPUS[0].collected_at, SETTINGS)
    assert set(story_ids(sqlite_store)) == {"a", "b", "e"}


def test_an_index_in_memory_notices_what_others_stored(sqlite_store: Store) -> None:
    index = StoryIndex(SETTINGS.stories)
    store_documents(sqlite_store, CORPUS[:1])
    enrich(sqlite_store, NOW, SETTINGS, index=index)
    store_documents(sqlite_store, [CORPUS[2]])
    enrich(sqlite_store, NOW, SETTINGS, index=StoryIndex(SETTINGS.stories))
    copy = a_document("z", CORPUS[2].title, CORPUS[2].text, source="fil", day=DAY + dt.timedelta(days=2))
    store_documents(sqlite_store, [copy])
    enrich(sqlite_store, NOW, SETTINGS, index=index)
    assert story_ids(sqlite_store)["z"] == "c"


def test_an_old_batch_after_a_recent_one_finds_its_own_days(sqlite_store: Store) -> None:
    index = StoryIndex(SETTINGS.stories)
    recent = a_document("r", "Une usine", RELEASE, day=DAY + dt.timedelta(days=300))
    store_documents(sqlite_store, [*CORPUS[:1], recent])
    enrich(sqlite_store, NOW + dt.timedelta(days=365), SETTINGS, index=index)
    late = a_document("l", "Une usine à Valenciennes", RELEASE, source="fil", day=DAY + dt.timedelta(days=5))
    later = a_document("m", "Une usine de batteries", RELEASE, source="fil", day=DAY + dt.timedelta(days=301))
    store_documents(sqlite_store, [late])
    enrich(sqlite_store, NOW + dt.timedelta(days=365), SETTINGS, index=index)
    store_documents(sqlite_store, [later])
    enrich(sqlite_store, NOW + dt.timedelta(days=365), SETTINGS, index=index)
    assert story_ids(sqlite_store) == {"a": "a", "r": "r", "l": "a", "m": "r"}


def test_a_batch_that_fails_leaves_nothing_behind(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store_documents(sqlite_store, CORPUS)
    index = StoryIndex(SETTINGS.stories)
    with monkeypatch.context() as patch:
        patch.setattr(documents, "add_facts", _fail)
        with pytest.raises(OSError, match="disk full"):
            enrich(sqlite_store, NOW, SETTINGS, index=index)
    assert story_ids(sqlite_store) == {}
    enrich(sqlite_store, NOW, SETTINGS, index=index)
    assert story_ids(sqlite_store)["d"] == "a"


def _fail(*_: object) -> None:
    raise OSError("disk full")


def test_another_list_of_domains_is_read_without_touching_stories(store: Store, tmp_path_factory: pytest.TempPathFactory) -> None:
    store_documents(store, CORPUS)
    enrich(store, NOW, SETTINGS)
    path = tmp_path_factory.mktemp("lists") / "domains.toml"
    path.write_text('[twins]\nterms = ["jumeau numérique"]\n', encoding="utf-8")
    report = enrich(store, NOW, NlpSettings(domains_file=path))
    assert report == EnrichReport(domains=1)
    with store.reading() as conn:
        found = conn.execute(sa.select(facts.c.value, facts.c.pipeline)).all()
        assert documents.enriched_count(conn, PIPELINE) == 6
    read = [tuple(row) for row in found if row.pipeline.startswith("domains/")]
    assert read == [("twins", domains_pipeline(path))]


def test_another_list_of_announcements_is_read_without_touching_domains(
    store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    store_documents(store, CORPUS)
    enrich(store, NOW, SETTINGS)
    path = tmp_path_factory.mktemp("lists") / "announcements.toml"
    path.write_text('[recycling]\nterms = ["ouvre … usine"]\n', encoding="utf-8")
    assert enrich(store, NOW, NlpSettings(announcements_file=path)) == EnrichReport(announcements=1)
    with store.reading() as conn:
        (fact,) = conn.execute(sa.select(facts).where(facts.c.kind == "announcement")).all()
        assert conn.scalar(sa.select(sa.func.count()).where(facts.c.kind == "domain")) > 0
    assert (fact.document_id, fact.value, fact.matched, fact.pipeline) == (
        "a",
        "recycling",
        "ouvre une usine",
        announcements_pipeline(path),
    )
