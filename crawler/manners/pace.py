"""Keeps to each host's pace: AutoThrottle, Crawl-delay, hosts that count as one, and Retry-After for every source of a host."""

from __future__ import annotations

import datetime as dt
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response

from crawler.manners.origins import OWN_FILE, known, now_of
from crawler.manners.refusal import Refusal
from crawler.manners.robots import RobotsMiddleware
from crawler.reasons import Reason
from crawler.timing import retry_after_s
from crawler.visit import OriginAnswer
from storage.model import FetchOutcome

# What is remembered of a host that asked to wait stands beside the files of origins, under this name.
WAITS = "retry-after"
_DEFAULT_S = 600
# Their Retry-After counts milliseconds.
_IN_MILLISECONDS = ("ops.epo.org",)


def slot_of(url: str, shared: dict[str, float]) -> str:
    """The host whose pace a request counts for: its own, or the domain all of whose hosts count as one."""
    host = (urlsplit(url).hostname or "").lower()
    return next((domain for domain in shared if host == domain or host.endswith("." + domain)), host)


class PaceMiddleware:
    """Gives each request its slot, and each slot the longest delay anyone asked for, before the first request goes out.

    Scrapy would leave a redirected request in the slot of the host it came from.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._shared = {domain: float(least) for domain, least in crawler.settings.getdict("ZOOM_SHARED_HOSTS").items()}
        self._pace_s = crawler.settings.getfloat("DOWNLOAD_DELAY")
        self.least: dict[str, float] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        slot = request.meta["download_slot"] = slot_of(request.url, self._shared)
        robots = self._crawler.get_downloader_middleware(RobotsMiddleware)
        asked = max(self._shared.get(slot, 0.0), robots.delay_s(request.url) if robots is not None else 0.0)
        if asked <= self.least.get(slot, 0.0):
            return
        self.least[slot] = asked
        assert self._crawler.engine is not None
        downloader = self._crawler.engine.downloader
        downloader.per_slot_settings[slot] = {"concurrency": 1, "delay": max(asked, self._pace_s)}
        if (running := downloader.slots.get(slot)) is not None:
            running.concurrency, running.delay = 1, max(asked, running.delay)


class PoliteThrottle(AutoThrottle):
    """AutoThrottle that never goes below what a host asks for."""

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        pace = self.crawler.get_downloader_middleware(PaceMiddleware)
        name = response.meta.get("download_slot", "")
        if pace is not None:
            slot.delay = max(slot.delay, pace.least.get(name, 0.0))


class RetryAfterMiddleware:
    """After a 429 or 503 a host is left alone for as long as it asks, by all its sources, in this crawl and the next ones."""

    def __init__(self, crawler: Crawler) -> None:
        self._shared = {domain: float(least) for domain, least in crawler.settings.getdict("ZOOM_SHARED_HOSTS").items()}
        self._now, self._started = now_of(crawler), monotonic()
        self._until: dict[str, dt.datetime] = {}
        self.answers: list[OriginAnswer] = []
        for answer in known(crawler, WAITS):
            self._until[answer.origin] = answer.asked_at + dt.timedelta(seconds=float(answer.text))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        until = self._until.get(self._host(request.url))
        if until is not None and until > self._now:
            raise Refusal(Reason("host_waits"), FetchOutcome.FAILED, int((until - self._now).total_seconds()))

    def process_response(self, request: Request, response: Response) -> Response:
        if response.status in (429, 503) and not (OWN_FILE in request.meta and "Retry-After" not in response.headers):
            host = self._host(request.url)
            asked = asked_by(response)
            wait_s = _DEFAULT_S if asked is None else asked
            asked_at = self._now + dt.timedelta(seconds=int(monotonic() - self._started))
            self._until[host] = asked_at + dt.timedelta(seconds=wait_s)
            self.answers.append(OriginAnswer(host, WAITS, response.status, str(wait_s), asked_at))
        return response

    def _host(self, url: str) -> str:
        slot = slot_of(url, self._shared)
        return slot if slot in self._shared else urlsplit(url).netloc.lower()


def asked_by(response: Response) -> int | None:
    """Seconds the Retry-After of an answer asks for, None where it has none that can be read."""
    value, sent = ((response.headers.get(name) or b"").decode("latin-1") for name in ("Retry-After", "Date"))
    return retry_after_s(value, dt.datetime.now(dt.UTC), sent=sent, in_milliseconds=counts_milliseconds(response.url))


def counts_milliseconds(url: str) -> bool:
    """Whether the Retry-After of this address counts milliseconds."""
    return urlsplit(url).hostname in _IN_MILLISECONDS
