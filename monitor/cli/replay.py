"""``replay``: archived documents through the real steps on a fake clock, with a bar or plain lines that say how far it is."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, splitting
from monitor.cli.shell import Json, Lang, day, language, shell
from storage.errors import ConfigError

if TYPE_CHECKING:
    from monitor.replay.run import Listener, Progress
    from storage.store import Store

_LINE_EVERY_S = 2.0


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON Lines, plain or gzip, in any order of day.")],
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day; that of the documents by default.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day; that of the documents by default.")] = None,
    step: Annotated[str, typer.Option("--step", metavar="1d|1w", help="Length of a period: a day or an ISO week.")] = "1d",
    database: Annotated[
        str | None, typer.Option("--database", metavar="URL", help="An empty database; replay.db in DIR by default.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")] = Path("replay-output"),
    facts: Annotated[
        bool, typer.Option("--facts", help="Read the facts of every document, not only of those behind alerts (slow).")
    ] = False,
    split: splitting.SplitByActor = "auto",
    vectors_from: Annotated[
        str | None,
        typer.Option(
            "--vectors-from", metavar="URL", help="Database of another replay: vectors of the same texts come from there."
        ),
    ] = None,
    lang: Lang = "fr",
    as_json: Json = False,
) -> None:
    """Replay archived documents period by period, as if each day were today. Run again after an interruption, it goes on."""
    from monitor.replay.claim import Request
    from monitor.replay.run import replay_files

    current = shell(ctx)
    language(lang)
    if step not in ("1d", "1w"):
        raise ConfigError(f"a replay cannot go by '{step}': choose 1d or 1w")
    request = Request(
        files=tuple(files),
        out=out,
        step=step,
        first=day(first) if first else None,
        last=day(last) if last else None,
        facts=facts,
        split=splitting.choice(split),
        vectors_from=vectors_from,
    )
    current.start_logs()
    url = database or current.database or f"sqlite:///{out / 'replay.db'}"
    try:
        with _shown() as listen, _interruptible(listen) as heard:
            report = replay_files(request, lambda: _opened(url), current.settings, heard)
    except KeyboardInterrupt:
        output.note("zoom-avant: interrupted; the same command goes on after the last finished period")
        raise typer.Exit(130) from None
    if report.was_finished:
        output.note("this replay was finished already: the files were written again, nothing else was done")
    elif report.resumed:
        output.note("the replay went on where it had stopped")
    splitting.tell(report.lone)
    for name, rejects in [(file.path.name, file.rejects_file) for file in report.archive.files if file.rejected]:
        output.note(f"{name}: some lines are no documents; they are kept in {rejects}")
    if as_json:
        output.print_json(report.run)
        return
    counts = report.run["counts"]
    found = [json.loads(line) for line in (out / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]
    output.show(
        [one | {"theme": one[f"label_{lang}"], "reason": one[f"reason_{lang}"]} for one in found],
        as_json=False,
        columns=("opened_on", "closed_on", "state", "lift", "sources", "theme", "reason"),
        empty="no alert",
    )
    output.note(
        f"{counts['documents']} documents, {sum(counts['themes'].values())} themes, {counts['alerts']} alerts"
        f" in {report.run['total_seconds']:.0f} s and {report.run['total_peak_memory_mb']:.0f} MB; results in {out}"
    )


def _opened(url: str) -> Store:
    from storage.store import Store

    return Store.open(url, create=True)


@contextmanager
def _interruptible(listen: Listener) -> Iterator[Listener]:
    """Ctrl-C ends the replay at once, or, when the interrupt was lost in a library's callback, at the next step."""
    asked = threading.Event()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        raise KeyboardInterrupt

    def heard(progress: Progress) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        listen(progress)

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _shown() -> Iterator[Listener]:
    """How far it is: a bar on a terminal, a line now and then elsewhere."""
    started = time.monotonic()
    if not sys.stderr.isatty():
        yield _Lines(started)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rest]}")]
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading files", total=None, rest="")

        def listen(progress: Progress) -> None:
            bar.update(
                task,
                description=f"{progress.period.start} {progress.doing or 'done'}".ljust(23),
                completed=progress.done,
                total=progress.total,
                rest=_pace(progress, started),
            )

        yield listen


class _Lines:
    """One line for a finished period, at most one in two seconds."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._last = 0.0

    def __call__(self, progress: Progress) -> None:
        is_last = progress.number == progress.periods
        if progress.doing or not (is_last or time.monotonic() - self._last >= _LINE_EVERY_S):
            return
        self._last = time.monotonic()
        output.note(
            f"replayed {progress.period.start} ({progress.number} of {progress.periods}):"
            f" {progress.done} of {progress.total} documents, {_pace(progress, self._started)}"
        )


def _pace(progress: Progress, started: float) -> str:
    elapsed = max(time.monotonic() - started, 1e-9)
    rate = (progress.done - progress.before) / elapsed
    pace = "…"
    if rate > 0:
        left = round((progress.total - progress.done) / rate)
        pace = f"{rate:.0f} documents/s, {left // 60}:{left % 60:02d} left"
    return f"{pace}, {progress.themes} themes, {progress.open_alerts} open alerts"
