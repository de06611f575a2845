"""What the Perspective and Prospective pages and their API read: trends of years, and what may become something.

Places, surprise and scarcity are those of the view ``v_prospective``, so that a page and a query never disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.trends.states import PERSPECTIVE
from storage.model import State
from web import queries
from web.periods import Period, long_series
from web.queries import Overview, ThemeRow
from web.selection import evidence_share

_PLACES = sa.text("SELECT theme_id, place, surprise, surprise_rank, scarcity_rank FROM v_prospective")


@dataclass(frozen=True, slots=True)
class Going:
    """A theme in trend or transition, with its long series."""

    row: ThemeRow
    periods: tuple[Period, ...]


@dataclass(frozen=True, slots=True)
class Coming:
    """A weak signal or rupture, with its place among them."""

    row: ThemeRow
    place: int
    surprise: float
    """Score over threshold."""
    surprise_rank: int
    scarcity_rank: int


def perspective_rows(view: Overview) -> list[ThemeRow]:
    """Themes in trend or transition: transitions first, then by evidence."""
    rows = [row for row in view.rows if row.state is not None and row.state.value in PERSPECTIVE]
    return sorted(rows, key=lambda row: (row.state is not State.TRANSITION, -evidence_share(row), row.theme.id))


def perspective(conn: Connection, view: Overview, rows: Sequence[ThemeRow]) -> list[Going]:
    """These rows with their evidence and long series."""
    series = long_series(conn, [row.theme.id for row in rows], view.day)
    completed = queries.completed(conn, rows, view.weeks)
    return [Going(row, series.get(row.theme.id, ())) for row in completed]


def prospective(conn: Connection, view: Overview) -> list[Coming]:
    """Weak signals and ruptures by place, then by id, without evidence: see ``completed``.

    A signal too old to be shown as a state has no place here either.
    """
    fresh = {row.theme.id: row for row in view.rows if row.state is not None}
    placed = [
        Coming(fresh[one.theme_id], int(one.place), float(one.surprise), int(one.surprise_rank), int(one.scarcity_rank))
        for one in conn.execute(_PLACES)
        if one.theme_id in fresh
    ]
    # Ordered here: databases do not agree on the order of texts, and cursors rely on it.
    return sorted(placed, key=lambda one: (one.place, one.row.theme.id))


def completed(conn: Connection, view: Overview, shown: Sequence[Coming]) -> list[Coming]:
    """The same with evidence and weekly series."""
    rows = queries.completed(conn, [one.row for one in shown], view.weeks)
    return [replace(one, row=row) for one, row in zip(shown, rows, strict=True)]
