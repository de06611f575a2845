"""Weeks: what is decided about themes on a Monday is final, what is found in between is provisional until the next one.

So a burst is seen the day it happens, and yet a stream that comes in every hour ends with the same themes as one that comes in
once a month: each Monday provisional themes are dissolved and the week is settled as if it had come in one piece.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from sqlalchemy.engine import Connection

from storage import alerts, documents, leases, themes

TICK = dt.timedelta(microseconds=1)
_WEEK = dt.timedelta(days=7)
_SETTLED, _PROVISIONAL, _DISSOLVED = "themes settled", "themes provisional", "themes dissolved"


def midnight(day: dt.date) -> dt.datetime:
    """The instant a day begins."""
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def end_of(now: dt.datetime) -> dt.date:
    """The first day that has not begun before ``now``: what is counted before it can be known."""
    return (now - TICK).date() + dt.timedelta(days=1)


def due(conn: Connection, now: dt.datetime) -> list[dt.date]:
    """The Mondays up to ``now`` that are not settled yet, oldest first; of those before any document, none."""
    last = now.date() - dt.timedelta(days=now.weekday())
    done = settled(conn)
    if done is None:
        first = documents.first_collected(conn)
        if first is None:
            return []
        done = first.date() - dt.timedelta(days=first.date().weekday())
    return [done + n * _WEEK for n in range(1, (last - done).days // 7 + 1)]


def settled(conn: Connection) -> dt.date | None:
    """The last Monday that was settled: the words of what came in before it are in the lexicon, too. None before the first."""
    kept = leases.cursor(conn, _SETTLED)
    return dt.date.fromisoformat(kept) if kept else None


def last_settled(conn: Connection, until: dt.date) -> dt.date | None:
    """The last settled Monday that is not after ``until``; None before the first."""
    done = settled(conn)
    return min(done, until - dt.timedelta(days=until.weekday())) if done else None


def settle(conn: Connection, monday: dt.date) -> None:
    """Notes that everything up to a Monday is final."""
    leases.set_cursor(conn, _SETTLED, monday.isoformat())
    leases.set_cursor(conn, _DISSOLVED, "{}")


def add_provisional(conn: Connection, theme_ids: list[str]) -> None:
    """Notes themes that the next Monday may undo."""
    if theme_ids:
        leases.set_cursor(conn, _PROVISIONAL, json.dumps(sorted({*_provisional(conn), *theme_ids})))


def dissolve(conn: Connection, monday: dt.date) -> None:
    """Takes back what provisional themes hold, so that the week before ``monday`` can be placed anew. Twice is once.

    A theme that raised an alert, or that a person has named, merged or split, is left alone: somebody
    has read of it.
    """
    together, apart = themes.decided_by_a_person(conn)
    touched = together | {key for pair in apart for key in pair} | alerts.spoken_of(conn)
    living = {theme.id: theme for theme in themes.all_themes(conn)}
    undone = [key for key in _provisional(conn) if key in living and not living[key].label_pinned and key not in touched]
    if undone:
        held = themes.documents_of(conn, undone)
        leases.set_cursor(conn, _DISSOLVED, json.dumps({**dissolved(conn), **held}))
        themes.unassign(conn, undone)
        themes.unplace(conn, sorted({key for keys in held.values() for key in keys}), midnight(monday - _WEEK))
    leases.set_cursor(conn, _PROVISIONAL, "[]")


def dissolved(conn: Connection) -> Mapping[str, list[str]]:
    """The documents that the dissolved themes of the week held, by theme."""
    found: dict[str, list[str]] = json.loads(leases.cursor(conn, _DISSOLVED) or "{}")
    return found


def _provisional(conn: Connection) -> list[str]:
    found: list[str] = json.loads(leases.cursor(conn, _PROVISIONAL) or "[]")
    return found
