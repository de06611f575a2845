"""Pairs of themes in one application domain of which one falls while the other rises: a substitution under way.

The log odds of the rising one within the pair grow linearly (Fisher and Pry 1971); their slope must be clear, and so must both
movements alone. Arrays in, pairs out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.trends.longrun import LongRun

_SIZE = 5.0


@dataclass(frozen=True, slots=True)
class Substitution:
    """``falling`` and ``rising`` are subject indexes, ``domain`` a column of the domains given."""

    falling: int
    rising: int
    domain: int
    speed: float
    """Growth a year of the log odds of the rising theme against the falling one."""
    speed_error: float


def substitutions(run: LongRun, domains: np.ndarray, needed_z: float = 2.6) -> list[Substitution]:
    """The pairs, the clearest first; a theme stands in one pair at most, the clearest it could form.

    ``domains`` is [subjects, domains], true where a theme belongs. Two themes that move apart by chance make a pair too: the
    finer the domains, the fewer of these.
    """
    count = len(run.weeks)
    rows = [run.of(subject) for subject in range(count)]
    falling = [i for i, row in enumerate(rows) if row.fall(needed_z, 24) is not None and row.still(-1.0)]
    rising = [i for i, row in enumerate(rows) if row.rise(needed_z, 24) is not None and row.still(1.0)]
    pairs = [pair for a in falling for b in rising if (pair := _pair(run, a, b, domains, needed_z)) is not None]
    pairs.sort(key=lambda pair: -pair.speed / pair.speed_error)
    found: list[Substitution] = []
    taken: set[int] = set()
    for pair in pairs:
        if not taken & {pair.falling, pair.rising}:
            found.append(pair)
            taken |= {pair.falling, pair.rising}
    return found


def _pair(run: LongRun, falling: int, rising: int, domains: np.ndarray, needed_z: float) -> Substitution | None:
    shared = np.flatnonzero(domains[falling] & domains[rising])
    if not len(shared) or not _comparable(run, falling, rising):
        return None
    speed = float(run.g104[rising] - run.g104[falling])
    error = float(np.hypot(run.g104_error[rising], run.g104_error[falling]))
    return Substitution(falling, rising, int(shared[0]), speed, error) if speed > needed_z * error else None


def _comparable(run: LongRun, falling: int, rising: int) -> bool:
    """Whether what one gains a year is of the size of what the other loses. False where a growth is unknown."""
    gain = float(run.g104[rising] * run.stories[rising] / run.weeks[rising])
    loss = float(-run.g104[falling] * run.stories[falling] / run.weeks[falling])
    return gain > 0 and loss > 0 and 1 / _SIZE <= gain / loss <= _SIZE
