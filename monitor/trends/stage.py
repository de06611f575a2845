"""Where on its S-curve a theme stands, with the stages that remain plausible, and how mature what carries it is.

A stage is a reading of two growths (``monitor.trends.longrun``); its interval says which other stages the same numbers allow.
Below 30 stories or 26 weeks there is no stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from monitor.trends.longrun import FEWEST_STORIES, FEWEST_WEEKS, LongRun
from monitor.trends.parameters import KINDS

StageName = Literal["germination", "acceleration", "slowing", "plateau", "decline"]
STAGES: tuple[StageName, ...] = ("germination", "acceleration", "slowing", "plateau", "decline")
"""In the order of the curve."""
DISTANCE: dict[str, float] = {"paper": 0.0, "patent": 1 / 3, "funding": 2 / 3, "news": 1.0}
"""How near the market each kind of document is."""
_Z90 = 1.645
_FLAT = 0.1
_LITTLE = 60.0
_WANDER = 0.3
"""How far the growth of half a year is expected to lie from that of two years (standard deviation, a year)."""
_PRIOR = 0.5


@dataclass(frozen=True, slots=True)
class Stage:
    """``name`` is None where there are not enough data; ``plausible`` holds all stages within the 90 % interval, in order."""

    name: StageName | None
    plausible: tuple[StageName, ...]
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Maturity:
    """By subject: 0 when only papers carry it, 1 when only news do; NaN where fewer than two kinds are collected or no story."""

    value: np.ndarray
    error: np.ndarray

    @property
    def low(self) -> np.ndarray:
        """Lower end of the 90 % interval."""
        return np.clip(self.value - _Z90 * self.error, 0.0, 1.0)

    @property
    def high(self) -> np.ndarray:
        return np.clip(self.value + _Z90 * self.error, 0.0, 1.0)


def stages(run: LongRun, baseline: np.ndarray) -> list[Stage]:
    """The stage of every subject; ``baseline`` is the decayed number of stories its expectation rests on."""
    return [stage_of(run, subject, float(baseline[subject])) for subject in range(len(run.weeks))]


def stage_of(run: LongRun, subject: int, baseline: float) -> Stage:
    """The stage of one subject."""
    one = run.of(subject)
    lacks = []
    if one.weeks < FEWEST_WEEKS:
        lacks.append(f"weeks<{FEWEST_WEEKS}")
    if one.stories < FEWEST_STORIES or (not lacks and one.g26 is None and one.g104 is None):
        lacks.append(f"stories<{FEWEST_STORIES}")
    if lacks:
        return Stage(None, (), tuple(lacks))
    growth, error, turn, turn_error = _drawn(one.g26, one.g26_error, one.g104, one.g104_error)
    plausible = _plausible(growth, error, turn, turn_error, baseline)
    return Stage(_named(growth, error, turn, baseline), plausible)


def maturity(stories: np.ndarray, volume: np.ndarray) -> Maturity:
    """The maturity index of [subjects, kinds] stories, given the [kinds] or [subjects, kinds] volume of the same span.

    Each kind weighs by the theme's share of it, so that how much of a kind is collected cancels out; kinds follow
    ``parameters.KINDS``. The error is the delta method's, on Poisson counts.
    """
    x = np.asarray(stories, np.float64)
    v = np.broadcast_to(np.asarray(volume, np.float64), x.shape)
    distance = np.array([DISTANCE[kind] for kind in KINDS])
    collected = v > 0
    each = np.where(collected, 1.0 / np.where(collected, v, 1.0), 0.0)
    total = (x * each).sum(axis=-1)
    known = (total > 0) & (collected.sum(axis=-1) >= 2)
    sure = np.where(known, total, 1.0)
    value = (x * each * distance).sum(axis=-1) / sure
    step = (distance - value[..., None]) * each / sure[..., None]
    error = np.sqrt((step**2 * (x + _PRIOR)).sum(axis=-1))
    return Maturity(np.where(known, value, np.nan), np.where(known, error, np.nan))


def moved(now: Maturity, before: Maturity) -> np.ndarray:
    """By how much maturity moved, where the 90 % interval of the move leaves out zero; else 0. NaN where one is unknown."""
    change = now.value - before.value
    sure = np.abs(change) > _Z90 * np.hypot(now.error, before.error)
    return np.where(np.isnan(change), np.nan, np.where(sure, change, 0.0))


def _drawn(
    g26: float | None, g26_error: float | None, g104: float | None, g104_error: float | None
) -> tuple[float, float, float, float]:
    """Growth now, drawn to the growth of two years where half a year says little; and by how much it turned."""
    if g26 is None or g26_error is None:
        assert g104 is not None
        assert g104_error is not None
        return g104, float(np.hypot(g104_error, _WANDER)), 0.0, _WANDER
    if g104 is None or g104_error is None:
        return g26, g26_error, 0.0, g26_error
    prior, own = 1.0 / (g104_error**2 + _WANDER**2), 1.0 / g26_error**2
    growth = (g26 * own + g104 * prior) / (own + prior)
    return growth, float((own + prior) ** -0.5), g26 - g104, float(np.hypot(g26_error, g104_error))


def _named(growth: float, error: float, turn: float, baseline: float) -> StageName:
    flat = max(_FLAT, error)
    if growth < -flat:
        return "decline"
    if baseline < _LITTLE:
        return "germination"
    if growth <= flat:
        return "plateau"
    return "acceleration" if turn > 0 else "slowing"


def _plausible(growth: float, error: float, turn: float, turn_error: float, baseline: float) -> tuple[StageName, ...]:
    low, high = growth - _Z90 * error, growth + _Z90 * error
    little = baseline < _LITTLE
    holds: dict[StageName, bool] = {
        "germination": little and high >= -_FLAT,
        "acceleration": not little and high > _FLAT and turn + _Z90 * turn_error > 0,
        "slowing": not little and high > _FLAT and turn - _Z90 * turn_error < 0,
        "plateau": not little and low <= _FLAT and high >= -_FLAT,
        "decline": low < -_FLAT,
    }
    return tuple(stage for stage in STAGES if holds[stage])
