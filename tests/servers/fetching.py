"""Requests through the crawler's own Scrapy settings in a process of its own, with its whole debug log. For tests of manners."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crawler.config import CrawlerSettings

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Fetched:
    """What came of each request, by its first address, and everything that was logged meanwhile."""

    answers: Mapping[str, dict[str, Any]]
    log: str
    sent: tuple[dict[str, Any], ...] = ()
    """Path and time of every request that left, when the extension ``Sent`` was asked for."""


class Sent:
    """Tells when each request leaves for the network."""

    @classmethod
    def from_crawler(cls, crawler: Any) -> Sent:
        from scrapy import signals

        found = cls()
        crawler.signals.connect(found.headers, signal=signals.headers_received)
        return found

    def headers(self, request: Any) -> None:
        path = urlsplit(request.url).path
        sys.stdout.write(json.dumps({"path": path, "sent": time.monotonic()}) + "\n")


def fetch(
    urls: Sequence[str],
    settings: CrawlerSettings,
    *,
    secret_headers: Mapping[str, str] | None = None,
    secret_query: Mapping[str, str] | None = None,
    scrapy: Mapping[str, Any] | None = None,
) -> Fetched:
    """Asks for every address with the secrets given; ``scrapy`` lays settings over the project's."""
    order = {
        "urls": list(urls),
        "settings": settings.model_dump(mode="json", exclude={"credentials"}),
        "secret_headers": dict(secret_headers or {}),
        "secret_query": dict(secret_query or {}),
        "scrapy": dict(scrapy or {}),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.servers.fetching"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise AssertionError(done.stderr[-2000:])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    answers = {row["asked"]: row for row in rows if "asked" in row}
    return Fetched(answers, done.stderr, tuple(row for row in rows if "sent" in row))


def main() -> None:
    order = json.load(sys.stdin)
    from pydantic import SecretStr
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess
    from scrapy.http import Response
    from scrapy.settings import Settings
    from twisted.python.failure import Failure

    from crawler.manners.credentials import SECRETS, Secrets, origin
    from crawler.manners.failures import explain
    from crawler.settings import overrides

    def tell(**found: Any) -> None:
        sys.stdout.write(json.dumps(found) + "\n")

    class Asking(Spider):
        name = "asking"

        async def start(self) -> AsyncIterator[Any]:
            for url in order["urls"]:
                secrets = Secrets(
                    origin(url),
                    *({k: SecretStr(v) for k, v in order[part].items()} for part in ("secret_headers", "secret_query")),
                )
                meta = {SECRETS: secrets} if secrets.headers or secrets.query else {}
                kept = {"asked": url}
                yield Request(
                    url,
                    meta=meta,
                    cb_kwargs=kept,
                    dont_filter=True,
                    callback=self.read,
                    errback=self.failing(url),
                )

        def read(self, response: Response, asked: str) -> None:
            headers = {name.decode().lower(): b", ".join(values).decode("latin-1") for name, values in response.headers.items()}
            latency = response.meta.get("download_latency")
            tell(
                asked=asked,
                url=response.url,
                status=response.status,
                body=response.body.decode("latin-1"),
                headers=headers,
                latency=latency,
                meta=repr(response.meta),
                request=repr(response.request),
            )

        def failing(self, asked: str) -> Callable[[Failure], None]:
            return lambda failure: self.fail(failure, asked)

        def fail(self, failure: Failure, asked: str) -> None:
            exc = failure.value
            assert exc is not None
            request = failure.request  # type: ignore[attr-defined]
            logging.getLogger("asking").warning("failed: %s\n%s", exc, failure.getTraceback())
            tell(asked=asked, url=request.url, error=str(exc), reason=str(explain(exc, request.url, self.settings)))

    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.setdict(overrides(CrawlerSettings.model_validate(order["settings"])), priority="cmdline")
    settings.setdict({"LOG_LEVEL": "DEBUG", **order["scrapy"]}, priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    process.crawl(Asking)
    process.start()


if __name__ == "__main__":
    main()
