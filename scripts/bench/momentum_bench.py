"""Invented streams: movements of four shapes and artefacts of five sorts, at equal false alerts; one process a seed.

A false alert is an alert on a quiet theme: the score reaches the threshold, and did not in the 30 days before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import prototype as prototypes
from scored import scored

from monitor.trends.detector import Detector, Layout
from monitor.trends.parameters import Parameters

FIRST, LAST = 400, 890
NOMINAL = (0.02, 0.05, 0.1, 0.2, 0.5)
SPARSE = 0.5
VOLUME_DAY, VOLUME_DAYS = 600, 60
QUIET_AMONG_ARTEFACTS, QUIET_IN_VOLUME = 300, 400
EACH_TAKES = 0.6

Streams = Mapping[str, Any]
Found = Mapping[str, np.ndarray]
"""[rows, days] scores by stream."""


@dataclass(slots=True)
class Result:
    """One way of alerting on one seed."""

    thresholds: tuple[float, ...]
    false_alerts: float
    delays: dict[str, np.ndarray] = field(default_factory=dict)
    sparse: dict[str, float] = field(default_factory=dict)
    artefacts: dict[str, float] = field(default_factory=dict)

    @property
    def power(self) -> float:
        return float(np.mean([np.isfinite(delays).mean() for delays in self.delays.values()]))


@dataclass(slots=True)
class Seed:
    """Everything one seed says: results by way of alerting, and measured false alerts by (score, nominal rate)."""

    results: dict[str, Result]
    nominal: dict[tuple[str, float], float]


def run(path: Path, seeds: Iterable[int], null: int, each: int, rate: float, workers: int) -> None:
    """Runs the seeds and prints what they say together."""
    jobs = [(path, seed, null, each, rate) for seed in seeds]
    if workers == 1:
        done = [one_seed(*job) for job in jobs]
    else:
        with ProcessPoolExecutor(workers) as pool:
            done = list(pool.map(one_seed, *zip(*jobs, strict=True)))
    report(done)


def report(done: Sequence[Seed]) -> None:
    """Prints the table, and what nominal thresholds give."""
    show([seed.results for seed in done])
    print("\nfalse alerts a theme and year at the threshold the product uses for a rate, unmeasured")
    print(f"{'':16s} {'rate':>5s} {'threshold':>9s} {'measured':>9s} {'ratio':>6s}")
    for name, wanted in done[0].nominal:
        measured = float(np.mean([seed.nominal[name, wanted] for seed in done]))
        print(f"{name:16s} {wanted:5.2f} {threshold_for(wanted):9.2f} {measured:9.4f} {measured / wanted:6.2f}")


def one_seed(path: Path, seed: int, null: int, each: int, rate: float) -> Seed:
    """Makes the four streams of a seed and scores them in every way."""
    lab = prototypes.load(path)
    streams = {
        "calibration": lab.simulate(1000 + seed, {"null": null}),
        "test": lab.simulate(2000 + seed, {"null": null, **dict.fromkeys(lab.POS, each)}),
        "artefacts": lab.simulate(3000 + seed, {"null": QUIET_AMONG_ARTEFACTS, **dict.fromkeys(lab.ART, each)}),
        "volume": lab.simulate(4000 + seed, {"null": QUIET_IN_VOLUME}, volume_event=VOLUME_DAY),
    }
    trend, buzz = ours(lab, streams, Parameters())
    bare_trend, bare_buzz = ours(lab, streams, replace(Parameters(), leak=0.0))
    theirs = {name: lab.run_momentum(stream)["score"] for name, stream in streams.items()}
    results = {
        "trend": at_equal(lab, streams, [trend], rate),
        "burst": at_equal(lab, streams, [buzz], rate),
        "both": at_equal(lab, streams, [trend, buzz], rate),
        "both, no copies": at_equal(lab, streams, [bare_trend, bare_buzz], rate),
        "prototype": at_equal(lab, streams, [theirs], rate),
        "trend, nominal": measure(lab, streams, trend, threshold_for(rate)),
        "both, nominal": measure(lab, streams, union([trend, buzz], [threshold_for(rate / 2)] * 2), 0.0),
        "prototype, nom.": measure(lab, streams, theirs, threshold_for(rate)),
    }
    by_name = {"trend": trend, "burst": buzz, "prototype": theirs}
    nominal = {(name, one): quiet_alerts(lab, streams, by_name[name], threshold_for(one)) for name in by_name for one in NOMINAL}
    return Seed(results, nominal)


def threshold_for(rate: float) -> float:
    """The score that promises ``rate`` false alerts a theme and year."""
    return math.log10(365.25 / rate)


def ours(lab: Any, streams: Streams, parameters: Parameters) -> tuple[Found, Found]:
    """Scores of trends and of bursts."""
    found = {}
    for name, stream in streams.items():
        detector = Detector(Layout(stream.K), stream.kind, parameters)
        found[name] = scored(detector, prototypes.days_of(lab, stream))
    return {name: one["score"] for name, one in found.items()}, {name: one["buzz"] for name, one in found.items()}


def union(scores: Sequence[Found], thresholds: Sequence[float]) -> dict[str, np.ndarray]:
    """By how much the best of several scores passes its threshold."""
    return {
        name: np.max([score[name] - np.float32(h) for score, h in zip(scores, thresholds, strict=True)], axis=0)
        for name in scores[0]
    }


def at_equal(lab: Any, streams: Streams, scores: Sequence[Found], rate: float) -> Result:
    """Thresholds from the calibration stream; several scores get equal parts, then are moved together to the rate."""
    part = rate if len(scores) == 1 else EACH_TAKES * rate
    thresholds = [lab.calibrate(score["calibration"], part, FIRST, LAST) for score in scores]
    if len(scores) > 1:
        both = union(scores, thresholds)
        step = lab.calibrate(np.maximum(both["calibration"], -2.0), rate, FIRST, LAST)
        thresholds = [threshold + step for threshold in thresholds]
    result = measure(lab, streams, union(scores, thresholds), 0.0)
    result.thresholds = tuple(thresholds)
    return result


def measure(lab: Any, streams: Streams, score: Found, threshold: float) -> Result:
    """What one threshold does on the streams it was not set on."""
    test, artefacts, volume = streams["test"], streams["artefacts"], streams["volume"]
    result = Result((threshold,), lab.fa_rate(score["test"][test.names == "null"], threshold, FIRST, LAST))
    for name, horizon in lab.POS.items():
        chosen = test.names == name
        delays = lab.detect(score["test"][chosen], threshold, test.onset[chosen], horizon)
        result.delays[name] = delays
        result.sparse[name] = float(np.isfinite(delays[test.b[chosen] < SPARSE]).mean())
    for name, horizon in lab.ART.items():
        chosen = artefacts.names == name
        delays = lab.detect(score["artefacts"][chosen], threshold, artefacts.onset[chosen], horizon)
        result.artefacts[name] = float(np.isfinite(delays).mean())
    delays = lab.detect(score["volume"], threshold, np.full(volume.K, VOLUME_DAY), VOLUME_DAYS)
    result.artefacts["volume"] = float(np.isfinite(delays).mean())
    return result


def quiet_alerts(lab: Any, streams: Streams, score: Found, threshold: float) -> float:
    """False alerts a theme and year over the quiet themes of all streams but the one whose volume jumps."""
    quiet = [score[name][streams[name].names == "null"] for name in ("calibration", "test", "artefacts")]
    return float(lab.fa_rate(np.concatenate(quiet), threshold, FIRST, LAST))


def show(seeds: Sequence[Mapping[str, Result]]) -> None:
    """One line a way of alerting, means over the seeds; delays are medians over all themes, a missed one counts as never."""
    shapes, artefacts = list(seeds[0]["trend"].delays), list(seeds[0]["trend"].artefacts)
    head = f"{'':16s} {'thresholds':>11s} {'false':>6s} " + " ".join(f"{shape:>6s} {'days':>5s}" for shape in shapes)
    print(head + f" {'mean':>6s} {'sparse':>6s} " + " ".join(f"{name:>7s}" for name in artefacts) + "   mean by seed")
    for name in seeds[0]:
        rows = [seed[name] for seed in seeds]
        cells = []
        for shape in shapes:
            delays = np.concatenate([row.delays[shape] for row in rows])
            median = np.median(delays)
            cells.append(f"{np.isfinite(delays).mean():6.3f} {f'{median:5.0f}' if np.isfinite(median) else '    -'}")
        thresholds = " ".join(f"{h:.2f}" for h in np.mean([row.thresholds for row in rows], axis=0))
        sparse = np.mean([list(row.sparse.values()) for row in rows])
        quiet = " ".join(f"{np.mean([row.artefacts[kind] for row in rows]):7.3f}" for kind in artefacts)
        print(
            f"{name:16s} {thresholds:>11s} {np.mean([row.false_alerts for row in rows]):6.3f} "
            + " ".join(cells)
            + f" {np.mean([row.power for row in rows]):6.3f} {sparse:6.3f} {quiet}   "
            + " ".join(f"{row.power:.3f}" for row in rows),
            flush=True,
        )
