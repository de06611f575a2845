"""What a signal can show for itself: counts and band, weeks, sources, kinds, documents with their role, caveats.

The keys are a contract with alerts, web and replay (``docs/replay.md``). Takes plain values; which signals are worth it is for
``monitor.assess``. What is new in a theme is read by ``monitor.novelty``.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.trends import caveats
from monitor.trends.band import LEVEL, expected_band
from monitor.trends.caveats import Caveat
from monitor.trends.parameters import KINDS
from monitor.trends.wording import Names
from storage.source_keys import source_of
from storage.tables import documents, stories, story_themes
from storage.upsert import chunks

WINDOW_DAYS = 28
WEEKS = 26
_DOCUMENTS = 5
_YEAR = 365
_FEW = 10
_GAP_WEEKS = 8
_LATE_SHARE = 0.2
_SHARES = 10


@dataclass(frozen=True, slots=True)
class Member:
    """A story of a theme, by its first counted document. ``voice`` is who speaks: a publisher, or a single database's actor."""

    document_id: str
    source: str
    kind: str
    day: dt.date
    probability: float
    title: str = ""
    voice: str = ""
    is_late: bool = False
    """Collected more than a week after its publication, and counted on the day of collection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCount:
    """A week of the chart, by its Monday. The last one may be in progress: both counts are then those so far."""

    week: dt.date
    observed: float
    expected: float
    covered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An identifier with its words: of the rule that decided a state, of a stage. ``plausible`` are ids that may hold as well."""

    id: str
    words: Names
    plausible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Years:
    """A movement of years: since when, its relative growth a year, over how many months."""

    since: dt.date
    per_year: float
    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """One side of a conjunction: all its stories in the window, whoever it meets."""

    id: str
    name: Names
    observed: float
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A buzz: the days it fills, its own two numbers, and its sentence (``explain.sentences`` with ``is_buzz``)."""

    days: int
    observed: float
    expected: float
    score: float
    sources: int
    words: Names


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The numbers of one subject on one day. Counts are stories of 28 days unless a name says otherwise."""

    day: dt.date
    observed: float
    expected: float
    variance: float
    """Relative variance beyond Poisson of 28-day sums; ``weekly_variance`` that of 7-day sums."""
    weekly_variance: float
    baseline: float
    """Past stories the expectation rests on."""
    score: float
    without_top: float | None
    """Score without the strongest source; None where it was not computed."""
    by_source: Mapping[str, float]
    """Stories by source key."""
    by_kind: Mapping[str, float]
    sources_long: int
    """Distinct sources in 56 days."""
    stories_long: float
    collecting_days: int
    """Days since the collection began."""
    weeks: Sequence[WeekCount] = ()
    onset: dt.date | None = None
    onset_interval: tuple[dt.date, dt.date] | None = None
    subjects: int = 0
    """Themes and pairs watched together."""
    allowance: float | None = None
    """False alerts a month accepted over all of them."""
    eur: float | None = None
    decided_by: Said | None = None
    stage: Said | None = None
    lacks: Sequence[str] = ()
    """What was not enough to look further, as "weeks<104"."""
    long_run: Years | None = None
    margins: tuple[Margin, Margin] | None = None
    burst: Burst | None = None
    newcomers: Mapping[str, float] = field(default_factory=dict)
    """Stories by source too new to be counted."""
    silent: Mapping[str, Sequence[dt.date]] = field(default_factory=dict)
    """Days on which a usual source brought nothing (``monitor.trends.coverage``), by source key."""


def evidence_in(measured: Measured, members: Sequence[Member], source_names: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The evidence of one subject on one day, from its numbers and its stories (those of other days are passed over)."""
    names = source_names or {}
    start = measured.day - dt.timedelta(days=WINDOW_DAYS - 1)
    since = min(measured.onset or start, start)
    shown = [member for member in members if since <= member.day <= measured.day]
    window = [member for member in shown if member.day >= start]
    by_source, by_kind = _by_source(measured.by_source), _ranked(measured.by_kind)
    top = next(iter(by_source), None)
    chosen = choose(shown)
    found = _caveats(measured, window, by_source, names)
    low, high = expected_band(measured.expected, measured.variance, measured.baseline)
    told: dict[str, Any] = {
        "window_days": WINDOW_DAYS,
        "observed": round(measured.observed, 2),
        "expected": round(measured.expected, 4),
        "band": [int(low), int(high)],
        "band_level": LEVEL,
        "onset": _iso(measured.onset),
        "onset_interval": [day.isoformat() for day in measured.onset_interval] if measured.onset_interval else None,
        "by_source": by_source,
        "by_kind": by_kind,
        "share_by_source": dict(list(_shares(by_source).items())[:_SHARES]),
        "share_by_kind": _shares(by_kind),
        "top_source": None if top is None else {"source": top, "name": names.get(top, top), "stories": by_source[top]},
        "score_without_top_source": (
            None if measured.without_top is None else round(min(measured.without_top, measured.score), 2)
        ),
        "documents": [role.document_id for role in chosen],
        "document_roles": [role.as_json() for role in chosen],
        "sources_long": measured.sources_long,
        "subjects": measured.subjects,
        "allowance": measured.allowance,
        "eur": None if measured.eur is None else round(measured.eur),
        "new_terms": [],
        "caveats": [caveat.code for caveat in found],
        "caveat_details": [caveat.as_json() for caveat in found],
        "weekly": _weekly(measured),
    }
    for key, said in (("decided_by", measured.decided_by), ("stage", measured.stage)):
        if said is not None:
            told[key] = {"id": said.id, "fr": said.words.fr, "en": said.words.en}
            if said.plausible:
                told[key]["plausible"] = list(said.plausible)
    if measured.lacks:
        told["lacks"] = list(measured.lacks)
    if measured.long_run is not None:
        years = measured.long_run
        told["long_run"] = {"since": years.since.isoformat(), "per_year": round(years.per_year, 3), "months": years.months}
    if measured.margins is not None:
        told["margins"] = [
            {
                "id": margin.id,
                "label_fr": margin.name.fr,
                "label_en": margin.name.en,
                "observed": round(margin.observed, 1),
                "expected": round(margin.expected, 2),
            }
            for margin in measured.margins
        ]
    if measured.burst is not None:
        told["buzz"] = {
            "days": measured.burst.days,
            "observed": round(measured.burst.observed, 1),
            "expected": round(measured.burst.expected, 2),
            "score": round(measured.burst.score, 2),
            "sources": measured.burst.sources,
            "fr": measured.burst.words.fr,
            "en": measured.burst.words.en,
        }
    return told


@dataclass(frozen=True, slots=True)
class Role:
    """Why a document stands for its theme: ``earliest``, ``central``, ``latest``, ``kind`` (the most central of its kind), or
    ``voice`` (one more, of another source where there is one)."""

    role: str
    member: Member

    @property
    def document_id(self) -> str:
        return self.member.document_id

    def as_json(self) -> dict[str, Any]:
        member = self.member
        return {
            "document_id": member.document_id,
            "role": self.role,
            "day": member.day.isoformat(),
            "source": member.source,
            "kind": member.kind,
        }


def choose(members: Sequence[Member], most: int = _DOCUMENTS) -> list[Role]:
    """Up to five documents, oldest first: earliest, most central, latest, one a kind; from as many sources as there are."""
    if not members:
        return []
    ordered = sorted(members, key=lambda m: (m.day, m.document_id))
    central = sorted(members, key=lambda m: (-m.probability, m.day, m.document_id))
    chosen: list[Role] = []

    def pick(role: str, wish: Iterable[Member]) -> None:
        taken, sources = {one.document_id for one in chosen}, {one.member.source for one in chosen}
        first = None
        for member in wish:
            if member.document_id not in taken:
                first = first or member
                if member.source not in sources:
                    first = member
                    break
        if first is not None and len(chosen) < most:
            chosen.append(Role(role, first))

    # The first, the last and the most central are what they are; another source is preferred only between equals.
    pick("earliest", (m for m in ordered if m.day == ordered[0].day))
    pick("latest", (m for m in ordered if m.day == ordered[-1].day))
    pick("central", (m for m in central if m.probability == central[0].probability))
    for kind in KINDS:
        if kind not in {one.member.kind for one in chosen}:
            pick("kind", (m for m in central if m.kind == kind))
    for _ in range(most):
        pick("voice", central)
    return sorted(chosen, key=lambda one: (one.member.day, one.document_id))


def read_members(conn: Connection, theme_ids: Sequence[str], until: dt.date) -> dict[str, list[Member]]:
    """The counted stories of these themes up to and with ``until``, by theme, oldest first."""
    found: dict[str, list[Member]] = defaultdict(list)
    c = stories.c
    for part in chunks(list(theme_ids)):
        query = (
            sa.select(
                story_themes.c.theme_id,
                story_themes.c.probability,
                c.document_id,
                c.kind,
                c.day,
                c.voice,
                documents.c.source_id,
                documents.c.title,
                documents.c.date_flag,
            )
            .select_from(story_themes.join(stories, c.id == story_themes.c.story_id))
            .join(documents, documents.c.id == c.document_id)
            .where(story_themes.c.theme_id.in_(part), c.day <= until)
            .order_by(story_themes.c.theme_id, c.day, c.document_id)
        )
        for row in conn.execute(query):
            found[row.theme_id].append(
                Member(
                    document_id=row.document_id,
                    source=row.source_id,
                    kind=row.kind,
                    day=row.day,
                    probability=float(row.probability),
                    title=row.title,
                    voice=row.voice,
                    is_late=row.date_flag == "late",
                )
            )
    return found


def _caveats(
    measured: Measured, window: Sequence[Member], by_source: Mapping[str, int], names: Mapping[str, str]
) -> list[Caveat]:
    found = []
    if measured.burst is not None:
        found.append(caveats.brief_burst(measured.burst.days))
    if len(by_source) == 1:
        (only,) = by_source
        parts = sum(1 for key, count in measured.by_source.items() if count and "#" in key)
        found.append(caveats.single_source(only, names.get(only, only), parts))
    if measured.collecting_days < _YEAR:
        found.append(caveats.seasonality_unknown(measured.collecting_days))
    newcomers = _by_source(measured.newcomers)
    if newcomers:
        found.append(caveats.new_feeds_excluded(newcomers, names))
    if measured.baseline < _FEW or measured.stories_long < _FEW:
        found.append(caveats.few_data(measured.baseline, measured.stories_long))
    silent = _silent(measured.silent)
    uncovered = [week.week for week in measured.weeks[-_GAP_WEEKS:] if not week.covered]
    if silent or uncovered:
        found.append(caveats.coverage_gap(silent, names, uncovered))
    late = sum(member.is_late for member in window)
    if late and late >= _LATE_SHARE * len(window):
        found.append(caveats.backfill(late, len(window)))
    return found


def _silent(by_key: Mapping[str, Sequence[dt.date]]) -> dict[str, list[dt.date]]:
    """By source: of a database in parts, the days on which all parts named were silent."""
    days: dict[str, set[dt.date]] = {}
    for key, silent in by_key.items():
        source = source_of(key)
        days[source] = days[source] & set(silent) if source in days else set(silent)
    return {source: sorted(found) for source, found in days.items() if found}


def _weekly(measured: Measured) -> list[dict[str, Any]]:
    weeks = measured.weeks[-WEEKS:]
    low, high = expected_band(np.array([week.expected for week in weeks]), measured.weekly_variance, measured.baseline)
    return [
        {
            "week": week.week.isoformat(),
            "observed": round(week.observed, 1),
            "expected": round(week.expected, 2),
            "low": int(low[place]),
            "high": int(high[place]),
            "covered": week.covered,
        }
        for place, week in enumerate(weeks)
    ]


def _by_source(by_key: Mapping[str, float]) -> dict[str, int]:
    """Counts by source key added up by source, largest first."""
    counted: dict[str, float] = defaultdict(float)
    for key, count in by_key.items():
        counted[source_of(key)] += count
    return _ranked(counted)


def _ranked(counts: Mapping[str, float]) -> dict[str, int]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {key: round(count) for key, count in ordered if round(count) > 0}


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {key: round(count / total, 3) for key, count in counts.items()}


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()
