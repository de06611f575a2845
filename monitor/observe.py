"""Counts stories by theme, kind and day, and the whole collection's stories beside them.

Recomputed from the documents each time, written only where they differ: a second run changes no row.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import structlog

from monitor.stories import stories, theme_stories
from storage import observations
from storage.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ObserveReport:
    """What was counted, and how many rows of the database that changed."""

    stories: int
    themes: int
    changed: int


def observe(store: Store, now: dt.datetime) -> ObserveReport:
    """Brings observations and coverage in line with the documents collected before ``now``, for the days before its day."""
    with store.reading() as conn:
        counted = stories(conn, now)
        belonging = theme_stories(conn, now)
    joined = belonging.join(counted, on="story", how="inner")
    wanted = observations.Counts(
        observed=_observed(joined),
        by_source=_rows(joined.groupby(["theme", "kind", "day", "source_key"]).size()),
        covered=_rows(counted.groupby(["source_key", "kind", "day"]).size()),
    )
    with store.transaction() as conn:
        changed = observations.synchronise(conn, wanted)
    report = ObserveReport(stories=len(counted), themes=int(joined["theme"].nunique()), changed=changed)
    log.info("stories counted", stories=report.stories, themes=report.themes, rows_changed=report.changed)
    return report


def _observed(joined: pd.DataFrame) -> set[tuple[object, ...]]:
    if joined.empty:
        return set()
    keys = ["theme", "kind", "day"]
    grouped = joined.groupby(keys)
    table = pd.DataFrame(
        {
            "stories": grouped.size(),
            "sources": joined.drop_duplicates([*keys, "source_key"]).groupby(keys).size(),
            "documents": grouped["documents"].sum(),
        }
    )
    return {(*index, *(int(n) for n in numbers)) for index, *numbers in table.itertuples(name=None)}


def _rows(sizes: pd.Series[int]) -> set[tuple[object, ...]]:
    return {(*index, int(n)) for index, n in zip(sizes.index, sizes.tolist(), strict=True)}
