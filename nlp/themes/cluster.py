"""BERTopic's clustering step: groups of stories close enough to be one theme. BERTopic calls ``fit`` and reads ``labels_``.

Average linkage (Sokal and Michener 1958) on the space's own similarity, so that being grouped and joining later follow one rule.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from nlp.themes import space
from nlp.themes.config import ThemeSettings


class AverageLinkage:
    """Groups rows of ``nlp.themes.space`` whose mean similarity is at least ``similarity``; smaller groups stay open."""

    def __init__(self, *, similarity: float, min_size: int) -> None:
        self.similarity = similarity
        self.min_size = min_size

    def fit(self, rows: np.ndarray, y: Any = None) -> AverageLinkage:
        """Learns ``labels_`` [n]: 0 for the largest group, and so on; -1 for stories in none."""
        n = len(rows)
        self.labels_ = np.full(n, -1)
        if n < self.min_size:
            return self
        distance = 1 - space.similarity(rows, rows)
        condensed = np.maximum(distance[np.triu_indices(n, 1)], 0).astype(np.float64)
        del distance
        groups = fcluster(linkage(condensed, "average"), 1 - self.similarity, "distance")
        ids, first, sizes = np.unique(groups, return_index=True, return_counts=True)
        kept = [i for i in np.lexsort((first, -sizes)) if sizes[i] >= self.min_size]
        for label, i in enumerate(kept):
            self.labels_[groups == ids[i]] = label
        return self


class Evoc:
    """EVoC (embedding vector oriented clustering) on meaning alone: its finest layer."""

    def __init__(self, *, min_size: int) -> None:
        self.min_size = min_size

    def fit(self, rows: np.ndarray, y: Any = None) -> Evoc:
        """Learns ``labels_`` [n]; -1 for stories in no group."""
        self.labels_ = np.full(len(rows), -1)
        if len(rows) >= 4 * self.min_size:
            from evoc import EVoC

            model = EVoC(random_state=42, base_min_cluster_size=self.min_size)
            model.fit(space.meaning_of(rows))
            self.labels_ = np.asarray(model.cluster_layers_[0])
        return self


def clusterer(settings: ThemeSettings) -> AverageLinkage | Evoc:
    """The configured clustering step."""
    if settings.clusterer == "evoc":
        return Evoc(min_size=settings.min_stories)
    return AverageLinkage(similarity=settings.cluster_similarity, min_size=settings.min_stories)
