"""Keeps to each host's pace: AutoThrottle, Crawl-delay, and Retry-After, which holds for every source of the host."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response

from crawler.manners.refusal import Refusal
from crawler.manners.robots import EXEMPT, RobotsMiddleware
from crawler.reasons import Reason
from storage.model import FetchOutcome

LONGEST_S = 24 * 3600
_DEFAULT_S = 600


class PoliteThrottle(AutoThrottle):
    """AutoThrottle that also keeps the Crawl-delay of robots.txt."""

    def _adjust_delay(self, slot: Slot, latency: float, response: Response) -> None:
        super()._adjust_delay(slot, latency, response)
        robots = self.crawler.get_downloader_middleware(RobotsMiddleware)
        if robots is not None:
            slot.delay = max(slot.delay, robots.delays.get(urlsplit(response.url).hostname or "", 0.0))


class RetryAfterMiddleware:
    """After a 429 or 503 a host is left alone for the rest of the crawl."""

    def __init__(self) -> None:
        self._waits: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls()

    def process_request(self, request: Request) -> None:
        wait_s = self._waits.get(_host(request.url))
        if wait_s is not None:
            raise Refusal(Reason("host_waits"), FetchOutcome.FAILED, wait_s)

    def process_response(self, request: Request, response: Response) -> Response:
        if response.status in (429, 503) and not (request.meta.get(EXEMPT) and "Retry-After" not in response.headers):
            asked = retry_after_s(response.headers.get("Retry-After"), dt.datetime.now(dt.UTC))
            self._waits[_host(request.url)] = _DEFAULT_S if asked is None else asked
        return response


def retry_after_s(value: bytes | str | None, now: dt.datetime) -> int | None:
    """Seconds asked for by a Retry-After header, seconds or an HTTP date; a past date is 0, nonsense is None, a day at most."""
    if value is None:
        return None
    text = (value.decode("latin-1") if isinstance(value, bytes) else value).strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_S)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
    return int(min(max((when - now).total_seconds(), 0), LONGEST_S))


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
