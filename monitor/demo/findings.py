"""Reads from a demonstration's database what there is to tell: themes, alerts, and what could have raised one and did not.

Only what the steps wrote is read; which storyline a document was written for is unknown here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.trends.parameters import Parameters
from storage import alerts, observations, sources, themes
from storage.model import Alert, Signal, Theme
from storage.store import Store
from storage.tables import assignments, documents, enrichments, fetches

COPIES = 3
WINDOW_DAYS = 28
_UNAVAILABLE = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTheme:
    """A theme at the end of the run; ``weekly`` counts its stories by week of the run."""

    theme: Theme
    signal: Signal | None
    documents: int
    weekly: tuple[int, ...]
    alert: Alert | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One text in several outlets: ``copies`` documents, one story."""

    title: str
    copies: int
    sources: int
    first: dt.date
    last: dt.date
    raised: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeed:
    """A source that opened during the run. ``collected`` and ``counted`` are stories of its main theme in the last 28 days."""

    name: str
    since: dt.date
    documents: int
    trusted_from: dt.date
    theme: Theme | None
    collected: int
    counted: float
    expected: float
    raised: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Sources that could not be visited for a while, and the documents that came late after it."""

    sources: int
    first: dt.date
    last: dt.date
    late: int
    back_on: dt.date | None
    opened: int
    """Cases opened in the four weeks after the sources were back, because of late documents: those with one in their evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Everything the end of a demonstration shows."""

    documents: int
    stories: int
    sources: int
    themes: tuple[FoundTheme, ...]
    alerts: tuple[tuple[Alert, Theme], ...]
    copied: tuple[Copied, ...]
    new_feeds: tuple[NewFeed, ...]
    outage: Outage | None


@dataclass(frozen=True, slots=True)
class Files:
    """What lies in the folder: messages as they would be sent, and the last digest by language and format."""

    slack: tuple[Path, ...]
    digests: Mapping[str, Mapping[str, Path]]


def findings(store: Store, last_day: dt.date) -> Findings:
    """What the database holds on ``last_day``, the last complete day."""
    with store.reading() as conn:
        known = {theme.id: theme for theme in themes.all_themes(conn, retired=True)}
        cases = alerts.all_alerts(conn)
        belongs = _belongs(conn)
        return Findings(
            documents=_count(conn, sa.select(sa.func.count()).select_from(documents)),
            stories=_count(conn, sa.select(sa.func.count(enrichments.c.story_id.distinct()))),
            sources=len(sources.all_sources(conn)),
            themes=_themes(conn, known, cases, belongs),
            alerts=tuple((case, known[case.theme_id]) for case in cases),
            copied=_copied(conn, cases, belongs),
            new_feeds=_new_feeds(conn, known, cases, belongs, last_day),
            outage=_outage(conn, cases),
        )


def written(folder: Path, slack: str, digests: Mapping[str, str]) -> Files:
    """The files the channel wrote under ``folder``."""
    last: dict[str, Mapping[str, Path]] = {}
    for lang, name in digests.items():
        found = sorted((folder / name).glob("*-digest-*"))
        stem = max((path.name.split(".")[0] for path in found), default=None)
        last[lang] = {path.name.split(".", 1)[1]: path for path in found if stem and path.name.startswith(f"{stem}.")}
    return Files(tuple(sorted((folder / slack).glob("*.slack.json"))), last)


def _themes(
    conn: Connection, known: Mapping[str, Theme], cases: Iterable[Alert], belongs: Mapping[str, set[str]]
) -> tuple[FoundTheme, ...]:
    latest = {signal.theme_id: signal for signal in observations.latest_signals(conn)}
    by_theme = {case.theme_id: case for case in cases}
    sizes = Counter(theme for found in belongs.values() for theme in found)
    first = observations.first_observed(conn)
    weekly: dict[str, Counter[int]] = defaultdict(Counter)
    if first is not None:
        start = first - dt.timedelta(days=first.weekday())
        for theme, _, _, day, count in observations.counts_between(conn, start, dt.date.max):
            weekly[theme][(day - start).days // 7] += count
    length = 1 + max((week for weeks in weekly.values() for week in weeks), default=0)
    found = [
        FoundTheme(
            theme=theme,
            signal=latest.get(theme.id),
            documents=sizes[theme.id],
            weekly=tuple(weekly[theme.id][week] for week in range(length)),
            alert=by_theme.get(theme.id),
        )
        for theme in known.values()
        if sizes[theme.id]
    ]
    return tuple(sorted(found, key=lambda one: (one.alert is None, -one.documents, one.theme.id)))


def _copied(conn: Connection, cases: Iterable[Alert], belongs: Mapping[str, set[str]]) -> tuple[Copied, ...]:
    d, e = documents.c, enrichments.c
    query = sa.select(e.story_id, d.id, d.title, d.source_id, d.published_on).select_from(
        enrichments.join(documents, d.id == e.document_id)
    )
    by_story: dict[str, list[Any]] = defaultdict(list)
    for row in conn.execute(query.order_by(d.published_on, d.id)):
        by_story[row.story_id].append(row)
    found = []
    for story, rows in by_story.items():
        outlets = {row.source_id for row in rows}
        if len(outlets) >= COPIES:
            title = next((row.title for row in rows if row.id == story), rows[0].title)
            touched = {theme for row in rows for theme in belongs.get(row.id, ())}
            found.append(
                Copied(
                    title=title,
                    copies=len(rows),
                    sources=len(outlets),
                    first=rows[0].published_on,
                    last=rows[-1].published_on,
                    raised=_raised(cases, touched, rows[0].published_on),
                )
            )
    return tuple(sorted(found, key=lambda one: (-one.copies, one.title)))


def _new_feeds(
    conn: Connection, known: Mapping[str, Theme], cases: Iterable[Alert], belongs: Mapping[str, set[str]], last_day: dt.date
) -> tuple[NewFeed, ...]:
    probation = dt.timedelta(days=Parameters().probation)
    d = documents.c
    first = {
        row.source_id: row.day
        for row in conn.execute(sa.select(d.source_id, sa.func.min(d.counted_on).label("day")).group_by(d.source_id))
    }
    if not first:
        return ()
    latest = {signal.theme_id: signal for signal in observations.latest_signals(conn)}
    recent = Counter(
        theme
        for (key,) in conn.execute(
            sa.select(d.id).where(d.counted_on > last_day - dt.timedelta(days=WINDOW_DAYS), d.counted_on <= last_day)
        )
        for theme in belongs.get(key, ())
    )
    found = []
    for source in sources.all_sources(conn):
        since = first.get(source.id)
        if since is None or since - min(first.values()) < probation:
            continue
        own = list(conn.scalars(sa.select(d.id).where(d.source_id == source.id)))
        touched = Counter(theme for key in own for theme in belongs.get(key, ()))
        main = min(touched, key=lambda theme: (-touched[theme], theme), default=None)
        signal = latest.get(main) if main else None
        found.append(
            NewFeed(
                name=source.name,
                since=since,
                documents=len(own),
                trusted_from=since + probation,
                theme=known.get(main) if main else None,
                collected=recent[main] if main else 0,
                counted=signal.observed if signal else 0.0,
                expected=signal.expected if signal else 0.0,
                raised=_raised(cases, {main} if main else (), since),
            )
        )
    return tuple(found)


def _outage(conn: Connection, cases: Iterable[Alert]) -> Outage | None:
    f, d = fetches.c, documents.c
    failed = conn.execute(sa.select(f.source_id, f.started_at).where(f.status == _UNAVAILABLE)).all()
    if not failed:
        return None
    last_failed = max(row.started_at for row in failed)
    back = conn.scalar(
        sa.select(sa.func.min(f.started_at)).where(
            f.started_at > last_failed, f.new > 0, f.source_id.in_(sorted({row.source_id for row in failed}))
        )
    )
    late = set(conn.scalars(sa.select(d.id).where(d.date_flag == "late")))
    return Outage(
        sources=len({row.source_id for row in failed}),
        first=min(row.started_at for row in failed).date(),
        last=last_failed.date(),
        late=len(late),
        back_on=back.date() if back else None,
        opened=sum(
            back is not None
            and 0 <= (case.opened_on - back.date()).days <= WINDOW_DAYS
            and not late.isdisjoint(map(str, case.evidence.get("documents", ())))
            for case in cases
        ),
    )


def _raised(cases: Iterable[Alert], touched: Iterable[str], since: dt.date) -> tuple[str, ...]:
    """Themes of ``touched`` on which a case was opened from ``since`` on."""
    wanted = set(touched)
    return tuple(sorted({case.theme_id for case in cases if case.theme_id in wanted and case.opened_on >= since}))


def _belongs(conn: Connection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in conn.execute(sa.select(assignments.c.document_id, assignments.c.theme_id)):
        found[row.document_id].add(row.theme_id)
    return dict(found)


def _count(conn: Connection, query: sa.Select[Any]) -> int:
    return int(conn.scalar(query) or 0)
