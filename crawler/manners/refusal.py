"""A request that the crawler itself decides not to make, with the reason that goes on the visit's row."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest

from crawler.reasons import Reason
from storage.model import FetchOutcome


class Refusal(IgnoreRequest):
    """Raised by a middleware. ``wait_s`` is how long the host asked to be left alone."""

    def __init__(self, reason: Reason, outcome: FetchOutcome = FetchOutcome.BLOCKED, wait_s: int | None = None) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.outcome = outcome
        self.wait_s = wait_s
