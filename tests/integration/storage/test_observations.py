"""Series, coverage and signals."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from storage import observations, themes
from storage.model import State
from storage.store import Store
from tests.builders import TODAY, a_signal, a_theme, an_observation

DAY = dt.timedelta(days=1)


@pytest.fixture
def two_themes(store: Store) -> Store:
    with store.transaction() as conn:
        themes.save(conn, [a_theme("ai"), a_theme("quantum")])
    return store


def by_source(theme: str, day: dt.date, source: str, stories: int = 1) -> dict[str, Any]:
    return {"theme_id": theme, "kind": "news", "day": day, "source_key": source, "stories": stories}


def test_replacing_a_series_twice_gives_the_same_rows_and_leaves_other_themes(two_themes: Store) -> None:
    with two_themes.transaction() as conn:
        observations.replace(conn, ["ai"], [an_observation("ai")], [by_source("ai", TODAY, "gazette")])
        for _ in range(2):
            observations.replace(
                conn,
                ["quantum"],
                [an_observation(day=TODAY), an_observation(day=TODAY - DAY, stories=1)],
                [by_source("quantum", TODAY, "gazette", 2)],
            )
        series = observations.series(conn, "quantum")
        assert [(row.day, row.stories) for row in series] == [(TODAY - DAY, 1), (TODAY, 2)]
        assert conn.scalar(sa.text("SELECT COUNT(*) FROM observation_sources")) == 2
        observations.replace(conn, ["quantum"], [], [])
        assert observations.series(conn, "quantum") == []
        assert len(observations.series(conn, "ai")) == 1


@pytest.mark.parametrize(
    ("day", "monday"),
    [
        (dt.date(2026, 3, 2), dt.date(2026, 3, 2)),
        (dt.date(2026, 3, 1), dt.date(2026, 2, 23)),
        (dt.date(2027, 1, 1), dt.date(2026, 12, 28)),
    ],
)
def test_the_week_is_its_monday(two_themes: Store, day: dt.date, monday: dt.date) -> None:
    with two_themes.transaction() as conn:
        observations.replace(conn, ["ai"], [an_observation("ai", day=day)], [])
        assert conn.execute(sa.text("SELECT week FROM observations").columns(week=sa.Date)).scalar() == monday


def test_coverage_is_rewritten_from_a_day_on(two_themes: Store) -> None:
    def row(day: dt.date, stories: int) -> dict[str, Any]:
        return {"source_key": "gazette", "kind": "news", "day": day, "stories": stories}

    with two_themes.transaction() as conn:
        observations.replace_coverage(conn, [row(TODAY - DAY, 5), row(TODAY, 7)], since=TODAY - DAY)
        observations.replace_coverage(conn, [row(TODAY, 9)], since=TODAY)
        assert list(conn.scalars(sa.text("SELECT stories FROM coverage ORDER BY day"))) == [5, 9]


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
