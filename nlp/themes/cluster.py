"""BERTopic's clustering step: groups of stories close enough to be one theme. BERTopic calls ``fit`` and reads ``labels_``.

Average linkage (Sokal and Michener 1958) on the space's own similarity, so that being grouped and joining later follow one rule;
EVoC and UMAP with HDBSCAN can take its place. ``broader`` goes on from there: families of themes, coarser layers of one tree.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nlp.themes import space
from nlp.themes.config import ThemeSettings

_ROWS_AT_ONCE = 512
_FEW = 100
_SEED = 42
_STORIES_A_TOPIC = 400  # fewer topics than one for so many stories: HDBSCAN collapsed

Similarity = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Clusterer:
    """What BERTopic asks of a clustering step, around one ``way`` of grouping rows. The same rows give the same labels."""

    def __init__(self, way: Callable[[np.ndarray], np.ndarray], min_size: int) -> None:
        self.way = way
        self.min_size = min_size

    def fit(self, rows: np.ndarray, y: Any = None) -> Clusterer:
        """Learns ``labels_`` [n] from rows of ``nlp.themes.space``: 0 for the largest group, and so on; -1 for rows in none."""
        self.labels_ = _largest_first(self.way(rows), self.min_size)
        return self


def clusterer(settings: ThemeSettings, stories: int) -> Clusterer:
    """The configured clustering step for so many ``stories``.

    A few are always grouped by average linkage: in a graph of nearest neighbours, all of a few are neighbours.
    """
    wanted = settings.clusterer if stories >= _FEW else "average"
    size = settings.min_stories
    if wanted == "evoc":
        return Clusterer(lambda rows: _evoc(space.meaning_of(rows), size), size)
    if wanted == "umap":
        return Clusterer(lambda rows: _umap(space.meaning_of(rows), size), size)
    return Clusterer(lambda rows: linked(rows, np.ones(len(rows)), settings.cluster_similarity), size)


def layers(rows: np.ndarray, settings: ThemeSettings) -> list[np.ndarray]:
    """Labels [n] of the stories' groups, fine then broad, -1 for stories in none. Each fine group lies in one broad group.

    A story of no fine group joins the broad one whose mean it is near enough to, by the rule that makes groups a family.
    """
    fine = clusterer(settings, len(rows)).fit(rows).labels_
    k = int(fine.max(initial=-1)) + 1
    if k == 0:
        return [fine, fine.copy()]
    common = rows.mean(axis=0)
    sizes = np.bincount(fine[fine >= 0], minlength=k)
    centres = np.stack([rows[fine == label].mean(axis=0) for label in range(k)])
    families = broader(centres, sizes, settings.family_similarity, common)
    families[families < 0] = families.max() + 1 + np.arange((families < 0).sum())
    themes = _about(centres, common)
    hearts = [np.average(themes[families == f], axis=0, weights=sizes[families == f]) for f in range(families.max() + 1)]
    near = _about(rows, common) @ np.stack(hearts).T
    nearest = np.where(near.max(axis=1) >= settings.family_similarity, near.argmax(axis=1), -1)
    return [fine, np.where(fine >= 0, families[fine], nearest)]


def broader(centres: np.ndarray, sizes: np.ndarray, similarity: float, common: np.ndarray | None = None) -> np.ndarray:
    """Families [k] of themes: 0 for the one with the most stories, and so on; -1 for a theme on its own.

    ``centres`` [k, dim] are the themes' mean rows of ``nlp.themes.space``, ``sizes`` [k] their stories. Average linkage goes on
    from themes to families, on the cosine of meanings *about what all have in common*, so that one ``similarity`` serves a narrow
    corpus and a broad one: ``common`` [dim] is the mean row of the stories, or without it a mean of the themes that no giant
    rules. Words say what is one story, not what is one field: they are left out.
    """
    if len(centres) == 0:
        return np.zeros(0, dtype=int)
    weights = np.maximum(sizes, 1).astype(np.float32)
    if common is None:
        common = np.average(centres, axis=0, weights=np.sqrt(weights))
    families = linked(_about(centres, common), weights, similarity, lambda left, right: left @ right.T)
    return _largest_first(families, 2, weights)


def _about(rows: np.ndarray, common: np.ndarray) -> np.ndarray:
    return space.unit(space.meaning_of(rows) - space.meaning_of(common[None]))


def linked(rows: np.ndarray, sizes: np.ndarray, at_least: float, similarity: Similarity = space.similarity) -> np.ndarray:
    """Groups [n] by average linkage, named by their first member: no two of them have a mean similarity of ``at_least``.

    ``sizes`` [n] says for how many stories each row stands. Nearest-neighbour chains (Benzécri 1982, Murtagh 1983) find
    what cutting the whole tree there would give, without the tree: memory is half a matrix of float32, 2 n² bytes.
    """
    near = _Pairs(rows, similarity)
    weight = np.array(sizes, dtype=np.float32)
    joined = np.arange(len(rows))
    gone = np.zeros(len(rows), dtype=np.float32)  # -inf for groups that are finished or part of another
    chain: list[int] = []
    for start in range(len(rows)):
        while gone[start] == 0:
            chain = chain or [start]
            last = chain[-1]
            line = near[last] + gone
            best = int(line.argmax())
            if len(chain) > 1 and line[chain[-2]] == line[best]:
                best = chain[-2]
            if line[best] < at_least:
                gone[last] = -np.inf  # nothing will ever be nearer: a mean is never above its parts
                chain.pop()
            elif len(chain) > 1 and best == chain[-2]:
                del chain[-2:]
                kept, other = sorted((last, best))
                total = weight[last] + weight[best]
                near[kept] = (weight[last] * line + weight[best] * near[best]) / total
                weight[kept], joined[other], gone[other] = total, kept, -np.inf
            else:
                chain.append(best)
    while (joined[joined] != joined).any():
        joined = joined[joined]
    return joined


def _evoc(meaning: np.ndarray, min_size: int) -> np.ndarray:
    """EVoC (embedding vector oriented clustering): the layer it holds for the most persistent, -1 for none."""
    from evoc import EVoC

    model = EVoC(random_state=_SEED, base_min_cluster_size=min_size)
    model.fit(meaning)
    return np.asarray(model.labels_)


def _umap(meaning: np.ndarray, min_size: int) -> np.ndarray:
    """UMAP to five dimensions, then HDBSCAN: BERTopic's usual pair, -1 for none. Seeded, hence on one thread.

    HDBSCAN's excess of mass (Campello et al. 2013) sometimes keeps two or three huge topics: then its leaves are taken.
    """
    from hdbscan import HDBSCAN
    from umap import UMAP

    flat = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=_SEED, n_jobs=1)
    places = flat.fit_transform(meaning)
    labels: np.ndarray = HDBSCAN(min_size, min_samples=1, core_dist_n_jobs=1).fit_predict(places)
    if (labels.max() + 1) * _STORIES_A_TOPIC < len(meaning):
        labels = HDBSCAN(min_size, min_samples=1, core_dist_n_jobs=1, cluster_selection_method="leaf").fit_predict(places)
    return labels


class _Pairs:
    """Similarities of every two groups, above the diagonal only. ``pairs[i]`` [n] is a line of them, -inf for itself."""

    def __init__(self, rows: np.ndarray, similarity: Similarity) -> None:
        self.n = n = len(rows)
        i = np.arange(n, dtype=np.int64)
        self._start = i * n - i * (i + 1) // 2 - i - 1
        self._values = np.empty(n * (n - 1) // 2, dtype=np.float32)
        for first in range(0, n, _ROWS_AT_ONCE):
            block = similarity(rows[first : first + _ROWS_AT_ONCE], rows[first:])
            for k, line in enumerate(block):
                self._values[self._after(first + k)] = line[k + 1 :]

    def _after(self, i: int) -> slice:
        return slice(self._start[i] + i + 1, self._start[i] + self.n)

    def __getitem__(self, i: int) -> np.ndarray:
        line = np.empty(self.n, dtype=np.float32)
        line[:i] = self._values[self._start[:i] + i]
        line[i] = -np.inf
        line[i + 1 :] = self._values[self._after(i)]
        return line

    def __setitem__(self, i: int, line: np.ndarray) -> None:
        self._values[self._start[:i] + i] = line[:i]
        self._values[self._after(i)] = line[i + 1 :]


def _largest_first(groups: np.ndarray, min_size: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Labels [n]: groups of ``min_size`` rows and more, by falling weight, then by first member; -1 for the rest and for -1."""
    labels = np.full(len(groups), -1)
    ids, first, of, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    weight = np.bincount(of, weights=weights, minlength=len(ids))
    kept = [i for i in np.lexsort((first, -weight)) if sizes[i] >= min_size and ids[i] >= 0]
    for label, i in enumerate(kept):
        labels[of == i] = label
    return labels
