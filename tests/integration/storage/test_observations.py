"""Series, coverage and signals."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from storage import cells, documents, observations, sources, stories, tables, themes
from storage.model import State
from storage.store import Store
from storage.stories import CountedStory
from tests.builders import TODAY, a_document, a_signal, a_source, a_theme

DAY = dt.timedelta(days=1)


@pytest.fixture
def two_themes(store: Store) -> Store:
    with store.transaction() as conn:
        themes.save(conn, [a_theme("ai"), a_theme("quantum")])
    return store


def counted(key: str, day: dt.date, **kw: Any) -> CountedStory:
    values = {"document_id": "d1", "kind": "news", "source_key": "gazette", "voice": "gazette", "documents": 1}
    return CountedStory(id=key, day=day, **values | kw)


@pytest.fixture
def counts(two_themes: Store) -> Store:
    """Three stories of two days, written but not counted."""
    with two_themes.transaction() as conn:
        sources.declare(conn, [a_source()])
        documents.add(conn, [a_document()])
        found = [
            counted("s1", TODAY, themes={"ai": 0.9, "quantum": 0.5}, domains=frozenset({"naval"}), eur=5e6),
            counted("s2", TODAY, themes={"ai": 0.9}, source_key="office#3", voice="ada", documents=4, eur=2e6),
            counted("s3", TODAY - DAY, themes={"ai": 0.9}, domains=frozenset({"naval", "energy"})),
        ]
        stories.write(conn, [(None, story) for story in found])
    return two_themes


def test_cells_hold_stories_voices_copies_and_euros(counts: Store) -> None:
    with counts.transaction() as conn:
        assert cells.recount(conn, cells.Touched(themes={"ai": {TODAY, TODAY - DAY}, "quantum": {TODAY}})) == 7
        rows = [(o.day, o.stories, o.sources, o.documents, o.eur) for o in observations.series(conn, "ai")]
        assert rows == [(TODAY - DAY, 1, 1, 1, None), (TODAY, 2, 2, 5, 7e6)]
        assert [o.eur for o in observations.series(conn, "quantum")] == [5e6]
        assert observations.counts_between(conn, TODAY, TODAY + DAY) == [
            ("ai", "gazette", "news", TODAY, 1),
            ("ai", "office#3", "news", TODAY, 1),
            ("quantum", "gazette", "news", TODAY, 1),
        ]
        assert observations.take_changes(conn) == {"ai": TODAY - DAY, "quantum": TODAY}


def test_only_the_cells_that_are_touched_change(counts: Store) -> None:
    with counts.transaction() as conn:
        everything = cells.Touched(
            themes={"ai": {TODAY, TODAY - DAY}, "quantum": {TODAY}},
            sources={"gazette": {TODAY, TODAY - DAY}, "office#3": {TODAY}},
        )
        assert cells.recount(conn, everything) == 10
        assert cells.recount(conn, everything) == 0
        stories.remove(conn, ["s1"])
        assert cells.recount(conn, cells.Touched(themes={"quantum": {TODAY}})) == 2
        assert observations.series(conn, "quantum") == []
        assert [o.stories for o in observations.series(conn, "ai")] == [1, 2]
        assert observations.coverage_between(conn, TODAY, TODAY + DAY) == [
            ("gazette", "news", TODAY, 1),
            ("office#3", "news", TODAY, 1),
        ]
        assert cells.recount(conn, everything) == 3
        assert observations.coverage_between(conn, TODAY, TODAY + DAY) == [("office#3", "news", TODAY, 1)]


def test_a_series_of_many_days_is_counted_like_a_short_one(two_themes: Store) -> None:
    days = [TODAY - n * DAY for n in range(40)]
    with two_themes.transaction() as conn:
        sources.declare(conn, [a_source()])
        documents.add(conn, [a_document()])
        found = [counted(f"s{n}", day, themes={"ai": 0.9, "quantum": 0.2}) for n, day in enumerate(days)]
        stories.write(conn, [(None, story) for story in found])
        cells.recount(conn, cells.Touched(themes={"ai": set(days), "quantum": set(days[:20])}))
        assert len(observations.series(conn, "ai")) == 40
        assert [o.day for o in observations.series(conn, "quantum")] == days[:20][::-1]


@pytest.mark.parametrize(
    ("day", "monday"),
    [
        (dt.date(2026, 3, 2), dt.date(2026, 3, 2)),
        (dt.date(2026, 3, 1), dt.date(2026, 2, 23)),
        (dt.date(2027, 1, 1), dt.date(2026, 12, 28)),
    ],
)
def test_the_week_is_its_monday(counts: Store, day: dt.date, monday: dt.date) -> None:
    with counts.transaction() as conn:
        stories.write(conn, [(None, counted("s4", day, themes={"quantum": 0.9}))])
        cells.recount(conn, cells.Touched(themes={"quantum": {day}}))
        query = sa.select(tables.observations.c.week).where(tables.observations.c.day == day)
        assert conn.scalar(query) == monday


def test_domains_are_counted_by_source_and_day(counts: Store) -> None:
    with counts.reading() as conn:
        assert observations.domain_counts_between(conn, TODAY - DAY, TODAY + DAY) == [
            ("energy", "gazette", "news", TODAY - DAY, 1),
            ("naval", "gazette", "news", TODAY - DAY, 1),
            ("naval", "gazette", "news", TODAY, 1),
        ]
        assert observations.domain_counts_between(conn, TODAY + DAY, TODAY + 9 * DAY) == []


def test_the_earliest_change_of_a_series_stands_until_it_is_taken(two_themes: Store) -> None:
    with two_themes.transaction() as conn:
        cells.note_changes(conn, {"ai": TODAY, "coverage": TODAY})
        cells.note_changes(conn, {"ai": TODAY - DAY})
        cells.note_changes(conn, {"ai": TODAY + DAY})
        taken = observations.take_changes(conn)
        assert taken == {"ai": TODAY - DAY, "coverage": TODAY}
        cells.note_changes(conn, {"coverage": TODAY - 2 * DAY})
        observations.clear_changes(conn, taken)
        assert observations.take_changes(conn) == {"coverage": TODAY - 2 * DAY}
        observations.clear_changes(conn)
        assert observations.take_changes(conn) == {}


def test_the_day_in_progress_may_be_written_again(two_themes: Store) -> None:
    with two_themes.transaction() as conn:
        observations.add_signals(conn, [a_signal(), a_signal(day=TODAY - DAY, state=State.NOISE)])
        observations.add_signals(conn, [a_signal(score=5.0, evidence={"documents": ["d1"], "onset": None})])
        found = observations.signals_between(conn, TODAY - DAY, TODAY + DAY)
        assert [(signal.day, signal.score) for signal in found] == [(TODAY - DAY, 4.2), (TODAY, 5.0)]
        assert found[1].evidence == {"documents": ["d1"], "onset": None}
        assert observations.signals_between(conn, TODAY - DAY, TODAY) == found[:1]


def test_latest_signals_are_one_a_theme_strongest_first(two_themes: Store) -> None:
    with two_themes.transaction() as conn:
        observations.add_signals(
            conn, [a_signal("ai", score=9.0, day=TODAY - DAY), a_signal("ai", score=1.0), a_signal("quantum", score=2.0)]
        )
        assert [(signal.theme_id, signal.score) for signal in observations.latest_signals(conn)] == [
            ("quantum", 2.0),
            ("ai", 1.0),
        ]
