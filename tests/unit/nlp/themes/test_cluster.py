from __future__ import annotations

import numpy as np
import pytest

from nlp.themes import space
from nlp.themes.cluster import AverageLinkage, Evoc, clusterer
from nlp.themes.config import ThemeSettings
from tests.unit.nlp.themes.stories import axis, rows_of


def labels(rows: np.ndarray, similarity: float = 0.4, min_size: int = 3) -> list[int]:
    return AverageLinkage(similarity=similarity, min_size=min_size).fit(rows).labels_.tolist()


def a_scene(seed: int = 3) -> np.ndarray:
    """Five stories around one axis, four around another, three on their own; no two similarities are equal."""
    random = np.random.default_rng(seed)
    meaning = np.stack([*[axis(0)] * 5, *[axis(1)] * 4, axis(2), axis(3), axis(4)])
    return rows_of(list(space.unit(meaning + random.normal(scale=0.05, size=meaning.shape))))


def test_the_largest_group_comes_first_and_the_lonely_stay_open() -> None:
    assert labels(a_scene()) == [0] * 5 + [1] * 4 + [-1] * 3
    assert labels(a_scene()[::-1]) == [-1] * 3 + [1] * 4 + [0] * 5


def test_a_group_too_small_stays_open() -> None:
    assert labels(a_scene(), min_size=5) == [0] * 5 + [-1] * 7
    assert labels(a_scene(), min_size=6) == [-1] * 12


def test_fewer_stories_than_a_group_needs() -> None:
    assert labels(a_scene()[:2]) == [-1, -1]
    assert labels(a_scene()[:0]) == []


def test_the_same_rows_give_the_same_groups() -> None:
    assert labels(a_scene()) == labels(a_scene())


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_stories_does_not_change_the_groups(seed: int) -> None:
    rows = a_scene(seed)
    order = np.random.default_rng(seed).permutation(len(rows))

    def groups(found: list[int], positions: np.ndarray) -> set[frozenset[int]]:
        named = {label for label in found if label >= 0}
        return {frozenset(positions[np.array(found) == label].tolist()) for label in named}

    assert groups(labels(rows[order]), order) == groups(labels(rows), np.arange(len(rows)))


def test_groups_are_held_together_by_their_mean_similarity() -> None:
    rows = rows_of([axis(0)] * 4 + [axis(0, 0.7)])  # .49 from the other four: .7 times the cosine
    assert labels(rows, similarity=0.48) == [0] * 5
    assert labels(rows, similarity=0.50) == [0] * 4 + [-1]


def test_the_configured_clusterer() -> None:
    average = clusterer(ThemeSettings(min_stories=7, cluster_similarity=0.5))
    assert isinstance(average, AverageLinkage)
    assert (average.min_size, average.similarity) == (7, 0.5)
    evoc = clusterer(ThemeSettings(clusterer="evoc"))
    assert isinstance(evoc, Evoc)
    assert evoc.fit(a_scene()).labels_.tolist() == [-1] * 12  # too few for it
