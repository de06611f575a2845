"""What is owed to whom, and the sending of it: each message once, or ``unknown`` when nobody can tell.

``owe_alerts`` writes messages into the outbox; ``deliver`` claims, sends and settles them, each in its own transaction, so that a
process killed anywhere neither loses nor doubles a message.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import structlog
from sqlalchemy.engine import Connection

from alerts.background import background_of
from alerts.channels.base import Channel, Receipt
from alerts.channels.build import build_channels
from alerts.compose import alert_message, group_message
from alerts.config import AlertSettings
from alerts.message import Envelope, Message, as_payload, from_payload
from alerts.policy import Batch, allowed_at, batches, is_announced, is_muted, is_routed, next_attempt
from storage import alerts, deliveries, leases
from storage.errors import DeliveryError
from storage.model import Alert, Delivery, DeliveryState, Subscription
from storage.store import Store

log = structlog.get_logger()

LEASE = "deliver"
LEASE_TTL = dt.timedelta(minutes=15)
_LIMIT = 500
# Says to nobody in particular "a bug of ours": the text of an unforeseen error may hold anything, so only its type is kept.
_UNFORESEEN = "unforeseen {name} while sending: it may have arrived"


@dataclass(frozen=True, slots=True)
class OweReport:
    """How many deliveries are new, and how many alerts were held back because their theme is muted."""

    owed: int = 0
    muted: int = 0


@dataclass(frozen=True, slots=True)
class DeliverReport:
    """What became of the deliveries of one run. ``busy``: another process is delivering, nothing was done."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    unknown: int = 0
    recovered: int = 0
    busy: bool = False


def delivery_id(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def alert_key(subscription: Subscription, alert: Alert) -> str:
    return f"{subscription.id}:{alert.id}:v{alert.version}"


def owe_alerts(store: Store, now: dt.datetime, settings: AlertSettings) -> OweReport:
    """Owes every subscription the alert versions it has not been told of. One transaction a subscription."""
    today = now.date()
    with store.reading() as conn:
        places = deliveries.subscribers(conn, "alerts")
        cases = alerts.between(conn, today - dt.timedelta(days=settings.announce_within_days), today + dt.timedelta(days=1))
    audible = [case for case in cases if not is_muted(case, settings.mutes, today)]
    owed = 0
    for place in places:
        with store.transaction() as conn:
            owed += _owe_place(conn, place, audible, now, settings)
    log.info("alerts owed", new=owed, muted=len(cases) - len(audible), subscriptions=len(places))
    return OweReport(owed=owed, muted=len(cases) - len(audible))


def deliver(
    store: Store,
    now: dt.datetime,
    settings: AlertSettings,
    channels: Mapping[str, Channel] | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> DeliverReport:
    """Sends what is due. ``wait`` is called for the short pauses a place asks for (``slack.patience_s`` at most).

    Raises ConfigError for an unreadable secret file; a failed send is a row, never an exception.
    """
    with store.transaction() as conn:
        if not leases.acquire(conn, LEASE, store.holder, now, LEASE_TTL):
            log.info("delivery is busy")
            return DeliverReport(busy=True)
        recovered = deliveries.recover(conn)
        ended = _end_unsubscribed(conn, now)
    tally: Counter[str] = Counter(failed=ended)
    try:
        open_channels = build_channels(settings) if channels is None else channels
        with store.reading() as conn:
            waiting = _with_threads(conn, _unblocked(conn, deliveries.due(conn, now, _LIMIT)))
        firsts = {one.delivery.id for one in waiting if one.thread is None and one.delivery.payload.get("kind") == "alert"}
        threads = {one.delivery.id: one.thread for one in waiting}
        held: set[str] = set()
        for batch in batches([one.delivery for one in waiting], firsts, settings.group_above):
            place = batch.deliveries[0].subscription_id
            if place in held:
                continue
            claimed = _claim(store, batch)
            if claimed and not _send(store, now, settings, open_channels, claimed, threads, tally, wait):
                held.add(place)
    finally:
        with store.transaction() as conn:
            leases.release(conn, LEASE, store.holder)
    report = DeliverReport(
        sent=tally["sent"], retried=tally["retried"], failed=tally["failed"], unknown=tally["unknown"], recovered=recovered
    )
    log.info("messages delivered", **{name: count for name, count in asdict(report).items() if name != "busy"})
    return report


def _owe_place(conn: Connection, place: Subscription, cases: Sequence[Alert], now: dt.datetime, settings: AlertSettings) -> int:
    keys = {case.id: alert_key(place, case) for case in cases if is_routed(case, place, settings.routes)}
    known = deliveries.known_keys(conn, list(keys.values()))
    fresh = [case for case in cases if case.id in keys and keys[case.id] not in known]
    heard = deliveries.subjects_of(conn, place.id, [case.id for case in fresh])
    told = [
        case
        for case in fresh
        if is_announced(
            case,
            now.date(),
            settings.announce_within_days,
            heard_before=case.id in heard,
            allowed=place.false_alerts_per_month,
        )
    ]
    background = background_of(conn, told)
    leaves_at = allowed_at(now, settings.quiet, settings.timezone)
    new = []
    for case in told:
        to = Envelope(key=keys[case.id], subscription_id=place.id, target=place.target, lang=place.lang)
        message = alert_message(case, background, to, settings, now, heard_before=case.id in heard)
        new.append(
            Delivery(
                id=delivery_id(to.key),
                key=to.key,
                subscription_id=place.id,
                channel=place.channel,
                target=place.target,
                subject_id=case.id,
                payload=as_payload(message),
                created_at=now,
                next_attempt_at=leaves_at if leaves_at > now else None,
            )
        )
    return deliveries.owe(conn, new)


@dataclass(frozen=True, slots=True)
class _Waiting:
    delivery: Delivery
    thread: Mapping[str, object] | None


def _end_unsubscribed(conn: Connection, now: dt.datetime) -> int:
    """Gives up what is due to places that have unsubscribed since it was owed."""
    live = {place.id for place in deliveries.all_subscriptions(conn) if place.enabled}
    gone = [one for one in deliveries.due(conn, now, _LIMIT) if one.subscription_id not in live]
    for delivery in gone:
        deliveries.settle(conn, delivery.id, DeliveryState.FAILED, error="the subscription has ended")
    return len(gone)


def _unblocked(conn: Connection, due: Sequence[Delivery]) -> list[Delivery]:
    """Without deliveries whose case has an older one still waiting for its time at the same place."""
    older: dict[tuple[str, str], int] = {}
    for subject in {delivery.subject_id for delivery in due}:
        for other in deliveries.of_subject(conn, subject):
            if other.state is DeliveryState.PENDING:
                place = (other.subscription_id, subject)
                older[place] = min(older.get(place, _version(other)), _version(other))
    return [one for one in due if _version(one) == older[(one.subscription_id, one.subject_id)]]


def _with_threads(conn: Connection, due: Sequence[Delivery]) -> list[_Waiting]:
    """Each delivery with the receipt of the newest message its place got about the case."""
    found = []
    for delivery in due:
        sent = [
            one
            for one in deliveries.of_subject(conn, delivery.subject_id)
            if one.subscription_id == delivery.subscription_id and one.state is DeliveryState.SENT
        ]
        newest = max(sent, key=_version, default=None)
        found.append(_Waiting(delivery, dict(newest.receipt) if newest else None))
    return found


def _version(delivery: Delivery) -> int:
    version = delivery.key.rpartition(":v")[2]
    return int(version) if version.isdigit() else 0


def _claim(store: Store, batch: Batch) -> list[Delivery]:
    with store.transaction() as conn:
        return [delivery for delivery in batch.deliveries if deliveries.claim(conn, delivery.id)]


def _send(
    store: Store,
    now: dt.datetime,
    settings: AlertSettings,
    channels: Mapping[str, Channel],
    claimed: Sequence[Delivery],
    threads: Mapping[str, Mapping[str, object] | None],
    tally: Counter[str],
    wait: Callable[[float], None],
) -> bool:
    """Sends one message and settles its rows. False when the place asked for a pause: the rest of its messages wait."""
    first = claimed[0]
    try:
        receipt = _attempt(_message(claimed), channels.get(first.channel), first, threads.get(first.id), settings, wait)
    except DeliveryError as exc:
        _settle_error(store, now, settings, claimed, exc, tally)
        return exc.outcome != "retry"
    except Exception as exc:  # noqa: BLE001 - a delivery is a unit of work; whether it left is not known
        error = DeliveryError(_UNFORESEEN.format(name=type(exc).__name__), outcome="unknown", channel=first.channel)
        _settle_error(store, now, settings, claimed, error, tally)
        return True
    with store.transaction() as conn:
        for delivery in claimed:
            deliveries.settle(conn, delivery.id, DeliveryState.SENT, receipt=receipt.detail, sent_at=now)
    tally["sent"] += len(claimed)
    return True


def _message(claimed: Sequence[Delivery]) -> Message:
    try:
        messages = [from_payload(delivery.payload) for delivery in claimed]
    except ValueError as exc:
        error = "the outbox row holds no readable message: it was written by another version"
        raise DeliveryError(error, outcome="permanent", channel=claimed[0].channel) from exc
    if len(messages) == 1:
        return messages[0]
    to = messages[0].to
    key = "group:" + delivery_id("|".join(delivery.key for delivery in claimed))
    return group_message(messages, Envelope(key=key, subscription_id=to.subscription_id, target=to.target, lang=to.lang))


def _attempt(
    message: Message,
    channel: Channel | None,
    delivery: Delivery,
    thread: Mapping[str, object] | None,
    settings: AlertSettings,
    wait: Callable[[float], None],
) -> Receipt:
    if channel is None:
        raise DeliveryError(f"the channel {delivery.channel} is not set up", outcome="retry", channel=delivery.channel)
    try:
        return channel.send(message, thread)
    except DeliveryError as exc:
        # Busy places ask for a second or two; waiting here beats a message a run.
        pause = exc.retry_after_s
        if exc.outcome != "retry" or pause is None or pause > settings.slack.patience_s:
            raise
        wait(pause)
        return channel.send(message, thread)


def _settle_error(
    store: Store, now: dt.datetime, settings: AlertSettings, claimed: Sequence[Delivery], exc: DeliveryError, tally: Counter[str]
) -> None:
    with store.transaction() as conn:
        for delivery in claimed:
            again = (
                next_attempt(now, delivery.attempts + 1, settings.retry, exc.retry_after_s) if exc.outcome == "retry" else None
            )
            if exc.outcome == "unknown":
                state, counted = DeliveryState.UNKNOWN, "unknown"
            elif again is not None:
                state, counted = DeliveryState.PENDING, "retried"
            else:
                state, counted = DeliveryState.FAILED, "failed"
            deliveries.settle(conn, delivery.id, state, error=str(exc), next_attempt_at=again)
            tally[counted] += 1
    log.warning("message not delivered", channel=exc.channel, outcome=exc.outcome, error=str(exc), deliveries=len(claimed))
