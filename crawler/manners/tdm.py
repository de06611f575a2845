"""Reads what a site says about text and data mining (TDM Reservation Protocol, W3C community report of 2024-05).

An answer's headers prevail over its origin's ``/.well-known/tdmrep.json``, which is asked once a day. Reserved means: title, link
and date are kept, the text is not. A file that cannot be read says nothing; that is no licence, a source's ``rights`` still hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.manners.credentials import origin
from crawler.manners.origins import OWN_FILE, OriginFiles
from crawler.visit import OriginAnswer

PATH = "/.well-known/tdmrep.json"
# In the meta of an answer: the Reservation found, or None.
TDM = "tdm"
_MAX_RULES = 200
_MAX_POLICY = 300


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was said, and where: ``tdm-reservation``, ``x-robots-tag`` or ``tdmrep.json``; perhaps with a policy's address."""

    reserved: bool
    where: str
    policy: str | None = None

    def __str__(self) -> str:
        said = f"{'reserved' if self.reserved else 'free'} {self.where}"
        return f"{said} {self.policy}" if self.policy else said


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of a tdmrep.json; ``pattern`` matches paths as robots.txt does."""

    length: int
    pattern: Protego
    reservation: Reservation

    def holds_for(self, url: str) -> bool:
        return not self.pattern.can_fetch(url, "*")


def read_rules(answer: OriginAnswer) -> tuple[Rule, ...]:
    """The rules of a tdmrep.json; entries that make no sense are left out, and a file that is none has no rule."""
    if not 200 <= answer.status < 300:
        return ()
    try:
        rows = json.loads(answer.text)
    except (ValueError, RecursionError):
        return ()
    rows = rows if isinstance(rows, list) else [rows]
    return tuple(rule for row in rows[:_MAX_RULES] if (rule := _rule(row)) is not None)


def said_by_file(rules: tuple[Rule, ...], url: str) -> Reservation | None:
    """What the longest matching location says; where two of the same length differ, the reservation."""
    held = [rule for rule in rules if rule.holds_for(url)]
    return max(held, key=lambda rule: (rule.length, rule.reservation.reserved)).reservation if held else None


def said_by_headers(headers: Mapping[str, str], agent: str = "") -> Reservation | None:
    """What the headers of an answer (names in lower case) say: a ``noai`` for everyone or for us, or ``tdm-reservation``."""
    if _is_noai(headers.get("x-robots-tag", ""), agent):
        return Reservation(True, "x-robots-tag")
    value = headers.get("tdm-reservation", "").strip()
    if value not in ("0", "1"):
        return None
    return Reservation(value == "1", "tdm-reservation", _policy(headers.get("tdm-policy")))


class TdmMiddleware:
    """Notes on every answer, as ``meta[TDM]``, whether text and data mining is reserved for it."""

    def __init__(self, crawler: Crawler) -> None:
        self._agent = crawler.settings["USER_AGENT"].split("/")[0].split()[0]
        self.files: OriginFiles[tuple[Rule, ...]] = OriginFiles(crawler, PATH, read_rules, lambda *_: ())

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        if OWN_FILE in request.meta or not 200 <= response.status < 300:
            return response
        headers = {
            name.decode("latin-1").lower(): b",".join(values).decode("latin-1") for name, values in response.headers.items()
        }
        said = said_by_headers(headers, self._agent)
        request.meta[TDM] = said or said_by_file(await self.files.of(origin(response.url)), response.url)
        return response

    def reserves(self, url: str) -> bool:
        """Whether the origin of ``url``, as far as it was asked already, reserves that address."""
        said = said_by_file(self.files.known(origin(url)) or (), url)
        return said is not None and said.reserved


def _rule(row: Any) -> Rule | None:
    if not isinstance(row, dict):
        return None
    location, value = row.get("location"), row.get("tdm-reservation")
    if not isinstance(location, str) or isinstance(value, bool) or str(value) not in ("0", "1"):
        return None
    parts = urlsplit(location)
    path = location if not parts.scheme else parts.path + (f"?{parts.query}" if parts.query else "")
    path = path if path.startswith(("/", "*")) else "/" + path
    if re.search(r"[\s#]", path) or len(path) > 2000:
        return None
    reservation = Reservation(str(value) == "1", "tdmrep.json", _policy(row.get("tdm-policy")))
    return Rule(len(path), Protego.parse(f"User-agent: *\nDisallow: {path}"), reservation)


def _policy(value: object) -> str | None:
    """The address of a policy, when it is one that may be shown."""
    text = value.strip() if isinstance(value, str) else ""
    return text if re.fullmatch(r"https?://[^\s\"'<>]+", text) and len(text) <= _MAX_POLICY else None


def _is_noai(value: str, agent: str) -> bool:
    """Whether an X-Robots-Tag says ``noai`` to all, or to ``agent``. A name in front of a rule holds for those that follow."""
    meant = True
    for part in value.lower().split(","):
        name, colon, rule = part.strip().rpartition(":")
        if colon:
            meant = name.strip() in ("*", agent.lower())
        if rule.strip() == "noai" and meant:
            return True
    return False
