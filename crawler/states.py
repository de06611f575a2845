"""What a visit teaches about a source: its state and the next visit. Pure."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from typing import Any

from crawler.collectors.base import Entry
from crawler.reasons import Reason
from crawler.timing import next_visit
from crawler.trials import after_visit
from crawler.visit import Visit
from storage.model import FetchOutcome, Source, SourceState

QUIET_GAPS = 5
QUIET_AT_LEAST = dt.timedelta(days=21)
GONE_AFTER = dt.timedelta(days=3)
BROKEN_AFTER_FAILURES = 3
NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)

_FAILURES = (FetchOutcome.BLOCKED, FetchOutcome.GONE, FetchOutcome.BROKEN, FetchOutcome.FAILED)


def learned(source: Source, visit: Visit, now: dt.datetime) -> dict[str, Any]:
    """The columns of ``source`` to write after ``visit``."""
    failed = visit.outcome in _FAILURES
    failures = source.failures + 1 if failed else 0
    state, reason = _state(source, visit, now, failures)
    columns: dict[str, Any] = {
        "state": state.value,
        "state_reason": None if reason is None else str(reason),
        "failures": failures,
        "last_visit_at": now,
        "next_visit_at": NEVER if state is SourceState.GONE else next_visit(source, visit.schedule, now, failures),
    }
    if not failed:
        columns["last_success_at"] = now
    if visit.outcome in (FetchOutcome.STORED, FetchOutcome.EMPTY):
        # Validators are kept only for a body that was read to its end: a damaged one is asked for again.
        whole = visit.reason is None or visit.reason.code not in ("truncated", "broke_off")
        columns["etag"] = visit.etag if whole else None
        columns["last_modified"] = visit.last_modified if whole else None
        columns["body_hash"] = visit.body_hash if whole else None
        columns["reader"] = visit.reader
    elif failed:
        columns["etag"] = columns["last_modified"] = columns["body_hash"] = None
    return columns | after_visit(source, visit.outcome, documents=visit.items, failures=failures, reason=visit.reason)


def _state(source: Source, visit: Visit, now: dt.datetime, failures: int) -> tuple[SourceState, Reason | None]:
    match visit.outcome:
        case FetchOutcome.STORED:
            since = quiet_since(visit.entries, now)
            if since is not None:
                return SourceState.QUIET, Reason("quiet", since.isoformat())
            return SourceState.ACTIVE, visit.reason
        case FetchOutcome.EMPTY:
            return SourceState.EMPTY, visit.reason or Reason("empty")
        case FetchOutcome.NOT_MODIFIED:
            known = source.state in (SourceState.ACTIVE, SourceState.QUIET, SourceState.EMPTY)
            return (source.state if known else SourceState.ACTIVE), None
        case FetchOutcome.BLOCKED:
            return SourceState.BLOCKED, visit.reason
        case FetchOutcome.GONE:
            return SourceState.GONE, visit.reason
        case FetchOutcome.BROKEN:
            if visit.status == 404 and failures >= BROKEN_AFTER_FAILURES and now - (source.last_success_at or now) >= GONE_AFTER:
                return SourceState.GONE, visit.reason
            return SourceState.BROKEN, visit.reason
        case _:
            if source.last_success_at is None:
                return SourceState.NEVER_REACHED, visit.reason
            if failures >= BROKEN_AFTER_FAILURES:
                return SourceState.BROKEN, visit.reason
            return source.state, visit.reason


def quiet_since(entries: tuple[Entry, ...], now: dt.datetime) -> dt.date | None:
    """The day of the newest entry, when it is much older than the feed's usual gap between entries."""
    days = sorted({entry.published_on for entry in entries if entry.published_on and entry.published_on <= now.date()})
    if not days:
        return None
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
    usual = dt.timedelta(days=statistics.median(gaps)) if gaps else dt.timedelta(0)
    return days[-1] if now.date() - days[-1] > max(QUIET_GAPS * usual, QUIET_AT_LEAST) else None
