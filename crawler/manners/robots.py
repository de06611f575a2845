"""Obeys robots.txt (RFC 9309), strictly: one that cannot be read forbids, and so does one that asks for a password.

2xx: its rules. 401, 403: everything is refused, but for documented interfaces, whose gateways answer so to any unknown address.
Other 4xx: everything is allowed. 5xx, 429, or no answer: refused for this time. Asked once an origin and kept for a day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler

from crawler.manners.credentials import origin
from crawler.manners.origins import OWN_FILE, OriginFiles
from crawler.manners.refusal import Refusal
from crawler.reasons import Reason
from crawler.visit import OriginAnswer
from storage.model import FetchOutcome

PATH = "/robots.txt"
# In the meta of a request to a documented interface, not to what a site publishes for its readers.
INTERFACE = "interface"
_LONGEST_DELAY_S = 60.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What an origin allows: ``parsed`` rules, or a ``refusal`` of everything, or neither."""

    parsed: Protego | None = None
    refusal: Refusal | None = None
    is_locked: bool = False
    """Whether the refusal is only that robots.txt asks for a password."""

    def check(self, url: str, agent: str, *, is_interface: bool = False) -> None:
        """Raises Refusal when ``url`` is not for us."""
        if self.refusal is not None and not (self.is_locked and is_interface):
            raise self.refusal
        if self.parsed is not None and not self.parsed.can_fetch(url, agent):
            raise Refusal(Reason("robots", urlsplit(url).netloc))

    def delay_s(self, agent: str) -> float:
        delay = self.parsed.crawl_delay(agent) if self.parsed is not None else None
        return min(max(float(delay or 0), 0.0), _LONGEST_DELAY_S)


def read_rules(answer: OriginAnswer) -> Rules:
    """The rules in an answer of an origin."""
    if 200 <= answer.status < 300:
        return Rules(parsed=Protego.parse(answer.text))
    if answer.status in (401, 403):
        return Rules(refusal=Refusal(Reason("robots", f"HTTP {answer.status}")), is_locked=True)
    if 400 <= answer.status < 500 and answer.status != 429:
        return Rules()
    return unreachable(f"HTTP {answer.status}")


def unreachable(why: str) -> Rules:
    return Rules(refusal=Refusal(Reason("robots_unreachable", why), FetchOutcome.FAILED))


def _unasked(reason: Reason, exc: Exception) -> Rules:
    """Refuses for a host that cannot be reached at all with its own reason: robots.txt is not what is wrong with it."""
    if isinstance(exc, Refusal):
        return Rules(refusal=exc)
    if reason.code == "address":
        return Rules(refusal=Refusal(reason, FetchOutcome.BROKEN))
    if reason.code in ("unknown_host", "refused_connection"):
        return Rules(refusal=Refusal(reason, FetchOutcome.FAILED))
    return unreachable(str(reason))


class RobotsMiddleware:
    """Asks every origin before the first request to it, also after a redirect."""

    def __init__(self, crawler: Crawler) -> None:
        self._agent = crawler.settings["USER_AGENT"].split("/")[0].split()[0]
        self._exempt = {host.lower() for host in crawler.settings.getlist("ZOOM_DOCUMENTED_APIS")}
        self.files: OriginFiles[Rules] = OriginFiles(crawler, PATH, read_rules, _unasked)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get(OWN_FILE) == PATH or (urlsplit(request.url).hostname or "") in self._exempt:
            return
        rules = await self.files.of(origin(request.url))
        rules.check(request.url, self._agent, is_interface=bool(request.meta.get(INTERFACE)))

    def delay_s(self, url: str) -> float:
        """The Crawl-delay of the origin of ``url``, as far as it is known."""
        rules = self.files.known(origin(url))
        return rules.delay_s(self._agent) if rules is not None else 0.0
