"""Visits one source to say in one line what is wrong with it, or one site to find its feed. Stores nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from crawler.candidates import Candidate
from crawler.collectors.base import Entry, Watched
from crawler.config import CrawlerSettings
from crawler.discovery import MOST_REQUESTS
from crawler.normalize import canonical_url
from crawler.reasons import Reason
from crawler.rhythm import shown_silence
from crawler.visit import Job, Page, Visit
from crawler.worker import CrawlStopped, crawl
from storage import sources
from storage.errors import ConfigError
from storage.model import FetchOutcome, Kind, Source
from storage.store import Store

CHECK_REQUESTS = 5
"""A check of a database reads its first pages only."""


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What a visit to one source showed, in one line of each language."""

    source_id: str
    is_fine: bool
    outcome: FetchOutcome
    items: int
    reason: Reason

    @property
    def message_fr(self) -> str:
        return self.reason.fr

    @property
    def message_en(self) -> str:
        return self.reason.en


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found for a site, best first. ``reason`` says why there is nothing, where there is nothing."""

    candidates: tuple[Candidate, ...]
    reason: Reason | None


def check_source(
    store: Store, source_id: str, settings: CrawlerSettings, now: dt.datetime, themes: Iterable[Watched] = ()
) -> SourceCheck:
    """Checks a source of the database. Raises NotFound, ConfigError (no address)."""
    with store.reading() as conn:
        source = sources.get(conn, source_id)
    return next(check([source], settings, now, themes))


def check(
    wanted: Sequence[Source], settings: CrawlerSettings, now: dt.datetime, themes: Iterable[Watched] = ()
) -> Iterator[SourceCheck]:
    """Visits each of ``wanted`` from its beginning, due or not, enabled or not; checks come as visits end.

    ``themes`` are what databases are asked for. Raises ConfigError for a source without an address.
    """
    for source in wanted:
        if source.url is None:
            raise ConfigError(f"the source '{source.id}' has no address: its documents were imported")
    fresh = [replace(source, etag=None, last_modified=None, body_hash=None, cursor=None) for source in wanted]
    short = settings.model_copy(update={"max_requests": min(CHECK_REQUESTS, settings.max_requests)})
    for visit, entries in _visits(fresh, short, now, themes):
        reason = visit.reason
        if reason is None or reason.code == "more_to_come":
            since = shown_silence(entries, now.date())
            reason = Reason("quiet", since.isoformat()) if since else Reason("ok", str(len(entries)))
            if not entries:
                reason = Reason("empty")
        is_fine = visit.outcome is FetchOutcome.STORED
        yield SourceCheck(visit.source_id, is_fine, visit.outcome, len(entries), reason)


def discover(url: str, settings: CrawlerSettings, now: dt.datetime) -> Discovery:
    """Looks for feeds of the site at ``url`` by the real spider. Raises ConfigError for what is no web address."""
    address = url if "://" in url else f"https://{url}"
    if canonical_url(address) is None:
        raise ConfigError(f"'{url}' is not the address of a site: write it as https://site.example/news")
    site = Source(id="discover", name=address, kind=Kind.NEWS, url=address, collector="discover")
    short = settings.model_copy(update={"max_requests": MOST_REQUESTS})
    visit, entries = next(_visits([site], short, now))
    candidates = tuple(entry for entry in entries if isinstance(entry, Candidate))
    return Discovery(candidates, visit.reason if not candidates else None)


def _visits(
    wanted: Sequence[Source], settings: CrawlerSettings, now: dt.datetime, themes: Iterable[Watched] = ()
) -> Iterator[tuple[Visit, tuple[Entry, ...]]]:
    """Visits by the real spider, in one crawl: how each ended, with the entries of all its pages. One for each source."""
    limit_s = settings.crawl_timeout_s
    waiting: dict[str, list[Entry]] = {source.id: [] for source in wanted}
    ended = Reason("crawl_died", "no answer")
    try:
        for message in crawl(Job(sources=tuple(wanted), settings=settings, now=now, watched=tuple(themes)), limit_s):
            if isinstance(message, Page | Visit) and message.source_id in waiting:
                waiting[message.source_id] += message.entries
            if isinstance(message, Visit) and message.source_id in waiting:
                yield message, tuple(waiting.pop(message.source_id))
    except CrawlStopped as exc:
        ended = Reason("crawl_timeout", f"{limit_s:g}") if exc.at_limit else Reason("crawl_died", str(exc))
    for source_id, entries in waiting.items():
        yield Visit(source_id=source_id, outcome=FetchOutcome.FAILED, reason=ended), tuple(entries)
