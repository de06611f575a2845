"""Themes, their life events, and the documents assigned to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import recounts
from storage.errors import NotFound
from storage.model import Assignment, ModelRun, Origin, Theme, ThemeEvent
from storage.rows import from_row, from_rows, to_row
from storage.source_keys import source_key
from storage.tables import assignments, documents, enrichments, model_runs, placements, sources, theme_events, themes, vectors
from storage.upsert import chunks, upsert


@dataclass(frozen=True, slots=True)
class EmbeddedStory:
    """A story's first document, ready to be placed: what ``nlp.themes`` works on.

    ``source_id`` is the voice that counts: a part of its source where that speaks for many actors (``storage.source_keys``).
    """

    document_id: str
    story_id: str
    kind: str
    source_id: str
    language: str
    counted_on: dt.date
    title: str
    text: str
    vector: np.ndarray
    codes: tuple[str, ...]


def all_themes(conn: Connection, *, retired: bool = False) -> list[Theme]:
    """Living themes (with ``retired``, all of them), by id."""
    query = sa.select(themes).order_by(themes.c.id)
    return from_rows(Theme, conn.execute(query if retired else query.where(themes.c.retired_on.is_(None))))


def get(conn: Connection, theme_id: str) -> Theme:
    """One theme. Raises NotFound."""
    row = conn.execute(sa.select(themes).where(themes.c.id == theme_id)).first()
    if row is None:
        raise NotFound(f"no theme is called '{theme_id}': see 'zoom-avant themes list'")
    return from_row(Theme, row)


def save(conn: Connection, changed: Sequence[Theme]) -> None:
    """Writes themes by id. A label pinned by a person is never overwritten by a machine's."""
    pinned = {
        row.id: row
        for row in conn.execute(
            sa.select(themes.c.id, themes.c.label_fr, themes.c.label_en).where(
                themes.c.label_pinned, themes.c.id.in_([theme.id for theme in changed])
            )
        )
    }
    rows = []
    for theme in changed:
        row = to_row(theme)
        if theme.id in pinned and not theme.label_pinned:
            kept = pinned[theme.id]
            row |= {"label_pinned": True, "label_fr": kept.label_fr, "label_en": kept.label_en}
        rows.append(row)
    upsert(conn, themes, rows, update=None)


def pin_label(conn: Connection, theme_id: str, label_fr: str, label_en: str, on: dt.date) -> None:
    """Gives a theme the names a person chose; no machine changes them afterwards. Raises NotFound."""
    get(conn, theme_id)
    conn.execute(themes.update().where(themes.c.id == theme_id).values(label_fr=label_fr, label_en=label_en, label_pinned=True))
    add_events(conn, [ThemeEvent(theme_id=theme_id, event="pinned", on=on, detail={"label_fr": label_fr, "label_en": label_en})])


def add_events(conn: Connection, events: Sequence[ThemeEvent]) -> None:
    upsert(conn, theme_events, [to_row(event) for event in events])


def events_of(conn: Connection, theme_id: str) -> list[ThemeEvent]:
    query = sa.select(theme_events).where(theme_events.c.theme_id == theme_id)
    return from_rows(ThemeEvent, conn.execute(query.order_by(theme_events.c.on, theme_events.c.event)))


def has_run(conn: Connection, run_id: str) -> bool:
    return conn.scalar(sa.select(sa.func.count()).where(model_runs.c.id == run_id)) == 1


def add_run(conn: Connection, run: ModelRun) -> None:
    """Records a model run; a second record of the same run overwrites the first one's counts."""
    upsert(conn, model_runs, [to_row(run)], update=("counts",))


def last_open(conn: Connection) -> int:
    """How many open stories the last run of ``discover`` looked at; 0 before the first."""
    query = sa.select(model_runs.c.counts).where(model_runs.c.step == "discover").order_by(model_runs.c.ran_at.desc())
    counts = conn.scalar(query.limit(1))
    return int((counts or {}).get("open", 0))


def assign(conn: Connection, rows: Sequence[Assignment]) -> None:
    """Writes assignments by document and theme."""
    recounts.mark(conn, [row.document_id for row in rows])
    upsert(conn, assignments, [to_row(row) for row in rows], update=("probability", "model_run_id", "reason"))


def mark_placed(conn: Connection, document_ids: Sequence[str], run_id: str) -> None:
    """Notes that the assign step has decided on these documents, open ones included."""
    upsert(conn, placements, [{"document_id": key, "model_run_id": run_id} for key in document_ids])


def unplaced(conn: Connection, embedder: str, until: dt.datetime, limit: int) -> list[EmbeddedStory]:
    """The next enriched and embedded documents, oldest first, collected before ``until``, not decided on by the assign step."""
    first = _first_unplaced(conn, until)
    if first is None:
        return []
    query = (
        _embedded(embedder)
        .where(~_is_placed(), documents.c.collected_at >= first, documents.c.collected_at < until)
        .order_by(documents.c.collected_at, sa.func.coalesce(documents.c.counted_on, dt.date.max), documents.c.id)
        .limit(limit)
    )
    return _stories(conn, query)


def _first_unplaced(conn: Connection, until: dt.datetime) -> dt.datetime | None:
    """An instant before which every document is placed; None when all those collected before ``until`` are.

    What is not placed is mostly what came in last. How many there are is known from two counts, so a look at that many
    from the end finds them all, and the years before are never read.
    """
    collected = documents.c.collected_at
    count = sa.select(sa.func.count())
    later = conn.scalar(count.select_from(documents).where(collected >= until, _is_placed())) or 0
    known = conn.scalar(count.select_from(documents).where(collected < until)) or 0
    placed_ = (conn.scalar(count.select_from(placements)) or 0) - later
    if known <= placed_:
        return None
    waiting = known - placed_
    newest = sa.select(collected).where(collected < until)
    if waiting <= placed_:
        newest = newest.where(~_is_placed())
        found = newest.order_by(collected.desc(), documents.c.id.desc()).limit(1).offset(waiting - 1)
    else:  # a first run over an archive: quicker from the beginning
        found = newest.order_by(collected, documents.c.id).limit(1)
    first: dt.datetime | None = conn.scalar(found)
    return first


def _is_placed() -> sa.ColumnElement[bool]:
    return sa.exists().where(placements.c.document_id == documents.c.id)


def unplace(conn: Connection, document_ids: Sequence[str], since: dt.datetime) -> None:
    """Lets the assign step decide again on those of these documents that were collected from ``since`` on."""
    for part in chunks(list(document_ids)):
        fresh = sa.select(documents.c.id).where(documents.c.id.in_(part), documents.c.collected_at >= since)
        conn.execute(placements.delete().where(placements.c.document_id.in_(fresh)))


def collected_since(conn: Connection, instant: dt.datetime) -> frozenset[str]:
    """Documents that came in at an instant or after it: what nobody knew before."""
    return frozenset(conn.scalars(sa.select(documents.c.id).where(documents.c.collected_at >= instant)))


def stories_between(conn: Connection, embedder: str, start: dt.date, end: dt.date) -> list[EmbeddedStory]:
    """First documents of the stories counted on a day of [start, end), oldest first."""
    query = (
        _embedded(embedder)
        .where(documents.c.counted_on >= start, documents.c.counted_on < end, enrichments.c.story_id == documents.c.id)
        .order_by(documents.c.counted_on, documents.c.id)
    )
    return _stories(conn, query)


def stories_of(conn: Connection, embedder: str, theme_id: str) -> list[EmbeddedStory]:
    """First documents of a theme's stories, oldest first."""
    query = (
        _embedded(embedder)
        .join(assignments, assignments.c.document_id == documents.c.id)
        .where(assignments.c.theme_id == theme_id, enrichments.c.story_id == documents.c.id)
        .order_by(documents.c.counted_on, documents.c.id)
    )
    return _stories(conn, query)


def count_stories(conn: Connection, embedder: str, start: dt.date, end: dt.date) -> int:
    """How many rows ``stories_between`` would give."""
    query = _embedded(embedder).where(
        documents.c.counted_on >= start, documents.c.counted_on < end, enrichments.c.story_id == documents.c.id
    )
    return conn.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def placed(conn: Connection, embedder: str) -> list[EmbeddedStory]:
    """Every document the assign step has decided on, oldest first."""
    return _stories(conn, _embedded(embedder).where(_is_placed()).order_by(documents.c.collected_at, documents.c.id))


def in_discovered(conn: Connection) -> dict[str, str]:
    """The discovered theme of each document that has one: the narrow one, where a broad one holds it."""
    query = sa.select(assignments.c.document_id, assignments.c.theme_id).join(themes, themes.c.id == assignments.c.theme_id)
    narrow = query.where(themes.c.origin == Origin.DISCOVERED, themes.c.level == 0)
    return {row.document_id: row.theme_id for row in conn.execute(narrow)}


def copies_of(conn: Connection, story_ids: Sequence[str]) -> dict[str, list[str]]:
    """The other documents of these stories, by story."""
    found: dict[str, list[str]] = {}
    for part in chunks(list(story_ids)):
        query = sa.select(enrichments.c.story_id, enrichments.c.document_id).where(
            enrichments.c.story_id.in_(part), enrichments.c.document_id != enrichments.c.story_id
        )
        for row in conn.execute(query.order_by(enrichments.c.document_id)):
            found.setdefault(row.story_id, []).append(row.document_id)
    return found


def move(conn: Connection, theme_id: str, rows: Sequence[Assignment]) -> None:
    """Takes these documents out of ``theme_id`` and gives them what ``rows`` say. Documents already there keep their row."""
    recounts.mark(conn, [row.document_id for row in rows])
    for part in chunks([row.document_id for row in rows]):
        conn.execute(assignments.delete().where(assignments.c.theme_id == theme_id, assignments.c.document_id.in_(part)))
    upsert(conn, assignments, [to_row(row) for row in rows])


def merge(conn: Connection, theme_id: str, heir_id: str, run: ModelRun, on: dt.date, by: str, weight: float | None = None) -> int:
    """Ends a theme in favour of another, which takes its documents, its children, and whatever comes near it later.

    Returns how many documents moved. The id stays the ended theme's for ever. Raises NotFound.
    """
    ended, heir = get(conn, theme_id), get(conn, heir_id)
    add_run(conn, run)
    old = members(conn, theme_id)
    moved = [replace(row, theme_id=heir.id, model_run_id=run.id, reason=f"de/from: {theme_id} · {row.reason}") for row in old]
    move(conn, theme_id, moved)
    values = {"merged_into": heir.id, "retired_on": ended.retired_on or on, "parent_id": None}
    conn.execute(themes.update().where(themes.c.id == theme_id).values(values))
    conn.execute(themes.update().where(themes.c.parent_id == theme_id, themes.c.partner.is_(None)).values(parent_id=heir.id))
    ending = ThemeEvent(theme_id=theme_id, event="merged", on=on, other_id=heir.id, weight=weight, detail={"by": by})
    add_events(conn, [ending, replace(ending, theme_id=heir.id, event="absorbed", other_id=theme_id)])
    return len(moved)


def hold(conn: Connection, broad_id: str, narrow_ids: Sequence[str], run_id: str) -> None:
    """Gives a broad theme every document of the narrow ones that it does not have yet."""
    held = sa.select(assignments.c.document_id).where(assignments.c.theme_id == broad_id)
    for part in chunks(list(narrow_ids)):
        query = sa.select(assignments).where(assignments.c.theme_id.in_(part), assignments.c.document_id.not_in(held))
        rows = from_rows(Assignment, conn.execute(query.order_by(assignments.c.document_id)))
        recounts.mark(conn, [row.document_id for row in rows])
        upsert(conn, assignments, [to_row(held_by(row, broad_id, run_id)) for row in rows])


def held_by(row: Assignment, broad_id: str, run_id: str) -> Assignment:
    """The assignment to a broad theme that one to its narrow theme brings: never the surer of the two."""
    probability = round(0.9 * row.probability, 3)
    return replace(row, theme_id=broad_id, probability=probability, model_run_id=run_id, reason=f"par/through: {row.theme_id}")


def heirs(conn: Connection) -> dict[str, str]:
    """For each merged theme the one that stands for it now, however many merges later."""
    query = sa.select(themes.c.id, themes.c.merged_into).where(themes.c.merged_into.is_not(None))
    into = {row.id: row.merged_into for row in conn.execute(query)}
    found = {}
    for theme_id in into:
        heir = into[theme_id]
        for _ in into:  # a chain is no longer than the merges there were
            if heir not in into:
                break
            heir = into[heir]
        found[theme_id] = heir
    return found


def splits(conn: Connection) -> list[ThemeEvent]:
    """Every time a theme (``other_id``) left another (``theme_id``), in order."""
    query = sa.select(theme_events).where(theme_events.c.event == "split")
    return from_rows(ThemeEvent, conn.execute(query.order_by(theme_events.c.on, theme_events.c.other_id)))


def decided_by_a_person(conn: Connection) -> tuple[set[str], set[frozenset[str]]]:
    """Themes a person put together, and pairs a person took apart: no machine undoes either."""
    query = sa.select(theme_events).where(theme_events.c.event.in_(("absorbed", "split")))
    events = [event for event in from_rows(ThemeEvent, conn.execute(query)) if event.detail.get("by") == "person"]
    together = {event.theme_id for event in events if event.event == "absorbed"}
    return together, {frozenset((event.theme_id, event.other_id)) for event in events if event.event == "split"}


def unassign(conn: Connection, theme_ids: Sequence[str]) -> None:
    """Forgets every assignment to these themes."""
    for part in chunks(list(theme_ids)):
        recounts.mark_found(conn, sa.select(assignments.c.document_id).where(assignments.c.theme_id.in_(part)))
        conn.execute(assignments.delete().where(assignments.c.theme_id.in_(part)))


def retire(conn: Connection, theme_ids: Sequence[str], on: dt.date) -> None:
    """Ends the life of themes; their documents and their past stay."""
    for part in chunks(list(theme_ids)):
        conn.execute(themes.update().where(themes.c.id.in_(part)).values(retired_on=on))
    add_events(conn, [ThemeEvent(theme_id=theme_id, event="retired", on=on) for theme_id in theme_ids])


def wake(conn: Connection, theme_ids: Sequence[str]) -> None:
    """Brings retired themes back to life."""
    for part in chunks(list(theme_ids)):
        conn.execute(themes.update().where(themes.c.id.in_(part)).values(retired_on=None))


def retire_idle(conn: Connection, before: dt.date, on: dt.date) -> int:
    """Retires the living discovered themes without a story counted on or after ``before``. Returns how many."""
    active = (
        sa.select(assignments.c.theme_id)
        .join(documents, documents.c.id == assignments.c.document_id)
        .where(documents.c.counted_on >= before)
    )
    query = sa.select(themes.c.id).where(
        themes.c.origin == Origin.DISCOVERED, themes.c.retired_on.is_(None), themes.c.id.not_in(active)
    )
    idle = sorted(conn.scalars(query))
    retire(conn, idle, on)
    return len(idle)


def adopt(conn: Connection, theme_ids: Sequence[str]) -> None:
    """Gives each discovered theme the watch theme that holds at least half of its documents as its parent."""
    other = assignments.alias("other")
    query = (
        sa.select(assignments.c.theme_id, other.c.theme_id.label("parent"), sa.func.count().label("shared"))
        .join(other, other.c.document_id == assignments.c.document_id)
        .join(themes, themes.c.id == other.c.theme_id)
        .where(themes.c.origin == Origin.WATCH)
        .group_by(assignments.c.theme_id, other.c.theme_id)
    )
    for part in chunks(list(theme_ids)):
        counted = (
            sa.select(assignments.c.theme_id, sa.func.count().label("size"))
            .where(assignments.c.theme_id.in_(part))
            .group_by(assignments.c.theme_id)
        )
        sizes = {row.theme_id: row.size for row in conn.execute(counted)}
        best: dict[str, tuple[int, str]] = {}
        for row in conn.execute(query.where(assignments.c.theme_id.in_(part))):
            if 2 * row.shared >= sizes[row.theme_id]:
                best[row.theme_id] = max(best.get(row.theme_id, (0, "")), (row.shared, row.parent))
        for theme_id, (_, parent) in best.items():
            conn.execute(themes.update().where(themes.c.id == theme_id).values(parent_id=parent))


def members(conn: Connection, theme_id: str) -> list[Assignment]:
    query = sa.select(assignments).where(assignments.c.theme_id == theme_id).order_by(assignments.c.document_id)
    return from_rows(Assignment, conn.execute(query))


def documents_of(conn: Connection, theme_ids: Sequence[str]) -> dict[str, list[str]]:
    """The documents of each of these themes."""
    found: dict[str, list[str]] = {theme_id: [] for theme_id in theme_ids}
    for part in chunks(list(theme_ids)):
        query = sa.select(assignments.c.theme_id, assignments.c.document_id).where(assignments.c.theme_id.in_(part))
        for row in conn.execute(query.order_by(assignments.c.document_id)):
            found[row.theme_id].append(row.document_id)
    return found


def reasons(conn: Connection, theme_id: str, document_ids: Sequence[str]) -> dict[str, str]:
    """Why these documents are in a theme; those that are not are left out."""
    found: dict[str, str] = {}
    for part in chunks(list(document_ids)):
        query = sa.select(assignments.c.document_id, assignments.c.reason)
        rows = conn.execute(query.where(assignments.c.theme_id == theme_id, assignments.c.document_id.in_(part)))
        found.update({row.document_id: row.reason for row in rows})
    return found


def assignments_of(conn: Connection, document_ids: Sequence[str]) -> list[Assignment]:
    found: list[Assignment] = []
    for part in chunks(list(document_ids)):
        query = sa.select(assignments).where(assignments.c.document_id.in_(part))
        found.extend(from_rows(Assignment, conn.execute(query.order_by(assignments.c.document_id, assignments.c.theme_id))))
    return found


def all_assignments(conn: Connection) -> list[Assignment]:
    query = sa.select(assignments).order_by(assignments.c.document_id, assignments.c.theme_id)
    return from_rows(Assignment, conn.execute(query))


def _embedded(embedder: str) -> sa.Select[Any]:
    joined = documents.join(enrichments, enrichments.c.document_id == documents.c.id).join(
        vectors, sa.and_(vectors.c.document_id == documents.c.id, vectors.c.embedder == embedder)
    )
    return sa.select(
        documents.c.id.label("document_id"),
        enrichments.c.story_id,
        documents.c.kind,
        documents.c.source_id,
        documents.c.actor,
        sources.c.split_by_actor,
        enrichments.c.language,
        documents.c.counted_on,
        documents.c.title,
        documents.c.text,
        vectors.c.vector,
        documents.c.extra,
    ).select_from(joined.join(sources, sources.c.id == documents.c.source_id))


def _stories(conn: Connection, query: sa.Select[Any]) -> list[EmbeddedStory]:
    return [
        EmbeddedStory(
            document_id=row.document_id,
            story_id=row.story_id,
            kind=row.kind,
            source_id=source_key(row.source_id, row.actor or row.document_id) if row.split_by_actor else row.source_id,
            language=row.language,
            counted_on=row.counted_on,
            title=row.title,
            text=row.text,
            vector=row.vector,
            codes=tuple(row.extra.get("codes") or ()),
        )
        for row in conn.execute(query)
    ]
