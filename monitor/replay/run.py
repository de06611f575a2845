"""Replays archived documents through the real steps on a fake clock, period by period.

A period is finished when a row says so; killed anywhere, the same call goes on after the last finished one and ends with the same
tables. Which steps there are, and what they do, is the business of ``monitor.steps``.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from crawler.actors import Division, divide
from crawler.importing import add_records
from crawler.records import Record
from monitor import lease
from monitor.config import Settings
from monitor.replay.archive import Archive, Period, periods, read_archive
from monitor.replay.claim import CURSOR, Request, arguments_of, as_json, check_folder, claim
from monitor.replay.measure import Meter
from monitor.replay.outputs import Played, write_outputs
from monitor.replay.vectors import embed_with
from monitor.steps import STEPS, Outcome, Step, StepReport, run_all
from storage import leases
from storage.errors import AppError, ConfigError
from storage.store import Store
from storage.tables import alerts, themes

log = structlog.get_logger()

MEASURES = "replay measures"
_BATCH = 1_000


class ReplayStopped(AppError):
    """A step did not end well. What is finished stays; the same command goes on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a replay has come: documents ``done`` of ``total``, ``before`` of them in an earlier run; ``doing`` is the step."""

    period: Period
    number: int
    periods: int
    doing: str
    done: int
    before: int
    total: int
    themes: int
    open_alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """What a replay did. ``resumed``: some periods were there already; ``was_finished``: all were."""

    run: dict[str, Any]
    files: tuple[Path, ...]
    archive: Archive
    lone: tuple[str, ...]
    resumed: bool
    was_finished: bool


Listener = Callable[[Progress], None]


def replay_files(
    request: Request, database: Callable[[], Store], settings: Settings, listen: Listener | None = None
) -> ReplayReport:
    """Reads the files, opens the database and replays. No database is made before the files were found good.

    Raises ConfigError (arguments, or others than those this database or folder belongs to), ParseError (files), StorageError,
    ReplayStopped, lease.Busy.
    """
    meter = Meter()
    with meter.measuring("read"):
        archive = read_archive(request.files, request.out)
    plan = periods(archive, request.step, request.first, request.last)
    try:
        request.out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigError(f"cannot write into {request.out}: {exc.strerror}") from exc
    store = database()
    try:
        return replay(store, archive, plan, request, settings, listen=listen, meter=meter)
    finally:
        store.close()


def replay(
    store: Store,
    archive: Archive,
    plan: Sequence[Period],
    request: Request,
    settings: Settings,
    *,
    listen: Listener | None = None,
    meter: Meter | None = None,
    steps: Sequence[Step] = STEPS,
) -> ReplayReport:
    """Replays ``plan`` into ``store`` and writes the results. See ``replay_files``."""
    arguments = arguments_of(archive, request, settings)
    division = divide(archive.census, request.split, settings.crawler)
    check_folder(request.out, arguments)
    with lease.held(store, CURSOR, dt.timedelta(seconds=settings.scheduler.lease_s)):
        known = claim(store, arguments)
        meter = meter if meter is not None and not known["finished"] else Meter()
        meter.add(_measured(store))
        if not known["finished"]:
            player = _Player(store, archive, division, plan, known, settings, listen or (lambda _: None), meter)
            with _other(request.vectors_from) as other:
                player.play(chosen_steps(steps, all_facts=request.facts, vectors=other))
            if not request.facts:
                player.read_evidence()
            player.finish()
        played = Played(arguments=arguments, archive=archive, division=division, plan=tuple(plan), meter=meter)
        run, files = write_outputs(store, request.out, played, settings)
    log.info("replay finished", periods=len(plan), documents=run["counts"]["documents"], alerts=run["counts"]["alerts"])
    return ReplayReport(
        run=run,
        files=files,
        archive=archive,
        lone=tuple(sorted(division.lone)),
        resumed=known["done"] is not None,
        was_finished=known["finished"],
    )


def chosen_steps(steps: Sequence[Step], *, all_facts: bool, vectors: Store | None = None) -> list[Step]:
    """The steps of one period: watch themes are declared first, nothing is collected, and facts are read when all are wanted.

    With ``vectors``, those of that database are used for the texts it knows.
    """
    chosen = [step for step in steps if step.name == "watch"]
    chosen += [step for step in steps if step.name not in ("collect", "watch", "facts")]
    if vectors is not None:
        known = embed_with(vectors)
        chosen = [replace(step, run=known) if step.name == "embed" else step for step in chosen]
    if all_facts:
        chosen.append(Step(name="facts", purpose="amounts, quantities, places and organisations", run=_all_facts))
    return chosen


@contextmanager
def _other(url: str | None) -> Iterator[Store | None]:
    if url is None:
        yield None
        return
    store = Store.open(url)
    try:
        yield store
    finally:
        store.close()


class _Player:
    """One run over the periods that are not finished yet."""

    def __init__(
        self,
        store: Store,
        archive: Archive,
        division: Division,
        plan: Sequence[Period],
        known: dict[str, Any],
        settings: Settings,
        listen: Listener,
        meter: Meter,
    ) -> None:
        self.store = store
        self.archive = archive
        self.division = division
        self.plan = plan
        self.known = known
        self.settings = settings
        self.listen = listen
        self.meter = meter
        self.total = sum(period.documents for period in plan)
        done = dt.date.fromisoformat(known["done"]) if known["done"] else dt.date.min
        self.left = [period for period in plan if period.end > done]
        self.before = self.done = self.total - sum(period.documents for period in self.left)
        self.themes = self.open_alerts = 0

    def play(self, steps: Sequence[Step]) -> None:
        """Every period that is left."""
        if not self.left:
            return
        self._count()
        records = self.archive.records(self.left[0].start, self.left[-1].end)
        for period, found in _by_period(self.left, records):
            self._say(period, "add")
            with self.meter.measuring("add"):
                self._add(period, found)
            self._run(period, steps)
            self.done += period.documents
            self._keep({"done": period.end.isoformat(), "finished": False})
            self._count()
            self._say(period, "")

    def read_evidence(self) -> None:
        """The facts of the documents that carry an alert: the few a reader will look at."""
        self._run(self.plan[-1], [Step(name="facts", purpose="facts of the documents behind alerts", run=_facts_of_evidence)])

    def finish(self) -> None:
        self._keep({"done": self.plan[-1].end.isoformat(), "finished": True})

    def _add(self, period: Period, found: Iterator[Record]) -> None:
        start, latest = dt.datetime.combine(period.start, dt.time(), dt.UTC), period.now - dt.timedelta(microseconds=1)

        def collected_at(record: Record) -> dt.datetime:
            # Not before its period either: the days before are closed.
            return min(max(record.instant or start, start), latest)

        for part in _batches(found):
            add_records(self.store, part, collected_at, self.settings.crawler, self.division)

    def _run(self, period: Period, steps: Sequence[Step]) -> None:
        def started(step: Step) -> None:
            self._say(period, step.name)
            self.meter.begin()

        def ended(report: StepReport) -> None:
            if report.outcome is Outcome.DONE:
                self.meter.end(report.step, report.seconds)

        # A result without one of its steps would not be the result: the first that does not end well stops the replay.
        for step in steps:
            (report,) = run_all(self.store, period.now, self.settings, steps=[step], on_start=started, on_end=ended)
            if report.outcome is not Outcome.DONE:
                raise ReplayStopped(
                    f"the replay stopped at {period.start}: step {report.step} {report.outcome.value} ({report.reason});"
                    " the same command goes on from there"
                )

    def _keep(self, state: dict[str, Any]) -> None:
        """A period is finished: from here on nothing of it is done again."""
        self.known = self.known | state
        self.meter.lap()
        with self.store.transaction() as conn:
            leases.set_cursor(conn, CURSOR, as_json(self.known))
            leases.set_cursor(conn, MEASURES, as_json(self.meter.state()))

    def _count(self) -> None:
        living = sa.select(sa.func.count()).select_from(themes).where(themes.c.retired_on.is_(None))
        unsettled = sa.select(sa.func.count()).select_from(alerts).where(alerts.c.closed_on.is_(None))
        with self.store.reading() as conn:
            self.themes, self.open_alerts = int(conn.scalar(living) or 0), int(conn.scalar(unsettled) or 0)

    def _say(self, period: Period, doing: str) -> None:
        self.listen(
            Progress(
                period=period,
                number=self.plan.index(period) + 1,
                periods=len(self.plan),
                doing=doing,
                done=self.done,
                before=self.before,
                total=self.total,
                themes=self.themes,
                open_alerts=self.open_alerts,
            )
        )


def _by_period(left: Sequence[Period], records: Iterator[tuple[dt.date, Record]]) -> Iterator[tuple[Period, Iterator[Record]]]:
    """Each period with its records, which come in order of day; a period without any has its turn too."""
    coming = next(records, None)

    def inside(period: Period) -> Iterator[Record]:
        nonlocal coming
        while coming is not None and coming[0] < period.end:
            yield coming[1]
            coming = next(records, None)

    for period in left:
        yield period, inside(period)


def _batches(found: Iterator[Record]) -> Iterator[list[Record]]:
    while part := list(itertools.islice(found, _BATCH)):
        yield part


def _all_facts(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from nlp.facts.step import facts

    return facts(store, now, settings.nlp)


def _facts_of_evidence(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from nlp.facts.step import facts

    with store.reading() as conn:
        shown = conn.scalars(sa.select(alerts.c.evidence).order_by(alerts.c.id)).all()
    ids = sorted({document for evidence in shown for document in evidence.get("documents", ())})
    return facts(store, now, settings.nlp, document_ids=ids) if ids else None


def _measured(store: Store) -> dict[str, Any]:
    with store.reading() as conn:
        found = leases.cursor(conn, MEASURES)
    return dict(json.loads(found)) if found else {}
