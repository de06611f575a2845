"""What a day of the score costs, CPU time on one thread, and how large its memory is."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator

import numpy as np

from monitor.trends.counts import Counts, one_day
from monitor.trends.detector import Detector, Layout
from monitor.trends.memory import read_back, written
from monitor.trends.parameters import KINDS, Parameters

RISING = 0.02
_TIMES = 3


def run(themes: int, sources: int, documents: int, days: int) -> None:
    """Prints seconds a day and a year, moved only and read each day, peak memory, and the state's size and time to write."""
    kinds = np.random.default_rng(0).integers(0, len(KINDS), sources)
    detector = Detector(Layout(themes), kinds)
    moved, read = [], []
    for counts in invented_days(themes, sources, documents, days):
        start = time.process_time()
        detector.move(counts)
        middle = time.process_time()
        reading = detector.read()
        moved.append(middle - start)
        read.append(time.process_time() - middle)
    looked_at = int(np.isfinite(reading.without_top).sum())
    print(f"{themes} themes, {sources} sources, {documents} stories a day, {days} days; CPU seconds, one thread")
    for name, seconds in (("moved", np.array(moved)), ("read", np.array(read)), ("both", np.add(moved, read))):
        print(
            f"{name:6s} a day: median {np.median(seconds):.3f}, worst {seconds.max():.3f}; "
            f"{days} days {seconds.sum():.1f}, a year at that pace {seconds.mean() * 365:.1f}"
        )
    print(f"themes whose guard was computed on the last day: {looked_at}")
    print(f"peak memory {peak():.0f} MB")
    start = time.process_time()
    payload = written(detector, {})
    spent = time.process_time() - start
    print(f"state {len(payload) / 1e6:.1f} MB, written in {spent:.2f} s; peak memory with that {peak():.0f} MB")
    del detector, reading
    start = time.process_time()
    read_back(payload, Parameters())
    print(f"read back in {time.process_time() - start:.2f} s; peak memory with that {peak():.0f} MB")


def invented_days(themes: int, sources: int, documents: int, days: int) -> Iterator[Counts]:
    """Stories spread over themes and sources at random; a fiftieth of the themes triple in the second half."""
    random = np.random.default_rng(1)
    pace = np.ones(themes)
    for day in range(days):
        if day == days // 2:
            pace[random.random(themes) < RISING] = _TIMES
        row = random.choice(themes, documents, p=pace / pace.sum())
        source = random.integers(0, sources, documents)
        volume = np.bincount(source, minlength=sources).astype(float)
        yield one_day(row, source, np.ones(documents), volume)


def peak() -> float:
    """Largest resident memory of the process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
