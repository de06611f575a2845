"""Seconds and peak memory by step, of this process and of its worker processes. Sums survive an interruption.

Peaks come from the kernel where it can be asked to forget the last one (Linux), so that each step has its own; elsewhere the peak
since the start of the process stands for every later step.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_MB = 1024 * 1024
_FORGET_PEAK = "5"  # proc(5), clear_refs


class Meter:
    """Adds up what each step took, in this run and in those before it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.own: dict[str, float] = {}
        self.workers: dict[str, float] = {}
        self.total_seconds = 0.0
        self.total_peak = 0.0
        self._since = time.perf_counter()
        self._ended = _ended_children()

    def add(self, earlier: Mapping[str, Any]) -> None:
        """Takes in the ``state`` of an earlier run."""
        for step, seconds in earlier.get("seconds", {}).items():
            self.seconds[step] = self.seconds.get(step, 0.0) + seconds
        for mine, theirs in ((self.own, earlier.get("own", {})), (self.workers, earlier.get("workers", {}))):
            for step, peak in theirs.items():
                mine[step] = max(mine.get(step, 0.0), peak)
        self.total_seconds += earlier.get("total_seconds", 0.0)
        self.total_peak = max(self.total_peak, earlier.get("total_peak", 0.0))

    def begin(self) -> None:
        """A step begins: earlier peaks are forgotten."""
        for pid in ("self", *_children()):
            with suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text(_FORGET_PEAK, encoding="ascii")
        self._ended = _ended_children()

    def end(self, step: str, seconds: float) -> None:
        """A step ended after so many seconds."""
        own = _peak("self") or _own_peak()
        workers = sum(_peak(pid) or 0.0 for pid in _children())
        ended = _ended_children()
        if ended > self._ended:
            workers = max(workers, ended)
        self.seconds[step] = self.seconds.get(step, 0.0) + seconds
        self.own[step] = max(self.own.get(step, 0.0), own)
        self.workers[step] = max(self.workers.get(step, 0.0), workers)
        self.total_peak = max(self.total_peak, own + workers)

    @contextmanager
    def measuring(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        self.begin()
        yield
        self.end(step, time.perf_counter() - started)

    def lap(self) -> None:
        """Adds the time since the last lap to the total, whatever was done in it."""
        now = time.perf_counter()
        self.total_seconds += now - self._since
        self._since = now

    def state(self) -> dict[str, Any]:
        """Everything so far, as ``add`` takes it."""
        return {
            "seconds": _rounded(self.seconds, 3),
            "own": _rounded(self.own, 1),
            "workers": _rounded(self.workers, 1),
            "total_seconds": round(self.total_seconds, 3),
            "total_peak": round(self.total_peak, 1),
        }


def _children() -> list[str]:
    return [str(process.pid) for process in multiprocessing.active_children() if process.pid is not None]


def _peak(pid: str) -> float | None:
    """Most memory the process held at once, in MB; None where the kernel does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 / _MB for line in lines if line.startswith("VmHWM:")), None)


def _own_peak() -> float:
    return _megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _ended_children() -> float:
    return _megabytes(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)


def _megabytes(maxrss: int) -> float:
    return maxrss / _MB if sys.platform == "darwin" else maxrss * 1024 / _MB


def _rounded(values: Mapping[str, float], digits: int) -> dict[str, float]:
    return {key: round(value, digits) for key, value in values.items()}
