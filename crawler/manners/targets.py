"""Only http and https, and no name or password in an address, whoever wrote it: a source or a redirect."""

from __future__ import annotations

import re
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.manners.refusal import Refusal
from crawler.reasons import Reason
from storage.model import FetchOutcome

# What a host may be once names are written in ASCII: labels of 63 characters at most, or an IPv6 address without a zone.
_HOST = re.compile(r"(?=.{1,254}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?|[0-9a-f:.]{2,45}")


class TargetMiddleware:
    """Refuses a request before anything is sent."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls()

    def process_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Refusal(Reason("scheme"), FetchOutcome.BROKEN)
        if not _HOST.fullmatch(parts.hostname):
            raise Refusal(Reason("no_address"), FetchOutcome.BROKEN)
        if parts.username is not None or parts.password is not None:
            raise Refusal(Reason("credentials"), FetchOutcome.BROKEN)
