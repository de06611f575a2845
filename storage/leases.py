"""Leases, so that a step never runs twice at once, and cursors, so that it goes on where it stopped."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.tables import cursors, leases
from storage.upsert import upsert


def acquire(conn: Connection, name: str, holder: str, now: dt.datetime, ttl: dt.timedelta) -> bool:
    """Takes or renews the lease ``name``. False while another holder's lease has not run out."""
    row = {"name": name, "holder": holder, "acquired_at": now, "expires_at": now + ttl}
    upsert(conn, leases, [row])
    taken = conn.execute(
        leases.update()
        .where(leases.c.name == name, sa.or_(leases.c.holder == holder, leases.c.expires_at <= now))
        .values(holder=holder, acquired_at=now, expires_at=now + ttl)
    )
    return taken.rowcount == 1


def release(conn: Connection, name: str, holder: str) -> None:
    conn.execute(leases.delete().where(leases.c.name == name, leases.c.holder == holder))


def cursor(conn: Connection, name: str) -> str | None:
    """How far ``name`` has come, None at its first run."""
    value: str | None = conn.scalar(sa.select(cursors.c.value).where(cursors.c.name == name))
    return value


def cursors_of(conn: Connection, prefix: str) -> dict[str, str]:
    """All cursors whose names begin with ``prefix``."""
    query = sa.select(cursors.c.name, cursors.c.value).where(cursors.c.name.startswith(prefix, autoescape=True))
    return {row.name: row.value for row in conn.execute(query)}


def set_cursor(conn: Connection, name: str, value: str) -> None:
    upsert(conn, cursors, [{"name": name, "value": value}], update=("value",))
