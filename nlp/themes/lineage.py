"""What a new grouping of the same stories means for their themes: the same, split, or merged. Pure; changes nothing itself.

Groups and themes are matched one to one by the Hungarian method (Kuhn 1955) on ``½ cos(centres) + ½ Jaccard(shared stories)``. A
theme of which two groups hold a good share each has split; a group to which two themes gave a good share each has merged them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from nlp.themes import space

ACCEPT = 0.55
SHARE = 0.3
MOST = 0.5


@dataclass(frozen=True, slots=True)
class Grouping:
    """Stories in k groups: ``labels`` [n] from 0 to k - 1, -1 for a story in none; ``centres`` [k, ·], the groups' mean rows."""

    labels: np.ndarray
    centres: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """Stories by group [k]."""
        return np.bincount(self.labels[self.labels >= 0], minlength=len(self.centres)).astype(float)


def grouping(rows: np.ndarray, labels: np.ndarray) -> Grouping:
    """Groups with their mean rows; labels are 0, 1, … without holes, -1 for none."""
    count = int(labels.max()) + 1 if len(labels) else 0
    centres = np.zeros((count, rows.shape[1]), dtype=np.float32)
    for label in range(count):
        centres[label] = rows[labels == label].mean(axis=0)
    return Grouping(np.asarray(labels), centres)


@dataclass(frozen=True, slots=True)
class Split:
    """Theme ``old`` falls into groups: it goes on as ``kept``; each of ``parts`` leaves it."""

    old: int
    kept: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """Themes ``absorbed`` go on as theme ``heir``; ``weights`` are their shares of the group's stories."""

    heir: int
    absorbed: tuple[int, ...]
    weights: tuple[float, ...]


def counterparts(old: Grouping, new: Grouping) -> dict[int, int]:
    """Which group each theme goes on as, one to one, where they are alike enough (``ACCEPT``)."""
    if not len(old.centres) or not len(new.centres):
        return {}
    shared = overlap(old, new)
    union = old.sizes[:, None] + new.sizes[None, :] - shared
    alike = 0.5 * _cosines(old.centres, new.centres) + 0.5 * shared / np.maximum(union, 1)
    return _matched(alike, ACCEPT)


def most_alike(old: Sequence[Collection[str]], new: Sequence[Collection[str]]) -> dict[int, int]:
    """Positions in ``old`` to positions in ``new``, one to one, by the members they share: a Jaccard of ``SHARE`` at least."""
    if not old or not new:
        return {}
    mine, theirs = [set(group) for group in old], [set(group) for group in new]
    alike = np.array([[len(a & b) / max(len(a | b), 1) for b in theirs] for a in mine])
    return _matched(alike, SHARE)


def overlap(old: Grouping, new: Grouping) -> np.ndarray:
    """How many stories each theme shares with each group [old, new]."""
    table = np.zeros((len(old.centres), len(new.centres)))
    both = (old.labels >= 0) & (new.labels >= 0)
    np.add.at(table, (old.labels[both], new.labels[both]), 1)
    return table


def splits(old: Grouping, new: Grouping, *, at_least: int, apart: float, whole: Collection[int] = ()) -> list[Split]:
    """Themes that fall into groups.

    A part holds ``at_least`` stories and ``SHARE`` of the theme's, most of its own stories are the theme's, and its mean
    similarity to the part that stays is below ``apart``. Themes in ``whole`` never split: a person put them together.
    """
    shared, same = overlap(old, new), counterparts(old, new)
    old_sizes, new_sizes = old.sizes, new.sizes
    found = []
    for i in range(len(old.centres)):
        enough = (shared[i] >= max(at_least, SHARE * old_sizes[i])) & (shared[i] >= MOST * new_sizes)
        parts = np.flatnonzero(enough).tolist()
        if i in whole or len(parts) < 2:
            continue
        kept = same[i] if same.get(i) in parts else parts[int(shared[i, parts].argmax())]
        leaving = tuple(j for j in parts if j != kept and _between(new.centres[j], new.centres[kept]) < apart)
        if leaving:
            found.append(Split(i, kept, leaving))
    return found


def merges(
    old: Grouping,
    new: Grouping,
    *,
    near: float,
    rank: Sequence[tuple[float, ...]],
    apart: Collection[frozenset[int]] = (),
    named: Collection[int] = (),
) -> list[Merge]:
    """Themes that one group brings together. The heir is the one of highest ``rank``.

    Each gave ``SHARE`` of the group's stories, has most of its own in the group, and a mean similarity of ``near`` to the heir.
    Pairs in ``apart`` never merge, for a person split them; of two ``named`` themes neither goes.
    """
    shared, old_sizes = overlap(old, new), old.sizes
    found = []
    for j in range(len(new.centres)):
        given = shared[:, j].sum()
        inside = np.flatnonzero(
            (shared[:, j] > 0) & (shared[:, j] >= SHARE * given) & (shared[:, j] >= MOST * old_sizes)
        ).tolist()
        if len(inside) < 2:
            continue
        heir = max(inside, key=lambda i: (rank[i], -i))
        gone = [
            i
            for i in inside
            if i != heir
            and frozenset((i, heir)) not in apart
            and not (i in named and heir in named)
            and _between(old.centres[i], old.centres[heir]) >= near
        ]
        if gone:
            found.append(Merge(heir, tuple(gone), tuple(round(float(shared[i, j] / given), 3) for i in gone)))
    return found


def _matched(alike: np.ndarray, at_least: float) -> dict[int, int]:
    """Rows to columns, one to one, for the greatest sum (Hungarian method); pairs that are too little alike are left out."""
    rows, columns = linear_sum_assignment(-alike)
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if alike[i, j] >= at_least}


def _between(left: np.ndarray, right: np.ndarray) -> float:
    """Mean similarity of the stories around one centre to those around the other."""
    return float(space.similarity(left[None], right[None])[0, 0])


def _cosines(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    result: np.ndarray = space.similarity(left, right) / _lengths(left)[:, None] / _lengths(right)[None, :]
    return result


def _lengths(centres: np.ndarray) -> np.ndarray:
    own = np.array([space.similarity(centre[None], centre[None])[0, 0] for centre in centres])
    lengths: np.ndarray = np.sqrt(np.maximum(own, 1e-9))
    return lengths
