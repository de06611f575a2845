"""The score of all rows, moved on day by day: the whole state of the monitor between two runs.

A day costs rows x sources for the expectation and what the day brings for the rest. Deterministic: the same days give the same
state, whether in one run or in many.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from monitor.trends.buzz import LONGEST, Buzz, Recent, find_buzz
from monitor.trends.counts import Counts
from monitor.trends.dispersion import Dispersion
from monitor.trends.evidence import Evidence
from monitor.trends.exposure import CHANNELS, Exposed, Exposure
from monitor.trends.guard import Left, without_strongest
from monitor.trends.leaks import Leaks
from monitor.trends.meetings import Meetings, PairRows
from monitor.trends.parameters import Parameters
from monitor.trends.season import Season
from monitor.trends.shared import Shared
from monitor.trends.weeks import Weeks
from monitor.trends.windows import Windows

SHORT = 28
_BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What the rows are: ``themes`` many, then pairs of them. ``pooled`` themes give the common dispersion."""

    themes: int
    pairs: PairRows = field(default_factory=PairRows.none)
    pooled: np.ndarray | None = None

    @property
    def rows(self) -> int:
        return self.themes + len(self.pairs.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One day, by row. ``score`` is evidence of a rise after the guard, log10; stories are of 28 days; onsets are day indexes."""

    day: int
    score: np.ndarray
    raw: np.ndarray
    """The same before the guard."""
    without_top: np.ndarray
    """Evidence left without the strongest source, on the scale of ``score``; NaN where it was not needed."""
    falling: np.ndarray
    buzz: Buzz
    observed: np.ndarray
    expected: np.ndarray
    certainty: np.ndarray
    """Effective number of past stories behind the expectation."""
    variance: np.ndarray
    """[windows, rows] relative variance beyond Poisson, by ``dispersion.WINDOWS``."""
    onset: np.ndarray
    fall_onset: np.ndarray
    channel: np.ndarray
    in_season: np.ndarray

    @property
    def lift(self) -> np.ndarray:
        """By how much the rate rose, drawn to 1 when there are few stories."""
        return np.asarray((self.observed + 2.0) / (self.expected + 2.0))


class Detector:
    """Moved on by ``update``, a day at a time. One more row than the layout has, the last, never has a story: it tells what a
    theme remembers that begins late (``Shared``).
    """

    def __init__(
        self, layout: Layout, kinds: np.ndarray, parameters: Parameters | None = None, known: Shared | None = None
    ) -> None:
        """With ``known``, rows are scored against what others shared before; the detector then must not outrun it."""
        p = self.parameters = parameters or Parameters()
        rows = layout.rows + 1
        self.layout = layout
        self.kinds = np.asarray(kinds, np.int64)
        self.day = -1
        self.known = known
        self.shared = Shared()
        self.is_asleep = known is not None
        self.exposure = Exposure(rows, self.kinds, p)
        self.windows = Windows(rows, self.kinds, p.guard_windows)
        self.leaks = Leaks(rows, p)
        self.season = Season(rows, p)
        self.weeks = Weeks(rows, len(self.kinds))
        self.evidence = Evidence(rows, p)
        self.meetings = Meetings(layout.pairs)
        pooled = np.zeros(rows, bool)
        pooled[: layout.themes] = True if layout.pooled is None else layout.pooled
        self.dispersion = Dispersion(rows, pooled, p)
        self.drawn = np.zeros((len(layout.pairs.rows), len(self.kinds)), np.float32)
        self.certainty = np.zeros((rows, CHANNELS))

    def update(self, counts: Counts) -> Reading:
        """Takes the next day in and gives its reading."""
        self.move(counts)
        return self.read()

    def move(self, counts: Counts) -> None:
        """Takes the next day in."""
        p = self.parameters
        self.day += 1
        day = self.day
        if self.is_asleep and len(counts.row):
            self.wake(day - 1)
        seen = self.exposure.move(day, counts)
        if self.is_asleep:
            self.weeks.add_day(seen.volume)
            if day % 7 == 6:
                self.weeks.end_week(day // 7, np.zeros(len(self.season.factor)))
            return
        if len(self.layout.pairs.rows):
            seen = self._meet(seen)
        self.certainty = seen.certainty
        self.windows.meet(day, counts.row)
        self.windows.move(seen.row, seen.source, seen.stories, seen.newcomers)
        if day % 7 == 0:
            self.season.move(day // 7, float(self.dispersion.of(SHORT)[-1, 0]))
        usual = seen.expected * self.season.factor[:, None] + p.prior_rate + self.leaks.move(counts.copies)
        observed = self._by_channel(seen)
        self.dispersion.move(day, observed, usual)
        self.weeks.add_day(seen.volume)
        if day % 7 == 6:
            week_observed, week_usual = self.dispersion.last(day, 7)
            self.season.add_week(day // 7, week_observed, week_usual)
            self.weeks.end_week(day // 7, week_observed)
        if day >= p.dispersion_after and day % 7 == 0:
            self.dispersion.estimate(seen.certainty, self.known.pools[day // 7] if self.known else None)
        if day + 1 >= p.warm_up:
            fall_inflation = self.dispersion.inflation(seen.certainty, [SHORT])[:, 0, 0]
            rise_inflation = self.dispersion.inflation(seen.certainty, self.evidence.windows())
            self.evidence.move(day, observed, usual, rise_inflation, fall_inflation)
        if self.known is None:
            self._share(counts.volume)

    def read(self) -> Reading:
        """The reading of the last day taken in, without the last, empty row."""
        p = self.parameters
        raw, channel, onset = self.evidence.rise()
        falling, fall_onset = self.evidence.fall()
        raw, falling = (np.where(known > 0, known + p.calibration, 0.0) for known in (raw, falling))
        score, without_top = raw.copy(), np.full(len(raw), np.nan)
        chosen = np.flatnonzero(raw[:-1] > p.guard_from)
        if len(chosen):
            left = self._left(chosen, channel[chosen], p.guard_windows, sign=1.0)
            without_top[chosen] = np.where(left.sources >= p.min_sources, left.evidence, 0.0)
            score[chosen] = np.minimum(raw[chosen], without_top[chosen])
        chosen = np.flatnonzero(falling[:-1] > p.guard_from)
        if len(chosen):
            long = tuple(window for window in p.guard_windows if window >= SHORT)
            left = self._left(chosen, np.zeros(len(chosen), np.int64), long, sign=-1.0)
            falling[chosen] = np.minimum(falling[chosen], left.evidence)
        observed, expected = self.dispersion.last(self.day, SHORT)
        return Reading(
            day=self.day,
            score=score[:-1],
            raw=raw[:-1],
            without_top=without_top[:-1],
            falling=falling[:-1],
            buzz=self._buzz(),
            observed=observed[:-1],
            expected=expected[:-1],
            certainty=self.certainty[:-1, 0],
            variance=self.dispersion.variance[:, :-1, 0],
            onset=onset[:-1],
            fall_onset=fall_onset[:-1],
            channel=channel[:-1],
            in_season=self.season.factor[:-1] > 1.0,
        )

    def share(self, rows: np.ndarray) -> np.ndarray:
        """[rows, sources] the part of each source's volume that is expected to be about these rows."""
        past = self.exposure.past
        return np.asarray(self._baseline(rows) * np.where(past > 0, 1.0 / np.maximum(past, 1e-9), 0.0))

    def wake(self, before: int) -> None:
        """Ends the sleep before the first story of any row: each remembers what one without stories does after that day."""
        self.is_asleep = False
        if before < 0 or self.known is None:
            return
        weeks = before // 7 + 1
        estimates = max(0, before // 7 - (self.parameters.dispersion_after - 1) // 7)
        self.dispersion.settle(before, self.parameters.prior_rate, self.known.pools[weeks - 1], estimates)
        self.season.settle((before + 1) // 7, 7 * self.parameters.prior_rate)
        self.evidence.rising.value[:] = self.known.rise[before]
        self.evidence.sinking.value[:] = self.known.fall[before]
        self.evidence.sinking.cusum[:] = self.known.fall_cusum[before]
        self.evidence.sinking.since[:] = self.known.fall_since[before]

    def _share(self, volume: np.ndarray) -> None:
        self.shared.volumes.append(volume.astype(np.float32))
        if self.day % 7 == 0:
            self.shared.pools.append(self.dispersion.pool.copy())
        self.shared.rise.append(self.evidence.rising.value[-1].copy())
        self.shared.fall.append(self.evidence.sinking.value[-1].copy())
        self.shared.fall_cusum.append(self.evidence.sinking.cusum[-1].copy())
        self.shared.fall_since.append(self.evidence.sinking.since[-1].copy())

    def _meet(self, seen: Exposed) -> Exposed:
        """The same day with the pairs' expectations drawn from their margins."""
        pairs = self.layout.pairs.rows
        sums = [self.dispersion.last(self.day - 1, window) for window in self.meetings.parameters.gain_windows]
        observed, expected = (np.stack(part) for part in zip(*sums, strict=True))
        self.drawn, past, counts = self.meetings.move(
            self.exposure.baseline, self.exposure.past, observed, expected / self.season.factor
        )
        self.drawn *= counts[:, None]
        seen.expected[pairs], _ = self.exposure.expected(self.drawn)
        seen.certainty[pairs] = past[:, None]
        silent = np.zeros(len(seen.expected), bool)
        silent[pairs[~counts]] = True
        keep = ~silent[seen.row]
        return seen.only(keep)

    def _baseline(self, rows: np.ndarray) -> np.ndarray:
        baseline: np.ndarray = self.exposure.baseline[rows]
        is_pair = rows >= self.layout.themes
        baseline[is_pair] = self.drawn[rows[is_pair] - self.layout.themes]
        return baseline

    def _by_channel(self, seen: Exposed) -> np.ndarray:
        out = np.zeros((len(seen.expected), CHANNELS))
        np.add.at(out, (seen.row, self.kinds[seen.source] + 1), seen.stories)
        out[:, 0] = out[:, 1:].sum(axis=1)
        return out

    def _buzz(self) -> Buzz:
        p = self.parameters
        everyone = slice(0, self.layout.rows)
        uncertain = 1.0 / (self.certainty[everyone, 0] + 1.0)
        lengths = p.buzz_days if self.day + 1 >= p.warm_up else ()
        sums = {length: self.dispersion.last(self.day, length) for length in lengths}
        recent = Recent(
            days=list(self.windows.days)[-LONGEST:],
            observed={length: x[everyone] for length, (x, _) in sums.items()},
            expected={length: m[everyone] for length, (_, m) in sums.items()},
            size={length: 1.0 / (self.dispersion.of(length)[everyone, 0] + uncertain) for length in lengths},
        )
        return find_buzz(recent, self.layout.rows, len(self.kinds), p)

    def _left(self, rows: np.ndarray, channel: np.ndarray, windows: tuple[int, ...], sign: float) -> Left:
        """What is left without the strongest source, at the best of several windows; some rows at a time, to stay in cache."""
        if not len(self.kinds):
            return Left(*(np.zeros(len(rows)) for _ in Left.__slots__))
        parts = [slice(start, start + _BLOCK) for start in range(0, len(rows), _BLOCK)]
        found = [self._left_of(rows[part], channel[part], windows, sign) for part in parts]
        return Left(*(np.concatenate([getattr(one, name) for one in found]) for name in Left.__slots__))

    def _left_of(self, rows: np.ndarray, channel: np.ndarray, windows: tuple[int, ...], sign: float) -> Left:
        p = self.parameters
        of_kind = np.flatnonzero(channel)
        speaks = channel[of_kind, None] == self.kinds[None, :] + 1
        baseline = self._baseline(rows) * self.season.factor[rows, None]
        baseline[of_kind] *= speaks
        uncertain = 1.0 / (self.certainty[rows, channel] + 1.0)
        least, most = p.guard_factors if sign > 0 else p.fall_guard_factors
        best = Left(*(np.zeros(len(rows)) for _ in range(4)))
        for window in windows:
            observed = self.windows.counts[window][rows]
            observed[of_kind] *= speaks
            extra = p.prior_rate * window + self.leaks.sums[window][rows, channel]
            size = 1.0 / (self.dispersion.of(window)[rows, channel] + uncertain)
            left = without_strongest(observed, baseline, self.exposure.rate_sums[window], extra, size, sign)
            evidence = left.evidence * (least + (most - least) * (1.0 - left.share))
            better = evidence > best.evidence
            best = Left(
                np.where(better, evidence, best.evidence),
                np.where(better, left.share, best.share),
                np.maximum(left.sources, best.sources),
                np.where(better, left.strongest, best.strongest),
            )
        return best
