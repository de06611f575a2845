"""Asks again after a failure that may pass: twice at most, later each time. What asks to wait is not asked again.

Inside a crawl only: the answer has reached nobody yet, so nothing can be delivered twice. After that the next visit is the retry.
"""

from __future__ import annotations

import asyncio
from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError, ResponseDataLossError
from scrapy.http import Response

# In the meta of a request: statuses its collector wants to read.
READS = "reads"
STATUSES = frozenset({408, 500, 502, 504})
_TIMES = 2
_LONGEST_S = 60.0


class RetryMiddleware:
    """Retries broken connections and passing failures of servers; not a name that is unknown, nor a full time limit spent."""

    def __init__(self, crawler: Crawler) -> None:
        self._pace_s = crawler.settings.getfloat("DOWNLOAD_DELAY")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Request | Response:
        may_pass = response.status in STATUSES and response.status not in request.meta.get(READS, ())
        if may_pass and "Retry-After" not in response.headers:
            return await self._again(request) or response
        return response

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:
        return await self._again(request) if isinstance(exception, DownloadFailedError | ResponseDataLossError) else None

    async def _again(self, request: Request) -> Request | None:
        times = request.meta.get("retry_times", 0)
        if times >= _TIMES:
            return None
        await asyncio.sleep(min(self._pace_s * 2 ** (times + 1), _LONGEST_S))
        again = request.replace(dont_filter=True)
        again.meta["retry_times"] = times + 1
        return again
