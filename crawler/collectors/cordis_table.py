"""Reads a CSV of CORDIS by column name, a record at a time, in little memory. Pure.

A record begins where a line begins with its number, so that a stray quote damages one record and not all that follow: it is read
again by rules that bear with such quotes, and given up only when its columns still do not come out even.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

MAX_RECORD = 400_000
MAX_COLUMNS = 200
_NUMBERED = re.compile(r'"?(\d{1,15})"?;')
_CELL = re.compile(r'"(.*?)"(?=;|\Z)|([^";]*)(?=;|\Z)', re.DOTALL)


@dataclass(slots=True)
class Table:
    """One CSV. Counted as they go by: records ``read``, those of them ``mended`` because of stray quotes, and those ``lost``."""

    text: IO[bytes]
    wanted: Collection[str]
    read: int = 0
    mended: int = 0
    lost: int = 0

    def rows(self, number: str, only: Collection[str] | None = None) -> Iterator[Mapping[str, str]]:
        """The wanted columns that the table has, of every record or of those whose column ``number`` is in ``only``.

        Raises ValueError where the table has no column ``number``.
        """
        lines = io.TextIOWrapper(self.text, encoding="utf-8-sig", errors="replace", newline="\n")
        header = [name.strip().strip('"') for name in lines.readline(MAX_RECORD).strip("\r\n").split(";")]
        if number not in header or len(header) > MAX_COLUMNS:
            raise ValueError(f"no column {number}")
        places = {name: place for place, name in enumerate(header) if name in self.wanted or name == number}
        leads = header[0] == number
        for key, record in _records(lines, leads):
            if only is not None and leads and key not in only:
                continue
            cells = self._cells(record, len(header))
            if cells is None:
                self.lost += 1
                continue
            self.read += 1
            if only is None or cells[places[number]].strip() in only:
                yield {name: cells[place].strip() for name, place in places.items()}

    def _cells(self, record: str, columns: int) -> list[str] | None:
        if not record:
            return None
        try:
            read = list(csv.reader(io.StringIO(record, newline=""), delimiter=";", strict=True))
        except csv.Error:
            read = []
        if len(read) == 1 and len(read[0]) == columns:
            return read[0]
        cells = _bearing(record, columns)
        self.mended += cells is not None
        return cells


def _records(lines: io.TextIOWrapper, leads: bool) -> Iterator[tuple[str, str]]:
    """Records with the number they begin with; an empty record is one too long to be any."""
    key, held, size = "", list[str](), 0
    for line in iter(lambda: lines.readline(MAX_RECORD), ""):
        start = _NUMBERED.match(line) if leads else None
        if held and (start is not None if leads else sum(part.count('"') for part in held) % 2 == 0):
            yield key, _joined(held, size)
            held, size = [], 0
        if not held:
            if not line.strip():
                continue
            key = start[1] if start else ""
        size += len(line)
        if size <= MAX_RECORD:
            held.append(line)
    if held:
        yield key, _joined(held, size)


def _joined(held: list[str], size: int) -> str:
    return "".join(held).rstrip("\r\n") if size <= MAX_RECORD else ""


def _bearing(record: str, columns: int) -> list[str] | None:
    """The cells when a quote ends one only before a separator; None when they do not come out even."""
    if record[0] == '"' and record[-1] == '"':
        cells = record[1:-1].split('";"')
        if len(cells) == columns:
            return [cell.replace('""', '"') for cell in cells]
    cells, at = [], 0
    while at <= len(record) and len(cells) <= columns:
        match = _CELL.match(record, at)
        if match is None:
            return None
        cells.append((match[1] if match[1] is not None else match[2]).replace('""', '"'))
        at = match.end() + 1
    return cells if len(cells) == columns else None
