"""Insert-or-update and chunked look-ups, the same words for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

CHUNK = 500

T = TypeVar("T")


def upsert(conn: Connection, table: sa.Table, rows: Sequence[dict[str, Any]], *, update: Iterable[str] | None = ()) -> None:
    """Writes ``rows`` by primary key. ``update`` names the columns to overwrite; empty keeps the old row, None overwrites all."""
    if not rows:
        return
    keys = {column.name for column in table.primary_key}
    names = tuple(c for c in rows[0] if c not in keys) if update is None else tuple(update)
    insert = _insert(table, names, conn.dialect.name)
    for part in chunks(rows):
        conn.execute(insert, part)


@cache
def _insert(table: sa.Table, overwritten: tuple[str, ...], dialect: str) -> Any:
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    if not overwritten:
        return insert.on_conflict_do_nothing()
    keys = [column.name for column in table.primary_key]
    return insert.on_conflict_do_update(index_elements=keys, set_={name: insert.excluded[name] for name in overwritten})


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Slices of at most ``size``: SQLite limits the variables of one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
