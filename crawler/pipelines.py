"""Hands each finished visit to the process that stores it. The crawl itself holds no database and writes no file."""

from __future__ import annotations

import os
from typing import Any, Self

from scrapy.crawler import Crawler

from crawler.manners.pace import RetryAfterMiddleware
from crawler.manners.robots import RobotsMiddleware
from crawler.manners.tdm import TdmMiddleware
from crawler.visit import OriginAnswer


class DeliverVisits:
    """Sends visits, and what origins said, through the spider's ``deliver``; without one they pass (``scrapy crawl``)."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        deliver = getattr(self._crawler.spider, "deliver", None)
        if deliver is None:
            return item
        try:
            for answers in self._heard():
                while answers:
                    deliver(answers.pop(0))
            deliver(item)
        except OSError:
            os._exit(1)  # the process that stores is gone; nothing is held here, and the next crawl fetches the rest again
        return None

    def _heard(self) -> list[list[OriginAnswer]]:
        robots = self._crawler.get_downloader_middleware(RobotsMiddleware)
        tdm = self._crawler.get_downloader_middleware(TdmMiddleware)
        waits = self._crawler.get_downloader_middleware(RetryAfterMiddleware)
        found = [middleware.files.answers for middleware in (robots, tdm) if middleware is not None]
        return [*found, waits.answers] if waits is not None else found
