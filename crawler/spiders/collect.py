"""The one generic spider: it drives the collector of each source of a job and yields its pages and one Visit, come what may."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import re
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import scrapy
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.collectors.base import Parsed, Payload, Task, Wanted
from crawler.collectors.registry import READER_VERSION, READERS, collector_for
from crawler.config import CrawlerSettings
from crawler.manners.credentials import SECRETS, Secrets, origin
from crawler.manners.failures import explain
from crawler.manners.pace import counts_milliseconds
from crawler.manners.refusal import Refusal
from crawler.manners.retries import READS
from crawler.manners.robots import INTERFACE
from crawler.manners.tdm import TDM, TdmMiddleware
from crawler.reasons import Reason, Unreadable
from crawler.spiders.answers import headers_of, moved_to, refused
from crawler.spiders.running import Running, hash_of
from crawler.timing import wait_asked
from crawler.visit import Job, Page, Visit
from storage.errors import ConfigError
from storage.model import FetchOutcome, Kind, Source

PARSE_LIMIT_S = 20.0
LONGEST_URL = 6_000
_BROKEN = ("too_large", "address", "redirects", "no_http", "headers", "no_address")
_MAIL = re.compile(r"mailto:([^\s;,)]+)")

Found = Page | Visit | scrapy.Request


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
            job = Job(sources=sources, settings=CrawlerSettings(), now=dt.datetime.now(dt.UTC))
        self.job = job
        self.deliver = deliver
        contact = _MAIL.search(job.settings.user_agent)
        self.contact = contact[1] if contact else ""

    async def start(self) -> AsyncIterator[Any]:
        for source in self.job.sources:
            try:
                reading = collector_for(source.collector).read(self._task(source))
            except ConfigError:
                yield Visit(source_id=source.id, outcome=FetchOutcome.BROKEN, reason=Reason("collector", source.collector))
                continue
            for found in self._go_on(Running(source, reading), None):
                yield found

    async def read(self, response: Response, run: Running, wanted: Wanted) -> AsyncIterator[Found]:
        """An answer: handed to the collector, or the end of the visit."""
        run.status, run.bytes = response.status, run.bytes + len(response.body)
        headers = headers_of(response)
        if wanted.conditional or run.requests == 1:
            run.moved_to = moved_to(response)
        if run.requests == 1 or response.status in (429, 503):
            self._note_waits(response.url, headers, run)
        if response.status in wanted.reads:
            answer: Payload | Visit = Payload(response.url, response.status, headers, response.body)
        elif (refusal := refused(response)) is not None:
            answer = _declined(run, wanted, response.url, response.status, *refusal)
        elif response.status == 304:
            answer = run.ended(FetchOutcome.NOT_MODIFIED)
        elif encoding := headers.get("content-encoding"):
            reason = Reason("encoding", encoding[:40])
            answer = _declined(run, wanted, response.url, response.status, FetchOutcome.BROKEN, reason)
        else:
            answer = self._received(response, run, wanted, headers)
        for found in self._then(answer, run):
            yield await _in_time(found)

    async def fail(self, failure: Failure, run: Running, wanted: Wanted) -> AsyncIterator[Found]:
        """The failure of a request."""
        exc = failure.value or Exception("unknown failure")
        reason = explain(exc, failure.request.url, self.settings)  # type: ignore[attr-defined]
        outcome, wait_s = FetchOutcome.FAILED, None
        if isinstance(exc, Refusal):
            outcome, wait_s = exc.outcome, exc.wait_s
        elif reason.code in _BROKEN:
            outcome = FetchOutcome.BROKEN
        for found in self._then(_declined(run, wanted, wanted.url, 0, outcome, reason, wait_s), run):
            yield await _in_time(found)

    def _received(self, response: Response, run: Running, wanted: Wanted, headers: dict[str, str]) -> Payload | Visit:
        said = response.meta.get(TDM)
        run.reserved = (said is not None and said.reserved) or (wanted.optional and run.list_reserved)
        run.list_reserved = run.list_reserved if wanted.optional else run.reserved
        if wanted.conditional or run.tdm is None:
            run.tdm = str(said) if said is not None else run.tdm
        if wanted.conditional:
            run.etag, run.last_modified = headers.get("etag"), headers.get("last-modified")
            run.body_hash = hash_of(response.body)
            if run.source.reader == READER_VERSION and run.source.body_hash == run.body_hash:
                return run.ended(FetchOutcome.NOT_MODIFIED)
        if "dataloss" in response.flags:
            run.damage = Reason("broke_off")
        return Payload(response.url, response.status, headers, response.body)

    def _then(self, answer: Payload | Visit, run: Running) -> Iterator[Found]:
        if isinstance(answer, Visit):
            yield answer
        else:
            yield from self._go_on(run, answer)

    def _go_on(self, run: Running, payload: Payload | None) -> Iterator[Found]:
        """Lets the collector read on until it wants something, or is done."""
        try:
            while True:
                with _time_limit(PARSE_LIMIT_S, run.source.id):
                    step = next(run.reading) if payload is None else run.reading.send(payload)
                payload = None
                if isinstance(step, Parsed):
                    if (page := run.take(self._marked(step))) is not None:
                        yield page
                    continue
                if (page := run.hand_on()) is not None:
                    yield page
                if run.requests >= self.job.settings.max_requests:
                    yield run.ended(reason=Reason("more_to_come", str(run.requests)))
                else:
                    yield self._request(run, step)
                return
        except StopIteration:
            yield run.ended()
        except Unreadable as exc:
            yield run.ended(FetchOutcome.BROKEN, exc.reason)
        except ConfigError as exc:
            yield run.ended(FetchOutcome.BROKEN, Reason("settings", str(exc)[:300]))
        except Exception as exc:  # noqa: BLE001  one source's hostile bytes must not end the crawl: they are its own failure
            yield run.ended(FetchOutcome.BROKEN, Reason("unreadable", type(exc).__name__))

    def _marked(self, parsed: Parsed) -> Parsed:
        """The entries, those marked as reserved whose own address the site reserves."""
        tdm = self.crawler.get_downloader_middleware(TdmMiddleware)
        if tdm is None:
            return parsed
        entries = [
            replace(entry, reserved=True) if entry.url and not entry.reserved and tdm.reserves(entry.url) else entry
            for entry in parsed.entries
        ]
        return replace(parsed, entries=tuple(entries))

    def _note_waits(self, url: str, headers: dict[str, str], run: Running) -> None:
        asked, odd = wait_asked(headers, dt.datetime.now(dt.UTC), in_milliseconds=counts_milliseconds(url))
        if asked is not None:
            run.waits.append(asked)
        if odd is not None:
            run.note = run.note or Reason("odd_schedule", odd)

    def _task(self, source: Source) -> Task:
        settings = self.job.settings
        return Task(
            source=source,
            now=self.job.now,
            watched=self.job.watched,
            credentials=settings.credentials,
            contact=self.contact,
            max_items=settings.max_items,
        )

    def _request(self, run: Running, wanted: Wanted) -> scrapy.Request:
        """The request as Scrapy makes it. Raises Unreadable for an address that is none."""
        if len(wanted.url) > LONGEST_URL:
            raise Unreadable("long_address", run.source.id, str(len(wanted.url)))
        run.requests += 1
        headers = dict(wanted.headers)
        source = run.source
        if wanted.conditional and source.reader == READER_VERSION:
            headers |= {"If-None-Match": source.etag} if source.etag else {}
            headers |= {"If-Modified-Since": source.last_modified} if source.last_modified else {}
        meta: dict[str, Any] = {
            "wait_s": wanted.wait_s if self.job.settings.pace_s else 0.0,
            READS: wanted.reads,
            INTERFACE: source.collector not in READERS,
        }
        if wanted.max_bytes is not None:
            meta["download_maxsize"] = wanted.max_bytes
        if wanted.timeout_s is not None:
            meta["download_timeout"] = wanted.timeout_s
        if wanted.secret_headers or wanted.secret_query:
            meta[SECRETS] = Secrets(origin(wanted.url), wanted.secret_headers, wanted.secret_query)
        try:
            return scrapy.Request(
                wanted.url,
                method=wanted.method,
                body=wanted.body,
                headers=headers,
                meta=meta,
                callback=self.read,
                errback=lambda failure: self.fail(failure, run, wanted),
                cb_kwargs={"run": run, "wanted": wanted},
                dont_filter=True,
            )
        except ValueError as exc:
            raise Unreadable("scheme", source.id) from exc


def _declined(
    run: Running,
    wanted: Wanted,
    url: str,
    status: int,
    outcome: FetchOutcome,
    reason: Reason,
    wait_s: int | None = None,
) -> Payload | Visit:
    """What comes of a request that brought nothing: the end of the visit, unless the collector can do without."""
    if wanted.optional and reason.code not in ("slow_down", "host_waits"):
        run.reserved = run.list_reserved
        return Payload(url, status, {}, b"", reason)
    return run.ended(outcome, reason, wait_s)


async def _in_time(found: Found) -> Found:
    """A request waits for its time before it is handed to the downloader."""
    if isinstance(found, scrapy.Request) and found.meta["wait_s"]:
        await asyncio.sleep(found.meta["wait_s"])
    return found


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
