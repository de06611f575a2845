"""Where documents were seen, asked from the document's side."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.tables import documents, mentions
from storage.upsert import chunks


def mentioned(conn: Connection, source_id: str, document_ids: Sequence[str]) -> set[str]:
    """Which of these documents the source has already shown, under whatever key."""
    found: set[str] = set()
    for part in chunks(document_ids):
        query = sa.select(mentions.c.document_id).where(mentions.c.source_id == source_id, mentions.c.document_id.in_(part))
        found.update(conn.scalars(query))
    return found


def owners(conn: Connection, document_ids: Sequence[str]) -> dict[str, str]:
    """The source that brought each of these documents first; unknown documents are left out."""
    found: dict[str, str] = {}
    for part in chunks(document_ids):
        query = sa.select(documents.c.id, documents.c.source_id).where(documents.c.id.in_(part))
        found.update({row.id: row.source_id for row in conn.execute(query)})
    return found
