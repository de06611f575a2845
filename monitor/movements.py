"""One movement, one case: which theme speaks when several are carried by the same stories. Pure.

Two rising themes are the same movement when they share half of all their stories of the last 28 days, or when half of the
smaller one's stories lie in the larger one and both began to rise within four weeks of each other: a part that rises with the
whole is not news beside it, one that rises later is. A decline has few stories left to compare, so only the first half of the
rule holds for it, over 112 days.

The first case of a movement stays its case, and speaks for its parts that led it too: a part that began to rise long before the
whole did is no news once the whole has spoken, while a whole that follows its part much later is. Of several that would open on
one day, a conjunction or a narrower theme that makes at least half of its parent's excess (observed minus expected) comes first,
since it says more; then watch themes, then the higher score.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from storage.model import Origin

_SHARED = 0.5
_INSIDE = 0.5
_TOGETHER = dt.timedelta(days=28)
_OF_EXCESS = 0.5


@dataclass(frozen=True, slots=True)
class Mover:
    """A theme that moves on a day: the stories that carry it, since when, and how far they exceed what was expected."""

    theme_id: str
    origin: Origin
    parent_id: str | None
    score: float
    excess: float
    falls: bool
    onset: dt.date | None
    stories: frozenset[str]
    partner_id: str | None = None
    """The second theme of a pair of themes."""


def same_movement(one: Mover, other: Mover) -> bool:
    """Whether both are carried by the same stories in the same direction."""
    if one.falls != other.falls:
        return False
    shared = len(one.stories & other.stories)
    union = len(one.stories | other.stories)
    if union and shared / union >= _SHARED:
        return True
    if one.falls or not shared or one.onset is None or other.onset is None:
        return False
    smaller = min(len(one.stories), len(other.stories))
    return shared >= _INSIDE * smaller and abs(one.onset - other.onset) <= _TOGETHER


def speakers(candidates: Sequence[Mover], standing: Sequence[Mover]) -> tuple[list[Mover], Mapping[str, str]]:
    """Who of the candidates opens a case beside the standing ones, and for the others the theme whose case speaks for them."""
    chosen: list[Mover] = []
    spoken_for: dict[str, str] = {}
    for candidate in sorted(candidates, key=_precedence(candidates)):
        voice = next((mover for mover in [*standing, *chosen] if _speaks_for(mover, candidate)), None)
        if voice is None:
            chosen.append(candidate)
        elif voice.theme_id != candidate.theme_id:
            spoken_for[candidate.theme_id] = voice.theme_id
    return chosen, spoken_for


def _speaks_for(voice: Mover, candidate: Mover) -> bool:
    if same_movement(candidate, voice):
        return True
    if voice.falls or candidate.falls or candidate.onset is None or voice.onset is None:
        return False
    is_part = len(candidate.stories) < len(voice.stories)
    shared = len(candidate.stories & voice.stories)
    return is_part and 0 < shared >= _INSIDE * len(candidate.stories) and candidate.onset < voice.onset


def _precedence(candidates: Sequence[Mover]) -> Callable[[Mover], tuple[int, float, str]]:
    by_id = {mover.theme_id: mover for mover in candidates}

    def order(mover: Mover) -> tuple[int, float, str]:
        wholes = (by_id.get(key) for key in (mover.parent_id, mover.partner_id) if key)
        is_reason = any(
            whole is not None and same_movement(mover, whole) and mover.excess >= _OF_EXCESS * whole.excess for whole in wholes
        )
        rank = 0 if is_reason else 1 if mover.origin is Origin.WATCH else 2
        return rank, -mover.score, mover.theme_id

    return order
