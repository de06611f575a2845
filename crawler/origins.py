"""What origins said about themselves, kept for a day between crawls: robots.txt, tdmrep.json, a wish to be left alone."""

from __future__ import annotations

import datetime as dt
import json

from crawler.visit import OriginAnswer
from storage import leases
from storage.store import Store

KEPT = dt.timedelta(hours=24)
_PREFIX = "origin "


def heard(store: Store, now: dt.datetime) -> tuple[OriginAnswer, ...]:
    """Everything that origins said less than a day before ``now``."""
    found = []
    with store.reading() as conn:
        rows = leases.cursors_of(conn, _PREFIX)
    for value in map(json.loads, rows.values()):
        asked_at = dt.datetime.fromisoformat(value["asked_at"])
        if dt.timedelta(0) <= now - asked_at < KEPT:
            found.append(OriginAnswer(value["origin"], value["path"], value["status"], value["text"], asked_at))
    return tuple(found)


def remember(store: Store, answer: OriginAnswer) -> None:
    """Keeps an answer in the place of the one before."""
    text = answer.text.replace("\x00", "") if answer.status < 300 or not answer.path.startswith("/") else ""
    value = {
        "origin": answer.origin,
        "path": answer.path,
        "status": answer.status,
        "text": text,
        "asked_at": answer.asked_at.isoformat(),
    }
    with store.transaction() as conn:
        leases.set_cursor(conn, f"{_PREFIX}{answer.path} {answer.origin}", json.dumps(value))
