"""Pairs of themes in one application domain of which one falls while the other rises: a substitution under way.

The log odds of the rising one within the pair grow linearly (Fisher and Pry 1971); their slope must be clear, and so must both
movements alone. Arrays in, pairs out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.trends.longrun import LongRun

_SUCCESSORS = 3
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
    """All pairs, the clearest first; each falling theme keeps its three clearest successors.

    ``domains`` is [subjects, domains], true where a theme belongs.
    """
    count = len(run.weeks)
    rows = [run.of(subject) for subject in range(count)]
    falling = [i for i, row in enumerate(rows) if row.fall(needed_z, 24) is not None and row.still(-1.0)]
    rising = [i for i, row in enumerate(rows) if row.rise(needed_z, 24) is not None and row.still(1.0)]
    found = []
    for a in falling:
        pairs = []
        for b in rising:
            shared = np.flatnonzero(domains[a] & domains[b])
            if not len(shared) or not _comparable(run, a, b):
                continue
            speed = float(run.g104[b] - run.g104[a])
            error = float(np.hypot(run.g104_error[a], run.g104_error[b]))
            if speed > needed_z * error:
                pairs.append(Substitution(a, b, int(shared[0]), speed, error))
        found += sorted(pairs, key=lambda pair: -pair.speed / pair.speed_error)[:_SUCCESSORS]
    return sorted(found, key=lambda pair: -pair.speed / pair.speed_error)


def _comparable(run: LongRun, falling: int, rising: int) -> bool:
    """Whether what one gains a year is of the size of what the other loses. False where a growth is unknown."""
    gain = float(run.g104[rising] * run.stories[rising] / run.weeks[rising])
    loss = float(-run.g104[falling] * run.stories[falling] / run.weeks[falling])
    return gain > 0 and loss > 0 and 1 / _SIZE <= gain / loss <= _SIZE
