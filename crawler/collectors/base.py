"""What a collector is: it says what to request and reads the answers. It does no input or output of its own.

A visit is a generator: it yields a ``Wanted`` and is sent its ``Payload``, and yields a ``Parsed`` for every page of entries it
has read. The one spider drives it, so politeness, safety and statistics exist once; a test drives it with answers of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import SecretStr

from crawler.config import Credentials
from crawler.reasons import Reason
from storage.model import Source
from storage.stated import Stated

NOTHING_STATED = Stated()
NO_CREDENTIALS = Credentials()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request to make.

    An answer whose status is not 2xx and not in ``reads`` ends the visit with its reason, and so does a failure of the network;
    where the request is ``optional`` the collector gets a Payload with a ``failure`` instead and goes on. Secrets are added when
    the request leaves, for the origin of ``url`` only, and appear in no address, log or row.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes = b""
    conditional: bool = False
    """Whether the stored validators go with it; a 304 then ends the visit as not modified."""
    reads: frozenset[int] = frozenset()
    optional: bool = False
    wait_s: float = 0.0
    """Least time to let pass before it, beside the pace of the host."""
    max_bytes: int | None = None
    """Largest answer, where the source is known to be larger than the setting."""
    timeout_s: float | None = None
    """Longest time it may take in all, where that is known to be more than the setting."""
    secret_headers: Mapping[str, SecretStr] = field(default_factory=dict)
    secret_query: Mapping[str, SecretStr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payload:
    """An answer: the address it came from after redirects, its headers in lower case, and its decompressed bytes."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    failure: Reason | None = None
    """Why there is nothing to read; only after an ``optional`` request."""


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
    date_precision: str | None = None
    """``month`` or ``year`` where the source knows no better; else told from ``published_at``."""
    author: str | None = None
    codes: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """What identifies the same document in other sources: ``doi:…``, ``arxiv:…``, ``publication:…``."""
    linked: tuple[str, ...] = ()
    """What other documents of the same event share with it: ``family:…``, ``notice:…``. They are one story, not one document."""
    stated: Stated = NOTHING_STATED
    reserved: bool = False
    """Whether its page reserves text and data mining: title, link and date are kept, the text is not."""
    paywalled: bool = False
    """Whether its page says that it is not free to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a source asks to be visited. Hours and days are GMT; Monday is 0."""

    wait_s: int | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What an answer holds. ``note`` tells of damage that was survived.

    ``cursor`` is where the next visit goes on once these entries are stored; None leaves it where it is.
    """

    entries: tuple[Entry, ...]
    known: int = 0
    """Items listed that an earlier visit read and that are not given again: a source that shows only these is not empty."""
    rejected: int = 0
    note: Reason | None = None
    schedule: Schedule | None = None
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """A theme that people declared: what collectors of databases ask for."""

    id: str
    terms: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    """CPC and IPC symbols."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One visit: the source (its ``options`` included), the time it happens at, and what to ask for."""

    source: Source
    now: dt.datetime
    watched: tuple[Watched, ...] = ()
    credentials: Credentials = NO_CREDENTIALS
    contact: str = ""
    """Mail address of whoever runs this, for services that ask for one."""
    max_items: int = 5_000

    @property
    def cursor(self) -> str | None:
        return self.source.cursor


Reading = Generator[Wanted | Parsed, Payload, None]


class Collector(Protocol):
    """Reads one sort of source. Raises Unreadable for an answer that is not what the source promised."""

    name: str

    def read(self, task: Task) -> Reading:
        """One visit to ``task.source``. A visit may be ended by the spider after any yield; what was yielded is stored."""
