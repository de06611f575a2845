"""Meetings of watch themes with application domains and with each other, and the documents of the pairs made from them.

Reads counted stories (``storage.stories``). A pair is a theme of origin ``conjunction``, its ``parent_id`` one side; the caller
says how ids and partners are written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import recounts
from storage.model import Origin
from storage.tables import assignments, documents, enrichments, stories, story_domains, story_themes, themes
from storage.upsert import chunks


@dataclass(frozen=True, slots=True)
class Met:
    """How often a theme and another subject shared a story before a day, in the words of how many sources or actors."""

    theme_id: str
    other: str
    stories: int
    voices: int


@dataclass(frozen=True, slots=True)
class Membership:
    """A document that belongs to a pair, with its probability in the pair's theme."""

    document_id: str
    pair_id: str
    theme_id: str
    probability: float


def met_domains(conn: Connection, before: dt.date, domains: Sequence[str], least: int) -> list[Met]:
    """Living watch themes and domains that share at least ``least`` stories."""
    one = story_themes
    joined = (
        one.join(themes, themes.c.id == one.c.theme_id)
        .join(story_domains, story_domains.c.story_id == one.c.story_id)
        .join(stories, stories.c.id == one.c.story_id)
    )
    is_met = sa.and_(*_is_living_watch(themes), story_domains.c.domain.in_(domains))
    return _met(conn, joined, one.c.theme_id, story_domains.c.domain, is_met, before, least)


def met_themes(conn: Connection, before: dt.date, least: int) -> list[Met]:
    """Living watch themes that share at least ``least`` stories, the smaller id first."""
    one, other = story_themes, story_themes.alias("other")
    partner = themes.alias("partner")
    joined = (
        one.join(themes, themes.c.id == one.c.theme_id)
        .join(other, sa.and_(other.c.story_id == one.c.story_id, other.c.theme_id > one.c.theme_id))
        .join(partner, partner.c.id == other.c.theme_id)
        .join(stories, stories.c.id == one.c.story_id)
    )
    is_met = sa.and_(*_is_living_watch(themes), *_is_living_watch(partner))
    return _met(conn, joined, one.c.theme_id, other.c.theme_id, is_met, before, least)


def sizes(conn: Connection, before: dt.date) -> dict[str, int]:
    """Stories of each living watch theme."""
    joined = story_themes.join(themes, themes.c.id == story_themes.c.theme_id).join(
        stories, stories.c.id == story_themes.c.story_id
    )
    query = sa.select(story_themes.c.theme_id, sa.func.count().label("stories")).select_from(joined)
    found = conn.execute(query.where(*_is_living_watch(themes), stories.c.day < before).group_by(story_themes.c.theme_id))
    return {row.theme_id: row.stories for row in found}


def missing_of_domains(conn: Connection, now: dt.datetime) -> list[Membership]:
    """Documents of a pair's theme whose story speaks of the pair's domain, not assigned to the pair yet."""
    meeting = story_domains.c.story_id == enrichments.c.story_id
    return _missing(conn, now, story_domains, meeting, _unhelped(story_domains.c.domain))


def missing_of_themes(conn: Connection, now: dt.datetime, prefix: str) -> list[Membership]:
    """The same for pairs of themes, whose partner is written ``prefix`` + id."""
    other = story_themes.alias("other")
    meeting = sa.and_(other.c.story_id == enrichments.c.story_id, other.c.theme_id != assignments.c.theme_id)
    return _missing(conn, now, other, meeting, prefix + other.c.theme_id)


def strays(conn: Connection, prefix: str) -> list[tuple[str, str]]:
    """(document, pair) of living pairs whose document or story no longer belongs to both sides."""
    own, side = assignments.alias("own"), assignments.alias("side")
    domain, other = story_domains.alias("domain"), story_themes.alias("other")
    joined = (
        own.join(themes, themes.c.id == own.c.theme_id)
        .outerjoin(side, sa.and_(side.c.document_id == own.c.document_id, side.c.theme_id == themes.c.parent_id))
        .outerjoin(enrichments, enrichments.c.document_id == own.c.document_id)
        .outerjoin(domain, sa.and_(domain.c.story_id == enrichments.c.story_id, domain.c.domain == themes.c.partner))
        .outerjoin(other, sa.and_(other.c.story_id == enrichments.c.story_id, prefix + other.c.theme_id == themes.c.partner))
    )
    lost = sa.or_(side.c.document_id.is_(None), sa.and_(domain.c.story_id.is_(None), other.c.story_id.is_(None)))
    query = sa.select(own.c.document_id, own.c.theme_id).select_from(joined).where(*_is_living_pair(), lost)
    return [(row.document_id, row.theme_id) for row in conn.execute(query.order_by(own.c.theme_id, own.c.document_id))]


def forget(conn: Connection, rows: Sequence[tuple[str, str]]) -> None:
    """Takes these documents out of these pairs: (document, pair), ordered by pair."""
    recounts.mark(conn, [document for document, _ in rows])
    for pair_id, part in groupby(rows, key=lambda row: row[1]):
        for ids in chunks([document for document, _ in part]):
            conn.execute(assignments.delete().where(assignments.c.theme_id == pair_id, assignments.c.document_id.in_(ids)))


def _met(
    conn: Connection,
    joined: sa.Join,
    one: sa.Column[str],
    other: sa.Column[str],
    is_met: sa.ColumnElement[bool],
    before: dt.date,
    least: int,
) -> list[Met]:
    count = sa.func.count()
    query = (
        sa.select(one, other, count, sa.func.count(stories.c.voice.distinct()))
        .select_from(joined)
        .where(is_met, stories.c.day < before)
        .group_by(one, other)
        .having(count >= least)
        .order_by(one, other)
    )
    return [Met(*row) for row in conn.execute(query)]


def _missing(
    conn: Connection, now: dt.datetime, partners: Any, meeting: sa.ColumnElement[bool], partner: sa.ColumnElement[str]
) -> list[Membership]:
    own = assignments.alias("own")
    joined = (
        themes.join(assignments, assignments.c.theme_id == themes.c.parent_id)
        .join(enrichments, enrichments.c.document_id == assignments.c.document_id)
        .join(documents, documents.c.id == assignments.c.document_id)
        .join(partners, sa.and_(meeting, partner == themes.c.partner))
        .outerjoin(own, sa.and_(own.c.document_id == assignments.c.document_id, own.c.theme_id == themes.c.id))
    )
    query = (
        sa.select(assignments.c.document_id, themes.c.id, assignments.c.theme_id, assignments.c.probability)
        .select_from(joined)
        .where(*_is_living_pair(), documents.c.collected_at < now, own.c.document_id.is_(None))
        .order_by(assignments.c.document_id, themes.c.id)
    )
    return [Membership(*row) for row in conn.execute(query)]


def _unhelped(column: sa.Column[str]) -> sa.ColumnElement[str]:
    """The column, hidden from SQLite's planner: it would go through a theme's documents once for each of its pairs."""
    return column + ""


def _is_living_watch(table: Any) -> Iterable[sa.ColumnElement[bool]]:
    return (table.c.origin == Origin.WATCH, table.c.retired_on.is_(None))


def _is_living_pair() -> Iterable[sa.ColumnElement[bool]]:
    return (themes.c.origin == Origin.CONJUNCTION, themes.c.retired_on.is_(None))
