"""What the quality report of themes reads: past runs, how documents are covered, and what happened to themes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.model import ModelRun, Origin, ThemeEvent
from storage.rows import from_rows
from storage.tables import assignments, documents, enrichments, model_runs, placements, theme_events, themes
from storage.upsert import chunks


@dataclass(frozen=True, slots=True)
class Covered:
    """Placed documents, copies included, by what holds them: a watch theme, a narrow discovered one, a family, or nothing."""

    documents: int = 0
    watch: int = 0
    narrow: int = 0
    families: int = 0
    none: int = 0


def covered(conn: Connection, start: dt.date, end: dt.date) -> Covered:
    """How many documents counted on a day of [start, end) the assign step decided on, and what holds them now."""
    inside = sa.and_(documents.c.counted_on >= start, documents.c.counted_on < end)
    placed = sa.select(sa.func.count()).select_from(placements.join(documents)).where(inside)
    held = (
        sa.select(themes.c.origin, themes.c.level, sa.func.count(assignments.c.document_id.distinct()).label("held"))
        .select_from(documents.join(assignments).join(placements, placements.c.document_id == documents.c.id))
        .join(themes, themes.c.id == assignments.c.theme_id)
        .where(inside, themes.c.origin != Origin.CONJUNCTION)
    )
    found = {(row.origin, row.level): row.held for row in conn.execute(held.group_by(themes.c.origin, themes.c.level))}
    anywhere = conn.scalar(held.with_only_columns(sa.func.count(assignments.c.document_id.distinct()))) or 0
    total = conn.scalar(placed) or 0
    return Covered(
        documents=total,
        watch=sum(held for (origin, _), held in found.items() if origin == Origin.WATCH),
        narrow=found.get((Origin.DISCOVERED, 0), 0),
        families=found.get((Origin.DISCOVERED, 1), 0),
        none=total - anywhere,
    )


def newest_day(conn: Connection, until: dt.date) -> dt.date | None:
    """The last day before ``until`` on which a document the assign step decided on is counted."""
    query = sa.select(sa.func.max(documents.c.counted_on)).join(placements, placements.c.document_id == documents.c.id)
    day: dt.date | None = conn.scalar(query.where(documents.c.counted_on < until))
    return day


def watch_stories(conn: Connection, start: dt.date, end: dt.date) -> dict[str, int]:
    """Stories counted on a day of [start, end) by living watch theme, those without any included."""
    query = (
        sa.select(assignments.c.theme_id, sa.func.count().label("stories"))
        .join(documents, documents.c.id == assignments.c.document_id)
        .join(enrichments, enrichments.c.document_id == documents.c.id)
        .join(themes, themes.c.id == assignments.c.theme_id)
        .where(documents.c.counted_on >= start, documents.c.counted_on < end, enrichments.c.story_id == documents.c.id)
        .where(themes.c.origin == Origin.WATCH)
        .group_by(assignments.c.theme_id)
    )
    counted = {row.theme_id: row.stories for row in conn.execute(query)}
    living = sa.select(themes.c.id).where(themes.c.origin == Origin.WATCH, themes.c.retired_on.is_(None))
    return {theme_id: counted.get(theme_id, 0) for theme_id in conn.scalars(living.order_by(themes.c.id))}


def narrow_events(conn: Connection, start: dt.date, end: dt.date) -> list[ThemeEvent]:
    """What happened to narrow discovered themes on the days [start, end), oldest first.

    Provisional themes that the next Monday did not confirm, retired without a centre, never were.
    """
    query = (
        sa.select(theme_events)
        .join(themes, themes.c.id == theme_events.c.theme_id)
        .where(theme_events.c.on >= start, theme_events.c.on < end, themes.c.origin == Origin.DISCOVERED, themes.c.level == 0)
        .where(sa.or_(themes.c.retired_on.is_(None), themes.c.centroid.is_not(None)))
    )
    return from_rows(ThemeEvent, conn.execute(query.order_by(theme_events.c.on, theme_events.c.theme_id, theme_events.c.event)))


def runs(conn: Connection, run_ids: Sequence[str]) -> list[ModelRun]:
    """The model runs of these ids that there are, oldest first."""
    found: list[ModelRun] = []
    for part in chunks(list(run_ids)):
        found.extend(from_rows(ModelRun, conn.execute(sa.select(model_runs).where(model_runs.c.id.in_(part)))))
    return sorted(found, key=lambda run: run.ran_at)
