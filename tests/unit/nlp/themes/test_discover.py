from __future__ import annotations

import numpy as np
import pytest

from nlp.themes import space
from nlp.themes.config import ThemeSettings
from nlp.themes.discover import Cluster, propose
from storage.themes import EmbeddedStory
from tests.unit.nlp.themes.stories import a_story, axis, rows_of

# umap says so when BERTopic imports it

SETTINGS = ThemeSettings(min_stories=4, min_sources=2, cluster_similarity=0.3, found_similarity=0.6)
APART = [axis(number) for number in range(10, 17)]
SUBJECTS = [
    "algue",
    "emballage",
    "robot",
    "tunnel",
    "orgue",
    "neige",
    "phare",
    "loup",
    "beurre",
    "cigogne",
    "musée",
    "dentelle",
    "rugby",
    "volcan",
    "blé",
    "piste",
]


def stories(n: int, sources: tuple[str, ...] = ("gazette", "fil")) -> list[EmbeddedStory]:
    return [a_story(f"d{i:02}", f"Un {SUBJECTS[i % 16]}", source_id=sources[i % len(sources)]) for i in range(n)]


def proposed(meaning: list[np.ndarray], sources: tuple[str, ...] = ("gazette", "fil")) -> list[Cluster]:
    return propose(stories(len(meaning), sources), rows_of(meaning), SETTINGS)


def test_a_group_leaves_with_its_members_their_mean_and_words() -> None:
    meaning = [*APART, *[axis(0)] * 5]
    (found,) = proposed(meaning)
    assert found.members.tolist() == [7, 8, 9, 10, 11]
    np.testing.assert_allclose(found.centre, rows_of(meaning)[7:].mean(axis=0), atol=1e-6)
    assert "loup" in found.words


def test_a_member_far_from_the_others_leaves() -> None:
    # Grouped at .35, more than .3; but the last story's similarity to the others is below .6, and theirs is not.
    (found,) = proposed([*APART, *[axis(0)] * 5, axis(0, 0.5)])
    assert found.members.tolist() == [7, 8, 9, 10, 11]


def test_what_is_left_must_still_be_enough() -> None:
    assert proposed([*APART, *[axis(0)] * 3, axis(0, 0.45)]) == []


def test_a_theme_needs_several_sources() -> None:
    meaning = [*APART, *[axis(0)] * 5]
    assert proposed(meaning, ("gazette",)) == []
    assert len(proposed(meaning, ("gazette", "fil"))) == 1


def test_the_largest_group_comes_first() -> None:
    found = proposed([*[axis(0)] * 4, *[axis(1)] * 6, *APART])
    assert [len(cluster.members) for cluster in found] == [6, 4]


def test_nothing_alike_gives_nothing() -> None:
    assert proposed([axis(number) for number in range(14)]) == []


def test_too_few_open_stories_are_not_looked_at() -> None:
    assert proposed([axis(0)] * 9) == []
    assert len(proposed([axis(0)] * 10)) == 1


@pytest.mark.parametrize("title", ["2026 2027", "…", "", "le la les", "<<>>"])
def test_stories_without_a_word_are_no_theme_and_no_error(title: str) -> None:
    wordless = [a_story(f"d{i}", title, source_id=f"s{i}") for i in range(12)]
    assert propose(wordless, rows_of([axis(0)] * 12), SETTINGS) == []


def test_proposing_twice_gives_the_same() -> None:
    random = np.random.default_rng(7)
    meaning = list(space.unit(np.stack([axis(i % 3) for i in range(24)]) + random.normal(scale=0.05, size=(24, 32))))
    first, second = proposed(meaning), proposed(meaning)
    assert [c.members.tolist() for c in first] == [c.members.tolist() for c in second] != []
    assert [c.words for c in first] == [c.words for c in second]
