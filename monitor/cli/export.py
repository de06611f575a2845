"""``export``: a view of the trend database as a file for a spreadsheet or a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import output
from monitor.cli.shell import Json, shell
from storage.errors import ConfigError


def register(app: typer.Typer) -> None:
    app.command()(export)


def export(
    ctx: typer.Context,
    view: Annotated[str, typer.Argument(help="View to write, such as v_funding; 'query --views' lists them.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write: .csv, .xlsx or .parquet.")],
    since: Annotated[str | None, typer.Option(metavar="DAY", help="Only what is of this day or later.")] = None,
    as_json: Json = False,
) -> None:
    """Write a view to a file: CSV, Excel or Parquet. A file that is there is replaced once the new one is whole."""
    import datetime as dt

    from storage.export import export_view

    try:
        day = dt.date.fromisoformat(since) if since else None
    except ValueError as exc:
        raise ConfigError(f"--since is '{since}', not a day like 2026-03-02") from exc
    with shell(ctx).store() as store, store.reading() as conn, output.working(f"writing {file.name}"):
        rows = export_view(conn, view, file, since=day)
    if as_json:
        output.show_one({"view": view, "file": str(file), "rows": rows}, as_json=True)
    else:
        output.print_line(f"{rows} rows of {view} written to {file}")
