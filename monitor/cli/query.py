"""``query``: a person's own SQL on the trend database, read-only."""

from __future__ import annotations

import sys
from typing import Annotated, Literal

import typer

from monitor.cli import output
from monitor.cli.shell import Json, shell
from storage.errors import ConfigError


def register(app: typer.Typer) -> None:
    app.command()(query)


def query(
    ctx: typer.Context,
    sql: Annotated[str | None, typer.Argument(help="One SELECT; '-' reads it from standard input.", show_default=False)] = None,
    form: Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="How to print the rows.")] = "table",
    as_json: Json = False,
    limit: Annotated[int, typer.Option(min=1, help="Most rows to print.")] = 1000,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds after which the query is stopped.")] = 30.0,
    views: Annotated[bool, typer.Option("--views", help="List the views a query may rely on, with their columns.")] = False,
) -> None:
    """Ask the database with one SELECT. It cannot change anything, and stops at its time and row limits."""
    from monitor.query import run_query, view_columns

    current = shell(ctx)
    chosen = "json" if as_json else form
    with current.store() as store:
        if views:
            rows = [{"view": name, "columns": columns} for name, columns in view_columns(store).items()]
            output.show(
                [row if as_json else {"view": row["view"], "columns": ", ".join(row["columns"])} for row in rows],
                as_json=as_json,
                columns=("view", "columns"),
            )
            return
        if sql is None:
            raise ConfigError('write a SELECT, for example "SELECT * FROM v_themes"; --views lists what there is')
        result = run_query(store, sys.stdin.read() if sql == "-" else sql, limit=limit, timeout_s=timeout)
    if chosen == "csv":
        output.print_csv(result.columns, result.rows)
    else:
        rows_by_name = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
        output.show(rows_by_name, as_json=chosen == "json", columns=result.columns, empty="no rows")
    if result.truncated:
        output.note(f"only the first {limit} rows are shown: raise --limit")
