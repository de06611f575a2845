"""Visits one source to say in one line what is wrong with it, or one site to find its feed. Stores nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from crawler.candidates import Candidate
from crawler.collectors.base import Entry, Watched
from crawler.config import CrawlerSettings
from crawler.discovery import MOST_REQUESTS
from crawler.normalize import canonical_url
from crawler.reasons import Reason
from crawler.states import quiet_since
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
    return check(source, settings, now, themes)


def check(source: Source, settings: CrawlerSettings, now: dt.datetime, themes: Iterable[Watched] = ()) -> SourceCheck:
    """Visits ``source`` from its beginning, due or not, enabled or not. Raises ConfigError for one without an address."""
    if source.url is None:
        raise ConfigError(f"the source '{source.id}' has no address: its documents were imported")
    fresh = replace(source, etag=None, last_modified=None, body_hash=None, cursor=None)
    short = settings.model_copy(update={"max_requests": min(CHECK_REQUESTS, settings.max_requests)})
    visit, entries = visited(fresh, short, now, themes)
    reason = visit.reason
    if reason is not None and reason.code == "more_to_come":
        reason = None
    if reason is None:
        if visit.outcome is FetchOutcome.STORED:
            since = quiet_since(entries, now)
            reason = Reason("quiet", since.isoformat()) if since else Reason("ok", str(len(entries)))
        else:
            reason = Reason("empty" if visit.outcome is FetchOutcome.EMPTY else "not_modified")
    return SourceCheck(source.id, visit.outcome is FetchOutcome.STORED, visit.outcome, len(entries), reason)


def discover(url: str, settings: CrawlerSettings, now: dt.datetime) -> Discovery:
    """Looks for feeds of the site at ``url`` by the real spider. Raises ConfigError for what is no web address."""
    address = url if "://" in url else f"https://{url}"
    if canonical_url(address) is None:
        raise ConfigError(f"'{url}' is not the address of a site: write it as https://site.example/news")
    site = Source(id="discover", name=address, kind=Kind.NEWS, url=address, collector="discover")
    visit, entries = visited(site, settings.model_copy(update={"max_requests": MOST_REQUESTS}), now)
    candidates = tuple(entry for entry in entries if isinstance(entry, Candidate))
    return Discovery(candidates, visit.reason if not candidates else None)


def visited(
    source: Source, settings: CrawlerSettings, now: dt.datetime, themes: Iterable[Watched] = ()
) -> tuple[Visit, tuple[Entry, ...]]:
    """One visit by the real spider: how it ended, and the entries of all its pages."""
    limit_s = min(settings.crawl_timeout_s, settings.max_requests * (settings.pace_s + settings.total_timeout_s) + 30)
    visit = Visit(source_id=source.id, outcome=FetchOutcome.FAILED, reason=Reason("crawl_died", "no answer"))
    entries: list[Entry] = []
    try:
        for message in crawl(Job(sources=(source,), settings=settings, now=now, watched=tuple(themes)), limit_s):
            if isinstance(message, Page | Visit):
                entries += message.entries
            if isinstance(message, Visit):
                visit = message
    except CrawlStopped as exc:
        code, detail = ("crawl_timeout", f"{limit_s:g}") if exc.at_limit else ("crawl_died", str(exc))
        visit = replace(visit, reason=Reason(code, detail))
    return visit, tuple(entries)
