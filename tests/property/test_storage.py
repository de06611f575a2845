"""What holds for any input: counting days, idempotent writes, half-precision vectors, escaping."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from storage import documents, leases, sources
from storage.model import Document, Kind, counting_day
from storage.store import Store
from storage.tables import metadata
from tests.builders import a_document, a_fact, a_source

instants = st.integers(946_684_800, 2_524_608_000).map(lambda second: dt.datetime.fromtimestamp(second, dt.UTC))
days = st.dates(dt.date(1990, 1, 1), dt.date(2060, 1, 1))
# Any character a database keeps: PostgreSQL refuses NUL, no encoding has lone surrogates.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
database = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def house(store: Store) -> Store:
    with store.transaction() as conn:
        sources.declare(conn, [a_source()])
    return store


@given(st.none() | days, instants, st.sampled_from(["day", "time", "month", "nominal"]))
def test_no_document_counts_after_it_was_collected_nor_long_before(
    published_on: dt.date | None, collected_at: dt.datetime, precision: str
) -> None:
    day, flag = counting_day(published_on, collected_at, precision)
    if day is None:
        assert flag in ("future", "imprecise")
    else:
        assert 0 <= (collected_at.date() - day).days <= 7
        assert (flag is None) == (published_on is not None and abs((published_on - day).days) <= 1 and published_on >= day)


@given(instants, st.none() | days, st.integers(-12, 12))
def test_the_zone_a_clock_is_written_in_does_not_matter(
    collected_at: dt.datetime, published_on: dt.date | None, hours: int
) -> None:
    elsewhere = collected_at.astimezone(dt.timezone(dt.timedelta(hours=hours)))
    assert counting_day(published_on, elsewhere) == counting_day(published_on, collected_at)


documents_ = st.builds(
    Document,
    id=st.sampled_from([f"d{number}" for number in range(6)]),
    source_id=st.just("gazette"),
    kind=st.sampled_from(Kind),
    title=texts,
    text=texts,
    collected_at=instants,
    counted_on=st.none() | days,
    published_at=st.none() | instants,
    actor=st.none() | texts,
    extra=st.dictionaries(texts, st.none() | texts | st.integers(-(2**50), 2**50) | st.lists(texts, max_size=3), max_size=3),
)


@database
@given(st.lists(documents_, max_size=8))
def test_what_is_stored_is_what_was_seen_first(house: Store, batch: list[Document]) -> None:
    with house.transaction() as conn:
        conn.execute(metadata.tables["documents"].delete())
        for document in batch:
            documents.add(conn, [document])
        once = _all(conn)
        assert documents.add(conn, batch).new == 0
        assert _all(conn) == once
    first: dict[str, Document] = {}
    for document in batch:
        first.setdefault(document.id, document)
    with house.reading() as conn:
        assert documents.by_ids(conn, list(first)) == list(first.values())


@database
@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 4), st.just(16)), elements=st.floats(-1, 1, width=16)))
def test_half_precision_vectors_come_back_exactly(house: Store, matrix: np.ndarray) -> None:
    ids = [f"d{number}" for number in range(len(matrix))]
    with house.transaction() as conn:
        documents.add(conn, [a_document(key) for key in ids])
        for _ in range(2):
            documents.add_vectors(conn, "e", ids, ids, matrix)
        found = documents.vectors_by_hash(conn, "e", ids)
    np.testing.assert_array_equal(np.stack([found[key] for key in ids]), matrix)


@database
@given(st.lists(st.tuples(st.sampled_from(["amount", "region", "domain"]), texts, st.integers(0, 500)), max_size=10))
def test_reading_facts_twice_gives_the_same_facts(house: Store, read: list[tuple[str, str, int]]) -> None:
    found = [a_fact("d1", kind, value, start=start, end=start + 1) for kind, value, start in read]
    with house.transaction() as conn:
        documents.add(conn, [a_document()])
        documents.add_facts(conn, "rules/1", ["d1"], found)
        once = documents.facts_of(conn, ["d1"])
        documents.add_facts(conn, "rules/1", ["d1"], found)
        assert set(documents.facts_of(conn, ["d1"])) == set(once) == set(found)


@database
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), max_size=12))
def test_a_lease_never_has_two_holders(house: Store, asks: list[tuple[str, int]]) -> None:
    """Holders ask in any order at any minute; whoever got it last within five minutes is the only one who can have it."""
    start = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    held_by, until = "", start
    with house.transaction() as conn:
        conn.execute(metadata.tables["leases"].delete())
        for holder, minute in sorted(asks, key=lambda ask: ask[1]):
            now = start + dt.timedelta(minutes=minute)
            got = leases.acquire(conn, "step", holder, now, dt.timedelta(minutes=5))
            assert got == (holder == held_by or now >= until)
            if got:
                held_by, until = holder, now + dt.timedelta(minutes=5)


def _all(conn: sa.Connection) -> list[sa.Row]:
    table = metadata.tables["documents"]
    return list(conn.execute(sa.select(table).order_by(table.c.id)))
