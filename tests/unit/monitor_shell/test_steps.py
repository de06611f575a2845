"""Running the steps: order, needs, failures, leases."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from monitor import lease
from monitor.config import Settings
from monitor.steps import NAMES, STEPS, Outcome, Step, last_failures, run_all
from storage import leases
from storage.errors import ConfigError, FetchError
from storage.store import Store
from tests.conftest import NOW


@dataclass(frozen=True)
class Report:
    new: int
    names: tuple[str, ...] = ("a", "b")


def a_step(name: str, ran: list[str], *, needs: tuple[str, ...] = (), fails: Exception | None = None) -> Step:
    def run(_store: Store, _now: dt.datetime, _settings: Settings) -> Any:
        ran.append(name)
        if fails:
            raise fails
        return Report(new=3)

    return Step(name=name, purpose="a test", run=run, needs=needs)


def test_every_need_is_an_earlier_step() -> None:
    for position, step in enumerate(STEPS):
        assert set(step.needs) <= set(NAMES[:position])


def test_steps_run_in_their_order_whatever_the_order_asked(sqlite_store: Store) -> None:
    ran: list[str] = []
    steps = [a_step("one", ran), a_step("two", ran), a_step("three", ran)]
    reports = run_all(sqlite_store, NOW, Settings(), steps=steps, only=["three", "one"])
    assert ran == ["one", "three"]
    assert [report.outcome for report in reports] == [Outcome.DONE, Outcome.DONE]
    assert reports[0].counts == {"new": 3, "names": 2}


def test_a_failed_step_stops_only_those_that_need_it(sqlite_store: Store) -> None:
    ran: list[str] = []
    steps = [
        a_step("collect", ran, fails=FetchError("the network is down")),
        a_step("embed", ran, fails=ZeroDivisionError("division by zero")),
        a_step("assign", ran, needs=("embed",)),
        a_step("observe", ran, needs=("assign",)),
        a_step("deliver", ran),
    ]
    reports = {report.step: report for report in run_all(sqlite_store, NOW, Settings(), steps=steps)}
    assert ran == ["collect", "embed", "deliver"]
    assert reports["collect"].reason == "the network is down"
    assert reports["embed"].reason == "ZeroDivisionError: division by zero"
    assert reports["observe"].outcome is Outcome.SKIPPED
    assert reports["observe"].reason == "needs assign"
    assert reports["deliver"].outcome is Outcome.DONE


def test_a_failure_is_kept_until_the_step_succeeds(store: Store) -> None:
    run_all(store, NOW, Settings(), steps=[a_step("embed", [], fails=FetchError("no model"))])
    assert last_failures(store) == {"embed": "2026-03-02T12:00+00:00 no model"}
    run_all(store, NOW, Settings(), steps=[a_step("embed", [])])
    assert last_failures(store) == {}


def test_a_step_that_never_failed_leaves_no_row(sqlite_store: Store) -> None:
    run_all(sqlite_store, NOW, Settings(), steps=[a_step("embed", [])])
    with sqlite_store.reading() as conn:
        assert leases.cursor(conn, "step failed: embed") is None
        assert conn.exec_driver_sql("SELECT COUNT(*) FROM leases").scalar() == 0


def test_an_unknown_step_is_a_usage_error(sqlite_store: Store) -> None:
    with pytest.raises(ConfigError, match="there is no step 'asses': the steps are collect, "):
        run_all(sqlite_store, NOW, Settings(), only=["asses"])


def test_asked_to_stop_it_stops_before_the_next_step(sqlite_store: Store) -> None:
    ran: list[str] = []
    reports = run_all(
        sqlite_store, NOW, Settings(), steps=[a_step("one", ran), a_step("two", ran)], should_stop=lambda: bool(ran)
    )
    assert ran == ["one"]
    assert reports[1].outcome is Outcome.SKIPPED


def test_a_step_held_elsewhere_is_busy_and_what_needs_it_waits(store: Store) -> None:
    other = Store(store.engine)
    ran: list[str] = []
    with lease.held(other, "step:embed", dt.timedelta(minutes=5)):
        reports = run_all(store, NOW, Settings(), steps=[a_step("embed", ran), a_step("assign", ran, needs=("embed",))])
    assert ran == []
    assert [report.outcome for report in reports] == [Outcome.BUSY, Outcome.SKIPPED]
    assert "already running elsewhere" in str(reports[0].reason)
    assert run_all(store, NOW, Settings(), steps=[a_step("embed", ran)])[0].outcome is Outcome.DONE


def test_the_lease_of_a_dead_process_is_taken_at_once(store: Store) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    machine = lease.holder_name(store).partition("/")[0]
    far = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
    with store.transaction() as conn:
        leases.acquire(conn, "step:embed", f"{machine}/{gone.stdout.strip()}-0123abcd", far, dt.timedelta(days=1))
        leases.acquire(conn, "step:assign", "another-machine/1-0123abcd", far, dt.timedelta(days=1))
    reports = run_all(store, NOW, Settings(), steps=[a_step("embed", []), a_step("assign", [])])
    assert [report.outcome for report in reports] == [Outcome.DONE, Outcome.BUSY]


def test_a_lease_taken_over_by_another_is_noticed(sqlite_store: Store) -> None:
    with lease.held(sqlite_store, "work", dt.timedelta(seconds=0.15)) as lost:
        with sqlite_store.transaction() as conn:
            conn.exec_driver_sql("UPDATE leases SET holder = 'another-machine/1-ff', expires_at = '2999-01-01 00:00:00'")
        assert lost.wait(10)
    with sqlite_store.reading() as conn:
        assert conn.exec_driver_sql("SELECT holder FROM leases").scalar() == "another-machine/1-ff"
