"""One document with all that is kept about it: where it was seen, its story, what was read in it, its themes.

Knows no words: ``web.readings`` and the catalogue say it in the reader's language.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import actors as actor_rows
from storage import document_keys as key_rows
from storage import documents as document_rows
from storage import sources as source_rows
from storage import themes as theme_rows
from storage.actors import Actor
from storage.document_keys import MERGED, TITLE
from storage.errors import NotFound
from storage.model import Assignment, Document, Fact, Kind, Mention, ModelRun, Source, Theme
from storage.rows import from_rows
from storage.stated import read_stated
from storage.tables import document_keys, documents, enrichments, mentions, model_runs, placements
from storage.upsert import chunks
from web import queries
from web.identifiers import Identifier, identifiers
from web.readings import facts_of_record, is_stated, themes_named

MOST_TOLD = 100
MOST_MENTIONS = 100
_MOST_MERGES = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A document of the story. ``tie``: scheme of the identifier that ties it to the event (``notice``); None for a copy."""

    id: str
    title: str
    kind: Kind
    lang: str | None
    url: str | None
    source_id: str
    published_on: dt.date | None
    tie: str | None


@dataclass(frozen=True, slots=True)
class Story:
    """The documents of one story, the one published first at the head; ``documents`` counts those not listed too."""

    id: str
    told: tuple[Told, ...]
    documents: int

    @property
    def first(self) -> Told:
        return self.told[0]


@dataclass(frozen=True, slots=True)
class Placed:
    """A theme the document belongs to, why, and the run that decided."""

    theme: Theme
    assignment: Assignment
    run: ModelRun | None


@dataclass(frozen=True, slots=True)
class DocumentDetail:
    """Everything the page of one document shows."""

    document: Document
    source: Source
    language: str | None
    mentions: tuple[Mention, ...]
    mention_count: int
    story: Story
    facts: tuple[Fact, ...]
    actors: Mapping[str, Actor]
    identifiers: tuple[Identifier, ...]
    placed: tuple[Placed, ...]
    is_placed: bool
    """Whether the assign step has decided on it; without themes it then stayed open."""
    names: Mapping[str, str]
    """Names of sources."""
    titles: Mapping[str, str]
    """Titles of the documents its reasons name."""
    related: Mapping[str, Theme]
    """Themes its reasons name."""

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of classifications: CPC and IPC, categories, CPV."""
        found = self.document.extra.get("codes")
        return tuple(code for code in found if isinstance(code, str)) if isinstance(found, list) else ()

    @property
    def is_reserved(self) -> bool:
        """Whether its publisher reserves it for text and data mining."""
        return bool(self.document.extra.get("reserved"))

    @property
    def is_paywalled(self) -> bool:
        """Whether its page said that readers pay for it."""
        return bool(self.document.extra.get("paywalled"))


def document_detail(conn: Connection, document_id: str) -> DocumentDetail:
    """One document. Raises NotFound, for deleted ones too."""
    document = next(iter(document_rows.by_ids(conn, [document_id])), None) if "\0" not in document_id else None
    if document is None:
        raise NotFound("no document has this id: it may have been deleted")
    keys = _keys(conn, [document.id]).get(document.id, {})
    facts = [fact for fact in document_rows.facts_of(conn, [document.id]) if fact.kind != "person"]
    if not any(is_stated(fact) for fact in facts):
        facts += facts_of_record(document)
    placed = _placed(conn, document.id)
    copied = [reason.partition(": ")[2] for one in placed if (reason := one.assignment.reason).startswith("copie/copy: ")]
    seen = sa.select(mentions).where(mentions.c.document_id == document.id)
    return DocumentDetail(
        document=document,
        source=source_rows.get(conn, document.source_id),
        language=document_rows.languages_of(conn, [document.id]).get(document.id, document.lang),
        mentions=tuple(
            from_rows(Mention, conn.execute(seen.order_by(mentions.c.seen_at, mentions.c.source_id).limit(MOST_MENTIONS)))
        ),
        mention_count=int(conn.scalar(sa.select(sa.func.count()).select_from(seen.subquery())) or 0),
        story=_story(conn, document, keys),
        facts=tuple(facts),
        actors=actor_rows.by_ids(conn, sorted({fact.actor for fact in facts if fact.actor})),
        identifiers=identifiers(keys, read_stated(document.extra).ids or {}),
        placed=placed,
        is_placed=conn.scalar(sa.select(placements.c.document_id).where(placements.c.document_id == document.id)) is not None,
        names=queries.source_names(conn),
        titles=document_rows.titles(conn, copied),
        related=queries.named(conn, sorted({key for one in placed for key in themes_named(one.assignment.reason)})),
    )


def successor(conn: Connection, document_id: str) -> str | None:
    """The id of the document this one was found to be the same as; None for a deleted or an unknown one."""
    found = document_id
    for _ in range(_MOST_MERGES if "\0" not in document_id else 0):
        reason = key_rows.buried(conn, [found]).get(found, "")
        if not reason.startswith(MERGED):
            break
        found = reason.removeprefix(MERGED)
    return found if found != document_id and document_rows.existing(conn, [found]) else None


def _keys(conn: Connection, ids: Sequence[str]) -> dict[str, dict[str, bool]]:
    """The identifiers of documents, those of the work itself (True) and of its event (False); titles are none."""
    found: dict[str, dict[str, bool]] = {}
    c = document_keys.c
    for part in chunks(list(ids)):
        query = sa.select(c.document_id, c.key, c.is_identity).where(c.document_id.in_(part), c.key.not_like(f"{TITLE}%"))
        for row in conn.execute(query.order_by(c.key)):
            found.setdefault(row.document_id, {})[row.key] = row.is_identity
    return found


def _story(conn: Connection, document: Document, keys: Mapping[str, bool]) -> Story:
    """In the order of the view ``v_stories``; with those that share an identifier and were not read yet."""
    story_id = document_rows.stories_of(conn, [document.id]).get(document.id, document.id)
    c = documents.c
    # One list of ids, itself included: with an OR beside it, PostgreSQL would read every document.
    tied = sa.union(
        sa.select(c.id).where(c.id == document.id),
        sa.select(enrichments.c.document_id).where(enrichments.c.story_id == story_id),
        sa.select(document_keys.c.document_id).where(document_keys.c.key.in_(list(keys)[:500])),
    )
    is_told = c.id.in_(tied)
    columns = (c.id, c.title, c.kind, c.lang, c.url, c.source_id, c.published_on)
    order = (
        c.published_on.is_(None),
        c.published_on,
        c.published_at.is_(None),
        c.published_at,
        c.collected_at,
        c.id,
    )
    rows = conn.execute(sa.select(*columns).where(is_told).order_by(*order).limit(MOST_TOLD)).all()
    count = int(conn.scalar(sa.select(sa.func.count()).select_from(documents).where(is_told)) or 0)
    ties = _ties(document.id, _keys(conn, [document.id, *(row.id for row in rows)]))
    told = tuple(Told(**{**row._mapping, "kind": Kind(row.kind)}, tie=ties.get(row.id)) for row in rows)
    return Story(story_id, told, count)


def _ties(document_id: str, keys: Mapping[str, Mapping[str, bool]]) -> dict[str, str]:
    """Which documents identifiers tie to this one, directly or by way of others, and the scheme of the one that does."""
    ties: dict[str, str] = {}
    known, reached = set(keys.get(document_id, ())), {document_id}
    while True:
        new = {key: set(theirs) & known for key, theirs in keys.items() if key not in reached and known & set(theirs)}
        if not new:
            return ties
        for key, shared in new.items():
            # An identifier of the event says more than one of the work.
            ties[key] = min(shared, key=lambda name: (keys[key][name], name)).partition(":")[0]
            reached.add(key)
            known |= set(keys[key])


def _placed(conn: Connection, document_id: str) -> tuple[Placed, ...]:
    rows = theme_rows.assignments_of(conn, [document_id])
    themes = queries.named(conn, [row.theme_id for row in rows])
    wanted = sorted({row.model_run_id for row in rows})
    runs = {run.id: run for run in from_rows(ModelRun, conn.execute(sa.select(model_runs).where(model_runs.c.id.in_(wanted))))}
    found = [Placed(themes[row.theme_id], row, runs.get(row.model_run_id)) for row in rows if row.theme_id in themes]
    return tuple(sorted(found, key=lambda one: (-one.assignment.probability, one.theme.id)))
