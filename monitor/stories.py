"""The stories the monitor counts: each once, at its first counted document, whatever the number of copies.

Shared by the steps that count, that pair and that explain. Reads the database; decides nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.tables import assignments, documents, enrichments, facts, sources

BUCKETS = 40
STORY_COLUMNS = ["story", "document", "source", "source_key", "kind", "day", "documents"]


def stories(conn: Connection, now: dt.datetime, since: dt.date | None = None) -> pd.DataFrame:
    """One row a story, by story id: its first counted document with source, source_key, kind and day (ISO text); copies.

    Only documents collected before ``now`` and counted before its day; with ``since``, counted from that day on.
    """
    c = documents.c
    query = (
        sa.select(
            c.id,
            c.source_id.label("source"),
            c.kind,
            sa.cast(c.counted_on, sa.Text).label("day"),
            c.collected_at.label("collected"),
            c.actor,
            sources.c.split_by_actor.label("split"),
            enrichments.c.story_id.label("story"),
        )
        .select_from(documents.join(enrichments, enrichments.c.document_id == c.id).join(sources, sources.c.id == c.source_id))
        .where(c.collected_at < now, c.counted_on < now.date())
    )
    if since is not None:
        query = query.where(c.counted_on >= since)
    frame = _frame(conn, query)
    if frame.empty:
        return pd.DataFrame(columns=STORY_COLUMNS).set_index("story")
    frame = frame.sort_values(["day", "collected", "id"], kind="stable")
    sizes = frame.groupby("story").size()
    first = frame.drop_duplicates("story").set_index("story")
    first["source_key"] = [
        source_key(source, actor or key) if split else source
        for source, actor, key, split in zip(first["source"], first["actor"], first["id"], first["split"], strict=True)
    ]
    first["document"] = first["id"]
    first["documents"] = sizes
    return first[[*STORY_COLUMNS[1:]]]


def source_key(source: str, actor: str) -> str:
    """One of forty stable parts of a source that speaks for many actors (a patent office, a paper archive)."""
    digest = hashlib.blake2b(actor.strip().casefold().encode(), digest_size=4).digest()
    return f"{source}#{int.from_bytes(digest, 'big') % BUCKETS}"


def source_of(key: str) -> str:
    """The source a key belongs to."""
    return key.split("#", 1)[0]


def theme_stories(conn: Connection, now: dt.datetime) -> pd.DataFrame:
    """Which stories belong to which themes: columns theme, story, probability. One document is enough to make a story belong."""
    joined = assignments.join(documents, documents.c.id == assignments.c.document_id).join(
        enrichments, enrichments.c.document_id == assignments.c.document_id
    )
    query = (
        sa.select(
            assignments.c.theme_id.label("theme"),
            enrichments.c.story_id.label("story"),
            sa.func.max(assignments.c.probability).label("probability"),
        )
        .select_from(joined)
        .where(documents.c.collected_at < now)
        .group_by(assignments.c.theme_id, enrichments.c.story_id)
    )
    return _frame(conn, query)


def domain_stories(conn: Connection, now: dt.datetime) -> pd.DataFrame:
    """Which stories speak of which application domains: columns domain, story."""
    joined = facts.join(documents, documents.c.id == facts.c.document_id).join(
        enrichments, enrichments.c.document_id == facts.c.document_id
    )
    query = (
        sa.select(facts.c.value.label("domain"), enrichments.c.story_id.label("story"))
        .select_from(joined)
        .where(facts.c.kind == "domain", documents.c.collected_at < now)
        .distinct()
    )
    return _frame(conn, query)


def _frame(conn: Connection, query: sa.Select[tuple[object, ...]]) -> pd.DataFrame:
    result = conn.execute(query)
    names = list(result.keys())
    rows = result.fetchall()
    # Plain objects: the frames live for one step, and text columns are only compared and grouped.
    return pd.DataFrame({name: pd.Series([row[i] for row in rows], dtype=object) for i, name in enumerate(names)})
