"""Eight invented themes over 26 weeks, with an outage: what the pages are looked at with."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from pydantic import SecretStr
from sqlalchemy.engine import Connection

from alerts.config import AlertSettings
from alerts.digest import owe_digests
from storage import actors, alerts, deliveries, document_keys, documents, feedback, observations, sources, themes
from storage.actors import Actor
from storage.document_keys import Key
from storage.model import (
    Alert,
    AlertState,
    Assignment,
    Document,
    Enrichment,
    Fact,
    Feedback,
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
    Verdict,
)
from storage.store import Store
from tests.builders import add_counts

LAST_DAY = dt.date(2026, 3, 1)  # a Sunday: the last week is complete
WEEKS = 26
OUTAGE_WEEK = 15
THRESHOLD = 4.8
ALERT_SETTINGS = AlertSettings(link_secret=SecretStr("a-key-of-the-tests"), public_url="https://zoom.example.org")
READER = "digest:email:lou@example.org"
OPENING_WEEK, LAST_WEEK = dt.date(2026, 2, 9), dt.date(2026, 3, 2)  # the ends of the weeks with an archived digest

SOURCES = (
    ("courrier-du-numerique", "Le Courrier du numérique", Kind.NEWS, "fr"),
    ("gazette-armor", "La Gazette d’Armor", Kind.NEWS, "fr"),
    ("harbour-tech", "Harbour Tech Review", Kind.NEWS, "en"),
    ("annales-ouvertes", "Annales ouvertes", Kind.PAPER, "fr"),
    ("brevets-demo", "Registre des brevets (fictif)", Kind.PATENT, "fr"),
    ("guichet-aides", "Guichet des aides (fictif)", Kind.FUNDING, "fr"),
)

VOICES = {Kind.NEWS: "courrier-du-numerique", Kind.PAPER: "annales-ouvertes", Kind.FUNDING: "guichet-aides"}

# id, origin, FR, EN, state, lift, score, weekly level before → at the end, sentences
SEEDS: tuple[tuple[str, Origin, str, str, State, float, float, float, float], ...] = (
    ("t-gigafactories", Origin.WATCH, "Gigafactories d’IA", "AI gigafactories", State.RUPTURE, 3.4, 9.1, 3, 12),
    ("t-photonics", Origin.WATCH, "Photonique intégrée", "Integrated photonics", State.EMERGING, 2.2, 6.3, 2, 6),
    ("t-quantum", Origin.WATCH, "Ordinateur quantique", "Quantum computing", State.STABLE, 1.0, 0.8, 7, 7),
    ("t-metaverse", Origin.WATCH, "Métavers et immersif", "Metaverse and immersive media", State.DECLINING, 0.4, 5.2, 6, 2),
    ("t-energy", Origin.WATCH, "Réseaux électriques et stockage", "Power grids and storage", State.TREND, 1.6, 5.5, 8, 14),
    ("t-desal", Origin.DISCOVERED, "Dessalement solaire", "Solar desalination", State.WEAK_SIGNAL, 2.6, 3.1, 0.3, 1.4),
    ("t-chatbots", Origin.DISCOVERED, "Agents conversationnels municipaux", "Town-hall chat agents", State.NOISE, 1.1, 0.4, 1, 1),
    (
        "c-t-twins-naval",
        Origin.CONJUNCTION,
        "Jumeaux numériques × naval",
        "Digital twins × naval",
        State.EMERGING,
        2.9,
        5.0,
        0.6,
        3,
    ),
)

TITLES = {
    "t-gigafactories": (
        "Un consortium breton annonce un centre de calcul de 400 MW près de Lannion",
        "Harbour council backs a second AI gigafactory",
        "Appel à projets : 120 M€ pour les infrastructures de calcul",
        "<script>alert('titre hostile')</script> & un centre de données à Dunkerque",
    ),
    "t-photonics": (
        "Une puce photonique assemblée à basse température",
        "Low-loss couplers for integrated photonics",
        "Brevet : procédé d’alignement passif de fibres",
    ),
    "c-t-twins-naval": (
        "Le chantier Kermorvan double ses navires d’un jumeau numérique",
        "Sea trials rehearsed on a digital twin",
    ),
    "t-desal": ("Trois équipes testent le dessalement sans membrane", "Sunlight-only desalination reaches a village"),
}
# The rule behind each state, and what the evidence of some themes holds besides.
DECIDED = {
    State.RUPTURE: "rupture.sharp_rise",
    State.EMERGING: "emerging.broad_rise",
    State.TREND: "trend.long_rise",
    State.WEAK_SIGNAL: "weak.under_threshold",
    State.DECLINING: "declining.proven_fall",
    State.STABLE: "stable.nothing_proven",
    State.NOISE: "noise.nothing_proven",
}
MORE: dict[str, dict[str, Any]] = {
    "t-gigafactories": {
        "new_terms": ["400 MW", "calcul souverain"],
        "new": {
            "terms": [{"name_fr": "calcul souverain", "name_en": "sovereign compute"}],
            "actors": [{"name_fr": "Consortium Ponant", "name_en": "Consortium Ponant"}],
            "places": [{"name_fr": "Bretagne", "name_en": "Brittany"}],
        },
        "stage": {"id": "acceleration", "plausible": ["acceleration", "slowing"]},
        "top_source": {"source": "courrier-du-numerique", "name": "Le Courrier du numérique", "stories": 24},
    },
    "t-energy": {"long_run": {"since": "2021-04-01", "per_year": 0.35, "months": 59}},
    "t-desal": {"buzz": {"days": 3, "observed": 4, "expected": 0.2, "score": 5.1}},
    "c-t-twins-naval": {
        "margins": [
            {
                "id": "t-quantum",
                "label_fr": "Ordinateur quantique",
                "label_en": "Quantum computing",
                "observed": 28,
                "expected": 27,
            },
            {"id": "naval", "label_fr": "naval", "label_en": "naval", "observed": 9, "expected": 8.5},
        ]
    },
}
TOLD = "d-told"
HOSTILE_URL = "javascript:alert(1)"


def monday(week: int) -> dt.date:
    """Start of the ``week``-th of the seeded weeks."""
    return LAST_DAY - dt.timedelta(days=6) - dt.timedelta(days=7 * (WEEKS - 1 - week))


def seed(store: Store) -> None:
    """Eight themes, 26 weeks with one outage, their signals, two alerts and two digests that were sent."""
    with store.transaction() as conn:
        sources.declare(conn, [Source(id=i, name=n, kind=k, lang=lang) for i, n, k, lang in SOURCES])
        themes.save(conn, [_theme(*row[:4]) for row in SEEDS])
        themes.add_events(
            conn,
            [
                ThemeEvent(theme_id="t-desal", event="born", on=monday(10)),
                ThemeEvent(theme_id="t-desal", event="merged", on=monday(18), other_id="t-chatbots", weight=0.6),
            ],
        )
        cited = [document for row in SEEDS for document in _documents(row[0])]
        documents.add(conn, cited)
        _tell(conn)
        counted = [o for row in SEEDS for o in _observations(row[0], row[7], row[8])]
        by_source = [
            {"theme_id": o.theme_id, "kind": o.kind, "day": o.day, "source_key": VOICES[o.kind], "stories": o.stories}
            for o in counted
        ]
        add_counts(conn, counted, by_source, _coverage())
        observations.add_signals(conn, [signal for row in SEEDS for signal in _signals(row)])
        alerts.save(
            conn,
            [
                _alert("a-gigafactories", "t-gigafactories", State.RUPTURE, AlertState.FIRING, monday(22), None),
                _alert("a-photonics", "t-photonics", State.EMERGING, AlertState.RESOLVED, monday(8), monday(13)),
            ],
        )
        alerts.save_rules(
            conn,
            [Rule(id="momentum", version=1, name_fr="Mouvement avéré", name_en="Proven movement", settings={"kind": "momentum"})],
        )
        for reader, verdict in (("lou", Verdict.USEFUL), ("web:0001", Verdict.USEFUL), ("web:0002", Verdict.KNOWN)):
            given = dt.datetime.combine(monday(23), dt.time(9), dt.UTC)
            word = Feedback(id=f"f-{reader}", alert_id="a-gigafactories", verdict=verdict, given_by=reader, given_at=given)
            feedback.save(conn, word)
        deliveries.subscribe(
            conn,
            [
                Subscription(id=READER, channel="email", target="lou@example.org", content="digest", lang="fr"),
                Subscription(id="alerts:slack:#watch", channel="slack", target="#watch", content="alerts", lang="en"),
            ],
        )
    for week_end in (OPENING_WEEK, LAST_WEEK):
        owe_digests(store, dt.datetime.combine(week_end, dt.time(8), dt.UTC), ALERT_SETTINGS)


def _theme(theme_id: str, origin: Origin, fr: str, en: str) -> Theme:
    return Theme(
        id=theme_id,
        origin=origin,
        label_fr=fr,
        label_en=en,
        born_on=monday(0),
        parent_id="t-quantum" if origin is Origin.CONJUNCTION else None,
        partner="naval" if origin is Origin.CONJUNCTION else None,
        terms_fr=("calcul", "centre de données") if theme_id == "t-gigafactories" else (),
        terms_en=("compute", "data centre") if theme_id == "t-gigafactories" else (),
    )


def _level(week: int, before: float, after: float) -> float:
    # A smooth passage around week 20, with a ripple so that nothing looks drawn with a ruler.
    rise = 1 / (1 + math.exp(-(week - 20.5) * 1.4))
    return (before + (after - before) * rise) * (1 + 0.25 * math.sin(week * 2.3 + before))


def _observations(theme_id: str, before: float, after: float) -> list[Observation]:
    rows, carried = [], 0.0
    for week in range(WEEKS):
        carried += 0.08 * before if week == OUTAGE_WEEK else _level(week, before, after)
        whole = int(carried)
        carried -= whole
        for n, kind in enumerate((Kind.NEWS, Kind.PAPER, Kind.FUNDING)):
            stories = whole - 2 * (whole // 4) if n == 0 else whole // 4
            if stories:
                day = monday(week) + dt.timedelta(days=n + 1)
                rows.append(
                    Observation(
                        theme_id=theme_id, kind=kind, day=day, stories=stories, sources=min(stories, 3), documents=stories + 1
                    )
                )
    return rows


def _coverage() -> list[dict[str, Any]]:
    rows = []
    for week in range(WEEKS):
        for n, (source_id, _, kind, _) in enumerate(SOURCES):
            for day in range(5):
                stories = 12 - n + week % 3
                if week == OUTAGE_WEEK:
                    stories = 1 if day == 0 else 0
                if stories:
                    rows.append(
                        {"source_key": source_id, "kind": kind, "day": monday(week) + dt.timedelta(days=day), "stories": stories}
                    )
    return rows


def _signals(row: tuple[str, Origin, str, str, State, float, float, float, float]) -> list[Signal]:
    theme_id, _, fr, en, state, lift, score, before, after = row
    observed = round(4 * after)
    expected = round(observed / lift, 1)
    weekly = [
        {
            "week": monday(week).isoformat(),
            "observed": round(_level(week, before, after), 1),
            "expected": round(0.08 * before if week == OUTAGE_WEEK else before * (1 + 0.04 * math.sin(week)) + 0.3, 2),
            "low": 0,
            "high": round(before * 1.6) + 2,
            "covered": week != OUTAGE_WEEK,
        }
        for week in range(WEEKS)
    ]
    moves = state not in (State.STABLE, State.NOISE)
    final = Signal(
        theme_id=theme_id,
        day=LAST_DAY,
        state=state,
        score=score,
        lift=lift,
        observed=observed,
        expected=expected,
        sources=min(6, max(3, observed // 4)),
        threshold=THRESHOLD,
        reason_fr=f"{fr} : {observed} publications de {min(6, max(3, observed // 4))} sources en 28 jours, "
        f"{str(expected).replace('.', ',')} attendues.",
        reason_en=f"{en}: {observed} publications from {min(6, max(3, observed // 4))} sources in 28 days, {expected} expected.",
        evidence={
            "documents": [document.id for document in _documents(theme_id)],
            "by_source": {
                "courrier-du-numerique": observed // 2,
                "annales-ouvertes": observed // 4,
                "brevets-demo#7": 1,
                "brevets-demo#9": 1,
            },
            "by_kind": {"news": observed // 2, "paper": observed // 4, "funding": observed // 4},
            "score_without_top_source": round(score * 0.8, 1),
            "window_days": 28,
            "band": [max(0, round(expected) - 4), round(expected) + 6],
            "onset": monday(20).isoformat() if moves else None,
            "onset_interval": [monday(19).isoformat(), monday(21).isoformat()] if moves else None,
            "document_roles": [
                {"document_id": document.id, "role": role}
                for document, role in zip(_documents(theme_id), ("earliest", "central", "kind", "latest"), strict=False)
            ],
            "caveats": ["seasonality_unknown", "coverage_gap"],
            "caveat_details": [
                {
                    "code": "coverage_gap",
                    "fr": "Des sources habituelles sont restées muettes.",
                    "en": "Usual sources were silent.",
                }
            ],
            "weekly": weekly,
            **MORE.get(theme_id, {}),
        },
        decided_by=DECIDED[state],
        stage="acceleration" if state in (State.RUPTURE, State.TREND) else None,
    )
    earlier = [
        Signal(
            theme_id=theme_id,
            day=LAST_DAY - dt.timedelta(days=days),
            state=state if days < 21 else State.STABLE,
            score=score if days < 21 else 0.5,
            lift=lift if days < 21 else 1.0,
            observed=observed,
            expected=expected,
            sources=4,
            threshold=THRESHOLD,
            reason_fr="",
            reason_en="",
        )
        for days in range(60, 0, -1)
    ]
    return [*earlier, final]


def _documents(theme_id: str) -> list[Document]:
    found = []
    for n, title in enumerate(TITLES.get(theme_id, ())):
        source_id, _, kind, lang = SOURCES[(0, 2, 5, 1)[n]] if theme_id == "t-gigafactories" else SOURCES[(3, 3, 4, 1)[n]]
        day = monday(21) + dt.timedelta(days=3 * n)
        found.append(
            Document(
                id=f"{theme_id}-{n}",
                source_id=source_id,
                kind=kind,
                title=title,
                collected_at=dt.datetime.combine(day, dt.time(9), dt.UTC),
                counted_on=day,
                published_on=day,
                lang=lang,
                url=HOSTILE_URL if "<script>" in title else f"https://news.example/{theme_id}/{n}?a=1&b=2",
                actor="Université du Ponant" if kind is Kind.PAPER else None,
            )
        )
    return found


def _tell(conn: Connection) -> None:
    """What is kept about one document: its copies, the notices of its event, what was read in it, its themes, its rights."""
    day = monday(21)
    given = {"kind": Kind.NEWS, "source_id": SOURCES[0][0], "lang": "fr", "url": "https://news.example/annonce"}
    seen = dt.datetime.combine(day, dt.time(9), dt.UTC)
    rows = [
        Document(id=key, title=title, text=text, collected_at=seen, published_on=day, counted_on=day, extra=extra, **given)  # type: ignore[arg-type]
        for key, title, text, extra in (
            (TOLD, "Marché du calcul : 12 M$ pour Voltacycle", "Voltacycle reçoit 12 M$ à Rennes.", {"codes": ["G06N 10/00"]}),
            ("d-copy", "Voltacycle reçoit 12 M$", "Voltacycle reçoit 12 M$.", {}),
            ("d-award", "Avis d’attribution <b>gras</b>", "", {"reserved": True}),
        )
    ]
    documents.add(conn, rows, [Mention(source_id=SOURCES[0][0], key="g1", document_id=TOLD, seen_at=seen, url=given["url"])])
    keys = [("notice:boamp:26-99001", TOLD, False), ("notice:boamp:26-99001", "d-award", False), ("doi:10.9999/ex", TOLD, True)]
    document_keys.add(conn, [Key(*key) for key in keys])
    told = {"pipeline": "lang-story/1", "language": "fr", "language_score": 0.9, "story_id": TOLD}
    documents.add_enrichments(conn, [Enrichment(document_id=row.id, **told) for row in rows])  # type: ignore[arg-type]
    start = len(rows[0].title) + 1 + rows[0].text.index("12 M$")
    read = {"document_id": TOLD, "pipeline": "rules/1"}
    money = {"kind": "amount", "value": "12000000 USD", "number": 12e6, "unit": "USD", "eur": 11.1e6}
    party = {"kind": "organisation", "actor": "voltacycle"}
    found = [
        {**money, "matched": "12 M$", "start": start, "end": start + 5, "role": "stated"},
        {**money, "matched": "12000000", "start": -1, "end": -1, "role": "stated", "actor": "voltacycle"},
        {**party, "value": "Voltacycle", "matched": "VOLTACYCLE SAS", "start": -2, "end": -2, "role": "winner"},
        {"kind": "country", "value": "FR", "matched": "<i>FR</i>", "start": -3, "end": -3, "role": "winner"},
        {"kind": "programme", "value": "France 2030", "matched": "France 2030", "start": -4, "end": -4},
    ]
    actors.save(conn, [Actor(id="voltacycle", name="Voltacycle", kind="company", country="FR")])
    documents.add_facts(conn, "rules/1", [TOLD], [Fact(**read, **fact) for fact in found])  # type: ignore[arg-type]
    themes.add_run(conn, ModelRun(id="assign@1", step="assign", model="demo/1", ran_at=seen))
    reason = "début/lead: calcul · cosinus/cosine: 0.34 · p: 0.97"
    belongs = [(TOLD, "t-gigafactories", 0.97, reason), ("d-copy", "t-gigafactories", 0.97, f"copie/copy: {TOLD}")]
    belongs.append((TOLD, "c-t-twins-naval", 0.6, "t-quantum + naval"))
    themes.assign(
        conn,
        [Assignment(document_id=a, theme_id=b, probability=c, model_run_id="assign@1", reason=d) for a, b, c, d in belongs],
    )


def _alert(alert_id: str, theme_id: str, state: State, stage: AlertState, opened: dt.date, closed: dt.date | None) -> Alert:
    return Alert(
        id=alert_id,
        rule_id="momentum",
        theme_id=theme_id,
        state=stage,
        opened_on=opened,
        closed_on=closed,
        signal_state=state,
        score=7.0,
        lift=2.5,
        observed=20,
        expected=8,
        sources=5,
        threshold=THRESHOLD,
        reason_fr="20 documents indépendants de 5 sources en 28 jours, 8 attendus (× 2,5).",
        reason_en="20 independent documents from 5 sources in 28 days, 8 expected (× 2.5).",
        evidence={
            "documents": [document.id for document in _documents(theme_id)],
            "weekly": [
                {"week": monday(week).isoformat(), "observed": 3 + week % 4, "expected": 3, "covered": week != OUTAGE_WEEK}
                for week in range(OUTAGE_WEEK - 4, OUTAGE_WEEK + 7)
            ],
            "caveats": ["coverage_gap"],
            **({"also": ["t-energy", "gone"]} if theme_id == "t-gigafactories" else {}),
        },
        peak_lift=2.5,
    )
