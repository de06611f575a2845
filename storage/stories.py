"""Stories as they were last counted: each once, on one day, of one source, with its themes, domains and euros.

Written by ``monitor.counting``; read by whoever needs more than counts. Stories of the days in progress are not here yet.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.tables import assignments, documents, enrichments, facts, sources, stories, story_domains, story_themes
from storage.upsert import chunks, upsert

ANNOUNCED = "stated"
"""Role of a sum that is said to be given, raised or spent; totals over years and hopes are announced elsewhere or not yet."""


COUNTED_FACTS = ("domain", "amount")
"""Kinds of fact that counts depend on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedStory:
    """One story, ``themes`` with probabilities. ``voice`` is who speaks: the source, or the actor where it speaks for many."""

    id: str
    document_id: str
    kind: str
    day: dt.date
    source_key: str
    voice: str
    documents: int
    eur: float | None = None
    themes: Mapping[str, float] = field(default_factory=dict)
    domains: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Copy:
    """One document of a story, as far as counting goes."""

    document_id: str
    source_id: str
    kind: str
    day: dt.date
    collected_at: dt.datetime
    actor: str | None
    split_by_actor: bool


@dataclass(frozen=True, slots=True)
class Material:
    """What a story is counted from: its documents, and what they say together."""

    copies: Sequence[Copy]
    themes: Mapping[str, float]
    domains: frozenset[str]
    eur: float | None


def of_documents(conn: Connection, document_ids: Sequence[str]) -> set[str]:
    """The stories these documents are in."""
    found: set[str] = set()
    for part in chunks(document_ids):
        found.update(conn.scalars(sa.select(enrichments.c.story_id).where(enrichments.c.document_id.in_(part))))
    return found


def material(conn: Connection, story_ids: Sequence[str], now: dt.datetime, most_eur: float) -> dict[str, Material]:
    """The material of these stories (some hundreds at most), from documents collected before ``now`` whose day is over.

    A story without such a document is left out. Sums above ``most_eur`` are taken for misreadings.
    """
    copies = _copies(conn, story_ids, now)
    story_of = {copy.document_id: key for key, found in copies.items() for copy in found}
    themes: dict[str, dict[str, float]] = defaultdict(dict)
    domains: dict[str, set[str]] = defaultdict(set)
    eur: dict[str, tuple[bool, float]] = {}
    # By document, so that the primary keys answer: asked by kind, SQLite would read every fact of that kind.
    for part in chunks(sorted(story_of)):
        c = assignments.c
        for key, theme, probability in conn.execute(
            sa.select(c.document_id, c.theme_id, c.probability).where(c.document_id.in_(part))
        ):
            of = themes[story_of[key]]
            of[theme] = max(probability, of.get(theme, probability))
        f = facts.c
        read = sa.select(f.document_id, f.kind, f.value, f.eur, f.role, f.start < 0)
        read = read.where(f.document_id.in_(part), f.kind.in_(COUNTED_FACTS))
        for key, kind, value, amount, role, of_record in conn.execute(read):
            story = story_of[key]
            if kind == "domain":
                domains[story].add(value)
            elif role == ANNOUNCED and amount and 0 < amount <= most_eur:
                # What a record states in a field of its own is surer than any sum its text, or an article about it, tells.
                eur[story] = max((bool(of_record), amount), eur.get(story, (False, 0.0)))
    return {
        key: Material(found, themes.get(key, {}), frozenset(domains.get(key, ())), eur[key][1] if key in eur else None)
        for key, found in copies.items()
    }


def _copies(conn: Connection, story_ids: Sequence[str], now: dt.datetime) -> dict[str, list[Copy]]:
    c = documents.c
    joined = enrichments.join(documents, c.id == enrichments.c.document_id).join(sources, sources.c.id == c.source_id)
    query = (
        sa.select(
            enrichments.c.story_id, c.id, c.source_id, c.kind, c.counted_on, c.collected_at, c.actor, sources.c.split_by_actor
        )
        .select_from(joined)
        .where(enrichments.c.story_id.in_(story_ids), c.collected_at < now, c.counted_on < now.date())
    )
    found: dict[str, list[Copy]] = defaultdict(list)
    for key, *values in conn.execute(query):
        found[key].append(Copy(*values))
    return found


def by_ids(conn: Connection, story_ids: Sequence[str]) -> dict[str, CountedStory]:
    """Those of these stories that are counted, as they stand."""
    rows: list[Any] = []
    themes: dict[str, dict[str, float]] = defaultdict(dict)
    domains: dict[str, set[str]] = defaultdict(set)
    for part in chunks(story_ids):
        rows += conn.execute(sa.select(stories).where(stories.c.id.in_(part)))
        for key, theme, probability in conn.execute(sa.select(story_themes).where(story_themes.c.story_id.in_(part))):
            themes[key][theme] = probability
        for key, domain in conn.execute(sa.select(story_domains).where(story_domains.c.story_id.in_(part))):
            domains[key].add(domain)
    return {
        row.id: CountedStory(**row._mapping, themes=themes.get(row.id, {}), domains=frozenset(domains.get(row.id, ())))
        for row in rows
    }


def write(conn: Connection, changes: Iterable[tuple[CountedStory | None, CountedStory]]) -> int:
    """Writes stories that were counted for the first time or differently. Returns how many rows changed."""
    rows, joined, spoken = [], [], []
    unjoined, unspoken = [], []
    for old, new in changes:
        row = _row(new)
        if old is None or _row(old) != row:
            rows.append(row)
        themes = old.themes if old else {}
        joined += [
            {"story_id": new.id, "theme_id": key, "probability": p}
            for key, p in sorted(new.themes.items())
            if themes.get(key) != p
        ]
        unjoined += [{"old_story": new.id, "old_key": key} for key in sorted(themes.keys() - new.themes.keys())]
        domains = old.domains if old else frozenset()
        spoken += [{"story_id": new.id, "domain": key} for key in sorted(new.domains - domains)]
        unspoken += [{"old_story": new.id, "old_key": key} for key in sorted(domains - new.domains)]
    upsert(conn, stories, rows, update=None)
    _delete(conn, story_themes, story_themes.c.theme_id, unjoined)
    upsert(conn, story_themes, joined, update=None)
    _delete(conn, story_domains, story_domains.c.domain, unspoken)
    upsert(conn, story_domains, spoken)
    return sum(map(len, (rows, joined, unjoined, spoken, unspoken)))


def remove(conn: Connection, story_ids: Sequence[str]) -> None:
    """Forgets stories, with their themes and domains."""
    for part in chunks(story_ids):
        for key in (story_themes.c.story_id, story_domains.c.story_id, stories.c.id):
            conn.execute(sa.delete(key.table).where(key.in_(part)))


def are_none(conn: Connection) -> bool:
    """Whether no story is counted yet."""
    return conn.scalar(sa.select(stories.c.id).limit(1)) is None


def _row(story: CountedStory) -> dict[str, Any]:
    return {column.name: getattr(story, column.name) for column in stories.c}


def _delete(conn: Connection, table: sa.Table, column: sa.Column[str], rows: list[dict[str, str]]) -> None:
    if rows:
        conn.execute(table.delete().where(table.c.story_id == sa.bindparam("old_story"), column == sa.bindparam("old_key")), rows)
