"""``rules``: when to speak. A change is a new version; what alerted under the old one stays explained by it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.shell import Json, Lang, labelled, language, shell
from storage.errors import ConfigError
from storage.model import Rule


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="When an alert is raised.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("add")(add)
    app.add_typer(group, name="rules")


def list_(ctx: typer.Context, lang: Lang = "fr", as_json: Json = False) -> None:
    """List the rules in their newest version."""
    from storage import alerts

    language(lang)
    with shell(ctx).store() as store, store.reading() as conn:
        found = alerts.current_rules(conn)
    rows = [output.plain(rule) | {"name": labelled(rule, "name", lang)} for rule in found]
    output.show(
        rows,
        as_json=as_json,
        columns=("id", "version", "name", "enabled", "settings"),
        empty="no rules written yet: the first 'zoom-avant assess' adds the default one",
    )


def add(
    ctx: typer.Context,
    rule_id: Annotated[str, typer.Argument(help="Short lasting name. An existing one gets a new version.")],
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the rule, such as kind=momentum.")
    ] = None,
    name_fr: Annotated[str | None, typer.Option(help="French name.")] = None,
    name_en: Annotated[str | None, typer.Option(help="English name.")] = None,
    enabled: Annotated[bool, typer.Option("--enabled/--disabled", help="Whether it may raise alerts.")] = True,
    as_json: Json = False,
) -> None:
    """Add a rule, or a new version of one. Kinds: momentum (proven movements), threshold (plain numbers)."""
    from monitor.rules import MOMENTUM_RULE, parse
    from storage import alerts

    if rule_id == MOMENTUM_RULE and setting:
        raise ConfigError(f"the rule '{MOMENTUM_RULE}' follows the section [monitor] of the settings: change it there")
    with shell(ctx).store() as store, store.transaction() as conn:
        old = next((rule for rule in alerts.current_rules(conn) if rule.id == rule_id), None)
        if rule_id == MOMENTUM_RULE and old is None:
            raise ConfigError(f"the rule '{MOMENTUM_RULE}' is written by the first 'zoom-avant assess'")
        rule = Rule(
            id=rule_id,
            version=old.version + 1 if old else 1,
            name_fr=name_fr or (old.name_fr if old else rule_id),
            name_en=name_en or (old.name_en if old else rule_id),
            settings=dict(old.settings if old else {}) | _settings(setting or []),
            enabled=enabled,
        )
        parse(rule_id, rule.settings)
        alerts.save_rules(conn, [rule])
    output.show_one(output.plain(rule), as_json=True) if as_json else output.print_line(f"rule {rule.id}, version {rule.version}")


def _settings(words: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"'{word}' is not a setting: write KEY=VALUE")
        try:
            found[key.strip()] = json.loads(value)
        except ValueError:
            found[key.strip()] = value
    return found
