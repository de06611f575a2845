"""Well-formed values of the domain for tests: name what matters to the test, the rest has a plain default."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection

from storage import actors, alerts, coverage, deliveries, documents, observations, sources, tables, territories, themes
from storage.actors import Actor
from storage.coverage import SourceDay
from storage.model import (
    Alert,
    AlertState,
    Assignment,
    Delivery,
    Document,
    Enrichment,
    Fact,
    Fetch,
    FetchOutcome,
    Kind,
    Mention,
    ModelRun,
    Observation,
    Origin,
    Rule,
    Signal,
    Source,
    State,
    Subscription,
    Theme,
    ThemeEvent,
)
from storage.rows import to_row
from storage.territories import Territory
from storage.upsert import upsert

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)
TODAY = NOW.date()


def a_source(key: str = "gazette", **kw: Any) -> Source:
    return Source(**{"id": key, "name": key.title(), "kind": Kind.NEWS, "lang": "fr", "url": f"http://127.0.0.1/{key}.xml"} | kw)


def a_fetch(source: str = "gazette", at: dt.datetime = NOW, **kw: Any) -> Fetch:
    return Fetch(
        **{
            "source_id": source,
            "started_at": at,
            "finished_at": at + dt.timedelta(seconds=2),
            "outcome": FetchOutcome.STORED,
            "status": 200,
        }
        | kw
    )


def a_document(key: str = "d1", **kw: Any) -> Document:
    return Document(
        **{
            "id": key,
            "source_id": "gazette",
            "kind": Kind.NEWS,
            "title": f"Titre {key}",
            "text": "Un résumé.",
            "collected_at": NOW,
            "counted_on": TODAY,
            "published_on": TODAY,
        }
        | kw
    )


def a_mention(document: str = "d1", key: str = "guid-1", **kw: Any) -> Mention:
    return Mention(**{"source_id": "gazette", "key": key, "document_id": document, "seen_at": NOW} | kw)


def a_fact(document: str = "d1", kind: str = "amount", value: str = "12500000 EUR", **kw: Any) -> Fact:
    return Fact(
        **{
            "document_id": document,
            "kind": kind,
            "value": value,
            "matched": "12,5 M€",
            "start": 0,
            "end": 7,
            "pipeline": "rules/1",
        }
        | kw
    )


def an_enrichment(document: str = "d1", **kw: Any) -> Enrichment:
    return Enrichment(
        **{"document_id": document, "pipeline": "lang-story/1", "language": "fr", "language_score": 0.9, "story_id": document}
        | kw
    )


def a_theme(key: str = "quantum", **kw: Any) -> Theme:
    return Theme(
        **{
            "id": key,
            "origin": Origin.WATCH,
            "label_fr": "Quantique",
            "label_en": "Quantum",
            "born_on": TODAY - dt.timedelta(days=90),
        }
        | kw
    )


def a_run(key: str = "assign@1", **kw: Any) -> ModelRun:
    return ModelRun(**{"id": key, "step": "assign", "model": "centroids/1", "ran_at": NOW} | kw)


def an_assignment(document: str = "d1", theme: str = "quantum", **kw: Any) -> Assignment:
    return Assignment(**{"document_id": document, "theme_id": theme, "probability": 0.8, "model_run_id": "assign@1"} | kw)


def an_observation(theme: str = "quantum", day: dt.date = TODAY, stories: int = 2, **kw: Any) -> Observation:
    values = {"theme_id": theme, "kind": Kind.NEWS, "day": day, "stories": stories, "sources": stories, "documents": stories}
    return Observation(**values | kw)


def add_counts(
    conn: Connection,
    observed: Sequence[Observation] = (),
    by_source: Sequence[dict[str, Any]] = (),
    covered: Sequence[dict[str, Any]] = (),
) -> None:
    """Writes counts as if stories had been counted."""
    weeks = [row.day - dt.timedelta(days=row.day.weekday()) for row in observed]
    upsert(conn, tables.observations, [to_row(row) | {"week": week} for row, week in zip(observed, weeks, strict=True)])
    upsert(conn, tables.observation_sources, by_source)
    upsert(conn, tables.coverage, covered)


def a_signal(theme: str = "quantum", day: dt.date = TODAY, **kw: Any) -> Signal:
    return Signal(
        **{
            "theme_id": theme,
            "day": day,
            "state": State.EMERGING,
            "score": 4.2,
            "lift": 2.5,
            "observed": 25.0,
            "expected": 10.0,
            "sources": 7,
            "threshold": 3.0,
            "reason_fr": "25 articles de 7 sources en 28 jours, 10 attendus.",
            "reason_en": "25 articles from 7 sources in 28 days, 10 expected.",
        }
        | kw
    )


def a_rule(version: int = 1, **kw: Any) -> Rule:
    return Rule(**{"id": "momentum", "version": version, "name_fr": "Dynamique", "name_en": "Momentum", "settings": {}} | kw)


def an_alert(key: str = "a1", theme: str = "quantum", **kw: Any) -> Alert:
    return Alert(
        **{
            "id": key,
            "rule_id": "momentum",
            "theme_id": theme,
            "state": AlertState.FIRING,
            "opened_on": TODAY,
            "signal_state": State.EMERGING,
            "score": 4.2,
            "lift": 2.5,
            "observed": 25.0,
            "expected": 10.0,
            "sources": 7,
            "reason_fr": "Vingt-cinq articles, dix attendus.",
            "reason_en": "Twenty-five articles, ten expected.",
        }
        | kw
    )


def a_subscription(key: str = "team", **kw: Any) -> Subscription:
    return Subscription(**{"id": key, "channel": "slack", "target": "#veille", "content": "alerts"} | kw)


def a_delivery(key: str = "team:a1:v1", **kw: Any) -> Delivery:
    return Delivery(
        **{
            "id": f"dl-{key}",
            "key": key,
            "subscription_id": "team",
            "channel": "slack",
            "target": "#veille",
            "subject_id": "a1",
            "payload": {"text": "Bonjour"},
            "created_at": NOW,
        }
        | kw
    )


def add_one_of_each(conn: Connection) -> None:
    """A small database in which every view has something to show."""
    sources.declare(
        conn,
        [
            a_source(),
            a_source("registre", kind=Kind.PATENT, territory="FR"),
            a_source("fonds", kind=Kind.FUNDING),
        ],
    )
    sources.record_visit(conn, a_fetch(items=3, new=2, rejected=1), {"state": "active", "last_success_at": NOW})
    coverage.save(
        conn,
        [
            SourceDay(source_id="gazette", day=TODAY, visits=1, failed_visits=0, documents=2, expected=2.0),
            SourceDay(source_id="fonds", day=TODAY, visits=2, failed_visits=2, documents=0, gap="failed"),
        ],
    )
    documents.add(
        conn,
        [
            a_document("d1"),
            a_document("d2", collected_at=NOW + dt.timedelta(hours=1)),
            a_document("p1", source_id="registre", kind=Kind.PATENT),
            a_document("p2", source_id="registre", kind=Kind.PATENT),
            a_document("p3", source_id="registre", kind=Kind.PATENT),
            a_document("f1", source_id="fonds", kind=Kind.FUNDING),
        ],
        [a_mention("d1")],
    )
    documents.add_enrichments(conn, [an_enrichment("d1"), an_enrichment("d2", story_id="d1"), an_enrichment("p1")])
    documents.add_facts(
        conn,
        "rules/1",
        ["d1", "d2", "p1", "p3", "f1"],
        [
            a_fact(
                "f1",
                value="12500000 USD",
                matched="$10-12.5m",
                number=12_500_000.0,
                low=10_000_000.0,
                unit="USD",
                eur=11_600_000.0,
                role="stated",
            ),
            a_fact("d1", "region", "53"),
            a_fact("d2", "region", "53"),
            a_fact("p1", "country", "DE"),
            a_fact("p3", "country", "DE"),
            a_fact("p3", "country", "JP", matched="[JP]", start=-1, end=-1, role="applicant"),
            a_fact("d1", "organisation", "Voltacycle", actor="voltacycle"),
            a_fact("d2", "organisation", "Voltacycle SAS", actor="voltacycle"),
            a_fact("f1", "announcement", "funding_round", matched="raises $10-12.5m"),
            a_fact("d1", "announcement", "site", matched="inaugure"),
        ],
    )
    actors.save(conn, [Actor(id="voltacycle", name="Voltacycle", kind="company", country="FR")])
    territories.declare(conn, [Territory(level="region", code="53", name_fr="Bretagne", name_en="Brittany", nuts="FRH0")])
    themes.save(
        conn,
        [
            a_theme(),
            a_theme(
                "c-quantum-naval", origin=Origin.CONJUNCTION, parent_id="quantum", partner="naval", label_en="Quantum × naval"
            ),
        ],
    )
    themes.add_run(conn, a_run())
    themes.assign(conn, [an_assignment("d1"), an_assignment("d2")])
    themes.add_events(
        conn,
        [
            ThemeEvent(
                theme_id="quantum", event="split", on=TODAY, other_id="c-quantum-naval", weight=0.4, detail={"by": "refit"}
            ),
            ThemeEvent(theme_id="c-quantum-naval", event="absorbed", on=TODAY, other_id="quantum", detail={"by": "person"}),
            ThemeEvent(theme_id="quantum", event="born", on=TODAY, detail={"words": ["by", '"by": "person"']}),
        ],
    )
    by_source = [
        {"theme_id": "quantum", "kind": "news", "day": TODAY, "source_key": key, "stories": 1} for key in ("gazette", "fonds")
    ] + [{"theme_id": "quantum", "kind": "news", "day": TODAY + dt.timedelta(days=1), "source_key": "gazette", "stories": 1}]
    add_counts(conn, [an_observation(), an_observation(day=TODAY + dt.timedelta(days=1), stories=1)], by_source)
    observations.add_signals(
        conn,
        [
            a_signal(day=TODAY - dt.timedelta(days=1), state=State.NOISE, score=0.1),
            a_signal(),
            a_signal("c-quantum-naval", state=State.WEAK_SIGNAL),
        ],
    )
    alerts.save_rules(conn, [a_rule(1, name_en="Old name"), a_rule(2)])
    alerts.save(conn, [an_alert()])
    deliveries.subscribe(conn, [a_subscription()])
    deliveries.owe(conn, [a_delivery()])
