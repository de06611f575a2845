"""One movement, one case: which theme speaks when several are carried by the same stories. Pure.

Two rising themes are the same movement when they share half of all their stories of the last 28 days, or when four fifths of
the smaller one's stories lie in the larger one and make up at least half of the larger one's excess (observed minus
expected). A decline has few stories left to compare, so only the first half of the rule holds for it, over 112 days.

The first case of a movement stays its case. Of several that would open on one day, watch themes come first, then the higher
score; but a technology that rises because it met a domain leaves the word to the conjunction, which says more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from storage.model import Origin

_SHARED = 0.5
_INSIDE = 0.8
_OF_EXCESS = 0.5


@dataclass(frozen=True, slots=True)
class Mover:
    """A theme that moves on a day: the stories that carry it and how far they exceed what was expected."""

    theme_id: str
    origin: Origin
    parent_id: str | None
    score: float
    excess: float
    falls: bool
    stories: frozenset[str]


def same_movement(one: Mover, other: Mover) -> bool:
    """Whether both are carried by the same stories in the same direction."""
    if one.falls != other.falls:
        return False
    shared = len(one.stories & other.stories)
    union = len(one.stories | other.stories)
    if union and shared / union >= _SHARED:
        return True
    if one.falls or not shared:
        return False
    smaller, larger = sorted((one, other), key=lambda mover: len(mover.stories))
    return shared >= _INSIDE * len(smaller.stories) and shared >= _OF_EXCESS * max(larger.excess, 1.0)


def speakers(candidates: Sequence[Mover], standing: Sequence[Mover]) -> tuple[list[Mover], Mapping[str, str]]:
    """Who of the candidates opens a case beside the standing ones, and for the others the theme whose case speaks for them."""
    chosen: list[Mover] = []
    spoken_for: dict[str, str] = {}
    for candidate in sorted(candidates, key=_precedence(candidates)):
        voice = next((mover for mover in [*standing, *chosen] if same_movement(candidate, mover)), None)
        if voice is None:
            chosen.append(candidate)
        elif voice.theme_id != candidate.theme_id:
            spoken_for[candidate.theme_id] = voice.theme_id
    return chosen, spoken_for


def _precedence(candidates: Sequence[Mover]) -> Callable[[Mover], tuple[int, float, str]]:
    by_id = {mover.theme_id: mover for mover in candidates}

    def order(mover: Mover) -> tuple[int, float, str]:
        parent = by_id.get(mover.parent_id or "")
        is_reason = mover.origin is Origin.CONJUNCTION and parent is not None and same_movement(mover, parent)
        rank = 0 if is_reason else 1 if mover.origin is Origin.WATCH else 2
        return rank, -mover.score, mover.theme_id

    return order
