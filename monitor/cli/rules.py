"""``rules``: when to speak. A change is a new version; what alerted under the old one stays explained by it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.shell import Json, Lang, day, labelled, language, shell
from storage.errors import ConfigError, NotFound
from storage.model import Rule

if TYPE_CHECKING:
    from monitor.rehearsal import Rehearsal
    from monitor.trends.wording import Language

_TRIAL = "trial"
_COLUMNS = ("id", "version", "name", "kind", "enabled", "alerts", "useful", "known", "noise", "suggested", "settings")
_SPOKEN = ("theme_id", "theme", "state", "opened_on", "closed_on", "lift", "score", "days_after_onset", "is_new")
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the rule; repeat for more.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="When an alert is raised.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("add")(add)
    group.command("replay")(replay)
    group.command("suggest")(suggest)
    group.command("feedback")(feedback)
    app.add_typer(group, name="rules")


def list_(ctx: typer.Context, lang: Lang = "fr", as_json: Json = False) -> None:
    """List the rules in their newest version, with what readers answered and what the answers suggest."""
    from monitor import feedback as words
    from storage import alerts

    language(lang)
    rows = []
    with shell(ctx).store() as store, store.reading() as conn:
        tallies = words.tallies(conn)
        for rule in alerts.current_rules(conn):
            of_rule = [tally for tally in tallies if tally.rule_id == rule.id]
            told = words.suggest(conn, rule)
            counts = {
                name: sum(getattr(one, name) for one in of_rule) for name in ("alerts", "answered", "useful", "known", "noise")
            }
            row: dict[str, Any] = output.plain(rule) | {"name": labelled(rule, "name", lang)} | counts
            row["kind"] = rule.settings.get("kind", "")
            row["suggestion"] = None if told is None else asdict(told)
            row["suggested"] = None if told is None or told.suggested is None else f"{told.setting}={told.suggested:g}"
            rows.append(row)
    output.show(
        rows,
        as_json=as_json,
        columns=_COLUMNS,
        empty="no rules written yet: the first 'zoom-avant assess' adds the default ones",
    )


def add(
    ctx: typer.Context,
    rule_id: Annotated[str, typer.Argument(help="Short lasting name. An existing one gets a new version.")],
    setting: Set = None,
    name_fr: Annotated[str | None, typer.Option(help="French name.")] = None,
    name_en: Annotated[str | None, typer.Option(help="English name.")] = None,
    enabled: Annotated[bool, typer.Option("--enabled/--disabled", help="Whether it may raise alerts.")] = True,
    as_json: Json = False,
) -> None:
    """Add a rule, or a new version of one.

    Kinds: momentum (proven movements of themes), conjunction (of pairs), buzz (bursts of a few days), threshold (plain numbers).
    """
    from monitor.rules import DEFAULTS, parse
    from storage import alerts

    if rule_id in DEFAULTS and setting:
        raise ConfigError(f"the rule '{rule_id}' follows the section [monitor] of the settings: change it there")
    with shell(ctx).store() as store, store.transaction() as conn:
        old = next((rule for rule in alerts.current_rules(conn) if rule.id == rule_id), None)
        if rule_id in DEFAULTS and old is None:
            raise ConfigError(f"the rule '{rule_id}' is written by the first 'zoom-avant assess'")
        rule = Rule(
            id=rule_id,
            version=old.version + 1 if old else 1,
            name_fr=name_fr or (old.name_fr if old else rule_id),
            name_en=name_en or (old.name_en if old else rule_id),
            settings=dict(old.settings if old else {}) | _settings(setting or []),
            enabled=enabled,
        )
        parsed = parse(rule_id, rule.settings)
        if old is not None and parse(rule_id, old.settings).kind != parsed.kind:
            raise ConfigError(f"the rule '{rule_id}' keeps its kind: add one of another name for {parsed.kind}")
        alerts.save_rules(conn, [rule])
    output.show_one(output.plain(rule), as_json=True) if as_json else output.print_line(f"rule {rule.id}, version {rule.version}")


def replay(
    ctx: typer.Context,
    rule_id: Annotated[
        str | None, typer.Argument(help="Rule to replay. Without one: a rule of its own, of the settings given with --set.")
    ] = None,
    setting: Set = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day; a year before the last by default.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day; yesterday by default.")] = None,
    lang: Lang = "fr",
    as_json: Json = False,
) -> None:
    """Say what a rule would have said over the past, without writing anything: how often, on what, how late.

    Stored signals are heard again day by day. With --set, the rule is tried with other settings, before they are trusted.
    """
    from monitor.cli.rule_words import told
    from monitor.rehearsal import rehearse

    said: Language = "en" if language(lang) == "en" else "fr"
    end = day(last) if last else dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    start = day(first) if first else end - dt.timedelta(days=364)
    if start > end:
        raise ConfigError(f"the period from {start} to {end} ends before it begins")
    here = shell(ctx)
    with here.store() as store:
        rule = _tried(here.settings.monitor, store, rule_id, _settings(setting or []))
        with output.working("replaying"):
            found = rehearse(store, rule, start, end, here.settings.monitor)
        rows = _rows(store, found, lang)
    if as_json:
        output.print_json(_as_json(found, rows))
        return
    for line in told(found, said):
        output.print_line(line)
    if rows:
        output.show(rows, as_json=False, columns=_SPOKEN)
    missed = [{"alert": one.id, "theme_id": one.theme_id, "opened_on": one.opened_on} for one in found.missed]
    if missed:
        output.show(missed, as_json=False, columns=("alert", "theme_id", "opened_on"))


def suggest(
    ctx: typer.Context,
    rule_id: Annotated[str | None, typer.Argument(help="Rule; all of them by default.")] = None,
    lang: Lang = "fr",
    as_json: Json = False,
) -> None:
    """Say which allowance the readers' answers speak for. Nothing is changed."""
    from monitor import feedback as words
    from monitor.cli.rule_words import suggested
    from storage import alerts

    said: Language = "en" if language(lang) == "en" else "fr"
    with shell(ctx).store() as store, store.reading() as conn:
        rules = [_named(alerts.current_rules(conn), rule_id)] if rule_id else alerts.current_rules(conn)
        found = {rule.id: words.suggest(conn, rule) for rule in rules}
    if as_json:
        output.print_json([{"rule_id": key} | (asdict(one) if one else {"outcome": "unlabelled"}) for key, one in found.items()])
        return
    for key, one in found.items():
        output.print_line(suggested(key, one, said))


def feedback(ctx: typer.Context, as_json: Json = False) -> None:
    """Count the readers' answers by rule and kind of alert."""
    from monitor import feedback as words

    with shell(ctx).store() as store, store.reading() as conn:
        rows = [asdict(tally) for tally in words.tallies(conn)]
    columns = ("rule_id", "kind", "alerts", "answered", "useful", "known", "noise")
    output.show(rows, as_json=as_json, columns=columns, empty="no alerts yet")


def _tried(settings: Any, store: Any, rule_id: str | None, changed: dict[str, Any]) -> Rule:
    """The rule to replay: as it is in force, with what was changed, or a new one."""
    from monitor import rules
    from storage import alerts

    with store.reading() as conn:
        in_force, _ = rules.with_defaults(alerts.current_rules(conn), settings)
    if rule_id is None and "kind" in changed:
        return Rule(id=_TRIAL, version=1, name_fr=_TRIAL, name_en=_TRIAL, settings=changed)
    rule = _named(in_force, rule_id or rules.MOMENTUM_RULE)
    tried = replace(rule, settings=dict(rule.settings) | changed)
    if rules.parse(rule.id, tried.settings).kind != rules.parse(rule.id, rule.settings).kind:
        raise ConfigError(f"the rule '{rule.id}' keeps its kind: leave its name out to try another one")
    return tried


def _named(rules: Sequence[Rule], rule_id: str) -> Rule:
    found = next((rule for rule in rules if rule.id == rule_id), None)
    if found is None:
        raise NotFound(f"no rule is called '{rule_id}': see 'zoom-avant rules list'")
    return found


def _rows(store: Any, found: Rehearsal, lang: str) -> list[dict[str, Any]]:
    from storage import themes

    with store.reading() as conn:
        names = {one.id: labelled(one, "label", lang) for one in themes.all_themes(conn, retired=True)}
    return [
        asdict(one)
        | {
            "theme": names.get(one.theme_id, one.theme_id),
            "days_after_onset": one.days_after_onset,
            "days_after_first_story": one.days_after_first_story,
            "is_new": one.alert_id in found.fresh,
        }
        for one in found.spoken
    ]


def _as_json(found: Rehearsal, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "rule_id": found.rule.id,
        "rule_version": found.rule.version,
        "settings": dict(found.rule.settings),
        "from": found.start,
        "to": found.end,
        "stored_from": found.since,
        "days": found.days,
        "days_with_signals": found.heard,
        "alerts": len(found.spoken),
        "alerts_a_month": found.a_month,
        "days_after_onset": found.after_onset,
        "days_after_first_story": found.after_first_story,
        "spoken": rows,
        "missed": [
            {"alert_id": one.id, "theme_id": one.theme_id, "rule_id": one.rule_id, "opened_on": one.opened_on}
            for one in found.missed
        ],
    }


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
