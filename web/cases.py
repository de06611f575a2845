"""Cases and what readers answered to them: the alert pages, their API, and which themes the open ones speak for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import alerts as alert_rows
from storage.errors import NotFound
from storage.model import Alert, AlertState, Verdict
from storage.rows import from_rows
from storage.tables import alerts, feedback
from storage.upsert import chunks


@dataclass(frozen=True, slots=True)
class Case:
    """An alert with how many readers gave each answer; every reader's newest word counts."""

    alert: Alert
    answers: Mapping[Verdict, int] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        return sum(self.answers.values())


@dataclass(frozen=True, slots=True)
class RuleName:
    """What a rule is called, in its newest version."""

    fr: str
    en: str


@dataclass(frozen=True, slots=True)
class OpenCases:
    """Themes that have an open case, and those an open case already speaks for."""

    speaking: frozenset[str]
    spoken_for: frozenset[str]


def case(conn: Connection, alert_id: str) -> Case:
    """One case. Raises NotFound."""
    if "\0" in alert_id:  # PostgreSQL refuses it, and no alert is called so
        raise NotFound("no alert has this id")
    return _with_answers(conn, [alert_rows.get(conn, alert_id)])[0]


def of_theme(conn: Connection, theme_id: str) -> list[Case]:
    """A theme's cases, last opened first."""
    query = sa.select(alerts).where(alerts.c.theme_id == theme_id).order_by(alerts.c.opened_on.desc(), alerts.c.id)
    return _with_answers(conn, from_rows(Alert, conn.execute(query)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases are asked for; None and empty ask for nothing."""

    states: Sequence[AlertState] = ()
    theme_id: str | None = None
    kind: str | None = None
    is_open: bool | None = None

    def clause(self) -> sa.ColumnElement[bool]:
        c = alerts.c
        asked: list[sa.ColumnElement[bool]] = [sa.true()]
        if self.states:
            asked.append(c.state.in_([state.value for state in self.states]))
        if self.theme_id is not None:
            asked.append(c.theme_id == self.theme_id)
        if self.kind is not None:
            asked.append(c.kind == self.kind)
        if self.is_open is not None:
            asked.append(c.closed_on.is_(None) if self.is_open else c.closed_on.is_not(None))
        return sa.and_(*asked)


def cases_page(
    conn: Connection, wanted: Wanted, *, limit: int, offset: int = 0, after: tuple[dt.date, str] | None = None
) -> list[Case]:
    """Cases, last opened first, then by id; those after the (opened_on, id) given."""
    c = alerts.c
    query = sa.select(alerts).where(wanted.clause()).order_by(c.opened_on.desc(), c.id).limit(limit).offset(offset)
    if after is not None:
        query = query.where(sa.or_(c.opened_on < after[0], sa.and_(c.opened_on == after[0], c.id > after[1])))
    return _with_answers(conn, from_rows(Alert, conn.execute(query)))


def count(conn: Connection, wanted: Wanted) -> int:
    return conn.scalar(sa.select(sa.func.count()).select_from(alerts).where(wanted.clause())) or 0


def kinds(conn: Connection) -> list[str]:
    """Kinds of rule that ever opened a case."""
    return list(conn.scalars(sa.select(alerts.c.kind).distinct().order_by(alerts.c.kind)))


def answers(conn: Connection, alert_ids: Sequence[str]) -> dict[str, dict[Verdict, int]]:
    """How many readers gave each answer, by alert; alerts nobody answered are missing."""
    found: dict[str, dict[Verdict, int]] = {}
    c = feedback.c
    for part in chunks(list(alert_ids)):
        query = sa.select(c.alert_id, c.verdict, sa.func.count().label("readers")).where(c.alert_id.in_(part))
        for row in conn.execute(query.group_by(c.alert_id, c.verdict)):
            found.setdefault(row.alert_id, {})[Verdict(row.verdict)] = int(row.readers)
    return found


def answer_of(conn: Connection, alert_id: str, reader: str) -> Verdict | None:
    """What one reader answered."""
    c = feedback.c
    said = conn.scalar(sa.select(c.verdict).where(c.alert_id == alert_id, c.given_by == reader))
    return None if said is None else Verdict(said)


def rule_names(conn: Connection) -> dict[str, RuleName]:
    """Names of the rules as of their newest version."""
    return {rule.id: RuleName(rule.name_fr, rule.name_en) for rule in alert_rows.current_rules(conn)}


def open_cases(conn: Connection) -> OpenCases:
    """Which themes the open cases are about."""
    movements = _open_movements(conn)
    speaking = frozenset(theme for theme, _ in movements)
    return OpenCases(speaking, frozenset().union(*(others for _, others in movements)) - speaking)


def along(conn: Connection, theme_id: str) -> tuple[str, ...]:
    """Themes whose open case is the same movement as this one's, whichever of them gave the case its name."""
    found: set[str] = set()
    for theme, others in _open_movements(conn):
        if theme_id in (movement := {theme, *others}):
            found |= movement
    return tuple(sorted(found - {theme_id}))


def _open_movements(conn: Connection) -> list[tuple[str, frozenset[str]]]:
    """Each open case's theme, and the themes it was found to speak for."""
    c = alerts.c
    found = []
    for row in conn.execute(sa.select(c.theme_id, c.evidence).where(c.state != AlertState.RESOLVED.value)):
        listed = (row.evidence or {}).get("also")
        found.append((row.theme_id, frozenset(str(key) for key in (listed if isinstance(listed, list) else ()))))
    return found


def _with_answers(conn: Connection, found: Sequence[Alert]) -> list[Case]:
    given = answers(conn, [alert.id for alert in found])
    return [Case(alert, given.get(alert.id, {})) for alert in found]
