"""Silence is judged by a source's own rhythm: a daily site, a weekday archive, a monthly journal."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from crawler.collectors.base import Entry
from crawler.rhythm import expected, is_gap, learn, newest_day, quiet_since, rests_on

MONDAY = dt.date(2026, 3, 2)


def every(step: int, count: int, last: dt.date = MONDAY) -> list[dt.date]:
    return [last - dt.timedelta(days=step * back) for back in range(count)]


def weekdays(weeks: int) -> list[dt.date]:
    return [day for day in every(1, 7 * weeks) if day.weekday() < 5]


@pytest.mark.parametrize(
    ("days", "fine_after", "quiet_after"),
    [
        (every(1, 60), 7, 8),
        (every(7, 20), 21, 22),
        (every(30, 10), 90, 91),
        (weekdays(12), 7, 11),
        ([*every(1, 20), *every(1, 20, MONDAY - dt.timedelta(days=40))], 32, 33),
    ],
    ids=["daily", "weekly", "monthly", "weekdays only", "one that paused for three weeks before"],
)
def test_quiet_after_the_sources_own_patience(days: list[dt.date], fine_after: int, quiet_after: int) -> None:
    rhythm = learn(days)
    assert quiet_since(rhythm, MONDAY, MONDAY + dt.timedelta(days=fine_after)) is None
    assert quiet_since(rhythm, MONDAY, MONDAY + dt.timedelta(days=quiet_after)) == MONDAY


def test_documents_that_come_by_chance_are_seldom_called_silent() -> None:
    """Sources of one document in ten days on average, after half a year: a gap that ends is hardly ever taken for an end."""
    chance = random.Random(5)
    gaps = wrong = 0
    for _ in range(60):
        days, day = [], MONDAY - dt.timedelta(days=182)
        while day < MONDAY + dt.timedelta(days=182):
            day += dt.timedelta(days=max(1, round(chance.expovariate(0.1))))
            days.append(day)
        for at, came in enumerate(days):
            if came > MONDAY:
                gaps += 1
                wrong += quiet_since(learn(days[:at]), days[at - 1], came - dt.timedelta(days=1)) is not None
    assert gaps > 900
    assert wrong <= gaps * 0.005


def test_little_history_says_little() -> None:
    assert learn(every(1, 5)) is None
    assert quiet_since(None, MONDAY, MONDAY + dt.timedelta(days=21)) is None
    assert quiet_since(None, MONDAY, MONDAY + dt.timedelta(days=22)) == MONDAY
    assert quiet_since(None, None, MONDAY) is None


def test_a_source_that_leaves_out_weekends_rests_then() -> None:
    rhythm = learn(weekdays(10))
    assert rhythm is not None
    assert rhythm.weekdays == frozenset(range(5))
    assert rests_on(rhythm, MONDAY + dt.timedelta(days=5))
    assert not rests_on(rhythm, MONDAY)
    assert not rests_on(learn(every(7, 20)), MONDAY + dt.timedelta(days=1)), "a weekly source may come on another day"


def test_the_newest_day_is_stored_or_just_read_and_never_ahead() -> None:
    ahead = MONDAY + dt.timedelta(days=400)
    entries = [Entry(title="a", published_on=day) for day in (MONDAY - dt.timedelta(days=3), ahead)] + [Entry(title="b")]
    assert newest_day([MONDAY - dt.timedelta(days=9), ahead], entries, MONDAY) == MONDAY - dt.timedelta(days=3)
    assert newest_day([], [], MONDAY) is None


def test_what_is_expected_is_the_usual_of_such_a_day() -> None:
    counts = {day: 12 if day.weekday() < 5 else 0 for day in every(1, 70)} | {MONDAY - dt.timedelta(days=14): 400}
    since = MONDAY - dt.timedelta(days=69)
    assert expected(counts, MONDAY, since) == 12.0, "one flood counts for one day"
    assert expected(counts, MONDAY - dt.timedelta(days=1), since) == 0.0
    assert expected(counts, MONDAY, MONDAY - dt.timedelta(weeks=4)) == 12.0
    assert expected(counts, MONDAY, MONDAY - dt.timedelta(days=27)) is None


def test_an_empty_day_is_a_gap_only_where_something_was_to_be_expected() -> None:
    assert not is_gap(1, 20.0, was_read=False)
    assert is_gap(0, 20.0, was_read=True)
    assert not is_gap(0, 2.0, was_read=True), "chance leaves such a day empty once in seven"
    assert is_gap(0, 2.0, was_read=False)
    assert not is_gap(0, 0.0, was_read=False), "a weekend without a visit misses nothing"
    assert is_gap(0, None, was_read=False)
    assert not is_gap(0, None, was_read=True)
