"""The summary at the end of ``demo``, on standard output: themes, alerts and why, silences and why, files, seconds."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.cli.output import clean
from monitor.cli.shell import labelled
from monitor.demo.findings import Files, Findings, FoundTheme
from monitor.demo.run import DATABASE, SETTINGS, DemoReport
from monitor.demo.words import day, number, say, state

_THEMES = 20
_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 140


def print_summary(found: Findings, files: Files, report: DemoReport, folder: Path, page: str, lang: str, *, total: float) -> None:
    """Prints everything a run found, in one language; the reasons of alerts in both."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDTH, highlight=False)

    def heading(key: str) -> None:
        console.print(f"\n[bold]{say(key, lang)}[/bold]")

    now = day(report.now.date(), lang)
    console.print()
    _text(
        console,
        say(
            "collected",
            lang,
            documents=found.documents,
            stories=found.stories,
            sources=found.sources,
            turns=report.turns,
            now=now,
        ),
    )
    _text(console, say("invented", lang))
    heading("themes")
    console.print(_theme_table(found.themes[:_THEMES], lang))
    if len(found.themes) > _THEMES:
        _text(console, say("more", lang, n=len(found.themes) - _THEMES, file=folder / SETTINGS))
    heading("alerts")
    if not found.alerts:
        _text(console, say("no_alerts", lang))
    for case, theme in found.alerts:
        opened = day(case.opened_on, lang)
        _text(
            console,
            f"● {labelled(theme, 'label', lang)} — {state(case.signal_state, lang)}, {say('since', lang)} {opened}",
            "bold",
        )
        for spoken in (lang, "en" if lang == "fr" else "fr"):
            _text(console, f"  {spoken}  {labelled(case, 'reason', spoken)}")
    heading("silent")
    for line in _silences(found, lang):
        _text(console, f"○ {line}")
    heading("files")
    console.print(_file_table(files, folder, page, lang))
    heading("seconds")
    spent = sorted(report.seconds.items(), key=lambda pair: -pair[1])
    _text(console, " · ".join(f"{step} {seconds:.1f}" for step, seconds in spent) + f" · total {total:.0f}")


def _theme_table(themes: Sequence[FoundTheme], lang: str) -> Table:
    table = _table(say("theme", lang), say("documents", lang), say("weeks", lang), say("state", lang), "×", say("alert", lang))
    for one in themes:
        signal = one.signal
        table.add_row(
            _cell(labelled(one.theme, "label", lang)),
            str(one.documents),
            _bars(one.weekly),
            state(signal.state, lang) if signal else "",
            number(signal.lift, lang) if signal else "",
            "●" if one.alert else "",
        )
    return table


def _silences(found: Findings, lang: str) -> list[str]:
    lines = []
    for copy in found.copied:
        span = f"{day(copy.first, lang)} – {day(copy.last, lang)}"
        said = say("copied", lang, title=copy.title, copies=copy.copies, sources=copy.sources, span=span)
        lines.append(f"{said} {_verdict(copy.raised, lang)}")
    for feed in found.new_feeds:
        said = say(
            "new_feed",
            lang,
            name=feed.name,
            since=day(feed.since, lang),
            documents=feed.documents,
            theme=labelled(feed.theme, "label", lang) if feed.theme else "–",
            collected=feed.collected,
            counted=number(feed.counted, lang),
            expected=number(feed.expected, lang),
            trusted=day(feed.trusted_from, lang),
        )
        lines.append(f"{said} {_verdict(feed.raised, lang)}")
    if (outage := found.outage) is not None:
        said = say(
            "outage",
            lang,
            sources=outage.sources,
            first=day(outage.first, lang),
            last=day(outage.last, lang),
            back=day(outage.back_on, lang),
            late=outage.late,
        )
        lines.append(f"{said} {_verdict(('+' + str(outage.opened),) if outage.opened else (), lang)}")
    return lines


def _verdict(raised: Sequence[str], lang: str) -> str:
    return say("yet_raised", lang, themes=", ".join(raised)) if raised else say("none_raised", lang)


def _file_table(files: Files, folder: Path, page: str, lang: str) -> Table:
    table = _table(header=False, columns=("", ""))
    for spoken, formats in files.digests.items():
        for ending in ("html", "txt", "eml"):
            if ending in formats:
                table.add_row(say("digest", lang, lang=spoken), _cell(str(formats[ending])))
    if files.slack:
        table.add_row(say("slack", lang, n=len(files.slack)), _cell(str(files.slack[0].parent)))
    table.add_row(say("database", lang), _cell(str(folder / DATABASE)))
    table.add_row(say("page", lang), _cell(page))
    table.add_row("", _cell(say("page_later", lang, file=folder / SETTINGS)))
    return table


def _table(*names: str, header: bool = True, columns: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD if header else None, show_header=header, pad_edge=False)
    for place, name in enumerate(columns or names):
        justify: Any = "right" if header and place in (1, 4) else "left"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=header and place == 2)
    return table


def _bars(weekly: Sequence[int]) -> str:
    most = max([*weekly, 1])
    return "".join(_BARS[round(count / most * (len(_BARS) - 1))] for count in weekly)


def _text(console: Console, text: str, style: str = "") -> None:
    console.print(Text(clean(text), style=style), soft_wrap=True)


def _cell(text: str) -> Text:
    return Text(clean(text).replace("\n", " "))
