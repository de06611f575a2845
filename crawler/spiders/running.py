"""One visit while it lasts: what was read so far, and the page not yet handed on. No network here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from time import monotonic

from crawler.collectors.base import Parsed, Reading, Schedule
from crawler.collectors.registry import READER_VERSION
from crawler.reasons import Reason
from crawler.visit import Page, Visit
from storage.model import FetchOutcome, Source


@dataclass(slots=True)
class Running:
    """A visit to ``source`` on its way. Pages are handed on one step late, so that the last one travels with the visit."""

    source: Source
    reading: Reading
    started: float = field(default_factory=monotonic)
    requests: int = 0
    bytes: int = 0
    items: int = 0
    pages: int = 0
    status: int | None = None
    note: Reason | None = None
    damage: Reason | None = None
    page: Page | None = None
    reserved: bool = False
    list_reserved: bool = False
    """Whether the last answer that was not ``optional`` reserved mining: what it says of other pages is reserved too."""
    waits: list[int] = field(default_factory=list)
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    moved_to: str | None = None
    tdm: str | None = None

    def take(self, parsed: Parsed) -> Page | None:
        """Holds what was read, and gives back the page held before."""
        before = self.page
        self.page = Page(
            source_id=self.source.id,
            entries=parsed.entries,
            rejected=parsed.rejected,
            reserved=self.reserved,
            cursor=parsed.cursor,
        )
        self.items += len(parsed.entries) + parsed.known
        self.note = parsed.note or self.note
        if (asked := parsed.schedule) is not None:
            self.skip_hours |= asked.skip_hours
            self.skip_days |= asked.skip_days
            if asked.wait_s is not None:
                self.waits.append(asked.wait_s)
        return before

    def hand_on(self) -> Page | None:
        """The page held, which is then no longer held: before a request, which may take long or never end."""
        held, self.page = self.page, None
        return held

    def ended(self, outcome: FetchOutcome | None = None, reason: Reason | None = None, wait_s: int | None = None) -> Visit:
        """The visit as it ends. Without an ``outcome`` it ended well, with or without entries."""
        self.reading.close()
        well = outcome is None or outcome is FetchOutcome.NOT_MODIFIED
        waits = [*self.waits, *([wait_s] if wait_s is not None else [])]
        return Visit(
            source_id=self.source.id,
            outcome=outcome or (FetchOutcome.STORED if self.items else FetchOutcome.EMPTY),
            reason=reason or (self.damage or self.note if well else None),
            status=self.status,
            bytes=self.bytes,
            requests=self.requests,
            items=self.items,
            page=self.page,
            etag=self.etag if well else None,
            last_modified=self.last_modified if well else None,
            body_hash=self.body_hash if well else None,
            reader=READER_VERSION if well else None,
            moved_to=self.moved_to if well else None,
            tdm=self.tdm,
            schedule=Schedule(wait_s=max(waits, default=None), skip_hours=self.skip_hours, skip_days=self.skip_days),
            elapsed_s=monotonic() - self.started,
        )


def hash_of(body: bytes) -> str:
    """A fingerprint of an answer's bytes, to know it again."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()
