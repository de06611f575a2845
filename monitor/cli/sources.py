"""``sources``: the places we read. Visits are in ``source_visits``, lists of feeds in ``source_lists``."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, source_lists, source_visits
from monitor.cli.shell import Json, Lang, Shell, language, shell
from storage.errors import ConfigError, Conflict
from storage.model import Kind, Source, SourceState

if TYPE_CHECKING:
    from storage.store import Store

_COLUMNS = ("id", "kind", "state", "visited", "reason", "last_success_at", "failures", "url")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Places we read.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("check")(source_visits.check)
    group.command("discover")(source_visits.discover)
    group.command("import-opml")(source_lists.import_opml)
    group.command("export-opml")(source_lists.export_opml)
    group.command("catalogue")(source_lists.catalogue)
    group.command("enable")(enable)
    group.command("disable")(disable)
    app.add_typer(group, name="sources")


def list_(
    ctx: typer.Context,
    kind: Annotated[Kind | None, typer.Option(help="Only those that publish this.")] = None,
    state: Annotated[SourceState | None, typer.Option(help="Only those found like this at their last visit.")] = None,
    disabled: Annotated[bool, typer.Option("--disabled", help="Only those that are not visited.")] = False,
    trial: Annotated[bool, typer.Option("--trial", help="Only those on trial.")] = False,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """List the sources, how each was found at its last visit, and why those that rest are not visited."""
    from storage import sources

    language(lang)
    with shell(ctx).store() as store, store.reading() as conn:
        found = [
            source
            for source in sources.all_sources(conn)
            if kind in (None, source.kind)
            and state in (None, source.state)
            and not (disabled and source.enabled)
            and not (trial and not (source.trial and source.enabled))
        ]
    rows = [_shown(source, lang) for source in found]
    empty = "no source is like that" if kind or state or disabled or trial else "no sources yet: 'zoom-avant sources add'"
    output.show(rows, as_json=as_json, columns=_COLUMNS, empty=empty)


def add(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Argument(help="Address of the feed or service.", show_default=False)] = None,
    id_: Annotated[
        str | None, typer.Option("--id", help="Short lasting name; made from --name or the address by default.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name people know it by.")] = None,
    kind: Annotated[Kind, typer.Option(help="Sort of document it publishes.")] = Kind.NEWS,
    lang: Annotated[str | None, typer.Option(metavar="fr|en", help="Its language, when it has one.")] = None,
    territory: Annotated[str | None, typer.Option(help="Territory it covers: country, EU or NUTS region.")] = None,
    theme: Annotated[str | None, typer.Option(help="Watch theme or application domain it is about.")] = None,
    collector: Annotated[str, typer.Option(help="How it is read; see docs/sources.")] = "feed",
    option: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="What its collector needs to know; may be repeated.")
    ] = None,
    rights: Annotated[str, typer.Option(metavar="open|excerpt|link-only", help="How much of a text is kept.")] = "excerpt",
    licence: Annotated[str | None, typer.Option(help="Class of its licence, such as etalab-2.0; 'open' needs one.")] = None,
    interval: Annotated[int, typer.Option(min=300, help="Seconds between two visits at least.")] = 3600,
    catalogue: Annotated[bool, typer.Option("--catalogue", help="Add the sources shipped with the program.")] = False,
    file: Annotated[Path | None, typer.Option(help="Add the sources of a TOML file.", metavar="FILE")] = None,
    as_json: Json = False,
) -> None:
    """Add one source by its address, or many from a catalogue. Sources already there are left as they are."""
    from crawler.catalogue import declared, reads_the_same, rehearse
    from crawler.normalize import slug
    from storage import sources

    current = shell(ctx)
    if url is None and not catalogue and file is None:
        raise ConfigError("give the address of a feed, --catalogue, or --file FILE")
    with current.store() as store:
        if url is None:
            added = add_catalogue(current, store, file)
            output.print_json({"added": added}) if as_json else output.print_line(f"{added} sources added")
            return
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"'{url}' is not an address a feed can have: it begins with http:// or https://")
        row: dict[str, Any] = {
            "id": id_ or slug(name or url.partition("://")[2]),
            "name": name or url,
            "url": url,
            "kind": kind,
            "lang": lang,
            "territory": territory,
            "theme": theme,
            "collector": collector,
            "options": _options(option or []),
            "rights": rights,
            "licence": licence,
            "interval_s": interval,
        }
        source = declared(row, "this source", current.settings.crawler)
        rehearse(source, dt.datetime.now(dt.UTC))
        with store.transaction() as conn:
            known = {one.id: one for one in sources.all_sources(conn)}
            if source.id in known and known[source.id].url != url:
                raise Conflict(f"another source is called '{source.id}' ({known[source.id].url}): choose a name with --id")
            twin = next((one for one in known.values() if one.id != source.id and reads_the_same(one, source)), None)
            if twin is not None:
                raise Conflict(f"the source '{twin.id}' reads that address already: each document would be asked for twice")
            sources.add_missing(conn, [source])
            stored = sources.get(conn, source.id)
    output.show_one(output.plain(stored), as_json=True) if as_json else output.print_line(f"source {source.id} added")


def remove(
    ctx: typer.Context,
    source_id: Annotated[str, typer.Argument(help="Source to remove.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a source with all its documents. To keep them, use 'sources disable'."""
    from storage import sources

    with shell(ctx).store() as store:
        with store.reading() as conn:
            sources.get(conn, source_id)
        if not yes and not typer.confirm(f"Delete {source_id} and all its documents?", err=True):
            raise typer.Exit(1)
        with store.transaction() as conn:
            sources.remove(conn, source_id)
    output.print_json({"removed": source_id}) if as_json else output.print_line(f"source {source_id} removed")


def enable(
    ctx: typer.Context,
    source_id: Annotated[str, typer.Argument(help="Source to visit again.")],
    as_json: Json = False,
) -> None:
    """Visit a source again from now on. One whose trial failed begins its trial anew."""
    _switch(ctx, source_id, on=True, as_json=as_json)


def disable(
    ctx: typer.Context,
    source_id: Annotated[str, typer.Argument(help="Source to leave alone.")],
    as_json: Json = False,
) -> None:
    """Stop visiting a source; its documents stay."""
    _switch(ctx, source_id, on=False, as_json=as_json)


def add_catalogue(current: Shell, store: Store, file: Path | None) -> int:
    """Adds the sources of a catalogue file (None: the shipped one, or the one of the settings). Returns how many are new."""
    from crawler.catalogue import load_catalogue
    from storage import sources

    settings = current.settings.crawler
    wanted = load_catalogue(file if file is not None else settings.sources_file, settings)
    with store.transaction() as conn:
        known = {source.id for source in sources.all_sources(conn)}
        sources.add_missing(conn, wanted)
    return len([source for source in wanted if source.id not in known])


def _switch(ctx: typer.Context, source_id: str, *, on: bool, as_json: bool) -> None:
    from crawler.catalogue import STORING
    from crawler.reasons import Reason
    from storage import sources

    with shell(ctx).store() as store, store.transaction() as conn:
        source = sources.get(conn, source_id)
        if on and source.collector not in STORING:
            raise ConfigError(f"'{source_id}' cannot be visited: no collector reads '{source.collector}' yet")
        reason = None if on else source.disabled_reason or str(Reason("by_hand"))
        sources.declare(conn, [replace(source, enabled=on, disabled_reason=reason)])
        if on:
            sources.learn(conn, source_id, {"failures": 0, "next_visit_at": None})
        stored = sources.get(conn, source_id)
    done = f"source {source_id} {'enabled' if on else 'disabled'}"
    output.show_one(output.plain(stored), as_json=True) if as_json else output.print_line(done)


def _shown(source: Source, lang: str) -> dict[str, Any]:
    visited = "yes" if source.enabled else "no"
    return output.plain(source) | {
        "visited": "trial" if source.enabled and source.trial else visited,
        "reason": source_visits.in_words(source.state_reason if source.enabled else source.disabled_reason, lang),
    }


def _options(given: list[str]) -> dict[str, Any]:
    """``KEY=VALUE`` words as options: a value that is JSON is read as such, any other is text. Raises ConfigError."""
    options: dict[str, Any] = {}
    for word in given:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise ConfigError(f"'{word}' is no option: write it as KEY=VALUE")
        try:
            options[key] = json.loads(value)
        except json.JSONDecodeError:
            options[key] = value
    return options
