"""Counts the stories of the documents marked for it, and with them the cells of the counts they lie in. Nothing else is read.

Idempotent, in the caller's transaction: a step that needs today's stories calls it first, whoever else did before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from storage import cells, leases, recounts, stories
from storage.source_keys import source_key
from storage.stories import CountedStory, Material
from storage.upsert import chunks

CURSOR = "counted until"
MOST_EUR = 1e13
"""No announcement is larger; and sums of whole euros below it are exact, in whatever order they are added."""

COPIES_WITHIN_DAYS = 30
"""Copies count towards a story's day for so long. The award of a call, or the US patent of a family, comes years after the first
document: it is of the same story and must not make the past be scored again."""

_DOCUMENTS_AT_ONCE = 5_000
_STORIES_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Counted:
    """Documents that were looked at, stories that came, changed or went, and rows of the counts that changed."""

    documents: int
    stories: int
    changed: int


def count_stories(conn: Connection, now: dt.datetime) -> Counted:
    """Brings stories and counts in line with the documents collected before ``now``, for the days before its day.

    The clock of the counts never goes back: with an earlier ``now`` than the last, that one stands.
    """
    cells.lock(conn)
    now = _clock(conn, now)
    is_first = stories.are_none(conn)
    touched = cells.Touched()
    documents = changed = 0
    while taken := recounts.take(conn, now, _DOCUMENTS_AT_ONCE):
        documents += len(taken)
        for part in chunks(sorted(stories.of_documents(conn, taken)), _STORIES_AT_ONCE):
            changed += _count(conn, part, now, touched)
    if is_first and documents:
        cells.clear(conn)  # what an earlier version counted, or somebody wrote by hand
    return Counted(documents, changed, cells.recount(conn, touched))


def _clock(conn: Connection, now: dt.datetime) -> dt.datetime:
    last = leases.cursor(conn, CURSOR)
    now = max(now, dt.datetime.fromisoformat(last)) if last else now
    text = now.astimezone(dt.UTC).isoformat()
    if text != last:
        leases.set_cursor(conn, CURSOR, text)
    return now.astimezone(dt.UTC)


def _count(conn: Connection, story_ids: Sequence[str], now: dt.datetime, touched: cells.Touched) -> int:
    standing = stories.by_ids(conn, story_ids)
    found = stories.material(conn, story_ids, now, MOST_EUR)
    new = {key: _counted(key, of) for key, of in found.items()}
    changes = [(standing.get(key), story) for key, story in sorted(new.items()) if standing.get(key) != story]
    gone = [story for key, story in standing.items() if key not in new]
    for old, story in changes:
        touched.replace(old, story)
    for old in gone:
        touched.replace(old, None)
    stories.write(conn, changes)
    stories.remove(conn, [story.id for story in gone])
    return len(changes) + len(gone)


def _counted(story_id: str, of: Material) -> CountedStory:
    first = min(of.copies, key=lambda copy: (copy.day, copy.collected_at, copy.document_id))
    # A document without an actor is one of its own: nobody knows whether two of them are the same.
    actor = first.actor or first.document_id
    return CountedStory(
        id=story_id,
        document_id=first.document_id,
        kind=first.kind,
        day=first.day,
        source_key=source_key(first.source_id, actor) if first.split_by_actor else first.source_id,
        voice=actor.strip().casefold() if first.split_by_actor else first.source_id,
        documents=sum((copy.day - first.day).days <= COPIES_WITHIN_DAYS for copy in of.copies),
        eur=None if of.eur is None else float(round(of.eur)),
        themes=of.themes,
        domains=of.domains,
    )
