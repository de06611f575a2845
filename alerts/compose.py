"""Writes the message of an alert from the case, its theme and its documents, in one language.

States the numbers behind every claim and what weakens it. Knows no channel; missing evidence leaves a line out, never an error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from alerts import reading
from alerts.config import AlertSettings
from alerts.figures import Background, against, figures, kind_label, state_label
from alerts.links import theme_url
from alerts.message import Change, Envelope, Item, Link, Message, Section, Week, one_line, web_url
from alerts.texts import Texts, texts
from storage.model import Alert, AlertState, Theme

__all__ = ["MAX_LINKS", "Background", "alert_item", "alert_message", "case_label", "group_message", "kind_label", "state_label"]

MAX_LINKS = 5


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
    weekly = reading.weeks(evidence.get("weekly"))
    told = figures(said, alert, background)
    return Item(
        subject_id=alert.id,
        theme_id=alert.theme_id,
        title=theme_name(background.themes.get(alert.theme_id), alert.theme_id, lang),
        state=alert.signal_state,
        state_label=case_label(said, alert),
        change=change,
        change_label=_change_label(said, change, alert),
        sentence=_sentence(said, alert),
        lift=next((figure.value for figure in told if figure.label == said("Strength")), ""),
        figures=told,
        links=_links(said, evidence, background),
        caveats=_caveats(said, evidence),
        weekly=weekly,
        weekly_caption=_caption(said, weekly),
        # A burst has days of its own: where a longer movement may have begun is not its business.
        onset=None if alert.kind == "buzz" else reading.day(evidence.get("onset")),
        url=theme_url(settings, alert.theme_id),
        kind=alert.kind,
    )


def theme_name(theme: Theme | None, theme_id: str, lang: str) -> str:
    """The theme's label in a language, on one line."""
    return one_line((theme.label_fr if lang == "fr" else theme.label_en) if theme else theme_id, 140)


def case_label(said: Texts, alert: Alert) -> str:
    """What a case is called: its state, except that a burst and a passed limit say what they are."""
    if alert.kind == "buzz":
        return said("buzz")
    if alert.kind == "threshold":
        return said("threshold passed")
    return state_label(said, alert.signal_state)


def _sentence(said: Texts, alert: Alert) -> str:
    told = alert.reason_fr if said.lang == "fr" else alert.reason_en
    if alert.kind == "buzz":
        told = reading.words(alert.evidence.get("buzz"), said.lang) or told
    return _unbroken(one_line(told, 600))


def _unbroken(sentence: str) -> str:
    """The sentence with its signs kept on the line of what they belong to."""
    for sign in ("×", "«"):
        sentence = sentence.replace(f"{sign} ", f"{sign}\u00a0")
    for sign in (";", ":", "»", "%"):
        sentence = sentence.replace(f" {sign}", f"\u00a0{sign}")
    return sentence


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


def _links(said: Texts, evidence: Mapping[str, Any], background: Background) -> tuple[Link, ...]:
    roles = {str(row.get("document_id")): str(row.get("role")) for row in reading.mappings(evidence.get("document_roles"))}
    links = []
    for key in map(str, reading.items(evidence.get("documents"))[:MAX_LINKS]):
        document = background.documents.get(key)
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
                role=roles.get(key, ""),
                role_label=_role(said, roles.get(key, "")),
            )
        )
    return tuple(links)


def _role(said: Texts, role: str) -> str:
    labels = {
        "earliest": said("the first"),
        "central": said("the most typical"),
        "latest": said("the latest"),
        "kind": said("of another kind"),
        "voice": said("another voice"),
    }
    return labels.get(role, "")


def _caveats(said: Texts, evidence: Mapping[str, Any]) -> tuple[str, ...]:
    detailed = [one_line(reading.words(row, said.lang), 400) for row in reading.mappings(evidence.get("caveat_details"))]
    if any(detailed):
        return tuple(told for told in detailed if told)
    # Evidence of before these had words of their own.
    known = {
        "seasonality_unknown": said("Less than a year of history: a seasonal effect cannot be ruled out."),
        "new_feeds_excluded": said("Sources added recently are not counted yet."),
        "few_data": said("Few documents: to be read with caution."),
        "coverage_gap": said("Some sources were silent during the period: the weeks concerned are greyed."),
    }
    return tuple(known[code] for code in map(str, reading.items(evidence.get("caveats"))) if code in known)


def _caption(said: Texts, weekly: Sequence[Week]) -> str:
    if not weekly:
        return ""
    span = said.plural("%(n)s week", "%(n)s weeks", len(weekly))
    last = weekly[-1]
    newest = said("last one %(numbers)s", numbers=against(said, last.observed, last.expected))
    return f"{span}, {newest}"
