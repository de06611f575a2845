"""Which theme a cluster is: one that had fallen asleep, or a new one. Pure; identities outlive every fit.

Open stories are, by definition, far from every living theme: only a retired theme can come back in a cluster.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nlp.themes import space
from nlp.themes.discover import Cluster


def revived(clusters: Sequence[Cluster], centres: np.ndarray, threshold: float) -> list[int | None]:
    """For each cluster the position of the retired theme it brings back, or None for a new theme.

    ``centres`` [m, ·] are the mean rows of the retired themes. A cluster is the most similar of them when their mean similarity
    reaches ``threshold``, the one a story needs to join; no theme is taken twice.
    """
    found: list[int | None] = []
    taken: set[int] = set()
    for cluster in clusters:
        if len(centres) == 0:
            found.append(None)
            continue
        near = space.similarity(cluster.centre[None], centres)[0]
        near[list(taken)] = -1
        best = int(near.argmax())
        found.append(best if near[best] >= threshold else None)
        if near[best] >= threshold:
            taken.add(best)
    return found
