"""``sources check`` and ``sources discover``: commands that visit sites now and store no document."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.shell import Json, Lang, Now, instant, labelled, language, shell
from storage.errors import ConfigError
from storage.model import Kind, Source

if TYPE_CHECKING:
    from crawler.candidates import Candidate
    from crawler.checking import SourceCheck
    from storage.store import Store


def check(
    ctx: typer.Context,
    source_ids: Annotated[list[str] | None, typer.Argument(help="Sources to visit; all enabled ones by default.")] = None,
    trial: Annotated[bool, typer.Option("--trial", help="Visit those on trial.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="End the trial of those that answer.")] = False,
    lang: Lang = "en",
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Visit sources now and say in one line each what is wrong, if anything is."""
    from crawler.checking import check as visits
    from monitor.asking import watched
    from storage import sources

    language(lang)
    current = shell(ctx)
    settings = current.settings
    rows: list[dict[str, Any]] = []
    with current.store() as store:
        with store.reading() as conn:
            named = [sources.get(conn, source_id) for source_id in source_ids or ()]
            known = named or [source for source in sources.all_sources(conn) if source.enabled and source.url]
        wanted = [source for source in known if source.trial or not trial]
        with output.working(f"visiting {len(wanted)} sources"):
            for found in visits(wanted, settings.crawler, instant(now), watched(settings.nlp)) if wanted else ():
                rows.append(_verdict(found, lang))
        if keep:
            _keep(store, {row["id"] for row in rows if row["ok"]})
    rows.sort(key=lambda row: [source.id for source in wanted].index(row["id"]))
    output.show(rows, as_json=as_json, columns=("id", "outcome", "items", "verdict"), empty="no sources to check")
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


def discover(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(help="Address of a site or of one of its sections, or the id of a source.")],
    add: Annotated[
        bool, typer.Option("--add", help="Add the best one, on trial; a source named by its id takes its address.")
    ] = False,
    kind: Annotated[Kind, typer.Option(help="Sort of document it publishes, for --add.")] = Kind.NEWS,
    lang: Lang = "en",
    now: Now = None,
    as_json: Json = False,
) -> None:
    """Look for the feed of a site: what it announces, usual addresses, then sitemaps; each judged by what it holds."""
    from crawler.checking import discover as look
    from storage import sources

    language(lang)
    current = shell(ctx)
    with current.store() as store:
        with store.reading() as conn:
            source = next((one for one in sources.all_sources(conn) if one.id == site), None)
        if source is not None and source.url is None:
            raise ConfigError(f"the source '{site}' has no address: give that of its site")
        with output.working(f"looking at {site}"):
            found = look((source.url or "") if source else site, current.settings.crawler, instant(now))
        best = next((candidate for candidate in found.candidates if candidate.is_good), None)
        added = _add(store, best, source, kind) if add and best is not None else None
    rows = [_candidate(candidate, lang) for candidate in found.candidates]
    why = str(getattr(found.reason, lang)) if found.reason else ""
    if as_json:
        output.print_json({"candidates": rows, "added": added, "reason": why})
    else:
        output.show(rows, as_json=False, columns=("rank", "good", "collector", "items", "newest", "url", "verdict"), empty=why)
        if added:
            output.print_line(f"source {added} added, on trial")
    if best is None:
        raise typer.Exit(1)


def in_words(stored: str | None, lang: str) -> str:
    """A stored reason in one of the two languages; one of an older program as it stands."""
    from crawler.reasons import Reason

    try:
        return str(getattr(Reason.read(stored), lang)) if stored else ""
    except KeyError:
        return stored or ""


def _add(store: Store, best: Candidate, source: Source | None, kind: Kind) -> str:
    """Gives ``source`` the address found, or adds a new source, on trial. Returns its id."""
    from crawler.normalize import slug
    from storage import sources

    with store.transaction() as conn:
        if source is None:
            taken = {one.id for one in sources.all_sources(conn)}
            name = slug(best.title) or slug(best.url or "")
            new_id = next(i for i in (name, *(f"{name}-{number}" for number in range(2, 1_000))) if i not in taken)
            source = Source(id=new_id, name=best.title, kind=kind)
        found = replace(source, url=best.url, collector=best.collector, options=best.options)
        found = replace(found, enabled=True, trial=True, disabled_reason=None)
        sources.declare(conn, [found])
        sources.learn(conn, found.id, {"failures": 0, "next_visit_at": None, "etag": None, "last_modified": None})
    return found.id


def _keep(store: Store, source_ids: set[str]) -> None:
    from storage import sources

    with store.transaction() as conn:
        for source_id in sorted(source_ids):
            sources.learn(conn, source_id, {"trial": False})


def _candidate(candidate: Candidate, lang: str) -> dict[str, Any]:
    return {
        "rank": candidate.rank,
        "good": candidate.is_good,
        "collector": candidate.collector,
        "options": candidate.options,
        "items": candidate.items,
        "newest": candidate.published_on,
        "url": candidate.url,
        "title": candidate.title,
        "verdict": " · ".join(str(getattr(reason, lang)) for reason in candidate.reasons),
    }


def _verdict(found: SourceCheck, lang: str) -> dict[str, Any]:
    return {
        "id": found.source_id,
        "ok": found.is_fine,
        "outcome": found.outcome,
        "items": found.items,
        "code": found.reason.code,
        "verdict": labelled(found, "message", lang),
    }
