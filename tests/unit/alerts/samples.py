"""Cases, themes and documents as the other steps would leave them. All names are invented."""

from __future__ import annotations

import datetime as dt
from typing import Any

from storage import alerts, deliveries, documents, sources, themes
from storage.model import Alert, AlertState, Document, Kind, Origin, Rule, Source, State, Subscription, Theme
from storage.store import Store

NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)  # a Monday
TODAY = NOW.date()
SOURCES = ("gazette", "chroniques", "brevets")


def weekly(
    *observed: float, expected: float = 2.0, gap: int | None = None, end: dt.date = dt.date(2026, 2, 23)
) -> list[dict[str, Any]]:
    first = end - dt.timedelta(weeks=len(observed) - 1)
    return [
        {
            "week": (first + dt.timedelta(weeks=i)).isoformat(),
            "observed": value,
            "expected": expected,
            "covered": i != gap,
            "low": 0,
            "high": round(2 * expected),
        }
        for i, value in enumerate(observed)
    ]


def evidence(*ids: str, **more: Any) -> dict[str, Any]:
    return {
        "documents": list(ids),
        "by_source": {"gazette": 18, "chroniques": 14, "brevets": 9},
        "by_kind": {"news": 32, "patent": 9},
        "score_without_top_source": 4.1,
        "window_days": 28,
        "onset": "2026-02-10",
        "new_terms": ["guide d'onde", "co-packaged optics"],
        "caveats": ["seasonality_unknown"],
        "weekly": weekly(1, 2, 1, 3, 2, 1, 2, 0, 2, 4, 6, 9, 13, gap=7),
    } | more


def full_evidence(*ids: str, **more: Any) -> dict[str, Any]:
    """Evidence with everything a signal may show for itself."""
    roles = ("earliest", "central", "kind", "voice", "latest")
    return (
        evidence(
            *ids,
            band=[9, 20],
            subjects=412,
            allowance=5.0,
            eur=12_500_000,
            document_roles=[{"document_id": key, "role": role} for key, role in zip(ids, roles, strict=False)],
            new={
                "terms": [],
                "actors": [{"id": "lumora", "name_fr": "Lumora Optique", "name_en": "Lumora Optics", "stories": 6, "sources": 4}],
                "places": [{"id": "region:53", "name_fr": "Bretagne", "name_en": "Brittany", "stories": 3, "sources": 2}],
                "earlier_stories": 64,
            },
            decided_by={
                "id": "emerging.broad_rise",
                "fr": "Hausse prouvée d’un thème jeune.",
                "en": "A proven rise of a young theme.",
            },
            stage={"id": "acceleration", "fr": "en accélération", "en": "accelerating"},
            caveat_details=[
                {"code": "coverage_gap", "fr": "La Gazette est restée muette.", "en": "La Gazette was silent.", "sources": {}},
            ],
        )
        | more
    )


def buzz_evidence(**more: Any) -> dict[str, Any]:
    """Evidence of a burst of three days."""
    words = {"fr": "Emballement : 12 articles de 4 sources en 3 jours.", "en": "Buzz: 12 articles from 4 sources in 3 days."}
    return full_evidence(buzz={"days": 3, "observed": 12, "expected": 1.4, "score": 4.4, "sources": 4} | words) | more


def a_rule(rule_id: str = "momentum", **settings: Any) -> Rule:
    return Rule(id=rule_id, version=1, name_fr="Mouvement avéré", name_en="Proven movement", settings=settings)


def a_theme(theme_id: str = "photonics", fr: str = "Photonique intégrée", en: str = "Integrated photonics") -> Theme:
    return Theme(id=theme_id, origin=Origin.WATCH, label_fr=fr, label_en=en, born_on=dt.date(2025, 1, 1))


def an_alert(alert_id: str = "a1", theme_id: str = "photonics", **changed: Any) -> Alert:
    values: dict[str, Any] = {
        "id": alert_id,
        "rule_id": "default",
        "theme_id": theme_id,
        "state": AlertState.FIRING,
        "opened_on": dt.date(2026, 2, 26),
        "signal_state": State.EMERGING,
        "score": 5.2,
        "lift": 2.93,
        "observed": 41.0,
        "expected": 14.0,
        "sources": 12,
        "reason_fr": "41 articles de 12 sources en 28 jours, 14 attendus.",
        "reason_en": "41 stories from 12 sources in 28 days, 14 expected.",
        "evidence": evidence(f"{theme_id}-d1", f"{theme_id}-d2"),
    }
    return Alert(**(values | changed))


def some_documents(
    theme_id: str = "photonics", title: str = "Lumora Optique lève 12,5 M€ pour ses puces photoniques"
) -> list[Document]:
    return [
        Document(
            id=f"{theme_id}-d1",
            source_id="gazette",
            kind=Kind.NEWS,
            title=title,
            url=f"https://gazette.example/{theme_id}?a=1&b=2",
            collected_at=NOW,
            counted_on=dt.date(2026, 2, 20),
            published_on=dt.date(2026, 2, 20),
        ),
        Document(
            id=f"{theme_id}-d2",
            source_id="brevets",
            kind=Kind.PATENT,
            title="Photonic interposer with low-loss coupling",
            collected_at=NOW,
            counted_on=dt.date(2026, 2, 24),
            published_on=dt.date(2026, 2, 24),
        ),
    ]


def a_subscription(channel: str = "slack", target: str = "#veille", content: str = "alerts", lang: str = "fr") -> Subscription:
    return Subscription(id=f"{content}:{channel}:{target}", channel=channel, target=target, content=content, lang=lang)


def seed(store: Store, *cases: Alert, places: tuple[Subscription, ...] = (), found: list[Document] | None = None) -> None:
    """A database with these cases, their themes and documents, and the subscriptions."""
    names = {"gazette": "La Gazette des réseaux", "chroniques": "Chroniques du calcul", "brevets": "Office des brevets"}
    with store.transaction() as conn:
        sources.declare(conn, [Source(id=key, name=name, kind=Kind.NEWS) for key, name in names.items()])
        for theme_id in dict.fromkeys(case.theme_id for case in cases):
            label = (theme_id, theme_id) if theme_id != "photonics" else ("Photonique intégrée", "Integrated photonics")
            themes.save(conn, [a_theme(theme_id, *label)])
            documents.add(conn, some_documents(theme_id) if found is None else found)
        alerts.save(conn, cases)
        deliveries.subscribe(conn, places)
