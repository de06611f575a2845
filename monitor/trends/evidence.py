"""Shiryaev-Roberts statistics over rate ratios and kinds (e-detectors: Shin, Ramdas, Rinaldo 2022), dated by their CUSUM.

With nothing going on, the mean of such a statistic after t days is t: so a threshold A means one false alarm in about A days.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from monitor.trends.exposure import CHANNELS
from monitor.trends.parameters import KINDS, Parameters


class Detectors:
    """Several hypotheses at once: ``value`` the statistics, ``since`` the day each probably began (Page 1954)."""

    def __init__(self, shape: tuple[int, ...], ceiling: float) -> None:
        self.ceiling = ceiling
        self.value = np.zeros(shape)
        self.cusum = np.zeros(shape, np.float32)
        self.since = np.zeros(shape, np.int32)

    def move(self, day: int, likelihood: np.ndarray) -> None:
        """Takes one day's log likelihood ratios in."""
        self.value += 1.0
        self.value *= np.exp(np.clip(likelihood, -50, 50))
        np.minimum(self.value, self.ceiling, out=self.value)
        self.since[self.cusum <= 0] = day
        np.maximum(self.cusum, 0.0, out=self.cusum)
        self.cusum += likelihood.astype(np.float32)


class Evidence:
    """Evidence of rises and falls of all rows."""

    def __init__(self, rows: int, parameters: Parameters) -> None:
        self.parameters = parameters
        self.ratios = np.array([ratio for ratio, _ in parameters.ratios])
        self.falls = np.array(parameters.falls)
        self.rising = Detectors((rows, CHANNELS, len(self.ratios)), parameters.ceiling)
        self.sinking = Detectors((rows, len(self.falls)), parameters.ceiling)

    def windows(self) -> Sequence[int]:
        """The window whose dispersion each ratio uses."""
        return [window for _, window in self.parameters.ratios]

    def move(
        self, day: int, observed: np.ndarray, expected: np.ndarray, rise_inflation: np.ndarray, fall_inflation: np.ndarray
    ) -> None:
        """Takes the [rows, channels] counts of a day in; inflations are [rows, channels, ratios] and [rows]."""
        bounded = np.minimum(observed, self.parameters.day_cap + 3.0 * expected)[..., None]
        gain = bounded * np.log(self.ratios) - (self.ratios - 1.0) * expected[..., None]
        self.rising.move(day, gain / rise_inflation)
        loss = observed[:, :1] * np.log(self.falls) + (1.0 - self.falls) * expected[:, :1]
        self.sinking.move(day, loss / fall_inflation[:, None])

    def rise(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """[rows] evidence of a rise (log10), the channel that says most, and the day it began."""
        weights = np.r_[1.0 - self.parameters.kind_weight, np.full(len(KINDS), self.parameters.kind_weight / len(KINDS))]
        mixture = self.rising.value.mean(axis=2) * weights
        best = mixture.argmax(axis=1)
        everyone = np.arange(len(best))
        strongest = self.rising.value[everyone, best].argmax(axis=1)
        return np.log10(1.0 + mixture.sum(axis=1)), best, self.rising.since[everyone, best, strongest]

    def fall(self) -> tuple[np.ndarray, np.ndarray]:
        """[rows] evidence of a fall (log10) and the day it began."""
        everyone = np.arange(len(self.sinking.value))
        strongest = self.sinking.value.argmax(axis=1)
        return np.log10(1.0 + self.sinking.value.mean(axis=1)), self.sinking.since[everyone, strongest]
