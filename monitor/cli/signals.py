"""``signals list``: the state of every theme, strongest first."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import typer

from monitor.cli import output
from monitor.cli.shell import Json, Lang, Limit, day, labelled, language, shell
from storage.model import State

_COLUMNS = ("theme", "day", "state", "score", "lift", "observed", "expected", "sources", "reason")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="States of the themes, with the reasons.", no_args_is_help=True)
    group.command("list")(list_)
    app.add_typer(group, name="signals")


def list_(
    ctx: typer.Context,
    state: Annotated[list[State] | None, typer.Option(help="Only this state; may be repeated.")] = None,
    theme: Annotated[str | None, typer.Option(help="Only this theme.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="Every signal from this day on, not only the newest.")] = None,
    lang: Lang = "fr",
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List the newest signal of each theme, strongest first; with --since, all of them by theme and day."""
    from storage import observations, themes

    language(lang)
    with shell(ctx).store() as store, store.reading() as conn:
        found = observations.signals_between(conn, day(since), dt.date.max) if since else observations.latest_signals(conn)
        names = {one.id: labelled(one, "label", lang) for one in themes.all_themes(conn, retired=True)}
    chosen = [one for one in found if (not state or one.state in state) and (theme is None or one.theme_id == theme)]
    rows = [
        output.plain(one) | {"theme": names.get(one.theme_id, one.theme_id), "reason": labelled(one, "reason", lang)}
        for one in chosen[:limit]
    ]
    output.show(rows, as_json=as_json, columns=_COLUMNS, empty="no signals")
    if len(chosen) > limit:
        output.note(f"{len(chosen) - limit} more: raise --limit")
