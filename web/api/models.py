"""The shapes of ``/api/v1``. Fields are added, never renamed: programs of others read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from storage.model import AlertState, Document, Feedback, Kind, Origin, Signal, State, Theme, ThemeEvent, Verdict
from web.cases import Case
from web.queries import StateSpan, ThemeDetail, ThemeRow
from web.render import web_address
from web.weeks import Week


class Bilingual(BaseModel):
    """A text in both languages."""

    fr: str
    en: str


class SignalOut(BaseModel):
    """A theme's dated state with the two numbers of its momentum."""

    theme_id: str
    day: dt.date
    state: State
    decided_by: str = Field(description="The rule that gave the state; 'earlier_version' or empty where it is not known.")
    stage: str | None = Field(description="Where on its S-curve the theme is; null where there are not enough data.")
    score: float = Field(description="Evidence that the rate rose; speaks from the threshold on.")
    threshold: float
    lift: float = Field(description="How many times the expected count, over 28 days.")
    observed: float
    expected: float
    sources: int
    falling: float = Field(description="Evidence that the rate fell, on the scale of the score.")
    buzz: float = Field(description="Evidence of a burst of one to seven days, on the scale of the score: no trend.")
    reason: Bilingual
    evidence: dict[str, Any]

    @classmethod
    def of(cls, signal: Signal) -> SignalOut:
        return cls(
            theme_id=signal.theme_id,
            day=signal.day,
            state=signal.state,
            decided_by=signal.decided_by,
            stage=signal.stage,
            score=signal.score,
            threshold=signal.threshold,
            lift=signal.lift,
            observed=signal.observed,
            expected=signal.expected,
            sources=signal.sources,
            falling=signal.falling,
            buzz=signal.buzz,
            reason=Bilingual(fr=signal.reason_fr, en=signal.reason_en),
            evidence=dict(signal.evidence),
        )


class ThemeOut(BaseModel):
    """A lasting subject, with its newest signal."""

    id: str
    origin: Origin
    label: Bilingual
    description: Bilingual
    level: int = Field(description="0 for a narrow theme, 1 for a family of narrow ones.")
    parent_id: str | None
    merged_into: str | None = Field(description="The theme that took its documents in, where it ended in another.")
    born_on: dt.date
    retired_on: dt.date | None
    stories_28d: int = Field(description="Independent stories of the last 28 days; copies count once.")
    signal: SignalOut | None

    @classmethod
    def of(cls, row: ThemeRow) -> ThemeOut:
        return cls(**_theme_fields(row))


class WeekOut(BaseModel):
    """One ISO week. ``covered`` is false when the collection was broken: the count then says nothing."""

    week: dt.date
    stories: int
    expected: float | None
    low: float | None = Field(description="Lower end of the 90 % band of what was to be expected; null where unknown.")
    high: float | None = Field(description="Upper end of that band.")
    covered: bool
    partial: bool

    @classmethod
    def of(cls, week: Week) -> WeekOut:
        return cls(
            week=week.start,
            stories=week.stories,
            expected=week.expected,
            low=week.low,
            high=week.high,
            covered=week.covered,
            partial=week.partial,
        )


class DocumentOut(BaseModel):
    """A document behind a signal. ``url`` is left out when it is no plain web address."""

    id: str
    source_id: str
    kind: Kind
    title: str
    url: str | None
    language: str | None
    published_on: dt.date | None
    actor: str | None

    @classmethod
    def of(cls, document: Document) -> DocumentOut:
        return cls(
            id=document.id,
            source_id=document.source_id,
            kind=document.kind,
            title=document.title,
            url=web_address(document.url),
            language=document.lang,
            published_on=document.published_on,
            actor=document.actor,
        )


class SpanOut(BaseModel):
    """Days in a row in one state."""

    state: State
    first: dt.date
    last: dt.date

    @classmethod
    def of(cls, span: StateSpan) -> SpanOut:
        return cls(state=span.state, first=span.first, last=span.last)


class EventOut(BaseModel):
    """A line of a theme's life."""

    event: str
    on: dt.date
    other_id: str | None
    weight: float | None

    @classmethod
    def of(cls, event: ThemeEvent) -> EventOut:
        return cls(event=event.event, on=event.on, other_id=event.other_id or None, weight=event.weight)


class AnswersOut(BaseModel):
    """How many readers gave each answer; every reader's newest word counts."""

    useful: int
    known: int
    noise: int

    @classmethod
    def of(cls, answers: Mapping[Verdict, int]) -> AnswersOut:
        return cls(**{verdict.value: answers.get(verdict, 0) for verdict in Verdict})


class AlertOut(BaseModel):
    """A rule's case on one theme."""

    id: str
    rule_id: str
    rule_version: int = Field(description="Version of the rule that opened the case.")
    kind: str = Field(description="Kind of the rule: momentum, conjunction, buzz (a burst of days, never a trend) or threshold.")
    theme_id: str
    state: AlertState
    opened_on: dt.date
    closed_on: dt.date | None
    signal_state: State
    score: float
    threshold: float = Field(description="The score the rule asked for; 0 for a rule of plain limits and for older cases.")
    lift: float
    observed: float
    expected: float
    sources: int
    reason: Bilingual
    also: list[str] = Field(description="Other themes carried by the same movement.")
    version: int
    feedback: AnswersOut

    @classmethod
    def of(cls, case: Case) -> AlertOut:
        alert = case.alert
        return cls(
            id=alert.id,
            rule_id=alert.rule_id,
            rule_version=alert.rule_version,
            kind=alert.kind,
            theme_id=alert.theme_id,
            state=alert.state,
            opened_on=alert.opened_on,
            closed_on=alert.closed_on,
            signal_state=alert.signal_state,
            score=alert.score,
            threshold=alert.threshold,
            lift=alert.lift,
            observed=alert.observed,
            expected=alert.expected,
            sources=alert.sources,
            reason=Bilingual(fr=alert.reason_fr, en=alert.reason_en),
            also=[str(key) for key in alert.evidence.get("also") or ()],
            version=alert.version,
            feedback=AnswersOut.of(case.answers),
        )


class AnswerIn(BaseModel):
    """A reader's answer to an alert. The newest one of a reader replaces the older."""

    model_config = ConfigDict(extra="forbid")

    verdict: Verdict = Field(description="useful; known: true, but no news; noise: nothing is going on.")
    given_by: str = Field(min_length=1, max_length=200, description="Who answers, as their own system names them.")
    note: str = Field("", max_length=500, description="What they add.")


class AnswerOut(BaseModel):
    """The answer that stands."""

    alert_id: str
    verdict: Verdict
    given_by: str
    given_at: dt.datetime
    note: str

    @classmethod
    def of(cls, word: Feedback) -> AnswerOut:
        return cls(alert_id=word.alert_id, verdict=word.verdict, given_by=word.given_by, given_at=word.given_at, note=word.note)


class ThemeDetailOut(ThemeOut):
    """A theme with its series, evidence and history."""

    weeks: list[WeekOut]
    documents: list[DocumentOut]
    states: list[SpanOut]
    events: list[EventOut]
    alerts: list[AlertOut]

    @classmethod
    def of_detail(cls, detail: ThemeDetail) -> ThemeDetailOut:
        return cls(
            **_theme_fields(detail.row),
            weeks=[WeekOut.of(week) for week in detail.row.weeks],
            documents=[DocumentOut.of(document) for document in detail.documents],
            states=[SpanOut.of(span) for span in detail.spans],
            events=[EventOut.of(event) for event in detail.events],
            alerts=[AlertOut.of(alert) for alert in detail.alerts],
        )


class ThemePage(BaseModel):
    """Some themes; ``next_cursor`` asks for the following ones, null at the end."""

    day: dt.date | None = Field(description="The last assessed day, which every count is up to.")
    items: list[ThemeOut]
    next_cursor: str | None


class SignalPage(BaseModel):
    """Some signals; ``next_cursor`` asks for the following ones, null at the end."""

    items: list[SignalOut]
    next_cursor: str | None


class AlertPage(BaseModel):
    """Some cases; ``next_cursor`` asks for the following ones, null at the end."""

    items: list[AlertOut]
    next_cursor: str | None


class ProblemOut(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, str]] = Field(default_factory=list)


def _theme_fields(row: ThemeRow) -> dict[str, Any]:
    theme: Theme = row.theme
    return {
        "id": theme.id,
        "origin": theme.origin,
        "label": Bilingual(fr=theme.label_fr, en=theme.label_en),
        "description": Bilingual(fr=theme.description_fr, en=theme.description_en),
        "level": theme.level,
        "parent_id": theme.parent_id,
        "merged_into": theme.merged_into,
        "born_on": theme.born_on,
        "retired_on": theme.retired_on,
        "stories_28d": row.stories,
        "signal": None if row.signal is None else SignalOut.of(row.signal),
    }
