"""The quality report of themes as a page of the terminal, in French or English, and as JSON.

What to make of each figure is in ``docs/themes.md``; the limits from which one is marked as worth a look stand here, once.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from monitor.cli.output import clean
from monitor.cli.shell import labelled

if TYPE_CHECKING:
    from nlp.themes.steps.quality import QualityReport, Snapshot

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 140
_WATCH_SHOWN = 12

_WORDS: dict[str, dict[str, str]] = {
    "title": {"fr": "Thèmes découverts, du {start} au {end}", "en": "Discovered themes, {start} to {end}"},
    "counted": {
        "fr": "{stories} récits, {themes} thèmes vivants dont {silent} sans récit sur la période",
        "en": "{stories} stories, {themes} living themes, {silent} of them without a story in the period",
    },
    "figure": {"fr": "mesure", "en": "figure"},
    "value": {"fr": "maintenant", "en": "now"},
    "drift": {"fr": "derniers lundis", "en": "last Mondays"},
    "limit": {"fr": "à voir si", "en": "look if"},
    "look": {"fr": "◄ à voir", "en": "◄ look"},
    "coherence": {"fr": "cohérence (NPMI)", "en": "coherence (NPMI)"},
    "above_chance": {"fr": "cohérence au-dessus du hasard", "en": "coherence above chance"},
    "coherence_fr": {"fr": "cohérence, français", "en": "coherence, French"},
    "coherence_en": {"fr": "cohérence, anglais", "en": "coherence, English"},
    "diversity": {"fr": "diversité des mots", "en": "diversity of words"},
    "outliers": {"fr": "récits sans thème", "en": "stories in no theme"},
    "largest_share": {"fr": "part du plus grand thème", "en": "share of the largest theme"},
    "median_size": {"fr": "récits par thème, médiane", "en": "stories by theme, median"},
    "silent_share": {"fr": "thèmes muets", "en": "silent themes"},
    "keep": {
        "fr": "récits qui gardent leur thème d'un lundi à l'autre",
        "en": "stories that keep their theme from Monday to Monday",
    },
    "regrouping": {"fr": "accord d'un regroupement à neuf (AMI)", "en": "agreement of a new grouping (AMI)"},
    "nmi": {"fr": "NMI entre thème et langue", "en": "NMI between theme and language"},
    "explained": {"fr": "langue dictée par le thème, hasard ôté", "en": "language told by the theme, chance removed"},
    "entropy": {"fr": "mélange des langues par thème (bits)", "en": "mix of languages by theme (bits)"},
    "median_age": {"fr": "âge des thèmes, médiane (jours)", "en": "age of themes, median (days)"},
    "sizes": {"fr": "Thèmes par nombre de récits", "en": "Themes by number of stories"},
    "quartiles": {
        "fr": "du plus petit au plus grand, par quarts : {values}",
        "en": "least to most, by quarters: {values}",
    },
    "ages": {"fr": "Âge en jours, par quarts", "en": "Age in days, by quarters"},
    "languages": {"fr": "Langue des récits dans les thèmes", "en": "Language of stories in themes"},
    "documents": {"fr": "Documents attribués", "en": "Documents assigned"},
    "held": {
        "fr": "sur {documents} : thème de veille {watch}, thème découvert {narrow}, famille {families}, aucun {none}",
        "en": "of {documents}: watch theme {watch}, discovered theme {narrow}, family {families}, none {none}",
    },
    "moves": {"fr": "Mouvements de la période", "en": "Moves of the period"},
    "moved": {
        "fr": "nés {born}, réveillés {revived}, scindés {split}, fondus {merged}, éteints {retired}",
        "en": "born {born}, woken {revived}, split {split}, merged {merged}, retired {retired}",
    },
    "mondays": {"fr": "Lundi après lundi", "en": "Monday by Monday"},
    "no_mondays": {
        "fr": "Aucun lundi n'a encore été arrêté avec ces mesures : l'historique commence au prochain « themes discover ».",
        "en": "No Monday was settled with these figures yet: the history begins with the next 'themes discover'.",
    },
    "monday": {"fr": "lundi", "en": "Monday"},
    "stories": {"fr": "récits", "en": "stories"},
    "themes": {"fr": "thèmes", "en": "themes"},
    "open": {"fr": "sans thème", "en": "in none"},
    "born": {"fr": "nés", "en": "born"},
    "split": {"fr": "scindés", "en": "split"},
    "merged": {"fr": "fondus", "en": "merged"},
    "retired": {"fr": "éteints", "en": "retired"},
    "short_keep": {"fr": "gardent", "en": "keep"},
    "short_regrouping": {"fr": "AMI", "en": "AMI"},
    "short_coherence": {"fr": "NPMI", "en": "NPMI"},
    "short_chance": {"fr": "hasard", "en": "chance"},
    "short_largest": {"fr": "plus grand", "en": "largest"},
    "short_diversity": {"fr": "diversité", "en": "diversity"},
    "weakest": {"fr": "Les moins cohérents", "en": "The least coherent"},
    "theme": {"fr": "thème", "en": "theme"},
    "words": {"fr": "mots", "en": "words"},
    "watch": {"fr": "Thèmes de veille", "en": "Watch themes"},
    "watched": {
        "fr": "{n} thèmes, {silent} sans récit sur la période : {top}",
        "en": "{n} themes, {silent} without a story in the period: {top}",
    },
    "nothing": {
        "fr": "aucun document attribué sur cette période : lancez « zoom-avant run », ou allongez --days",
        "en": "no document was assigned in this period: run 'zoom-avant run', or raise --days",
    },
    "no_themes": {
        "fr": "aucun thème découvert : il en naît quand plusieurs sources parlent d'un même sujet (« themes discover »)",
        "en": "no discovered theme: one is born when several sources speak of one subject ('themes discover')",
    },
}


@dataclass(frozen=True, slots=True)
class _Figure:
    """A line of the page, a score unless it is a share or a number. Beyond ``below`` and ``above`` it is worth a look."""

    name: str
    read: Callable[[Snapshot], float | None]
    kind: Literal["score", "share", "number"] = "score"
    below: float | None = None
    above: float | None = None


_FIGURES = (
    _Figure("coherence", lambda s: s.coherence),
    _Figure("above_chance", lambda s: _minus(s.coherence, s.by_chance), below=0.2),
    _Figure("coherence_fr", lambda s: s.coherence_fr),
    _Figure("coherence_en", lambda s: s.coherence_en),
    _Figure("diversity", lambda s: s.diversity, kind="share", below=0.6),
    _Figure("outliers", lambda s: s.outliers, kind="share", above=0.6),
    _Figure("median_size", lambda s: s.median_size, kind="number"),
    _Figure("largest_share", lambda s: s.largest_share, kind="share", above=0.2),
    _Figure(
        "silent_share", lambda s: s.silent / s.themes if s.silent is not None and s.themes else None, kind="share", above=0.5
    ),
    _Figure("keep", lambda s: s.keep, kind="share", below=0.9),
    _Figure("regrouping", lambda s: s.regrouping, below=0.6),
    _Figure("nmi", lambda s: s.nmi),
    _Figure("explained", lambda s: s.explained, kind="share", above=0.4),
    _Figure("entropy", lambda s: s.entropy),
    _Figure("median_age", lambda s: s.median_age, kind="number"),
)


def as_mapping(report: QualityReport, lang: str) -> dict[str, Any]:
    """The whole report for ``--json``; names of themes in ``lang``, names of figures in English."""
    weakest = [
        {
            "id": one.theme.id,
            "label": labelled(one.theme, "label", lang),
            "stories": one.stories,
            "coherence": round(one.coherence, 4),
            "words": one.words,
        }
        for one in report.weakest
    ]
    return {
        "start": report.start,
        "end": report.end,
        "now": asdict(report.now),
        "look": [figure.name for figure in _FIGURES if _is_bad(figure, report.now)],
        "sizes": asdict(report.sizes),
        "languages": asdict(report.languages),
        "ages": report.ages,
        "weakest": weakest,
        "watch": [{"id": one.id, "label": labelled(one, "label", lang), "stories": stories} for one, stories in report.watch],
        "mondays": [{"monday": monday, **asdict(kept)} for monday, kept in report.mondays.items()],
    }


def nothing_to_show(report: QualityReport, lang: str) -> str | None:
    """Why there is no page to print, None when there is one."""
    if not report.now.documents and not report.mondays:
        return _say("nothing", lang)
    return None


def print_report(report: QualityReport, lang: str) -> None:
    """Prints the page on standard output."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDTH, highlight=False)

    def line(key: str, text: str) -> None:
        console.print(Text.assemble((f"{_say(key, lang)} — ", "bold"), clean(text)), soft_wrap=True)

    now, last = report.now, report.end - dt.timedelta(days=1)
    console.print(Text(_say("title", lang, start=_day(report.start, lang), end=_day(last, lang)), style="bold"))
    console.print(
        _say("counted", lang, **{name: _number(getattr(now, name) or 0, lang) for name in ("stories", "themes", "silent")})
    )
    if now.themes:
        console.print(_figures(report, lang))
        quartiles = _say("quartiles", lang, values=_many(report.sizes.quantiles, lang))
        line("sizes", " · ".join(f"{size} : {count}" for size, count in report.sizes.classes.items()) + f" ({quartiles})")
        line("ages", _many(report.ages, lang))
        line("languages", " · ".join(f"{name} {_percent(share, lang)}" for name, share in report.languages.shares.items()))
    else:
        console.print(_say("no_themes", lang), soft_wrap=True)
    held = {name: _percent((getattr(now, name) or 0) / max(now.documents or 0, 1), lang) for name in _HOLDERS}
    line("documents", _say("held", lang, documents=_number(now.documents or 0, lang), **held))
    line("moves", _say("moved", lang, **{name: getattr(now, name) or 0 for name in _MOVES}))
    console.print(Text(f"\n{_say('mondays', lang)}", style="bold"))
    console.print(_mondays(report.mondays, lang) if report.mondays else Text(_say("no_mondays", lang)))
    if report.weakest:
        console.print(Text(f"\n{_say('weakest', lang)}", style="bold"))
        console.print(_weakest(report, lang))
    watch = [f"{labelled(theme, 'label', lang)} {stories}" for theme, stories in report.watch[:_WATCH_SHOWN] if stories]
    silent = sum(not stories for _, stories in report.watch)
    line("watch", _say("watched", lang, n=len(report.watch), silent=silent, top=" · ".join(watch) or "–"))


_HOLDERS = ("watch", "narrow", "families", "none")
_MOVES = ("born", "revived", "split", "merged", "retired")


def _figures(report: QualityReport, lang: str) -> Table:
    table = _table(("figure", "value", "drift", "limit", ""), lang, right=("value",))
    for figure in _FIGURES:
        value = figure.read(report.now)
        past = [figure.read(kept) for kept in report.mondays.values()]
        if value is None and not any(one is not None for one in past):
            continue  # a language that is not collected, a week that was never settled
        table.add_row(
            _say(figure.name, lang),
            _shown(figure, value, lang),
            _spark(past),
            _limit(figure, lang),
            Text(_say("look", lang) if _is_bad(figure, report.now) else "", style="bold"),
        )
    return table


def _mondays(mondays: Mapping[dt.date, Snapshot], lang: str) -> Table:
    counts = ("monday", "stories", "themes", "born", "split", "merged", "retired", "open")
    names = (*counts, "short_coherence", "short_chance", "short_diversity", "short_largest", "short_keep", "short_regrouping")
    table = _table(names, lang, right=names[1:])
    for monday, one in mondays.items():
        table.add_row(
            monday.isoformat(),
            *(
                "" if count is None else str(count)
                for count in (one.stories, one.themes, one.born, one.split, one.merged, one.retired)
            ),
            _percent(one.outliers, lang),
            _score(one.coherence, lang),
            _score(one.by_chance, lang),
            _percent(one.diversity, lang),
            _percent(one.largest_share, lang),
            _percent(one.keep, lang),
            _score(one.regrouping, lang),
        )
    return table


def _weakest(report: QualityReport, lang: str) -> Table:
    table = _table(("theme", "stories", "short_coherence", "words"), lang, right=("stories", "short_coherence"))
    for one in report.weakest:
        name = Text(clean(f"{labelled(one.theme, 'label', lang)} ({one.theme.id})").replace("\n", " "))
        table.add_row(name, str(one.stories), _score(one.coherence, lang), Text(clean(" ".join(one.words))))
    return table


def _table(names: Sequence[str], lang: str, *, right: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False)
    for name in names:
        table.add_column(_say(name, lang) if name else "", justify="right" if name in right else "left", overflow="fold")
    return table


def _is_bad(figure: _Figure, now: Snapshot) -> bool:
    value = figure.read(now)
    if value is None:
        return False
    return (figure.below is not None and value < figure.below) or (figure.above is not None and value > figure.above)


def _limit(figure: _Figure, lang: str) -> str:
    if figure.below is not None:
        return f"< {_shown(figure, figure.below, lang)}"
    return f"> {_shown(figure, figure.above, lang)}" if figure.above is not None else ""


def _shown(figure: _Figure, value: float | None, lang: str) -> str:
    return {"score": _score, "share": _percent, "number": _number}[figure.kind](value, lang)


def _spark(values: Sequence[float | None]) -> str:
    """One bar a Monday between the least and the most of them, a dot where nothing is known."""
    known = [value for value in values if value is not None]
    least, spread = min(known, default=0.0), max(known, default=0.0) - min(known, default=0.0)
    top = len(_BARS) - 1
    return "".join("·" if v is None else _BARS[round((v - least) / spread * top) if spread > 1e-9 else top // 2] for v in values)


def _minus(left: float | None, right: float | None) -> float | None:
    return left - right if left is not None and right is not None else None


def _many(values: Sequence[float] | None, lang: str) -> str:
    return " · ".join(_number(round(value), lang) for value in values or ())


def _score(value: float | None, lang: str) -> str:
    return "" if value is None else format_decimal(value, format="0.00", locale=lang)


def _number(value: float | None, lang: str) -> str:
    return "" if value is None else format_decimal(value, format="#,##0.#", locale=lang)


def _percent(value: float | None, lang: str) -> str:
    return "" if value is None else format_percent(value, format="#,##0 %" if lang == "fr" else "#,##0%", locale=lang)


def _day(day: dt.date, lang: str) -> str:
    return format_date(day, "long", locale=lang)


def _say(key: str, lang: str, **values: object) -> str:
    return _WORDS[key][lang].format(**values)
