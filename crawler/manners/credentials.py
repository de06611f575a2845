"""Secrets of a request: added when it leaves, for one origin only, and nowhere else to be seen.

The request itself never carries them: its address, headers, logs and errors hold none. A redirect to another origin drops them
for the rest of the way, and what a server echoes is masked before anyone reads it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from pydantic import SecretStr
from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Headers, Response

from crawler.manners.head import BoundedFactory

SECRETS = "secrets"
MASK = "***"
# A shorter word might stand in any text: it is not masked in answers.
_SHORTEST = 6
_PORTS = {"http": 80, "https": 443}


def origin(url: str) -> str:
    """Scheme, host and port of an address, written one way: ``https://a.example``, ``http://a.example:8080``."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = f":{parts.port}" if parts.port not in (None, _PORTS.get(parts.scheme)) else ""
    return f"{parts.scheme}://{host}{port}"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What to add to a request to ``origin`` (as ``origin(url)`` writes it); stands in ``request.meta[SECRETS]``."""

    origin: str
    headers: Mapping[str, SecretStr] = field(default_factory=dict)
    query: Mapping[str, SecretStr] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Secrets({self.origin!r}, {[*self.headers, *self.query]})"

    def belongs_to(self, request: Request) -> bool:
        """Whether the request goes to the origin, and never was redirected away from it."""
        return all(origin(url) == self.origin for url in (*request.meta.get("redirect_urls", ()), request.url))

    def words(self) -> tuple[str, ...]:
        """Every form under which a secret may show up in an answer or an error, the longest first."""
        found: set[str] = set()
        for value in (*self.headers.values(), *self.query.values()):
            text = value.get_secret_value()
            parts = {text, *text.split()}
            if text.lower().startswith("basic "):
                parts |= set(_basic(text[6:]).split(":", 1))
            found |= parts | {quote(part, safe="") for part in parts} | {quote_plus(part) for part in parts}
        return tuple(sorted((word for word in found if len(word) >= _SHORTEST), key=len, reverse=True))

    def mask(self, text: str) -> str:
        for word in self.words():
            text = text.replace(word, MASK)
        return text


class _Leaving(Request):
    """The request as it goes over the wire; what is logged of it is the public address."""

    public = ""

    def __repr__(self) -> str:
        return f"<{self.method} {self.public}>"

    __str__ = __repr__


class SecretsHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP client, with the secrets of ``request.meta[SECRETS]`` added at the last moment."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool.retryAutomatically = False  # tries are counted: see crawler.manners.retries
        self._pool._factory = BoundedFactory

    async def download_request(self, request: Request) -> Response:
        secrets: Secrets | None = request.meta.get(SECRETS)
        if secrets is None or not secrets.belongs_to(request):
            return await super().download_request(request)
        leaving = request.replace(url=_with_query(request.url, secrets.query), cls=_Leaving)
        leaving.public = request.url
        for name, value in secrets.headers.items():
            leaving.headers[name] = value.get_secret_value()
        try:
            response = await super().download_request(leaving)
        except Exception as exc:
            exc.args = tuple(secrets.mask(part) if isinstance(part, str) else part for part in exc.args)
            exc.__cause__ = None  # its text is in the arguments above, and what is behind it may hold the address
            raise exc from None
        finally:
            if "download_latency" in leaving.meta:
                request.meta["download_latency"] = leaving.meta["download_latency"]
        return response.replace(url=request.url, headers=_masked(response.headers, secrets))


class EchoMiddleware:
    """Masks a secret that an answer repeats, in an error message for instance. Sits where bodies are decompressed."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls()

    def process_response(self, request: Request, response: Response) -> Response:
        secrets: Secrets | None = request.meta.get(SECRETS)
        if secrets is None:
            return response
        body = response.body
        for word in secrets.words():
            body = body.replace(word.encode(), MASK.encode())
        return response if body == response.body else response.replace(body=body)


def _with_query(url: str, query: Mapping[str, SecretStr]) -> str:
    if not query:
        return url
    added = urlencode({name: value.get_secret_value() for name, value in query.items()})
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def _masked(headers: Headers, secrets: Secrets) -> Headers:
    """The headers without the secrets; a Location that repeats them loses the parameters, so that it still leads somewhere."""
    found = Headers()
    for name, values in headers.items():
        texts = [value.decode("latin-1") for value in values]
        if name.lower() == b"location":
            texts = [_without(text, secrets) for text in texts]
        found.setlist(name, [secrets.mask(text).encode("latin-1") for text in texts])
    return found


def _without(location: str, secrets: Secrets) -> str:
    parts = urlsplit(location)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _is_secret(pair, secrets)]
    if len(kept) == len(parse_qsl(parts.query, keep_blank_values=True)):
        return location
    return urlunsplit(parts._replace(query=urlencode(kept)))


def _is_secret(pair: tuple[str, str], secrets: Secrets) -> bool:
    name, value = pair
    return name in secrets.query and secrets.query[name].get_secret_value() == value


def _basic(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
