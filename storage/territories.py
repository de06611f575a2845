"""The territories facts may name (countries, French régions and départements): names, NUTS codes and what they lie in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Connection

from storage.rows import from_rows, to_row
from storage.tables import territories
from storage.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """A territory by level (``country``, ``region``, ``departement``) and ISO or INSEE code."""

    level: str
    code: str
    name_fr: str
    name_en: str
    nuts: str | None = None
    parent_level: str | None = None
    parent_code: str | None = None


def declare(conn: Connection, declared: Sequence[Territory]) -> int:
    """Makes the table hold these territories; others stay, since facts may name them. Returns how many rows it wrote."""
    stored = {(territory.level, territory.code): territory for territory in all_territories(conn)}
    changed = [territory for territory in declared if stored.get((territory.level, territory.code)) != territory]
    upsert(conn, territories, [to_row(territory) for territory in changed], update=None)
    return len(changed)


def all_territories(conn: Connection) -> list[Territory]:
    """Every territory, by level and code."""
    return from_rows(Territory, conn.execute(select(territories).order_by(territories.c.level, territories.c.code)))
