"""Sources on trial: seen in public lists, never seen to work. A first visit with documents keeps one; visits that fail end it.

Pure. Only what a site itself says counts soon; a network that fails may be our own, so it is given more than a day.
"""

from __future__ import annotations

from typing import Any

from crawler.reasons import Reason
from storage.model import FetchOutcome, Source

FAILED_VISITS = 3
UNREACHED_VISITS = 6
"""Visits are put off twice as long after each failure: the sixth is a day and more after the first."""

_SITE_SAYS_NO = (FetchOutcome.BLOCKED, FetchOutcome.BROKEN)
# Ends that say nothing about the source: a missing key, a wait that was asked for, a crawl that was stopped, a full disk.
_OURS = frozenset(
    (
        "needs_key",
        "settings",
        "collector",
        "slow_down",
        "host_waits",
        "crawl_timeout",
        "crawl_died",
        "storing",
        "internal",
        "offline",
    )
)


def after_visit(source: Source, outcome: FetchOutcome, *, documents: int, failures: int, reason: Reason | None) -> dict[str, Any]:
    """The columns of ``source`` that a visit changes: none for a source that is not on trial, or while nothing is decided.

    ``documents`` is what the visit found, ``failures`` counts the failed visits in a row with this one.
    """
    if not source.trial:
        return {}
    if outcome is FetchOutcome.STORED and documents:
        return {"trial": False}
    if reason is not None and reason.code in _OURS:
        return {}
    is_over = (
        outcome is FetchOutcome.GONE
        or (outcome in _SITE_SAYS_NO and failures >= FAILED_VISITS)
        or (outcome is FetchOutcome.FAILED and failures >= UNREACHED_VISITS)
    )
    if not is_over:
        return {}
    why = Reason("trial_failed", str(reason) if reason else outcome.value)
    return {"enabled": False, "disabled_reason": str(why)}
