"""Tells an outage of our own from sources that fail: when nobody at all can be reached, it is not their fault. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from crawler.visit import Visit
from storage.model import FetchOutcome, Source

OFFLINE = "offline"
LEAST_HOSTS = 3
"""Fewer may well have failed each for itself."""
_NETWORK = frozenset(("unknown_host", "network", "timeout", "refused_connection", "interrupted", "robots_unreachable"))


def is_unreached(visit: Visit) -> bool:
    """Whether a visit failed before its source said anything."""
    return (
        visit.outcome is FetchOutcome.FAILED
        and visit.status is None
        and visit.reason is not None
        and visit.reason.code in _NETWORK
    )


def is_our_outage(sources: Iterable[Source]) -> bool:
    """Whether these sources, none of which could be reached while no other answered, are on so many hosts that it must be us."""
    return len({urlsplit(source.url or "").hostname for source in sources}) >= LEAST_HOSTS
