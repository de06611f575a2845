"""Web servers on loopback, one a source, that publish as of any instant: feeds, article pages, outages.

A port each, because a crawler leaves a whole host alone when one of its answers asks for it. They answer as well-kept sites
do (ETag, Last-Modified, 304, robots.txt) and, during an outage, with 503.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from monitor.demo.documents import Corpus, Item, Outlet
from monitor.demo.feeds import CONTENT_TYPES, article, article_path, feed

HOST = "127.0.0.1"
# The first source's; preferred, so that a document has the same address, and so the same id, in every run.
FIRST_PORT = 18417
FEED_DAYS = 30
FEED_ITEMS = 40


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says to one request."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Site:
    """The sources at one instant, which ``show`` sets; ``bases`` says where each one is. Knows paths, not sockets."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.bases = {outlet.id: f"http://{HOST}:{FIRST_PORT + place}" for place, outlet in enumerate(corpus.outlets)}
        self._at = dt.datetime.combine(corpus.first_day, dt.time(0), dt.UTC)
        self._articles = {article_path(item): item for item in corpus.items}

    def show(self, at: dt.datetime) -> None:
        """Publishes everything up to ``at`` and nothing later."""
        self._at = at

    def address(self, outlet: Outlet) -> str:
        """The address of an outlet's feed."""
        return self.bases[outlet.id] + outlet.path

    def answer(self, outlet: Outlet, path: str, etag: str | None = None) -> Answer:
        """The answer of an outlet's server to a GET of ``path`` by a client that knows ``etag``."""
        if path == "/robots.txt":
            return Answer(HTTPStatus.OK, b"User-agent: *\nDisallow: /private/\n")
        if outlet.opens is not None and self._at.date() < outlet.opens:
            return Answer(HTTPStatus.NOT_FOUND)
        if self.corpus.is_out_of_order(outlet.id, self._at.date()):
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE)
        if path == outlet.path:
            return self._feed(outlet, etag)
        item = self._articles.get(path)
        if item is None or item.source != outlet.id or item.at > self._at:
            return Answer(HTTPStatus.NOT_FOUND)
        return Answer(HTTPStatus.OK, article(outlet, item), "text/html; charset=utf-8")

    def published(self, outlet: Outlet) -> tuple[Item, ...]:
        """What the feed of an outlet holds now, oldest first."""
        oldest = self._at - dt.timedelta(days=FEED_DAYS)
        return tuple(item for item in self.corpus.of(outlet.id) if oldest <= item.at <= self._at)[-FEED_ITEMS:]

    def _feed(self, outlet: Outlet, known: str | None) -> Answer:
        items = self.published(outlet)
        body = feed(outlet, items, self.bases[outlet.id])
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        headers = {"ETag": etag}
        if items:
            headers["Last-Modified"] = format_datetime(items[-1].at, usegmt=True)
        if known == etag:
            return Answer(HTTPStatus.NOT_MODIFIED, headers=headers)
        return Answer(HTTPStatus.OK, body, CONTENT_TYPES[outlet.dialect], headers)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site
    outlet: Outlet

    def do_GET(self) -> None:
        answer = self.site.answer(self.outlet, self.path.split("?")[0], self.headers.get("If-None-Match"))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_args: object) -> None:
        """The crawler keeps its own log of visits."""


@contextmanager
def serving(corpus: Corpus) -> Iterator[Site]:
    """The sites on loopback until the block ends, on the preferred ports or, where one is taken, on any free one."""
    site = Site(corpus)
    servers = []
    for place, outlet in enumerate(corpus.outlets):
        server = _bound(type("_BoundHandler", (_Handler,), {"site": site, "outlet": outlet}), FIRST_PORT + place)
        site.bases[outlet.id] = f"http://{HOST}:{server.server_address[1]}"
        servers.append(server)
    for server in servers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="demo-source", daemon=True).start()
    try:
        yield site
    finally:
        # All at once: each takes as long as its poll.
        ends = [threading.Thread(target=server.shutdown) for server in servers]
        for end in ends:
            end.start()
        for end in ends:
            end.join()
        for server in servers:
            server.server_close()


def _bound(handler: type[_Handler], port: int) -> ThreadingHTTPServer:
    try:
        server = ThreadingHTTPServer((HOST, port), handler)
    except OSError:
        server = ThreadingHTTPServer((HOST, 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    return server
