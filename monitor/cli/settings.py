"""``config check`` and ``config show``: what the settings are, where each comes from, and whether they are right."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli import output
from monitor.cli.shell import Json, shell


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Settings: whether they are right, and what they are.", no_args_is_help=True)
    group.command("check")(check)
    group.command("show")(show)
    app.add_typer(group, name="config")


def check(ctx: typer.Context) -> None:
    """Read the settings and say whether they are right. Exit code 2 when they are not."""
    from monitor.config import entries

    loaded = shell(ctx).loaded
    where = str(loaded.file) if loaded.file else "no settings file"
    changed = sum(entry.key in loaded.origins for entry in entries())
    output.print_line(f"settings are right ({where}; {changed} not left at their default)")


def show(
    ctx: typer.Context,
    as_json: Json = False,
    changed: Annotated[bool, typer.Option("--changed", help="Only settings that are not left at their default.")] = False,
) -> None:
    """Print every setting, its value (secrets masked) and where it was set."""
    from monitor.config import entries

    loaded = shell(ctx).loaded
    rows = [
        {"key": entry.key, "value": entry.value, "from": loaded.origins.get(entry.key, "default")}
        for entry in entries(loaded.settings)
        if "[]" not in entry.key
    ]
    if changed:
        rows = [row for row in rows if row["from"] != "default"]
    output.show(rows, as_json=as_json, columns=("key", "value", "from"), empty="every setting is at its default")
