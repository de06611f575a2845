"""``init``, ``doctor`` and ``version``: making an installation, and asking whether it is well."""

from __future__ import annotations

import importlib.metadata
import platform
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import output
from monitor.cli.shell import Json, instant, shell


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(doctor)
    app.command()(version)


def init(
    ctx: typer.Context,
    settings_file: Annotated[bool, typer.Option(help="Write a commented settings file when there is none.")] = True,
    themes: Annotated[bool, typer.Option(help="Declare the watch themes.")] = True,
    catalogue: Annotated[bool, typer.Option("--catalogue", help="Also add the sources shipped with the program.")] = False,
) -> None:
    """Make or upgrade the database, write a settings file when there is none, and declare the watch themes.

    Running it again changes nothing that is there.
    """
    from monitor.config import FILE_NAME
    from monitor.reference import example_toml

    current = shell(ctx)
    file = current.config or Path(FILE_NAME)
    if settings_file and not file.exists():
        file.write_text(example_toml(), encoding="utf-8")
        output.note(f"settings file written: {file}")
    with current.store(create=True) as store:
        output.note(f"database ready: {store.engine.url.render_as_string(hide_password=True)}, schema {store.revision()}")
        now = instant(None)
        if themes:
            from nlp.themes.steps.watch import watch

            watch(store, now, current.settings.nlp)
            output.note("watch themes declared")
        if catalogue:
            from monitor.cli.sources import add_catalogue

            output.note(f"sources added from the catalogue: {add_catalogue(current, store, None)}")


def doctor(
    ctx: typer.Context,
    as_json: Json = False,
    models: Annotated[bool, typer.Option(help="Load the language models (takes some seconds).")] = True,
    network: Annotated[bool, typer.Option("--network", help="Also try to reach the mail server and Slack.")] = False,
) -> None:
    """Check the installation: Python, settings, database, models, sources, steps, channels. Exit code 1 when one is broken."""
    from monitor.cli.checks import run_checks

    current = shell(ctx)
    current.start_logs()
    with output.working("checking"):
        checks = run_checks(current, models=models, network=network)
    rows = [output.plain(check) for check in checks]
    output.show(rows, as_json=as_json, columns=("check", "verdict", "detail"))
    if any(check.verdict == "broken" for check in checks):
        raise typer.Exit(1)


def version(as_json: Json = False) -> None:
    """Print the version of zoom-avant and of what it runs on."""
    from storage.store import head_revision

    names = ("scrapy", "feedparser", "spacy", "bertopic", "apscheduler", "sqlalchemy", "slack-sdk", "pandas")
    found = {
        "zoom-avant": importlib.metadata.version("zoom-avant"),
        "schema": head_revision(),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in names},
    }
    if as_json:
        output.print_json(found)
    else:
        output.print_line(f"zoom-avant {found['zoom-avant']} (schema {found['schema']}, Python {found['python']})")
