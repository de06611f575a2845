"""``sources``: the places we read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.shell import Json, Lang, Now, Shell, instant, labelled, language, shell
from storage.errors import ConfigError, Conflict
from storage.model import Kind, Source

if TYPE_CHECKING:
    from crawler.checking import SourceCheck
    from storage.store import Store

_COLUMNS = ("id", "kind", "lang", "state", "enabled", "last_success_at", "failures", "url")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Places we read.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("check")(check)
    group.command("enable")(enable)
    group.command("disable")(disable)
    app.add_typer(group, name="sources")


def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """List the sources and how each was found at its last visit."""
    from storage import sources

    with shell(ctx).store() as store, store.reading() as conn:
        rows = [output.plain(source) for source in sources.all_sources(conn)]
    output.show(rows, as_json=as_json, columns=_COLUMNS, empty="no sources yet: 'zoom-avant sources add'")


def add(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Argument(help="Address of the feed.", show_default=False)] = None,
    id_: Annotated[
        str | None, typer.Option("--id", help="Short lasting name; made from --name or the address by default.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name people know it by.")] = None,
    kind: Annotated[Kind, typer.Option(help="Sort of document it publishes.")] = Kind.NEWS,
    lang: Annotated[str | None, typer.Option(metavar="fr|en", help="Its language, when it has one.")] = None,
    territory: Annotated[str | None, typer.Option(help="Territory it covers.")] = None,
    interval: Annotated[int, typer.Option(min=60, help="Seconds between two visits at least.")] = 3600,
    catalogue: Annotated[bool, typer.Option("--catalogue", help="Add the sources shipped with the program.")] = False,
    file: Annotated[Path | None, typer.Option(help="Add the sources of a TOML file.", metavar="FILE")] = None,
    as_json: Json = False,
) -> None:
    """Add one source by its address, or many from a catalogue. Sources already there are left as they are."""
    from crawler.normalize import slug
    from storage import sources

    current = shell(ctx)
    if url is None and not catalogue and file is None:
        raise ConfigError("give the address of a feed, --catalogue, or --file FILE")
    with current.store() as store:
        if url is None:
            output.print_line(f"{add_catalogue(current, store, file)} sources added")
            return
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"'{url}' is not an address a feed can have: it begins with http:// or https://")
        source = Source(
            id=id_ or slug(name or url.partition("://")[2]),
            name=name or url,
            kind=kind,
            lang=lang,
            url=url,
            territory=territory,
            interval_s=interval,
            split_by_actor=current.settings.crawler.is_database(name or ""),
        )
        with store.transaction() as conn:
            known = {one.id: one for one in sources.all_sources(conn)}
            if source.id in known and known[source.id].url != url:
                raise Conflict(f"another source is called '{source.id}' ({known[source.id].url}): choose a name with --id")
            sources.add_missing(conn, [source])
            stored = sources.get(conn, source.id)
    output.show_one(output.plain(stored), as_json=True) if as_json else output.print_line(f"source {source.id} added")


def remove(
    ctx: typer.Context,
    source_id: Annotated[str, typer.Argument(help="Source to remove.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
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
    output.print_line(f"source {source_id} removed")


def check(
    ctx: typer.Context,
    source_ids: Annotated[list[str] | None, typer.Argument(help="Sources to visit; all enabled ones by default.")] = None,
    lang: Lang = "en",
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Visit sources now and say in one line each what is wrong, if anything is."""
    from crawler.checking import check_source
    from storage import sources

    language(lang)
    current = shell(ctx)
    rows: list[dict[str, Any]] = []
    with current.store() as store:
        with store.reading() as conn:
            ids = source_ids or [source.id for source in sources.all_sources(conn) if source.enabled and source.url]
        for source_id in ids:
            with output.working(f"visiting {source_id}"):
                found = check_source(store, source_id, current.settings.crawler, instant(now))
            rows.append({"id": source_id} | _verdict(found, lang))
    output.show(rows, as_json=as_json, columns=("id", "outcome", "items", "verdict"), empty="no sources to check")
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


def enable(ctx: typer.Context, source_id: Annotated[str, typer.Argument(help="Source to visit again.")]) -> None:
    """Visit a source again from now on."""
    _switch(ctx, source_id, on=True)


def disable(ctx: typer.Context, source_id: Annotated[str, typer.Argument(help="Source to leave alone.")]) -> None:
    """Stop visiting a source; its documents stay."""
    _switch(ctx, source_id, on=False)


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


def _switch(ctx: typer.Context, source_id: str, *, on: bool) -> None:
    from storage import sources

    with shell(ctx).store() as store, store.transaction() as conn:
        sources.declare(conn, [replace(sources.get(conn, source_id), enabled=on)])
    output.print_line(f"source {source_id} {'enabled' if on else 'disabled'}")


def _verdict(found: SourceCheck, lang: str) -> dict[str, Any]:
    return {"ok": found.is_fine, "outcome": found.outcome, "items": found.items, "verdict": labelled(found, "message", lang)}
