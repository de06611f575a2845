"""A broken collection is told from a quiet theme."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from storage.store import Store
from web.weeks import Week, axis, filled, outages

LAST_MONDAY = dt.date(2026, 2, 23)
LAST_DAY = dt.date(2026, 3, 1)


def mondays(n: int) -> list[dt.date]:
    return [LAST_MONDAY - dt.timedelta(weeks=n - 1 - k) for k in range(n)]


def collected(*weekly: int) -> dict[dt.date, int]:
    return dict(zip(mondays(len(weekly)), weekly, strict=True))


def broken(weekly: Sequence[int], day: dt.date = LAST_DAY) -> list[int]:
    weeks = mondays(len(weekly))
    return [weeks.index(week) for week in sorted(outages(weeks, collected(*weekly), day))]


def test_a_week_far_under_the_usual_is_an_outage() -> None:
    assert broken([100, 110, 90, 105, 10, 100]) == [4]


def test_a_quiet_holiday_is_none() -> None:
    assert broken([100, 110, 90, 105, 45, 100]) == []


def test_an_outage_does_not_become_the_usual() -> None:
    assert broken([100, 100, 100, 0, 0, 0, 0, 0, 0, 5, 100]) == [3, 4, 5, 6, 7, 8, 9]


def test_a_collection_that_grew_is_sound_from_its_start() -> None:
    assert broken([40, 45, 60, 80, 120, 200, 400]) == []


def test_the_week_in_progress_is_judged_on_its_days() -> None:
    thursday = LAST_MONDAY + dt.timedelta(days=3)
    assert broken([70, 70, 70, 70, 20], thursday) == []
    assert broken([70, 70, 70, 70, 2], thursday) == [4]
    assert broken([70, 70, 70, 70, 0], LAST_MONDAY) == []


def test_nothing_is_claimed_without_coverage() -> None:
    assert outages(mondays(4), {}, LAST_DAY) == set()


def test_an_empty_database_has_no_axis(sqlite_store: Store) -> None:
    with sqlite_store.reading() as conn:
        assert axis(conn, None, 26) == ()


def test_a_series_takes_expected_counts_and_gaps_from_evidence() -> None:
    weeks = [Week(day) for day in mondays(3)]
    evidence = {"weekly": [{"week": weeks[1].start.isoformat(), "observed": 2, "expected": 1.5, "covered": False}, "rubbish"]}
    series = filled(weeks, {weeks[0].start: 4}, evidence)
    assert [week.stories for week in series] == [4, 0, 0]
    assert [week.expected for week in series] == [None, 1.5, None]
    assert [week.covered for week in series] == [True, False, True]
    assert [(week.low, week.high) for week in series] == [(None, None)] * 3, "signals of earlier versions have no band"


def test_a_band_is_taken_as_it_is_told_and_only_when_it_is_one() -> None:
    weeks = [Week(day) for day in mondays(4)]
    told = [{"low": 1, "high": 4}, {"low": 0, "high": 0}, {"low": "x", "high": 3}, {"low": 0, "high": float("nan")}]
    evidence = {"weekly": [{"week": week.start.isoformat()} | band for week, band in zip(weeks, told, strict=True)]}
    assert [(week.low, week.high) for week in filled(weeks, {}, evidence)] == [(1, 4), (None, None), (None, None), (None, None)]
