from __future__ import annotations

import numpy as np

from nlp.themes.discover import Cluster
from nlp.themes.match import revived
from tests.unit.nlp.themes.stories import axis, rows_of

THRESHOLD = 0.4


def a_cluster(meaning: np.ndarray) -> Cluster:
    return Cluster(np.arange(4), rows_of([meaning])[0], ())


def test_a_cluster_near_a_retired_theme_brings_it_back() -> None:
    centres = rows_of([axis(0), axis(1)])
    assert revived([a_cluster(axis(1, 0.9)), a_cluster(axis(5))], centres, THRESHOLD) == [1, None]


def test_the_most_similar_theme_is_the_one() -> None:
    centres = rows_of([axis(0, 0.8), axis(0)])
    assert revived([a_cluster(axis(0))], centres, THRESHOLD) == [1]


def test_likeness_is_that_of_joining() -> None:
    centre = rows_of([axis(0)])
    near, far = a_cluster(axis(0, 0.58)), a_cluster(axis(0, 0.56))  # .7 times the cosine: .406 and .392
    assert revived([near], centre, THRESHOLD) == [0]
    assert revived([far], centre, THRESHOLD) == [None]


def test_no_theme_comes_back_twice() -> None:
    centres = rows_of([axis(0), axis(0, 0.7)])
    assert revived([a_cluster(axis(0))] * 3, centres, THRESHOLD) == [0, 1, None]


def test_without_retired_themes_all_is_new() -> None:
    assert revived([a_cluster(axis(0))] * 2, np.zeros((0, 0), dtype=np.float32), THRESHOLD) == [None, None]
    assert revived([], rows_of([axis(0)]), THRESHOLD) == []
