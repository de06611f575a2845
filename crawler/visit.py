"""What passes between the crawl and the process that stores: what to visit, and what each visit found. Plain values only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.collectors.base import Entry
from crawler.reasons import Reason
from storage.model import FetchOutcome, Source


@dataclass(frozen=True, slots=True)
class RobotsAnswer:
    """What an origin said about robots: the status and text of its robots.txt, and when it was asked."""

    origin: str
    status: int
    text: str
    asked_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One crawl: the sources to visit, under which settings, at which ``now``."""

    sources: tuple[Source, ...]
    settings: Mapping[str, Any]
    now: dt.datetime
    robots: tuple[RobotsAnswer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one visit to one source found. ``wait_s`` is the longest wait the answer asks for."""

    source_id: str
    outcome: FetchOutcome
    reason: Reason | None = None
    status: int | None = None
    bytes: int = 0
    entries: tuple[Entry, ...] = ()
    rejected: int = 0
    reserved: bool = False
    etag: str | None = None
    last_modified: str | None = None
    wait_s: int | None = None
    elapsed_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CrawlEnd:
    """The last message of a crawl that came to its own end."""

    stats: Mapping[str, Any] = field(default_factory=dict)
