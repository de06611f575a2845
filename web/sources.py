"""Sources as the pages show them: how each stands, and a strip of its last sixty days with what is missing marked.

Knows no clock: the last day is the newest one whose coverage was recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import coverage
from storage import sources as source_rows
from storage.coverage import SourceDay
from storage.model import Source, SourceState
from storage.tables import source_days

DAYS = 60
STEP, HEIGHT = 4, 24
GAPS = ("failed", "blocked", "not_visited", "silent")
# What asks for a person first.
_ORDER = (
    SourceState.GONE,
    SourceState.BLOCKED,
    SourceState.BROKEN,
    SourceState.QUIET,
    SourceState.NEVER_REACHED,
    SourceState.EMPTY,
    SourceState.ACTIVE,
)


@dataclass(frozen=True, slots=True)
class Strip:
    """Sixty days as paths of one stroke a day: ``bars`` of documents, and ``gaps`` by reason."""

    bars: str
    gaps: dict[str, str]
    missing: dict[str, int]
    """Days by reason."""
    documents: int

    @property
    def width(self) -> int:
        return DAYS * STEP


@dataclass(frozen=True, slots=True)
class Shown:
    """A source ready to be drawn."""

    source: Source
    strip: Strip


@dataclass(frozen=True, slots=True)
class Standing:
    """Every source with an address: those that are visited, what needs a person first, and those at rest."""

    first: dt.date | None
    last: dt.date | None
    visited: tuple[Shown, ...]
    resting: tuple[Source, ...]


def standing(conn: Connection) -> Standing:
    """How the sources stand."""
    last = conn.scalar(sa.select(sa.func.max(source_days.c.day)))
    first = last - dt.timedelta(days=DAYS - 1) if last else None
    days = coverage.between(conn, first, last + dt.timedelta(days=1)) if first and last else {}
    found = [source for source in source_rows.all_sources(conn) if source.url]
    visited = [Shown(source, strip(days.get(source.id, ()), first or dt.date.min)) for source in found if source.enabled]
    visited.sort(key=lambda shown: (_ORDER.index(shown.source.state), shown.source.name.casefold()))
    resting = sorted((source for source in found if not source.enabled), key=lambda source: source.name.casefold())
    return Standing(first, last, tuple(visited), tuple(resting))


def strip(days: Sequence[SourceDay], first: dt.date) -> Strip:
    """The days from ``first`` on, drawn. The height of a bar is its share of the source's busiest day."""
    most = max((day.documents for day in days), default=0)
    bars: list[str] = []
    gaps: dict[str, list[str]] = {}
    for day in days:
        x = (day.day - first).days * STEP + STEP / 2
        if day.gap in GAPS:
            gaps.setdefault(day.gap, []).append(f"M{x:g} 0V{HEIGHT}")
        elif day.documents:
            bars.append(f"M{x:g} {HEIGHT}V{HEIGHT - max(2.0, round(HEIGHT * day.documents / most, 1)):g}")
    return Strip(
        bars="".join(bars),
        gaps={reason: "".join(gaps[reason]) for reason in GAPS if reason in gaps},
        missing={reason: len(gaps[reason]) for reason in GAPS if reason in gaps},
        documents=sum(day.documents for day in days),
    )
