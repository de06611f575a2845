"""Long series: months or quarters, shares of what the theme's own sources gave, gaps that are ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from storage import themes
from storage.store import Store
from tests.builders import a_theme, add_counts, an_observation
from web.periods import Period, long_series

DAY = dt.date(2026, 3, 15)


def months_back(count: int) -> list[dt.date]:
    """The tenth of each of the last months, oldest first."""
    whole = DAY.year * 12 + DAY.month - 1
    return [dt.date((whole - n) // 12, (whole - n) % 12 + 1, 10) for n in reversed(range(count))]


def series(store: Store, days: list[dt.date], stories: Callable[[int], int], covered: Callable[[int], int]) -> tuple[Period, ...]:
    with store.transaction() as conn:
        themes.save(conn, [a_theme()])
        counted = [(day, stories(n)) for n, day in enumerate(days) if stories(n)]
        add_counts(
            conn,
            [an_observation(day=day, stories=count) for day, count in counted],
            [
                {"theme_id": "quantum", "kind": "news", "day": day, "source_key": "gazette", "stories": count}
                for day, count in counted
            ],
            [
                {"source_key": key, "kind": "news", "day": day, "stories": covered(n) if key == "gazette" else 1000}
                for n, day in enumerate(days)
                for key in ("gazette", "elsewhere")
                if covered(n)
            ],
        )
    with store.reading() as conn:
        return long_series(conn, ["quantum", "nobody"], DAY).get("quantum", ())


def test_a_growing_collection_is_no_rise(store: Store) -> None:
    periods = series(store, months_back(24), stories=lambda n: n + 1, covered=lambda n: 100 * (n + 1))
    assert len(periods) == 24
    assert {period.rate for period in periods} == {10.0}, "what other sources gave does not count"
    assert [period.partial for period in periods][-2:] == [False, True]


def test_years_are_told_by_quarters_and_ten_at_most(store: Store) -> None:
    periods = series(store, months_back(150), stories=lambda n: 1, covered=lambda n: 50)
    assert {period.months for period in periods} == {3}
    assert periods[0].start == dt.date(2016, 4, 1)
    assert (periods[-1].start, periods[-1].stories, periods[-1].partial) == (dt.date(2026, 1, 1), 3, True)
    assert len(periods) == 40


def test_a_gap_of_the_collection_is_told_from_a_silent_theme(store: Store) -> None:
    days = months_back(24)
    periods = series(store, days, stories=lambda n: 0 if n in (5, 10, 11) else 4, covered=lambda n: {10: 0, 11: 9}.get(n, 100))
    assert [n for n, period in enumerate(periods) if period.is_gap] == [10, 11]
    assert (periods[5].rate, periods[10].rate, periods[11].rate) == (0.0, None, None)


def test_without_counts_there_is_no_series(store: Store) -> None:
    assert series(store, [], stories=lambda n: 1, covered=lambda n: 1) == ()
    with store.reading() as conn:
        assert long_series(conn, ["quantum"], None) == {}
