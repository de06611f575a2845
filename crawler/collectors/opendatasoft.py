"""Data sets of Opendatasoft portals (Explore API v2.1): BOAMP, ANR, laureates of the research ministry, patents.

A data set is read in slices of days or years, oldest first, none of more rows than the API gives. The cursor is behind the last
slice wholly read. What a row means is declared beside this module: ``boamp``, ``grants.toml``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field

from crawler.collectors import boamp, grants
from crawler.collectors.base import Entry, Parsed, Payload, Reading, Schedule, Task, Wanted
from crawler.collectors.columns import Declared, declared, find_columns, missing
from crawler.collectors.columns import Field as Column
from crawler.collectors.services import endpoint_of, json_object, options_of, told, whole_number
from crawler.dates import read_date
from crawler.reasons import Reason, Unreadable
from storage.errors import ConfigError
from storage.model import Source

PAGE = 100
MOST = 10_000
"""``offset + limit`` may not pass this."""
_WHERE_CHARS = 1_500
_TERM_CHARS = 100
_ALL_BAD = 10
_API = "/api/explore/v2.1/catalog/datasets/"


class Options(BaseModel):
    """Options of a source read by ``opendatasoft``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reading: Literal["boamp", "anr", "mesr", "brevets"] | None = None
    """What a row means; None for that of the data sets it is known by."""
    dataset: str | None = Field(None, pattern=r"^[\w.@-]{1,200}$")
    days: int = Field(30, ge=1, le=3660)
    """How far back the first visit goes, and one after the watch terms changed (BOAMP)."""
    overlap_days: int = Field(3, ge=0, le=60)
    years: int = Field(2, ge=1, le=40)
    """How many years are read each time a data set of years changed, the current one included."""
    everything: bool = False
    """BOAMP: every notice, not only those with a term of a watch theme."""


@dataclass(frozen=True, slots=True)
class Slice:
    """What is asked for at once: [first, until) in days, or in years as first and until of January."""

    first: dt.date
    until: dt.date
    by_year: bool = False

    def halves(self) -> tuple[Slice, Slice] | None:
        """Two slices that are this one; None for a single day or year."""
        if self.by_year:
            middle = dt.date((self.first.year + self.until.year) // 2, 1, 1)
        else:
            middle = self.first + (self.until - self.first) // 2
        if not self.first < middle < self.until:
            return None
        return Slice(self.first, middle, self.by_year), Slice(middle, self.until, self.by_year)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A data set as this visit reads it."""

    records: str
    column: Column
    """The one it is cut by."""
    order: str
    searches: tuple[str, ...]
    read: Callable[[Sequence[Mapping[str, Any]]], tuple[list[Entry], int]]
    project: Callable[[Mapping[str, Any]], object] | None


@dataclass(frozen=True, slots=True)
class _Stand:
    """The cursor: what was read (``version``) and until when."""

    version: str
    until: dt.date

    def __str__(self) -> str:
        return json.dumps({"version": self.version, "until": self.until.isoformat()})


class OpendatasoftCollector:
    """Reads a data set of an Opendatasoft portal."""

    name = "opendatasoft"

    def read(self, task: Task) -> Reading:
        options = options_of(Options, task.source)
        base = _base(task.source, options)
        reading = _reading(base, options, task.source)
        searches = _searches(task, options, reading)
        if not searches:
            yield Parsed(entries=(), note=Reason("nothing_asked"))
            return
        answer = yield Wanted(base)
        schema = json_object(answer, task.source)
        plan = _plan(schema, base, reading, searches, task.source)
        seen: set[str | None] = set()
        version, slices = _slices(task, options, reading, plan, schema)
        while slices:
            part = slices.pop()
            stand = str(_Stand(version, part.until)) if not slices or slices[-1].first >= part.until else None
            for number, search in enumerate(plan.searches, start=1):
                how = yield from self._slice(task.source, task.now, plan, part, search, seen)
                if how == "split":
                    slices += reversed(part.halves() or ())
                    break
                if how == "stop" or (how == "full" and number < len(plan.searches)):
                    return
            else:
                yield Parsed(entries=(), cursor=stand)
                if how == "full":
                    return

    def _slice(
        self, source: Source, now: dt.datetime, plan: _Plan, part: Slice, search: str, seen: set[str | None]
    ) -> Generator[Wanted | Parsed, Payload, Literal["split", "stop", "full", "done"]]:
        """Reads one slice. Returns ``split`` for one with too many rows; when the quota is used up ``stop``, or ``full`` where it
        held to the end of the slice; else ``done``.
        """
        where = " and ".join(filter(None, (_between(plan.column, part), search)))
        got, total, held = 0, 0, list[Mapping[str, Any]]()
        before: object = None
        while True:
            limit = min(PAGE, MOST - got)
            query = {"where": where, "order_by": plan.order, "limit": limit, "offset": got}
            answer = yield Wanted(f"{plan.records}?{urlencode(query, quote_via=quote)}")
            total, rows = _page(answer, source, got)
            if total > MOST and got == 0 and part.halves():
                return "split"
            if rows and rows == before:
                raise Unreadable("repeats", source.id, str(got))
            if not rows and got < min(total, MOST):
                raise Unreadable("count_lies", source.id, f"{total} > {got}")
            before, got = rows, got + len(rows)
            last = got >= min(total, MOST)
            whole = [row for row in rows if isinstance(row, dict)]
            lines, held = _complete([*held, *whole], plan.project, last)
            found, rejected = plan.read(lines)
            rejected += len(rows) - len(whole)
            if rejected >= _ALL_BAD and not found and not held:
                raise Unreadable("all_rejected", source.id, str(rejected))
            fresh = [entry for entry in found if entry.guid not in seen]  # a notice may fit several searches
            seen.update(entry.guid for entry in fresh)
            waits = _quota(answer, now)
            note = Reason("quota", told(answer.headers.get("x-ratelimit-limit", "")) or "0") if waits is not None else None
            if last and total > MOST:
                note = Reason("too_many_rows", f"{part.first}, {total}")
            schedule = Schedule(wait_s=waits) if waits is not None else None
            if fresh or rejected or note:
                yield Parsed(entries=tuple(fresh), rejected=rejected, note=note, schedule=schedule)
            if last:
                return "done" if waits is None else "full"
            if waits is not None:
                return "stop"


def _base(source: Source, options: Options) -> str:
    """The address of the data set, from one of its records, of itself, or of its portal."""
    parts = urlsplit(endpoint_of(source))
    path = parts.path.rstrip("/").removesuffix("/records")
    if _API not in f"{path}/" and options.dataset is None:
        raise ConfigError(f"source '{source.id}': name its data set in options.dataset, or in its address after {_API}")
    if options.dataset is not None:
        path = path.split(_API, 1)[0] if _API in path else path
        path = f"{path}{_API}{options.dataset}"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _reading(base: str, options: Options, source: Source) -> Declared:
    readings = {boamp.READING.name: boamp.READING, **declared()}
    if options.reading is not None:
        return readings[options.reading]
    for reading in readings.values():
        if any(part in base for part in reading.known_by):
            return reading
    raise ConfigError(f"source '{source.id}': options.reading is needed for this data set: boamp, anr, mesr or brevets")


def _searches(task: Task, options: Options, reading: Declared) -> tuple[str, ...]:
    """The conditions the notices are looked for with: terms together as far as the address stays short."""
    if reading is not boamp.READING or options.everything:
        return ("",)
    terms = sorted({" ".join(term.split())[:_TERM_CHARS].casefold() for watched in task.watched for term in watched.terms} - {""})
    groups: list[list[str]] = []
    for term in terms:
        condition = f"search(objet, {literal(term)})"
        if not groups or sum(len(quote(part)) + 8 for part in groups[-1]) + len(quote(condition)) > _WHERE_CHARS:
            groups.append([])
        groups[-1].append(condition)
    return tuple(f"({' or '.join(group)})" for group in groups)


def literal(text: str) -> str:
    """``text`` as a string of the query language: nothing in it ends the string."""
    bare = "".join(char for char in text if char.isprintable())
    return '"' + bare.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plan(schema: Mapping[str, Any], base: str, reading: Declared, searches: tuple[str, ...], source: Source) -> _Plan:
    columns = find_columns(_fields(schema, source), reading.columns)
    lacking = missing(columns, reading)
    if lacking is not None:
        raise Unreadable("no_column", source.id, lacking)
    column = next(columns[name] for name in reading.axis if name in columns)
    tie = next((columns[name].name for name in ("id", "title", "beneficiary") if name in columns), column.name)
    order = f"{column.name},{tie}" if tie != column.name else column.name
    if reading is boamp.READING:
        names = {ours: field.name for ours, field in columns.items()}
        return _Plan(f"{base}/records", column, order, searches, lambda rows: boamp.notices(rows, names), None)
    rows = grants.Rows(reading, columns, base.rsplit("/", 1)[-1])
    return _Plan(f"{base}/records", column, order, searches, lambda lines: grants.entries(rows, lines), rows.key)


def _fields(schema: Mapping[str, Any], source: Source) -> list[Column]:
    fields = schema.get("fields")
    if not isinstance(fields, list):
        problem = told(schema.get("message")) or told(schema.get("error_code"))
        raise Unreadable(*(("service_error", source.id, problem) if problem else ("shape", source.id, "fields")))
    return [
        Column(field["name"], str(field.get("type") or "text"), str(field.get("label") or ""))
        for field in fields
        if isinstance(field, dict) and isinstance(field.get("name"), str) and field["name"].isidentifier()
    ]


def _slices(task: Task, options: Options, reading: Declared, plan: _Plan, schema: Mapping[str, Any]) -> tuple[str, list[Slice]]:
    """The version of what is read now, and the slices still to read, the next one last."""
    today = task.now.date()
    stand = _stand(task.cursor)
    if reading is boamp.READING:
        version = hashlib.blake2b("|".join(plan.searches).encode(), digest_size=6).hexdigest()
        first, until = today - dt.timedelta(days=options.days), today + dt.timedelta(days=1)
        if stand is not None and stand.version == version:
            first = stand.until - dt.timedelta(days=options.overlap_days)
        weeks = [first + dt.timedelta(days=7 * n) for n in range(max(0, (until - first).days + 6) // 7)]
        return version, [Slice(day, min(day + dt.timedelta(days=7), until)) for day in reversed(weeks)]
    version = _version(schema)
    by_year = plan.column.type not in ("date", "datetime")
    years = [dt.date(year, 1, 1) for year in range(today.year - options.years + 1, today.year + 3)]
    slices = [Slice(first, until, by_year) for first, until in pairwise(years)]
    left = [part for part in slices if stand is None or stand.version != version or part.until > stand.until]
    # A data set that does not say when it changed is read again from its first year once it was read to its end.
    return version, list(reversed(left or (slices if not version else ())))


def _stand(cursor: str | None) -> _Stand | None:
    """What a cursor says; None for none, or one that is not ours."""
    try:
        value = json.loads(cursor or "")
        return _Stand(str(value["version"]), dt.date.fromisoformat(value["until"]))
    except (ValueError, TypeError, KeyError):
        return None


def _version(schema: Mapping[str, Any]) -> str:
    """When the data set was last changed, as it says itself; empty when it does not, so that it is read each time."""
    metas = schema.get("metas")
    default = metas.get("default") if isinstance(metas, dict) else None
    if not isinstance(default, dict):
        return ""
    return next((text for key in ("data_processed", "modified") if (text := told(default.get(key), 60))), "")


def _between(column: Column, part: Slice) -> str:
    """The condition that a row is of a slice, as the type of the column wants it."""
    if column.type in ("date", "datetime"):
        return f"{column.name} >= date'{part.first}' and {column.name} < date'{part.until}'"
    years = range(part.first.year, part.until.year)
    if column.type in ("int", "double"):
        return f"{column.name} >= {years.start} and {column.name} < {years.stop}"
    return f"{column.name} in ({', '.join(literal(str(year)) for year in years)})"


def _page(answer: Payload, source: Source, got: int) -> tuple[int, list[Any]]:
    value = json_object(answer, source)
    total, rows = whole_number(value.get("total_count")), value.get("results")
    if "error_code" in value or (rows is None and "message" in value):
        raise Unreadable("service_error", source.id, told(value.get("message")) or told(value.get("error_code")))
    if total is None or not isinstance(rows, list):
        raise Unreadable("shape", source.id, "total_count, results")
    if len(rows) > PAGE or total < got + len(rows):
        raise Unreadable("count_lies", source.id, f"{total} < {got + len(rows)}")
    return total, rows


def _complete(
    rows: list[Mapping[str, Any]], project: Callable[[Mapping[str, Any]], object] | None, last: bool
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The rows whose project is complete, and those that the next page may go on with."""
    if last or project is None or not rows:
        return rows, []
    end = project(rows[-1])
    cut = len(rows)
    while cut and end is not None and project(rows[cut - 1]) == end:
        cut -= 1
    return rows[:cut], rows[cut:]


def _quota(answer: Payload, now: dt.datetime) -> int | None:
    """Seconds until the quota is filled again, when this answer used it up; None while there is some left."""
    if whole_number(answer.headers.get("x-ratelimit-remaining")) != 0:
        return None
    reset = answer.headers.get("x-ratelimit-reset", "")
    number = whole_number(reset)
    if number is not None:
        seconds = number - now.timestamp() if number > 10**9 else number
    else:
        instant = read_date(reset).instant
        seconds = (instant - now).total_seconds() if instant else 3600
    return int(min(max(seconds, 60), 86_400))
