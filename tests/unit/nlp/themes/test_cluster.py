from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.metrics import adjusted_mutual_info_score

from nlp.themes import cluster, space
from nlp.themes.cluster import broader, clusterer, layers, linked
from nlp.themes.config import ThemeSettings
from tests.unit.nlp.themes.stories import DIMENSION, axis, rows_of


def labels(rows: np.ndarray, similarity: float = 0.4, min_size: int = 3) -> list[int]:
    settings = ThemeSettings(cluster_similarity=similarity, min_stories=min_size)
    found: list[int] = clusterer(settings, len(rows)).fit(rows).labels_.tolist()
    return found


def groups_of(found: np.ndarray, positions: np.ndarray | None = None) -> set[frozenset[int]]:
    positions = np.arange(len(found)) if positions is None else positions
    return {frozenset(positions[found == label].tolist()) for label in set(found.tolist()) - {-1}}


def a_scene(seed: int = 3) -> np.ndarray:
    """Five stories around one axis, four around another, three on their own; no two similarities are equal."""
    random = np.random.default_rng(seed)
    meaning = np.stack([*[axis(0)] * 5, *[axis(1)] * 4, axis(2), axis(3), axis(4)])
    return rows_of(list(space.unit(meaning + random.normal(scale=0.05, size=meaning.shape))))


def a_crowd(n: int, subjects: int, scale: float = 0.15, seed: int = 0) -> np.ndarray:
    """``n`` stories of ``subjects`` subjects of falling size, and as many again on nothing in particular."""
    random = np.random.default_rng(seed)
    of = np.minimum(random.geometric(4 / subjects, n) - 1, subjects - 1)
    centres = random.normal(size=(subjects, DIMENSION))
    meaning = np.concatenate(
        [space.unit(centres)[of] + random.normal(scale=scale, size=(n, DIMENSION)), random.normal(size=(n, DIMENSION))]
    )
    return rows_of(list(space.unit(meaning)))


def test_the_largest_group_comes_first_and_the_lonely_stay_open() -> None:
    assert labels(a_scene()) == [0] * 5 + [1] * 4 + [-1] * 3
    assert labels(a_scene()[::-1]) == [-1] * 3 + [1] * 4 + [0] * 5


def test_a_group_too_small_stays_open() -> None:
    assert labels(a_scene(), min_size=5) == [0] * 5 + [-1] * 7
    assert labels(a_scene(), min_size=6) == [-1] * 12


def test_fewer_stories_than_a_group_needs() -> None:
    assert labels(a_scene()[:2]) == [-1, -1]
    assert labels(a_scene()[:1]) == [-1]
    assert labels(a_scene()[:0]) == []


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_stories_does_not_change_the_groups(seed: int) -> None:
    rows = a_scene(seed)
    order = np.random.default_rng(seed).permutation(len(rows))
    assert groups_of(np.array(labels(rows[order])), order) == groups_of(np.array(labels(rows)))


def test_groups_are_held_together_by_their_mean_similarity() -> None:
    rows = rows_of([axis(0)] * 4 + [axis(0, 0.7)])  # .49 from the other four: .7 times the cosine
    assert labels(rows, similarity=0.48) == [0] * 5
    assert labels(rows, similarity=0.50) == [0] * 4 + [-1]


@pytest.mark.parametrize("cut", [0.1, 0.2, 0.35, 0.5])
@pytest.mark.parametrize("scale", [0.1, 0.2])
def test_the_groups_are_those_of_the_whole_tree_cut_there(cut: float, scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_ROWS_AT_ONCE", 64)
    rows = a_crowd(120, 12, scale)
    distance = 1 - space.similarity(rows, rows).astype(np.float64)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(np.maximum(distance, 0), checks=False), "average")
    found = linked(rows, np.ones(len(rows)), cut)
    assert groups_of(found) == groups_of(fcluster(tree, 1 - cut, "distance"))
    assert len(groups_of(found)) > 1
    assert all(name == min(members) for name, members in ((found[next(iter(g))], g) for g in groups_of(found)))


def test_identical_stories_are_one_group() -> None:
    assert labels(rows_of([axis(0)] * 40 + [axis(1)] * 30)) == [0] * 40 + [1] * 30


def test_rows_that_stand_for_many_stories_go_on_with_the_same_tree() -> None:
    rows = a_crowd(150, 10)
    fine = linked(rows, np.ones(len(rows)), 0.45)
    names = np.unique(fine)
    centres = np.stack([rows[fine == name].mean(axis=0) for name in names])
    sizes = np.array([(fine == name).sum() for name in names])
    further = linked(centres, sizes, 0.2)
    straight = linked(rows, np.ones(len(rows)), 0.2)
    assert groups_of(further[np.searchsorted(names, fine)]) == groups_of(straight)
    assert len(groups_of(straight)) < len(names)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # numba's, when what it compiled is collected
@pytest.mark.timeout(900)  # a first time compiles, minutes long on a busy machine
@pytest.mark.parametrize("way", ["evoc", "umap"])
def test_the_other_ways_find_the_subjects_and_repeat_themselves(way: Literal["evoc", "umap"]) -> None:
    rows = a_crowd(400, 8, scale=0.05)
    settings = ThemeSettings(clusterer=way, min_stories=5)
    found, again = (clusterer(settings, len(rows)).fit(rows).labels_ for _ in range(2))
    assert found.tolist() == again.tolist()
    sizes = np.bincount(found[found >= 0])
    assert sizes.min() >= 5
    assert sizes.tolist() == sorted(sizes, reverse=True)
    subjects = linked(rows[:400], np.ones(400), 0.45)
    assert adjusted_mutual_info_score(subjects, found[:400]) > 0.5


@pytest.mark.parametrize("way", ["evoc", "umap"])
def test_a_few_stories_are_grouped_by_average_linkage_whatever_is_configured(way: Literal["evoc", "umap"]) -> None:
    settings = ThemeSettings(clusterer=way, min_stories=3, cluster_similarity=0.4)
    assert clusterer(settings, 12).fit(a_scene()).labels_.tolist() == [0] * 5 + [1] * 4 + [-1] * 3


@pytest.mark.slow
def test_hdbscan_that_collapses_into_two_topics_gives_its_leaves() -> None:
    """Two far-off continents of subjects: excess of mass keeps the continents."""
    random = np.random.default_rng(5)
    continent = np.repeat([0, 1], 900)
    subject = continent * 15 + random.integers(0, 15, 1800)
    centres = 4 * np.stack([axis(i // 15) for i in range(30)]) + np.stack([axis(i % 15 + 2) for i in range(30)])
    meaning = space.unit(centres[subject] + random.normal(scale=0.01, size=(1800, DIMENSION)))
    found = clusterer(ThemeSettings(clusterer="umap", min_stories=5), 1800).fit(rows_of(list(meaning))).labels_
    assert found.max() + 1 >= 15


def families(meaning: list[np.ndarray], sizes: list[int] | None = None, similarity: float = 0.2) -> list[int]:
    found: list[int] = broader(rows_of(meaning), np.array(sizes or [4] * len(meaning)), similarity).tolist()
    return found


def test_themes_of_one_field_are_a_family_and_a_theme_on_its_own_is_none() -> None:
    field, other = [axis(0, 0.8, towards=i) for i in (10, 11, 12)], [axis(1, 0.8, towards=i) for i in (13, 14)]
    assert families([*field, *other, axis(20), axis(21)]) == [0, 0, 0, 1, 1, -1, -1]
    assert families([*field, *other, axis(20), axis(21)], [4, 4, 4, 16, 16, 4, 4]) == [1, 1, 1, 0, 0, -1, -1]


def test_a_giant_is_not_what_all_themes_have_in_common() -> None:
    field = [axis(0, 0.8, towards=i) for i in (10, 11, 12)]
    assert families([*field, axis(20), axis(21), axis(22), axis(23)], [4, 4, 4, 60, 4, 4, 4]) == [0, 0, 0, -1, -1, -1, -1]


def test_what_all_themes_have_in_common_makes_no_family() -> None:
    """Everything is alike at .8 in a narrow corpus; fields are what is nearer than that."""
    narrow = [2 * axis(31) + axis(i // 3) + 0.6 * axis(10 + i) for i in range(9)]
    assert families([vector / np.linalg.norm(vector) for vector in narrow]) == [0] * 3 + [1] * 3 + [2] * 3


def test_both_languages_are_one_family() -> None:
    meaning = [axis(0, 0.8, towards=10), axis(0, 0.8, towards=11), axis(1), axis(2), axis(3)]
    mixed = np.stack([rows_of([vector], languages="en" if i % 2 else "fr")[0] for i, vector in enumerate(meaning)])
    assert broader(mixed, np.full(5, 6), 0.2).tolist() == [0, 0, -1, -1, -1]


@pytest.mark.parametrize("k", [0, 1, 2])
def test_with_too_few_themes_there_is_no_common_ground_to_compare_on(k: int) -> None:
    assert broader(rows_of([axis(0), axis(0, 0.9)])[:k], np.zeros(k), 0.2).tolist() == [-1] * k


def test_each_fine_group_lies_in_one_broad_group() -> None:
    rows = a_crowd(300, 20, scale=0.1)
    fine, broad = layers(rows, ThemeSettings())
    assert all(len(set(broad[fine == label])) == 1 for label in range(fine.max() + 1))
    assert (broad[fine >= 0] >= 0).all()
    assert 1 < len(groups_of(broad)) < len(groups_of(fine))
    assert groups_of(broad) == {frozenset(np.flatnonzero(broad == label).tolist()) for label in range(broad.max() + 1)}


def test_a_story_of_no_group_joins_a_field_it_is_near_to() -> None:
    field = [axis(0, 0.7, towards=i) for i in (10, 11)]
    others = [axis(number) for number in range(15, 25)]
    meaning = [one for one in [*field, *others] for _ in range(4)] + [axis(0, 0.5, towards=12), axis(26)]
    fine, broad = layers(rows_of(meaning), ThemeSettings(cluster_similarity=0.6))
    assert fine.tolist() == [number for number in range(12) for _ in range(4)] + [-1, -1]
    assert broad.tolist() == [0] * 8 + [number for number in range(1, 11) for _ in range(4)] + [0, -1]


def test_layers_of_nothing_alike() -> None:
    fine, broad = layers(rows_of([axis(i) for i in range(6)]), ThemeSettings())
    assert fine.tolist() == broad.tolist() == [-1] * 6
    assert [layer.tolist() for layer in layers(a_scene()[:0], ThemeSettings())] == [[], []]
