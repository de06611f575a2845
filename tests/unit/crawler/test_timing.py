"""When a source is visited again: the longest of what is asked, within a day, never in an hour or on a day it skips."""

from __future__ import annotations

import datetime as dt

import pytest

from crawler.collectors.base import Schedule
from crawler.timing import next_visit, retry_after_s, wait_asked
from storage.model import Kind, Source
from tests.conftest import NOW

HOUR, DAY = 3600, 86400


def source(key: str = "s", **kw: int) -> Source:
    return Source(id=key, name="S", kind=Kind.NEWS, url="https://s.example/", **kw)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("99999999999999999999", DAY),
        ("Mon, 02 Mar 2026 12:10:00 GMT", 600),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ("Thu, 02 Mar 2028 12:00:00 GMT", DAY),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("bientôt", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_a_day_at_most(value: str | None, expected: int | None) -> None:
    assert retry_after_s(value, NOW) == expected


def test_a_date_counts_from_the_servers_own_clock() -> None:
    fast = "Mon, 02 Mar 2026 15:00:00 GMT"
    assert retry_after_s("Mon, 02 Mar 2026 15:05:00 GMT", NOW, sent=fast) == 300


def test_milliseconds_are_the_exception_of_one_service() -> None:
    assert [retry_after_s(value, NOW, in_milliseconds=True) for value in ("60000", "1", "999999999")] == [60, 1, DAY]


SENT = {"date": "Mon, 02 Mar 2026 12:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({}, None),
        ({"cache-control": "public, max-age=7200"}, 7200),
        ({"cache-control": 'no-transform, max-age="300", s-maxage=9'}, 300),
        ({"expires": "Mon, 02 Mar 2026 13:00:00 GMT", **SENT}, HOUR),
        ({"expires": "0", **SENT}, None),
        ({"expires": "Mon, 02 Mar 2026 11:00:00 GMT", **SENT}, 0),
        ({"cache-control": "max-age=60", "expires": "Mon, 02 Mar 2026 13:00:00 GMT", "retry-after": "5400", **SENT}, 5400),
        ({"cache-control": "max-age=604800"}, DAY),
    ],
)
def test_the_longest_of_what_the_headers_ask_counts(headers: dict[str, str], asked: int | None) -> None:
    assert wait_asked(headers, NOW) == (asked, None)


@pytest.mark.parametrize(
    ("headers", "odd"),
    [
        ({"cache-control": "max-age=31536000"}, "max-age: 31536000"),
        ({"cache-control": "max-age=-1"}, "max-age: -1"),
        ({"cache-control": "max-age="}, "max-age: "),
        ({"retry-after": "demain"}, "Retry-After: demain"),
        ({"expires": "Fri, 31 Dec 2060 00:00:00 GMT", **SENT}, "Expires: Fri, 31 Dec 2060 00:00:00 GMT"),
    ],
)
def test_nonsense_is_ignored_and_named(headers: dict[str, str], odd: str) -> None:
    assert wait_asked(headers, NOW) == (None, odd)


def seconds(source: Source, schedule: Schedule = Schedule(), failures: int = 0) -> float:  # noqa: B008
    return (next_visit(source, schedule, NOW, failures) - NOW).total_seconds()


def test_the_longest_of_interval_and_wish_counts() -> None:
    assert 0.9 * HOUR <= seconds(source()) <= HOUR
    assert 3 * HOUR <= seconds(source(), Schedule(wait_s=3 * HOUR)) <= 3.15 * HOUR
    assert 0.9 * 7 * DAY <= seconds(source(interval_s=7 * DAY), Schedule(wait_s=HOUR)) <= 7 * DAY
    assert DAY <= seconds(source(), Schedule(wait_s=30 * DAY)) <= 1.05 * DAY, "a day at most"


def test_visits_are_spread_the_same_way_all_day_and_another_way_tomorrow() -> None:
    waits = {seconds(source(f"s{number}")) for number in range(50)}
    assert len(waits) > 40
    assert next_visit(source(), Schedule(), NOW) == next_visit(source(), Schedule(), NOW)
    tomorrow = NOW + dt.timedelta(days=1)
    assert next_visit(source(), Schedule(), tomorrow) - tomorrow != next_visit(source(), Schedule(), NOW) - NOW


def test_hours_and_days_to_skip_are_kept_in_gmt() -> None:
    paris = dt.timezone(dt.timedelta(hours=1))
    nights = Schedule(skip_hours=frozenset({12, 13, 14, 15}))
    for now in (NOW, NOW.astimezone(paris)):
        when = next_visit(source(), nights, now)
        assert (when.date(), when.astimezone(dt.UTC).hour) == (NOW.date(), 16)
    friday = dt.datetime(2026, 3, 6, 23, 30, tzinfo=dt.UTC)
    monday = next_visit(source(), Schedule(skip_days=frozenset({5, 6})), friday)
    assert (monday.weekday(), monday.hour) == (0, 0)


def test_a_feed_that_skips_everything_is_visited_all_the_same() -> None:
    never = Schedule(skip_days=frozenset(range(7)))
    assert seconds(source(), never) <= HOUR
