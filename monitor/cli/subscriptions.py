"""``subscriptions``: who gets what."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from monitor.cli import output
from monitor.cli.shell import Json, language, shell
from storage.errors import ConfigError, NotFound

_CONTENT = ("alerts", "digest")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Who gets what.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_)
    group.command("remove")(remove)
    app.add_typer(group, name="subscriptions")


def add(
    ctx: typer.Context,
    place: Annotated[str, typer.Argument(help="slack:#channel, slack-webhook:name, email:name@host or file:folder.")],
    content: Annotated[str, typer.Option(metavar="alerts|digest", help="Alerts as they come, or the weekly digest.")] = "alerts",
    lang: Annotated[str, typer.Option("--lang", metavar="fr|en", help="Language of the messages.")] = "fr",
    false_alerts: Annotated[
        float | None,
        typer.Option(
            "--false-alerts-per-month",
            metavar="N",
            help="Only alerts that would pass if their rule allowed no more than this many false alerts a month.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Send alerts or the digest to a place. Adding it again changes its language and allowance, or turns it on again."""
    from alerts.subscriptions import parse_subscription
    from storage import deliveries

    if content not in _CONTENT:
        raise ConfigError(f"'{content}' cannot be subscribed to: choose alerts or digest")
    wanted = parse_subscription(
        place, content="digest" if content == "digest" else "alerts", lang=language(lang), false_alerts_per_month=false_alerts
    )
    with shell(ctx).store() as store, store.transaction() as conn:
        deliveries.subscribe(conn, [wanted])
    output.show_one(output.plain(wanted), as_json=True) if as_json else output.print_line(f"subscription {wanted.id} added")


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the subscriptions."""
    from storage import deliveries

    with shell(ctx).store() as store, store.reading() as conn:
        rows = [output.plain(one) for one in deliveries.all_subscriptions(conn)]
    output.show(
        rows,
        as_json=as_json,
        columns=("id", "channel", "target", "content", "lang", "false_alerts_per_month", "enabled"),
        empty="nobody is told anything yet: 'zoom-avant subscriptions add'",
    )


def remove(ctx: typer.Context, subscription_id: Annotated[str, typer.Argument(help="Subscription to end.")]) -> None:
    """End a subscription. The record of what it was sent stays."""
    from storage import deliveries

    with shell(ctx).store() as store, store.transaction() as conn:
        old = next((one for one in deliveries.all_subscriptions(conn) if one.id == subscription_id), None)
        if old is None:
            raise NotFound(f"no subscription is called '{subscription_id}': see 'zoom-avant subscriptions list'")
        deliveries.subscribe(conn, [replace(old, enabled=False)])
    output.print_line(f"subscription {subscription_id} ended")
