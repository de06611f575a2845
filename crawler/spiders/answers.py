"""What an answer says before anyone reads its body: refusals by status, waits, headers, opt-outs. Pure."""

from __future__ import annotations

import contextlib
import datetime as dt
from email.utils import parsedate_to_datetime

from scrapy.http import Response

from crawler.manners.pace import retry_after_s
from crawler.reasons import Reason
from storage.model import FetchOutcome

_PERMANENT = (301, 308)


def headers_of(response: Response) -> dict[str, str]:
    """The headers by lower-case name; several of one name are joined by commas."""
    return {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in response.headers.items()}


def refused(response: Response) -> tuple[FetchOutcome, Reason] | None:
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


def is_reserved(headers: dict[str, str]) -> bool:
    """Whether the headers of an answer reserve text and data mining."""
    return headers.get("tdm-reservation", "").strip() == "1" or "noai" in headers.get("x-robots-tag", "").lower()


def moved_to(response: Response) -> str | None:
    """Where redirects led, when every one of them was permanent."""
    hops = response.meta.get("redirect_reasons", [])
    return response.url if hops and all(hop in _PERMANENT for hop in hops) else None


def _header(response: Response, name: str) -> str:
    return (response.headers.get(name) or b"").decode("latin-1")
