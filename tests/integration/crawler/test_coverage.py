"""Coverage of every source and day: missing days have the right reason, and a second run changes nothing."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from crawler.coverage import CoverageReport, record_coverage
from storage import documents, sources
from storage.model import FetchOutcome, Kind, Source
from storage.store import Store
from tests.builders import a_document, a_fetch
from tests.conftest import NOW

TODAY = NOW.date()


def at(day: int) -> dt.datetime:
    """Noon, ``day`` days ago."""
    return NOW - dt.timedelta(days=day)


def live(
    store: Store,
    source_id: str,
    *,
    outcomes: dict[int, FetchOutcome | None],
    papers: dict[int, int],
    days: int = 70,
    **kw: object,
) -> None:
    """A source visited every day but as ``outcomes`` say, with ten documents on weekdays but as ``papers`` say."""
    with store.transaction() as conn:
        sources.declare(conn, [Source(id=source_id, name=source_id, kind=Kind.NEWS, url="https://s.example/", **kw)])  # type: ignore[arg-type]
        for day in range(1, days + 1):
            outcome = outcomes.get(day, FetchOutcome.STORED)
            if outcome is not None:
                sources.record_visit(conn, a_fetch(source_id=source_id, started_at=at(day), outcome=outcome), {})
            count = papers.get(day, 10 if at(day).weekday() < 5 else 0)
            batch = [
                a_document(f"{source_id}-{day}-{n}", source_id=source_id, counted_on=at(day).date(), collected_at=at(day))
                for n in range(count)
            ]
            documents.add(conn, batch, [])


def gaps(store: Store) -> dict[str, dict[int, str]]:
    with store.reading() as conn:
        rows = conn.execute(sa.text("SELECT source_id, day, gap FROM v_source_coverage WHERE gap <> 'none'")).all()
    found: dict[str, dict[int, str]] = {}
    for source_id, day, gap in rows:
        found.setdefault(source_id, {})[(TODAY - dt.date.fromisoformat(str(day))).days] = gap
    return found


def test_every_missing_day_has_its_reason(store: Store) -> None:
    """NOW is a Monday: 1 and 2 days ago were the weekend, 3 a Friday."""
    live(store, "fine", outcomes={}, papers={})
    live(store, "off", outcomes={1: None, 3: None}, papers={3: 0})
    live(store, "down", outcomes={1: FetchOutcome.FAILED, 3: FetchOutcome.FAILED}, papers={3: 0})
    live(store, "shut", outcomes={3: FetchOutcome.BLOCKED}, papers={3: 0})
    live(store, "mute", outcomes={}, papers={3: 0})
    live(store, "late", outcomes={3: FetchOutcome.FAILED}, papers={3: 1})
    live(store, "rare", outcomes={day: None for day in range(1, 71) if day % 7}, papers={}, interval_s=7 * 86400)
    live(store, "asleep", outcomes=dict.fromkeys((3, 4), FetchOutcome.FAILED), papers={}, enabled=False)
    report = record_coverage(store, NOW)
    assert gaps(store) == {"off": {3: "not_visited"}, "down": {3: "failed"}, "shut": {3: "blocked"}, "mute": {3: "silent"}}
    assert report.gaps == 4
    assert record_coverage(store, NOW + dt.timedelta(hours=5)) == CoverageReport()


def test_a_slow_source_is_silent_once_its_patience_is_over(store: Store) -> None:
    live(store, "weekly", outcomes={}, papers={day: int(day % 7 == 0 and day > 38) for day in range(1, 121)}, days=120)
    record_coverage(store, NOW)
    assert set(gaps(store)["weekly"].values()) == {"silent"}
    assert min(gaps(store)["weekly"]) == 1
    assert max(gaps(store)["weekly"]) == 42 - 22, "the first day after three of its longest gaps without a document"


def test_late_documents_mend_a_day(store: Store) -> None:
    live(store, "a", outcomes={3: FetchOutcome.FAILED}, papers={3: 0})
    record_coverage(store, NOW)
    assert gaps(store) == {"a": {3: "failed"}}
    with store.transaction() as conn:
        documents.add(conn, [a_document("late", source_id="a", counted_on=at(3).date(), collected_at=NOW)], [])
    record_coverage(store, NOW + dt.timedelta(days=1))
    assert gaps(store) == {"a": {0: "not_visited"}}, "today was not visited, and is over tomorrow"
