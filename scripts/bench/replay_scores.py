"""How well the alerts of a replay name themes whose start is known, and how many there are.

A theme is listed with a pattern; a document that matches it is a *hit*. An alert is about a listed theme when half of what its
theme holds of the last 56 days are hits, or three fifths of the documents it shows. A start is *sharp* when it is dated inside
the corpus and the third hit of a month came by the month after; it is found by the first alert from three days before it. Of a
slow start the month of the first alert counts, beside the first months with three and with ten hits.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

WINDOW = 56
_EARLY = dt.timedelta(days=3)
_BULK = dt.date(2017, 2, 23)
_MONTH = 30.44


@dataclass(frozen=True, slots=True)
class Start:
    """A listed theme and the alerts about it. ``delay`` in days, of a dated start; ``alerts`` are days, in order."""

    theme: str
    event: dt.date | None
    sharp: bool
    control: bool
    delay: int | None
    alerts: tuple[dt.date, ...]
    hits: int
    third: str
    tenth: str


@dataclass(frozen=True, slots=True)
class Scores:
    """One run. ``bursts`` are alerts that say they are bursts of days; ``bulk`` those on the upload of one day."""

    starts: tuple[Start, ...]
    alerts: int
    bursts: int
    months: float
    bulk: int
    themes: int
    documents: int
    seconds: float
    memory_mb: float

    def within(self, days: int, *, sharp: bool = False) -> tuple[int, int]:
        """How many dated starts were found in so many days, of how many."""
        dated = [start for start in self.starts if start.event and not start.control and (start.sharp or not sharp)]
        return sum(start.delay is not None and start.delay <= days for start in dated), len(dated)


def score(folder: Path, file: Path, themes: Path, corpus: str) -> Scores:
    """Scores the replay of ``file`` in ``folder`` by the rows of ``themes`` that are of ``corpus``."""
    documents = {str(line["id"]): line for line in _lines(file)}
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    first, last = dt.date.fromisoformat(run["periods"]["first_day"]), dt.date.fromisoformat(run["periods"]["last_now"][:10])
    days = {key: dt.date.fromisoformat(line["published"][:10]) for key, line in documents.items()}
    alerts = _lines(folder / "alerts.jsonl")
    speaking = {alert["theme_id"] for alert in alerts}
    held: dict[str, list[str]] = defaultdict(list)
    for line in _lines(folder / "assignments.jsonl"):
        if line["theme_id"] in speaking and line["document_id"] in documents:
            held[line["theme_id"]].append(line["document_id"])
    known = [_known(alert, held[alert["theme_id"]], documents, days) for alert in alerts]
    with themes.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["corpus"] == corpus]
    return Scores(
        starts=tuple(_start(row, documents, known, first, last) for row in rows),
        alerts=len(alerts),
        bursts=sum(alert["rule_id"] == "buzz" or alert.get("kind") == "buzz" for alert in alerts),
        months=max(1.0, (last - first).days / _MONTH),
        bulk=sum(_is_bulk(alert, days) for alert in alerts),
        themes=sum(run["counts"]["themes"].values()),
        documents=run["counts"]["documents"],
        seconds=run["total_seconds"],
        memory_mb=run["total_peak_memory_mb"],
    )


def table(rows: Mapping[str, Mapping[str, Scores]]) -> str:
    """Markdown: one line a corpus, then one line a listed theme."""
    head = (
        "corpus",
        "documents",
        "themes",
        "found within 7 / 14 / 30 days, of all dated starts",
        "of sharp starts",
        "alerts a month (bursts)",
        "alerts on controls",
        "shuffled: alerts a month",
        "shuffled / real",
        "s",
        "MB",
    )
    parts = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for corpus, runs in rows.items():
        if "real" not in runs:
            continue
        real = runs["real"]
        others = [run for name, run in runs.items() if name != "real"]
        mean = sum(run.alerts for run in others) / len(others) if others else None
        ratio = "–" if mean is None else f"{mean / real.alerts:.3f}" if real.alerts else "nothing real"
        cells = [
            corpus,
            f"{real.documents:,}",
            str(real.themes),
            _recall(real, sharp=False),
            _recall(real, sharp=True),
            f"{real.alerts / real.months:.1f} ({real.bursts / real.months:.1f})",
            str(sum(len(start.alerts) for start in real.starts if start.control)),
            "–"
            if mean is None
            else f"{mean / real.months:.2f} ({', '.join(str(run.alerts) for run in others)} of {real.alerts})",
            ratio,
            f"{real.seconds:.0f}",
            f"{real.memory_mb:.0f}",
        ]
        parts.append(f"| {' | '.join(cells)} |")
    for corpus, runs in rows.items():
        if "real" in runs and runs["real"].starts:
            parts += ["", f"{corpus}", "", *_starts(runs["real"].starts)]
        if "real" in runs and corpus.startswith("datagouv"):
            parts += ["", f"{corpus}: {runs['real'].bulk} alerts within four weeks after {_BULK} on documents of that day"]
    return "\n".join(parts) + "\n"


def _starts(starts: Sequence[Start]) -> list[str]:
    lines = [
        "| theme | start | sharp | hits | three a month | ten a month | first alert | days |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in starts:
        found = next((day for day in one.alerts if not one.event or day >= one.event - _EARLY), None)
        shown = [one.theme, one.event or "", "yes" if one.sharp else "", one.hits, one.third, one.tenth, found or "none"]
        lines.append(f"| {' | '.join(map(str, shown))} | {'' if one.delay is None else one.delay} |")
    return lines


def _recall(scores: Scores, *, sharp: bool) -> str:
    found = [scores.within(days, sharp=sharp) for days in (7, 14, 30)]
    if not found[0][1]:
        return "–"
    delays = [start.delay for start in scores.starts if start.delay is not None and (start.sharp or not sharp)]
    middle = f", median {median(delays):.0f} d" if delays else ""
    return f"{' / '.join(str(count) for count, _ in found)} of {found[0][1]}{middle}"


@dataclass(frozen=True, slots=True)
class _Alert:
    day: dt.date
    recent: frozenset[str]
    shown: frozenset[str]


def _known(alert: Mapping[str, Any], held: Sequence[str], documents: Mapping[str, Any], days: Mapping[str, dt.date]) -> _Alert:
    day = dt.date.fromisoformat(alert["opened_on"])
    recent = frozenset(key for key in held if 0 <= (day - days[key]).days <= WINDOW)
    return _Alert(day, recent, frozenset(key for key in alert["evidence_document_ids"] if key in documents))


def _start(row: Mapping[str, str], documents: Mapping[str, Any], known: Sequence[_Alert], first: dt.date, last: dt.date) -> Start:
    pattern = re.compile(row["pattern"], 0 if row["case_sensitive"] == "yes" else re.IGNORECASE)
    hits = {key for key, line in documents.items() if pattern.search(f"{line.get('title', '')} {line.get('text', '')}")}
    found = sorted(alert.day for alert in known if _is_about(alert, hits))
    event = dt.date.fromisoformat(row["event_day"]) if row["event_day"] else None
    if event is not None and not first <= event <= last:
        event = None
    after = next((day for day in found if event and day >= event - _EARLY), None)
    return Start(
        theme=row["theme"],
        event=event,
        sharp=bool(event and row["month_ge3"] and _months(event, row["month_ge3"]) <= 1),
        control=row["theme"].startswith("control"),
        delay=(after - event).days if after and event else None,
        alerts=tuple(found),
        hits=len(hits),
        third=row["month_ge3"],
        tenth=row["month_ge10"],
    )


def _is_about(alert: _Alert, hits: set[str]) -> bool:
    mostly = len(alert.recent & hits) * 2 >= len(alert.recent) > 0
    return mostly or (len(alert.shown) >= 2 and len(alert.shown & hits) * 5 >= 3 * len(alert.shown))


def _months(event: dt.date, month: str) -> int:
    year, number = map(int, month.split("-"))
    return (year - event.year) * 12 + number - event.month


def _is_bulk(alert: Mapping[str, Any], days: Mapping[str, dt.date]) -> bool:
    opened = dt.date.fromisoformat(alert["opened_on"])
    return 0 <= (opened - _BULK).days <= 28 and any(days.get(key) == _BULK for key in alert["evidence_document_ids"])


def _lines(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            return [json.loads(line) for line in stream]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
