"""``backup``, ``restore`` and ``check``: the database file itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import output
from monitor.cli.shell import shell


def register(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
    app.command()(check)


def backup(ctx: typer.Context, file: Annotated[Path, typer.Argument(help="File to write; it must not exist.")]) -> None:
    """Copy a SQLite database while it is in use, and check the copy."""
    from storage.backup import backup as write

    with shell(ctx).store() as store, output.working("copying"):
        write(store, file)
    output.print_line(f"backup written: {file}")


def restore(ctx: typer.Context, file: Annotated[Path, typer.Argument(help="Backup to read.")]) -> None:
    """Make the database anew from a backup. A database that is there is never overwritten."""
    from storage.backup import restore as read
    from storage.store import masked

    current = shell(ctx)
    current.start_logs()
    read(file, current.database_url)
    output.print_line(f"database restored: {masked(current.database_url)}; 'zoom-avant init' brings its schema up to date")


def check(ctx: typer.Context) -> None:
    """Check that the database file is sound. Exit code 1 when it is not."""
    from storage.backup import check as look

    with shell(ctx).store() as store, output.working("checking"):
        problems = look(store)
    for problem in problems:
        output.print_line(problem)
    if problems:
        raise typer.Exit(1)
    output.print_line("the database is sound")
