"""Amounts and quantities go through the facts step into the database, in euros of the document's day."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from nlp.config import NlpSettings
from nlp.facts.step import facts
from storage import documents
from storage.errors import ConfigError
from storage.model import Fact
from storage.store import Store
from tests.unit.nlp.documents import a_document, store_documents

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
FRIDAY = dt.date(2024, 6, 14)
BLANK = NlpSettings(spacy_models={"fr": "blank", "en": "blank"})
TEXT = "Corvane raises $10-12.5m, bringing total funding to $80m, and hires 30 people for a machine of 100 logical qubits."


def measured(store: Store, document: str) -> list[Fact]:
    with store.reading() as conn:
        return [fact for fact in documents.facts_of(conn, [document]) if fact.kind in ("amount", "quantity")]


def test_a_fact_has_its_low_end_its_role_and_its_euros(store: Store) -> None:
    store_documents(store, [a_document("d", "Corvane", TEXT, day=FRIDAY)], lang="en")
    facts(store, NOW, BLANK)
    found = [(fact.value, fact.number, fact.low, fact.unit, fact.eur, fact.role, fact.matched) for fact in measured(store, "d")]
    assert found == [
        ("12500000 USD", 12_500_000, 10_000_000, "USD", 11_697_548.19, "stated", "$10-12.5m"),
        ("80000000 USD", 80_000_000, None, "USD", 74_864_308.44, "cumulative", "$80m"),
        ("30 jobs", 30, None, "jobs", None, None, "30 people"),
        ("100 qubits", 100, None, "qubits", None, "logical", "100 logical qubits"),
    ]


def test_a_document_without_a_day_of_its_own_takes_the_day_it_is_counted_on(sqlite_store: Store) -> None:
    undated = dataclasses.replace(a_document("d", "Corvane raises $1m", day=FRIDAY), published_on=None)
    uncounted = dataclasses.replace(a_document("e", "Corvane raises $1m again", day=FRIDAY), published_on=None, counted_on=None)
    store_documents(sqlite_store, [undated, uncounted], lang="en")
    facts(sqlite_store, NOW, BLANK)
    assert [fact.eur for key in ("d", "e") for fact in measured(sqlite_store, key)] == [935_803.86, None]


def test_rates_of_the_users_own(sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "eurofxref-hist.csv"
    settings = BLANK.model_copy(update={"rates_file": path})
    store_documents(sqlite_store, [a_document("d", "Corvane raises $1m", day=FRIDAY)], lang="en")
    with pytest.raises(ConfigError, match=r"nlp\.rates_file"):
        facts(sqlite_store, NOW, settings)
    path.write_text("Date,USD\n2024-06-13,1.25\n", encoding="utf-8")
    facts(sqlite_store, NOW, settings)
    assert [fact.eur for fact in measured(sqlite_store, "d")] == [800_000]
