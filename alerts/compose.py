"""Writes the message of an alert from the case, its theme and its documents, in one language.

States the numbers behind every claim and what weakens it. Knows no channel; missing evidence leaves a line out, never an error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alerts.config import AlertSettings
from alerts.links import theme_url
from alerts.message import Change, Envelope, Figure, Item, Link, Message, Section, Week, one_line, web_url
from alerts.texts import Texts, texts
from storage.model import Alert, AlertState, Document, Kind, State, Theme

MAX_LINKS = 5
MAX_WEEKS = 26


@dataclass(frozen=True, slots=True)
class Background:
    """What the database knows beside the cases: themes, evidence documents and source names by id."""

    themes: Mapping[str, Theme] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)


def alert_message(
    alert: Alert, background: Background, to: Envelope, settings: AlertSettings, at: dt.datetime, *, heard_before: bool
) -> Message:
    """The message about one case in its present state, written ``at`` that moment."""
    said = texts(to.lang)
    change = Change.CHANGED if heard_before else Change.NEW
    if alert.state is AlertState.RESOLVED:
        change = Change.CLOSED
    item = alert_item(alert, background, change, to.lang, settings)
    headline = item.change_label if change is Change.CLOSED else item.state_label
    return Message(
        kind="alert",
        to=to,
        title=_headline(said, headline, item.title),
        intro=item.sentence,
        at=at,
        sections=(Section(title="", items=(item,)),),
        url=item.url,
    )


def group_message(messages: Sequence[Message], to: Envelope) -> Message:
    """Several alerts for one place as one message."""
    said = texts(to.lang)
    items = tuple(item for message in messages for item in message.items)
    return Message(
        kind="group",
        to=to,
        title=said.plural("%(n)s new alert", "%(n)s new alerts", len(items)),
        intro=one_line(", ".join(item.title for item in items), 300),
        at=max(message.at for message in messages),
        sections=(Section(title="", items=items),),
    )


def alert_item(alert: Alert, background: Background, change: Change, lang: str, settings: AlertSettings) -> Item:
    """A case as an item of a message or of a digest."""
    said = texts(lang)
    evidence = alert.evidence
    theme = background.themes.get(alert.theme_id)
    weekly = _weekly(evidence)
    return Item(
        subject_id=alert.id,
        theme_id=alert.theme_id,
        title=one_line((theme.label_fr if lang == "fr" else theme.label_en) if theme else alert.theme_id, 140),
        state=alert.signal_state,
        state_label=state_label(said, alert.signal_state),
        change=change,
        change_label=_change_label(said, change, alert),
        sentence=one_line(alert.reason_fr if lang == "fr" else alert.reason_en, 600),
        lift=said("×%(factor)s", factor=said.number(alert.lift)),
        figures=_figures(said, alert, background),
        links=_links(said, evidence, background),
        caveats=_caveats(said, evidence),
        weekly=weekly,
        weekly_caption=_caption(said, weekly),
        onset=_day(evidence.get("onset")),
        url=theme_url(settings, alert.theme_id),
    )


def state_label(said: Texts, state: State) -> str:
    """A state in the reader's words (« signal faible »)."""
    labels = {
        State.NOISE: said("noise"),
        State.WEAK_SIGNAL: said("weak signal"),
        State.EMERGING: said("emerging"),
        State.TREND: said("trend"),
        State.RUPTURE: said("rupture"),
        State.TRANSITION: said("transition"),
        State.DECLINING: said("declining"),
        State.STABLE: said("stable"),
    }
    return labels[state]


def kind_label(said: Texts, kind: Kind) -> str:
    labels = {Kind.NEWS: said("news"), Kind.PAPER: said("paper"), Kind.PATENT: said("patent"), Kind.FUNDING: said("funding")}
    return labels[kind]


def _headline(said: Texts, label: str, title: str) -> str:
    return said("%(state)s: %(theme)s", state=label[:1].upper() + label[1:], theme=title)


def _change_label(said: Texts, change: Change, alert: Alert) -> str:
    if change is Change.CLOSED:
        return said("closed on %(day)s", day=said.day(alert.closed_on)) if alert.closed_on else said("closed")
    labels = {
        Change.NEW: said("new"),
        Change.CHANGED: said("updated"),
        Change.RISING: said("rising"),
        Change.FALLING: said("falling"),
        Change.EASING: said("easing"),
    }
    return labels[change]


def _figures(said: Texts, alert: Alert, background: Background) -> tuple[Figure, ...]:
    evidence = alert.evidence
    days = _number(evidence.get("window_days"))
    span = said.plural("in %(n)s day", "in %(n)s days", days) if days else ""
    counts = said(
        "%(observed)s for %(expected)s expected", observed=said.number(alert.observed, 0), expected=said.number(alert.expected)
    )
    figures = [
        Figure(label=said("Stories"), value=f"{counts} {span}".strip()),
        Figure(label=said("Strength"), value=said("×%(factor)s", factor=said.number(alert.lift))),
        Figure(label=said("Sources"), value=_sources(said, alert, background)),
    ]
    without = _number(evidence.get("score_without_top_source"))
    score = said.number(alert.score)
    if without is not None:
        score = said("%(score)s (%(without)s without its leading source)", score=score, without=said.number(without))
    figures.append(Figure(label=said("Evidence score"), value=score))
    kinds = _kinds(said, evidence)
    if kinds:
        figures.append(Figure(label=said("Kinds"), value=kinds))
    since = _day(evidence.get("onset")) or alert.opened_on
    figures.append(Figure(label=said("Since"), value=said.day(since, year=True)))
    terms = [one_line(str(term), 60) for term in _list(evidence.get("new_terms"))][:6]
    if terms:
        figures.append(Figure(label=said("New terms"), value=", ".join(terms)))
    return tuple(figures)


def _sources(said: Texts, alert: Alert, background: Background) -> str:
    counted = _counts(alert.evidence.get("by_source"))
    total = said.number(alert.sources, 0)
    if not counted:
        return total
    named = [
        f"{one_line(background.sources.get(source, source), 50)} ({said.number(stories, 0)})" for source, stories in counted[:3]
    ]
    return f"{total} — {', '.join(named)}" + (", …" if len(counted) > 3 else "")


def _kinds(said: Texts, evidence: Mapping[str, Any]) -> str:
    counted = [(kind, stories) for kind, stories in _counts(evidence.get("by_kind")) if kind in set(Kind)]
    return ", ".join(f"{kind_label(said, Kind(kind))} ({said.number(stories, 0)})" for kind, stories in counted)


def _links(said: Texts, evidence: Mapping[str, Any], background: Background) -> tuple[Link, ...]:
    links = []
    for key in _list(evidence.get("documents"))[:MAX_LINKS]:
        document = background.documents.get(str(key))
        if document is None:
            continue
        day = document.published_on or document.counted_on or document.collected_at.date()
        source = one_line(background.sources.get(document.source_id, document.source_id), 60)
        links.append(
            Link(
                title=one_line(document.title, 200) or said("(untitled)"),
                url=web_url(document.url),
                detail=f"{source}, {said.day(day, year=True)} · {kind_label(said, document.kind)}",
                kind=document.kind,
            )
        )
    return tuple(links)


def _caveats(said: Texts, evidence: Mapping[str, Any]) -> tuple[str, ...]:
    known = {
        "seasonality_unknown": said("Less than a year of history: a seasonal effect cannot be ruled out."),
        "new_feeds_excluded": said("Sources added recently are not counted yet."),
        "few_data": said("Few documents: to be read with caution."),
        "coverage_gap": said("Some sources were silent during the period: the weeks concerned are greyed."),
    }
    return tuple(known[code] for code in map(str, _list(evidence.get("caveats"))) if code in known)


def _weekly(evidence: Mapping[str, Any]) -> tuple[Week, ...]:
    weeks = []
    for row in _list(evidence.get("weekly"))[-MAX_WEEKS:]:
        if not isinstance(row, Mapping):
            continue
        week, observed, expected = _day(row.get("week")), _number(row.get("observed")), _number(row.get("expected"))
        if week is not None and observed is not None and expected is not None:
            weeks.append(Week(week=week, observed=observed, expected=expected, covered=bool(row.get("covered", True))))
    return tuple(weeks)


def _caption(said: Texts, weekly: Sequence[Week]) -> str:
    if not weekly:
        return ""
    span = said.plural("%(n)s week", "%(n)s weeks", len(weekly))
    last = weekly[-1]
    numbers = said(
        "last one %(observed)s for %(expected)s expected",
        observed=said.number(last.observed),
        expected=said.number(last.expected),
    )
    return f"{span}, {numbers}"


def _counts(value: object) -> list[tuple[str, float]]:
    """Positive counts, largest first."""
    if not isinstance(value, Mapping):
        return []
    counted = [(str(key), number) for key, count in value.items() if (number := _number(count)) is not None and number > 0]
    return sorted(counted, key=lambda pair: (-pair[1], pair[0]))


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _day(value: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
