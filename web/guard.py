"""What stands before every request: the host it is addressed to, the token, who asks for a change, and every answer's headers.

An ASGI layer of its own, so that no route can be added that escapes it. Without a token answer: health probes, unsubscribe
links (signed themselves) and the style sheet their page needs.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Collection
from urllib.parse import urlsplit

from pydantic import SecretStr
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.headers import SECURITY_HEADERS
from web.problems import Problem, problem_response

OPEN_PATHS = ("/livez", "/readyz")
OPEN_FOLDERS = ("/unsubscribe/", "/static/")
# Signed themselves: mail programs send the request on their own.
SIGNED_FOLDERS = ("/unsubscribe/",)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class Guard:
    """Refuses requests for other hosts (400), without the token where one is set (401), and changes for other sites (403)."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], token: SecretStr | None) -> None:
        self.app = app
        self.hosts = frozenset(hosts)
        self.token = None if token is None else token.get_secret_value().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope["method"], scope["path"], Headers(scope=scope))
        if refusal is None:
            await self.app(scope, receive, send_guarded)
        else:
            await problem_response(refusal)(scope, receive, send_guarded)

    def _refusal(self, method: str, path: str, headers: Headers) -> Problem | None:
        host = host_name(headers.get("host", ""))
        if host not in self.hosts:
            return Problem(400, "unknown host", "this server does not answer to that host name: add it to web.trusted_hosts")
        if method not in SAFE_METHODS and not path.startswith(SIGNED_FOLDERS) and _comes_from_elsewhere(headers):
            return Problem(403, "request of another site", "a change must be asked for on this site's own pages, or by a program")
        if self.token is None or path in OPEN_PATHS or path.startswith(OPEN_FOLDERS):
            return None
        if _presents(headers.get("authorization", ""), self.token):
            return None
        return Problem(
            401,
            "token needed",
            "send the access token as 'Authorization: Bearer …', or as the password when the browser asks",
            headers={"WWW-Authenticate": 'Basic realm="Zoom-Avant", charset="UTF-8"'},
        )


def host_name(header: str) -> str:
    """The host of a Host header, without port or brackets, lower case."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


def _comes_from_elsewhere(headers: Headers) -> bool:
    """Whether a browser says that another site sent this. Programs say nothing, and old browsers only ``Origin``."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    # "null" is what our own pages send, which tell no referrer; their forms carry a signature (``web.forms``).
    origin = headers.get("origin", "null")
    return origin != "null" and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _presents(authorization: str, token: bytes) -> bool:
    scheme, _, value = authorization.partition(" ")
    given = value.strip().encode("latin-1")  # as the header's bytes were read
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return secrets.compare_digest(given, token)
