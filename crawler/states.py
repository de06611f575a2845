"""What a visit teaches about a source: its state and the next visit. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from crawler.collectors.base import Schedule
from crawler.collectors.registry import READERS
from crawler.moving import moving
from crawler.offline import OFFLINE
from crawler.reasons import Reason
from crawler.rhythm import Rhythm, learn, newest_day, quiet_since, rests_on
from crawler.timing import next_visit
from crawler.trials import after_visit
from crawler.visit import Visit
from storage.model import FetchOutcome, Source, SourceState

GONE_AFTER = dt.timedelta(days=3)
BROKEN_AFTER_FAILURES = 3
CUT_OFF = "more_to_come"
GOES_ON_S = 3600
"""Least seconds before a visit that was cut at its limit of requests goes on: a day each would take a service a week."""
NEVER = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)

# Ends of the whole crawl, which say nothing about a source: see ``learned``.
_CRAWL_ENDED = frozenset((OFFLINE, "crawl_timeout", "crawl_died"))
# States whose reason says more than that a later visit was not made.
_SAY_WHY = (SourceState.QUIET, SourceState.BLOCKED, SourceState.BROKEN)
_FAILURES = (FetchOutcome.BLOCKED, FetchOutcome.GONE, FetchOutcome.BROKEN, FetchOutcome.FAILED)


def learned(source: Source, visit: Visit, now: dt.datetime, days: Collection[dt.date] = ()) -> dict[str, Any]:
    """The columns of ``source`` to write after ``visit``; ``days`` are those it has documents of.

    The end of a whole crawl counts against nobody. What its time limit left out comes within the hour, before what was visited.
    """
    failed = visit.outcome in _FAILURES
    code = visit.reason.code if visit.reason else ""
    if code == "crawl_timeout":
        soon = replace(source, interval_s=min(source.interval_s, GOES_ON_S))
        why = source.state_reason if source.state in _SAY_WHY else str(visit.reason)
        return {"state_reason": why, "next_visit_at": next_visit(soon, Schedule(), now, source.failures)}
    is_ours = code in _CRAWL_ENDED
    failures = source.failures + (not is_ours) if failed else 0
    rhythm = _rhythm(visit, now, days)
    if code == CUT_OFF:
        source = replace(source, interval_s=min(source.interval_s, GOES_ON_S))
    state, reason = _failed(source, visit, now, failures) if failed else _read(source, visit, now, days, rhythm)
    columns: dict[str, Any] = {
        "state": state.value,
        "state_reason": None if reason is None else str(reason),
        "failures": failures,
        "last_visit_at": now,
        "next_visit_at": NEVER if state is SourceState.GONE else next_visit(source, _asked(visit), now, failures),
    }
    if not failed:
        columns |= {"last_success_at": now, "gap_days": rhythm.gap_days if rhythm else None}
    if visit.outcome in (FetchOutcome.STORED, FetchOutcome.EMPTY):
        # Validators are kept only for a body that was read to its end: a damaged one is asked for again.
        whole = visit.reason is None or visit.reason.code not in ("truncated", "broke_off")
        columns["etag"] = visit.etag if whole else None
        columns["last_modified"] = visit.last_modified if whole else None
        columns["body_hash"] = visit.body_hash if whole else None
        columns["reader"] = visit.reader
    elif failed and not is_ours:
        columns["etag"] = columns["last_modified"] = columns["body_hash"] = None
    if not failed and visit.status != 304:
        columns |= {"tdm": visit.tdm, "tdm_read_at": now}
    columns |= moving(source, visit, now)
    return columns | after_visit(source, visit.outcome, documents=visit.items, failures=failures, reason=visit.reason)


def _asked(visit: Visit) -> Schedule:
    """What the source asks of the next visit, counted from the beginning of the crawl as visits are: it asked at its end."""
    asked = visit.schedule
    return replace(asked, wait_s=asked.wait_s + round(visit.elapsed_s)) if asked.wait_s else asked


def _rhythm(visit: Visit, now: dt.datetime, days: Collection[dt.date]) -> Rhythm | None:
    """The source's rhythm, of its documents' days and of the entries just read."""
    today = now.astimezone(dt.UTC).date()
    return learn({*days, *(entry.published_on for entry in visit.entries if entry.published_on and entry.published_on <= today)})


def _read(
    source: Source, visit: Visit, now: dt.datetime, days: Collection[dt.date], rhythm: Rhythm | None
) -> tuple[SourceState, Reason | None]:
    """The state after a visit that went well."""
    today = now.astimezone(dt.UTC).date()
    is_interface = source.collector not in READERS
    since = quiet_since(rhythm, newest_day(days, visit.entries, today), today)
    if since is not None and not (is_interface and rhythm is None):
        # A data set that is renewed twice a year is quiet only against its own rhythm.
        return SourceState.QUIET, Reason("quiet", since.isoformat())
    if visit.reason is not None and visit.reason.code == CUT_OFF:
        return SourceState.ACTIVE, visit.reason
    had_any = days or (is_interface and source.state is SourceState.ACTIVE)  # documents dated by their year have no day
    if visit.outcome is FetchOutcome.EMPTY and not (had_any and (is_interface or rests_on(rhythm, today))):
        # An interface that has nothing new answers with nothing, and so does a feed on the days it never publishes on.
        return SourceState.EMPTY, visit.reason or Reason("empty")
    if visit.outcome is FetchOutcome.NOT_MODIFIED:
        kept = source.state in (SourceState.EMPTY, SourceState.QUIET) and not days
        return (source.state if kept else SourceState.ACTIVE), None
    return SourceState.ACTIVE, visit.reason


def _failed(source: Source, visit: Visit, now: dt.datetime, failures: int) -> tuple[SourceState, Reason | None]:
    match visit.outcome:
        case FetchOutcome.BLOCKED:
            return SourceState.BLOCKED, visit.reason
        case FetchOutcome.GONE:
            return SourceState.GONE, visit.reason
        case FetchOutcome.BROKEN:
            if visit.status == 404 and failures >= BROKEN_AFTER_FAILURES and now - (source.last_success_at or now) >= GONE_AFTER:
                return SourceState.GONE, visit.reason
            return SourceState.BROKEN, visit.reason
        case _:
            if visit.reason is not None and visit.reason.code in _CRAWL_ENDED:
                return source.state, visit.reason
            if source.last_success_at is None:
                return SourceState.NEVER_REACHED, visit.reason
            if failures >= BROKEN_AFTER_FAILURES:
                return SourceState.BROKEN, visit.reason
            return source.state, visit.reason
