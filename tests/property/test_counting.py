"""Whatever happens to documents, stories, themes and facts, and whenever one counts: the counts are those of counting afresh."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.observe import observe
from storage import documents, observations, sources, themes
from storage.model import Assignment, Fact, Kind, counting_day
from storage.store import Store
from storage.tables import metadata
from tests.builders import a_document, a_fact, a_run, a_source, a_theme, an_assignment, an_enrichment
from tests.fresh_counts import Tables, counted, counted_afresh

SOURCES = {"alpha": Kind.NEWS, "beta": Kind.NEWS, "office": Kind.PATENT}
THEMES = ("ai", "naval-drones", "quantum", "twins")
DOMAINS = ("energy", "naval")
START = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
MOST = 12

numbers = st.integers(0, MOST - 1)
theme = st.sampled_from(THEMES)
some_themes = st.sets(theme, max_size=2)
amounts = st.lists(st.tuples(st.sampled_from([1e6, 2e6, 5e6]), st.sampled_from(["stated", "target"])), max_size=2)
acts = st.one_of(
    st.tuples(st.just("add"), numbers, st.sampled_from(list(SOURCES)), st.integers(-2, 12), st.none() | numbers, some_themes),
    st.tuples(st.just("add"), numbers, st.sampled_from(list(SOURCES)), st.integers(0, 2), st.none() | numbers, some_themes),
    st.tuples(st.just("restory"), numbers, numbers),
    st.tuples(st.just("assign"), numbers, theme, st.sampled_from([0.3, 0.6, 0.9])),
    st.tuples(st.just("move"), theme, theme, st.integers(1, 3)),
    st.tuples(st.just("merge"), theme, theme),
    st.tuples(st.just("hold"), theme, theme),
    st.tuples(st.just("unassign"), theme),
    st.tuples(st.just("read"), numbers, st.sets(st.sampled_from(DOMAINS), max_size=2), amounts),
    st.tuples(st.just("remove"), numbers),
    st.tuples(st.just("divide"), st.sampled_from(list(SOURCES)), st.booleans()),
    st.tuples(st.just("wait"), st.integers(1, 90)),
    st.tuples(st.just("count"), st.integers(0, 40)),
)


@pytest.fixture
def house(store: Store) -> Store:
    return store


@dataclass
class Life:
    """One sequence of acts on an empty database."""

    store: Store
    zone: dt.timezone
    now: dt.datetime = START
    latest: dt.datetime | None = None
    stored: dict[int, str] = field(default_factory=dict)
    clock: int = 0

    def __post_init__(self) -> None:
        with self.store.transaction() as conn:
            for name in ("sources", "themes", "cursors", "model_runs", "series_changes", "coverage"):
                conn.execute(metadata.tables[name].delete())
            sources.declare(conn, [a_source(key, kind=kind, split_by_actor=key == "office") for key, kind in SOURCES.items()])
            themes.save(conn, [a_theme(key) for key in THEMES])
            themes.add_run(conn, a_run())

    def do(self, act: tuple[object, ...]) -> None:
        name, *rest = act
        getattr(self, f"_{name}")(*rest)

    def _wait(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)

    def _add(self, number: int, source: str, age: int, copy_of: int | None, theme_ids: set[str]) -> None:
        """A document; the same number again is a duplicate import, which changes nothing."""
        self.clock += 1
        # Some are collected a little after the next count's now.
        collected = self.now + dt.timedelta(minutes=7 * self.clock % 90)
        published = self.now.date() - dt.timedelta(days=age) if age >= -1 else None
        precision = "month" if age == 11 else "day"
        day, _ = counting_day(published, collected, precision)
        key = f"d{number}"
        document = a_document(
            key,
            source_id=source,
            kind=SOURCES[source],
            collected_at=collected.astimezone(self.zone),
            counted_on=day,
            actor=[None, "Ada", " ada ", "Bo"][number % 4],
        )
        with self.store.transaction() as conn:
            if not documents.add(conn, [document, document]).new:
                return
            story = self.stored.get(copy_of, key) if copy_of is not None else key
            documents.add_enrichments(conn, [an_enrichment(key, story_id=story)])
            themes.assign(conn, [an_assignment(key, one, probability=0.5) for one in sorted(theme_ids)])
        self.stored[number] = story

    def _restory(self, number: int, other: int) -> None:
        if number in self.stored:
            story = self.stored.get(other, f"d{number}")
            with self.store.transaction() as conn:
                documents.add_enrichments(conn, [an_enrichment(f"d{number}", story_id=story, pipeline="lang-story/2")])
            self.stored[number] = story

    def _assign(self, number: int, theme_id: str, probability: float) -> None:
        if number in self.stored:
            with self.store.transaction() as conn:
                themes.assign(conn, [an_assignment(f"d{number}", theme_id, probability=probability)])

    def _move(self, old: str, new: str, most: int) -> None:
        with self.store.transaction() as conn:
            rows = themes.members(conn, old)[:most]
            themes.move(
                conn,
                old,
                [Assignment(document_id=r.document_id, theme_id=new, probability=0.7, model_run_id=r.model_run_id) for r in rows],
            )

    def _merge(self, old: str, heir: str) -> None:
        if old != heir:
            with self.store.transaction() as conn:
                themes.merge(conn, old, heir, a_run(), self.now.date(), "person")

    def _hold(self, broad: str, narrow: str) -> None:
        with self.store.transaction() as conn:
            themes.hold(conn, broad, [narrow], "assign@1")

    def _unassign(self, theme_id: str) -> None:
        with self.store.transaction() as conn:
            themes.unassign(conn, [theme_id])

    def _read(self, number: int, domains: set[str], sums: list[tuple[float, str]]) -> None:
        if number in self.stored:
            key = f"d{number}"
            found: list[Fact] = [a_fact(key, "domain", one, pipeline="domains/1") for one in sorted(domains)]
            paid = [
                a_fact(key, value=f"{eur} EUR", eur=eur, role=role, start=at, end=at + 1) for at, (eur, role) in enumerate(sums)
            ]
            with self.store.transaction() as conn:
                documents.add_facts(conn, "domains/1", [key], found)
                documents.add_facts(conn, "rules/1", [key], paid)

    def _remove(self, number: int) -> None:
        with self.store.transaction() as conn:
            documents.remove(conn, [f"d{number}"])
        self.stored.pop(number, None)

    def _divide(self, source: str, split: bool) -> None:
        with self.store.transaction() as conn:
            sources.declare(conn, [a_source(source, kind=SOURCES[source], split_by_actor=split)])

    def _count(self, hours_back: int) -> None:
        """Counts; now and then with a clock that goes wrong by some hours, which counts as standing still."""
        now = self.now - dt.timedelta(hours=hours_back if hours_back > 30 else 0)
        before = counted(self.store)
        with self.store.transaction() as conn:
            observations.clear_changes(conn)
        observe(self.store, now.astimezone(self.zone))
        self.latest = max(self.latest or now, now)
        after = counted(self.store)
        assert after == counted_afresh(self.store, self.latest)
        with self.store.reading() as conn:
            noted = observations.take_changes(conn)
        for series, day in changed(before, after).items():
            assert noted[series] <= day
        assert observe(self.store, now).changed == 0
        assert counted(self.store) == after


def changed(before: Tables, after: Tables) -> dict[str, dt.date]:
    """The earliest day on which a series that is scored differs."""
    earliest: dict[str, dt.date] = {}

    def note(series: str, day: dt.date) -> None:
        earliest[series] = min(day, earliest.get(series, day))

    for cell in dict(before["observation_sources"].items() ^ after["observation_sources"].items()):
        note(cell[0], cell[2])
    copies = [{(*cell, row[1], row[3]) for cell, row in counts["observations"].items()} for counts in (before, after)]
    for cell in copies[0] ^ copies[1]:
        note(cell[0], cell[2])
    for cell in dict(before["coverage"].items() ^ after["coverage"].items()):
        note("coverage", cell[2])
    spoken = [
        {(domain, *counts["stories"][(story,)][1:4]): story for story, domain in counts["story_domains"]}
        for counts in (before, after)
    ]
    for domain, _, day, _ in spoken[0].keys() ^ spoken[1].keys():
        note(f"domain {domain}", day)
    return earliest


STANDING = [
    ("add", n, source, n % 3, n - 1 if n % 2 else None, {theme})
    for n, (source, theme) in enumerate(
        [("alpha", "ai"), ("beta", "ai"), ("office", "twins"), ("alpha", "quantum"), ("beta", "ai"), ("office", "ai")]
    )
]
"""Three stories of two documents each."""


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(acts, min_size=6, max_size=30), st.integers(-12, 12))
def test_counting_what_changed_is_counting_everything(house: Store, lived: list[tuple[object, ...]], hours: int) -> None:
    life = Life(house, dt.timezone(dt.timedelta(hours=hours)))
    for act in [*STANDING, ("wait", 30), ("count", 0), *lived, ("wait", 48), ("count", 0)]:
        life.do(act)
    with house.reading() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(metadata.tables["recounts"])) == 0
