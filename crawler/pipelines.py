"""Hands each finished visit to the process that stores it. The crawl itself holds no database and writes no file."""

from __future__ import annotations

import os
from typing import Any, Self

from scrapy.crawler import Crawler

from crawler.manners.robots import RobotsMiddleware


class DeliverVisits:
    """Sends visits, and what robots.txt said, through the spider's ``deliver``; without one they pass (``scrapy crawl``)."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        deliver = getattr(self._crawler.spider, "deliver", None)
        if deliver is None:
            return item
        robots = self._crawler.get_downloader_middleware(RobotsMiddleware)
        try:
            while robots is not None and robots.answers:
                deliver(robots.answers.pop())
            deliver(item)
        except OSError:
            os._exit(1)  # the process that stores is gone; nothing is held here, and the next crawl fetches the rest again
        return None
