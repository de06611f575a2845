"""Subscriptions and the outbox: what is owed to whom, and what became of it.

A send has three steps, each its own transaction: ``owe`` (once per key, whoever calls), ``claim`` (compare-and-set to
``sending``), ``settle`` (the outcome). A process that dies between claim and settle leaves ``sending`` behind; ``recover`` turns
it into ``unknown``, which is shown to people and never sent again by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.model import Delivery, DeliveryState, Subscription
from storage.rows import from_rows, to_row
from storage.tables import deliveries, subscriptions
from storage.upsert import upsert


def subscribe(conn: Connection, wanted: Sequence[Subscription]) -> None:
    upsert(conn, subscriptions, [to_row(one) for one in wanted], update=("lang", "enabled"))


def subscribers(conn: Connection, content: str) -> list[Subscription]:
    """Enabled subscriptions to ``alerts`` or ``digest``, by id."""
    query = sa.select(subscriptions).where(subscriptions.c.enabled, subscriptions.c.content == content)
    return from_rows(Subscription, conn.execute(query.order_by(subscriptions.c.id)))


def all_subscriptions(conn: Connection) -> list[Subscription]:
    return from_rows(Subscription, conn.execute(sa.select(subscriptions).order_by(subscriptions.c.id)))


def owe(conn: Connection, new: Sequence[Delivery]) -> int:
    """Puts deliveries into the outbox; a key already there is left alone. Returns how many are new."""
    keys = [delivery.key for delivery in new]
    known = set(conn.scalars(sa.select(deliveries.c.key).where(deliveries.c.key.in_(keys)))) if keys else set()
    fresh = [delivery for delivery in new if delivery.key not in known]
    upsert(conn, deliveries, [to_row(delivery) for delivery in fresh])
    return len(fresh)


def due(conn: Connection, now: dt.datetime, limit: int = 100) -> list[Delivery]:
    """Pending deliveries whose time has come, oldest first."""
    c = deliveries.c
    query = sa.select(deliveries).where(
        c.state == DeliveryState.PENDING, sa.or_(c.next_attempt_at.is_(None), c.next_attempt_at <= now)
    )
    return from_rows(Delivery, conn.execute(query.order_by(c.created_at, c.id).limit(limit)))


def claim(conn: Connection, delivery_id: str) -> bool:
    """Moves pending → sending. False when another process was first."""
    c = deliveries.c
    done = conn.execute(
        deliveries.update()
        .where(c.id == delivery_id, c.state == DeliveryState.PENDING)
        .values(state=DeliveryState.SENDING, attempts=c.attempts + 1)
    )
    return done.rowcount == 1


def settle(
    conn: Connection,
    delivery_id: str,
    state: DeliveryState,
    *,
    receipt: Mapping[str, Any] | None = None,
    error: str | None = None,
    sent_at: dt.datetime | None = None,
    next_attempt_at: dt.datetime | None = None,
) -> None:
    """Writes what became of a claimed delivery."""
    values: dict[str, Any] = {"state": state, "error": error, "sent_at": sent_at, "next_attempt_at": next_attempt_at}
    if receipt is not None:
        values["receipt"] = dict(receipt)
    conn.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(**values))


def recover(conn: Connection) -> int:
    """Marks sends cut short by a crash as unknown. Call it only while holding the ``deliver`` lease."""
    done = conn.execute(
        deliveries.update()
        .where(deliveries.c.state == DeliveryState.SENDING)
        .values(state=DeliveryState.UNKNOWN, error="the program stopped while sending: it may have arrived")
    )
    return done.rowcount


def of_subject(conn: Connection, subject_id: str) -> list[Delivery]:
    """Every delivery about an alert or a digest, oldest first."""
    query = sa.select(deliveries).where(deliveries.c.subject_id == subject_id)
    return from_rows(Delivery, conn.execute(query.order_by(deliveries.c.created_at, deliveries.c.id)))


def all_deliveries(conn: Connection) -> list[Delivery]:
    return from_rows(Delivery, conn.execute(sa.select(deliveries).order_by(deliveries.c.created_at, deliveries.c.id)))
