"""The one generic spider: it visits each source of a job once and yields one Visit a source, whatever happens."""

from __future__ import annotations

import contextlib
import datetime as dt
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any

import scrapy
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.collectors.base import Parsed, Payload
from crawler.collectors.registry import collector_for
from crawler.manners.failures import explain
from crawler.manners.pace import retry_after_s
from crawler.manners.refusal import Refusal
from crawler.reasons import Reason, Unreadable
from crawler.visit import Job, Visit
from storage.errors import ConfigError
from storage.model import FetchOutcome, Kind, Source

PARSE_LIMIT_S = 20.0


class CollectSpider(scrapy.Spider):
    """Visits the sources of ``job``. By hand: ``scrapy crawl collect -a url=https://… -O visits.jsonl``."""

    name = "collect"

    def __init__(
        self,
        job: Job | None = None,
        deliver: Callable[[Any], None] | None = None,
        url: str | None = None,
        kind: str = "news",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if job is None:
            sources = (Source(id="by-hand", name="by hand", kind=Kind(kind), url=url),) if url else ()
            job = Job(sources=sources, settings={}, now=dt.datetime.now(dt.UTC))
        self.job = job
        self.deliver = deliver

    async def start(self) -> AsyncIterator[Any]:
        for source in self.job.sources:
            try:
                wanted = list(self._collector(source).requests(source, None))
                request = self._request(source, wanted[0].url, dict(wanted[0].headers)) if wanted else None
            except (ConfigError, ValueError) as exc:
                code = "collector" if isinstance(exc, ConfigError) else "scheme"
                yield Visit(source_id=source.id, outcome=FetchOutcome.BROKEN, reason=Reason(code, source.collector))
                continue
            if request is not None:
                yield request

    def read(self, response: Response, source: Source, started: float) -> Iterator[Visit]:
        """The answer of a source, as a visit."""
        elapsed_s = monotonic() - started
        try:
            visit = self._read(response, source)
        except Unreadable as exc:
            visit = Visit(source_id=source.id, outcome=FetchOutcome.BROKEN, reason=exc.reason)
        except Exception as exc:  # noqa: BLE001  one source's hostile bytes must not end the crawl: they are its own failure
            visit = Visit(source_id=source.id, outcome=FetchOutcome.BROKEN, reason=Reason("unreadable", type(exc).__name__))
        waits = [wait for wait in (visit.wait_s, wait_asked(response)) if wait is not None]
        yield replace(
            visit, status=response.status, bytes=len(response.body), elapsed_s=elapsed_s, wait_s=max(waits, default=None)
        )

    def _read(self, response: Response, source: Source) -> Visit:
        if (refused := _refused(response)) is not None:
            return Visit(source_id=source.id, outcome=refused[0], reason=refused[1])
        if response.status == 304:
            return Visit(source_id=source.id, outcome=FetchOutcome.NOT_MODIFIED)
        headers = {
            name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in response.headers.items()
        }
        if encoding := headers.get("content-encoding"):
            raise Unreadable("encoding", source.id, encoding[:40])
        with _time_limit(PARSE_LIMIT_S, source.id):
            parsed = self._collector(source).parse(Payload(response.url, response.status, headers, response.body), source)
        return _visit(source, parsed, response, headers)

    def fail(self, failure: Failure, source: Source, started: float) -> Iterator[Visit]:
        """The failure of a request, as a visit."""
        exc = failure.value or Exception("unknown failure")
        reason = explain(exc, failure.request.url, self.settings)  # type: ignore[attr-defined]
        outcome, wait_s = FetchOutcome.FAILED, None
        if isinstance(exc, Refusal):
            outcome, wait_s = exc.outcome, exc.wait_s
        elif reason.code in ("too_large", "address", "redirects"):
            outcome = FetchOutcome.BROKEN
        yield Visit(source_id=source.id, outcome=outcome, reason=reason, wait_s=wait_s, elapsed_s=monotonic() - started)

    def _collector(self, source: Source) -> Any:
        return collector_for(source.collector, max_items=self.settings.getint("ZOOM_MAX_ITEMS"))

    def _request(self, source: Source, url: str, headers: dict[str, str]) -> scrapy.Request:
        if source.etag:
            headers["If-None-Match"] = source.etag
        if source.last_modified:
            headers["If-Modified-Since"] = source.last_modified
        kept = {"source": source, "started": monotonic()}
        return scrapy.Request(
            url, headers=headers, callback=self.read, errback=self._errback(kept), cb_kwargs=kept, dont_filter=True
        )

    def _errback(self, kept: dict[str, Any]) -> Callable[[Failure], Iterator[Visit]]:
        return lambda failure: self.fail(failure, **kept)


def wait_asked(response: Response) -> int | None:
    """Seconds the headers ask to wait: Retry-After, Cache-Control max-age, or Expires minus Date."""
    now = dt.datetime.now(dt.UTC)
    waits = [retry_after_s(response.headers.get("Retry-After"), now)]
    for part in _header(response, "Cache-Control").lower().split(","):
        name, _, value = part.strip().partition("=")
        if name == "max-age" and value.strip('" ').isdigit():
            waits.append(int(value.strip('" ')[:9]))
    with contextlib.suppress(TypeError, ValueError, AttributeError, KeyError):
        expires, sent = (parsedate_to_datetime(_header(response, name)) for name in ("Expires", "Date"))
        waits.append(max(0, int((expires - sent).total_seconds())))
    return max((wait for wait in waits if wait is not None), default=None)


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")


def _visit(source: Source, parsed: Parsed, response: Response, headers: dict[str, str]) -> Visit:
    note = Reason("broke_off") if "dataloss" in response.flags else parsed.note
    return Visit(
        source_id=source.id,
        outcome=FetchOutcome.STORED if parsed.entries else FetchOutcome.EMPTY,
        reason=note,
        entries=parsed.entries,
        rejected=parsed.rejected,
        reserved=headers.get("tdm-reservation", "").strip() == "1" or "noai" in headers.get("x-robots-tag", "").lower(),
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        wait_s=parsed.ttl_s,
    )


def _refused(response: Response) -> tuple[FetchOutcome, Reason] | None:
    """What a status says when it is not an answer to read."""
    status = response.status
    if "cf-mitigated" in response.headers or (b"<title>Just a moment" in response.body[:4096]):
        return FetchOutcome.BLOCKED, Reason("challenge")
    if 200 <= status < 300 or status == 304:
        return None
    if status in (401, 402, 403, 407, 451):
        return FetchOutcome.BLOCKED, Reason("forbidden", str(status))
    if status == 410:
        return FetchOutcome.GONE, Reason("gone", "410")
    if status == 404:
        return FetchOutcome.BROKEN, Reason("not_found", "404")
    if status in (429, 503):
        return FetchOutcome.FAILED, Reason("slow_down", str(status))
    if 300 <= status < 400:
        return FetchOutcome.BROKEN, Reason("scheme" if "Location" in response.headers else "status", str(status))
    return FetchOutcome.FAILED, Reason("status", str(status))


@contextlib.contextmanager
def _time_limit(seconds: float, source_id: str) -> Iterator[None]:
    """Stops a parser that a hostile answer keeps busy. Does nothing outside the main thread, where no signal arrives."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signum: int, _frame: Any) -> None:
        raise Unreadable("slow_parse", source_id, f"{seconds:g}")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
