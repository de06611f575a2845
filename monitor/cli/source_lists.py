"""``sources import-opml``, ``export-opml`` and ``catalogue``: many sources at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.shell import Json, Lang, language, shell
from storage.errors import ConfigError
from storage.model import Kind

if TYPE_CHECKING:
    from crawler.opml import Imported
    from monitor.config import Settings
    from storage.store import Store


_WORDS = {
    "fr": {
        "well_formed": "bien formé",
        "ill_formed": "mal formé",
        "done": "{file} ({state}) : {feeds} ajouté, {mended} réparé, {skipped} écarté",
        "try": "{file} ({state}) : {feeds} à ajouter, {mended} réparé, {skipped} écarté",
        "mended": "  réparé : {what} : {why}",
        "skipped": "  écarté : {what} : {why}",
        "category": "  {category} : {feeds} → thème {theme}",
    },
    "en": {
        "well_formed": "well-formed",
        "ill_formed": "not well-formed",
        "done": "{file} ({state}): {feeds} added, {mended} mended, {skipped} left out",
        "try": "{file} ({state}): {feeds} to add, {mended} mended, {skipped} left out",
        "mended": "  mended: {what}: {why}",
        "skipped": "  left out: {what}: {why}",
        "category": "  {category}: {feeds} → theme {theme}",
    },
}


def import_opml(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Lists in OPML.")],
    kind: Annotated[Kind, typer.Option(help="Sort of document these feeds publish.")] = Kind.NEWS,
    trusted: Annotated[
        bool, typer.Option("--trusted", help="The list is an export of this program: take its rights, licences and trials too.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    lang: Lang = "en",
    as_json: Json = False,
) -> None:
    """Add the feeds of lists in OPML, on trial, and say what was mended, left out and why. Ill-formed lists are read too."""
    from crawler.opml import sources_of
    from crawler.opml_outlines import MAX_BYTES, read_outlines
    from storage import sources

    language(lang)
    current = shell(ctx)
    reports: list[dict[str, Any]] = []
    with current.store() as store:
        themes = _themes(store, current.settings)
        for file in files:
            try:
                with file.open("rb") as stream:
                    body = stream.read(MAX_BYTES + 1)
            except OSError as exc:
                raise ConfigError(f"{file}: the file cannot be read ({exc.strerror})") from exc
            outlines = read_outlines(body, str(file))
            with store.transaction() as conn:
                found = sources_of(
                    outlines,
                    known=sources.all_sources(conn),
                    settings=current.settings.crawler,
                    kind=kind,
                    themes=themes,
                    trusted=trusted,
                )
                if not dry_run:
                    sources.add_missing(conn, found.sources)
            reports.append(_report(str(file), found, lang))
    if as_json:
        output.print_json(reports)
        return
    for report in reports:
        _tell(report, lang, dry_run=dry_run)


def export_opml(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output by default.", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also the feeds that are not visited.")] = False,
    as_json: Json = False,
) -> None:
    """Write the feeds as OPML 2.0, for any reader. 'import-opml --trusted' reads it back with nothing lost."""
    from crawler.opml import write_opml
    from storage import sources

    with shell(ctx).store() as store, store.reading() as conn:
        wanted = [source for source in sources.all_sources(conn) if source.enabled or everything]
    feeds = [source for source in wanted if source.collector == "feed" and source.url]
    written = write_opml(feeds, "Zoom-Avant")
    if file is None:
        if as_json:
            output.print_json({"feeds": len(feeds), "opml": written.decode("utf-8")})
        else:
            sys.stdout.write(written.decode("utf-8") + "\n")
        return
    try:
        file.write_bytes(written)
    except OSError as exc:
        raise ConfigError(f"{file}: cannot be written ({exc.strerror})") from exc
    told = {"feeds": len(feeds), "left_out": len(wanted) - len(feeds), "file": str(file)}
    output.print_json(told) if as_json else output.print_line(f"{len(feeds)} feeds written to {file}")


def catalogue(ctx: typer.Context, lang: Lang = "en", as_json: Json = False) -> None:
    """Show the catalogue shipped with the program, or the one of the settings, without touching the database."""
    from crawler.catalogue import load_catalogue
    from crawler.licences import LICENCES
    from monitor.cli.source_visits import in_words

    language(lang)
    settings = shell(ctx).settings.crawler
    rows = [
        output.plain(source)
        | {
            "visited": ("trial" if source.trial else "yes") if source.enabled else "no",
            "reason": in_words(source.disabled_reason, lang),
            "licence_text": LICENCES[source.licence][1 if lang == "fr" else 2] if source.licence else "",
        }
        for source in load_catalogue(settings.sources_file, settings)
    ]
    output.show(rows, as_json=as_json, columns=("id", "name", "kind", "territory", "theme", "rights", "visited", "reason"))


def _themes(store: Store, settings: Settings) -> dict[str, str]:
    """What headings may be called: names of watch themes and application domains, as slugs, with their ids."""
    from crawler.normalize import slug
    from nlp.facts.domains import domains
    from storage import themes
    from storage.model import Origin

    named = {
        slug(label): entry.code
        for entry in domains(settings.nlp.domains_file).values()
        for label in (entry.label_fr, entry.label_en, entry.code)
    }
    with store.reading() as conn:
        watched = [theme for theme in themes.all_themes(conn) if theme.origin is Origin.WATCH]
    return named | {slug(label): theme.id for theme in watched for label in (theme.label_fr, theme.label_en, theme.id)}


def _report(file: str, found: Imported, lang: str) -> dict[str, Any]:
    return {
        "file": file,
        "well_formed": found.is_well_formed,
        "added": [{"id": source.id, "name": source.name, "url": source.url, "theme": source.theme} for source in found.sources],
        "mended": [{"what": one.what, "code": one.reason.code, "why": str(getattr(one.reason, lang))} for one in found.mended],
        "skipped": [{"what": one.what, "code": one.reason.code, "why": str(getattr(one.reason, lang))} for one in found.skipped],
        "categories": [{"category": name, "theme": theme, "feeds": count} for name, (theme, count) in found.categories.items()],
    }


def _tell(report: dict[str, Any], lang: str, *, dry_run: bool) -> None:
    words = _WORDS[lang]
    numbers = {"mended": len(report["mended"]), "skipped": len(report["skipped"]), "feeds": len(report["added"])}
    state = words["well_formed" if report["well_formed"] else "ill_formed"]
    output.print_line(words["try" if dry_run else "done"].format(file=report["file"], state=state, **numbers))
    for label in ("mended", "skipped"):
        for remark in report[label]:
            output.print_line(words[label].format(**remark))
    for category in report["categories"]:
        output.print_line(words["category"].format(**category))
