"""Runs one crawl in a process of its own, because a reactor starts only once. Started from a server that has Scrapy loaded.

The child receives a Job and sends Visits back; it opens no database and inherits none.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from time import monotonic
from types import ModuleType
from typing import Any

from crawler.visit import CrawlEnd, Job

# Loaded once by the server, so that each crawl starts in a fraction of a second. None of these installs a reactor.
PRELOADED = [
    "crawler.worker",
    "crawler.settings",
    "crawler.spiders.collect",
    "crawler.pipelines",
    "crawler.collectors.feed",
    "crawler.manners.targets",
    "scrapy.crawler",
    "scrapy.core.engine",
    "scrapy.core.scraper",
    "scrapy.core.downloader.handlers.http11",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.spidermiddlewares.referer",
]
_starting = threading.Lock()


class CrawlStopped(Exception):
    """The crawl was stopped at its time limit, or ended by itself before its last message."""

    def __init__(self, *, at_limit: bool, exit_code: int | None) -> None:
        super().__init__("time limit" if at_limit else f"exit code {exit_code}")
        self.at_limit = at_limit
        self.exit_code = exit_code


def crawl(job: Job, limit_s: float) -> Iterator[Any]:
    """Yields what the crawl sends, as it comes. Raises CrawlStopped when it does not come to its own end within ``limit_s``."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    receiver, sender = context.Pipe(duplex=False)
    lifeline, held = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(job, sender, lifeline), name="zoom-avant-crawl", daemon=True)
    _start(process)
    sender.close()
    lifeline.close()
    deadline = monotonic() + limit_s
    try:
        while True:
            if not receiver.poll(max(0.0, deadline - monotonic())):
                raise CrawlStopped(at_limit=True, exit_code=None)
            try:
                message = receiver.recv()
            except (EOFError, OSError):
                process.join(5)
                raise CrawlStopped(at_limit=False, exit_code=process.exitcode) from None
            if isinstance(message, CrawlEnd):
                return
            yield message
    finally:
        receiver.close()
        held.close()
        process.join(2 if sys.exc_info()[0] is None else 0)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()


def run(job: Job, sender: Connection, lifeline: Connection) -> None:
    """The child's life: one crawl, given up as soon as the process that stores is gone."""
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.settings import Settings

    from crawler.settings import overrides
    from crawler.spiders.collect import CollectSpider

    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.setdict(overrides(job.settings), priority="cmdline")
    settings.setdict({"LOG_ENABLED": False, "LOG_INSTALL_ROOT_HANDLER": False}, priority="cmdline")
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    process = AsyncCrawlerProcess(settings)
    process.crawl(CollectSpider, job=job, deliver=sender.send)
    process.start()
    sender.send(CrawlEnd())
    sender.close()


def _end_with(lifeline: Connection) -> None:
    """Ends this process when the other side of ``lifeline`` is closed, by will or by SIGKILL."""
    lifeline.poll(None)
    os._exit(1)


def _start(process: Any) -> None:
    """Starts a child that does not import the program's main module again: it would load every model for nothing."""
    with _starting:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            process.start()
        finally:
            sys.modules["__main__"] = main
