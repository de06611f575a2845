"""Runs the steps on time. APScheduler keeps the jobs and their next run in the same database, so a restart forgets nothing.

One instance at a time (lease ``scheduler``); SIGTERM and SIGINT end it after the step in progress. Every job is a command too.
"""

from __future__ import annotations

import datetime as dt
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import sqlalchemy as sa
import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from monitor import lease
from monitor.config import SchedulerSettings, Settings
from monitor.steps import NAMES, Outcome, run_all
from storage.store import Store

log = structlog.get_logger()

TABLE = "apscheduler_jobs"
PIPELINE = tuple(name for name in NAMES if name not in ("collect", "facts"))
RUN = "monitor.scheduler:run_job"


@dataclass(frozen=True, slots=True)
class JobPlan:
    """A job as the settings want it."""

    id: str
    name: str
    steps: tuple[str, ...]
    trigger: BaseTrigger


@dataclass(frozen=True, slots=True)
class _Running:
    store: Store
    settings: Settings
    stop: threading.Event


# A persistent job may hold only what can be pickled, so what it works on is found here, while a scheduler runs.
_running: _Running | None = None


def plans(settings: SchedulerSettings) -> tuple[JobPlan, ...]:
    """The jobs: collect, pipeline, digest, facts."""

    def every(minutes: int) -> BaseTrigger:
        return IntervalTrigger(minutes=minutes, timezone=dt.UTC)

    return (
        JobPlan("collect", "visit sources that are due", ("collect",), every(settings.collect_minutes)),
        JobPlan("pipeline", "enrich to deliver", PIPELINE, every(settings.pipeline_minutes)),
        JobPlan("digest", "weekly digest", ("digest", "deliver"), CronTrigger(minute=settings.digest_minute, timezone=dt.UTC)),
        JobPlan("facts", "read facts", ("facts",), every(settings.facts_minutes)),
    )


def run_job(steps: Sequence[str]) -> None:
    """What every stored job calls. Does nothing outside a running scheduler, or once it was asked to stop."""
    running = _running
    if running is None or running.stop.is_set():
        return
    now = dt.datetime.now(dt.UTC)
    reports = run_all(running.store, now, running.settings, only=list(steps), should_stop=running.stop.is_set)
    failed = [report.step for report in reports if report.outcome is Outcome.FAILED]
    log.info("job ended", steps=len(reports), failed=failed)


@contextmanager
def scheduling(store: Store, settings: Settings, stop: threading.Event) -> Iterator[BackgroundScheduler]:
    """A running scheduler. Leaving the block waits for the step in progress. Raises lease.Busy when one runs already."""
    global _running
    ttl = dt.timedelta(seconds=settings.scheduler.lease_s)
    with lease.held(store, "scheduler", ttl) as lost:
        _running = _Running(store, settings, stop)
        scheduler = _scheduler(store, stop)
        scheduler.start(paused=True)
        try:
            _declare(scheduler, plans(settings.scheduler))
            scheduler.resume()
            watcher = threading.Thread(target=_stop_when_lost, args=(lost, stop), name="lease-watch", daemon=True)
            watcher.start()
            log.info("scheduler started", jobs=len(scheduler.get_jobs()))
            yield scheduler
        finally:
            stop.set()
            scheduler.shutdown(wait=True)
            _running = None
            log.info("scheduler stopped")


def run(store: Store, settings: Settings, stop: threading.Event | None = None) -> None:
    """Schedules until SIGTERM, SIGINT or ``stop``. Call it from the main thread."""
    stop = stop or threading.Event()

    def asked(number: int, _frame: FrameType | None) -> None:
        log.info("asked to stop", signal=signal.Signals(number).name)
        stop.set()

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with scheduling(store, settings, stop):
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Scheduler(BackgroundScheduler):  # type: ignore[misc]  # APScheduler has no types
    """Looks for no due jobs once it stops: APScheduler looks one last time, cannot run what it finds, and counts it as run."""

    def __init__(self, stop: threading.Event, **options: Any) -> None:
        super().__init__(**options)
        self._stop = stop

    def _process_jobs(self) -> Any:
        return None if self._stop.is_set() else super()._process_jobs()


def _scheduler(store: Store, stop: threading.Event) -> BackgroundScheduler:
    engine = store.engine.execution_options(zoom_avant_write=True)  # the job store reads and then writes: take the lock at once
    return _Scheduler(
        stop,
        jobstores={"default": SQLAlchemyJobStore(engine=engine, tablename=TABLE)},
        # Two threads: sources are visited while the pipeline works. The leases keep a step from running twice at once.
        executors={"default": ThreadPoolExecutor(2)},
        # After a pause of any length a job runs once, and at once.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=dt.UTC,
    )


def _declare(scheduler: BackgroundScheduler, wanted: Sequence[JobPlan]) -> None:
    """Makes the stored jobs what the settings say. A job that has not changed keeps its next run."""
    for job in scheduler.get_jobs():
        if job.id not in {plan.id for plan in wanted}:
            scheduler.remove_job(job.id)
    for plan in wanted:
        existing = scheduler.get_job(plan.id)
        arguments: dict[str, Any] = {"args": [list(plan.steps)], "name": plan.name}
        if existing is None:
            at_once = {} if isinstance(plan.trigger, CronTrigger) else {"next_run_time": dt.datetime.now(dt.UTC)}
            scheduler.add_job(RUN, plan.trigger, id=plan.id, **arguments, **at_once)
            continue
        existing.modify(**arguments)
        if str(existing.trigger) != str(plan.trigger):
            existing.reschedule(plan.trigger)


def planned(store: Store) -> list[tuple[str, dt.datetime | None]]:
    """The stored jobs and their next run, soonest first; empty before the first start."""
    table = sa.table(TABLE, sa.column("id"), sa.column("next_run_time"))
    with store.reading() as conn:
        if not sa.inspect(conn).has_table(TABLE):
            return []
        rows = conn.execute(sa.select(table.c.id, table.c.next_run_time).order_by(table.c.next_run_time)).all()
    return [(row.id, dt.datetime.fromtimestamp(row.next_run_time, dt.UTC) if row.next_run_time else None) for row in rows]


def _stop_when_lost(lost: threading.Event, stop: threading.Event) -> None:
    while not stop.wait(1.0):
        if lost.is_set():
            log.error("another scheduler took over")
            stop.set()
