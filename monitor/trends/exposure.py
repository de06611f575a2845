"""Expected counts from matched sources (chained index with a guard gap).

A theme's expected stories at a source are the source's volume of the day times the theme's share of that source in the
past. So an outage, a weekend, a doubled crawl or a new feed changes what is expected together with what is observed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from monitor.trends.parameters import KINDS, Parameters
from monitor.trends.series import ALL_STORIES, Series

CHANNELS = 1 + len(KINDS)
_BLOCK_CELLS = 4_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """For a block of subjects, [subjects, sources, days]: capped stories, expected stories, decayed baseline stories."""

    positions: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    baseline: np.ndarray


def exposures(series: Series, positions: np.ndarray, parameters: Parameters) -> Iterator[Exposure]:
    """The exposure of these subjects (positions in ``series.subjects``), in blocks that fit in memory."""
    size = max(1, _BLOCK_CELLS // max(1, series.sources * series.days))
    mature = mature_sources(series.volume, parameters)
    past = past_sums(series.volume, parameters)
    rate = np.where(mature & (past > 0), series.volume / np.maximum(past, 1e-9), 0.0).astype(np.float32)
    for start in range(0, len(positions), size):
        block = positions[start : start + size]
        stories = series.dense(series.subjects[block])
        baseline = past_sums(stories, parameters)
        expected = baseline * rate
        counted = np.broadcast_to(mature & (past > 0), stories.shape).copy()
        for place in np.flatnonzero(series.references[block] != ALL_STORIES):
            reference = series.dense(series.references[block][place : place + 1])[0]
            expected[place], counted[place] = _against(reference, baseline[place], series.kinds, mature, parameters)
        observed = np.minimum(stories, parameters.source_day_cap + 3.0 * expected) * counted
        yield Exposure(block, observed, expected, baseline)


def past_sums(stories: np.ndarray, parameters: Parameters) -> np.ndarray:
    """Sums along the last axis that forget by half-life and begin ``guard_gap`` days ago."""
    late = np.zeros_like(stories)
    if stories.shape[-1] > parameters.guard_gap:
        late[..., parameters.guard_gap :] = stories[..., : -parameters.guard_gap]
    one = np.ones(1, stories.dtype)
    return np.asarray(lfilter(one, np.array([1.0, -parameters.decay], stories.dtype), late, axis=-1))


def mature_sources(volume: np.ndarray, parameters: Parameters) -> np.ndarray:
    """[sources, days] whether a source has a baseline of its own. At the start of a collection all sources seen so far have."""
    days = volume.shape[1]
    seen = volume > 0
    first = np.where(seen.any(axis=1), seen.argmax(axis=1), days)
    age = np.arange(days)[None, :] - first[:, None]
    mature: np.ndarray = age >= parameters.probation
    start = min(parameters.probation + 1, days)
    mature[:, :start] = age[:, :start] >= 0
    return mature


def by_channel(values: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """[subjects, sources, days] to [days, subjects, channels]: all kinds together, then each kind."""
    out = np.zeros((values.shape[2], values.shape[0], CHANNELS))
    for kind in range(len(KINDS)):
        out[:, :, kind + 1] = values[:, kinds == kind].sum(axis=1).T
    out[:, :, 0] = out[:, :, 1:].sum(axis=2)
    return out


def _against(
    reference: np.ndarray, baseline: np.ndarray, kinds: np.ndarray, mature: np.ndarray, parameters: Parameters
) -> tuple[np.ndarray, np.ndarray]:
    """Expected stories of one subject, and where it counts, when the volume is another row's stories.

    Such a volume is thin: each source's share is drawn to the share of its kind by ``shrink_reference`` stories, so that a source
    which never spoke of the reference before does not drop out.
    """
    volume = reference * mature
    past = past_sums(reference, parameters)
    kind_share = np.zeros_like(past)
    for kind in np.unique(kinds):
        of_kind = kinds == kind
        whole = past[of_kind].sum(axis=0)
        kind_share[of_kind] = np.where(whole > 0, baseline[of_kind].sum(axis=0) / np.maximum(whole, 1e-9), 0.0)
    weight = parameters.shrink_reference
    share = (baseline + weight * kind_share) / (past + weight)
    return volume * share, mature
