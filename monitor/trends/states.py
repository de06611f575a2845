"""The state of a theme on a day, from its numbers, with the rule that gave it and what was lacking to say more.

The rules and their order are those of ``docs/momentum.md``; their words are in ``monitor.trends.state_words``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtri

from monitor.trends.change import Change
from monitor.trends.longrun import FEWEST_STORIES, FEWEST_WEEKS, Run

StateName = Literal["noise", "weak_signal", "emerging", "trend", "rupture", "transition", "declining", "stable"]
RuleId = Literal[
    "rupture.sharp_rise",
    "rupture.sharp_fall",
    "transition.maturity",
    "transition.substitution",
    "declining.proven_fall",
    "declining.long_fall",
    "declining.replaced",
    "weak.under_threshold",
    "weak.few_stories",
    "weak.narrow",
    "emerging.broad_rise",
    "emerging.narrow_rise",
    "trend.proven_rise",
    "trend.long_rise",
    "noise.too_little_data",
    "noise.nothing_proven",
    "stable.season",
    "stable.back_to_usual",
    "stable.new_level",
    "stable.nothing_proven",
]

SPEAKING: frozenset[str] = frozenset({"weak_signal", "emerging", "trend", "rupture", "transition", "declining"})
PERSPECTIVE: frozenset[str] = frozenset({"trend", "transition"})
"""What goes on over programme phases."""
PROSPECTIVE: frozenset[str] = frozenset({"weak_signal", "rupture"})
"""What may become something, or has just broken: never drawn on as a curve."""

_YOUNG_DAYS = 548
_LIFT = 1.5
_LASTING = 1.5**0.5
"""Under this lift a proven rise is over, as for an open alert: evidence fades for months, the lift says it at once."""
_SOURCES = 3
_LITTLE = 60.0
_MUCH = 240.0
_MATURITY_MOVE = 0.2
_SPANS = 4


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
    is_below_usual: bool = False
    change: Change | None = None
    """The change of level of the last two years, if it was looked for and found."""
    change_is_broad: bool = True
    """Whether it remains without its strongest source."""
    run: Run | None = None
    """The long run; None where it was not computed."""
    maturity_move: float | None = None
    """By how much maturity surely moved in 24 months (``stage.moved``); None where unknown."""
    replaces: bool = False
    """A falling theme of the same domain gives way to this one (``monitor.trends.substitution``)."""
    is_replaced: bool = False
    in_season: bool = False
    """The same weeks a year ago were in excess, and that is part of what is expected now."""


@dataclass(frozen=True, slots=True)
class Decision:
    """``rule`` decided ``state``; ``lacks`` names what was not enough to look further ("weeks<104", "stories<30")."""

    state: StateName
    rule: RuleId
    lacks: tuple[str, ...] = ()


def needed_z(threshold: float) -> float:
    """The Mann-Kendall z that a long trend needs, so that it is as rarely false as an alert; 2.6 at least.

    A threshold h allows one false alarm in 10^h days; tests on four-week shares that are four weeks apart are taken
    as new ones, and the four spans as independent.
    """
    return max(2.6, float(-ndtri(min(0.5, 28.0 * 10.0**-threshold / _SPANS))))


def weak_threshold(threshold: float) -> float:
    """The score from which a movement is a weak signal: half the threshold, or ten times its rate of false alarms."""
    return max(threshold / 2, threshold - 1.0)


def decide(n: Numbers, threshold: float) -> Decision:
    """The first state whose rule holds, and that rule. ``threshold`` is the score an alert needs."""
    lacks = _lacks(n)
    state, rule = _first(n, threshold, needed_z(threshold), lacks)
    return Decision(state, rule, lacks)


def _first(n: Numbers, threshold: float, z: float, lacks: tuple[str, ...]) -> tuple[StateName, RuleId]:
    rises, falls = n.score >= threshold and n.lift >= _LASTING, n.falling >= threshold
    lifted, sunk = n.lift >= _LIFT, n.lift * _LIFT <= 1
    if rises and _is_rupture(n, up=True):
        return "rupture", "rupture.sharp_rise"
    if falls and not rises and sunk and n.is_below_usual and _is_rupture(n, up=False):
        return "rupture", "rupture.sharp_fall"
    long_rise = _long_rise(n, z)
    if long_rise and n.run is not None and n.run.rise(z, 24) is not None and (n.maturity_move or 0.0) >= _MATURITY_MOVE:
        return "transition", "transition.maturity"
    if long_rise and n.replaces:
        return "transition", "transition.substitution"
    if not rises and falls and sunk and n.is_below_usual:
        return "declining", "declining.replaced" if n.is_replaced else "declining.proven_fall"
    if not rises and _long_fall(n, z):
        return "declining", "declining.replaced" if n.is_replaced else "declining.long_fall"
    if rises:
        return _rising(n, long_rise)
    if long_rise and n.baseline >= _LITTLE and n.diversity >= 4:
        return "trend", "trend.long_rise"
    if (
        n.score >= weak_threshold(threshold)
        and lifted
        and n.sources_long >= _SOURCES
        and n.baseline < _LITTLE
        and n.diversity >= 2.5
    ):
        return "weak_signal", "weak.under_threshold"
    return _quiet(n, threshold, lacks)


def _rising(n: Numbers, long_rise: bool) -> tuple[StateName, RuleId]:
    """A proven rise. On fewer than ten stories, or young and carried by one kind and few sources, it stays a weak signal."""
    if n.stories_long < 10 and n.baseline < _LITTLE:
        return "weak_signal", "weak.few_stories"
    if long_rise and n.diversity >= 4 and n.baseline >= _LITTLE:
        return "trend", "trend.long_rise"
    young = n.baseline < _MUCH or (n.age_days is not None and n.age_days < _YOUNG_DAYS)
    if young and (n.kinds_long >= 2 or n.sources_long >= 5):
        return "emerging", "emerging.broad_rise"
    if n.baseline >= _MUCH and n.diversity >= 4:
        return "trend", "trend.proven_rise"
    return ("weak_signal", "weak.narrow") if n.baseline < _LITTLE else ("emerging", "emerging.narrow_rise")


def _quiet(n: Numbers, threshold: float, lacks: tuple[str, ...]) -> tuple[StateName, RuleId]:
    if n.baseline < _LITTLE:
        return "noise", "noise.too_little_data" if lacks else "noise.nothing_proven"
    if n.in_season:
        return "stable", "stable.season"
    if (n.falling >= threshold and not n.is_below_usual) or (n.score >= threshold and n.lift < _LASTING):
        return "stable", "stable.back_to_usual"
    if n.change is not None and n.change.is_past:
        return "stable", "stable.new_level"
    return "stable", "stable.nothing_proven"


def _is_rupture(n: Numbers, *, up: bool) -> bool:
    if n.in_season:
        return False
    if n.change is None:
        return False
    return n.change.is_rupture and n.change_is_broad and (n.change.ratio > 1) == up


def _long_rise(n: Numbers, z: float) -> bool:
    """A rise of a year or more that still goes on: neither one old step nor already over."""
    if n.run is None or n.run.rise(z, 24 if n.in_season else 12) is None or n.falling > n.score:
        return False
    return not _is_past(n, up=True) and n.run.still(1.0)


def _long_fall(n: Numbers, z: float) -> bool:
    if n.run is None or n.run.fall(z, 18) is None:
        return False
    return not _is_past(n, up=False) and n.run.still(-1.0)


def _is_past(n: Numbers, *, up: bool) -> bool:
    return n.change is not None and n.change.is_past and (n.change.ratio > 1) == up


def _lacks(n: Numbers) -> tuple[str, ...]:
    lacks = []
    if n.run is not None:
        if n.run.weeks < FEWEST_WEEKS:
            lacks.append(f"weeks<{FEWEST_WEEKS}")
        elif n.run.weeks < 52:
            lacks.append("weeks<52")
        elif n.run.weeks < 104:
            lacks.append("weeks<104")
        if n.run.stories < FEWEST_STORIES:
            lacks.append(f"stories<{FEWEST_STORIES}")
    if not math.isfinite(n.baseline) or n.baseline < 1:
        lacks.append("baseline<1")
    if n.sources_long < _SOURCES and (n.score > 0 or n.stories_long > 0):
        lacks.append(f"sources<{_SOURCES}")
    return tuple(lacks)
