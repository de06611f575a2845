"""States on synthetic shapes: which state a theme of a known shape is given, so many weeks after its onset.

    python scripts/bench/states.py states [--seeds 11,12,13] [--each 10] [--threshold 3.86]
    python scripts/bench/states.py levels [--seeds 11,12,13] [--each 70]
    python scripts/bench/states.py growth [--seeds 11,12,13] [--each 100]

``states`` writes stories of 50 sources of four kinds over five years, scores them, and prints shape x state by rate
and age. ``levels`` repeats the table of change and long trend on weekly counts alone. Noise: log rate AR(1) (sd .25, 20 days)
times a gamma of each day (shape 5) or week (shape 35). ``growth`` says how often
the 90 % interval of a growth holds it. The defaults of the package were chosen on seeds 1 to 3.
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scored import read_days

from monitor.trends.change import find_change, is_below_usual, is_broad, weekly_by_source
from monitor.trends.counts import Counts, one_day
from monitor.trends.detector import Detector, Layout
from monitor.trends.longrun import longrun
from monitor.trends.parameters import KINDS, Parameters
from monitor.trends.stage import Stage, maturity, moved, stage_of
from monitor.trends.states import Numbers, decide, needed_z
from monitor.trends.substitution import substitutions

RATES = (0.1, 0.3, 1.0, 3.0)
AGES = (2, 8, 12, 16, 26, 52, 104, 156)
ONSET = 728
DAYS = ONSET + 7 * 157
FIRST = dt.date(2021, 1, 4)
SOURCES = (30, 8, 6, 6)
DOMAINS = 24
HALF_YEAR, TWO_YEARS = 182, 728
RESEARCH, MARKET = np.array([0.1, 0.75, 0.15, 0.0]), np.array([0.55, 0.2, 0.15, 0.1])
STATES = ("noise", "stable", "weak_signal", "emerging", "trend", "rupture", "transition", "declining")


def ramp(days: np.ndarray, weeks: int) -> np.ndarray:
    """From 0 at the onset to 1 after so many weeks."""
    return np.clip((days - ONSET) / max(7 * weeks, 1), 0.0, 1.0) if weeks else (days >= ONSET) * 1.0


SHAPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "null": lambda d: np.ones(len(d)),
    "step x3": lambda d: 1 + 2 * ramp(d, 0),
    "13-week ramp x3": lambda d: 1 + 2 * ramp(d, 13),
    "52-week ramp x3": lambda d: 1 + 2 * ramp(d, 52),
    "156-week ramp x4": lambda d: 1 + 3 * ramp(d, 156),
    "yearly fair x4": lambda d: np.where((d - ONSET) % 364 < 21, 4.0, 1.0),
    "26-week decline /4": lambda d: 1 - 0.75 * ramp(d, 26),
    "156-week decline /4": lambda d: 4.0 ** -ramp(d, 156),
    "sharp fall /4": lambda d: 1 - 0.75 * ramp(d, 0),
    "3-week burst x8": lambda d: np.where((d >= ONSET) & (d < ONSET + 21), 8.0, 1.0),
    "pair, rising": lambda d: 4.0 ** ramp(d, 130),
    "pair, falling": lambda d: 4.0 ** -ramp(d, 130),
    "papers to news x4": lambda d: 1 + 3 * ramp(d, 130),
}


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Synthetic themes: stories in order of days, their volume, the themes' shape, rate, and application domains."""

    row: np.ndarray
    source: np.ndarray
    day: np.ndarray
    stories: np.ndarray
    volume: np.ndarray
    kinds: np.ndarray
    shape: list[str]
    rate: np.ndarray
    domains: np.ndarray

    def days(self) -> Iterator[Counts]:
        """The days, in order."""
        cut = np.searchsorted(self.day, np.arange(DAYS + 1))
        for day in range(DAYS):
            part = slice(int(cut[day]), int(cut[day + 1]))
            yield one_day(self.row[part], self.source[part], self.stories[part], self.volume[:, day])

    def of(self, row: int) -> np.ndarray:
        """[sources, days] stories of a theme."""
        out = np.zeros(self.volume.shape)
        mine = self.row == row
        out[self.source[mine], self.day[mine]] = self.stories[mine]
        return out

    def by_kind(self, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        """[themes, kinds] stories and [kinds] volume of the days from ``start`` to before ``end``."""
        part = (self.day >= start) & (self.day < end)
        stories = np.zeros((len(self.shape), len(KINDS)))
        np.add.at(stories, (self.row[part], self.kinds[self.source[part]]), self.stories[part])
        of_kind = self.volume[:, max(start, 0) : end].sum(axis=1)
        return stories, np.array([of_kind[self.kinds == kind].sum() for kind in range(len(KINDS))])


def world(seed: int, each: int) -> World:
    """``each`` themes of every shape and rate, written story by story."""
    rng = np.random.default_rng(seed)
    shape = [name for name in SHAPES for _ in RATES for _ in range(each)]
    rate = np.array([value for _ in SHAPES for value in RATES for _ in range(each)])
    kinds = np.repeat(np.arange(4), SOURCES)
    days = np.arange(DAYS)
    weekday = np.where(days % 7 >= 5, 0.4, 1.0)
    usual = rng.uniform(20, 80, len(kinds))
    volume = usual[:, None] * weekday * np.exp(rng.normal(0, 0.12, (len(kinds), DAYS)))
    relative = volume / volume.mean(axis=1, keepdims=True)
    entries: list[tuple[np.ndarray, ...]] = []
    for row, name in enumerate(shape):
        mix = rng.dirichlet([8, 4, 2, 2])
        within = np.concatenate([rng.dirichlet(np.full(count, 0.5)) for count in SOURCES])
        passage = ramp(days, 130) if name.startswith("papers") else np.zeros(DAYS)
        mixes = (RESEARCH[:, None] + (MARKET - RESEARCH)[:, None] * passage) if passage.any() else np.tile(mix[:, None], DAYS)
        level = rate[row] * SHAPES[name](days) * np.exp(_wobble(rng, DAYS)) * rng.gamma(5.0, 0.2, DAYS)
        count = rng.poisson(mixes[kinds] * within[:, None] * relative * level)
        source, day = np.nonzero(count)
        entries.append((np.full(len(source), row), source, day, count[source, day]))
    row_of, source_of, day_of, stories = (np.concatenate(column) for column in zip(*entries, strict=True))
    order = np.argsort(day_of, kind="stable")
    collected = rng.poisson(volume) + 1.0
    domains = rng.integers(0, DOMAINS, len(shape))[:, None] == np.arange(DOMAINS)
    for row, name in enumerate(shape):
        if name.startswith("pair"):
            domains[row] = np.arange(DOMAINS) == row % each % DOMAINS
    return World(row_of[order], source_of[order], day_of[order], stories[order], collected, kinds, shape, rate, domains)


def _wobble(rng: np.random.Generator, days: int, sd: float = 0.25, memory: float = 20.0) -> np.ndarray:
    keep = np.exp(-1.0 / memory)
    steps = rng.normal(0, sd * np.sqrt(1 - keep**2), days)
    out = np.empty(days)
    now = rng.normal(0, sd)
    for day in range(days):
        now = keep * now + steps[day]
        out[day] = now
    return out - sd**2 / 2


def numbers_of(seed: int, each: int, threshold: float) -> Iterable[tuple[str, float, int, Numbers, Stage]]:
    """(shape, rate, weeks since the onset, what the state is decided on, stage) of every theme at every age."""
    made = world(seed, each)
    detector, everyone = Detector(Layout(len(made.shape)), made.kinds), np.arange(len(made.shape))
    z = needed_z(threshold)
    ages = {ONSET + 7 * age - 1: age for age in AGES}
    for read in read_days(detector, made.days(), ages):
        reading, day = read.reading, read.reading.day
        week_stories, usual = detector.weeks.last((day + 1) // 7 - 1, detector.share(everyone))
        run = longrun(week_stories[: len(everyone)], usual)
        pairs = substitutions(run, made.domains, z)
        replaced, replacing = {pair.falling for pair in pairs}, {pair.rising for pair in pairs}
        move = _moved(made, day)
        today = FIRST + dt.timedelta(days=day)
        volume = made.volume[:, : day + 1]
        for subject, shape in enumerate(made.shape):
            one = run.of(subject)
            speaks = max(reading.score[subject], reading.falling[subject]) >= threshold
            change, holds, below = None, True, False
            if speaks or (np.nan_to_num(np.abs(run.z[subject])) >= z).any():
                observed, expected = weekly_by_source(made.of(subject)[:, : day + 1], volume, Parameters())
                x, m = observed.sum(axis=0), expected.sum(axis=0)
                change = find_change(x, m, today)
                holds = change is None or is_broad(observed, expected, change)
                below = is_below_usual(x, m)
            numbers = Numbers(
                score=float(reading.score[subject]),
                falling=float(reading.falling[subject]),
                lift=float(reading.lift[subject]),
                baseline=float(reading.certainty[subject]),
                age_days=None,
                stories_long=float(read.stories_long[subject]),
                sources_long=int(read.sources_long[subject]),
                kinds_long=int(read.kinds_long[subject]),
                diversity=float(read.diversity[subject]),
                is_below_usual=below,
                change=change,
                change_is_broad=holds,
                run=one,
                maturity_move=None if np.isnan(move[subject]) else float(move[subject]),
                replaces=subject in replacing,
                is_replaced=subject in replaced,
                in_season=bool(reading.in_season[subject]),
            )
            yield shape, float(made.rate[subject]), ages[day], numbers, stage_of(run, subject, numbers.baseline)


def _moved(made: World, day: int) -> np.ndarray:
    """The move of maturity from the half-year that ended two years ago to the last one, as the monitor takes it."""
    end, before = day + 1, day + 1 - TWO_YEARS
    return moved(maturity(*made.by_kind(end - HALF_YEAR, end)), maturity(*made.by_kind(before - HALF_YEAR, before)))


def states(seeds: list[int], each: int, threshold: float) -> None:
    """Prints the confusion of shape and state, then the rules and stages behind it."""
    made = [row for seed in seeds for row in numbers_of(seed, each, threshold)]
    found = [(shape, rate, age, decide(numbers, threshold), stage) for shape, rate, age, numbers, stage in made]
    print(f"seeds {seeds}, {each * len(seeds)} themes a cell, threshold {threshold}")
    print(f"{'shape':21s} {'rate':>4s} {'weeks':>5s}  " + " ".join(f"{state[:9]:>9s}" for state in STATES) + "   no data")
    for shape in SHAPES:
        for rate in (*RATES, None):
            for age in AGES:
                cell = [d for s, r, a, d, _ in found if s == shape and a == age and rate in (None, r)]
                tally = Counter(d.state for d in cell)
                lacking = sum(d.rule == "noise.too_little_data" for d in cell)
                row = " ".join(f"{tally[state] / len(cell):9.2f}" if tally[state] else "        ." for state in STATES)
                print(f"{shape:21s} {'all' if rate is None else rate:>4} {age:5d}  {row} {lacking / len(cell):9.2f}")
    print("\nrules, all rates")
    for shape in SHAPES:
        for age in AGES:
            rules = Counter(d.rule for s, _, a, d, _ in found if s == shape and a == age)
            print(f"{shape:21s} {age:5d}  " + ", ".join(f"{rule} {count}" for rule, count in rules.most_common(6)))
    print("\nstages, rates from .3")
    for shape in SHAPES:
        for age in AGES:
            chosen = [stage for s, r, a, _, stage in found if s == shape and a == age and r >= 0.3]
            names = Counter(stage.name or "not enough data" for stage in chosen)
            width = np.mean([len(stage.plausible) for stage in chosen if stage.name] or [0])
            print(f"{shape:21s} {age:5d}  {width:.1f} plausible; " + ", ".join(f"{n} {c}" for n, c in names.most_common(5)))


def levels(seeds: list[int], each: int) -> None:
    """Prints how often a change is found and called sharp on 104 weeks of counts, and a long rise found."""
    today = dt.date(2026, 7, 5)
    print("rate  times  shape    change found  called sharp  long rise 24 months  a change begins in its interval")
    for rate in RATES:
        for times in (2, 3):
            for name, length in (("null", 0), ("step", 0), ("13 weeks", 13), ("52 weeks", 52)):
                rows, risen = [], []
                start = 30 if length == 52 else 40
                for seed in seeds:
                    rng = np.random.default_rng([seed, int(rate * 10), times, length, len(name)])
                    counts = _counts(rng, rate, 1 if name == "null" else times, start, length, each)
                    flat = np.broadcast_to(counts.mean(axis=1, keepdims=True), counts.shape)
                    risen.append(longrun(counts, flat).z[:, 2] > 2.6)
                    first = today - dt.timedelta(days=7 * (counts.shape[1] - start) - 1)
                    for x, m in zip(counts, flat, strict=True):
                        change = find_change(x, m, today)
                        if change is None:
                            rows.append((False, False, False))
                            continue
                        clear = change.is_clear and (name == "null" or change.ratio > 1)
                        rows.append((clear, clear and change.is_sharp, change.earliest <= first <= change.latest))
                share, rise = np.mean(rows, axis=0), np.concatenate(risen).mean()
                print(f"{rate:4} {times:6d}  {name:8s} {share[0]:12.2f} {share[1]:13.2f} {rise:20.3f} {share[2]:20.2f}")


def growth(seeds: list[int], each: int) -> None:
    """Prints the coverage of the 90 % intervals of growth on 156 weeks, and how often a long rise is found."""
    print("rate  growth a year  g26 holds  g104 holds  (standard errors)  z > 2.6 over 12, 18, 24 months, all")
    for rate in RATES:
        for true in (0.0, 0.4):
            parts = []
            for seed in seeds:
                rng = np.random.default_rng([seed, int(rate * 10)])
                level = np.exp(true * (np.arange(156) - 156) / 52.18)
                wobble = np.stack([_wobble(rng, 156, memory=20 / 7) for _ in range(each)])
                counts = rng.poisson(7 * rate * level * np.exp(wobble) * rng.gamma(35, 1 / 35, wobble.shape)).astype(float)
                run = longrun(counts, np.broadcast_to(counts.mean(axis=1, keepdims=True), counts.shape))
                parts.append(np.c_[run.g26, run.g26_error, run.g104, run.g104_error, run.z])
            table = np.concatenate(parts)
            shown = []
            for place in (0, 2):
                known = table[~np.isnan(table[:, place])]
                holds = np.abs(known[:, place] - true) < 1.645 * known[:, place + 1]
                shown.append(
                    (holds.mean() if len(known) > 20 else np.nan, np.median(known[:, place + 1]) if len(known) else np.nan)
                )
            (short, short_error), (long, long_error) = shown
            rises = " ".join(f"{value:.3f}" for value in (table[:, 4:] > 2.6).mean(axis=0))
            print(f"{rate:4} {true:14} {short:10.2f} {long:11.2f}  ({short_error:.2f}, {long_error:.2f})  {rises}")


def _counts(rng: np.random.Generator, rate: float, times: float, start: int, length: int, count: int) -> np.ndarray:
    week = np.arange(104)
    passage = np.clip((week - start) / length, 0, 1) if length else (week >= start) * 1.0
    wobble = np.stack([_wobble(rng, 104, memory=20 / 7) for _ in range(count)])
    return rng.poisson(7 * rate * (1 + (times - 1) * passage) * np.exp(wobble) * rng.gamma(35, 1 / 35, wobble.shape)).astype(
        float
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", choices=("states", "levels", "growth"))
    parser.add_argument("--seeds", default="11,12,13")
    parser.add_argument("--each", type=int, default=10, help="themes of a shape, rate and seed")
    parser.add_argument("--threshold", type=float, default=3.86, help="one false alarm in 20 theme-years")
    args = parser.parse_args()
    seeds = [int(seed) for seed in args.seeds.split(",")]
    if args.table == "states":
        states(seeds, args.each, args.threshold)
    elif args.table == "levels":
        levels(seeds, args.each)
    else:
        growth(seeds, args.each)


if __name__ == "__main__":
    main()
