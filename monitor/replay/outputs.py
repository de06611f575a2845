"""What a replay leaves behind: five files of text, whose keys are a contract (``docs/replay.md``).

Read from the database alone, written beside the old ones and put in their place when all are complete.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crawler.actors import Division
from monitor.config import Settings
from monitor.replay.archive import Archive, Period
from monitor.replay.measure import Meter
from nlp.embedders.base import load_embedder
from nlp.enrich import PIPELINE
from nlp.facts.step import facts_pipeline
from storage import alerts as cases
from storage import themes as known_themes
from storage.errors import ConfigError
from storage.model import Origin
from storage.store import Store, head_revision
from storage.tables import alerts, assignments, deliveries, documents, enrichments, signals, themes

_LIBRARIES = ("bertopic", "numpy", "pandas", "scikit-learn", "spacy", "sqlalchemy")
_OWN_KEYS = (
    "theme_id",
    "day",
    "state",
    "decided_by",
    "stage",
    "score",
    "falling",
    "buzz",
    "lift",
    "observed",
    "expected",
    "sources",
    "threshold",
)


@dataclass(frozen=True, slots=True)
class Played:
    """What was replayed and what it took."""

    arguments: Mapping[str, Any]
    archive: Archive
    division: Division
    plan: tuple[Period, ...]
    meter: Meter


def write_outputs(store: Store, out: Path, played: Played, settings: Settings) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Writes all files into ``out``. Returns the content of ``run.json`` and the paths. Raises ConfigError."""
    new: list[Path] = []
    try:
        with store.reading() as conn:
            for name, rows in _tables(conn):
                new.append(_write(out / name, (_line(row) for row in rows)))
            run = _run(conn, played, settings)
        new.append(_write(out / "run.json", [json.dumps(run, ensure_ascii=False, indent=2) + "\n"]))
        files = tuple(path.with_suffix("") for path in new)
        for path, file in zip(new, files, strict=True):
            path.replace(file)
    except OSError as exc:
        raise ConfigError(f"cannot write the results into {out}: {exc.strerror or exc}") from exc
    return run, files


def _tables(conn: Connection) -> Iterator[tuple[str, Iterable[Mapping[str, Any]]]]:
    yield "alerts.jsonl", _alerts(conn)
    yield "signals.jsonl", _signals(conn)
    yield "assignments.jsonl", _assignments(conn)
    yield "themes.jsonl", _themes(conn)


def _alerts(conn: Connection) -> Iterator[dict[str, Any]]:
    named = {theme.id: theme for theme in known_themes.all_themes(conn, retired=True)}
    for case in cases.all_alerts(conn):
        theme = named[case.theme_id]
        yield {
            "alert_id": case.id,
            "rule_id": case.rule_id,
            "rule_version": case.rule_version,
            "kind": case.kind,
            "theme_id": case.theme_id,
            "label_fr": theme.label_fr,
            "label_en": theme.label_en,
            "opened_on": case.opened_on,
            "closed_on": case.closed_on,
            "state": case.signal_state,
            "score": case.score,
            "threshold": case.threshold,
            "lift": case.lift,
            "observed": case.observed,
            "expected": case.expected,
            "sources": case.sources,
            "evidence_document_ids": list(case.evidence.get("documents", ())),
            "reason_fr": case.reason_fr,
            "reason_en": case.reason_en,
            "also": list(case.evidence.get("also", ())),
        }


def _signals(conn: Connection) -> Iterator[dict[str, Any]]:
    query = sa.select(*(signals.c[key] for key in _OWN_KEYS)).order_by(signals.c.day, signals.c.theme_id)
    yield from (dict(row) for row in conn.execute(query).mappings())


def _assignments(conn: Connection) -> Iterator[dict[str, Any]]:
    # A conjunction's documents are its technology's: a third line would only repeat them.
    c = assignments.c
    query = (
        sa.select(c.document_id, c.theme_id, c.probability)
        .join(themes, themes.c.id == c.theme_id)
        .where(themes.c.origin != Origin.CONJUNCTION.value)
        .order_by(c.document_id, c.theme_id)
    )
    yield from (dict(row) for row in conn.execute(query).mappings())


def _themes(conn: Connection) -> Iterator[dict[str, Any]]:
    sizes = dict(_sizes(conn))
    for theme in known_themes.all_themes(conn, retired=True):
        yield {
            "theme_id": theme.id,
            "origin": theme.origin,
            "label_fr": theme.label_fr,
            "label_en": theme.label_en,
            "born_on": theme.born_on,
            "retired_on": theme.retired_on,
            "parent_id": theme.parent_id,
            "partner": theme.partner,
            "size": sizes.get(theme.id, 0),
            "terms_fr": list(theme.terms_fr),
            "terms_en": list(theme.terms_en),
        }


def _sizes(conn: Connection) -> Iterator[tuple[str, int]]:
    query = sa.select(assignments.c.theme_id, sa.func.count()).group_by(assignments.c.theme_id)
    yield from ((theme_id, int(count)) for theme_id, count in conn.execute(query))


def _run(conn: Connection, played: Played, settings: Settings) -> dict[str, Any]:
    measured = played.meter.state()
    return {
        "versions": _versions(settings),
        "arguments": dict(played.arguments),
        "periods": {
            "count": len(played.plan),
            "first_day": played.plan[0].start.isoformat(),
            "last_now": played.plan[-1].now.isoformat(),
        },
        "sources": {
            "count": len(played.archive.census.kinds),
            "split_by_actor": sorted(played.division.split),
            "too_few_publishers": sorted(played.division.lone),
        },
        "seconds": measured["seconds"],
        "total_seconds": measured["total_seconds"],
        "peak_memory_mb": measured["own"],
        "workers_peak_memory_mb": measured["workers"],
        "total_peak_memory_mb": measured["total_peak"],
        "counts": _counts(conn, played),
    }


def _versions(settings: Settings) -> dict[str, Any]:
    return {
        "program": importlib.metadata.version("zoom-avant"),
        "python": platform.python_version(),
        "schema": head_revision(),
        "models": {
            "embedder": load_embedder(settings.nlp.embedder).id,
            "stories": PIPELINE,
            "facts": facts_pipeline(settings.nlp),
        },
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
    }


def _counts(conn: Connection, played: Played) -> dict[str, Any]:
    def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        return int(conn.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0)

    files = played.archive.files
    replayed = sum(period.documents for period in played.plan)
    stored = count(documents)
    by_origin = dict.fromkeys((origin.value for origin in Origin), 0)
    for origin, number in conn.execute(sa.select(themes.c.origin, sa.func.count()).group_by(themes.c.origin)):
        by_origin[str(origin)] = int(number)
    return {
        "lines": sum(file.lines for file in files),
        "rejected": sum(file.rejected for file in files),
        "without_day": sum(file.without_day for file in files),
        "outside": sum(played.archive.days.values()) - replayed,
        "duplicates": replayed - stored,
        "documents": stored,
        "not_counted": count(documents, documents.c.counted_on.is_(None)),
        "stories": int(conn.scalar(sa.select(sa.func.count(sa.distinct(enrichments.c.story_id)))) or 0),
        "themes": by_origin,
        "assignments": count(assignments),
        "signals": count(signals),
        "alerts": count(alerts),
        "open_alerts": count(alerts, alerts.c.closed_on.is_(None)),
        "deliveries": count(deliveries),
    }


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, default=str) + "\n"


def _write(path: Path, lines: Iterable[str]) -> Path:
    new = path.with_name(f"{path.name}.new")
    with new.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(lines)
        stream.flush()
        os.fsync(stream.fileno())
    return new
