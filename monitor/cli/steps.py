"""The steps as commands: ``collect``, ``import``, ``enrich``, ``embed``, ``assess``, ``deliver``, and ``run`` for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli import output, splitting
from monitor.cli.shell import Json, Now, instant, shell

ASSESS = ("observe", "conjunctions", "assess", "alert")


def register(app: typer.Typer) -> None:
    app.command()(collect)
    app.command("import")(import_)
    app.command()(enrich)
    app.command()(embed)
    app.command()(assess)
    app.command()(deliver)
    app.command()(run)


def collect(
    ctx: typer.Context,
    source: Annotated[list[str] | None, typer.Option("--source", help="Visit only this source; may be repeated.")] = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Visit the sources that are due and store what they publish."""
    if not source:
        run_steps(ctx, ("collect",), now, as_json)
        return
    from crawler.collect import collect as collect_step
    from monitor.asking import watched
    from monitor.steps import counts_of

    current = shell(ctx)
    asked = watched(current.settings.nlp)
    with current.store() as store, output.working("visiting sources"):
        counts = counts_of(collect_step(store, instant(now), current.settings.crawler, watched=asked, source_ids=source))
    output.show_one(counts, as_json=as_json)


def import_(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON Lines, plain or gzip.")],
    now: Annotated[
        str | None,
        typer.Option(
            "--now", metavar="INSTANT", help="Instant the documents count as collected; each one's own publication by default."
        ),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Folder or file for lines that are refused; beside the input by default.", metavar="PATH")
    ] = None,
    split: splitting.SplitByActor = "auto",
    as_json: Json = False,
) -> None:
    """Store the documents of archive files. Bad lines are counted, reported and kept in a rejects file; good ones go in."""
    from crawler.importing import ImportFailed, ImportReport, import_file
    from storage.errors import AppError

    current = shell(ctx)
    at = instant(now) if now else None
    chosen = splitting.choice(split)
    rows: list[dict[str, Any]] = []
    failed = False
    with current.store() as store:
        for file in files:
            report: ImportReport | None = None
            error = None
            try:
                with output.working(f"importing {file.name}"):
                    report = import_file(store, file, at, current.settings.crawler, rejects=rejects, split=chosen)
            except AppError as exc:  # the other files still go in
                report = exc.report if isinstance(exc, ImportFailed) else None
                error = str(exc)
                failed = True
                output.note(f"zoom-avant: {error}")
            splitting.tell(report.lone if report else ())
            counts = {"lines": report.lines, "new": report.new, "duplicates": report.duplicates} if report else {}
            counts |= {"rejected": report.rejected} if report else {}
            kept = str(report.rejects_file) if report and report.rejects_file else None
            rows.append({"file": str(file)} | counts | {"rejects_file": kept, "error": error})
            for bad in report.shown if report else ():
                output.note(f"{file}, line {bad.line}: {bad.reason}")
    output.show(rows, as_json=as_json, columns=("file", "lines", "new", "duplicates", "rejected", "rejects_file"))
    if failed:
        raise typer.Exit(1)


def enrich(
    ctx: typer.Context,
    facts: Annotated[bool, typer.Option("--facts", help="Also read the slower facts: amounts, quantities, places.")] = False,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Find language, story and application domains of new documents."""
    run_steps(ctx, ("enrich", "facts") if facts else ("enrich",), now, as_json)


def embed(ctx: typer.Context, now: Now = None, as_json: Json = False) -> None:
    """Compute the vectors of new documents."""
    run_steps(ctx, ("embed",), now, as_json)


def assess(
    ctx: typer.Context,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="On the first run, also write the signals of the days before.")
    ] = False,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Count the themes, score their momentum, and open and close alerts."""
    run_steps(ctx, ASSESS, now, as_json, backfill=backfill)


def deliver(ctx: typer.Context, now: Now = None, as_json: Json = False) -> None:
    """Send what is owed: new alerts, the digest when it is due, and earlier messages that wait for another try."""
    run_steps(ctx, ("owe", "digest", "deliver"), now, as_json)


def run(
    ctx: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="STEP", help="Run only this step; may be repeated or hold commas.")
    ] = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Run every step once, in order."""
    names = [name.strip() for word in only for name in word.split(",") if name.strip()] if only else None
    run_steps(ctx, names, now, as_json)


def run_steps(ctx: typer.Context, names: Sequence[str] | None, now: str | None, as_json: bool, *, backfill: bool = False) -> None:
    """Runs steps with progress on standard error and their reports on standard output. Exit code 1 when one did not end well."""
    from rich.console import Console

    from monitor.steps import STEPS, Outcome, run_all, with_backfill

    current = shell(ctx)
    at = instant(now)
    with current.store() as store, Console(stderr=True).status("starting") as status:
        reports = run_all(
            store,
            at,
            current.settings,
            only=names,
            steps=with_backfill(STEPS) if backfill else STEPS,
            on_start=lambda step: status.update(f"{step.name}: {step.purpose}"),
        )
    rows = [output.plain(report) for report in reports]
    if as_json:
        output.print_json(rows)
    else:
        shown = [row | {"report": row["reason"] or _in_words(row["counts"])} for row in rows]
        output.show(shown, as_json=False, columns=("step", "outcome", "seconds", "report"))
    if any(report.outcome in (Outcome.FAILED, Outcome.BUSY) for report in reports):
        raise typer.Exit(1)


def _in_words(counts: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in counts.items())
