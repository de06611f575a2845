"""The momentum score: how strong is the evidence that a theme's rate rose, against a stated rate of false alarms.

Evidence is a Shiryaev-Roberts e-detector (Shin, Ramdas, Rinaldo 2022) over several rate ratios and kinds of source, on
overdispersed counts, with a memory of last year's seasons (Noufaily et al. 2013 for the re-weighting). Arrays in, arrays out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.trends.dispersion import Dispersion
from monitor.trends.exposure import CHANNELS, by_channel, exposures
from monitor.trends.guard import Candidates, Collector, guard_fall, guard_rise
from monitor.trends.parameters import KINDS, Parameters
from monitor.trends.season import seasonal_factor
from monitor.trends.series import ALL_STORIES, Series

SHORT = 28


@dataclass(frozen=True, slots=True, eq=False)
class Momentum:
    """By subject and day (index of ``Series.first_day``). Days before the warm-up hold zeros."""

    score: np.ndarray
    """Evidence of a rise after the leave-one-source-out guard, log10: a threshold h means one false alarm in 10^h days."""
    raw: np.ndarray
    """The same before the guard."""
    falling: np.ndarray
    """Evidence of a fall, guarded likewise."""
    without_top: np.ndarray
    """Evidence left when the strongest source is removed (on the scale of ``score``); NaN where it was not needed."""
    observed: np.ndarray
    """[days, subjects, channels] stories counted that day."""
    expected: np.ndarray
    """[days, subjects, channels] stories expected that day."""
    onset: np.ndarray
    """Day index on which the rise in force probably began (CUSUM estimate, Page 1954)."""
    fall_onset: np.ndarray
    baseline: np.ndarray
    """Decayed number of stories the expectation rests on."""
    channel: np.ndarray
    dispersion: np.ndarray
    """[subjects] last estimate of the extra-Poisson variance over 28 days."""

    def window(self, day: int, length: int = SHORT) -> tuple[np.ndarray, np.ndarray]:
        """Observed and expected stories of all subjects in the ``length`` days that end with ``day``."""
        part = slice(max(0, day - length + 1), day + 1)
        return self.observed[part, :, 0].sum(axis=0), self.expected[part, :, 0].sum(axis=0)


def lift(observed: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """By how much the rate rose, drawn to 1 when there are few stories."""
    return np.asarray((observed + 2.0) / (expected + 2.0))


def momentum(series: Series, parameters: Parameters | None = None, *, guarded_from: int = 0) -> Momentum:
    """Scores every subject of ``series`` on every day. Deterministic; memory grows with subjects x days.

    The guard is the dearer half: it is computed from the day ``guarded_from`` on, and the scores before are raw.
    """
    parameters = parameters or Parameters()
    everyone = np.arange(len(series.subjects))
    shape = (series.days, len(everyone), CHANNELS)
    observed, expected, baseline = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for block in exposures(series, everyone, parameters):
        observed[:, block.positions] = by_channel(block.observed, series.kinds)
        expected[:, block.positions] = by_channel(block.expected, series.kinds)
        baseline[:, block.positions] = by_channel(block.baseline, series.kinds)
    evidence = _gather(observed, expected, baseline, series.references == ALL_STORIES, parameters, guarded_from)
    score, without_top = guard_rise(series, evidence.raw, evidence.rises, parameters)
    falling = guard_fall(series, evidence.falling, evidence.falls, parameters)
    return Momentum(
        score=score,
        raw=evidence.raw,
        falling=falling,
        without_top=without_top,
        observed=observed,
        expected=evidence.expected,
        onset=evidence.onset,
        fall_onset=evidence.fall_onset,
        baseline=baseline[:, :, 0].T.copy(),
        channel=evidence.channel,
        dispersion=evidence.dispersion,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    raw: np.ndarray
    falling: np.ndarray
    expected: np.ndarray
    onset: np.ndarray
    fall_onset: np.ndarray
    channel: np.ndarray
    dispersion: np.ndarray
    rises: Candidates
    falls: Candidates


class _Detectors:
    """Shiryaev-Roberts statistics of several hypotheses, with the CUSUM that dates each of them."""

    def __init__(self, shape: tuple[int, ...], ceiling: float) -> None:
        self.ceiling = ceiling
        self.value = np.zeros(shape)
        self.cusum = np.zeros(shape)
        self.since = np.zeros(shape, np.int32)

    def step(self, day: int, likelihood: np.ndarray) -> None:
        self.value = np.minimum((1.0 + self.value) * np.exp(np.clip(likelihood, -50, 50)), self.ceiling)
        self.since[self.cusum <= 0] = day
        self.cusum = np.maximum(self.cusum, 0.0) + likelihood

    def clear(self) -> None:
        self.value[:] = 0.0
        self.cusum[:] = 0.0


def _gather(
    observed: np.ndarray,
    expected: np.ndarray,
    baseline: np.ndarray,
    pooled: np.ndarray,
    parameters: Parameters,
    guarded_from: int,
) -> _Evidence:
    days, subjects, _ = observed.shape
    ratios = np.array([ratio for ratio, _ in parameters.ratios])
    falls = np.array(parameters.falls)
    weights = np.r_[1.0 - parameters.kind_weight, np.full(len(KINDS), parameters.kind_weight / len(KINDS))]
    rising = _Detectors((subjects, CHANNELS, len(ratios)), parameters.ceiling)
    sinking = _Detectors((subjects, len(falls)), parameters.ceiling)
    dispersion = Dispersion(subjects, CHANNELS, pooled, parameters)
    raw, falling = np.zeros((subjects, days)), np.zeros((subjects, days))
    onset, fall_onset = np.zeros((subjects, days), np.int32), np.zeros((subjects, days), np.int32)
    channel = np.zeros((subjects, days), np.int8)
    seasoned = np.zeros_like(expected)
    weekly = np.zeros((2, subjects, days // 7 + 1))
    factor = np.ones(subjects)
    rises, fallen = Collector(), Collector()
    everyone = np.arange(subjects)
    for day in range(days):
        if day % 7 == 0:
            factor = seasonal_factor(weekly, day, float(dispersion.pool[2, 0]), parameters)
        today = observed[day]
        usual = seasoned[day] = expected[day] * factor[:, None] + parameters.prior_rate
        dispersion.add(day, observed, seasoned)
        if day % 7 == 6:
            weekly[0, :, day // 7] = observed[day - 6 : day + 1, :, 0].sum(axis=0)
            weekly[1, :, day // 7] = expected[day - 6 : day + 1, :, 0].sum(axis=0) + 7 * parameters.prior_rate
        nb = baseline[day]
        if day >= parameters.dispersion_after and day % 7 == 0:
            dispersion.estimate(nb)
        if day + 1 < parameters.warm_up:
            continue
        bounded = np.minimum(today, parameters.day_cap + 3.0 * usual)[..., None]
        gain = bounded * np.log(ratios) - (ratios - 1.0) * usual[..., None]
        rising.step(day, gain / dispersion.inflation(nb, [window for _, window in parameters.ratios]))
        loss = today[:, :1] * np.log(falls) + (1.0 - falls) * usual[:, :1]
        sinking.step(day, loss / dispersion.inflation(nb, [SHORT])[:, 0])
        mixture = rising.value.mean(axis=2) * weights
        best = mixture.argmax(axis=1)
        raw[:, day] = np.log10(1.0 + mixture.sum(axis=1))
        falling[:, day] = np.log10(1.0 + sinking.value.mean(axis=1))
        channel[:, day] = best
        onset[:, day] = rising.since[everyone, best, rising.value[everyone, best].argmax(axis=1)]
        fall_onset[:, day] = sinking.since[everyone, sinking.value.argmax(axis=1)]
        if day < guarded_from:
            continue
        rises.add(day, np.flatnonzero(raw[:, day] > parameters.guard_from), best, factor, dispersion, nb)
        fallen.add(day, np.flatnonzero(falling[:, day] > parameters.guard_from), np.zeros_like(best), factor, dispersion, nb)
    return _Evidence(
        raw=raw,
        falling=falling,
        expected=seasoned,
        onset=onset,
        fall_onset=fall_onset,
        channel=channel,
        dispersion=dispersion.of(SHORT)[:, 0],
        rises=rises.candidates(parameters),
        falls=fallen.candidates(parameters),
    )
