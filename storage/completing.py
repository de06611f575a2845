"""What a second database tells of a work that the first did not: its abstract, institutions, a day instead of a year.

Only gaps are filled: nothing a document says already is replaced, but an excerpt by a longer text and a vague date by a day. A
document that gained something is enriched and read for facts again; with another text, it is placed among the themes again too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from storage import documents as documents_repository
from storage.model import Document, Kind
from storage.stated import Stated, read_stated
from storage.tables import assignments, documents, fact_runs, placements, vectors
from storage.upsert import chunks

_VAGUE = ("month", "year")


def complete(conn: Connection, told: Sequence[Document]) -> int:
    """Fills gaps of the stored documents with what ``told`` says of them; news stay as first seen. Returns how many gained."""
    stored = {document.id: document for document in documents_repository.by_ids(conn, [document.id for document in told])}
    gained: list[str] = []
    rewritten: list[str] = []
    for document in told:
        known = stored.get(document.id)
        if known is None or known.kind is Kind.NEWS or known.source_id == document.source_id:
            continue
        changes = _gains(known, document)
        if not changes:
            continue
        conn.execute(documents.update().where(documents.c.id == known.id).values(**changes))
        stored[known.id] = replace(known, **changes)
        gained.append(known.id)
        if "text" in changes:
            rewritten.append(known.id)
    documents_repository.forget_enrichments(conn, gained)
    for part in chunks(gained):
        conn.execute(fact_runs.delete().where(fact_runs.c.document_id.in_(part)))
    for part in chunks(rewritten):
        for table in (vectors, assignments, placements):
            conn.execute(table.delete().where(table.c.document_id.in_(part)))
    return len(set(gained))


def _gains(known: Document, told: Document) -> dict[str, Any]:
    found: dict[str, Any] = {}
    is_excerpt = not known.text or (known.text.endswith("…") and len(told.text) > len(known.text))
    if told.text and is_excerpt and not known.extra.get("reserved"):
        found["text"] = told.text
    if known.date_precision in _VAGUE and told.published_on and told.date_precision not in _VAGUE:
        for name in ("published_on", "published_at", "date_precision", "date_flag", "counted_on"):
            found[name] = getattr(told, name)
    if known.lang is None and told.lang:
        found["lang"] = told.lang
    before, after = read_stated(known.extra), read_stated(told.extra)
    stated = _both(before, after).as_json()
    theirs = {name: value for name, value in told.extra.items() if name != "reserved"}
    extra = {**theirs, **known.extra, **({"stated": stated} if stated else {})}
    return found | ({"extra": extra} if extra != dict(known.extra) else {})


def _both(known: Stated, told: Stated) -> Stated:
    roles = {party.role for party in known.parties}
    return Stated(
        parties=(*known.parties, *(party for party in told.parties if party.role not in roles)),
        amounts=known.amounts or told.amounts,
        places=known.places or told.places,
        programme=known.programme or told.programme,
        ids={**(told.ids or {}), **(known.ids or {})} or None,
    )
