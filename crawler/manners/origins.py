"""The files in which an origin speaks about itself, robots.txt and tdmrep.json: each asked once, and kept for a day.

What was heard is handed to the process that stores, which gives it to the next crawl.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Generic, TypeVar

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred

from crawler.manners.failures import explain
from crawler.reasons import Reason
from crawler.visit import Job, OriginAnswer

# In the meta of a request for such a file: its path.
OWN_FILE = "origin_file"
MAX_TEXT = 512 * 1024

T = TypeVar("T")


class OriginFiles(Generic[T]):
    """What the origins say at ``path``, as ``read`` understands it; ``unread`` says what a failure to get it means."""

    def __init__(
        self, crawler: Crawler, path: str, read: Callable[[OriginAnswer], T], unread: Callable[[Reason, Exception], T]
    ) -> None:
        self._crawler, self._path, self._read, self._unread = crawler, path, read, unread
        self._found: dict[str, T | Deferred[T]] = {}
        self.answers: list[OriginAnswer] = []
        """What was heard and not yet handed on."""
        self.now = now_of(crawler)
        for answer in known(crawler, path):
            self._found[answer.origin] = read(answer)

    def known(self, origin: str) -> T | None:
        """What is known without asking."""
        found = self._found.get(origin)
        return None if isinstance(found, Deferred) else found

    async def of(self, origin: str) -> T:
        """What ``origin`` says, asked for when it is not known. Never raises."""
        found = self._found.get(origin)
        if isinstance(found, Deferred):
            return await _branch(found)
        if found is not None:
            return found
        asking: Deferred[T] = Deferred()
        self._found[origin] = asking
        result = await self._ask(origin)
        self._found[origin] = result
        asking.callback(result)
        return result

    async def _ask(self, origin: str) -> T:
        longest = max(self._crawler.settings.getint("DOWNLOAD_MAXSIZE"), MAX_TEXT)
        request = Request(
            origin + self._path,
            meta={OWN_FILE: self._path, "download_maxsize": longest},
            callback=NO_CALLBACK,
            priority=1000,
            dont_filter=True,
        )
        assert self._crawler.engine is not None
        try:
            response: Response = await self._crawler.engine.download_async(request)
        except Exception as exc:  # noqa: BLE001  whatever failed: what it means is for the file's reader to say
            return self._unread(explain(exc, request.url, self._crawler.settings), exc)
        answer = OriginAnswer(origin, self._path, response.status, whole_lines(response.body), self.now)
        if response.status < 500 and response.status != 429:
            self.answers.append(answer)
        return self._read(answer)


def whole_lines(body: bytes) -> str:
    """The text of a file, cut after the last line that fits: half a line could forbid or allow too much."""
    if len(body) > MAX_TEXT:
        body = body[: body.rfind(b"\n", 0, MAX_TEXT) + 1] or body[:MAX_TEXT]
    return body.decode("utf-8-sig", "replace")


def known(crawler: Crawler, path: str) -> list[OriginAnswer]:
    """What earlier crawls heard at ``path``."""
    job: Job | None = getattr(crawler.spider, "job", None)
    return [answer for answer in job.origins if answer.path == path] if job else []


def now_of(crawler: Crawler) -> dt.datetime:
    """The time the crawl happens at."""
    job: Job | None = getattr(crawler.spider, "job", None)
    return job.now if job else dt.datetime.now(dt.UTC)


async def _branch(shared: Deferred[T]) -> T:
    """Waits for a result that others wait for too."""
    waiting: Deferred[T] = Deferred()

    def pass_on(result: T) -> T:
        waiting.callback(result)
        return result

    shared.addCallback(pass_on)
    return await maybe_deferred_to_future(waiting)
