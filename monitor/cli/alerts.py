"""``alerts``: the cases the rules opened."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from monitor.cli import output
from monitor.cli.shell import Json, Lang, Limit, Now, instant, labelled, language, shell

_COLUMNS = ("id", "kind", "theme", "state", "signal_state", "opened_on", "closed_on", "lift", "score", "sources", "reason")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Cases the rules opened.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("feedback")(feedback)
    app.add_typer(group, name="alerts")


def list_(
    ctx: typer.Context,
    open_only: Annotated[bool, typer.Option("--open", help="Only cases that are still open.")] = False,
    lang: Lang = "fr",
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List the alerts, newest first."""
    from storage import alerts, themes

    language(lang)
    with shell(ctx).store() as store, store.reading() as conn:
        found = alerts.open_alerts(conn) if open_only else alerts.all_alerts(conn)
        names = {one.id: labelled(one, "label", lang) for one in themes.all_themes(conn, retired=True)}
    newest = sorted(found, key=lambda one: (one.opened_on, one.id), reverse=True)
    rows = [
        output.plain(one) | {"theme": names.get(one.theme_id, one.theme_id), "reason": labelled(one, "reason", lang)}
        for one in newest[:limit]
    ]
    output.show(rows, as_json=as_json, columns=_COLUMNS, empty="no alerts")
    if len(newest) > limit:
        output.note(f"{len(newest) - limit} more: raise --limit")


def show(
    ctx: typer.Context,
    alert_id: Annotated[str, typer.Argument(help="Alert to show.")],
    lang: Lang = "fr",
    as_json: Json = False,
) -> None:
    """Show an alert: why it was raised, on which documents, and who was told."""
    from storage import alerts, deliveries, documents, themes
    from storage import feedback as words

    language(lang)
    with shell(ctx).store() as store, store.reading() as conn:
        alert = alerts.get(conn, alert_id)
        theme = themes.get(conn, alert.theme_id)
        evidence = documents.by_ids(conn, list(alert.evidence.get("documents", ())))
        sent = deliveries.of_subject(conn, alert_id)
        answers = words.of_alerts(conn, [alert_id]).get(alert_id, [])
    value = output.plain(alert) | {
        "theme": labelled(theme, "label", lang),
        "reason": labelled(alert, "reason", lang),
        "documents": [
            {"id": one.id, "day": one.counted_on, "source": one.source_id, "title": one.title, "url": one.url} for one in evidence
        ],
        "deliveries": [
            {"channel": one.channel, "target": one.target, "state": one.state, "sent_at": one.sent_at, "error": one.error}
            for one in sent
        ],
        "feedback": [
            {"verdict": one.verdict, "given_by": one.given_by, "given_at": one.given_at, "note": one.note} for one in answers
        ],
    }
    output.show_one(value, as_json=as_json)


def feedback(
    ctx: typer.Context,
    alert_id: Annotated[str, typer.Argument(help="Alert to answer.")],
    verdict: Annotated[str, typer.Argument(metavar="useful|known|noise", help="What it was to you.")],
    by: Annotated[str | None, typer.Option(help="Who says so; your user name by default.")] = None,
    note: Annotated[str, typer.Option(help="A word of explanation.")] = "",
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Say whether an alert was useful, known or noise. A second answer replaces the first."""
    from monitor.feedback import give

    with shell(ctx).store() as store:
        word = give(store, alert_id, verdict, by or _user(), instant(now), note)
    if as_json:
        output.show_one(output.plain(word), as_json=True)
    else:
        output.print_line(f"alert {word.alert_id}: {word.verdict} ({word.given_by})")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number nobody named
        return "cli"
