"""The scheduler: jobs that survive a restart, one instance, a clean stop."""

from __future__ import annotations

import datetime as dt
import pickle
import signal
import threading
import urllib.request
from typing import IO

import pytest
import sqlalchemy as sa

from monitor import lease, scheduler
from monitor.config import SchedulerSettings, Settings
from storage.store import Store
from tests.integration.cli.conftest import Zoom, start, url_of

HOURS = SchedulerSettings(collect_minutes=60, pipeline_minutes=120, facts_minutes=180)


@pytest.fixture(autouse=True)
def ran(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Jobs that are due at once only say that they ran: the steps themselves are tested elsewhere."""
    said = threading.Event()
    monkeypatch.setattr(scheduler, "run_all", lambda *_a, **_k: said.set() or [])
    return said


def stored(store: Store) -> dict[str, dt.datetime | None]:
    return dict(scheduler.planned(store))


def test_a_job_keeps_its_next_run_over_a_restart(store: Store) -> None:
    settings = Settings(scheduler=HOURS)
    planned = dt.datetime(2999, 1, 1, 3, 0, tzinfo=dt.UTC)
    with scheduler.scheduling(store, settings, threading.Event()) as running:
        running.get_job("facts").modify(next_run_time=planned)
    assert set(stored(store)) == {"collect", "pipeline", "digest", "facts"}
    with scheduler.scheduling(store, settings, threading.Event()) as running:
        assert running.get_job("facts").next_run_time == planned
    assert stored(store)["facts"] == planned


def test_a_job_missed_while_stopped_runs_at_once(sqlite_store: Store, ran: threading.Event) -> None:
    settings = Settings(scheduler=HOURS)
    with scheduler.scheduling(sqlite_store, settings, threading.Event()) as running:
        running.pause()
        for job in running.get_jobs():
            missed = job.id == "facts"
            job.modify(next_run_time=dt.datetime(1999 if missed else 2999, 1, 1, tzinfo=dt.UTC))
    ran.clear()
    with scheduler.scheduling(sqlite_store, settings, threading.Event()):
        assert ran.wait(30)


def test_what_is_stored_is_a_name_not_a_closure_nor_a_secret(store: Store) -> None:
    with scheduler.scheduling(store, Settings(scheduler=HOURS), threading.Event()):
        pass
    with store.reading() as conn:
        states = [pickle.loads(row.job_state) for row in conn.execute(sa.text(f"SELECT job_state FROM {scheduler.TABLE}"))]
    assert {state["func"] for state in states} == {"monitor.scheduler:run_job"}
    assert sorted(len(state["args"][0]) for state in states) == [1, 1, 2, len(scheduler.PIPELINE)]
    assert all(state["coalesce"] and state["max_instances"] == 1 and state["misfire_grace_time"] is None for state in states)


def test_new_settings_change_the_stored_jobs(store: Store) -> None:
    with scheduler.scheduling(store, Settings(scheduler=HOURS), threading.Event()):
        pass
    changed = HOURS.model_copy(update={"facts_minutes": 600, "digest_minute": 42})
    with scheduler.scheduling(store, Settings(scheduler=changed), threading.Event()) as running:
        assert running.get_job("facts").trigger.interval == dt.timedelta(minutes=600)
        assert running.get_job("digest").next_run_time.minute == 42


def test_a_new_installation_collects_at_once(sqlite_store: Store, ran: threading.Event) -> None:
    with scheduler.scheduling(sqlite_store, Settings(scheduler=HOURS), threading.Event()):
        assert ran.wait(30)


def test_a_job_outside_a_scheduler_does_nothing(ran: threading.Event) -> None:
    scheduler.run_job(["collect"])
    assert not ran.is_set()


def test_two_schedulers_never_run_at_once(store: Store) -> None:
    other = Store(store.engine)
    with scheduler.scheduling(store, Settings(scheduler=HOURS), threading.Event()):
        second = scheduler.scheduling(other, Settings(scheduler=HOURS), threading.Event())
        with pytest.raises(lease.Busy, match="'scheduler' is already running elsewhere"), second:
            pass
    with scheduler.scheduling(other, Settings(scheduler=HOURS), threading.Event()):
        pass


def wait_for(stream: IO[str], words: str) -> str:
    """The first line that holds ``words``."""
    for line in stream:
        if words in line:
            return line
    raise AssertionError(f"ended without saying '{words}'")


def test_sigterm_stops_a_real_scheduler_and_a_second_one_is_refused(store: Store, zoom: Zoom) -> None:
    with start("scheduler", "--database", url_of(store), ZOOM_AVANT_SCHEDULER__COLLECT_MINUTES="60") as process:
        assert process.stderr
        wait_for(process.stderr, "scheduler started")
        second = zoom("scheduler", "--database", url_of(store))
        assert second.code == 1
        assert "already running elsewhere" in second.err
        plan = zoom("scheduler", "--plan", "--json", "--database", url_of(store)).json
        assert {row["job"] for row in plan} == {"collect", "pipeline", "digest", "facts"}
        process.send_signal(signal.SIGTERM)
        wait_for(process.stderr, "scheduler stopped")
        process.stderr.read()
        assert process.wait(60) == 0
    with store.reading() as conn:
        assert conn.scalar(sa.text("SELECT COUNT(*) FROM leases")) == 0


def test_a_killed_scheduler_does_not_block_the_next_one(sqlite_store: Store) -> None:
    with start("scheduler", "--database", url_of(sqlite_store)) as process:
        assert process.stderr
        wait_for(process.stderr, "scheduler started")
        process.kill()
        process.stderr.read()
        process.wait(60)
    with scheduler.scheduling(sqlite_store, Settings(scheduler=HOURS), threading.Event()):
        pass


def test_serve_runs_pages_and_scheduler_and_stops_both(sqlite_store: Store) -> None:
    with start("serve", "--port", "0", "--database", url_of(sqlite_store), ZOOM_AVANT_LOG__FORMAT="json") as process:
        assert process.stderr
        line = wait_for(process.stderr, "running on http://")
        address = line.partition("http://")[2].split()[0].split('"')[0]
        with urllib.request.urlopen(f"http://{address}/livez", timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(60) == 0
