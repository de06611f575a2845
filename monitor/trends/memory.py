"""The detector's state between two runs: put together from parts, and written as one compressed array file (no pickles).

Rows can be kept, dropped, replaced by rows that were scored anew, and sources added, without touching the others.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from monitor.trends.counts import Counts
from monitor.trends.detector import Detector, Layout
from monitor.trends.meetings import PairRows
from monitor.trends.parameters import Parameters
from monitor.trends.shared import Shared

# Arrays by dotted name, with the axis of the rows and that of the sources (None for none).
_ARRAYS: tuple[tuple[str, int | None, int | None], ...] = (
    ("exposure.baseline", 0, 1),
    ("exposure.past", None, 0),
    ("exposure.first", None, 0),
    ("exposure.today", None, 0),
    ("windows.sources", 0, None),
    ("windows.sources_long", 0, None),
    ("windows.stories_long", 0, None),
    ("windows.by_kind_long", 0, None),
    ("windows.newcomers", 0, None),
    ("windows.first_day", 0, None),
    ("windows.spread", 0, None),
    ("season.weeks", 2, None),
    ("season.factor", 0, None),
    ("weeks.observed", 1, None),
    ("weeks.volume", None, 1),
    ("weeks.running", None, 0),
    ("dispersion.days", 2, None),
    ("dispersion.observed", 1, None),
    ("dispersion.expected", 1, None),
    ("dispersion.excess", 1, None),
    ("dispersion.weight", 1, None),
    ("dispersion.variance", 1, None),
    ("dispersion.pool", None, None),
    ("evidence.rising.value", 0, None),
    ("evidence.rising.cusum", 0, None),
    ("evidence.rising.since", 0, None),
    ("evidence.sinking.value", 0, None),
    ("evidence.sinking.cusum", 0, None),
    ("evidence.sinking.since", 0, None),
    ("certainty", 0, None),
)
_BY_WINDOW: tuple[tuple[str, int | None, int | None], ...] = (
    ("windows.counts", 0, 1),
    ("leaks.sums", 0, None),
    ("exposure.rate_sums", None, 0),
)
_VERSION = 2
_NO_DATE = (1980, 1, 1, 0, 0, 0)


class Unreadable(ValueError):
    """A written state that this version cannot read: the score is computed anew from the counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Rows of a detector, and the rows they become."""

    detector: Detector
    rows: np.ndarray
    become: np.ndarray


def put_together(layout: Layout, kinds: np.ndarray, first: Part, *others: Part) -> Detector:
    """A detector of this layout whose rows come from the parts, all at the same day; what is shared comes from the first.

    ``kinds`` begins with the parts' own sources; the rest are new. The empty row comes from the first part.
    """
    if not others and _is_unchanged(layout, kinds, first):
        return first.detector
    made = Detector(layout, kinds, first.detector.parameters)
    made.day, made.shared = first.detector.day, first.detector.shared
    parts = [replace(first, rows=np.r_[first.rows, first.detector.layout.rows], become=np.r_[first.become, layout.rows]), *others]
    for name, rows, sources in _all_arrays(made):
        target = _get(made, name)
        for part in parts if rows is not None else parts[:1]:
            _copy(target, _get(part.detector, name), part, rows, sources)
    made.exposure.rates = deque(_padded(rate, len(kinds)) for rate in first.detector.exposure.rates)
    for place in range(len(first.detector.dispersion.waiting)):
        pair = (np.zeros_like(made.dispersion.excess), np.zeros_like(made.dispersion.excess))
        for part in parts:
            for target, source in zip(pair, part.detector.dispersion.waiting[place], strict=True):
                target[:, part.become] = source[:, part.rows]
        made.dispersion.waiting.append(pair)
    _gather_days(made, parts)
    return made


def _is_unchanged(layout: Layout, kinds: np.ndarray, part: Part) -> bool:
    old = part.detector.layout
    same_rows = old.themes == layout.themes and np.array_equal(part.rows, part.become) and len(part.rows) == old.rows
    same_pairs = np.array_equal(old.pairs.left, layout.pairs.left) and np.array_equal(old.pairs.right, layout.pairs.right)
    return bool(same_rows and same_pairs and len(kinds) == len(part.detector.kinds))


def written(detector: Detector, names: dict[str, Sequence[str]]) -> bytes:
    """The state as the bytes of a compressed ``.npz``; ``names`` are lists of texts kept with it."""
    arrays = {name: _get(detector, name) for name, _, _ in _all_arrays(detector)}
    arrays |= {f"shared.{name}": array for name, array in detector.shared.arrays().items()}
    pairs = detector.layout.pairs
    arrays |= {
        "pairs": np.stack([pairs.rows, pairs.left, pairs.right]),
        "pooled": detector.dispersion.pooled[:-1],
    }
    arrays |= {"day": np.array([detector.day]), "themes": np.array([detector.layout.themes]), "kinds": detector.kinds}
    arrays |= {"parameters": np.array(repr(detector.parameters)), "version": np.array([_VERSION])}
    arrays |= {f"rates.{n}": rate for n, rate in enumerate(detector.exposure.rates)}
    for n, pair in enumerate(detector.dispersion.waiting):
        arrays |= {f"waiting.{n}.excess": pair[0], f"waiting.{n}.weight": pair[1]}
    for name, days in _sparse(detector).items():
        arrays |= {f"{name}.{n}.{column}": value for n, day in enumerate(days) for column, value in enumerate(day)}
    arrays |= {f"names.{name}": np.array(list(texts), dtype=np.str_) for name, texts in names.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            # The date of a member is fixed, so that the same state has the same bytes.
            info = zipfile.ZipInfo(f"{name}.npy", _NO_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)
    return out.getvalue()


def read_back(payload: bytes, parameters: Parameters) -> tuple[Detector, dict[str, list[str]]]:
    """The detector and names that ``written`` wrote. Raises Unreadable for another version, other parameters or broken bytes."""
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
            return _read(arrays, parameters)
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as exc:
        raise Unreadable(f"the state of the monitor cannot be read: {exc}") from exc


def _read(arrays: Mapping[str, np.ndarray], parameters: Parameters) -> tuple[Detector, dict[str, list[str]]]:
    """From the open archive, an array at a time: the whole is never there twice."""
    if int(arrays["version"][0]) != _VERSION or str(arrays["parameters"]) != repr(parameters):
        raise Unreadable("the state of the monitor is of another version or other parameters")
    themes = int(arrays["themes"][0])
    layout = Layout(themes, PairRows(*arrays["pairs"]), arrays["pooled"][:themes])
    made = Detector(layout, arrays["kinds"], parameters)
    made.day = int(arrays["day"][0])
    known = list(arrays)
    made.shared = Shared.of({name.removeprefix("shared."): arrays[name] for name in known if name.startswith("shared.")})
    for name, _, _ in _all_arrays(made):
        _get(made, name)[...] = arrays[name]
    made.exposure.rates = deque(arrays[f"rates.{n}"] for n in range(_length(known, "rates.")))
    waiting = range(_length(known, "waiting."))
    made.dispersion.waiting = deque((arrays[f"waiting.{n}.excess"], arrays[f"waiting.{n}.weight"]) for n in waiting)
    for name in ("late", "days", "fresh", "leaked"):
        width = {"late": 4, "days": 3}.get(name, 2)
        days = [tuple(arrays[f"{name}.{n}.{c}"] for c in range(width)) for n in range(_length(known, f"{name}."))]
        _set_sparse(made, name, days)
    return made, {name.removeprefix("names."): arrays[name].tolist() for name in known if name.startswith("names.")}


def _gather_days(made: Detector, parts: Sequence[Part]) -> None:
    """Sparse entries of the last days, of the rows that are kept, under their new numbers. Days are counted from the newest."""
    for name in ("late", "days", "fresh", "leaked"):
        all_days = [_sparse(part.detector)[name] for part in parts]
        gathered = []
        for back in range(max(len(days) for days in all_days), 0, -1):
            found = [_moved(days[-back], part) for days, part in zip(all_days, parts, strict=True) if len(days) >= back]
            columns = [np.concatenate(column) for column in zip(*(day[:3] for day in found), strict=True)]
            if name == "late":
                columns.append(_padded(all_days[0][-back][3], len(made.kinds)))
            gathered.append(tuple(columns))
        _set_sparse(made, name, gathered)


def _moved(day: tuple[np.ndarray, ...], part: Part) -> tuple[np.ndarray, ...]:
    become = np.full(part.detector.layout.rows + 1, -1)
    become[part.rows] = part.become
    row = become[day[0]]
    keep = row >= 0
    return (row[keep], *(column[keep] for column in day[1:3]))


def _sparse(detector: Detector) -> dict[str, list[tuple[np.ndarray, ...]]]:
    return {
        "late": [(c.row, c.source, c.stories, c.volume) for c in detector.exposure.waiting],
        "days": list(detector.windows.days),
        "fresh": list(detector.windows.fresh),
        "leaked": list(detector.leaks.days),
    }


def _set_sparse(detector: Detector, name: str, days: Sequence[tuple[np.ndarray, ...]]) -> None:
    if name == "late":
        detector.exposure.waiting = deque(Counts(*day) for day in days)
    elif name == "days":
        detector.windows.days = deque((row, source, stories) for row, source, stories in days)
    elif name == "fresh":
        detector.windows.fresh = deque((row, source) for row, source in days)
    else:
        detector.leaks.days = deque((row, leaked) for row, leaked in days)


def _all_arrays(detector: Detector) -> Iterator[tuple[str, int | None, int | None]]:
    yield from _ARRAYS
    for name, rows, sources in _BY_WINDOW:
        for window in _get(detector, name):
            yield f"{name}.{window}", rows, sources


def _get(detector: Detector, name: str) -> Any:
    value: Any = detector
    for part in name.split("."):
        value = value[int(part)] if part.isdigit() else getattr(value, part)
    return value


def _copy(target: np.ndarray, source: np.ndarray, part: Part, rows: int | None, sources: int | None) -> None:
    if rows is None and sources is None:
        target[...] = source
        return
    if rows is None:
        place: list[Any] = [slice(None)] * target.ndim
        place[sources or 0] = slice(0, source.shape[sources or 0])
        target[tuple(place)] = source
        return
    to = np.moveaxis(target, rows, 0)
    given = np.moveaxis(source, rows, 0)[part.rows]
    if sources is None:
        to[part.become] = given
    else:
        to[part.become, : given.shape[1]] = given


def _padded(values: np.ndarray, length: int) -> np.ndarray:
    return np.r_[values, np.zeros(length - len(values))] if len(values) < length else values


def _length(names: Sequence[str], prefix: str) -> int:
    return 1 + max((int(name.removeprefix(prefix).split(".")[0]) for name in names if name.startswith(prefix)), default=-1)
