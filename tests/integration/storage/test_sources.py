"""Sources and their visits."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from storage import documents, sources
from storage.errors import NotFound
from storage.model import FetchOutcome, SourceState
from storage.store import Store
from tests.builders import NOW, a_document, a_fetch, a_mention, a_source

HOUR = dt.timedelta(hours=1)


def test_a_new_declaration_keeps_what_visits_taught(store: Store) -> None:
    with store.transaction() as conn:
        sources.declare(conn, [a_source()])
        sources.record_visit(conn, a_fetch(), {"state": "active", "etag": '"v1"', "next_visit_at": NOW + HOUR})
        sources.declare(conn, [a_source(name="La Gazette", interval_s=60)])
        found = sources.get(conn, "gazette")
    assert (found.name, found.interval_s) == ("La Gazette", 60)
    assert (found.state, found.etag, found.next_visit_at) == (SourceState.ACTIVE, '"v1"', NOW + HOUR)


def test_add_missing_leaves_the_known_ones(store: Store) -> None:
    with store.transaction() as conn:
        sources.declare(conn, [a_source(name="La Gazette")])
        sources.add_missing(conn, [a_source(name="another name"), a_source("echo")])
        assert [source.name for source in sources.all_sources(conn)] == ["Echo", "La Gazette"]


def test_due_wants_enabled_addressed_and_ripe_longest_waiting_first(store: Store) -> None:
    with store.transaction() as conn:
        sources.declare(
            conn,
            [
                a_source("never"),
                a_source("long-ago", last_visit_at=NOW - 9 * HOUR, next_visit_at=NOW - HOUR),
                a_source("just-now", last_visit_at=NOW - HOUR, next_visit_at=NOW),
                a_source("later", next_visit_at=NOW + dt.timedelta(microseconds=1)),
                a_source("off", enabled=False),
                a_source("imported", url=None),
            ],
        )
        assert [source.id for source in sources.due(conn, NOW)] == ["never", "long-ago", "just-now"]


def test_a_visit_is_logged_once_and_read_newest_first(store: Store) -> None:
    first = a_fetch(items=3, new=2)
    second = a_fetch(at=NOW + HOUR, outcome=FetchOutcome.BROKEN, status=None, reason="not a feed: an HTML page")
    with store.transaction() as conn:
        sources.declare(conn, [a_source()])
        for fetch in (first, second, second):
            sources.record_visit(conn, fetch, {"failures": 1})
        assert sources.visits(conn, "gazette") == [second, first]
        assert sources.visits(conn, "gazette", limit=1) == [second]


def test_an_unknown_source_is_named(store: Store) -> None:
    with store.reading() as conn, pytest.raises(NotFound, match="no source is called 'nowhere': see 'zoom-avant sources list'"):
        sources.get(conn, "nowhere")
    with store.transaction() as conn, pytest.raises(NotFound):
        sources.remove(conn, "nowhere")


def test_remove_takes_documents_and_visits_along(store: Store) -> None:
    with store.transaction() as conn:
        sources.declare(conn, [a_source(), a_source("echo")])
        sources.record_visit(conn, a_fetch(), {})
        documents.add(conn, [a_document("d1"), replace(a_document("d2"), source_id="echo")], [a_mention("d1")])
        sources.remove(conn, "gazette")
        assert sources.visits(conn, "gazette") == []
        assert documents.existing(conn, ["d1", "d2"]) == {"d2"}
        assert documents.known_mentions(conn, "gazette", ["guid-1"]) == {}
