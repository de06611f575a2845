"""What a collector is: it says what to request and reads the bytes. It does no input or output of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from crawler.reasons import Reason
from storage.model import Source


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request to make."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payload:
    """An answer: the address it came from after redirects, its headers in lower case, and its decompressed bytes."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as a source gives it, in plain text, with its canonical link."""

    title: str
    text: str = ""
    guid: str | None = None
    url: str | None = None
    lang: str | None = None
    published_on: dt.date | None = None
    published_at: dt.datetime | None = None
    date_flag: str | None = None
    author: str | None = None
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What an answer holds. ``note`` tells of damage that was survived; ``ttl_s`` is the wait the source asks for."""

    entries: tuple[Entry, ...]
    rejected: int = 0
    note: Reason | None = None
    ttl_s: int | None = None


class Collector(Protocol):
    """Reads one sort of source."""

    name: str

    def requests(self, source: Source, cursor: str | None) -> Iterable[Wanted]:
        """What to fetch from ``source``, going on from ``cursor``."""

    def parse(self, payload: Payload, source: Source) -> Parsed:
        """Reads an answer. Raises ParseError when it is not what the source promised."""
