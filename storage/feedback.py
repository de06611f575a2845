"""What readers thought of alerts: one newest word a reader and alert."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.model import Feedback
from storage.rows import from_rows, to_row
from storage.tables import alerts, feedback
from storage.upsert import chunks, upsert


def feedback_id(alert_id: str, given_by: str) -> str:
    """The same reader's word on the same alert always has the same id, so that a newer one replaces it."""
    return hashlib.sha256(f"{alert_id}\n{given_by}".encode()).hexdigest()[:24]


def save(conn: Connection, word: Feedback) -> Feedback:
    """Writes a word; an older one of the same reader is replaced, a newer one stands. Returns the one that stands."""
    standing = from_rows(Feedback, conn.execute(sa.select(feedback).where(feedback.c.id == word.id)))
    if standing and standing[0].given_at > word.given_at:
        return standing[0]
    upsert(conn, feedback, [to_row(word)], update=("verdict", "given_at", "note"))
    return word


def of_alerts(conn: Connection, alert_ids: Sequence[str]) -> dict[str, list[Feedback]]:
    """The words on these alerts, oldest first, by alert; alerts nobody spoke of are missing."""
    found: dict[str, list[Feedback]] = {}
    for part in chunks(list(alert_ids)):
        query = sa.select(feedback).where(feedback.c.alert_id.in_(part))
        for word in from_rows(Feedback, conn.execute(query.order_by(feedback.c.given_at, feedback.c.id))):
            found.setdefault(word.alert_id, []).append(word)
    return found


def of_rule(conn: Connection, rule_id: str) -> dict[str, list[Feedback]]:
    """The words on a rule's alerts, oldest first, by alert."""
    query = sa.select(feedback).join(alerts, alerts.c.id == feedback.c.alert_id).where(alerts.c.rule_id == rule_id)
    found: dict[str, list[Feedback]] = {}
    for word in from_rows(Feedback, conn.execute(query.order_by(feedback.c.given_at, feedback.c.id))):
        found.setdefault(word.alert_id, []).append(word)
    return found
