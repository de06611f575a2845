"""Whose replay a database and a folder are: the arguments that make a result what it is, kept beside it and compared.

A replay goes on where it stopped only with the arguments it began with; a database or folder of something else is refused.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from alerts.outbox import LEASE as DELIVERY
from crawler.actors import Split
from monitor.config import Settings
from monitor.replay.archive import Archive
from storage import leases
from storage.errors import ConfigError
from storage.store import Store
from storage.tables import documents
from storage.tables import leases as held_leases

CURSOR = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to replay and where the results go. ``first`` and ``last`` are days, both included; ``split`` says which sources
    of the files count by actor. ``vectors_from`` is another database, whose vectors of the same texts are not computed again.
    """

    files: tuple[Path, ...]
    out: Path
    step: str = "1d"
    first: dt.date | None = None
    last: dt.date | None = None
    facts: bool = False
    split: Split = Split.AUTO
    vectors_from: str | None = None


def arguments_of(archive: Archive, request: Request, settings: Settings) -> dict[str, Any]:
    """What makes the result what it is. Where the files lie does not; what is in them does."""
    return {
        "files": [{"name": file.path.name, "sha256": file.digest} for file in archive.files],
        "from": request.first.isoformat() if request.first else None,
        "to": request.last.isoformat() if request.last else None,
        "step": request.step,
        "facts": request.facts,
        "split_by_actor": request.split.value,
        "settings": {
            "nlp": settings.nlp.model_dump(mode="json"),
            "monitor": settings.monitor.model_dump(mode="json"),
            "crawler": {
                "databases": list(settings.crawler.databases),
                "author_names": settings.crawler.author_names,
            },
        },
    }


def claim(store: Store, arguments: dict[str, Any]) -> dict[str, Any]:
    """Makes the database this replay's, or finds how far it has come. Raises ConfigError when it is somebody else's."""
    with store.transaction() as conn:
        found = leases.cursor(conn, CURSOR)
        # Left by a delivery that was killed, it would run out on the fake clock only, and delivery would pause.
        conn.execute(held_leases.delete().where(held_leases.c.name == DELIVERY))
        if found is None:
            if conn.scalar(sa.select(sa.func.count()).select_from(documents)):
                raise ConfigError("the database holds documents that no replay put there: give --database another one")
            known = {"arguments": arguments, "done": None, "finished": False}
            leases.set_cursor(conn, CURSOR, as_json(known))
            return known
    known = json.loads(found)
    if changed := _differing(known["arguments"], arguments):
        raise ConfigError(
            f"the database belongs to a replay with other arguments ({changed}): give them again, or another --out or --database"
        )
    return dict(known)


def check_folder(out: Path, arguments: dict[str, Any]) -> None:
    """Raises ConfigError when ``out`` holds the results of another replay."""
    try:
        found = json.loads((out / "run.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{out / 'run.json'} is not the result of a replay: give another --out") from exc
    known = found.get("arguments") if isinstance(found, dict) else None
    if known is None or (changed := _differing(known, arguments)):
        raise ConfigError(
            f"{out} holds the results of a replay with other arguments ({changed if known else 'none'}): give another --out"
        )


def _differing(known: Any, given: Any, name: str = "") -> str:
    """Names of the arguments that differ, with both values where they are short."""
    if isinstance(known, dict) and isinstance(given, dict):
        keys = dict.fromkeys([*known, *given])
        found = (_differing(known.get(key), given.get(key), f"{name}.{key}" if name else key) for key in keys)
        return ", ".join(text.removeprefix("settings.") for text in found if text)
    if known == given:
        return ""
    return f"{name}: {known} there, {given} here" if len(f"{known}{given}") < 60 else f"{name} differ"


def as_json(value: Any) -> str:
    """A value as cursors keep it."""
    return json.dumps(value, ensure_ascii=False)
