"""The steps, composed: their order, what each needs, and one way to run them that the CLI, the scheduler and the replay share.

A failed step is noted and those that do not depend on it still run. Nothing here computes anything.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
import structlog

from monitor import lease
from monitor.config import Settings
from storage import leases
from storage.errors import AppError, ConfigError
from storage.store import Store

log = structlog.get_logger()


class Outcome(StrEnum):
    """How one step of a run ended."""

    DONE = "done"
    FAILED = "failed"
    BUSY = "busy"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """What became of one step: the counts of its own report, or the reason there are none."""

    step: str
    outcome: Outcome
    seconds: float = 0.0
    counts: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. ``needs`` names steps whose failure in the same run would make this one's result wrong, not just late."""

    name: str
    purpose: str
    run: Callable[[Store, dt.datetime, Settings], Any]
    needs: tuple[str, ...] = ()


# The packages are imported when their step runs: a command that only lists sources must not load language models.


def _collect(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from crawler.collect import collect
    from crawler.coverage import record_coverage
    from crawler.retention import drop_texts
    from monitor.asking import watched

    report = collect(store, now, settings.crawler, watched=watched(settings.nlp))
    record_coverage(store, now)
    drop_texts(store, now, settings.crawler.retention_days)
    return report


def _enrich(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from nlp.enrich import enrich

    return enrich(store, now, settings.nlp)


def _embed(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from nlp.embed import embed

    return embed(store, now, settings.nlp)


def _watch(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from nlp.themes.steps.watch import watch

    return watch(store, now, settings.nlp)


def _assign(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from nlp.themes.steps.assign import assign

    return assign(store, now, settings.nlp)


def _discover(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from nlp.themes.steps.discover import discover

    return discover(store, now, settings.nlp)


def _conjunctions(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from monitor.conjunctions import conjunctions

    return conjunctions(store, now, settings.monitor)


def _observe(store: Store, now: dt.datetime, _settings: Settings) -> Any:
    from monitor.observe import observe

    return observe(store, now)


def _assess(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from monitor.assess import assess

    return assess(store, now, settings.monitor)


def _alert(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from monitor.cases import raise_alerts

    return raise_alerts(store, now, settings.monitor)


def _owe(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from alerts.outbox import owe_alerts
    from alerts.silences import owe_silences
    from crawler.reasons import Reason

    def say(stored: str, lang: str) -> str:
        try:
            reason = Reason.read(stored)
        except KeyError:  # written by another version
            return stored
        return reason.fr if lang == "fr" else reason.en

    report = owe_alerts(store, now, settings.alerts)
    owe_silences(store, now, settings.alerts, say)
    return report


def _digest(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from alerts.digest import owe_digests

    return owe_digests(store, now, settings.alerts)


def _deliver(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from alerts.outbox import deliver

    return deliver(store, now, settings.alerts)


def _facts(store: Store, now: dt.datetime, settings: Settings) -> Any:
    from nlp.facts.step import facts

    return facts(store, now, settings.nlp, limit=settings.scheduler.facts_batch)


def with_backfill(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The same steps, the first run of ``assess`` writing the signals of all earlier days too."""

    def assess_all(store: Store, now: dt.datetime, settings: Settings) -> Any:
        from monitor.assess import assess

        return assess(store, now, settings.monitor, backfill=True)

    return tuple(dataclasses.replace(step, run=assess_all) if step.name == "assess" else step for step in steps)


# A theme's counts without today's assignments, next to a coverage with today's stories, would read as a fall:
# so nothing is observed after a failure among enrich, embed and assign. Old signals are never rewritten.
STEPS: tuple[Step, ...] = (
    Step(name="collect", purpose="visit the sources that are due", run=_collect),
    Step(name="enrich", purpose="language, story and application domains of new documents", run=_enrich),
    Step(name="embed", purpose="vectors of new documents", run=_embed),
    Step(name="watch", purpose="declare the watch themes", run=_watch),
    Step(
        name="assign", purpose="give new documents to the themes they belong to", run=_assign, needs=("enrich", "embed", "watch")
    ),
    Step(
        name="discover",
        purpose="find new themes in what no theme explains; once a week follow, merge and split them",
        run=_discover,
        needs=("assign",),
    ),
    Step(name="conjunctions", purpose="pairs of a technology and a domain that meet", run=_conjunctions, needs=("assign",)),
    Step(name="observe", purpose="count themes by day, kind and source", run=_observe, needs=("enrich", "assign")),
    Step(name="assess", purpose="score each theme's momentum", run=_assess, needs=("observe",)),
    Step(name="alert", purpose="open and close cases", run=_alert, needs=("assess",)),
    Step(name="owe", purpose="put new alerts, and sources that died, into the outbox", run=_owe),
    Step(name="digest", purpose="put the weekly digest into the outbox when it is due", run=_digest),
    Step(name="deliver", purpose="send what the outbox owes", run=_deliver),
    Step(name="facts", purpose="amounts, quantities, places and organisations (may lag behind)", run=_facts),
)
NAMES: tuple[str, ...] = tuple(step.name for step in STEPS)


def run_all(
    store: Store,
    now: dt.datetime,
    settings: Settings,
    *,
    only: Sequence[str] | None = None,
    steps: Sequence[Step] = STEPS,
    on_start: Callable[[Step], None] | None = None,
    on_end: Callable[[StepReport], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[StepReport]:
    """Runs the steps in their order, each under its lease; with ``only``, just those named.

    A step that fails is recorded (see ``last_failures``) and the later ones run unless they need it. ``should_stop`` is asked
    between steps. Raises ConfigError for a step that does not exist; nothing else.
    """
    chosen = _chosen(steps, only)
    reports: list[StepReport] = []
    bad: set[str] = set()
    for step in chosen:
        missing = [name for name in step.needs if name in bad]
        if missing:
            report = StepReport(step=step.name, outcome=Outcome.SKIPPED, reason=f"needs {', '.join(missing)}")
        elif should_stop():
            report = StepReport(step=step.name, outcome=Outcome.SKIPPED, reason="asked to stop")
        else:
            if on_start:
                on_start(step)
            report = _run_one(step, store, now, settings)
        if report.outcome is not Outcome.DONE:
            bad.add(step.name)
        log.info(
            "step ended",
            step=report.step,
            outcome=report.outcome.value,
            seconds=round(report.seconds, 2),
            **_prefixed(report.counts),
            **({"reason": report.reason} if report.reason else {}),
        )
        reports.append(report)
        if on_end:
            on_end(report)
    return reports


def last_failures(store: Store, names: Sequence[str] = NAMES) -> dict[str, str]:
    """Steps whose last run failed → when and why."""
    with store.reading() as conn:
        found = {name: leases.cursor(conn, _failure(name)) for name in names}
    return {name: text for name, text in found.items() if text}


def counts_of(report: Any) -> dict[str, Any]:
    """A step's own report as plain counts."""
    if dataclasses.is_dataclass(report) and not isinstance(report, type):
        return {key: _plain(value) for key, value in dataclasses.asdict(report).items() if _plain(value) is not None}
    return {}


def _run_one(step: Step, store: Store, now: dt.datetime, settings: Settings) -> StepReport:
    started = time.perf_counter()
    try:
        with lease.held(store, f"step:{step.name}", dt.timedelta(seconds=settings.scheduler.lease_s)):
            counts = counts_of(step.run(store, now, settings))
            _note(store, step.name, None)
    except lease.Busy as exc:
        return StepReport(step=step.name, outcome=Outcome.BUSY, seconds=time.perf_counter() - started, reason=str(exc))
    except Exception as exc:
        reason = str(exc) if isinstance(exc, AppError) else f"{type(exc).__name__}: {str(exc).strip().split(chr(10))[0]}"
        if not isinstance(exc, AppError):
            log.exception("step crashed", step=step.name, error=reason)
        with suppress(sa.exc.SQLAlchemyError):  # when the database itself is what failed, the report still says so
            _note(store, step.name, f"{now.isoformat(timespec='minutes')} {reason}")
        return StepReport(step=step.name, outcome=Outcome.FAILED, seconds=time.perf_counter() - started, reason=reason)
    return StepReport(step=step.name, outcome=Outcome.DONE, seconds=time.perf_counter() - started, counts=counts)


def _note(store: Store, name: str, failure: str | None) -> None:
    with store.transaction() as conn:
        known = leases.cursor(conn, _failure(name))
        if failure is not None or known:
            leases.set_cursor(conn, _failure(name), failure or "")


def _failure(name: str) -> str:
    return f"step failed: {name}"


def _chosen(steps: Sequence[Step], only: Sequence[str] | None) -> list[Step]:
    if only is None:
        return list(steps)
    names = [step.name for step in steps]
    for name in only:
        if name not in names:
            raise ConfigError(f"there is no step '{name}': the steps are {', '.join(names)}")
    return [step for step in steps if step.name in only]


def _plain(value: Any) -> Any:
    """Numbers and short texts as they are, collections as their size: a report in one log line."""
    if isinstance(value, bool | int | float | str):
        return round(value, 3) if isinstance(value, float) else value
    if isinstance(value, Mapping):
        return {str(key): one for key, one in value.items() if isinstance(one, int | float | str)}
    if isinstance(value, Sequence | set | frozenset):
        return len(value)
    return None


def _prefixed(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Counts under names that cannot collide with the log line's own."""
    return {
        f"n_{key}" if key in ("step", "outcome", "seconds", "reason", "event", "level") else key: v for key, v in counts.items()
    }
