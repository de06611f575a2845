"""The prototype of the score, which the benches of the score are held against; its file is no part of the project.

It brings the invented streams, the rules of what an alert and a detection are, and its own detector.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from monitor.trends.counts import Counts
from monitor.trends.parameters import KINDS


def load(path: Path) -> Any:
    """The module in ``path``. Raises SystemExit when there is none."""
    spec = importlib.util.spec_from_file_location("momentum_prototype", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SystemExit(f"{path} is no Python file; give the path of the prototype")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def days_of(prototype: Any, stream: Any) -> Iterator[Counts]:
    """One of its streams as our days. What it recognised as copies is what was collected beyond the stories kept."""
    for day in range(stream.D):
        row, source, stories = prototype.day_records(stream, day)
        copies = np.zeros((stream.K, len(KINDS)))
        copies[:, 0] = np.maximum(stream.raw[:, day] - np.bincount(row, stories, stream.K), 0.0)
        yield Counts(row, source, stories, stream.N[:, day], copies)
