"""Runs the demonstration: 26 weeks of invented publications through the real crawler and every real step, week by week.

Settings are the product's defaults; only what a server on loopback needs is different. What it makes lies in one folder, which a
later run makes anew. Decides nothing about themes or alerts.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from monitor.config import DatabaseSettings, Settings
from monitor.demo.documents import Corpus
from monitor.demo.server import HOST, Site
from monitor.steps import NAMES, Outcome, Step, StepReport, run_all
from storage import deliveries, sources
from storage.errors import ConfigError
from storage.model import Source, Subscription
from storage.store import Store

MARKER = ".zoom-avant-demo"
DATABASE = "zoom-avant.db"
SETTINGS = "zoom-avant.toml"
SLACK = "slack"
DIGESTS = {"fr": "digest/fr", "en": "digest/en"}
_MADE = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", SETTINGS, SLACK, "digest")
# The digest leaves on Monday at seven in Paris; the steps run after it is due. As with the scheduler, what a run reads was
# collected a little before.
_HOUR = 8
_COLLECTED_BEFORE = dt.timedelta(hours=2)
_COLLECT = "collect"
_REST = tuple(name for name in NAMES if name != _COLLECT)


@dataclass(frozen=True, slots=True)
class Week:
    """One turn of the demonstration: what the steps did at ``now``."""

    number: int
    of: int
    now: dt.datetime
    reports: tuple[StepReport, ...]

    def count(self, step: str, name: str) -> int:
        """A count of a step's report, 0 where it has none."""
        return next((int(report.counts.get(name, 0)) for report in self.reports if report.step == step), 0)


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What a run did: seconds by step, and the steps that did not end well."""

    turns: int
    now: dt.datetime
    seconds: dict[str, float]
    failures: tuple[str, ...] = field(default=())


def prepare(folder: Path) -> Path:
    """Makes ``folder`` empty of an earlier demonstration. Raises ConfigError when it holds anything else."""
    folder = folder.resolve()
    try:
        if folder.exists() and not (folder / MARKER).is_file() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConfigError(f"{folder} holds files that the demonstration did not make: choose another folder with --out")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MARKER).write_text("Made by 'zoom-avant demo', which makes the files beside anew.\n", encoding="utf-8")
        for name in _MADE:
            path = folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as exc:
        raise ConfigError(f"{folder} cannot be used ({exc.strerror}): choose another folder with --out") from exc
    return folder


def demo_settings(folder: Path, web_port: int) -> Settings:
    """The product's settings for a demonstration in ``folder``: no setting of a method is touched."""
    given: dict[str, dict[str, Any]] = {
        "database": {"url": f"sqlite:///{folder / DATABASE}"},
        "crawler": {"allow_private_hosts": [HOST], "pace_s": 0},
        "alerts": {"file_root": str(folder), "public_url": f"http://{HOST}:{web_port}"},
        "web": {"port": web_port},
    }
    lines = ["# Settings of the demonstration: zoom-avant --config THIS-FILE themes list, alerts list, query …"]
    for section, values in given.items():
        lines += ["", f"[{section}]"]
        lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    (folder / SETTINGS).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Settings.model_validate(given)


@contextmanager
def opened(database: DatabaseSettings) -> Iterator[Store]:
    """The demonstration's database, made when it is not there."""
    store = Store.open(database.url.get_secret_value(), create=True)
    try:
        yield store
    finally:
        store.close()


def instants(corpus: Corpus, step: Literal["1d", "1w"]) -> list[dt.datetime]:
    """When the steps run: on the Mondays after each week of the corpus, or on every morning."""
    days = 7 if step == "1w" else 1
    first = dt.datetime.combine(corpus.first_day, dt.time(_HOUR), dt.UTC)
    return [first + dt.timedelta(days=n) for n in range(days, 7 * corpus.weeks + 1, days)]


def run(
    store: Store,
    site: Site,
    settings: Settings,
    at: Sequence[dt.datetime],
    lang: str,
    *,
    on_start: Callable[[int, str], None] | None = None,
    on_week: Callable[[Week], None] | None = None,
) -> DemoReport:
    """Goes through the instants: publish, collect, and every other step. ``on_start`` hears each step as it begins."""
    with store.transaction() as conn:
        deliveries.subscribe(conn, _subscriptions(lang))
    seconds = dict.fromkeys(NAMES, 0.0)
    failures: list[str] = []
    for number, now in enumerate(at, start=1):
        collected = now - _COLLECTED_BEFORE
        site.show(collected)
        with store.transaction() as conn:
            sources.declare(conn, _sources(site, now.date()))

        def begin(step: Step, turn: int = number) -> None:
            if on_start:
                on_start(turn, step.name)

        reports = run_all(store, collected, settings, only=[_COLLECT], on_start=begin)
        reports += run_all(store, now, settings, only=_REST, on_start=begin)
        for report in reports:
            seconds[report.step] += report.seconds
            if report.outcome is not Outcome.DONE:
                failures.append(f"{now.date()} {report.step}: {report.reason or report.outcome.value}")
        if on_week:
            on_week(Week(number, len(at), now, tuple(reports)))
    return DemoReport(len(at), at[-1], seconds, tuple(failures))


def _sources(site: Site, today: dt.date) -> list[Source]:
    """The sources a reader would have by ``today``: a feed is added on the day it opens."""
    return [
        Source(
            id=outlet.id,
            name=outlet.name,
            kind=outlet.kind,
            lang=outlet.lang,
            url=site.address(outlet),
            territory=outlet.territory,
            rights="open",
        )
        for outlet in site.corpus.outlets
        if outlet.opens is None or outlet.opens <= today
    ]


def _subscriptions(lang: str) -> list[Subscription]:
    alerts = Subscription(id="demo-slack", channel="file", target=SLACK, content="alerts", lang=lang)
    digests = [
        Subscription(id=f"demo-digest-{spoken}", channel="file", target=folder, content="digest", lang=spoken)
        for spoken, folder in DIGESTS.items()
    ]
    return [alerts, *digests]
