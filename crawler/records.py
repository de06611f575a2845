"""Reads archived documents from JSON Lines, plain or gzip: one record a line, in the format of ``docs/import.md``.

A bad line is a ``Rejected`` with its number and reason, never an exception; a damaged file gives up its good lines first.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NoReturn

from crawler.collectors.wording import language
from crawler.dates import read_date
from crawler.normalize import MAX_TITLE, canonical_url, clean_json, plain_text
from storage.errors import ConfigError, ParseError
from storage.model import Kind

MAX_LINE = 4_000_000
PRECISIONS = ("day", "time", "month", "year", "nominal")
_OWN = ("id", "source", "kind", "lang", "published", "published_at", "date_precision", "title", "text", "url")
# Who is behind a document, by its kind: the first of these that a record fills in.
_ORGANISATIONS: Mapping[Kind, tuple[str, ...]] = {
    Kind.PATENT: ("applicants", "applicant", "assignees", "assignee", "publisher"),
    Kind.PAPER: ("affiliations", "affiliation", "institutions", "institution", "applicants"),
    Kind.FUNDING: ("recipients", "recipient", "company", "funders", "funder", "applicants", "publisher"),
    Kind.NEWS: ("publisher", "applicants"),
}
_PERSONS = ("author", "authors", "inventor", "inventors", "email", "emails")


_SIGNING: Mapping[Kind, tuple[str, ...]] = {
    Kind.PATENT: ("inventors", "inventor", "authors", "author"),
    Kind.PAPER: ("authors", "author"),
    Kind.FUNDING: ("authors", "author"),
    Kind.NEWS: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One archived document. ``published`` is its own day, ``published_at`` its instant when the time of day is known.

    ``organisation`` is who is behind it, ``author`` the first person who signs it.
    """

    id: str | None
    source: str
    kind: Kind
    title: str
    text: str = ""
    lang: str | None = None
    url: str | None = None
    published: dt.date | None = None
    published_at: dt.datetime | None = None
    precision: str = "day"
    organisation: str | None = None
    author: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def instant(self) -> dt.datetime | None:
        """When it came out: to the second if known, else the start of its day in UTC."""
        if self.published_at is not None:
            return self.published_at
        return dt.datetime.combine(self.published, dt.time(), tzinfo=dt.UTC) if self.published else None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is not a document, and why."""

    line: int
    reason: str
    content: str


class CutShort(ParseError):
    """The file ends before its end: an interrupted download, or a gzip that lost its tail."""


def read_records(path: Path) -> Iterator[tuple[int, Record | Rejected]]:
    """Yields ``(line number, Record or Rejected)``; empty lines are skipped.

    Raises ConfigError (no such file), ParseError (not text at all), and, after the last good line, CutShort.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            yield from _lines(gzip.GzipFile(fileobj=raw) if packed else raw, path.name)
    except FileNotFoundError as exc:
        raise ConfigError(f"{path}: there is no such file") from exc
    except (IsADirectoryError, PermissionError) as exc:
        raise ConfigError(f"{path}: not a file that can be read") from exc


def _lines(stream: IO[bytes] | gzip.GzipFile, name: str) -> Iterator[tuple[int, Record | Rejected]]:
    number = 0
    try:
        while line := stream.readline(MAX_LINE):
            number += 1
            whole = line.endswith(b"\n") or len(line) < MAX_LINE
            while not whole and (rest := stream.readline(MAX_LINE)):
                whole = rest.endswith(b"\n")
            if number == 1:
                _check_text(line, name)
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, _read(line, number)
    except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
        if number == 0:
            raise ParseError(f"{name}: not a gzip file that can be read, or cut short before its first line") from exc
        raise CutShort(f"{name}: the file is damaged or cut short after line {number}") from exc


def _check_text(line: bytes, name: str) -> None:
    head = line[:4096]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ParseError(f"{name}: the file is in UTF-16; save it as UTF-8")
    if b"\x00" in head or head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"%PDF", b"PK\x03\x04", b"GIF8", b"SQLite format")):
        raise ParseError(f"{name}: not JSON Lines: the file holds binary data; give a .jsonl or .jsonl.gz file")


def _read(line: bytes, number: int) -> Record | Rejected:
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_no_constant)
        return _record(value)
    except UnicodeDecodeError:
        reason = "not UTF-8"
    except RecursionError:
        reason = "nested too deeply"
    except json.JSONDecodeError as exc:
        reason = f"not JSON: {exc.msg} at character {exc.pos + 1}" if len(line) < MAX_LINE else "longer than 4 MB"
    except ValueError as exc:
        reason = str(exc)[:200]
    return Rejected(number, reason, line[:100_000].decode("utf-8", "backslashreplace").rstrip("\r\n"))


def _record(value: object) -> Record:
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  every fault of a line is one kind of error
    source = plain_text(_text(value, "source"), 200)
    if not source:
        raise ValueError("no source")
    try:
        kind = Kind(_text(value, "kind"))
    except ValueError:
        raise ValueError(f"kind is {value.get('kind')!r:.40}, not news, patent, funding or paper") from None
    text = plain_text(_text(value, "text"))
    title = plain_text(_text(value, "title"), MAX_TITLE)
    if not title:
        raise ValueError("no title")
    published, published_at, precision = _dates(value)
    return Record(
        id=_identifier(value.get("id")),
        source=source,
        kind=kind,
        title=title,
        text=text,
        lang=language(_text(value, "lang")),
        url=canonical_url(_text(value, "url")),
        published=published,
        published_at=published_at,
        precision=precision,
        organisation=_first_of(value, _ORGANISATIONS[kind]),
        author=_first_of(value, _SIGNING[kind]),
        extra={
            key: clean_json(item) for key, item in value.items() if key not in _OWN and key not in _PERSONS and item is not None
        },
    )


def _dates(value: Mapping[str, Any]) -> tuple[dt.date | None, dt.datetime | None, str]:
    precision = _text(value, "date_precision") or "day"
    if precision not in PRECISIONS:
        raise ValueError(f"date_precision is '{precision[:40]}', not one of {', '.join(PRECISIONS)}")
    given = _text(value, "published")
    published = None
    if given:
        try:
            published = dt.date.fromisoformat(given[:10])
        except ValueError:
            raise ValueError(f"published is '{given[:40]}', not a day like 2026-03-02") from None
    instant = read_date(_text(value, "published_at")).instant
    if instant is not None and precision == "day":
        precision = "time"
    return published or (instant.date() if instant else None), instant, precision


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise ValueError(f"{name} is not a text")  # noqa: TRY004
    return found


def _identifier(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return plain_text(str(value), 300) or None


def _first_of(value: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((name for key in keys if (name := _first_name(value.get(key)))), None)


def _first_name(value: object) -> str | None:
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, dict):
        first = first.get("name")
    return plain_text(first.split(";")[0], 200) or None if isinstance(first, str) else None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"not JSON: {name} is not a number")
