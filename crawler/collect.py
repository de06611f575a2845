"""The step that collects: visits the sources that are due and stores what they hold. Every visit is a row with a reason.

A crawl that is killed loses nothing and doubles nothing: each visit is stored by itself, and known documents stay as they are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import structlog

from crawler import origins
from crawler.collectors.base import Watched
from crawler.config import CrawlerSettings
from crawler.keeping import Tally, keep_page, keep_visit
from crawler.offline import OFFLINE, is_our_outage, is_unreached
from crawler.reasons import Reason
from crawler.visit import Job, OriginAnswer, Page, Visit
from crawler.worker import CrawlStopped, crawl
from storage import sources
from storage.model import Fetch, FetchOutcome, Source
from storage.store import Store

log = structlog.get_logger()

_FINE = (FetchOutcome.STORED, FetchOutcome.EMPTY, FetchOutcome.NOT_MODIFIED)


@dataclass(frozen=True, slots=True)
class CollectReport:
    """What a collection did. ``failed`` counts the visits that ended badly; their reasons are on their rows."""

    due: int = 0
    visited: int = 0
    failed: int = 0
    not_modified: int = 0
    new: int = 0
    duplicates: int = 0
    rejected: int = 0


def collect(
    store: Store,
    now: dt.datetime,
    settings: CrawlerSettings,
    *,
    watched: Sequence[Watched] = (),
    source_ids: Collection[str] | None = None,
    progress: Callable[[Fetch], None] | None = None,
) -> CollectReport:
    """Visits the sources due at ``now``, or those named (unless already visited at ``now``), and stores what they hold.

    ``watched`` are the themes that databases of patents, tenders and papers are asked for. A second run at the same ``now``
    finds nothing due and changes nothing. Raises NotFound for an unknown ``source_id``.
    """
    wanted = _wanted(store, now, source_ids)
    if not wanted:
        return CollectReport()
    job = Job(sources=tuple(wanted), settings=settings, now=now, watched=tuple(watched), origins=origins.heard(store, now))
    waiting = {source.id: source for source in wanted}
    tallies: dict[str, Tally] = {source.id: Tally() for source in wanted}
    rows: list[Fetch] = []
    unreached: list[tuple[Source, Visit]] = []

    def keep(source: Source, visit: Visit) -> None:
        if not rows and is_unreached(visit):
            unreached.append((source, visit))  # whose fault that is shows once any other source answers
            return
        write(source, visit)
        while unreached:
            write(*unreached.pop(0))

    def write(source: Source, visit: Visit) -> None:
        row = _keep(store, source, visit, tallies[source.id], now, settings)
        if row is not None:
            rows.append(row)
            if progress is not None:
                progress(row)

    ended = Reason("crawl_died", "no answer")
    try:
        for message in crawl(job, settings.crawl_timeout_s):
            if isinstance(message, OriginAnswer):
                origins.remember(store, message)
            elif isinstance(message, Page) and message.source_id in waiting:
                _keep_page(store, waiting[message.source_id], message, tallies[message.source_id], now, settings)
            elif isinstance(message, Visit) and (source := waiting.pop(message.source_id, None)) is not None:
                keep(source, message)
    except CrawlStopped as exc:
        limit = f"{settings.crawl_timeout_s:g}"
        ended = Reason("crawl_timeout", limit) if exc.at_limit else Reason("crawl_died", str(exc))
        log.warning("crawl stopped", reason=str(exc), unfinished=len(waiting))
    ours = is_our_outage(source for source, _ in unreached)
    for source, visit in unreached:
        write(source, replace(visit, reason=Reason(OFFLINE)) if ours else visit)
    for source in waiting.values():
        write(source, Visit(source_id=source.id, outcome=FetchOutcome.FAILED, reason=ended))
    report = _report(len(wanted), rows)
    log.info(
        "documents collected",
        sources=report.visited,
        failed=report.failed,
        new=report.new,
        duplicates=report.duplicates,
        rejected=report.rejected,
    )
    return report


def _wanted(store: Store, now: dt.datetime, source_ids: Collection[str] | None) -> list[Source]:
    with store.reading() as conn:
        if source_ids is None:
            return sources.due(conn, now)
        named = [sources.get(conn, source_id) for source_id in source_ids]
    return [source for source in named if source.url and (source.last_visit_at is None or source.last_visit_at < now)]


def _keep_page(store: Store, source: Source, page: Page, tally: Tally, now: dt.datetime, settings: CrawlerSettings) -> None:
    """Stores a page before the visit has ended. After one that could not be stored nothing is: the cursor stays before it."""
    if tally.failed is not None:
        return
    try:
        with store.transaction() as conn:
            tally.add(keep_page(conn, source, page, now, settings))
    except Exception as exc:  # noqa: BLE001  the unit of work is one page of a source: its failure is recorded on the source's row
        log.warning("page not stored", source=source.id, error=type(exc).__name__)
        tally.failed = Reason("storing", type(exc).__name__)


def _keep(store: Store, source: Source, visit: Visit, tally: Tally, now: dt.datetime, settings: CrawlerSettings) -> Fetch | None:
    try:
        if tally.failed is None:
            with store.transaction() as conn:
                return keep_visit(conn, source, visit, tally, now, settings)
    except Exception as exc:  # noqa: BLE001  the unit of work is one source: its failure is recorded on its own row
        log.warning("visit not stored", source=source.id, error=type(exc).__name__)
        tally.failed = Reason("storing", type(exc).__name__)
    failed = Visit(source_id=source.id, outcome=FetchOutcome.FAILED, reason=tally.failed)
    try:
        with store.transaction() as conn:
            return keep_visit(conn, source, failed, tally, now, settings)
    except Exception as exc:  # noqa: BLE001  the source was removed meanwhile, or the database is gone: nothing to write on
        log.warning("visit lost", source=source.id, error=type(exc).__name__)
        return None


def _report(due: int, rows: Sequence[Fetch]) -> CollectReport:
    return CollectReport(
        due=due,
        visited=len(rows),
        failed=sum(row.outcome not in _FINE for row in rows),
        not_modified=sum(row.outcome is FetchOutcome.NOT_MODIFIED for row in rows),
        new=sum(row.new for row in rows),
        duplicates=sum(row.duplicates for row in rows),
        rejected=sum(row.rejected for row in rows),
    )
