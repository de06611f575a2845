"""Counts stories by theme, kind and day, and the whole collection's stories beside them.

Only what changed since the last run is counted again; the outcome is the same as counting everything afresh.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import structlog

from monitor.counting import count_stories
from storage.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ObserveReport:
    """Documents that were looked at, stories that came, changed or went, and rows of the counts that changed."""

    documents: int
    stories: int
    changed: int


def observe(store: Store, now: dt.datetime) -> ObserveReport:
    """Brings observations and coverage in line with the documents collected before ``now``, for the days before its day.

    One transaction; a second run changes nothing.
    """
    with store.transaction() as conn:
        counted = count_stories(conn, now)
    report = ObserveReport(counted.documents, counted.stories, counted.changed)
    log.info("stories counted", documents=report.documents, stories=report.stories, rows_changed=report.changed)
    return report
