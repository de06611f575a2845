"""CPU and wall seconds and peak memory by step, worker processes included."""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.replay.measure import Meter

_TICKS = os.sysconf("SC_CLK_TCK")


class Costs:
    """Adds up what each step took. ``cpu`` and ``wall`` are seconds, ``peak`` megabytes of this process and its workers."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = defaultdict(float)
        self.wall: dict[str, float] = defaultdict(float)
        self.peak: dict[str, float] = defaultdict(float)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        meter = Meter()
        meter.begin()
        cpu, wall = cpu_seconds(), time.perf_counter()
        yield
        seconds = time.perf_counter() - wall
        self.wall[step] += seconds
        self.cpu[step] += cpu_seconds() - cpu
        meter.end(step, seconds)
        self.peak[step] = max(self.peak[step], meter.total_peak)

    def found(self, what: str) -> dict[str, object]:
        """Everything, as ``speed.py`` reads it. ``what`` says in words what came out."""
        load = " ".join(f"{one:.1f}" for one in os.getloadavg())
        return {"cpu": self.cpu, "wall": self.wall, "peak": self.peak, "load": load, "found": what}


def cpu_seconds() -> float:
    """CPU seconds of this process and of its workers, ended ones included."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(_of_child(child.pid) for child in multiprocessing.active_children())
    return time.process_time() + ended.ru_utime + ended.ru_stime + living


def _of_child(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
