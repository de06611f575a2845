"""Leases and cursors."""

from __future__ import annotations

import datetime as dt
import threading

from storage import leases
from storage.store import Store
from tests.builders import NOW

TTL = dt.timedelta(minutes=5)


def test_a_lease_has_one_holder_until_it_runs_out(store: Store) -> None:
    def take(holder: str, now: dt.datetime) -> bool:
        with store.transaction() as conn:
            return leases.acquire(conn, "collect", holder, now, TTL)

    assert take("a", NOW)
    assert not take("b", NOW + TTL - dt.timedelta(seconds=1))
    assert take("a", NOW + TTL / 2), "the holder may renew"
    assert not take("b", NOW + TTL), "the renewal counts"
    assert take("b", NOW + TTL * 1.5), "it has run out"
    assert not take("a", NOW + TTL * 1.5)


def test_only_the_holder_releases(store: Store) -> None:
    with store.transaction() as conn:
        leases.acquire(conn, "collect", "a", NOW, TTL)
        leases.release(conn, "collect", "b")
        assert not leases.acquire(conn, "collect", "b", NOW, TTL)
        leases.release(conn, "collect", "a")
        assert leases.acquire(conn, "collect", "b", NOW, TTL)


def test_leases_of_two_steps_are_apart(store: Store) -> None:
    with store.transaction() as conn:
        assert leases.acquire(conn, "collect", "a", NOW, TTL)
        assert leases.acquire(conn, "deliver", "b", NOW, TTL)


def test_of_holders_who_ask_at_once_one_gets_it(store: Store) -> None:
    won: list[bool] = []

    def take(holder: str) -> None:
        with store.transaction() as conn:
            won.append(leases.acquire(conn, "collect", holder, NOW, TTL))

    threads = [threading.Thread(target=take, args=(f"h{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_a_cursor_remembers(store: Store) -> None:
    with store.transaction() as conn:
        assert leases.cursor(conn, "assess") is None
        leases.set_cursor(conn, "assess", "2026-03-01")
        leases.set_cursor(conn, "assess", "2026-03-02")
        assert leases.cursor(conn, "assess") == "2026-03-02"
