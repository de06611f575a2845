"""The outbox: owed once, claimed by one, never sent twice."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from storage import deliveries
from storage.errors import Conflict, NotFound
from storage.model import DeliveryState
from storage.store import Store
from tests.builders import NOW, a_delivery, a_subscription

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def office(store: Store) -> Store:
    with store.transaction() as conn:
        deliveries.subscribe(conn, [a_subscription()])
    return store


def test_subscribing_again_changes_language_and_switch_only(office: Store) -> None:
    with office.transaction() as conn:
        deliveries.subscribe(conn, [a_subscription(lang="en"), a_subscription("mail", channel="email", content="digest")])
        assert deliveries.subscribers(conn, "alerts") == [a_subscription(lang="en")]
        deliveries.subscribe(conn, [a_subscription(enabled=False)])
        assert deliveries.subscribers(conn, "alerts") == []
        assert [one.id for one in deliveries.all_subscriptions(conn)] == ["mail", "team"]


def test_the_same_place_under_two_names_is_refused(office: Store) -> None:
    with pytest.raises(Conflict, match="exists under another id"), office.transaction() as conn:
        deliveries.subscribe(conn, [a_subscription("team-2")])


def test_a_thing_is_owed_once_whoever_calls(office: Store) -> None:
    with office.transaction() as conn:
        assert deliveries.owe(conn, [a_delivery("k1"), a_delivery("k1", id="another-id"), a_delivery("k2")]) == 2
        assert deliveries.owe(conn, [a_delivery("k1", id="a-third-id"), a_delivery("k3")]) == 1
        assert deliveries.owe(conn, []) == 0
        assert [one.key for one in deliveries.all_deliveries(conn)] == ["k1", "k2", "k3"]


def test_due_is_pending_and_ripe_oldest_first(office: Store) -> None:
    with office.transaction() as conn:
        deliveries.owe(
            conn,
            [
                a_delivery("second"),
                a_delivery("first", created_at=NOW - HOUR, next_attempt_at=NOW),
                a_delivery("later", next_attempt_at=NOW + HOUR),
                a_delivery("done", state=DeliveryState.SENT),
            ],
        )
        assert [one.key for one in deliveries.due(conn, NOW)] == ["first", "second"]
        assert [one.key for one in deliveries.due(conn, NOW, limit=1)] == ["first"]


def test_of_many_processes_one_claims(office: Store) -> None:
    with office.transaction() as conn:
        deliveries.owe(conn, [a_delivery()])
    key = a_delivery().id
    won: list[bool] = []

    def claim() -> None:
        with office.transaction() as conn:
            won.append(deliveries.claim(conn, key))

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]
    with office.reading() as conn:
        (found,) = deliveries.of_subject(conn, "a1")
    assert (found.state, found.attempts) == (DeliveryState.SENDING, 1)


def test_settle_writes_the_receipt_or_the_next_attempt(office: Store) -> None:
    with office.transaction() as conn:
        deliveries.owe(conn, [a_delivery("ok"), a_delivery("busy")])
        for key in ("ok", "busy"):
            assert deliveries.claim(conn, a_delivery(key).id)
        deliveries.settle(conn, a_delivery("ok").id, DeliveryState.SENT, receipt={"ts": "17.1"}, sent_at=NOW)
        deliveries.settle(conn, a_delivery("busy").id, DeliveryState.PENDING, error="429", next_attempt_at=NOW + HOUR)
        busy, ok = sorted(deliveries.all_deliveries(conn), key=lambda one: one.key)
        assert (ok.state, ok.receipt, ok.sent_at) == (DeliveryState.SENT, {"ts": "17.1"}, NOW)
        assert (busy.state, busy.error, busy.receipt) == (DeliveryState.PENDING, "429", {})
        assert deliveries.due(conn, NOW) == []
        assert [one.key for one in deliveries.due(conn, NOW + HOUR)] == ["busy"]


def test_a_send_cut_short_becomes_unknown_and_is_never_due_again(office: Store) -> None:
    with office.transaction() as conn:
        deliveries.owe(conn, [a_delivery("cut"), a_delivery("waiting")])
        deliveries.claim(conn, a_delivery("cut").id)
    with office.transaction() as conn:
        assert deliveries.recover(conn) == 1
        assert deliveries.recover(conn) == 0
        assert not deliveries.claim(conn, a_delivery("cut").id)
        assert [one.key for one in deliveries.due(conn, NOW + HOUR)] == ["waiting"]


def test_unsubscribing_ends_one_subscription_and_keeps_its_record(office: Store) -> None:
    with office.transaction() as conn:
        deliveries.subscribe(conn, [a_subscription("mail", channel="email", content="digest")])
        deliveries.owe(conn, [a_delivery("k1")])
        assert [deliveries.unsubscribe(conn, "team") for _ in range(2)] == [True, False]
        assert deliveries.subscription(conn, "team") == a_subscription(enabled=False)
        assert deliveries.subscription(conn, "mail").enabled
        assert len(deliveries.all_deliveries(conn)) == 1
        for act in (deliveries.unsubscribe, deliveries.subscription):
            with pytest.raises(NotFound, match="nobody"):
                act(conn, "nobody")
