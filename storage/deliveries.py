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

from storage.errors import Conflict, NotFound
from storage.model import Delivery, DeliveryState, Subscription
from storage.rows import from_rows, to_row
from storage.tables import deliveries, subscriptions
from storage.upsert import chunks, upsert


def subscribe(conn: Connection, wanted: Sequence[Subscription]) -> None:
    """Writes subscriptions by id. Raises Conflict when the same place has the same content under another id."""
    try:
        upsert(conn, subscriptions, [to_row(one) for one in wanted], update=("lang", "enabled", "false_alerts_per_month"))
    except sa.exc.IntegrityError as exc:
        raise Conflict(f"a subscription with the same channel, target and content exists under another id: {exc.orig}") from exc


def subscribers(conn: Connection, content: str) -> list[Subscription]:
    """Enabled subscriptions to ``alerts`` or ``digest``, by id."""
    query = sa.select(subscriptions).where(subscriptions.c.enabled, subscriptions.c.content == content)
    return from_rows(Subscription, conn.execute(query.order_by(subscriptions.c.id)))


def all_subscriptions(conn: Connection) -> list[Subscription]:
    return from_rows(Subscription, conn.execute(sa.select(subscriptions).order_by(subscriptions.c.id)))


def subscription(conn: Connection, subscription_id: str) -> Subscription:
    """One subscription, enabled or not. Raises NotFound."""
    found = from_rows(Subscription, conn.execute(sa.select(subscriptions).where(subscriptions.c.id == subscription_id)))
    if not found:
        raise NotFound(f"no subscription is called '{subscription_id}'")
    return found[0]


def unsubscribe(conn: Connection, subscription_id: str) -> bool:
    """Ends a subscription; the record of what it was sent stays. False when it had ended before. Raises NotFound."""
    was_enabled = subscription(conn, subscription_id).enabled
    conn.execute(subscriptions.update().where(subscriptions.c.id == subscription_id).values(enabled=False))
    return was_enabled


def owe(conn: Connection, new: Sequence[Delivery]) -> int:
    """Puts deliveries into the outbox; a key already there is left alone. Returns how many are new."""
    by_key: dict[str, Delivery] = {}
    for delivery in new:
        by_key.setdefault(delivery.key, delivery)
    known: set[str] = set()
    for part in chunks(list(by_key)):
        known.update(conn.scalars(sa.select(deliveries.c.key).where(deliveries.c.key.in_(part))))
    fresh = [delivery for key, delivery in by_key.items() if key not in known]
    upsert(conn, deliveries, [to_row(delivery) for delivery in fresh])
    return len(fresh)


def known_keys(conn: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these keys are in the outbox already."""
    found: set[str] = set()
    for part in chunks(list(keys)):
        found.update(conn.scalars(sa.select(deliveries.c.key).where(deliveries.c.key.in_(part))))
    return found


def subjects_of(conn: Connection, subscription_id: str, subject_ids: Sequence[str]) -> set[str]:
    """Which of these subjects a subscription has been told of, or will be: failed deliveries do not count."""
    c, found = deliveries.c, set[str]()
    for part in chunks(list(subject_ids)):
        query = sa.select(c.subject_id).where(
            c.subscription_id == subscription_id, c.subject_id.in_(part), c.state != DeliveryState.FAILED
        )
        found.update(conn.scalars(query))
    return found


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
