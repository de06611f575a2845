"""Bounds what comes before the body of an answer: status line, headers, interim answers. Twisted reads them without end."""

from __future__ import annotations

from scrapy.core.downloader.handlers.http11 import (
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.web._newclient import HTTP11ClientProtocol, Request
from twisted.web.iweb import IResponse

MOST_BYTES = 262_144


class HeadTooLong(Exception):
    """More bytes than ``MOST_BYTES`` came before the body, interim answers included, or one line was too long."""


class _BoundedParser(_LenientHTTPClientParser):
    received = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        self.received += len(line) + 1
        if self.received > MOST_BYTES:
            raise HeadTooLong
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        raise HeadTooLong


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: Request) -> Deferred[IResponse]:
        answer: Deferred[IResponse] = super().request(request)
        if self._parser is not None:  # the protocol names its parser's class itself: it is changed as Scrapy changes it
            self._parser.__class__ = _BoundedParser
        return answer


class BoundedFactory(_LenientHTTP11ClientFactory):
    """Makes the connections of a pool. An answer whose head is too long fails with ``HeadTooLong`` among its reasons."""

    def buildProtocol(self, addr: IAddress | None) -> HTTP11ClientProtocol:  # noqa: N802
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]
