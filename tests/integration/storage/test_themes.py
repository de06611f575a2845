"""Themes, their events and their documents."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from storage import documents, sources, themes
from storage.errors import NotFound
from storage.model import Origin, Theme, ThemeEvent
from storage.store import Store
from tests.builders import NOW, TODAY, a_document, a_run, a_source, a_theme, an_assignment, an_enrichment

DAY = dt.timedelta(days=1)


@pytest.fixture
def library(store: Store) -> Store:
    """Three enriched and embedded documents (d2 is a copy of d1), one theme, one run."""
    with store.transaction() as conn:
        sources.declare(conn, [a_source()])
        found = [
            a_document("d1", extra={"codes": ["G06N"]}),
            a_document("d2", collected_at=NOW + DAY),
            a_document("d3", counted_on=TODAY + DAY, collected_at=NOW + DAY),
        ]
        documents.add(conn, found)
        documents.add_enrichments(conn, [an_enrichment("d1"), an_enrichment("d2", story_id="d1"), an_enrichment("d3")])
        documents.add_vectors(conn, "e", ["d1", "d2", "d3"], ["1", "2", "3"], np.eye(3, dtype=np.float32))
        themes.save(conn, [a_theme()])
        themes.add_run(conn, a_run())
    return store


def test_a_theme_comes_back_as_it_went_in(store: Store) -> None:
    theme = a_theme(
        origin=Origin.DISCOVERED,
        terms_fr=("qubit", "intrication"),
        terms_en=("qubit",),
        codes=("G06N 10/00",),
        embedder="e",
        centroid=np.ones(4, dtype=np.float32).tobytes(),
        retired_on=TODAY,
    )
    with store.transaction() as conn:
        themes.save(conn, [theme])
        themes.save(conn, [theme])
        assert themes.get(conn, "quantum") == theme
        assert themes.all_themes(conn) == []
        assert themes.all_themes(conn, retired=True) == [theme]


def test_a_pinned_label_survives_every_save(store: Store) -> None:
    with store.transaction() as conn:
        themes.save(conn, [a_theme(), a_theme("edge")])
        themes.pin_label(conn, "quantum", "Calcul quantique", "Quantum computing", TODAY)
        themes.save(conn, [a_theme(label_fr="machine", label_en="machine"), a_theme("edge", label_fr="périphérie")])
        pinned, other = themes.get(conn, "quantum"), themes.get(conn, "edge")
        assert (pinned.label_fr, pinned.label_en, pinned.label_pinned) == ("Calcul quantique", "Quantum computing", True)
        assert other.label_fr == "périphérie"
        assert [event.event for event in themes.events_of(conn, "quantum")] == ["pinned"]
        themes.save(conn, [replace(pinned, label_fr="Quantique appliqué")])
        assert themes.get(conn, "quantum").label_fr == "Quantique appliqué"


def test_an_unknown_theme_is_named(store: Store) -> None:
    with store.transaction() as conn, pytest.raises(NotFound, match="no theme is called 'x'"):
        themes.pin_label(conn, "x", "x", "x", TODAY)


def test_events_are_written_once(store: Store) -> None:
    born = ThemeEvent(theme_id="quantum", event="born", on=TODAY)
    merged = ThemeEvent(theme_id="quantum", event="merged", on=TODAY + DAY, other_id="old", weight=0.7, detail={"shared": 12})
    with store.transaction() as conn:
        themes.save(conn, [a_theme()])
        themes.add_events(conn, [merged, born])
        themes.add_events(conn, [born, merged])
        assert themes.events_of(conn, "quantum") == [born, merged]


def test_runs_are_known_by_id(store: Store) -> None:
    with store.transaction() as conn:
        assert not themes.has_run(conn, "assign@1")
        themes.add_run(conn, a_run())
        themes.add_run(conn, a_run(counts={"assigned": 3}))
        assert themes.has_run(conn, "assign@1")


def test_assigning_twice_changes_nothing_and_again_updates(library: Store) -> None:
    with library.transaction() as conn:
        for _ in range(2):
            themes.assign(conn, [an_assignment("d1"), an_assignment("d3")])
        assert [row.document_id for row in themes.members(conn, "quantum")] == ["d1", "d3"]
        themes.assign(conn, [an_assignment("d1", probability=0.9, reason="term: qubit")])
        assert themes.assignments_of(conn, ["d1"]) == [an_assignment("d1", probability=0.9, reason="term: qubit")]
        assert len(themes.all_assignments(conn)) == 2


def test_a_document_may_have_several_themes(library: Store) -> None:
    with library.transaction() as conn:
        themes.save(conn, [a_theme("ai")])
        themes.assign(conn, [an_assignment("d1"), an_assignment("d1", "ai")])
        assert [row.theme_id for row in themes.assignments_of(conn, ["d1"])] == ["ai", "quantum"]


def test_unplaced_gives_each_document_once_and_nothing_of_the_future(library: Store) -> None:
    with library.transaction() as conn:
        assert [story.document_id for story in themes.unplaced(conn, "e", NOW + DAY, 9)] == ["d1"]
        todo = themes.unplaced(conn, "e", NOW + 2 * DAY, 9)
        assert [(story.document_id, story.story_id) for story in todo] == [("d1", "d1"), ("d2", "d1"), ("d3", "d3")]
        assert todo[0].codes == ("G06N",)
        assert todo[1].vector.tolist() == [0.0, 1.0, 0.0]
        assert themes.unplaced(conn, "another embedder", NOW + 2 * DAY, 9) == []
        for _ in range(2):
            themes.mark_placed(conn, ["d1", "d2"], "assign@1")
        assert [story.document_id for story in themes.unplaced(conn, "e", NOW + 2 * DAY, 9)] == ["d3"]


def test_unplaced_finds_what_came_late_into_a_placed_past(library: Store) -> None:
    with library.transaction() as conn:
        themes.add_run(conn, a_run("assign@1", step="assign"))
        later = [a_document(f"n{i}", collected_at=NOW + (3 + i) * DAY) for i in range(4)]
        documents.add(conn, later)
        documents.add_enrichments(conn, [an_enrichment(document.id) for document in later])
        documents.add_vectors(conn, "e", [document.id for document in later], list("abcd"), np.eye(4, 3, dtype=np.float32))
        themes.mark_placed(conn, ["d1", "d2", "d3", "n0", "n1", "n3"], "assign@1")
        assert [story.document_id for story in themes.unplaced(conn, "e", NOW + 9 * DAY, 9)] == ["n2"]
        assert themes.unplaced(conn, "e", NOW + 5 * DAY, 9) == []
        old = a_document("old", collected_at=NOW - 90 * DAY)
        documents.add(conn, [old, a_document("bare", collected_at=NOW - DAY)])  # the second is never embedded
        documents.add_enrichments(conn, [an_enrichment("old")])
        documents.add_vectors(conn, "e", ["old"], ["o"], np.eye(1, 3, dtype=np.float32))
        assert [story.document_id for story in themes.unplaced(conn, "e", NOW + 9 * DAY, 9)] == ["old", "n2"]
        assert [story.document_id for story in themes.unplaced(conn, "e", NOW + 5 * DAY, 9)] == ["old"]
        assert [story.document_id for story in themes.unplaced(conn, "e", NOW + 9 * DAY, 1)] == ["old"]
        themes.mark_placed(conn, ["old", "n2"], "assign@1")
        assert themes.unplaced(conn, "e", NOW + 9 * DAY, 9) == []


def test_stories_between_gives_first_documents_of_half_open_days(library: Store) -> None:
    with library.reading() as conn:
        days = themes.stories_between(conn, "e", TODAY, TODAY + DAY)
        assert [story.document_id for story in days] == ["d1"]
        assert [story.document_id for story in themes.stories_between(conn, "e", TODAY, TODAY + 2 * DAY)] == ["d1", "d3"]


# Merges, families, and what a person decided


def discovered(*ids: str, **kw: Any) -> list[Theme]:
    return [a_theme(key, origin=Origin.DISCOVERED, **kw) for key in ids]


def merge(store: Store, theme_id: str, heir_id: str, *, by: str = "refit", day: int = 0) -> int:
    with store.transaction() as conn:
        run = a_run(f"merge {theme_id}", step="merge")
        return themes.merge(conn, theme_id, heir_id, run, TODAY + day * DAY, by, 0.4)


def test_a_merged_theme_gives_its_documents_and_its_children_and_keeps_its_past(library: Store) -> None:
    with library.transaction() as conn:
        themes.save(conn, [*discovered("ended", "heir"), *discovered("child", parent_id="ended")])
        themes.save(conn, [a_theme("crossing", origin=Origin.CONJUNCTION, parent_id="ended", partner="naval")])
        both = [an_assignment("d1", "ended"), an_assignment("d1", "heir", probability=0.6), an_assignment("d3", "ended")]
        themes.assign(conn, [*both, an_assignment("d1", "quantum")])
    assert merge(library, "ended", "heir") == 2
    with library.reading() as conn:
        assert themes.members(conn, "ended") == []
        held = {row.document_id: row for row in themes.members(conn, "heir")}
        assert sorted(held) == ["d1", "d3"]
        assert held["d1"].probability == 0.6, "what was there keeps its row"
        assert "ended" in held["d3"].reason
        assert [row.document_id for row in themes.members(conn, "quantum")] == ["d1"]
        gone = themes.get(conn, "ended")
        assert (gone.merged_into, gone.retired_on) == ("heir", TODAY)
        assert themes.get(conn, "child").parent_id == "heir"
        assert themes.get(conn, "crossing").parent_id == "ended", "a conjunction is about its technology"
        assert [(event.event, event.other_id, event.weight) for event in themes.events_of(conn, "heir")] == [
            ("absorbed", "ended", 0.4)
        ]


def test_heirs_are_found_however_many_merges_later(store: Store) -> None:
    with store.transaction() as conn:
        themes.save(conn, discovered("a", "b", "c", "d", "e"))
    for theme_id, heir_id in (("a", "b"), ("c", "b"), ("b", "d")):
        merge(store, theme_id, heir_id)
    with store.reading() as conn:
        assert themes.heirs(conn) == {"a": "d", "b": "d", "c": "d"}


def test_a_merge_with_nobody_changes_nothing(store: Store) -> None:
    with store.transaction() as conn:
        themes.save(conn, discovered("a"))
    with pytest.raises(NotFound, match="nobody"):
        merge(store, "a", "nobody")
    with store.reading() as conn:
        assert themes.heirs(conn) == {}
        assert not themes.has_run(conn, "merge a")


def test_what_a_person_decided_is_told_apart_from_what_a_refit_did(store: Store) -> None:
    with store.transaction() as conn:
        themes.save(conn, discovered("a", "b", "c", "d", "e"))
        left = ThemeEvent(theme_id="d", event="split", on=TODAY, other_id="e", detail={"by": "person"})
        themes.add_events(conn, [left, replace(left, theme_id="c", detail={"by": "refit"})])
    merge(store, "a", "b", by="person")
    merge(store, "c", "d", by="refit")
    with store.reading() as conn:
        assert themes.decided_by_a_person(conn) == ({"b"}, {frozenset(("d", "e"))})
        assert {(event.theme_id, event.other_id) for event in themes.splits(conn)} == {("c", "e"), ("d", "e")}


def test_a_family_holds_each_document_once_and_is_never_the_narrow_theme(library: Store) -> None:
    with library.transaction() as conn:
        themes.save(conn, [*discovered("one", "two", parent_id="broad"), *discovered("broad", level=1)])
        themes.assign(conn, [an_assignment("d1", "one"), an_assignment("d3", "two", probability=0.5)])
        themes.hold(conn, "broad", ["one", "two"], "assign@1")
        first = themes.members(conn, "broad")
        themes.hold(conn, "broad", ["one", "two"], "assign@1")
    with library.reading() as conn:
        assert themes.members(conn, "broad") == first
        assert {row.document_id: row.probability for row in first} == {"d1": 0.72, "d3": 0.45}
        assert themes.in_discovered(conn) == {"d1": "one", "d3": "two"}
        assert themes.documents_of(conn, ["broad", "one", "nobody"]) == {"broad": ["d1", "d3"], "one": ["d1"], "nobody": []}


def test_only_what_came_in_since_is_placed_again(library: Store) -> None:
    with library.transaction() as conn:
        themes.mark_placed(conn, ["d1", "d2", "d3"], "assign@1")
        themes.unplace(conn, ["d1", "d2"], NOW + DAY)
        again = themes.unplaced(conn, "e", NOW + 2 * DAY, 10)
    assert [story.document_id for story in again] == ["d2"]
