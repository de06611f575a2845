"""What the monitor remembers between runs, one blob by name; it can always be computed again from the counts."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.tables import monitor_states
from storage.upsert import upsert


def get(conn: Connection, state_id: str) -> bytes | None:
    """The state of this name, None where there is none."""
    payload: bytes | None = conn.scalar(sa.select(monitor_states.c.payload).where(monitor_states.c.id == state_id))
    return payload


def put(conn: Connection, state_id: str, day: dt.date, payload: bytes, made_at: dt.datetime) -> None:
    """Writes the state at the end of ``day``, over the older one."""
    row = {"id": state_id, "day": day, "payload": payload, "made_at": made_at}
    upsert(conn, monitor_states, [row], update=None)


def forget(conn: Connection, state_id: str) -> None:
    """The next run computes this state anew."""
    conn.execute(monitor_states.delete().where(monitor_states.c.id == state_id))
