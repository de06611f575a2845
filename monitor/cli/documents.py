"""``documents``: deleting what should not be kept, by item or by a person's name."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from monitor.cli import output
from monitor.cli.shell import Json, shell


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Delete documents for good.", no_args_is_help=True)
    group.command("remove")(remove)
    group.command("forget")(forget)
    app.add_typer(group, name="documents")


def remove(
    ctx: typer.Context, document_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Documents to delete.")]
) -> None:
    """Delete documents. They do not come back, from whatever source."""
    from crawler.retention import remove_documents

    with shell(ctx).store() as store:
        count = remove_documents(store, document_ids, dt.datetime.now(dt.UTC))
    output.print_line(f"{count} document{'s' if count > 1 else ''} deleted")


def forget(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="First and last name of the person.")],
    yes: Annotated[bool, typer.Option("--yes", help="Delete what was found; without it, only show it.")] = False,
    as_json: Json = False,
) -> None:
    """Find the documents that name a person and, with --yes, delete them for good; papers only signed lose the signature."""
    from crawler.retention import forget as forget_all
    from crawler.retention import naming

    with shell(ctx).store() as store:
        found = naming(store, name)
        if yes and found:
            forget_all(store, found, dt.datetime.now(dt.UTC))
    column = "done" if yes else "would be"
    rows = [{"id": one.document_id, "title": one.title, column: "unsigned" if one.as_author_only else "deleted"} for one in found]
    output.show(rows, as_json=as_json, columns=("id", "title", column), empty="no document names this person")
