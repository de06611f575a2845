"""What an answer says before anyone reads its body: refusals by status, bot checks, headers, moves. Pure."""

from __future__ import annotations

from scrapy.http import Response

from crawler.reasons import Reason
from storage.model import FetchOutcome

_PERMANENT = (301, 308)


def headers_of(response: Response) -> dict[str, str]:
    """The headers by lower-case name; several of one name are joined by commas."""
    return {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in response.headers.items()}


def refused(response: Response) -> tuple[FetchOutcome, Reason] | None:
    """What a status says when it is not an answer to read."""
    status = response.status
    if is_challenge(response):
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


def is_challenge(response: Response) -> bool:
    """Whether the answer is a page that wants to be sure of a person: marked as such, or known by its title."""
    if "cf-mitigated" in response.headers:
        return True
    start = response.body[:4096].lower()
    return b"<title>just a moment" in start and (b"<html" in start or b"<!doctype html" in start)


def moved_to(response: Response) -> str | None:
    """Where redirects led, when every one of them was permanent."""
    hops = response.meta.get("redirect_reasons", [])
    return response.url if hops and all(hop in _PERMANENT for hop in hops) else None
