"""``demo``: 26 weeks of invented publications through the whole pipeline, then what it found."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import output
from monitor.cli.shell import Lang, language, shell
from storage.errors import ConfigError

if TYPE_CHECKING:
    from monitor.demo.run import DemoReport, Week
    from monitor.demo.server import Site

_NOTE_EVERY = 4


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    ctx: typer.Context,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for what it makes; emptied of an earlier demonstration.")
    ] = Path("demo-output"),
    serve: Annotated[
        bool | None, typer.Option("--serve/--no-serve", help="Serve the pages at the end; by default on a terminal only.")
    ] = None,
    lang: Lang = "fr",
    step: Annotated[str, typer.Option(metavar="1w|1d", help="Time between two runs of the steps.")] = "1w",
) -> None:
    """Replay a bundled, invented corpus through the real crawler and every step, and show what was found and why."""
    from monitor.demo.documents import load_corpus
    from monitor.demo.page import free_port
    from monitor.demo.run import demo_settings, instants, opened, prepare, run
    from monitor.demo.server import serving

    language(lang)
    if step not in ("1w", "1d"):
        raise ConfigError(f"a step of '{step}' is not offered: choose 1w or 1d")
    shell(ctx).start_logs()
    stays = serve if serve is not None else sys.stdin.isatty() and sys.stdout.isatty()
    started = time.perf_counter()
    folder = prepare(out)
    settings = demo_settings(folder, free_port())
    corpus = load_corpus()
    with serving(corpus) as site, opened(settings.database) as store:
        turns = instants(corpus, "1w" if step == "1w" else "1d")
        with _progress(len(turns), lang) as (on_start, on_week):
            report = run(store, site, settings, turns, lang, on_start=on_start, on_week=on_week)
        is_fine = _show(folder, site, report, lang, stays=stays, port=settings.web.port, started=started)
    if not is_fine:
        raise typer.Exit(1)


def _show(folder: Path, site: Site, report: DemoReport, lang: str, *, stays: bool, port: int, started: float) -> bool:
    """Prints the summary, serves the pages, and says whether all went well."""
    import datetime as dt

    from monitor.cli.demo_summary import print_summary
    from monitor.demo.findings import findings, written
    from monitor.demo.page import page_served, status_of
    from monitor.demo.run import DATABASE, DIGESTS, SETTINGS, SLACK
    from monitor.demo.words import say
    from storage.store import Store

    site.show(report.now)
    store = Store.open(f"sqlite:///{folder / DATABASE}")
    try:
        found = findings(store, report.now.date() - dt.timedelta(days=1))
    finally:
        store.close()
    files = written(folder, SLACK, DIGESTS)
    with page_served(folder / SETTINGS, port) as address:
        status = status_of(address)
        where = address if stays else say("answered", lang, address=address, status=status)
        print_summary(found, files, report, folder, where, lang, total=time.perf_counter() - started)
        for failure in report.failures:
            output.note(f"zoom-avant demo: {failure}")
        if stays:
            output.note(f"{address}  {say('stop', lang)}")
            _until_interrupted()
    return status == 200 and not report.failures


def _until_interrupted() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        output.note("")


@contextmanager
def _progress(turns: int, lang: str) -> Iterator[tuple[Callable[[int, str], None], Callable[[Week], None]]]:
    """A bar on a terminal; elsewhere a line every four turns and at every new alert."""
    from monitor.demo.words import day, say

    def line(week: Week) -> str:
        new, opened = week.count("collect", "new"), week.count("alert", "opened")
        return say("week", lang, number=week.number, of=week.of, day=day(week.now.date(), lang), new=new, opened=opened)

    if not sys.stderr.isatty():

        def tell(week: Week) -> None:
            if week.number % _NOTE_EVERY == 0 or week.number == week.of or week.count("alert", "opened"):
                output.note(line(week))

        yield (lambda _number, _step: None), tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:>12}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=turns)

        def advance(week: Week) -> None:
            bar.update(task, completed=week.number)
            if week.count("alert", "opened"):
                console.print(line(week), highlight=False)

        yield (lambda _number, step: bar.update(task, description=step)), advance
