"""The archived documents of a replay: every line checked and counted first, then given out by day in one order.

A file in order of day is read as a stream; one that is not is held in memory and sorted. Decides nothing about the clock.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import structlog

from crawler.actors import Census
from crawler.records import Record, Rejected, read_records
from storage.errors import ConfigError, ParseError

log = structlog.get_logger()

STEPS: Mapping[str, int] = {"1d": 1, "1w": 7}
# More empty periods than this beside those with documents, and the date of some document is wrong.
_ALWAYS_ALLOWED = 400
_MOST_EMPTY = 20  # for each period with documents


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """One file as it was found. ``digest`` is that of its bytes; ``days`` counts good records by day of publication,
    ``census`` by source.
    """

    path: Path
    digest: str
    lines: int
    rejected: int
    without_day: int
    days: Mapping[dt.date, int]
    is_ordered: bool
    census: Census
    rejects_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """The days [start, end), replayed at the midnight that ends them."""

    start: dt.date
    end: dt.date
    documents: int

    @property
    def now(self) -> dt.datetime:
        return dt.datetime.combine(self.end, dt.time(), tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Archive:
    """Files that were read to their end without a fault."""

    files: tuple[ArchiveFile, ...]
    days: Mapping[dt.date, int] = field(default_factory=dict)

    @property
    def census(self) -> Census:
        """What the records of all files say of their sources."""
        whole = Census()
        for file in self.files:
            whole.update(file.census)
        return whole

    def between(self, start: dt.date, end: dt.date) -> int:
        """How many records came out on a day of [start, end)."""
        return sum(count for day, count in self.days.items() if start <= day < end)

    def records(self, start: dt.date, end: dt.date) -> Iterator[tuple[dt.date, Record]]:
        """Records of the days [start, end) by day, then by file and line."""
        streams = [_stream(file, place, start, end) for place, file in enumerate(self.files)]
        for day, _, record in heapq.merge(*streams, key=lambda item: item[:2]):
            yield day, record


def read_archive(paths: Sequence[Path], rejects: Path) -> Archive:
    """Reads every line of every file. Lines that are no documents go to ``<name>.rejects.jsonl`` in ``rejects``.

    Raises ConfigError (no such file, the same file twice) and ParseError (not JSON Lines, cut short, no document at all).
    """
    names = Counter(path.name for path in paths)
    files = []
    for number, path in enumerate(paths, 1):
        name = path.name if names[path.name] == 1 else f"{number}-{path.name}"
        files.append(_examine(path, rejects / f"{name}.rejects.jsonl"))
        if files[-1].digest in {file.digest for file in files[:-1]}:
            raise ConfigError(f"{path}: the same file is given twice")
    days: Counter[dt.date] = Counter()
    for file in files:
        days.update(file.days)
    if not days:
        raise ParseError(f"{', '.join(str(path) for path in paths)}: no document has a day of publication")
    return Archive(tuple(files), days)


def periods(archive: Archive, step: str, first: dt.date | None = None, last: dt.date | None = None) -> list[Period]:
    """The periods from ``first`` to ``last`` (both included; the archive's own days by default).

    A period of ``1w`` is an ISO week; the first and the last are cut where the replay begins and ends. Raises ConfigError.
    """
    if step not in STEPS:
        raise ConfigError(f"a replay cannot go by '{step}': choose {' or '.join(STEPS)}")
    if first and last and first > last:
        raise ConfigError(f"the replay would end on {last}, before it begins on {first}")
    inside = [day for day in archive.days if (first or day) <= day <= (last or day)]
    if not inside:
        known = f"{min(archive.days)} to {max(archive.days)}"
        raise ConfigError(f"no document came out from {first or '…'} to {last or '…'}: those of the files did from {known}")
    start, final = first or min(inside), last or max(inside)
    length = STEPS[step]
    busy = len({(day.toordinal() - 1) // length for day in inside})  # day 1 of the calendar was a Monday
    if (final - start).days // length > _ALWAYS_ALLOWED + _MOST_EMPTY * busy:
        raise ConfigError(f"from {start} to {final} most periods have no document: a date is wrong; set --from and --to")
    end = final + dt.timedelta(days=1)
    found = []
    while start < end:
        stop = min(start + dt.timedelta(days=length - start.weekday() % length), end)
        days = (start + dt.timedelta(days=n) for n in range((stop - start).days))
        found.append(Period(start, stop, sum(archive.days.get(day, 0) for day in days)))
        start = stop
    return found


def _examine(path: Path, rejects: Path) -> ArchiveFile:
    days: Counter[dt.date] = Counter()
    lines = without_day = rejected = 0
    latest, is_ordered = dt.date.min, True
    census = Census()
    first: Rejected | None = None
    with ExitStack() as stack:
        kept: IO[str] | None = None
        for _, found in read_records(path):
            lines += 1
            if isinstance(found, Rejected):
                rejected += 1
                if first is None:
                    first, kept = found, stack.enter_context(_new_file(rejects))
                assert kept is not None
                line = {"line": found.line, "reason": found.reason, "content": found.content}
                kept.write(json.dumps(line, ensure_ascii=True) + "\n")
            elif found.published is None:
                without_day += 1
            else:
                days[found.published] += 1
                census.add(found)
                is_ordered = is_ordered and found.published >= latest
                latest = found.published
    if first is not None and lines == rejected:
        raise ParseError(f"{path}: no line is a document (line {first.line}: {first.reason}); they are kept in {rejects}")
    if not is_ordered:
        log.warning("file not in order of day, held in memory", file=path.name, documents=days.total())
    kept_in = rejects if rejected else None
    return ArchiveFile(path, _digest(path), lines, rejected, without_day, days, is_ordered, census, kept_in)


def _new_file(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w", encoding="utf-8")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written ({exc.strerror}): give another --out") from exc


def _stream(file: ArchiveFile, place: int, start: dt.date, end: dt.date) -> Iterator[tuple[dt.date, int, Record]]:
    if not any(start <= day < end for day in file.days):
        return
    found = _dated(file, place, start, end)
    yield from found if file.is_ordered else sorted(found, key=lambda item: item[0])


def _dated(file: ArchiveFile, place: int, start: dt.date, end: dt.date) -> Iterator[tuple[dt.date, int, Record]]:
    for _, found in read_records(file.path):
        if isinstance(found, Rejected) or found.published is None:
            continue
        if start <= found.published < end:
            yield found.published, place, found
        elif file.is_ordered and found.published >= end:
            return


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
