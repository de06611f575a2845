"""``digest``: the week's summary, to look at or to send."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import typer

from monitor.cli import output
from monitor.cli.shell import Json, Lang, Now, day, instant, language, shell
from monitor.cli.steps import run_steps


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The week's summary.", no_args_is_help=True)
    group.command("preview")(preview)
    group.command("send")(send)
    app.add_typer(group, name="digest")


def preview(
    ctx: typer.Context,
    week_end: Annotated[
        str | None, typer.Option("--week-end", metavar="DAY", help="Monday after the week; the last one by default.")
    ] = None,
    form: Annotated[Literal["text", "html"], typer.Option("--format", help="Which part of the mail to show.")] = "text",
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it to a file instead of standard output.")] = None,
    lang: Lang = "fr",
    now: Now = None,
) -> None:
    """Show the digest of a week without sending it."""
    from alerts.digest import build_digest

    language(lang)
    today = instant(now).date()
    end = day(week_end) if week_end else today - dt.timedelta(days=today.weekday())
    current = shell(ctx)
    with current.store() as store:
        digest = build_digest(store, end, lang, current.settings.alerts)
    text = digest.html if form == "html" else digest.text
    if out is None:
        output.print_line(text)
    else:
        out.write_text(text, encoding="utf-8")
        output.note(f"digest written: {out}")


def send(ctx: typer.Context, now: Now = None, as_json: Json = False) -> None:
    """Send the digest to its subscribers if it is due and has not been sent."""
    run_steps(ctx, ("digest", "deliver"), now, as_json)
