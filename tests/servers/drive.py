"""Drives a collector over real HTTP as the spider does, but for waits, which are only noted. For tests of one collector."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from crawler.collectors.base import Collector, Entry, Parsed, Payload, Task, Wanted
from crawler.reasons import Reason, Unreadable


@dataclass
class Driven:
    """What a visit did: the ``pages`` it read, the requests and waits it asked for, and why it ended where it did not end well.

    ``ended`` is the status of the answer that ended the visit, ``reason`` why an answer could not be read.
    """

    pages: list[Parsed] = field(default_factory=list)
    requests: list[Wanted] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    ended: int | None = None
    reason: Reason | None = None

    @property
    def entries(self) -> list[Entry]:
        return [entry for page in self.pages for entry in page.entries]

    @property
    def cursor(self) -> str | None:
        """Where the next visit goes on."""
        return next((page.cursor for page in reversed(self.pages) if page.cursor is not None), None)


def drive(collector: Collector, task: Task, *, limit: int = 200, pages: int | None = None) -> Driven:
    """One visit of at most ``limit`` requests; after ``pages`` pages it is broken off, as a killed crawl would be."""
    driven = Driven()
    with httpx.Client(timeout=10, follow_redirects=False, trust_env=False) as client:
        reading = collector.read(task)
        try:
            step = next(reading)
            while True:
                if isinstance(step, Parsed):
                    driven.pages.append(step)
                    if pages is not None and len(driven.pages) >= pages:
                        break
                    step = next(reading)
                    continue
                if len(driven.requests) >= limit:
                    break
                driven.requests.append(step)
                driven.waits.append(step.wait_s)
                payload = _send(client, step)
                if not (200 <= payload.status < 300 or payload.status in step.reads):
                    if not step.optional:
                        driven.ended = payload.status
                        break
                    payload = Payload(payload.url, payload.status, payload.headers, b"", Reason("status", str(payload.status)))
                step = reading.send(payload)
        except StopIteration:
            pass
        except Unreadable as exc:
            driven.reason = exc.reason
        finally:
            reading.close()
    return driven


def _send(client: httpx.Client, wanted: Wanted) -> Payload:
    origin = urlsplit(wanted.url)[:2]
    url, hops = httpx.URL(wanted.url), 0
    while True:
        own = (url.scheme, url.netloc.decode()) == origin
        headers = dict(wanted.headers)
        sent = url
        if own:
            headers |= {name: value.get_secret_value() for name, value in wanted.secret_headers.items()}
            for name, value in wanted.secret_query.items():
                sent = sent.copy_merge_params({name: value.get_secret_value()})
        response = client.request(wanted.method, sent, headers=headers, content=wanted.body or None)
        if not response.has_redirect_location or hops == 5 or response.status_code in wanted.reads:
            return Payload(
                str(url),
                response.status_code,
                {name.lower(): value for name, value in response.headers.items()},
                response.content,
            )
        url, hops = url.join(response.headers["location"]), hops + 1
