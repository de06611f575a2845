"""Rules, and the cases they open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.errors import Conflict, NotFound
from storage.model import Alert, Rule
from storage.rows import from_row, from_rows, to_row
from storage.tables import alerts, rules
from storage.upsert import upsert


def current_rules(conn: Connection) -> list[Rule]:
    """The newest version of every rule, by id."""
    newest = sa.select(rules.c.id, sa.func.max(rules.c.version).label("version")).group_by(rules.c.id).subquery()
    query = sa.select(rules).join(newest, sa.and_(rules.c.id == newest.c.id, rules.c.version == newest.c.version))
    return from_rows(Rule, conn.execute(query.order_by(rules.c.id)))


def save_rules(conn: Connection, new: Sequence[Rule]) -> None:
    """Adds versions of rules; a version once written is never changed."""
    upsert(conn, rules, [to_row(rule) for rule in new])


def save(conn: Connection, cases: Sequence[Alert]) -> None:
    """Writes cases by id. Raises Conflict when a rule would have two open cases on one theme."""
    try:
        upsert(conn, alerts, [to_row(case) for case in cases], update=None)
    except sa.exc.IntegrityError as exc:
        raise Conflict(f"an alert names an unknown theme, or its rule has an open case on the theme already: {exc.orig}") from exc


def spoken_of(conn: Connection) -> set[str]:
    """Themes that a case was ever opened on."""
    return set(conn.scalars(sa.select(alerts.c.theme_id).distinct()))


def open_alerts(conn: Connection) -> list[Alert]:
    query = sa.select(alerts).where(alerts.c.closed_on.is_(None)).order_by(alerts.c.opened_on, alerts.c.id)
    return from_rows(Alert, conn.execute(query))


def between(conn: Connection, start: dt.date, end: dt.date) -> list[Alert]:
    """Cases opened, or closed, or still open on a day of [start, end)."""
    c = alerts.c
    query = sa.select(alerts).where(c.opened_on < end, sa.or_(c.closed_on.is_(None), c.closed_on >= start))
    return from_rows(Alert, conn.execute(query.order_by(c.opened_on, c.id)))


def all_alerts(conn: Connection) -> list[Alert]:
    return from_rows(Alert, conn.execute(sa.select(alerts).order_by(alerts.c.opened_on, alerts.c.id)))


def get(conn: Connection, alert_id: str) -> Alert:
    """One case. Raises NotFound."""
    # An id may come from a link or a button: one that no id can be is not asked for, PostgreSQL would refuse the question.
    row = conn.execute(sa.select(alerts).where(alerts.c.id == alert_id)).first() if alert_id.isprintable() else None
    if row is None:
        shown = "".join(char for char in alert_id[:80] if char.isprintable())
        raise NotFound(f"no alert is called '{shown}': see 'zoom-avant alerts list'")
    return from_row(Alert, row)
