"""Pairs on synthetic news: which expectation tells a meeting from two subjects that move, at equal false alarms.

    python scripts/bench/pairs.py [--seeds 11,12,13] [--only margins,…] [--target 0.02]

``total`` expects a pair's past share of all stories; ``references`` its past share of either side's stories and takes the weaker
score; ``margins`` is ``monitor.trends.margins``. All three go through the same evidence (``pairs_score.py``); ``detector`` is
the product itself, which uses the margins too. A false alarm
is an event on a pair that does not begin to meet: a score that reaches the threshold, 30 days after it last did. Thresholds
are set on pairs of quiet margins (independent or close from the start) at ``--target`` false alarms a pair and year; ``nominal``
is the threshold that promises as many. Power and delay count meetings heard of within 120 days; the other columns are false
alarms a pair and year by what the margins do. Constants were chosen on seeds 1 and 2.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from pairs_score import MIN_LIFT, scores
from pairs_world import DAYS, DOMAINS, MOVING, World, make
from scipy.signal import lfilter

from monitor.trends.counts import one_day
from monitor.trends.detector import Detector, Layout
from monitor.trends.margins import MarginParameters, Pairs, expected_pairs, gains, is_scored
from monitor.trends.meetings import PairRows

HALF_LIFE, GUARD_GAP, PROBATION, SHRINK = 180.0, 28, 56, 2.0
YEAR = 365.25
FIRST = 365
HORIZON, REFRACTORY = 120, 30
BLOCK = 250
SHIPPED = MarginParameters()
VARIANTS: Mapping[str, MarginParameters] = {
    "margins": SHIPPED,
    "3 days too": replace(SHIPPED, gain_windows=(3, 7, 28)),
    "28 days only": replace(SHIPPED, gain_windows=(28,)),
    "weight 1": replace(SHIPPED, association_weight=1.0),
    "margin 8": replace(SHIPPED, least_margin=8.0),
    "gain 4": replace(SHIPPED, gain_stories=4.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """What all expectations share: ``rows`` and ``baseline`` [rows, sources, days]; ``counted`` says where a source counts."""

    volume: np.ndarray
    past: np.ndarray
    counted: np.ndarray
    rate: np.ndarray
    rows: np.ndarray
    baseline: np.ndarray
    kinds: np.ndarray

    @classmethod
    def of(cls, world: World) -> Margins:
        volume = world.volume
        seen = volume > 0
        first = np.where(seen.any(axis=1), seen.argmax(axis=1), DAYS)
        age = np.arange(DAYS) - first[:, None]
        old = (age >= PROBATION) | ((np.arange(DAYS) <= PROBATION) & (age >= 0))
        past = past_sums(volume)
        counted = old & (past > 0)
        rate = np.where(counted, volume / np.maximum(past, 1e-9), 0.0).astype(np.float32)
        rows = world.rows()
        return cls(volume, past, counted, rate, rows, past_sums(rows), world.kinds)


def by_total(margins: Margins, _pairs: Pairs, stories: np.ndarray) -> np.ndarray:
    """[pairs, days] scores against all stories."""
    baseline = past_sums(stories)
    return scores(stories * margins.counted, baseline * margins.rate, baseline.sum(axis=1), margins.kinds)


def by_references(margins: Margins, pairs: Pairs, stories: np.ndarray) -> np.ndarray:
    """The weaker of the scores against either side's stories (the way of the releases before this benchmark)."""
    baseline = past_sums(stories)
    found = []
    for side in (pairs.left, pairs.right):
        expected = np.zeros_like(stories)
        for place, row in enumerate(side):
            past = margins.baseline[row]
            usual = np.zeros_like(past)
            for kind in np.unique(margins.kinds):
                of_kind = margins.kinds == kind
                whole = past[of_kind].sum(axis=0)
                usual[of_kind] = baseline[place, of_kind].sum(axis=0) / np.maximum(whole, 1e-9) * (whole > 0)
            share = (baseline[place] + SHRINK * usual) / (past + SHRINK)
            expected[place] = margins.rows[row] * margins.counted * share
        found.append(scores(stories * margins.counted, expected, baseline.sum(axis=1), margins.kinds))
    return np.asarray(np.minimum(*found))


def by_margins(parameters: MarginParameters) -> Callable[[Margins, Pairs, np.ndarray], np.ndarray]:
    """The scores of the model in ``monitor.trends.margins``."""

    def score(margins: Margins, pairs: Pairs, stories: np.ndarray) -> np.ndarray:
        past = past_sums(stories).sum(axis=1)
        seen = stories * margins.counted
        used = np.unique(np.r_[pairs.left, pairs.right])
        local = Pairs(np.searchsorted(used, pairs.left), np.searchsorted(used, pairs.right))
        baseline, rows = margins.baseline[used], margins.rows[used]
        usual = baseline * margins.rate
        windows = parameters.gain_windows
        observed = rolled((np.minimum(rows, 3.0 + 3.0 * usual) * margins.counted).sum(axis=1), windows)
        expected = rolled(usual.sum(axis=1), windows)
        met = rolled(np.minimum(seen, 3.0).sum(axis=1), windows)
        margin_past = baseline.sum(axis=1)
        mu = np.zeros_like(stories)
        is_counted = np.zeros((len(pairs), DAYS), bool)
        for day in range(GUARD_GAP, DAYS):
            gain = gains(
                local, observed[..., day], expected[..., day], margin_past[:, day], met[..., day], past[:, day], parameters
            )
            today = margins.volume[:, day] * margins.counted[:, day]
            mu[..., day] = expected_pairs(local, baseline[..., day], margins.past[:, day], today, gain, past[:, day], parameters)
            is_counted[:, day] = is_scored(local, margin_past[:, day], parameters)
        return scores(seen * is_counted[:, None], mu * is_counted[:, None], past, margins.kinds)

    return score


def by_detector(world: World) -> np.ndarray:
    """[pairs, days] scores of the product: every row and pair in one detector, as the monitor runs it."""
    rows, pairs = len(world.members), len(world.left)
    places = np.arange(rows, rows + pairs, dtype=np.int64)
    pooled = np.arange(rows) < rows - DOMAINS
    detector = Detector(Layout(rows, PairRows(places, world.left, world.right), pooled), world.kinds)
    met = [np.intersect1d(world.members[a], world.members[b]) for a, b in zip(world.left, world.right, strict=True)]
    stories = [*world.members, *met]
    row, told = np.repeat(np.arange(rows + pairs), [len(part) for part in stories]), np.concatenate(stories)
    order = np.argsort(world.day[told], kind="stable")
    row, told = row[order], told[order]
    starts = np.searchsorted(world.day[told], np.arange(DAYS + 1))
    out = np.zeros((pairs, DAYS), np.float32)
    for day in range(DAYS):
        part = slice(int(starts[day]), int(starts[day + 1]))
        source = world.source[told[part]]
        reading = detector.update(one_day(row[part], source, np.ones(len(source)), world.volume[:, day]))
        out[:, day] = np.where(reading.lift >= MIN_LIFT, reading.score, 0.0)[rows:]
    return out


def past_sums(stories: np.ndarray) -> np.ndarray:
    """Sums along the last axis that forget by half-life and end ``GUARD_GAP`` days ago."""
    late = np.zeros_like(stories, dtype=np.float32)
    late[..., GUARD_GAP:] = stories[..., :-GUARD_GAP]
    decay = np.array([1.0, -(0.5 ** (1.0 / HALF_LIFE))], np.float32)
    return np.asarray(lfilter(np.ones(1, np.float32), decay, late, axis=-1))


def rolled(values: np.ndarray, windows: tuple[int, ...]) -> np.ndarray:
    """[windows, …, days] sums of the last days."""
    whole = np.cumsum(values, axis=-1, dtype=np.float64)
    out = np.repeat(whole[None], len(windows), axis=0)
    for place, window in enumerate(windows):
        out[place][..., window:] -= whole[..., :-window]
    return out


def events(score: np.ndarray, threshold: float, first: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """By pair: how many events in [first, end), and the day of the first one (``DAYS`` for none)."""
    high = score >= threshold
    last = np.full(len(score), -REFRACTORY - 1)
    count, day_of = np.zeros(len(score), int), np.full(len(score), DAYS)
    for day in range(max(0, first - 2 * REFRACTORY), end):
        is_new = high[:, day] & (day - last > REFRACTORY)
        if day >= first:
            count += is_new
            day_of = np.where(is_new & (day_of == DAYS), day, day_of)
        last = np.where(high[:, day], day, last)
    return count, day_of


Scored = tuple[World, np.ndarray]


def false_alarms(runs: list[Scored], threshold: float, wanted: Callable[[str], bool]) -> float:
    """Events a pair and year on the pairs of the wanted sorts."""
    count, years = 0, 0.0
    for world, score in runs:
        chosen = np.array([wanted(sort) for sort in world.sort])
        count += int(events(score[chosen], threshold, FIRST, DAYS)[0].sum())
        years += int(chosen.sum()) * (DAYS - FIRST) / YEAR
    return count / max(years, 1e-9)


def is_still(sort: str) -> bool:
    return sort in ("quiet", "close")


def at_equal(runs: list[Scored], target: float) -> float:
    """The lowest threshold with at most ``target`` false alarms a pair and year on quiet margins."""
    low, high = 0.0, 12.0
    for _ in range(16):
        middle = (low + high) / 2
        low, high = (middle, high) if false_alarms(runs, middle, is_still) > target else (low, middle)
    return high


def power(runs: list[Scored], threshold: float) -> tuple[float, float, list[float]]:
    """Share of meetings heard of, median delay in days, and the shares by stories a week (to 1, to 2, more)."""
    delays, weekly = [], []
    for world, score in runs:
        for place in np.flatnonzero(world.sort == "meeting"):
            onset = int(world.onset[place])
            _, day = events(score[place : place + 1], threshold, onset, min(onset + HORIZON, DAYS))
            delays.append(float(day[0] - onset) if day[0] < DAYS else math.inf)
            weekly.append(world.weekly[place])
    heard, pace = np.isfinite(delays), np.array(weekly)
    shares = [float(heard[(pace > low) & (pace <= high)].mean()) for low, high in ((0, 1.2), (1.2, 2.2), (2.2, 1e9))]
    return float(heard.mean()), float(np.median(delays)), shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="11,12,13")
    parser.add_argument(
        "--only", default="total,references,margins,detector", help=f"of total, references, detector, {', '.join(VARIANTS)}"
    )
    parser.add_argument("--target", type=float, default=0.02, help="false alarms a pair and year")
    args = parser.parse_args()
    ways = {"total": by_total, "references": by_references} | {name: by_margins(p) for name, p in VARIANTS.items()}
    chosen = args.only.split(",")
    runs: dict[str, list[Scored]] = {name: [] for name in chosen}
    started = time.perf_counter()
    for seed in (int(text) for text in args.seeds.split(",")):
        world = make(seed)
        margins = Margins.of(world)
        for name in chosen:
            if name == "detector":
                runs[name].append((world, by_detector(world)))
                continue
            out = np.zeros((len(world.left), DAYS), np.float32)
            for start in range(0, len(out), BLOCK):
                places = np.arange(start, min(start + BLOCK, len(out)))
                stories = np.stack([world.pair(place) for place in places])
                out[places] = ways[name](margins, Pairs(world.left[places], world.right[places]), stories)
            runs[name].append((world, out))
    sorts = ("quiet", "close", *MOVING)
    print(f"{'':13} {'h':>5} {'power':>6} {'days':>5} {'1/wk':>5} {'2/wk':>5} {'more':>5} |" + "".join(f"{s:>8}" for s in sorts))
    promised = math.log10(YEAR / args.target)
    for title, fixed in (("equal", None), ("nominal", promised)):
        print(f"at {title} false alarms ({args.target} a pair and year):")
        for name in chosen:
            h = at_equal(runs[name], args.target) if fixed is None else fixed
            share, delay, by_pace = power(runs[name], h)
            rates = [false_alarms(runs[name], h, lambda sort, s=s: s in sort.split("+")) for s in sorts]
            everyone = false_alarms(runs[name], h, lambda sort: sort != "meeting")
            print(
                f"{name:13} {h:5.2f} {share:6.2f} {delay:5.0f} "
                + " ".join(f"{value:5.2f}" for value in by_pace)
                + " |"
                + "".join(f"{rate:8.3f}" for rate in rates)
                + f"  all {everyone:.3f}"
            )
    print(f"{time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
