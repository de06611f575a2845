"""What a new grouping says of themes: the same, split, merged; and who decides when a person has."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.themes import space
from nlp.themes.lineage import Grouping, Merge, Split, counterparts, grouping, merges, most_alike, overlap, splits
from tests.unit.nlp.themes.stories import DIMENSION, axis, rows_of

EMPTY = grouping(np.zeros((0, 2 * DIMENSION + 2 * space.WORD_DIMENSION), dtype=np.float32), np.array([], dtype=np.int64))


def stories(*subjects: int, lean: float = 1.0) -> np.ndarray:
    """Rows of stories, each about a subject; ``lean`` below 1 is what all subjects have in common."""
    return rows_of([axis(subject, lean) for subject in subjects])


def grouped(rows: np.ndarray, *labels: int) -> Grouping:
    return grouping(rows, np.array(labels))


def test_a_groups_centre_is_the_mean_of_its_stories_and_stories_of_none_count_nowhere() -> None:
    rows = stories(0, 1, 2)
    found = grouped(rows, 0, -1, 0)
    assert np.allclose(found.centres, (rows[:1] + rows[2:]) / 2)
    assert found.sizes.tolist() == [2]


def test_stories_shared_are_counted_where_both_have_a_group() -> None:
    rows = stories(0, 0, 1, 1)
    assert overlap(grouped(rows, 0, 0, 1, -1), grouped(rows, 0, 1, 1, 1)).tolist() == [[1, 1], [0, 1]]


# Counterparts


def test_themes_are_matched_with_groups_whatever_their_numbers() -> None:
    rows = stories(0, 0, 1, 1)
    assert counterparts(grouped(rows, 0, 0, 1, 1), grouped(rows, 1, 1, 0, 0)) == {0: 1, 1: 0}


def test_a_theme_that_shares_neither_stories_nor_subject_has_no_counterpart() -> None:
    rows = stories(0, 0, 1, 1)
    assert counterparts(grouped(rows, 0, 0, -1, -1), grouped(rows, -1, -1, 0, 0)) == {}


def test_a_theme_without_its_old_stories_is_not_known_by_its_subject_alone() -> None:
    rows = stories(0, 0, 0, 0)
    assert counterparts(grouped(rows, 0, 0, -1, -1), grouped(rows, -1, -1, 0, 0)) == {}, "½ · 1 + ½ · 0 is below .55"


def test_matching_is_the_best_for_all_and_not_for_the_first() -> None:
    """Theme 0 is nearest to group 0, but so is theme 1, which has no other."""
    rows = stories(0, 0, 0, 0, 0, 0, 0, 0)
    old = grouped(rows, 0, 0, 0, 0, 0, 1, 1, 1)
    new = grouped(rows, 0, 0, 1, 1, 1, 0, 0, 0)
    assert counterparts(old, new) == {0: 1, 1: 0}


def test_nothing_has_counterparts_in_nothing() -> None:
    rows = stories(0, 0)
    some = grouped(rows, 0, 0)
    assert counterparts(EMPTY, some) == counterparts(some, EMPTY) == counterparts(EMPTY, EMPTY) == {}


# Members in common


def test_groups_with_three_tenths_in_common_are_the_same() -> None:
    assert most_alike([{"a", "b", "c"}, {"x"}], [{"x", "y"}, {"a", "b", "d", "e"}]) == {0: 1, 1: 0}
    assert most_alike([{"a", "b"}], [{"a", "c", "d"}]) == {}, "one of four"


@pytest.mark.parametrize(("old", "new"), [([], [{"a"}]), ([{"a"}], []), ([], []), ([set()], [set()])])
def test_nothing_is_like_nothing(old: list[set[str]], new: list[set[str]]) -> None:
    assert most_alike(old, new) == {}


def test_of_two_that_are_as_alike_the_first_wins() -> None:
    assert most_alike([{"a", "b"}], [{"a", "c"}, {"b", "d"}]) == {0: 0}


# Splits


def falls_apart(**changed: object) -> list[Split]:
    """Twelve stories of one theme in a group of seven and one of five."""
    rows = stories(*[0] * 7, *[1] * 5)
    old, new = grouped(rows, *[0] * 12), grouped(rows, *[0] * 7, *[1] * 5)
    return splits(old, new, **({"at_least": 4, "apart": 0.3, "whole": ()} | changed))  # type: ignore[arg-type]


def test_a_theme_in_two_groups_goes_on_as_the_larger_and_the_other_leaves() -> None:
    assert falls_apart() == [Split(old=0, kept=0, parts=(1,))]


def test_a_small_part_does_not_leave() -> None:
    assert falls_apart(at_least=6) == []


def test_a_part_of_less_than_three_tenths_does_not_leave() -> None:
    rows = stories(*[0] * 10, *[1] * 4)
    old, new = grouped(rows, *[0] * 14), grouped(rows, *[0] * 10, *[1] * 4)
    assert splits(old, new, at_least=4, apart=0.3) == [], "four of fourteen"


def test_parts_that_are_near_each_other_stay_together() -> None:
    rows = stories(*[0] * 6, *[1] * 6, lean=0.6)
    old, new = grouped(rows, *[0] * 12), grouped(rows, *[0] * 6, *[1] * 6)
    between = 0.7 * (1 - 0.6**2)
    assert splits(old, new, at_least=4, apart=between - 0.01) == []
    assert len(splits(old, new, at_least=4, apart=between + 0.01)) == 1


def test_what_a_person_put_together_never_splits() -> None:
    assert falls_apart(whole={0}) == []


def test_a_part_that_is_mostly_other_themes_is_no_part() -> None:
    """Five stories of the theme went to a group with six of another: that group is the other's."""
    rows = stories(*[0] * 7, *[1] * 11)
    old = grouped(rows, *[0] * 12, *[1] * 6)
    assert splits(old, grouped(rows, *[0] * 7, *[1] * 11), at_least=4, apart=0.3) == []


def test_a_theme_can_fall_into_three() -> None:
    rows = stories(*[0] * 4, *[1] * 4, *[2] * 4)
    found = splits(grouped(rows, *[0] * 12), grouped(rows, *[0] * 4, *[1] * 4, *[2] * 4), at_least=4, apart=0.3)
    assert found == [Split(old=0, kept=0, parts=(1, 2))], "of groups of one size the first goes on"


def test_nothing_splits_into_nothing() -> None:
    assert splits(EMPTY, EMPTY, at_least=4, apart=0.3) == []
    rows = stories(0, 0, 0, 0)
    assert splits(grouped(rows, 0, 0, 0, 0), grouped(rows, -1, -1, -1, -1), at_least=1, apart=0.3) == []


# Merges


def grows_together(*labels: int, rank: tuple[float, ...] = (5.0, 3.0), lean: float = 1.0, **changed: object) -> list[Merge]:
    """Themes whose stories are all about one subject, and the group they form."""
    rows = stories(*range(len(labels)), lean=lean) if lean < 1 else stories(*[0] * len(labels))
    old, new = grouped(rows, *labels), grouped(rows, *[0] * len(labels))
    return merges(old, new, **({"near": 0.3, "rank": [(size,) for size in rank]} | changed))  # type: ignore[arg-type]


def test_the_larger_of_two_themes_takes_the_other_in() -> None:
    assert grows_together(0, 0, 0, 0, 0, 1, 1, 1) == [Merge(heir=0, absorbed=(1,), weights=(0.375,))]
    assert grows_together(0, 0, 0, 0, 0, 1, 1, 1, rank=(3.0, 5.0)) == [Merge(heir=1, absorbed=(0,), weights=(0.625,))]


def test_of_equals_the_first_goes_on() -> None:
    assert grows_together(0, 0, 1, 1, rank=(2.0, 2.0)) == [Merge(heir=0, absorbed=(1,), weights=(0.5,))]


def test_a_theme_with_less_than_three_tenths_of_the_group_stays_itself() -> None:
    assert grows_together(0, 0, 0, 0, 0, 1, 1) == []


def test_a_theme_most_of_whose_stories_are_elsewhere_stays_itself() -> None:
    rows = stories(*[0] * 4, *[0] * 3, *[1] * 4)
    old = grouped(rows, *[0] * 4, *[1] * 7)
    new = grouped(rows, *[0] * 7, *[1] * 4)
    assert merges(old, new, near=0.0, rank=[(4.0,), (7.0,)]) == []


def test_themes_that_are_far_from_each_other_do_not_merge() -> None:
    assert grows_together(0, 0, 0, 1, 1, 1, lean=0.3, near=0.7) == []
    assert len(grows_together(0, 0, 0, 1, 1, 1, lean=0.3, near=0.6)) == 1


def test_what_a_person_split_never_merges() -> None:
    assert grows_together(0, 0, 0, 1, 1, 1, apart={frozenset((0, 1))}) == []
    three = grows_together(0, 0, 0, 1, 1, 1, 2, 2, 2, rank=(3.0, 2.0, 1.0), apart={frozenset((0, 1))})
    assert three == [Merge(heir=0, absorbed=(2,), weights=(0.333,))]


def test_a_theme_named_by_a_person_takes_in_and_is_never_taken() -> None:
    named_first = {"rank": (0.0, 1.0), "named": {1}}  # ranks come from the caller: a named theme has the higher one
    assert grows_together(0, 0, 0, 0, 1, 1, 1, **named_first) == [Merge(heir=1, absorbed=(0,), weights=(0.571,))]  # type: ignore[arg-type]
    assert grows_together(0, 0, 0, 1, 1, 1, named={0, 1}) == []


def test_nothing_merges_with_nothing() -> None:
    assert merges(EMPTY, EMPTY, near=0.3, rank=[]) == []
    assert grows_together(0, 0, 0, rank=(3.0,)) == []
