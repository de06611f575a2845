"""The nouns every package speaks of, as frozen values. No behaviour beyond what keeps a value well formed.

Days are ``datetime.date`` in UTC; instants are aware UTC ``datetime``. Identifiers are short strings, stable for ever.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType

SourceId = NewType("SourceId", str)
DocumentId = NewType("DocumentId", str)
ThemeId = NewType("ThemeId", str)
AlertId = NewType("AlertId", str)


class Kind(StrEnum):
    """What sort of document a source publishes."""

    NEWS = "news"
    PAPER = "paper"
    PATENT = "patent"
    FUNDING = "funding"


class SourceState(StrEnum):
    """How a source was found at its last visits."""

    NEVER_REACHED = "never_reached"
    ACTIVE = "active"
    EMPTY = "empty"
    QUIET = "quiet"
    BLOCKED = "blocked"
    GONE = "gone"
    BROKEN = "broken"


class FetchOutcome(StrEnum):
    """How one visit ended. Everything but the first three is a failure with a reason."""

    STORED = "stored"
    EMPTY = "empty"
    NOT_MODIFIED = "not_modified"
    BLOCKED = "blocked"
    GONE = "gone"
    BROKEN = "broken"
    FAILED = "failed"


class Origin(StrEnum):
    """Where a theme comes from: a person declared it, discovery found it, or two themes met."""

    WATCH = "watch"
    DISCOVERED = "discovered"
    CONJUNCTION = "conjunction"


class State(StrEnum):
    """The state of a theme on a day, in the users' words (bruit, signal faible, émergent, tendance, …)."""

    NOISE = "noise"
    WEAK_SIGNAL = "weak_signal"
    EMERGING = "emerging"
    TREND = "trend"
    RUPTURE = "rupture"
    TRANSITION = "transition"
    DECLINING = "declining"
    STABLE = "stable"


class AlertState(StrEnum):
    """Life of a case: it only moves forward."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class DeliveryState(StrEnum):
    """Life of one send. ``sending`` left by a crash becomes ``unknown``, never a second send."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A place we read. The part below ``enabled`` is what visits taught us."""

    id: str
    name: str
    kind: Kind
    lang: str | None = None
    url: str | None = None
    collector: str = "feed"
    territory: str | None = None
    rights: str = "excerpt"
    interval_s: int = 3600
    split_by_actor: bool = False
    enabled: bool = True
    theme: str | None = None
    """The theme or domain it is about, where it has one."""
    licence: str | None = None
    """Class of its licence: see ``docs/sources``."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What its collector needs to know: see the collector's page in ``docs/sources``."""
    disabled_reason: str | None = None
    """Why it is not visited, as ``code: English sentence`` of ``crawler.reasons``."""
    trial: bool = False
    """Not yet seen to work: it stays only once a first visit finds documents."""
    state: SourceState = SourceState.NEVER_REACHED
    state_reason: str | None = None
    cursor: str | None = None
    """Where its collector goes on at the next visit."""
    reader: str | None = None
    """The version of the collector that read it last: another one asks for everything again."""
    body_hash: str | None = None
    moved_to: str | None = None
    moved_since: dt.datetime | None = None
    moved_seen: int = 0
    tdm: str | None = None
    """What it says about text and data mining, and where; None where it says nothing."""
    tdm_read_at: dt.datetime | None = None
    told: str | None = None
    """The state about which its silence was told to the team."""
    gap_days: float | None = None
    """Usual days between two days with documents, of the days of the week it publishes on; None until its rhythm is known."""
    etag: str | None = None
    last_modified: str | None = None
    next_visit_at: dt.datetime | None = None
    last_visit_at: dt.datetime | None = None
    last_success_at: dt.datetime | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One visit to one source, whatever came of it."""

    source_id: str
    started_at: dt.datetime
    finished_at: dt.datetime
    outcome: FetchOutcome
    status: int | None = None
    reason: str | None = None
    bytes: int = 0
    items: int = 0
    new: int = 0
    duplicates: int = 0
    rejected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One canonical text. ``counted_on`` is the day the monitor counts it: see ``counting_day``."""

    id: str
    source_id: str
    kind: Kind
    title: str
    collected_at: dt.datetime
    counted_on: dt.date | None
    text: str = ""
    lang: str | None = None
    url: str | None = None
    published_on: dt.date | None = None
    published_at: dt.datetime | None = None
    date_precision: str = "day"
    date_flag: str | None = None
    actor: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A place a document was seen. ``key`` is the identity inside the source (GUID, canonical link or hash)."""

    source_id: str
    key: str
    document_id: str
    seen_at: dt.datetime
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What was read in a document, with the words it was read from (``start:end`` of title + newline + text).

    A negative ``start``, equal to ``end``, means a field of the source's own record; ``matched`` is then what stood in it.
    """

    document_id: str
    kind: str
    value: str
    matched: str
    start: int
    end: int
    pipeline: str
    number: float | None = None
    unit: str | None = None
    low: float | None = None
    eur: float | None = None
    role: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """Language and story of a document. ``story_id`` is the id of the story's first document."""

    document_id: str
    pipeline: str
    language: str
    language_score: float
    story_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A lasting subject. ``centroid`` is a unit float32 vector as bytes, of the embedder named beside it."""

    id: str
    origin: Origin
    label_fr: str
    label_en: str
    born_on: dt.date
    label_pinned: bool = False
    description_fr: str = ""
    description_en: str = ""
    terms_fr: tuple[str, ...] = ()
    terms_en: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    parent_id: str | None = None
    partner: str | None = None
    embedder: str | None = None
    centroid: bytes | None = None
    founders: bytes | None = None
    level: int = 0
    merged_into: str | None = None
    retired_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeEvent:
    """A line of a theme's life: born, merged, split, retired, renamed, pinned."""

    theme_id: str
    event: str
    on: dt.date
    other_id: str = ""
    weight: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """One run of a model step. The id is derived from the step and its ``now``, so a run is never done twice."""

    id: str
    step: str
    model: str
    ran_at: dt.datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """A document belongs to a theme, with a probability, by a run, for a reason that can be shown."""

    document_id: str
    theme_id: str
    probability: float
    model_run_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One theme, one kind, one day: independent stories, sources or actors, documents with the copies, euros announced."""

    theme_id: str
    kind: Kind
    day: dt.date
    stories: int
    sources: int
    documents: int
    eur: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A theme's dated state with the numbers and documents behind it. See ``docs/replay.md`` for ``evidence``."""

    theme_id: str
    day: dt.date
    state: State
    score: float
    lift: float
    observed: float
    expected: float
    sources: int
    threshold: float
    reason_fr: str
    reason_en: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    decided_by: str = ""
    """The rule of ``docs/momentum.md`` that gave the state."""
    stage: str | None = None
    """Where on its S-curve the theme is; None where there are not enough data."""
    buzz: float = 0.0
    """Evidence of a burst of one to seven days."""
    falling: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When to speak. Settings are those of ``monitor.rules``; a change is a new version."""

    id: str
    version: int
    name_fr: str
    name_en: str
    settings: Mapping[str, Any]
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A rule's case on one theme. At most one is open for a theme and rule."""

    id: str
    rule_id: str
    theme_id: str
    state: AlertState
    opened_on: dt.date
    signal_state: State
    score: float
    lift: float
    observed: float
    expected: float
    sources: int
    reason_fr: str
    reason_en: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    closed_on: dt.date | None = None
    quiet_since: dt.date | None = None
    peak_lift: float = 0.0
    version: int = 1
    rule_version: int = 1
    kind: str = "momentum"
    """The kind of its rule: a burst is never shown as a trend."""
    threshold: float = 0.0


class Verdict(StrEnum):
    """What a reader thought of an alert."""

    USEFUL = "useful"
    KNOWN = "known"
    NOISE = "noise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """One reader's word on one alert; a newer one replaces it."""

    id: str
    alert_id: str
    verdict: Verdict
    given_by: str
    given_at: dt.datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who gets what: ``alerts`` as they come, or the weekly ``digest``. ``target`` is an address or a channel, never a secret."""

    id: str
    channel: str
    target: str
    content: str
    lang: str = "fr"
    enabled: bool = True
    false_alerts_per_month: float | None = None
    """With a value, only cases that would pass at this stricter allowance are sent; None for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one place. ``key`` makes it unique: the same thing is never owed twice."""

    id: str
    key: str
    subscription_id: str
    channel: str
    target: str
    subject_id: str
    payload: Mapping[str, Any]
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    created_at: dt.datetime | None = None
    next_attempt_at: dt.datetime | None = None
    sent_at: dt.datetime | None = None
    receipt: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


LATE_AFTER_DAYS = 7
FUTURE_AFTER = dt.timedelta(hours=24)


def counting_day(
    published_on: dt.date | None, collected_at: dt.datetime, precision: str = "day"
) -> tuple[dt.date | None, str | None]:
    """The day the monitor counts a document on, and a flag when that is not its own date.

    A date up to a week old is taken as it is. An older one is counted on its day of collection, so that a backfill does not
    rewrite history. No date: the day of collection. More than 24 hours ahead, or known to the month only: not counted (``None``).
    """
    collected_at = collected_at.astimezone(dt.UTC)
    today = collected_at.date()
    if precision not in ("day", "time"):
        return None, "imprecise"
    if published_on is None:
        return today, "undated"
    if published_on > (collected_at + FUTURE_AFTER).date():
        return None, "future"
    if (today - published_on).days > LATE_AFTER_DAYS:
        return today, "late"
    return min(published_on, today), None
