"""Walks through publications by day and rank: slices that stay below an office's last rank, and a cursor to go on from. Pure.

A window of days is read query by query, oldest days first, each slice newest first as offices answer. The cursor holds the last
day wholly read and, inside a window, the query, day and rank reached: a visit that is killed goes on from its last stored page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError

from crawler.collectors.base import Entry, Parsed, Payload, Wanted
from crawler.collectors.patents.publication import Publication
from crawler.collectors.patents.query import Query, fingerprint
from crawler.reasons import Reason, Unreadable

PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of a search: how many there are in all, how many rows this page has, and what they say."""

    total: int
    rows: int
    publications: tuple[Publication, ...] = ()
    rejected: int = 0


Search = Callable[[Query, dt.date, dt.date, int], Generator[Wanted, Payload, Found]]
"""``search(query, first, last, offset)``: one page of what ``query`` finds between two days, from the rank after ``offset``."""


class Place(BaseModel):
    """A cursor. ``done`` is the last day wholly read; the rest is there while a window is being read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plan: str
    done: dt.date | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    query: int = 0
    day: dt.date | None = None
    part: int = 0
    end: dt.date | None = None
    offset: int = 0

    def moved(self, **changes: object) -> Place:
        """Another place in the same window, at the first page of what is read there."""
        return self.model_copy(update={"part": 0, "end": None, "offset": 0} | changes)

    def written(self) -> str:
        return self.model_dump_json(exclude_defaults=True)


@dataclass(slots=True)
class Walk:
    """One visit's way through ``queries``. ``last_rank`` is the last rank an office gives."""

    source_id: str
    queries: Sequence[Query]
    search: Search
    last_rank: int
    linked: Callable[[Publication], tuple[str, ...]] = lambda _publication: ()
    _seen: set[str] = field(default_factory=set)
    _days: int = 0

    def read(self, place: Place) -> Generator[Wanted | Parsed, Payload, None]:
        """Reads the window of ``place`` to its end. Raises Unreadable for answers that contradict themselves."""
        first, last = place.first, place.last
        if first is None or last is None:
            raise ValueError("a place without a window")
        for number in range(place.query, len(self.queries)):
            here = place if number == place.query and place.day else place.moved(query=number, day=first)
            self._days = (last - first).days + 1
            while here.day is not None and here.day <= last:
                here = yield from self._slice(here, here.day, last)
        yield Parsed(entries=(), cursor=Place(plan=place.plan, done=last).written())

    def _slice(self, here: Place, first: dt.date, last: dt.date) -> Generator[Wanted | Parsed, Payload, Place]:
        """Reads as many days from ``first`` as fit, and gives the place behind them."""
        query = self.queries[here.query]
        if here.part:
            return (yield from self._day_in_parts(here, query, first))
        end = here.end or min(last, first + dt.timedelta(days=self._days - 1))
        page = yield from self.search(query, first, end, here.offset)
        while page.total > self.last_rank and end > first:
            days = (end - first).days + 1
            self._days = max(1, min(days // 2, days * self.last_rank // page.total))
            end = first + dt.timedelta(days=self._days - 1)
            here = here.moved(end=end)
            yield Parsed(entries=(), cursor=here.written())  # so that the next visit need not cut again
            page = yield from self.search(query, first, end, 0)
        if page.total > self.last_rank and query.parts():
            return (yield from self._day_in_parts(here, query, first))
        if page.total * 2 < self.last_rank:
            self._days *= 2
        after = here.moved(day=end + dt.timedelta(days=1))
        yield from self._pages(query, first, end, page, here, after)
        return after

    def _day_in_parts(self, here: Place, query: Query, day: dt.date) -> Generator[Wanted | Parsed, Payload, Place]:
        """One day that holds more than an office gives to one query: the parts of the query, one after the other."""
        parts = query.parts()
        if not here.part:
            yield Parsed(entries=(), cursor=here.moved(part=1).written())
        after = here.moved(day=day + dt.timedelta(days=1))
        for number in range(max(here.part, 1), len(parts) + 1):
            at = here if here.part == number else here.moved(part=number)
            yield from self._part(parts[number - 1], day, at, here.moved(part=number + 1) if number < len(parts) else after)
        return after

    def _part(self, query: Query, day: dt.date, here: Place, then: Place) -> Generator[Wanted | Parsed, Payload, None]:
        page = yield from self.search(query, day, day, here.offset)
        smaller = query.parts() if page.total > self.last_rank else ()
        for part in smaller:
            yield from self._part(part, day, here.moved(part=here.part), then if part is smaller[-1] else here)
        if not smaller:
            yield from self._pages(query, day, day, page, here, then)

    def _pages(
        self, query: Query, first: dt.date, last: dt.date, page: Found, here: Place, then: Place
    ) -> Generator[Wanted | Parsed, Payload, None]:
        """The pages of one slice, the first of them at hand. The place moves on behind the last one."""
        most = min(page.total, self.last_rank)
        note = Reason("too_many_a_day", f"{page.total} > {self.last_rank}") if page.total > self.last_rank else None
        offset, before = here.offset, ""
        while True:
            shown = "\n".join(one.id for one in page.publications)
            if page.rows == 0 and offset < most:
                raise Unreadable("incomplete", self.source_id, f"{offset}/{most}")
            if shown and shown == before:
                raise Unreadable("repeats", self.source_id, str(offset))
            before, offset = shown, offset + PAGE
            ended = offset >= most
            behind = then if ended else here.moved(part=here.part, end=last, offset=offset)
            entries, rejected = self._kept(query, page)
            yield Parsed(entries=entries, rejected=rejected, note=note, cursor=behind.written())
            if ended:
                return
            page = yield from self.search(query, first, last, offset)

    def _kept(self, query: Query, page: Found) -> tuple[tuple[Entry, ...], int]:
        entries: list[Entry] = []
        rejected = page.rejected
        for publication in page.publications:
            if publication.id in self._seen or not query.accepts(publication):
                continue
            self._seen.add(publication.id)
            entry = publication.entry(self.linked(publication))
            if entry is None:
                rejected += 1
            else:
                entries.append(entry)
        return tuple(entries), rejected


def start(cursor: str | None, queries: Sequence[Query], today: dt.date, *, history_days: int, overlap_days: int) -> Place:
    """Where a visit begins: in the window it left unfinished, or in a new one that ends ``today``.

    A new window goes back ``overlap_days`` behind the last day read, for what offices publish late, and ``history_days`` where
    nothing was read yet or other queries were asked.
    """
    plan = fingerprint(queries)
    known = _read(cursor)
    if known is not None and known.plan == plan and known.first and known.last:
        return known
    first = today - dt.timedelta(days=history_days - 1)
    done = known.done if known else None
    if known is not None and done is not None:
        again = min(done, today) + dt.timedelta(days=1 - max(overlap_days, 1))
        first = again if known.plan == plan else min(first, again)
    return Place(plan=plan, done=done, first=first, last=today)


def _read(cursor: str | None) -> Place | None:
    try:
        return Place.model_validate_json(cursor) if cursor else None
    except ValidationError:
        return None
