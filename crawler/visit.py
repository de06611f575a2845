"""What passes between the crawl and the process that stores: what to visit, and what each visit found. Plain values only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.collectors.base import Entry, Schedule, Watched
from crawler.config import CrawlerSettings
from crawler.reasons import Reason
from storage.model import FetchOutcome, Source


@dataclass(frozen=True, slots=True)
class OriginAnswer:
    """What an origin said about itself at ``path``: the status and text of the file, and when it was asked."""

    origin: str
    path: str
    status: int
    text: str
    asked_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One crawl: the sources to visit, under which settings, at which ``now``, and the themes that databases are asked for."""

    sources: tuple[Source, ...]
    settings: CrawlerSettings
    now: dt.datetime
    watched: tuple[Watched, ...] = ()
    origins: tuple[OriginAnswer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one answer held: stored in one transaction, with the ``cursor`` behind it. A visit may bring several."""

    source_id: str
    entries: tuple[Entry, ...] = ()
    rejected: int = 0
    reserved: bool = False
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """How a visit to one source ended, with its last page.

    ``items`` counts the entries of all its pages; ``schedule`` is what the source asks of the next visit; ``moved_to`` is where
    permanent redirects led; ``body_hash`` and the validators belong to an answer that was read to its end by ``reader``.
    """

    source_id: str
    outcome: FetchOutcome
    reason: Reason | None = None
    status: int | None = None
    bytes: int = 0
    requests: int = 0
    items: int = 0
    page: Page | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    reader: str | None = None
    moved_to: str | None = None
    tdm: str | None = None
    """What was read about text and data mining, and where."""
    schedule: Schedule = field(default_factory=Schedule)
    elapsed_s: float = 0.0

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of the last page."""
        return self.page.entries if self.page else ()

    @property
    def wait_s(self) -> int | None:
        return self.schedule.wait_s


@dataclass(frozen=True, slots=True)
class CrawlEnd:
    """The last message of a crawl that came to its own end."""

    stats: Mapping[str, Any] = field(default_factory=dict)
