"""Obeys robots.txt (RFC 9309), strictly: one that cannot be read forbids, and so does one that asks for a password.

2xx: its rules. 401, 403: everything is refused. Other 4xx: everything is allowed. 5xx, or no answer: refused for this time.
Asked once an origin and kept for a day by the process that stores.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred

from crawler.manners.failures import explain
from crawler.manners.refusal import Refusal
from crawler.reasons import Reason
from crawler.visit import Job, RobotsAnswer
from storage.model import FetchOutcome

EXEMPT = "robots_exempt"
MAX_TEXT = 512 * 1024
_LONGEST_DELAY_S = 60.0


@dataclass(frozen=True, slots=True)
class Rules:
    """What an origin allows: ``parsed`` rules, or a ``refusal`` of everything, or neither."""

    parsed: Protego | None = None
    refusal: Refusal | None = None

    def check(self, url: str, agent: str) -> None:
        """Raises Refusal when ``url`` is not for us."""
        if self.refusal is not None:
            raise self.refusal
        if self.parsed is not None and not self.parsed.can_fetch(url, agent):
            raise Refusal(Reason("robots", urlsplit(url).netloc))

    def delay_s(self, agent: str) -> float:
        delay = self.parsed.crawl_delay(agent) if self.parsed is not None else None
        return min(float(delay or 0), _LONGEST_DELAY_S)


def read_rules(answer: RobotsAnswer) -> Rules:
    """The rules in an answer of an origin."""
    if 200 <= answer.status < 300:
        return Rules(parsed=Protego.parse(answer.text))
    if answer.status in (401, 403):
        return Rules(refusal=Refusal(Reason("robots", f"HTTP {answer.status}")))
    if 400 <= answer.status < 500 and answer.status != 429:
        return Rules()
    return unreachable(f"HTTP {answer.status}")


def unreachable(why: str) -> Rules:
    return Rules(refusal=Refusal(Reason("robots_unreachable", why), FetchOutcome.FAILED))


async def _branch(shared: Deferred[Rules]) -> Rules:
    """Waits for a result that others wait for too."""
    waiting: Deferred[Rules] = Deferred()

    def pass_on(rules: Rules) -> Rules:
        waiting.callback(rules)
        return rules

    shared.addCallback(pass_on)
    return await maybe_deferred_to_future(waiting)


def _unasked(reason: Reason, exc: Exception) -> Rules:
    """Refuses for a host that cannot be reached at all with its own reason: robots.txt is not what is wrong with it."""
    if isinstance(exc, Refusal):
        return Rules(refusal=exc)
    if reason.code == "address":
        return Rules(refusal=Refusal(reason, FetchOutcome.BROKEN))
    if reason.code in ("unknown_host", "refused_connection"):
        return Rules(refusal=Refusal(reason, FetchOutcome.FAILED))
    return unreachable(reason.en)


class RobotsMiddleware:
    """Asks every origin before the first request to it, also after a redirect."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._agent = crawler.settings["USER_AGENT"].split("/")[0].split()[0]
        self._rules: dict[str, Rules | Deferred[Rules]] = {}
        self.delays: dict[str, float] = {}
        self.answers: list[RobotsAnswer] = []
        job: Job | None = getattr(crawler.spider, "job", None)
        self._now = job.now if job else dt.datetime.now(dt.UTC)
        for answer in job.robots if job else ():
            self._learn(answer)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get(EXEMPT):
            return
        parts = urlsplit(request.url)
        rules = await self._ask(f"{parts.scheme}://{parts.netloc}")
        rules.check(request.url, self._agent)

    async def _ask(self, origin: str) -> Rules:
        known = self._rules.get(origin)
        if isinstance(known, Rules):
            return known
        if known is not None:
            return await _branch(known)
        asking: Deferred[Rules] = Deferred()
        self._rules[origin] = asking
        rules = await self._fetch(origin)
        self._rules[origin] = rules
        asking.callback(rules)
        return rules

    async def _fetch(self, origin: str) -> Rules:
        request = Request(f"{origin}/robots.txt", meta={EXEMPT: True}, callback=NO_CALLBACK, priority=1000, dont_filter=True)
        assert self._crawler.engine is not None
        try:
            response: Response = await self._crawler.engine.download_async(request)
        except Exception as exc:  # noqa: BLE001  whatever failed, the origin's will is unknown: that forbids
            return _unasked(explain(exc, request.url, self._crawler.settings), exc)
        answer = RobotsAnswer(origin, response.status, response.body[:MAX_TEXT].decode("utf-8", "replace"), self._now)
        if response.status < 500 and response.status != 429:
            self.answers.append(answer)
        return self._learn(answer)

    def _learn(self, answer: RobotsAnswer) -> Rules:
        rules = read_rules(answer)
        self._rules[answer.origin] = rules
        if delay := rules.delay_s(self._agent):
            self.delays[urlsplit(answer.origin).hostname or ""] = delay
        return rules
