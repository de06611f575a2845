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
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from monitor.trends.breadth import breadth
from monitor.trends.change import find_change, is_below_usual, is_broad
from monitor.trends.longrun import longrun
from monitor.trends.momentum import SHORT, lift, momentum
from monitor.trends.parameters import KINDS, Parameters
from monitor.trends.season import seasonal_factor
from monitor.trends.series import Series, build_series
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
    """Synthetic themes: their series, shape, rate, and the application domains they belong to."""

    series: Series
    shape: list[str]
    rate: np.ndarray
    domains: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """By subject and day; what the score of the day gives the states."""

    score: np.ndarray
    falling: np.ndarray
    observed: np.ndarray
    expected: np.ndarray
    baseline: np.ndarray


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
    parts = tuple(np.concatenate(column) for column in zip(*entries, strict=True))
    stories = rng.poisson(volume) + 1.0
    domains = rng.integers(0, DOMAINS, len(shape))[:, None] == np.arange(DOMAINS)
    for row, name in enumerate(shape):
        if name.startswith("pair"):
            domains[row] = np.arange(DOMAINS) == row % each % DOMAINS
    series = build_series(FIRST, stories, kinds, (parts[0], parts[1], parts[2], parts[3]), len(shape))
    return World(series, shape, rate, domains)


def _wobble(rng: np.random.Generator, days: int, sd: float = 0.25, memory: float = 20.0) -> np.ndarray:
    keep = np.exp(-1.0 / memory)
    steps = rng.normal(0, sd * np.sqrt(1 - keep**2), days)
    out = np.empty(days)
    now = rng.normal(0, sd)
    for day in range(days):
        now = keep * now + steps[day]
        out[day] = now
    return out - sd**2 / 2


def scored(series: Series, parameters: Parameters) -> Scored:
    """The score in force. The one place that knows which detector gives it."""
    found = momentum(series, parameters, guarded_from=ONSET)
    observed, expected = found.observed[:, :, 0].T, found.expected[:, :, 0].T
    return Scored(found.score, found.falling, _window(observed), _window(expected), found.baseline)


def _window(daily: np.ndarray) -> np.ndarray:
    total = np.cumsum(daily, axis=1)
    return np.asarray(total - np.pad(total, ((0, 0), (SHORT, 0)))[:, : daily.shape[1]])


@dataclass(frozen=True, slots=True, eq=False)
class Weekly:
    """[subjects, sources, weeks] stories of the themes, and [sources, weeks] stories of all themes."""

    observed: np.ndarray
    exposure: np.ndarray

    def until(self, week: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
        x, v = self.observed[:, :, max(0, week - longest) : week], self.exposure[:, max(0, week - longest) : week]
        return x, (x.sum(axis=2) / v.sum(axis=1))[:, :, None] * v


def weekly(series: Series) -> Weekly:
    """Stories and volume of the full weeks."""
    weeks = series.days // 7
    stories = np.stack([series.dense(np.array([row]))[0][:, : 7 * weeks] for row in series.subjects])
    subjects = len(stories)
    observed = stories.reshape(subjects, series.sources, weeks, 7).sum(axis=3)
    return Weekly(observed, series.volume[:, : 7 * weeks].reshape(series.sources, weeks, 7).sum(axis=2))


def numbers_of(seed: int, each: int, threshold: float) -> Iterable[tuple[str, float, int, Numbers, Stage]]:
    """(shape, rate, weeks since the onset, what the state is decided on, stage) of every theme at every age."""
    made = world(seed, each)
    series, parameters = made.series, Parameters()
    score, weeks = scored(series, parameters), weekly(series)
    by_kind = np.stack([weeks.observed[:, series.kinds == kind].sum(axis=1) for kind in range(len(KINDS))], axis=1)
    of_kind = np.stack([weeks.exposure[series.kinds == kind].sum(axis=0) for kind in range(len(KINDS))])
    for age in AGES:
        day = ONSET + 7 * age - 1
        week = (day + 1) // 7
        broad = breadth(series, day, parameters)
        x, m = weeks.until(week, 520)
        x2, m2 = weeks.until(week, 104)
        run = longrun(x.sum(axis=1), m.sum(axis=1))
        z = needed_z(threshold)
        pairs = substitutions(run, made.domains, z)
        replaced, replacing = {pair.falling for pair in pairs}, {pair.rising for pair in pairs}
        move = _moved(by_kind, of_kind, week)
        season = _season(x.sum(axis=1), m.sum(axis=1), day, parameters)
        for subject, shape in enumerate(made.shape):
            one = run.of(subject)
            today = FIRST + dt.timedelta(days=day)
            speaks = max(score.score[subject, day], score.falling[subject, day]) >= threshold / 2
            change, holds, below = None, True, False
            if speaks or one.rise(z, 12) is not None or one.fall(z, 12) is not None:
                change = find_change(x2[subject].sum(axis=0), m2[subject].sum(axis=0), today)
                holds = change is None or is_broad(x2[subject], m2[subject], change)
                below = is_below_usual(x2[subject].sum(axis=0), m2[subject].sum(axis=0))
            observed, expected = score.observed[subject, day], score.expected[subject, day]
            numbers = Numbers(
                score=float(score.score[subject, day]),
                falling=float(score.falling[subject, day]),
                lift=float(lift(observed, expected)),
                baseline=float(score.baseline[subject, day]),
                age_days=None,
                stories_long=float(broad.stories_long[subject]),
                sources_long=int(broad.sources_long[subject]),
                kinds_long=int(broad.kinds_long[subject]),
                diversity=float(broad.diversity[subject]),
                is_below_usual=below,
                change=change,
                change_is_broad=holds,
                run=one,
                maturity_move=None if np.isnan(move[subject]) else float(move[subject]),
                replaces=subject in replacing,
                is_replaced=subject in replaced,
                in_season=bool(season[subject]),
            )
            yield shape, float(made.rate[subject]), age, numbers, stage_of(run, subject, numbers.baseline)


def _moved(by_kind: np.ndarray, of_kind: np.ndarray, week: int) -> np.ndarray:
    """The move of maturity from the year that ended two years ago to the last one."""
    now, before = slice(week - 52, week), slice(max(0, week - 156), week - 104)
    return moved(
        maturity(by_kind[:, :, now].sum(axis=2), of_kind[:, now].sum(axis=1)),
        maturity(by_kind[:, :, before].sum(axis=2), of_kind[:, before].sum(axis=1)),
    )


def _season(x: np.ndarray, m: np.ndarray, day: int, parameters: Parameters) -> np.ndarray:
    return np.asarray(seasonal_factor(np.stack([x, m]), day, parameters.dispersion_start, parameters) > 1.0)


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
