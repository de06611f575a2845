"""The facts step with the real spaCy models (loaded once for the module)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from nlp.config import NlpSettings
from nlp.enrich import enrich
from nlp.facts.announcements import KIND as ANNOUNCEMENT
from nlp.facts.domains import KIND as DOMAIN
from nlp.facts.step import FactsReport, facts, facts_pipeline
from storage import documents
from storage.errors import ConfigError
from storage.model import Fact
from storage.store import Store
from tests.unit.nlp.documents import RELEASE, a_document, store_documents

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
SETTINGS = NlpSettings()
BLANK = NlpSettings(spacy_models={"fr": "blank", "en": "blank"})

CORPUS = [
    a_document("fr", "Voltacycle ouvre une usine", RELEASE + " « Un pas de plus », déclare Solène Vandamme, sa présidente."),
    a_document(
        "en",
        "Corvane Energy Systems opens a plant in Germany",
        "The European Commission grants €4.2m to Corvane Energy Systems for a 20 MW line, said John Bradwell, its chairman.",
    ),
    a_document("de", "Ein neues Rechenzentrum mit 20 MW entsteht in Bayern, sagte der Minister am Montag in Berlin"),
]


def read(store: Store) -> list[Fact]:
    with store.reading() as conn:
        return documents.facts_of(conn, [document.id for document in CORPUS])


def values(found: list[Fact], document: str, kind: str) -> set[str]:
    return {fact.value for fact in found if fact.document_id == document and fact.kind == kind}


def test_facts_of_both_languages_are_read_with_their_words(store: Store) -> None:
    store_documents(store, CORPUS, lang=None)
    enrich(store, NOW, SETTINGS)
    report = facts(store, NOW, SETTINGS)
    found = read(store)
    assert report.documents == 3
    assert report.facts == sum(fact.kind not in (DOMAIN, ANNOUNCEMENT) for fact in found)
    assert values(found, "fr", "amount") == {"145000000 EUR"}
    assert values(found, "fr", "quantity") == {"90000 m2", "180 jobs", "20000 t"}
    assert values(found, "fr", "departement") == {"59"}
    assert values(found, "en", "country") == {"DE"}
    assert values(found, "en", "organisation") == {"Corvane Energy Systems", "Commission européenne"}
    assert values(found, "de", "quantity") == {"20000000 W"}
    assert values(found, "fr", DOMAIN) == {"automotive", "energy", "environment"}
    for fact in found:
        document = next(document for document in CORPUS if document.id == fact.document_id)
        assert f"{document.title}\n{document.text}"[fact.start : fact.end] == fact.matched


def test_names_of_persons_are_never_stored(sqlite_store: Store) -> None:
    store_documents(sqlite_store, CORPUS, lang=None)
    facts(sqlite_store, NOW, SETTINGS)
    stored = " ".join(f"{fact.value} {fact.matched}" for fact in read(sqlite_store))
    assert not any(name in stored for name in ("Solène", "Vandamme", "John", "Bradwell"))


def test_running_again_changes_nothing(sqlite_store: Store) -> None:
    store_documents(sqlite_store, CORPUS)
    assert facts(sqlite_store, NOW, BLANK).documents == 3
    before = read(sqlite_store)
    assert facts(sqlite_store, NOW, BLANK) == FactsReport()
    assert read(sqlite_store) == before


def test_a_limit_is_kept_and_the_next_run_goes_on(sqlite_store: Store) -> None:
    store_documents(sqlite_store, CORPUS)
    assert [facts(sqlite_store, NOW, BLANK, limit=2).documents for _ in range(3)] == [2, 1, 0]


def test_named_documents_are_read_and_no_other(sqlite_store: Store) -> None:
    store_documents(sqlite_store, CORPUS)
    assert facts(sqlite_store, NOW, BLANK, document_ids=["en", "nobody"]).documents == 1
    assert {fact.document_id for fact in read(sqlite_store)} == {"en"}


def test_nothing_is_read_when_switched_off_or_not_collected_yet(sqlite_store: Store) -> None:
    store_documents(sqlite_store, CORPUS)
    assert facts(sqlite_store, NOW, NlpSettings(facts=False)) == FactsReport()
    assert facts(sqlite_store, CORPUS[0].collected_at - dt.timedelta(hours=1), BLANK) == FactsReport()


def test_another_gazetteer_replaces_facts_and_leaves_domains(store: Store, tmp_path_factory: pytest.TempPathFactory) -> None:
    store_documents(store, CORPUS, lang="fr")
    enrich(store, NOW, BLANK)
    facts(store, NOW, BLANK)
    path: Path = tmp_path_factory.mktemp("own") / "gazetteer.toml"
    path.write_text('[organisations]\n"Voltacycle" = []\n', encoding="utf-8")
    own = BLANK.model_copy(update={"gazetteer_file": path})
    facts(store, NOW, own)
    found = read(store)
    assert {fact.pipeline for fact in found if fact.kind not in (DOMAIN, ANNOUNCEMENT)} == {facts_pipeline(own)}
    assert values(found, "fr", "organisation") == {"Voltacycle"}
    assert values(found, "fr", "departement") == set()
    assert values(found, "fr", DOMAIN) == {"automotive", "energy", "environment"}


def test_a_missing_model_is_a_clear_error(sqlite_store: Store) -> None:
    store_documents(sqlite_store, CORPUS)
    with pytest.raises(ConfigError, match="fr_nowhere_xx"):
        facts(sqlite_store, NOW, NlpSettings(spacy_models={"fr": "fr_nowhere_xx"}))
