"""Identifiers of documents: those that name the same document elsewhere, and those that name the event it belongs to.

Also what becomes of documents found to be one (``merge``) and of those deleted for good (``bury``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import documents as documents_repository
from storage.tables import document_keys, documents, enrichments, mentions, tombstones
from storage.upsert import chunks, upsert

TITLE = "title:"
"""Beginning of the weakest keys: equal titles help to find a work and tell nothing of stories."""
MERGED = "merged: "
"""Beginning of the reason of a tombstone that points to the document another one became."""


@dataclass(frozen=True, slots=True)
class Key:
    """One identifier of one document; ``is_identity`` tells those of the work itself from those of its event."""

    key: str
    document_id: str
    is_identity: bool = True


def documents_with(conn: Connection, keys: Iterable[str]) -> dict[str, list[str]]:
    """The documents each of these identity keys names, oldest first. Keys nobody has are left out."""
    found: dict[str, list[str]] = {}
    for part in chunks(sorted(set(keys))):
        query = (
            sa.select(document_keys.c.key, document_keys.c.document_id)
            .join(documents, documents.c.id == document_keys.c.document_id)
            .where(document_keys.c.key.in_(part), document_keys.c.is_identity)
            .order_by(documents.c.collected_at, documents.c.id)
        )
        for row in conn.execute(query):
            found.setdefault(row.key, []).append(row.document_id)
    return found


def keys_of(conn: Connection, document_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """The identity keys of each of these documents."""
    found: dict[str, set[str]] = {}
    for part in chunks(sorted(set(document_ids))):
        query = sa.select(document_keys.c.document_id, document_keys.c.key).where(
            document_keys.c.document_id.in_(part), document_keys.c.is_identity
        )
        for row in conn.execute(query):
            found.setdefault(row.document_id, set()).add(row.key)
    return {key: frozenset(values) for key, values in found.items()}


def add(conn: Connection, found: Sequence[Key]) -> None:
    """Writes keys of stored documents. A document that is enriched and learns a key another one has finds its story anew."""
    known: set[tuple[str, str]] = set()
    holders: dict[str, set[str]] = {}
    for part in chunks(sorted({row.key for row in found})):
        for row in conn.execute(sa.select(document_keys.c.key, document_keys.c.document_id).where(document_keys.c.key.in_(part))):
            known.add((row.key, row.document_id))
            holders.setdefault(row.key, set()).add(row.document_id)
    new = {(row.key, row.document_id): row for row in found if (row.key, row.document_id) not in known}
    rows = [{"key": row.key, "document_id": row.document_id, "is_identity": row.is_identity} for row in new.values()]
    upsert(conn, document_keys, rows)
    late = sorted({name for key, name in new if not key.startswith(TITLE) and holders.get(key, set()) - {name}})
    documents_repository.forget_enrichments(conn, late)


def merge(conn: Connection, kept: str, gone: str, now: dt.datetime) -> None:
    """Makes two stored documents one: mentions and keys of ``gone`` go to ``kept``, and its id leads there from now on."""
    conn.execute(mentions.update().where(mentions.c.document_id == gone).values(document_id=kept))
    moved = conn.execute(sa.select(document_keys.c.key, document_keys.c.is_identity).where(document_keys.c.document_id == gone))
    rows = [{"key": row.key, "document_id": kept, "is_identity": row.is_identity} for row in moved.all()]
    upsert(conn, document_keys, rows)
    stories = documents_repository.stories_of(conn, [kept, gone])
    theirs, ours = stories.get(gone), stories.get(kept)
    if theirs == gone or (theirs and ours):
        both = {theirs or gone, ours or kept}
        first = documents_repository.oldest_of(conn, both, last=gone)
        documents_repository.move_stories(conn, dict.fromkeys(both - {first}, first))
    documents_repository.remove(conn, [gone])
    upsert(conn, tombstones, [{"document_id": gone, "deleted_at": now, "reason": MERGED + kept}], update=None)


def bury(conn: Connection, document_ids: Sequence[str], now: dt.datetime, reason: str) -> None:
    """Deletes documents for good: they return neither under their id, nor from another database, nor under their old place.

    Tombstones hold the id, the identity keys, and a digest of each place (source and key) a document was seen at.
    """
    names = set(document_ids)
    for keys in keys_of(conn, document_ids).values():
        names |= keys
    for part in chunks(list(document_ids)):
        query = sa.select(mentions.c.source_id, mentions.c.key).where(mentions.c.document_id.in_(part))
        names.update(place_name(row.source_id, row.key) for row in conn.execute(query))
    rows = [{"document_id": name, "deleted_at": now, "reason": reason} for name in sorted(names)]
    upsert(conn, tombstones, rows, update=None)
    documents_repository.remove(conn, document_ids)


def buried(conn: Connection, names: Iterable[str]) -> dict[str, str]:
    """Which of these names (ids, keys, places) have a tombstone, and its reason."""
    found: dict[str, str] = {}
    for part in chunks(sorted(set(names))):
        query = sa.select(tombstones.c.document_id, tombstones.c.reason).where(tombstones.c.document_id.in_(part))
        found.update({row.document_id: row.reason for row in conn.execute(query)})
    return found


def place_name(source_id: str, key: str) -> str:
    """The name of a place a document was seen at, for its tombstone."""
    return "place:" + hashlib.blake2b(f"{source_id}\n{key}".encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Tied:
    """What ties documents to others: the ``keys`` of each, and the ``stories`` known of each key."""

    keys: Mapping[str, Sequence[str]]
    stories: Mapping[str, Sequence[str]]


def tied(conn: Connection, document_ids: Sequence[str], pipeline: str) -> Tied:
    """The keys of these documents (all but those of titles) and the stories of the documents enriched that share one."""
    keys: dict[str, tuple[str, ...]] = {}
    c = document_keys.c
    for part in chunks(document_ids):
        query = sa.select(c.document_id, c.key).where(c.document_id.in_(part), c.key.not_like(TITLE + "%")).order_by(c.key)
        for row in conn.execute(query):
            keys[row.document_id] = (*keys.get(row.document_id, ()), row.key)
    stories: dict[str, tuple[str, ...]] = {}
    for part in chunks(sorted({key for found in keys.values() for key in found})):
        joined = (
            sa.select(c.key, enrichments.c.story_id)
            .join(enrichments, sa.and_(enrichments.c.document_id == c.document_id, enrichments.c.pipeline == pipeline))
            .where(c.key.in_(part))
            .distinct()
            .order_by(c.key, enrichments.c.story_id)
        )
        for row in conn.execute(joined):
            stories[row.key] = (*stories.get(row.key, ()), row.story_id)
    return Tied(keys, stories)
