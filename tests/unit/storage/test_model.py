"""The day a document is counted on, and rows to values and back."""

from __future__ import annotations

import datetime as dt

import pytest

from storage.model import Kind, Origin, counting_day
from storage.rows import to_row
from tests.builders import NOW, TODAY, a_source, a_theme

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("published_on", "counted_on", "flag"),
    [
        (TODAY, TODAY, None),
        (TODAY - DAY, TODAY - DAY, None),
        (TODAY - 7 * DAY, TODAY - 7 * DAY, None),
        (TODAY - 8 * DAY, TODAY, "late"),
        (dt.date(1998, 5, 1), TODAY, "late"),
        (None, TODAY, "undated"),
        (TODAY + DAY, TODAY, None),  # a time zone ahead of ours, not the future
        (TODAY + 2 * DAY, None, "future"),
    ],
)
def test_the_day_that_counts(published_on: dt.date | None, counted_on: dt.date | None, flag: str | None) -> None:
    assert counting_day(published_on, NOW) == (counted_on, flag)


def test_a_month_is_not_a_day() -> None:
    assert counting_day(TODAY, NOW, "month") == (None, "imprecise")
    assert counting_day(TODAY, NOW, "time") == (TODAY, None)


def test_the_day_of_collection_is_the_day_in_utc() -> None:
    tokyo = dt.timezone(dt.timedelta(hours=9))
    early = dt.datetime(2026, 3, 3, 6, 0, tzinfo=tokyo)  # still 2 March in UTC
    assert counting_day(None, early) == (dt.date(2026, 3, 2), "undated")


def test_rows_hold_plain_values() -> None:
    row = to_row(a_theme(terms_fr=("a", "b")))
    assert (row["origin"], type(row["origin"])) == (Origin.WATCH.value, str)
    assert row["terms_fr"] == ["a", "b"]
    assert to_row(a_source())["kind"] == Kind.NEWS.value
