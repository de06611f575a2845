"""How this process's urllib leaves the house, and slack-sdk with it: by the web, to public addresses, never along a redirect.

Connects to the very address that was checked. Addresses and ``localhost`` written in the settings are the operator's own word.
With a proxy in the environment the proxy connects, and the check is its own.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import urllib.request
from typing import Any

from storage.addresses import named_by_operator, permitted


def guard_urllib() -> None:
    """Makes ``urllib.request.urlopen`` of this process keep to the rules above. Doing it twice changes nothing."""
    opener = urllib.request.OpenerDirector()  # build_opener would add files, FTP and data addresses
    for handler in (
        *(urllib.request.ProxyHandler, urllib.request.UnknownHandler, _Http, _Https, _NoRedirect),
        *(urllib.request.HTTPDefaultErrorHandler, urllib.request.HTTPErrorProcessor),
    ):
        opener.add_handler(handler())
    urllib.request.install_opener(opener)


def _connect(address: tuple[str, int], timeout: Any = None, source_address: Any = None) -> socket.socket:
    host, port = address
    failure: OSError | None = None
    for found in permitted(host, port, named_by_operator(host)):
        try:
            return socket.create_connection((found, port), timeout, source_address)
        except OSError as exc:
            failure = exc
    assert failure is not None
    raise failure


class _HttpConnection(http.client.HTTPConnection):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._create_connection = _connect


class _HttpsConnection(http.client.HTTPSConnection):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._create_connection = _connect


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_HttpConnection, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_HttpsConnection, req, context=ssl.create_default_context())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like another: following it would carry the token along."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None
