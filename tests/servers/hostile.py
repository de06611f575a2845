"""Answers no honest server gives: bytes sent as they are, answers without end, bombs of every encoding. Routes for ``Site``."""

from __future__ import annotations

import contextlib
import gzip
import logging
import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self

import brotli
from backports import zstd
from scrapy.crawler import Crawler
from twisted.internet._resolver import HostResolution
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

from crawler.manners.address import GuardedResolver
from tests.servers.http import Handler, Route

MB = 1_000_000


def raw(*parts: bytes) -> Route:
    """Sends the bytes as they are, status line included or not, and closes the connection."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        for part in parts:
            handler.wfile.write(part)

    return answer


def forever(start: bytes, again: bytes, *, every_s: float = 0.0) -> Route:
    """Sends ``start``, then ``again`` until the other side goes away or the site closes."""

    def answer(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(start)
        while not handler.site.closing.wait(every_s):
            handler.wfile.write(again)

    return answer


def encoded(body: bytes, *encodings: str) -> Route:
    """Sends a body that is compressed already, under the encodings its header names."""
    head = (
        f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/xml\r\nContent-Encoding: {', '.join(encodings)}\r\n"
    )
    return raw(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode(), body)


@cache
def bomb(encoding: str, megabytes: int = 1000) -> bytes:
    """A few kilobytes that become ``megabytes``."""
    block = b"a" * MB
    if encoding == "br":
        packer = brotli.Compressor(quality=5)
        return (
            packer.process(b"<rss>" + block * 8)
            + b"".join(packer.process(block * 8) for _ in range(megabytes // 8))
            + packer.finish()
        )
    if encoding == "zstd":
        wide = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
        return b"".join(wide.compress(block) for _ in range(megabytes)) + wide.flush()
    squeezed = zlib.compressobj(9, zlib.DEFLATED, {"gzip": 31, "deflate": 15, "raw deflate": -15}[encoding])
    return b"".join(squeezed.compress(block) for _ in range(megabytes)) + squeezed.flush()


def wrapped(body: bytes, times: int) -> bytes:
    """``body`` compressed by gzip again and again."""
    for _ in range(times):
        body = gzip.compress(body, 1 if times < 50 else 0)
    return body


@contextmanager
def peak_of_children(every_s: float = 0.02) -> Iterator[list[int]]:
    """The most memory, in bytes, that any one process started by this one ever held; one number, filled meanwhile."""
    found, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(every_s):
            found[0] = max([found[0], *map(_peak, _descendants(os.getpid()))])

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield found
    finally:
        done.set()
        looking.join()


def _descendants(pid: int) -> Iterator[int]:
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, listed.read_text().split()):
                yield child
                yield from _descendants(child)


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)


class ChangingResolver(GuardedResolver):
    """The crawler's resolver over a name service that says something else each time: ``ZOOM_TEST_ADDRESSES``, turn by turn."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:
        found = super().from_crawler(crawler, reactor)
        found._original = _Turns(crawler.settings.getlist("ZOOM_TEST_ADDRESSES"))
        return found


@implementer(IHostnameResolver)
class _Turns:
    def __init__(self, turns: list[list[str]]) -> None:
        self.turns = turns

    def resolveHostName(self, receiver: Any, name: str, port: int = 0, *_: Any, **__: Any) -> Any:  # noqa: N802
        addresses = self.turns.pop(0)
        logging.getLogger("turns").info("resolved %s to %s", name, addresses)
        resolution = HostResolution(name)
        receiver.resolutionBegan(resolution)
        for address in addresses:
            receiver.addressResolved((IPv6Address if ":" in address else IPv4Address)("TCP", address, port))
        receiver.resolutionComplete()
        return resolution
