"""One movement, one case, whatever the themes share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.movements import Mover, same_movement, speakers
from storage.model import Origin

movers = st.builds(
    Mover,
    theme_id=st.text("abcdef", min_size=1, max_size=4),
    origin=st.sampled_from(Origin),
    parent_id=st.none() | st.text("abcdef", min_size=1, max_size=2),
    score=st.floats(0, 12),
    excess=st.floats(-5, 40),
    falls=st.booleans(),
    stories=st.frozensets(st.integers(0, 25).map(str), max_size=20),
)
several = st.lists(movers, max_size=8, unique_by=lambda mover: mover.theme_id)


@given(several)
def test_nobody_is_forgotten_and_no_two_cases_are_one_movement(candidates: list[Mover]) -> None:
    chosen, spoken_for = speakers(candidates, [])
    names = {mover.theme_id for mover in chosen}
    assert names.isdisjoint(spoken_for)
    assert names | set(spoken_for) == {mover.theme_id for mover in candidates}
    assert set(spoken_for.values()) <= names
    assert not any(same_movement(a, b) for a in chosen for b in chosen if a.theme_id != b.theme_id)


@given(several)
def test_the_order_of_the_candidates_does_not_matter(candidates: list[Mover]) -> None:
    assert speakers(candidates, []) == speakers(candidates[::-1], [])


@given(movers, movers)
def test_being_the_same_movement_is_mutual(one: Mover, other: Mover) -> None:
    if len(one.stories) != len(other.stories):
        assert same_movement(one, other) == same_movement(other, one)
