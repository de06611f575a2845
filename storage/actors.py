"""Organisations, each under one id and one name however they are written. Facts point here by id; nothing here is a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.engine import Connection

from storage.rows import from_rows, to_row
from storage.tables import actors
from storage.upsert import chunks, upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An organisation. ``kind`` is one of the gazetteer's (company, cluster, public, …), None when nobody said."""

    id: str
    name: str
    kind: str | None = None
    country: str | None = None
    siren: str | None = None
    ror: str | None = None


def by_ids(conn: Connection, ids: Sequence[str]) -> dict[str, Actor]:
    """The actors with these ids, by id; unknown ids are left out."""
    found: dict[str, Actor] = {}
    for part in chunks(list(ids)):
        rows = from_rows(Actor, conn.execute(select(actors).where(actors.c.id.in_(part))))
        found.update((actor.id, actor) for actor in rows)
    return found


def save(conn: Connection, known: Sequence[Actor], read: Sequence[Actor] = ()) -> None:
    """Writes ``known`` actors as they are (a gazetteer's), and ``read`` ones (a document's spelling) where they say more.

    A spelling with small letters takes the place of one in capitals, an accented one that of the bare one; between equals the
    first stays. An actor that has a kind was declared by a gazetteer: no spelling replaces its name.
    """
    upsert(conn, actors, [to_row(actor) for actor in {actor.id: actor for actor in known}.values()], update=None)
    declared = {actor.id for actor in known}
    best: dict[str, Actor] = {}
    for actor in read:
        if actor.id not in declared and (actor.id not in best or _rank(actor.name) > _rank(best[actor.id].name)):
            best[actor.id] = actor
    stored = by_ids(conn, list(best))
    changed = []
    for key, actor in best.items():
        old = stored.get(key)
        if old is None:
            changed.append(actor)
        elif old.kind is None and _rank(actor.name) > _rank(old.name):
            changed.append(replace(old, name=actor.name))
    upsert(conn, actors, [to_row(actor) for actor in changed], update=("name",))


def _rank(name: str) -> tuple[bool, int]:
    return not name.isupper() or len(name) <= 5, sum(not char.isascii() for char in name)
