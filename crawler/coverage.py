"""Says of every source and day whether coverage is missing, and why: nobody went there, the visit failed, the source was silent.

Days are written once they are over, and again while late documents may still come. Running it twice changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from crawler.rhythm import expected, is_gap, learn, quiet_since
from storage import coverage, leases, sources
from storage.coverage import SourceDay
from storage.model import LATE_AFTER_DAYS, FetchOutcome, Source
from storage.store import Store

log = structlog.get_logger()

HISTORY = dt.timedelta(weeks=9)
LONGEST_CATCH_UP = dt.timedelta(days=60)
_CURSOR = "source days"
_READ = (FetchOutcome.STORED, FetchOutcome.EMPTY, FetchOutcome.NOT_MODIFIED)


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """Days written, and those of them that are gaps."""

    days: int = 0
    gaps: int = 0


def record_coverage(store: Store, now: dt.datetime) -> CoverageReport:
    """Writes the days that are over and not final yet, of every enabled source that was ever visited. Once a day."""
    today = now.astimezone(dt.UTC).date()
    with store.reading() as conn:
        done = leases.cursor(conn, _CURSOR)
        if done is not None and dt.date.fromisoformat(done) >= today:
            return CoverageReport()
        last = dt.date.fromisoformat(done) if done else today - LONGEST_CATCH_UP
        start = max(last - dt.timedelta(days=LATE_AFTER_DAYS + 1), today - LONGEST_CATCH_UP)
        firsts = coverage.first_days(conn)
        visited = [source for source in sources.all_sources(conn) if source.enabled and source.id in firsts]
        counts = coverage.document_counts(conn, start - HISTORY)
        ends = coverage.outcomes(conn, _midnight(start), _midnight(today))
    rows = [
        _day(source, day, counts.get(source.id, {}), ends.get((source.id, day), []), firsts[source.id])
        for source in visited
        for day in _days(max(start, firsts[source.id]), today)
    ]
    with store.transaction() as conn:
        coverage.save(conn, rows)
        leases.set_cursor(conn, _CURSOR, today.isoformat())
    report = CoverageReport(days=len(rows), gaps=sum(row.gap is not None for row in rows))
    log.info("coverage recorded", days=report.days, gaps=report.gaps)
    return report


def _day(source: Source, day: dt.date, counts: Mapping[dt.date, int], ends: Sequence[str], first: dt.date) -> SourceDay:
    failed = [end for end in ends if end not in _READ]
    read = len(failed) < len(ends)
    documents = counts.get(day, 0)
    usual = expected(counts, day, first)
    gap = None
    if is_gap(documents, usual, was_read=read):
        gap = "silent" if read else _unread(source, ends)
    elif read and not documents:
        days = [one for one in counts if one < day]
        if quiet_since(learn(days), max(days, default=None), day) is not None:
            gap = "silent"
    return SourceDay(
        source_id=source.id, day=day, visits=len(ends), failed_visits=len(failed), documents=documents, expected=usual, gap=gap
    )


def _unread(source: Source, ends: Sequence[str]) -> str | None:
    """Why a day was not read. A source that is visited less than once a day misses nothing on the days between."""
    if ends:
        return "blocked" if set(ends) & {FetchOutcome.BLOCKED, FetchOutcome.GONE} else "failed"
    return "not_visited" if source.interval_s <= dt.timedelta(days=1).total_seconds() else None


def _days(start: dt.date, end: dt.date) -> list[dt.date]:
    return [start + dt.timedelta(days=step) for step in range((end - start).days)]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
