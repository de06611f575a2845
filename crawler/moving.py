"""Follows a source that moved for good: its address is rewritten once permanent redirects led to the same place on three days.

Only where that place was read as the source's kind, so never to a maintenance page, and never for temporary redirects. Sources of
documented interfaces stay where their documentation says: a redirect must not choose where a key is sent.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from crawler.collectors.registry import READERS
from crawler.normalize import canonical_url
from crawler.reasons import Reason
from crawler.visit import Visit
from storage import sources
from storage.model import FetchOutcome, Source

log = structlog.get_logger()

DAYS = 3
_NOWHERE: dict[str, Any] = {"moved_to": None, "moved_since": None, "moved_seen": 0}


def moving(source: Source, visit: Visit, now: dt.datetime) -> dict[str, Any]:
    """The columns that tell where a source is moving, after a visit. Pure."""
    if source.collector not in READERS or visit.outcome not in (FetchOutcome.STORED, FetchOutcome.NOT_MODIFIED):
        return {}
    if visit.moved_to is None:
        return _NOWHERE if source.moved_to else {}
    if visit.moved_to != source.moved_to:
        return {"moved_to": visit.moved_to, "moved_since": now, "moved_seen": 1}
    is_another_day = source.last_visit_at is None or source.last_visit_at.date() < now.date()
    return {"moved_seen": source.moved_seen + 1} if is_another_day else {}


def settle(conn: Connection, source: Source, columns: dict[str, Any]) -> dict[str, Any]:
    """The columns of a source that has moved: its new address, or an end, where another source reads that address already."""
    target = columns.get("moved_to", source.moved_to)
    if not target or columns.get("moved_seen", source.moved_seen) < DAYS:
        return {}
    known = next((other for other in sources.all_sources(conn) if other.id != source.id and _same(other.url, target)), None)
    if known is not None:
        log.warning("source moved to another", source=source.id, other=known.id)
        return {"enabled": False, "disabled_reason": str(Reason("moved_to_known", known.id))} | _NOWHERE
    log.info("source moved", source=source.id, since=source.moved_since, to=target)
    return {"url": target, "state_reason": str(Reason("moved", source.url or "")), **_NOWHERE}


def _same(one: str | None, other: str) -> bool:
    return one is not None and canonical_url(one) == canonical_url(other)
