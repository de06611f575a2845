"""The constants of the score, each with the default it was measured with (``docs/momentum.md``)."""

from __future__ import annotations

from dataclasses import dataclass

KINDS: tuple[str, ...] = ("news", "paper", "patent", "funding")


@dataclass(frozen=True, slots=True)
class Parameters:
    """Days and stories unless a name says otherwise."""

    half_life: float = 365.0
    """The baseline forgets half of what it knew in this time."""
    guard_gap: int = 28
    """A day enters the baseline this much later, so that a rise does not raise its own expectation (Farrington et al. 1996)."""
    probation: int = 56
    """A source first seen less than this ago has no baseline yet: it counts neither as observed nor as expected."""
    warm_up: int = 60
    """No evidence is gathered before this day of the series."""
    prior_stories: float = 0.5
    """Expected stories of a theme never seen before, over one memory (``half_life``)."""
    leak: float = 0.12
    """Copies of a story that are not recognised and count as stories, as a share of those recognised."""
    source_day_cap: float = 3.0
    """Stories one source may bring on one day, beside three times what was expected of it."""
    day_cap: float = 2.0
    """The same for one day of a theme."""
    ratios: tuple[tuple[float, int], ...] = ((1.5, 56), (2.0, 28), (3.0, 14), (5.0, 7))
    """Rises looked for: (rate ratio, window whose dispersion is used)."""
    falls: tuple[float, ...] = (0.5, 0.25)
    kind_weight: float = 0.5
    """Share of the evidence given to the four kinds apart; the rest to all kinds together."""
    ceiling: float = 1e12
    """Upper bound of one detector, so that a long rise can end."""
    dispersion_start: float = 0.15
    dispersion_floor: float = 0.02
    dispersion_weight: float = 25.0
    dispersion_after: int = 120
    dispersion_delay: int = 56
    """Residuals count this many days later (whole weeks): a slow fall must not widen its own limits."""
    guard_windows: tuple[int, ...] = (7, 28, 56, 112)
    guard_factors: tuple[float, float] = (1.0, 4.0)
    """How often the evidence left without the strongest source counts: when that source makes the whole excess, and none."""
    fall_guard_factors: tuple[float, float] = (0.5, 3.0)
    """The same for falls: a source that drops a theme is the commoner reason."""
    guard_from: float = 2.0
    """The leave-one-source-out guard is computed for evidence above this."""
    min_sources: int = 3
    buzz_days: tuple[int, ...] = (1, 2, 3, 5, 7)
    """Lengths of the bursts looked for."""
    buzz_from: float = 2.0
    """Bursts are looked at closely from this evidence on."""
    buzz_source_factor: float = 2.0
    buzz_day_factor: float = 2.5
    buzz_one_day: float = 0.6
    calibration: float = 0.35
    """Added to the evidence of rises and falls, so that quiet themes alert as often as the threshold says (measured)."""
    buzz_calibration: float = 0.75
    """The same for bursts."""
    season_z: float = 2.0
    season_excess: float = 1.3

    @property
    def decay(self) -> float:
        """Daily factor of the baseline."""
        return float(0.5 ** (1.0 / self.half_life))

    @property
    def prior_rate(self) -> float:
        """Stories a day expected of a theme without any baseline."""
        return self.prior_stories * (1.0 - self.decay)
