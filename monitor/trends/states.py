"""The state of a theme on a day, from its numbers. The rules and their order are those of ``docs/momentum.md``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

StateName = Literal["noise", "weak_signal", "emerging", "trend", "rupture", "declining", "stable"]

SPEAKING: frozenset[str] = frozenset({"weak_signal", "emerging", "trend", "rupture", "transition", "declining"})
_YOUNG_DAYS = 548
_LIFT = 1.5
_SOURCES = 3


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a state is decided on. ``long`` means 56 days; ``lift`` and its counts are over 28."""

    score: float
    falling: float
    lift: float
    baseline: float
    age_days: int | None
    """Days since the first story; None when the theme was there before the collection began."""
    stories_long: float
    sources_long: int
    kinds_long: int
    diversity: float
    is_rupture: bool = False
    is_below_usual: bool = False


def state_of(n: Numbers, threshold: float) -> StateName:
    """The first state whose rule holds.

    A fall counts as decline when it is proven, leads below what was usual, and nothing rises. A proven rise of a young theme
    that one kind and few sources carry stays a weak signal; so does any rise on fewer than ten stories.
    """
    rises = n.score >= threshold
    if rises and n.is_rupture:
        return "rupture"
    if not rises and n.falling >= threshold and n.lift * _LIFT <= 1 and n.is_below_usual:
        return "declining"
    lifted = n.lift >= _LIFT
    if n.score >= threshold / 2 and lifted and n.sources_long >= _SOURCES and (not rises or n.stories_long < 10):
        spread = n.diversity >= 2.5
        if n.baseline < 30 and spread:
            return "weak_signal"
    if rises:
        young = n.baseline < 120 or (n.age_days is not None and n.age_days < _YOUNG_DAYS)
        if young and (n.kinds_long >= 2 or n.sources_long >= 5):
            return "emerging"
        if n.baseline >= 120 and n.diversity >= 4:
            return "trend"
        return "weak_signal" if n.baseline < 30 else "emerging"
    return "noise" if n.baseline < 30 else "stable"
