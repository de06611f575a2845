"""New actors and places, read from facts: by canonical name, from two voices, and only where the past was read too."""

from __future__ import annotations

import datetime as dt

from monitor.evidence import Member, read_members
from monitor.novelty import novelty
from storage import actors, documents, sources, stories, territories, themes
from storage.actors import Actor
from storage.model import Document, Fact, Kind, Origin, Source, Theme
from storage.store import Store
from storage.stories import CountedStory
from storage.territories import Territory

DAY = dt.date(2026, 3, 1)
START = DAY - dt.timedelta(days=27)
PIPELINE = "facts/test"


def told(key: str, ago: int, source: str, *facts: tuple[str, str]) -> tuple[Document, list[Fact]]:
    day = DAY - dt.timedelta(days=ago)
    document = Document(
        id=key,
        source_id=source,
        kind=Kind.NEWS,
        title=f"Puces {key}",
        collected_at=dt.datetime.combine(day, dt.time(9), dt.UTC),
        counted_on=day,
        date_flag="late" if key == "n2" else None,
    )
    read = [
        Fact(
            document_id=key,
            kind=kind,
            value="Spelling" if kind == "organisation" else value,
            matched=value,
            start=i,
            end=i + 1,
            pipeline=PIPELINE,
            actor=value if kind == "organisation" else None,
        )
        for i, (kind, value) in enumerate(facts)
    ]
    return document, read


NEW, OLD, LONE = ("organisation", "lumora"), ("organisation", "ancienne"), ("organisation", "seule")
BRITTANY, FRANCE = ("region", "53"), ("country", "FR")


def a_world(store: Store, earlier: int = 12, read: int = 12) -> list[Member]:
    """Stories of one theme: ``earlier`` ones, of which ``read`` were read for facts, and three of the window."""
    past = [told(f"e{i:02}", 60 + i, "gazette", OLD, FRANCE) for i in range(earlier)]
    now = [
        told("n1", 9, "gazette", NEW, OLD, FRANCE, BRITTANY),
        told("n2", 5, "chroniques", NEW, LONE, BRITTANY, ("place", "Lannion")),
        told("n3", 2, "gazette", LONE, LONE, ("domain", "naval")),
    ]
    with store.transaction() as conn:
        sources.declare(conn, [Source(id=key, name=key, kind=Kind.NEWS) for key in ("gazette", "chroniques")])
        themes.save(conn, [Theme(id="t", origin=Origin.WATCH, label_fr="t", label_en="t", born_on=START)])
        actors.save(conn, [Actor(id=key, name=name) for key, name in (("lumora", "Lumora Optique"), ("ancienne", "Ancienne"))])
        territories.declare(
            conn,
            [
                Territory(level="region", code="53", name_fr="Bretagne", name_en="Brittany"),
                Territory(level="country", code="FR", name_fr="France", name_en="France"),
            ],
        )
        documents.add(conn, [document for document, _ in [*past, *now]])
        known = [*past[:read], *now]
        documents.add_facts(
            conn, PIPELINE, [document.id for document, _ in known], [fact for _, facts in known for fact in facts]
        )
        counted = [
            CountedStory(
                id=document.id,
                document_id=document.id,
                kind=document.kind,
                day=document.counted_on or DAY,
                source_key=document.source_id,
                voice=document.source_id,
                documents=1,
                themes={"t": 0.8},
            )
            for document, _ in [*past, *now]
        ]
        stories.write(conn, [(None, story) for story in counted])
    with store.reading() as conn:
        return read_members(conn, ["t", "unknown"], DAY)["t"]


def test_members_are_the_counted_stories_oldest_first(store: Store) -> None:
    members = a_world(store)
    assert [m.document_id for m in members][-3:] == ["n1", "n2", "n3"]
    assert len(members) == 15
    assert [m.is_late for m in members[-3:]] == [False, True, False]
    with store.reading() as conn:
        assert read_members(conn, ["t"], dt.date(2025, 1, 1)) == {}


def test_actors_and_places_are_new_by_canonical_name(store: Store) -> None:
    members = a_world(store)
    with store.reading() as conn:
        found = novelty(conn, members, START, DAY)
    assert [(new.name_fr, new.stories, new.voices) for new in found.actors] == [("Lumora Optique", 2, 2)]
    assert [(new.id, new.name_fr, new.name_en) for new in found.places] == [("region:53", "Bretagne", "Brittany")]
    told = found.as_evidence()
    assert told["new"]["earlier_stories"] == 12
    assert told["new"]["actors"][0]["name_en"] == "Lumora Optique"


def test_nothing_is_new_against_too_short_a_past(sqlite_store: Store) -> None:
    members = a_world(sqlite_store, earlier=9, read=9)
    with sqlite_store.reading() as conn:
        found = novelty(conn, members, START, DAY)
    assert (found.actors, found.places, found.terms, found.earlier) == ((), (), (), 9)


def test_nor_against_a_past_that_was_not_read(sqlite_store: Store) -> None:
    members = a_world(sqlite_store, earlier=20, read=15)
    with sqlite_store.reading() as conn:
        found = novelty(conn, members, START, DAY)
    assert (found.actors, found.places) == ((), ())
    assert found.earlier == 20
