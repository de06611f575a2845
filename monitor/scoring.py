"""Brings the score up to date: from what it remembers of a settled day, over the days since, to the last complete day.

Counts of the last eight days may still change, since documents come late; so what is remembered stays eight days behind, and
those days are gone through again. Series that were counted anew further back are scored again on their own, from their first
story on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import structlog
from sqlalchemy.engine import Connection

from monitor.readings import Keys, Rows, daily, rows_of, volumes
from monitor.trends.counts import Counts
from monitor.trends.detector import Detector
from monitor.trends.memory import Part, Unreadable, put_together, read_back, written
from monitor.trends.parameters import Parameters
from storage import monitor_states, observations
from storage.model import LATE_AFTER_DAYS, Theme

log = structlog.get_logger()

STATE = "score"
SETTLED_AFTER = LATE_AFTER_DAYS + 1
_DAY = dt.timedelta(days=1)
_NEVER = -2


@dataclass(slots=True, eq=False)
class Scores:
    """The detector with the names of its rows and sources, and the days it has still to take in."""

    first_day: dt.date
    rows: Rows
    keys: Keys
    detector: Detector
    pending: Sequence[Counts]
    settled: int
    place: Mapping[str, int] = field(init=False)
    payload: bytes | None = None
    payload_day: dt.date | None = None

    def __post_init__(self) -> None:
        self.place = self.rows.places()

    @property
    def last(self) -> int:
        """Index of the last complete day."""
        return self.detector.day + len(self.pending)

    def date(self, day: int) -> dt.date:
        return self.first_day + dt.timedelta(days=day)

    def days(self) -> Iterator[int]:
        """Takes the pending days in, one by one; what to remember is written on the way."""
        if self.detector.day == self.settled:
            self._remember()
        for counts in self.pending:
            self.detector.move(counts)
            if self.detector.day == self.settled:
                self._remember()
            yield self.detector.day
        self.pending = ()

    def save(self, conn: Connection, now: dt.datetime) -> None:
        """Writes what to remember, if there is something new."""
        if self.payload is not None and self.payload_day is not None:
            monitor_states.put(conn, STATE, self.payload_day, self.payload, now)

    def _remember(self) -> None:
        names = {
            "plain": self.rows.plain,
            "pairs": ["\t".join(pair) for pair in self.rows.pairs],
            "keys": self.keys.written(),
            "first_day": [self.first_day.isoformat()],
        }
        self.payload, self.payload_day = written(self.detector, names), self.date(self.detector.day)


def scores(
    conn: Connection,
    now: dt.datetime,
    living: Sequence[Theme],
    parameters: Parameters,
    history_days: int,
    changes: Mapping[str, dt.date],
    *,
    afresh: bool = False,
) -> Scores | None:
    """The scores of living themes, ready to go through the days before ``now``'s; None while nothing is counted.

    ``changes`` are series counted anew since the last run (``observations.take_changes``). With ``afresh``, what was
    remembered is not used.
    """
    end, first = now.date(), observations.first_observed(conn)
    if first is None or first >= end:
        return None
    rows = rows_of(living)
    known = None if afresh else _remembered(conn, parameters)
    if known is not None:
        coverage_changed = changes.get("coverage", dt.date.max)
        if coverage_changed <= known.date(known.detector.day) or known.date(known.detector.day) >= end:
            known = None
    if known is None:
        known = _from_the_start(max(first, end - dt.timedelta(days=history_days)), parameters)
    day = known.detector.day
    start = known.date(day) + _DAY
    volume = volumes(conn, start, end, known.keys)
    keys = known.keys
    detector, renewed = _renewed(conn, known, rows, changes)
    pending = list(daily(conn, rows, keys, volume, start))
    settled = day + len(pending) - SETTLED_AFTER
    if settled <= day:
        # Nothing settled since: what is remembered stays as it is, unless rows of it were scored anew.
        settled = day if renewed else _NEVER
    log.info("score brought up", rows=len(rows.names), scored_anew=renewed, days=len(pending))
    return Scores(known.first_day, rows, keys, detector, pending, settled)


def _remembered(conn: Connection, parameters: Parameters) -> Scores | None:
    payload = monitor_states.get(conn, STATE)
    if payload is None:
        return None
    try:
        detector, names = read_back(payload, parameters)
        pairs = [tuple(text.split("\t")) for text in names["pairs"]]
        rows = Rows(tuple(names["plain"]), tuple((pair[0], pair[1], pair[2]) for pair in pairs))
        first_day = dt.date.fromisoformat(names["first_day"][0])
    except (Unreadable, KeyError, IndexError) as exc:
        log.warning("score computed anew", reason=str(exc))
        return None
    return Scores(first_day, rows, Keys.read(names["keys"]), detector, (), -1)


def _from_the_start(first: dt.date, parameters: Parameters) -> Scores:
    """An empty detector on the eve of the series, which begins on a Monday."""
    monday = first - dt.timedelta(days=first.weekday())
    return Scores(monday, Rows(()), Keys(), Detector(Rows(()).layout(), np.zeros(0, np.int64), parameters), (), -1)


def _renewed(conn: Connection, known: Scores, rows: Rows, changes: Mapping[str, dt.date]) -> tuple[Detector, int]:
    """The remembered detector with the rows wanted now: kept, scored anew, or new. Also how many of the latter."""
    kinds, day = known.keys.kinds(), known.detector.day
    if day < 0:
        return Detector(rows.layout(), kinds, known.detector.parameters), 0
    reached = known.date(day)
    before, changed = dict(known.place), {name for name, since in changes.items() if since <= reached}
    old_pairs = set(known.rows.pairs)
    fresh = {name for name in rows.plain if name not in before or name in changed}
    fresh |= {pair[0] for pair in rows.pairs if pair not in old_pairs or pair[0] in changed or fresh & set(pair[1:])}
    place = rows.places()
    kept = [name for name in rows.names if name not in fresh]
    first = Part(known.detector, _numbers(before, kept), _numbers(place, kept))
    if not fresh:
        return put_together(rows.layout(), kinds, first), 0
    part_rows = rows.only(fresh)
    part = Detector(part_rows.layout(), kinds, known.detector.parameters, known=known.detector.shared)
    volume = known.detector.shared.volume(sources=len(kinds)).astype(np.float64)
    for counts in daily(conn, part_rows, known.keys, volume, known.first_day, of_all=False):
        part.move(counts)
    if part.is_asleep:
        part.wake(day)
    wanted = [name for name in part_rows.names if name in fresh]
    again = Part(part, _numbers(part_rows.places(), wanted), _numbers(place, wanted))
    return put_together(rows.layout(), kinds, first, again), len(fresh)


def _numbers(places: Mapping[str, int], names: Sequence[str]) -> np.ndarray:
    return np.array([places[name] for name in names], np.int64)
