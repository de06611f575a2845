"""Which documents must be counted again: noted by whoever changes a story, a theme's documents or a counted fact.

The functions of ``storage`` that write such things call ``mark`` in their own transaction, so no caller can forget it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from storage import cells, stories
from storage.model import Fact
from storage.tables import documents, enrichments, facts, recounts, sources
from storage.upsert import chunks, upsert


def mark(conn: Connection, document_ids: Iterable[str]) -> None:
    """Notes that these documents are to be counted again."""
    wanted = sorted(set(document_ids))
    # The order keeps two writers from waiting for each other. On PostgreSQL a mark that stands is locked, not skipped: whoever
    # counts at this moment leaves it for the next time instead of taking it before the change it stands for can be seen.
    upsert(conn, recounts, [{"document_id": key} for key in wanted], update=() if _is_sqlite(conn) else ("document_id",))


def mark_found(conn: Connection, found: sa.Select[tuple[str]]) -> None:
    """The same for the document ids of a query, which must have a WHERE."""
    insert: Any = (sqlite if _is_sqlite(conn) else postgresql).insert(recounts).from_select(["document_id"], found.distinct())
    if _is_sqlite(conn):
        insert = insert.on_conflict_do_nothing()
    else:
        insert = insert.on_conflict_do_update(index_elements=["document_id"], set_={"document_id": insert.excluded.document_id})
    conn.execute(insert)


def mark_split(conn: Connection, divided: Iterable[tuple[str, bool]]) -> None:
    """Marks the documents of the sources for which (source, whether it is split by actor) is not what the database says."""
    wanted = dict(divided)
    changed = []
    for part in chunks(sorted(wanted)):
        query = sa.select(sources.c.id, sources.c.split_by_actor).where(sources.c.id.in_(part))
        changed += [row.id for row in conn.execute(query) if row.split_by_actor != wanted[row.id]]
    for part in chunks(changed):
        mark_found(conn, sa.select(documents.c.id).where(documents.c.source_id.in_(part)))


def mark_moved(conn: Connection, story_of: dict[str, str]) -> None:
    """Before documents go to other stories: takes the stories they leave out of the counts. ``story_of`` by document."""
    left: set[str] = set()
    for part in chunks(sorted(story_of)):
        query = sa.select(enrichments.c.document_id, enrichments.c.story_id).where(enrichments.c.document_id.in_(part))
        left.update(row.story_id for row in conn.execute(query) if story_of[row.document_id] != row.story_id)
    uncount(conn, left)


def mark_read(conn: Connection, document_ids: Sequence[str], same: sa.ColumnElement[bool], found: Iterable[Fact]) -> None:
    """Before facts are replaced: marks the documents whose domains or amounts become others. ``same`` says which facts go."""
    new: dict[str, set[tuple[Any, ...]]] = {key: set() for key in document_ids}
    for fact in found:
        if fact.kind in stories.COUNTED_FACTS:
            new.setdefault(fact.document_id, set()).add((fact.kind, fact.value, fact.eur, fact.role, fact.start < 0))
    old: dict[str, set[tuple[Any, ...]]] = {}
    c = facts.c
    for part in chunks(sorted(new)):
        query = sa.select(c.document_id, c.kind, c.value, c.eur, c.role, c.start < 0)
        for key, *rest in conn.execute(query.where(c.document_id.in_(part), c.kind.in_(stories.COUNTED_FACTS), same)):
            old.setdefault(key, set()).add((*rest[:-1], bool(rest[-1])))
    mark(conn, [key for key, read in new.items() if read != old.get(key, set())])


def uncount(conn: Connection, story_ids: Collection[str]) -> None:
    """Takes stories out of the counts, and marks their documents: what is left of them is counted again."""
    if not story_ids:
        return
    cells.lock(conn)
    gone = stories.by_ids(conn, sorted(story_ids))
    for part in chunks(sorted(story_ids)):
        mark_found(conn, sa.select(enrichments.c.document_id).where(enrichments.c.story_id.in_(part)))
    touched = cells.Touched()
    for story in gone.values():
        touched.replace(story, None)
    stories.remove(conn, list(gone))
    cells.recount(conn, touched)


def take(conn: Connection, now: dt.datetime, limit: int) -> list[str]:
    """Takes up to ``limit`` marks, by document id, and returns their documents: those collected before ``now`` whose day is over.

    A document that is never counted (it has no day) is among them, once. Marks of a transaction in progress elsewhere stay.
    """
    c = documents.c
    is_ready = sa.and_(c.collected_at < now, sa.or_(c.counted_on.is_(None), c.counted_on < now.date()))
    # Few are marked, many were collected: a join would let SQLite begin with the wrong ones.
    query = (
        sa.select(recounts.c.document_id)
        .where(sa.exists().where(c.id == recounts.c.document_id, is_ready))
        .order_by(recounts.c.document_id)
        .limit(limit)
        .with_for_update(of=recounts, skip_locked=True)
    )
    taken = list(conn.scalars(query))
    for part in chunks(taken):
        conn.execute(recounts.delete().where(recounts.c.document_id.in_(part)))
    return taken


def _is_sqlite(conn: Connection) -> bool:
    return conn.dialect.name == "sqlite"
