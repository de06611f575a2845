"""Documents, the places they were seen, what was read in them, and their vectors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import recounts
from storage.model import Document, Enrichment, Fact, Kind, Mention
from storage.rows import from_row, from_rows, to_row
from storage.tables import documents, enrichments, fact_runs, facts, mentions, vectors
from storage.upsert import chunks, upsert


@dataclass(frozen=True, slots=True)
class Stored:
    """How many documents were new and how many the database already had."""

    new: int
    duplicate: int


def add(conn: Connection, found: Sequence[Document], seen: Sequence[Mention] = ()) -> Stored:
    """Stores documents and mentions; what is already there stays as it was first seen."""
    unique = {document.id: document for document in found}
    known = existing(conn, unique)
    fresh = [document for key, document in unique.items() if key not in known]
    upsert(conn, documents, [to_row(document) for document in fresh])
    upsert(conn, mentions, [to_row(mention) for mention in seen])
    return Stored(new=len(fresh), duplicate=len(found) - len(fresh))


def existing(conn: Connection, ids: Iterable[str]) -> set[str]:
    """Which of these documents are in the database."""
    wanted = list(ids)
    found: set[str] = set()
    for part in chunks(wanted):
        found.update(conn.scalars(sa.select(documents.c.id).where(documents.c.id.in_(part))))
    return found


def known_mentions(conn: Connection, source_id: str, keys: Sequence[str]) -> dict[str, str]:
    """Identity keys of a source already seen → the document each belongs to."""
    found: dict[str, str] = {}
    for part in chunks(keys):
        query = sa.select(mentions.c.key, mentions.c.document_id).where(
            mentions.c.source_id == source_id, mentions.c.key.in_(part)
        )
        found.update({row.key: row.document_id for row in conn.execute(query)})
    return found


def by_ids(conn: Connection, ids: Sequence[str]) -> list[Document]:
    """The documents with these ids, in the order asked."""
    found: dict[str, Document] = {}
    for part in chunks(list(ids)):
        for document in from_rows(Document, conn.execute(sa.select(documents).where(documents.c.id.in_(part)))):
            found[document.id] = document
    return [found[key] for key in ids if key in found]


def titles(conn: Connection, ids: Iterable[str]) -> dict[str, str]:
    """The titles of those of these documents that are stored."""
    found: dict[str, str] = {}
    for part in chunks(sorted(ids)):
        found.update(
            {
                row.id: row.title
                for row in conn.execute(sa.select(documents.c.id, documents.c.title).where(documents.c.id.in_(part)))
            }
        )
    return found


def without_enrichment(conn: Connection, pipeline: str, until: dt.datetime, limit: int) -> list[Document]:
    """The next documents, oldest first, collected before ``until``, that this pipeline has not enriched."""
    joined = documents.outerjoin(
        enrichments, sa.and_(enrichments.c.document_id == documents.c.id, enrichments.c.pipeline == pipeline)
    )
    query = (
        sa.select(documents)
        .select_from(joined)
        .where(enrichments.c.document_id.is_(None), documents.c.collected_at < until)
        .order_by(*_oldest_first())
        .limit(limit)
    )
    return from_rows(Document, conn.execute(query))


def remove(conn: Connection, ids: Sequence[str]) -> None:
    """Deletes documents with all that was read in them. Stories that keep copies are counted again without these."""
    _remove(conn, [documents.c.id.in_(part) for part in chunks(list(ids))])


def remove_of_source(conn: Connection, source_id: str) -> None:
    """Deletes all documents of a source, in the same way."""
    _remove(conn, [documents.c.source_id == source_id])


def words_of_all(conn: Connection) -> Iterator[Any]:
    """Id, title, text and actor of every document, a batch at a time."""
    c = documents.c
    query = sa.select(c.id, c.title, c.text, c.actor).order_by(c.id)
    yield from conn.execute(query, execution_options={"yield_per": 1000})


def unsign(conn: Connection, ids: Sequence[str]) -> None:
    """Takes the actor off documents."""
    for part in chunks(list(ids)):
        conn.execute(documents.update().where(documents.c.id.in_(part)).values(actor=None))


def drop_texts(conn: Connection, kind: Kind, before: dt.datetime, limit: int) -> list[str]:
    """Empties the text of up to ``limit`` documents of a kind that were collected before, oldest first, and returns which."""
    c = documents.c
    query = sa.select(c.id).where(c.kind == kind, c.collected_at < before, c.text != "").order_by(c.collected_at).limit(limit)
    found = list(conn.scalars(query))
    for part in chunks(found):
        conn.execute(documents.update().where(c.id.in_(part)).values(text=""))
    return found


def _remove(conn: Connection, parts: Sequence[sa.ColumnElement[bool]]) -> None:
    told: set[str] = set()
    for part in parts:
        told.update(conn.scalars(sa.select(enrichments.c.story_id).join(documents, _of_document(enrichments)).where(part)))
    recounts.uncount(conn, told)
    for part in parts:
        conn.execute(documents.delete().where(part))


def _of_document(table: sa.Table) -> sa.ColumnElement[bool]:
    return table.c.document_id == documents.c.id


def add_enrichments(conn: Connection, rows: Sequence[Enrichment]) -> None:
    """Writes language and story of documents; the stories they are in, and those they leave, are counted again."""
    recounts.mark_moved(conn, {row.document_id: row.story_id for row in rows})
    recounts.mark(conn, [row.document_id for row in rows])
    upsert(conn, enrichments, [to_row(row) for row in rows], update=None)


def forget_enrichments(conn: Connection, ids: Sequence[str]) -> None:
    """Sends documents back to be enriched again: their stories are counted without them until then."""
    told: set[str] = set()
    for part in chunks(ids):
        told.update(conn.scalars(sa.select(enrichments.c.story_id).where(enrichments.c.document_id.in_(part))))
    recounts.uncount(conn, told)
    for part in chunks(ids):
        conn.execute(enrichments.delete().where(enrichments.c.document_id.in_(part)))


def stories_of(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The story of each of these documents that is enriched."""
    found: dict[str, str] = {}
    for part in chunks(ids):
        query = sa.select(enrichments.c.document_id, enrichments.c.story_id).where(enrichments.c.document_id.in_(part))
        found.update({row.document_id: row.story_id for row in conn.execute(query)})
    return found


def oldest_of(conn: Connection, story_ids: Iterable[str], *, last: str = "") -> str:
    """The story whose first document is the oldest; one whose first document was deleted comes after, ``last`` at the end."""
    wanted = set(story_ids)
    order = order_of(conn, wanted)
    return min(wanted, key=lambda key: (key == last, key not in order, order.get(key), key))


def move_stories(conn: Connection, moved: Mapping[str, str]) -> None:
    """Gives the documents of each story (key) to another (value); both are counted again."""
    recounts.uncount(conn, {*moved, *moved.values()})
    for old, new in sorted(moved.items()):
        conn.execute(enrichments.update().where(enrichments.c.story_id == old).values(story_id=new))


def order_of(conn: Connection, ids: Iterable[str]) -> dict[str, tuple[dt.datetime, dt.date, str]]:
    """The place of these documents in the order they are enriched in; unknown ones are left out."""
    found: dict[str, tuple[dt.datetime, dt.date, str]] = {}
    for part in chunks(sorted(ids)):
        query = sa.select(documents.c.id, documents.c.collected_at, documents.c.counted_on).where(documents.c.id.in_(part))
        found.update({row.id: (row.collected_at, row.counted_on or dt.date.max, row.id) for row in conn.execute(query)})
    return found


def enriched_count(conn: Connection, pipeline: str) -> int:
    """How many documents this pipeline has enriched."""
    query = sa.select(sa.func.count()).select_from(enrichments).where(enrichments.c.pipeline == pipeline)
    return int(conn.scalar(query) or 0)


def enriched_between(conn: Connection, pipeline: str, start: dt.date, end: dt.date) -> list[tuple[Document, str]]:
    """Documents of the days [start, end) this pipeline has enriched, with their story ids, oldest first.

    A document's day is the one it is counted on, else that of its collection.
    """
    c = documents.c
    first, last = (dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) for day in (start, end))
    query = (
        sa.select(documents, enrichments.c.story_id)
        .join(enrichments, sa.and_(enrichments.c.document_id == c.id, enrichments.c.pipeline == pipeline))
        .where(
            sa.or_(
                sa.and_(c.counted_on >= start, c.counted_on < end),
                sa.and_(c.counted_on.is_(None), c.collected_at >= first, c.collected_at < last),
            )
        )
        .order_by(*_oldest_first())
    )
    return [(from_row(Document, row), row.story_id) for row in conn.execute(query)]


def languages_of(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Languages of those of these documents that are enriched."""
    found: dict[str, str] = {}
    for part in chunks(list(ids)):
        query = sa.select(enrichments.c.document_id, enrichments.c.language).where(enrichments.c.document_id.in_(part))
        found.update({row.document_id: row.language for row in conn.execute(query)})
    return found


def without_facts(conn: Connection, pipeline: str, until: dt.datetime, limit: int) -> list[Document]:
    """The next documents, oldest first, collected before ``until``, that this facts pipeline has not read."""
    joined = documents.outerjoin(fact_runs, sa.and_(fact_runs.c.document_id == documents.c.id, fact_runs.c.pipeline == pipeline))
    query = (
        sa.select(documents)
        .select_from(joined)
        .where(fact_runs.c.document_id.is_(None), documents.c.collected_at < until)
        .order_by(*_oldest_first())
        .limit(limit)
    )
    return from_rows(Document, conn.execute(query))


def add_facts(conn: Connection, pipeline: str, document_ids: Sequence[str], found: Sequence[Fact]) -> None:
    """Writes the facts of documents a pipeline has read, also those in which it found nothing.

    They take the place of those of the same pipeline, whatever its version (``name/version``); other pipelines' facts stay.
    Documents whose domains or amounts become others are counted again.
    """
    family = pipeline.split("/", 1)[0]
    same = sa.or_(facts.c.pipeline == family, facts.c.pipeline.startswith(f"{family}/", autoescape=True))
    recounts.mark_read(conn, document_ids, same, found)
    for part in chunks(list(document_ids)):
        conn.execute(facts.delete().where(facts.c.document_id.in_(part), same))
    upsert(conn, facts, [to_row(fact) for fact in found])
    upsert(conn, fact_runs, [{"document_id": key, "pipeline": pipeline} for key in document_ids])


def facts_of(conn: Connection, document_ids: Sequence[str]) -> list[Fact]:
    found: list[Fact] = []
    for part in chunks(list(document_ids)):
        query = sa.select(facts).where(facts.c.document_id.in_(part)).order_by(facts.c.document_id, facts.c.start)
        found.extend(from_rows(Fact, conn.execute(query)))
    return found


def first_collected(conn: Connection) -> dt.datetime | None:
    """When the first document came in."""
    found: dt.datetime | None = conn.scalar(sa.select(sa.func.min(documents.c.collected_at)))
    return found


def without_vector(conn: Connection, embedder: str, until: dt.datetime, limit: int) -> list[Document]:
    """The next documents, oldest first, collected before ``until``, that have no vector of this embedder."""
    joined = documents.outerjoin(vectors, sa.and_(vectors.c.document_id == documents.c.id, vectors.c.embedder == embedder))
    query = (
        sa.select(documents)
        .select_from(joined)
        .where(vectors.c.document_id.is_(None), documents.c.collected_at < until)
        .order_by(*_oldest_first())
        .limit(limit)
    )
    return from_rows(Document, conn.execute(query))


def add_vectors(conn: Connection, embedder: str, ids: Sequence[str], hashes: Sequence[str], matrix: np.ndarray) -> None:
    """Stores unit rows ``matrix`` [len(ids), dim] as float16."""
    rows = [
        {"document_id": key, "embedder": embedder, "text_hash": digest, "vector": row}
        for key, digest, row in zip(ids, hashes, matrix, strict=True)
    ]
    upsert(conn, vectors, rows, update=("text_hash", "vector"))


def vectors_by_hash(conn: Connection, embedder: str, hashes: Sequence[str]) -> dict[str, np.ndarray]:
    """Vectors already computed for these texts: the embedding cache."""
    found: dict[str, np.ndarray] = {}
    for part in chunks(list(hashes)):
        query = sa.select(vectors.c.text_hash, vectors.c.vector).where(
            vectors.c.embedder == embedder, vectors.c.text_hash.in_(part)
        )
        found.update({row.text_hash: row.vector for row in conn.execute(query)})
    return found


def _oldest_first() -> tuple[sa.ColumnElement[object], ...]:
    return (documents.c.collected_at, sa.func.coalesce(documents.c.counted_on, dt.date.max), documents.c.id)
