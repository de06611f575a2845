"""``themes``: the lasting subjects, those declared by a person and those discovered."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from monitor.cli import output
from monitor.cli.shell import Json, Lang, Now, instant, labelled, language, shell
from monitor.cli.steps import run_steps
from storage.model import Origin

_COLUMNS = ("id", "origin", "label", "state", "lift", "score", "born_on", "pinned")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Lasting subjects: watched, discovered, and conjunctions.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("watch")(watch)
    group.command("discover")(discover)
    group.command("rename")(rename)
    group.command("pin")(pin)
    group.command("merge")(merge)
    group.command("split")(split)
    group.command("quality")(quality)
    app.add_typer(group, name="themes")


def list_(
    ctx: typer.Context,
    origin: Annotated[Origin | None, typer.Option(help="Only themes of this origin.")] = None,
    retired: Annotated[bool, typer.Option("--retired", help="Also themes that have ended.")] = False,
    lang: Lang = "fr",
    as_json: Json = False,
) -> None:
    """List the themes with their latest state."""
    from storage import observations, themes

    language(lang)
    with shell(ctx).store() as store, store.reading() as conn:
        latest = {signal.theme_id: signal for signal in observations.latest_signals(conn)}
        found = [theme for theme in themes.all_themes(conn, retired=retired) if origin is None or theme.origin is origin]
    rows = []
    for theme in found:
        signal = latest.get(theme.id)
        rows.append(
            {
                "id": theme.id,
                "origin": theme.origin,
                "label": labelled(theme, "label", lang),
                "state": signal.state if signal else None,
                "lift": signal.lift if signal else None,
                "score": signal.score if signal else None,
                "born_on": theme.born_on,
                "retired_on": theme.retired_on,
                "pinned": theme.label_pinned,
            }
        )
    output.show(rows, as_json=as_json, columns=_COLUMNS, empty="no themes yet: 'zoom-avant themes watch' declares the watch list")


def show(
    ctx: typer.Context,
    theme_id: Annotated[str, typer.Argument(help="Theme to show.")],
    lang: Lang = "fr",
    as_json: Json = False,
) -> None:
    """Show a theme: its names, its latest signal, its life, and its documents' number."""
    from storage import observations, themes

    language(lang)
    with shell(ctx).store() as store, store.reading() as conn:
        theme = themes.get(conn, theme_id)
        events = themes.events_of(conn, theme_id)
        members = len(themes.members(conn, theme_id))
        signal = next((one for one in observations.latest_signals(conn) if one.theme_id == theme_id), None)
    value: dict[str, Any] = output.plain(theme, without=("centroid", "radius", "embedder"))
    value |= {
        "documents": members,
        "state": signal.state if signal else None,
        "lift": signal.lift if signal else None,
        "score": signal.score if signal else None,
        "reason": labelled(signal, "reason", lang) if signal else None,
        "events": [output.plain(event, without=("theme_id",)) for event in events],
    }
    output.show_one(value, as_json=as_json)


def watch(ctx: typer.Context, now: Now = None, as_json: Json = False) -> None:
    """Declare the watch themes of the settings' file, or those shipped with the program."""
    run_steps(ctx, ("watch",), now, as_json)


def discover(ctx: typer.Context, now: Now = None, as_json: Json = False) -> None:
    """Give new documents to their themes, look for new themes in the rest, and once a week follow, merge and split them."""
    run_steps(ctx, ("assign", "discover"), now, as_json)


def rename(
    ctx: typer.Context,
    theme_id: Annotated[str, typer.Argument(help="Theme to name.")],
    fr: Annotated[str, typer.Option(help="French name.")],
    en: Annotated[str, typer.Option(help="English name.")],
    now: Now = None,
) -> None:
    """Name a theme in both languages. No machine changes a name a person gave."""
    from storage import themes

    if not fr.strip() or not en.strip():
        from storage.errors import ConfigError

        raise ConfigError("a theme needs a name in both languages: --fr and --en")
    with shell(ctx).store() as store, store.transaction() as conn:
        themes.pin_label(conn, theme_id, fr.strip(), en.strip(), instant(now).date())
    output.print_line(f"theme {theme_id} is now called « {fr.strip()} » / “{en.strip()}”")


def pin(
    ctx: typer.Context,
    theme_id: Annotated[str, typer.Argument(help="Theme whose names are right as they are.")],
    now: Now = None,
) -> None:
    """Keep a theme's present names for ever."""
    from storage import themes

    with shell(ctx).store() as store, store.transaction() as conn:
        theme = themes.get(conn, theme_id)
        themes.pin_label(conn, theme_id, theme.label_fr, theme.label_en, instant(now).date())
    output.print_line(f"theme {theme_id} keeps its names")


def merge(
    ctx: typer.Context,
    theme_id: Annotated[str, typer.Argument(help="Discovered theme that ends.")],
    into: Annotated[str, typer.Argument(help="Theme that takes its documents and keeps its own names.")],
    now: Now = None,
) -> None:
    """Say that two themes are one. What comes near the ended theme later joins the other. No refit takes them apart."""
    from nlp.themes.steps.curate import merge_themes

    with shell(ctx).store() as store:
        moved = merge_themes(store, instant(now), theme_id, into)
    output.print_line(f"theme {theme_id} is now part of {into}: {moved} documents moved")


def split(
    ctx: typer.Context,
    theme_id: Annotated[str, typer.Argument(help="Discovered theme to split.")],
    phrase: Annotated[str, typer.Option(help="Stories that hold these words leave.")],
    now: Now = None,
) -> None:
    """Give the stories of a theme that hold a phrase a theme of their own. No refit merges the two again."""
    from nlp.themes.steps.curate import split_theme

    with shell(ctx).store() as store:
        born = split_theme(store, instant(now), shell(ctx).settings.nlp, theme_id, phrase)
    output.print_line(f"theme {born.id} « {born.label_fr} » / “{born.label_en}” has left {theme_id}")


def quality(
    ctx: typer.Context,
    days: Annotated[
        int | None, typer.Option(min=1, max=4000, help="Days to measure; those discovery looks at by default.")
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="Most Mondays to look back at.")] = 12,
    now: Now = None,
    lang: Lang = "fr",
    as_json: Json = False,
) -> None:
    """Say how good the themes are: coherence, diversity, sizes, stability, languages, and how these figures drift."""
    from monitor.cli import theme_quality
    from nlp.themes.steps.quality import quality_report

    language(lang)
    with shell(ctx).store() as store, output.working("measuring themes"):
        report = quality_report(store, instant(now), shell(ctx).settings.nlp, days, weeks)
    if as_json:
        output.print_json(theme_quality.as_mapping(report, lang))
    elif reason := theme_quality.nothing_to_show(report, lang):
        output.note(reason)
    else:
        theme_quality.print_report(report, lang)
