"""Who hears of what, when, and how often."""

from __future__ import annotations

import datetime as dt

import pytest

from alerts.config import DigestSettings, Mute, QuietHours, RetrySettings, Route
from alerts.policy import allowed_at, batches, digest_moment, is_announced, is_muted, is_quiet, is_routed, next_attempt, proven_on
from storage.model import Alert, AlertState, Delivery, State
from tests.unit.alerts.samples import NOW, TODAY, a_subscription, an_alert

PARIS = "Europe/Paris"
NIGHT = QuietHours(start=dt.time(20), end=dt.time(7))


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        (utc(2026, 3, 2, 12), utc(2026, 3, 2, 12)),
        (utc(2026, 3, 2, 19), utc(2026, 3, 3, 6)),  # 20:00 in Paris, winter
        (utc(2026, 3, 2, 5, 59), utc(2026, 3, 2, 6)),
        (utc(2026, 3, 2, 6), utc(2026, 3, 2, 6)),
        (utc(2026, 3, 28, 22), utc(2026, 3, 29, 5)),  # the clock goes forward in the night
        (utc(2026, 10, 24, 22), utc(2026, 10, 25, 6)),  # and back
    ],
)
def test_the_end_of_the_quiet_hours(now: dt.datetime, leaves: dt.datetime) -> None:
    assert allowed_at(now, NIGHT, PARIS) == leaves
    assert is_quiet(now, NIGHT, PARIS) == (leaves > now)


def test_quiet_hours_within_a_day() -> None:
    lunch = QuietHours(start=dt.time(12), end=dt.time(14))
    assert allowed_at(utc(2026, 3, 2, 11, 30), lunch, PARIS) == utc(2026, 3, 2, 13)
    assert allowed_at(utc(2026, 3, 2, 19), lunch, PARIS) == utc(2026, 3, 2, 19)


def test_a_route_lets_through_what_it_names() -> None:
    place, rupture, trend = a_subscription(), an_alert(signal_state=State.RUPTURE), an_alert(theme_id="quantum")
    by_state = [Route(subscription=place.id, states=(State.RUPTURE,))]
    by_theme = [Route(subscription=place.id, themes=("quan*",)), *by_state]
    elsewhere = [Route(subscription="another", states=(State.NOISE,))]
    assert [is_routed(one, place, by_state) for one in (rupture, trend)] == [True, False]
    assert [is_routed(one, place, by_theme) for one in (rupture, trend)] == [True, True]
    assert is_routed(trend, place, elsewhere)


def test_a_mute_ends_on_its_day() -> None:
    mutes = [Mute(theme_id="photonics", until=TODAY)]
    assert is_muted(an_alert(), mutes, TODAY - dt.timedelta(days=1))
    assert not is_muted(an_alert(), mutes, TODAY)
    assert not is_muted(an_alert(theme_id="quantum"), [Mute(theme_id="photonics")], TODAY)


def test_which_cases_are_announced() -> None:
    closed = an_alert(state=AlertState.RESOLVED, closed_on=TODAY)
    old = an_alert(opened_on=TODAY - dt.timedelta(days=15))
    assert is_announced(an_alert(), TODAY, 14, heard_before=False)
    assert not is_announced(an_alert(state=AlertState.PENDING), TODAY, 14, heard_before=True)
    assert [is_announced(closed, TODAY, 14, heard_before=heard) for heard in (False, True)] == [False, True]
    assert [is_announced(old, TODAY, 14, heard_before=heard) for heard in (False, True)] == [False, True]


def test_waits_grow_to_a_limit_and_end() -> None:
    retry = RetrySettings(first_s=10, factor=3, longest_s=100, attempts=5)
    waits = [next_attempt(NOW, attempts, retry) for attempts in range(1, 6)]
    assert [(at - NOW).total_seconds() if at else None for at in waits] == [10, 30, 90, 100, None]
    assert next_attempt(NOW, 1, retry, retry_after_s=500) == NOW + dt.timedelta(seconds=500)


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        (utc(2026, 3, 2, 6), utc(2026, 3, 2, 6)),
        (utc(2026, 3, 2, 5, 59), utc(2026, 2, 23, 6)),
        (utc(2026, 3, 8, 23), utc(2026, 3, 2, 6)),
        (utc(2026, 4, 1, 12), utc(2026, 3, 30, 5)),  # summer time
    ],
)
def test_when_the_digest_was_last_due(now: dt.datetime, moment: dt.datetime) -> None:
    assert digest_moment(now, DigestSettings(weekday=0, hour=7), PARIS) == moment


def owed(case: str, version: int = 1, place: str = "s1") -> Delivery:
    key = f"{place}:{case}:v{version}"
    return Delivery(id=key, key=key, subscription_id=place, channel="slack", target="#c", subject_id=case, payload={})


def test_more_than_the_limit_at_once_leave_as_one() -> None:
    waiting = [owed("a"), owed("b"), owed("c"), owed("a", place="s2")]
    firsts = {one.id for one in waiting}
    assert [len(batch.deliveries) for batch in batches(waiting, firsts, 2)] == [3, 1]
    assert [len(batch.deliveries) for batch in batches(waiting, firsts, 3)] == [1, 1, 1, 1]


def test_what_was_heard_of_before_is_never_grouped() -> None:
    waiting = [owed("a", 2), owed("b", 2), owed("c", 2)]
    assert [batch.is_group for batch in batches(waiting, set(), 1)] == [False, False, False]


def test_only_the_oldest_version_of_a_case_leaves() -> None:
    waiting = [owed("a", 1), owed("a", 2), owed("b", 1)]
    assert [batch.deliveries[0].key for batch in batches(waiting, set(), 5)] == ["s1:a:v1", "s1:b:v1"]


# A place that allows fewer false alerts than the rule


def proven(*heights: tuple[int, float], score: float = 4.0, **changed: object) -> Alert:
    """A case over 1,000 themes whose evidence reached these heights, so many days before today."""
    peaks = [{"on": (TODAY - dt.timedelta(days=ago)).isoformat(), "score": at} for ago, at in heights]
    opened = TODAY - dt.timedelta(days=heights[0][0])
    told = {"subjects": 1000, "peaks": peaks}
    return an_alert(opened_on=opened, score=score, threshold=3.7845, evidence=told, **changed)


def test_a_stricter_place_hears_of_a_case_when_its_evidence_is_enough() -> None:
    case = proven((20, 3.9), (10, 4.2), (3, 4.6), score=4.1)
    assert proven_on(case, None) == case.opened_on
    assert proven_on(case, 5) == case.opened_on
    assert proven_on(case, 2) == TODAY - dt.timedelta(days=10)  # h = 4.18
    assert proven_on(case, 1) == TODAY - dt.timedelta(days=3)  # h = 4.48
    assert proven_on(case, 0.5) is None
    assert proven_on(case, 50) == case.opened_on, "a place can only be stricter than the rule"


@pytest.mark.parametrize(("allowed", "announced"), [(None, False), (2, True), (1, True), (0.5, False)])
def test_the_window_of_a_stricter_place_begins_when_the_case_is_proven_for_it(allowed: float | None, announced: bool) -> None:
    case = proven((20, 3.9), (10, 4.2), (3, 4.6))
    assert is_announced(case, TODAY, 14, heard_before=False, allowed=allowed) is announced
    assert is_announced(case, TODAY, 14, heard_before=True, allowed=allowed)


def test_plain_limits_and_cases_of_earlier_versions_go_to_every_place() -> None:
    assert proven_on(proven((1, 0.1), score=0.1, kind="threshold"), 0.01) == TODAY - dt.timedelta(days=1)
    old = an_alert(evidence={}, threshold=0.0)
    assert proven_on(old, 0.01) == old.opened_on
