"""Decides who hears of what, when, and how often to try. Pure: no clock, no database, no network.

Cool-down of a theme is the rule's business (it opens the case); here a case is announced once a version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from alerts.config import DigestSettings, Mute, QuietHours, RetrySettings, Route
from storage import allowance
from storage.model import Alert, AlertState, Delivery, Subscription


@dataclass(frozen=True, slots=True)
class Batch:
    """Deliveries that leave as one message."""

    deliveries: tuple[Delivery, ...]

    @property
    def is_group(self) -> bool:
        return len(self.deliveries) > 1


def is_routed(alert: Alert, subscription: Subscription, routes: Sequence[Route]) -> bool:
    """Whether the subscription receives this alert: every one without a route, otherwise what one of its routes lets through."""
    own = [route for route in routes if route.subscription == subscription.id]
    return not own or any(_passes(alert, route) for route in own)


def is_muted(alert: Alert, mutes: Iterable[Mute], today: dt.date) -> bool:
    return any(mute.theme_id == alert.theme_id and (mute.until is None or today < mute.until) for mute in mutes)


def is_announced(
    alert: Alert, today: dt.date, announce_within_days: int, *, heard_before: bool, allowed: float | None = None
) -> bool:
    """Whether a case is worth a message to a place: pending never, closed or old ones only where it was heard of before.

    A place that allows fewer false alerts than the rule (``allowed`` a month) hears of a case when its evidence first is enough
    for that, however long after it was opened; from then on it hears of it as everybody does.
    """
    if alert.state is AlertState.PENDING:
        return False
    if heard_before:
        return True
    since = proven_on(alert, allowed)
    return alert.state is AlertState.FIRING and since is not None and (today - since).days <= announce_within_days


def proven_on(alert: Alert, allowed: float | None) -> dt.date | None:
    """The day a case's evidence was enough for ``allowed`` false alerts a month of its rule; None while it is not.

    Without an allowance, and for rules of plain limits, which have none, it is the day the case was opened.
    """
    if allowed is None or alert.kind == "threshold":
        return alert.opened_on
    needed = _score_needed(alert, allowed)
    # Every new height of the evidence is kept with its day; the newest number may be lower.
    for peak in alert.evidence.get("peaks", ()):
        if peak["score"] >= needed:
            return dt.date.fromisoformat(peak["on"])
    return alert.opened_on if alert.score >= needed else None


def _score_needed(alert: Alert, allowed: float) -> float:
    """Never less than the case's own threshold: a place can only be stricter than the rule."""
    subjects = alert.evidence.get("subjects")
    if not isinstance(subjects, int | float) or subjects < 1:
        # A case of an earlier version does not say over how many subjects it was proven: it passes as it did then.
        return alert.threshold
    return max(alert.threshold, round(allowance.threshold(int(subjects), allowed), 4))


def is_quiet(now: dt.datetime, quiet: QuietHours | None, timezone: str) -> bool:
    return quiet is not None and allowed_at(now, quiet, timezone) > now


def allowed_at(now: dt.datetime, quiet: QuietHours | None, timezone: str) -> dt.datetime:
    """The first moment from ``now`` on outside the quiet hours, in UTC."""
    if quiet is None or quiet.start == quiet.end:
        return now
    local = now.astimezone(ZoneInfo(timezone))
    time = local.time()
    over_midnight = quiet.start > quiet.end
    inside = (time >= quiet.start or time < quiet.end) if over_midnight else quiet.start <= time < quiet.end
    if not inside:
        return now
    day = local.date() + dt.timedelta(days=1 if over_midnight and time >= quiet.start else 0)
    end = dt.datetime.combine(day, quiet.end, ZoneInfo(timezone)).astimezone(dt.UTC)
    # A clock put back in autumn may name an end that is already over; never answer with the past.
    return max(end, now)


def next_attempt(now: dt.datetime, attempts: int, retry: RetrySettings, retry_after_s: float | None = None) -> dt.datetime | None:
    """When to try again after ``attempts`` attempts; None when it is time to give up. A server's Retry-After is honoured."""
    if attempts >= retry.attempts:
        return None
    wait = min(retry.first_s * retry.factor ** max(0, attempts - 1), retry.longest_s)
    return now + dt.timedelta(seconds=max(wait if retry_after_s is None else retry_after_s, 0.0))


def digest_moment(now: dt.datetime, digest: DigestSettings, timezone: str) -> dt.datetime:
    """The last moment, not after ``now``, at which a digest was due, in UTC."""
    local = now.astimezone(ZoneInfo(timezone))
    day = local.date() - dt.timedelta(days=(local.weekday() - digest.weekday) % 7)
    due = dt.datetime.combine(day, dt.time(digest.hour), ZoneInfo(timezone)).astimezone(dt.UTC)
    if due > now:
        due = dt.datetime.combine(day - dt.timedelta(days=7), dt.time(digest.hour), ZoneInfo(timezone)).astimezone(dt.UTC)
    return due


def digest_week_end(moment: dt.datetime, timezone: str) -> dt.date:
    """The end of the week a digest leaving at ``moment`` tells of: that day, itself not included."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def batches(waiting: Sequence[Delivery], first_of_case: set[str], group_above: int) -> list[Batch]:
    """What leaves together, in order.

    Only the oldest waiting delivery of a case and place leaves in a run, so that a case's messages never overtake each other.
    More than ``group_above`` first messages for one place leave as one. ``first_of_case`` holds the ids of deliveries whose case
    has not been heard of at their place.
    """
    seen: set[tuple[str, str]] = set()
    leaving: list[Delivery] = []
    for delivery in waiting:
        case = (delivery.subscription_id, delivery.subject_id)
        if case not in seen:
            seen.add(case)
            leaving.append(delivery)
    firsts: dict[str, list[Delivery]] = {}
    for delivery in leaving:
        if delivery.id in first_of_case:
            firsts.setdefault(delivery.subscription_id, []).append(delivery)
    grouped = {place: tuple(found) for place, found in firsts.items() if len(found) > group_above}
    out: list[Batch] = []
    for delivery in leaving:
        group = grouped.get(delivery.subscription_id, ())
        if delivery not in group:
            out.append(Batch((delivery,)))
        elif delivery is group[0]:
            out.append(Batch(group))
    return out


def _passes(alert: Alert, route: Route) -> bool:
    return (
        (not route.states or alert.signal_state in route.states)
        and (not route.themes or any(fnmatchcase(alert.theme_id, pattern) for pattern in route.themes))
        and (not route.rules or alert.rule_id in route.rules)
    )
