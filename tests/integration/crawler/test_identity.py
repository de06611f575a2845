"""Which document an entry is, across entries, visits, sources and databases."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from crawler.collectors.base import Entry
from crawler.config import CrawlerSettings
from crawler.identity import Identity
from crawler.keeping import document_of
from crawler.resolving import remember, resolve
from storage import document_keys, documents, sources
from storage.completing import complete
from storage.model import Kind, Mention, Source
from storage.stated import Party, Stated, read_stated
from storage.store import Store
from storage.tables import document_keys as keys_table
from storage.tables import documents as documents_table
from storage.tables import mentions, tombstones
from tests.builders import an_enrichment
from tests.conftest import NOW
from tests.integration.crawler.papers import visit
from tests.servers.arxiv import Arxiv
from tests.servers.crossref import Crossref
from tests.servers.hal import Hal
from tests.servers.http import Site
from tests.servers.openalex import OpenAlex
from tests.servers.works import Work

SETTINGS = CrawlerSettings()
TITLE = "An illustrative work on quantum key distribution"


def an_entry(title: str = TITLE, **kw: Any) -> Entry:
    return Entry(**{"title": title, "published_on": NOW.date(), **kw})


def keep(store: Store, source_id: str, entries: Sequence[Entry], *, kind: Kind = Kind.PAPER, later: int = 0) -> list[Identity]:
    """Stores one page of a source as a visit does."""
    now = NOW + dt.timedelta(minutes=later)
    source = Source(id=source_id, name=source_id, kind=kind, url=f"https://{source_id}.example/")
    with store.transaction() as conn:
        sources.declare(conn, [source])
        found = resolve(conn, source, entries, now)
        fresh = [(identity, entry) for identity, entry in zip(found, entries, strict=True) if identity.is_fresh]
        rows = [document_of(entry, identity, source, now, 20_000, author_names=False) for identity, entry in fresh]
        documents.add(
            conn,
            rows,
            [Mention(source_id=source_id, key=i.key, document_id=i.document_id, url=e.url, seen_at=now) for i, e in fresh],
        )
        remember(conn, source, entries, found)
        complete(conn, rows)
    return found


def rows(store: Store, table: sa.Table) -> int:
    with store.reading() as conn:
        return conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def counts(store: Store) -> tuple[int, int]:
    """Documents and mentions."""
    return rows(store, documents_table), rows(store, mentions)


WORK = Work(7, doi="10.9999/ex.7", arxiv="2602.00007", hal="hal-09990007")
BRIDGED = {
    "arxiv": Work(7, arxiv="2602.00007", title="A first title of the preprint about quantum keys"),
    "hal": Work(7, hal="hal-09990007", doi="10.9999/ex.7", title="Un titre tout à fait différent dans les archives ouvertes"),
    "openalex": WORK,
    "crossref": Work(7, doi="10.9999/ex.7", title="The quantum key distribution article as it was published"),
}


@pytest.fixture
def records(site: Site) -> dict[str, list[Entry]]:
    """The same work as each database tells it, by what their numbers have in common."""
    found = {}
    for name, work in BRIDGED.items():
        server = {"arxiv": Arxiv, "hal": Hal, "openalex": OpenAlex, "crossref": Crossref}[name]([work])
        found[name] = visit(
            name, server.mount(site), key="oa-secret", words=["quantum"] if name == "crossref" else ["chip"]
        ).entries
        assert len(found[name]) == 1
    return found


@pytest.mark.parametrize("order", list(itertools.permutations(BRIDGED)), ids="-".join)
def test_a_work_of_four_databases_is_one_document_in_every_order(
    sqlite_store: Store, records: dict[str, list[Entry]], order: tuple[str, ...]
) -> None:
    for minutes, name in enumerate(order):
        keep(sqlite_store, name, records[name], later=minutes)
    assert counts(sqlite_store) == (1, 4)
    for minutes, name in enumerate(order):
        keep(sqlite_store, name, records[name], later=60 + minutes)
    assert counts(sqlite_store) == (1, 4)
    with sqlite_store.reading() as conn:
        (first,) = conn.scalars(sa.select(documents_table.c.source_id))
        named = set(conn.scalars(sa.select(keys_table.c.key).where(~keys_table.c.key.startswith("title:"))))
    assert first == order[0]
    assert named == {"arxiv:2602.00007", "doi:10.9999/ex.7", "hal:hal-09990007", "openalex:W990007"}


def test_four_records_on_one_page_are_one_document_on_both_databases(store: Store, records: dict[str, list[Entry]]) -> None:
    keep(store, "arxiv", records["arxiv"])
    keep(store, "mixed", [records["crossref"][0], records["hal"][0], records["openalex"][0]], later=1)
    assert counts(store) == (1, 2)


def test_title_and_year_join_what_has_no_common_number(store: Store) -> None:
    keep(store, "arxiv", [an_entry(keys=("arxiv:2602.00001",))])
    keep(store, "crossref", [an_entry(TITLE.upper() + ".", keys=("doi:10.9999/a",), published_on=dt.date(2025, 12, 30))])
    assert counts(store) == (1, 2)
    keep(store, "crossref", [an_entry(keys=("doi:10.9999/b",))])
    keep(store, "hal", [an_entry(keys=("hal:hal-0999", "doi:10.9999/c"))])
    assert counts(store) == (3, 4), "never where two DOIs differ"
    keep(store, "hal", [an_entry(published_on=dt.date(2020, 1, 1), keys=("hal:hal-0998",))])
    assert counts(store) == (4, 5), "nor where the years do"


def test_short_titles_and_news_join_nothing(store: Store) -> None:
    keep(store, "arxiv", [an_entry("Editorial board", keys=("arxiv:2602.00001",))])
    keep(store, "hal", [an_entry("Editorial board", keys=("hal:hal-0999",))])
    keep(store, "gazette", [an_entry(guid="1")], kind=Kind.NEWS)
    keep(store, "courrier", [an_entry(guid="1")], kind=Kind.NEWS)
    assert counts(store) == (4, 4)


def test_two_documents_found_to_be_one_keep_the_older_and_its_story(store: Store) -> None:
    keep(store, "arxiv", [an_entry("A first title of the preprint", keys=("arxiv:2602.00001",), text="Kept.")])
    keep(store, "crossref", [an_entry("The title of the article in print", keys=("doi:10.9999/a",))], later=1)
    with store.transaction() as conn:
        kept, gone = conn.scalars(sa.select(documents_table.c.id).order_by(documents_table.c.collected_at))
        documents.add_enrichments(conn, [an_enrichment(kept), an_enrichment(gone)])
    keep(store, "openalex", [an_entry("A third title", keys=("doi:10.9999/a", "arxiv:2602.00001"))], later=2)
    assert counts(store) == (1, 3)
    with store.reading() as conn:
        assert conn.scalar(sa.select(documents_table.c.text)) == "Kept."
        assert conn.execute(sa.select(tombstones.c.document_id, tombstones.c.reason)).all() == [(gone, f"merged: {kept}")]
    keep(store, "crossref", [an_entry("The title of the article in print", keys=("doi:10.9999/a",))], later=3)
    assert counts(store) == (1, 3)


def test_what_the_first_database_lacked_comes_from_the_next(store: Store) -> None:
    vague = an_entry(keys=("doi:10.9999/a",), published_on=dt.date(2026, 1, 1), date_precision="year")
    keep(store, "crossref", [vague])
    with store.transaction() as conn:
        (name,) = conn.scalars(sa.select(documents_table.c.id))
        documents.add_enrichments(conn, [an_enrichment(name)])
        documents.add_facts(conn, "rules/1", [name], [])
    institute = Party(name="Institut Exemple", role="institution", country="FR")
    told = Stated(parties=(institute,), ids={"openalex": "W1"})
    keep(store, "openalex", [an_entry("Other words", text="The abstract.", keys=("doi:10.9999/a",), stated=told)], later=1)
    with store.reading() as conn:
        (document,) = documents.by_ids(conn, [name])
        assert documents.stories_of(conn, [name]) == {}, "it is enriched again"
        assert [found.id for found in documents.without_facts(conn, "rules/1", NOW + dt.timedelta(days=1), 9)] == [name]
    assert (document.title, document.text) == (TITLE, "The abstract.")
    assert (document.published_on, document.counted_on, document.date_precision) == (NOW.date(), NOW.date(), "day")
    assert read_stated(document.extra).parties == (institute,)
    keep(store, "hal", [an_entry(text="Another abstract, and longer.", keys=("doi:10.9999/a",))], later=2)
    with store.reading() as conn:
        assert documents.by_ids(conn, [name])[0].text == "The abstract."


def test_news_and_reserved_texts_stay_as_first_seen(store: Store) -> None:
    news(store, [an_entry("Titre", guid="1", url="https://s.example/a")])
    news(store, [an_entry("Titre", guid="1", url="https://s.example/a", text="Un texte.")], "courrier", later=1)
    keep(store, "hal", [an_entry(keys=("doi:10.9999/a",), reserved=True)], later=2)
    keep(store, "openalex", [an_entry(text="The abstract.", keys=("doi:10.9999/a",))], later=3)
    with store.reading() as conn:
        assert set(conn.scalars(sa.select(documents_table.c.text))) == {""}


def test_a_deleted_document_does_not_return(store: Store) -> None:
    entry = an_entry(guid="1", url="https://s.example/a", keys=("doi:10.9999/a",))
    (identity,) = keep(store, "crossref", [entry])
    with store.transaction() as conn:
        document_keys.bury(conn, [identity.document_id], NOW, "asked by a person")
    for again in (
        entry,
        an_entry(guid="1", url="https://s.example/elsewhere", keys=()),
        an_entry("Another title of it", guid="2", keys=("doi:10.9999/a",)),
        an_entry("Another title of it", guid="3", url="http://www.s.example/a/?amp=1"),
    ):
        assert [found.is_deleted for found in keep(store, "crossref", [again], later=1)] == [True]
    assert counts(store) == (0, 0)
    keep(store, "crossref", [an_entry("Something else", guid="9", url="https://s.example/z")])
    assert counts(store) == (1, 1)


def news(store: Store, entries: Sequence[Entry], source_id: str = "gazette", later: int = 0) -> list[Identity]:
    return keep(store, source_id, entries, kind=Kind.NEWS, later=later)


def test_guids_that_change_at_each_visit_lead_to_the_same_documents(store: Store) -> None:
    for visit_number in range(3):
        news(store, [an_entry(f"Titre {n}", guid=f"{visit_number}-{n}", url=f"https://s.example/{n}") for n in range(5)])
        news(store, [an_entry(f"Sans lien {n}", guid=f"{visit_number}-{n}") for n in range(5)], "courrier")
    assert counts(store) == (10, 10)


def test_a_guid_all_entries_share_is_none(store: Store) -> None:
    for _ in range(2):
        news(store, [an_entry(f"Titre {n}", guid="1", url=f"https://s.example/{n}") for n in range(5)])
    assert counts(store) == (5, 5)
    news(store, [an_entry(f"Titre {n}", guid="1", url=f"https://s.example/{n}") for n in range(3, 8)], later=1)
    assert counts(store) == (8, 8)


def test_a_guid_two_entries_share_is_completed_by_the_link(store: Store) -> None:
    many = [an_entry(f"Titre {n}", guid=f"g{n}", url=f"https://s.example/{n}") for n in range(60)]
    pair = [an_entry("Un", guid="same", url="https://s.example/un"), an_entry("Deux", guid="same", url="https://s.example/deux")]
    found = news(store, [*many, *pair])
    assert found[0].key == "g0", "a few bad GUIDs leave the rest"
    assert [identity.key for identity in found[-2:]] == ["same https://s.example/un", "same https://s.example/deux"]
    assert counts(store) == (62, 62)


def test_a_feed_whose_guids_are_bad_is_told_apart_by_its_links(store: Store) -> None:
    entries = [an_entry(f"Titre {n}", guid="x" if n % 5 == 0 else f"g{n}", url=f"https://s.example/{n}") for n in range(20)]
    assert [identity.key for identity in news(store, entries)] == [f"https://s.example/{n}" for n in range(20)]
    mended = [an_entry(f"Titre {n}", guid=f"g{n}", url=f"https://s.example/{n}") for n in range(20)]
    news(store, mended, later=1)
    assert counts(store) == (20, 20)


def test_links_that_all_lead_to_one_page_are_told_apart_by_date_and_title(store: Store) -> None:
    day = NOW - dt.timedelta(days=1)
    live = [
        an_entry(
            f"Point {n}", url="https://s.example/direct", published_on=day.date(), published_at=day + dt.timedelta(minutes=n % 3)
        )
        for n in range(6)
    ]
    for later in range(2):
        news(store, live, later=later)
    assert counts(store) == (6, 6)


def test_another_item_under_the_same_link_at_the_next_visit_is_another_document(store: Store) -> None:
    news(store, [an_entry("Grève à la centrale", guid="1", url="https://s.example/direct")])
    news(store, [an_entry("Le marché rouvre demain", guid="2", url="https://s.example/direct")], later=1)
    news(store, [an_entry("Le marché rouvre demain matin", guid="2", url="https://s.example/direct")], later=2)
    assert counts(store) == (2, 2)


def test_editions_of_one_page_are_one_document_of_two_sources(store: Store) -> None:
    news(store, [an_entry("Titre", guid="1", url="https://www.s.example/a")])
    news(store, [an_entry("Titre, en bref", guid="2", url="https://m.s.example/a?amp=1")], "courrier")
    assert counts(store) == (1, 2)
    news(store, [an_entry("Accueil", guid="3", url="https://s.example/")])
    news(store, [an_entry("Autre accueil", guid="4", url="https://s.example/")], "courrier")
    assert counts(store) == (3, 4), "the front of a site identifies nothing"


def test_the_same_entry_twice_on_a_page_is_one(store: Store) -> None:
    entry = an_entry("Titre", guid="1", url="https://s.example/a")
    news(store, [entry, entry, an_entry("Autre", guid="2", url="https://s.example/b")])
    assert counts(store) == (2, 2)


def test_one_link_for_works_with_other_numbers_is_several_documents(store: Store) -> None:
    keep(store, "hal", [an_entry("A first work of the volume", keys=("hal:hal-0001",), url="https://s.example/volume")])
    keep(store, "hal", [an_entry("A second work of the volume", keys=("hal:hal-0002",), url="https://s.example/volume")], later=1)
    assert counts(store) == (2, 2)


def test_known_entries_cost_one_question(sqlite_store: Store) -> None:
    entries = [an_entry(f"Titre {n}", guid=f"g{n}", url=f"https://s.example/{n}") for n in range(50)]
    news(sqlite_store, entries)
    asked: list[str] = []
    with sqlite_store.reading() as conn:
        sa.event.listen(conn, "before_cursor_execute", lambda *args: asked.append(args[2]))
        source = Source(id="gazette", name="gazette", kind=Kind.NEWS)
        assert all(identity.is_known for identity in resolve(conn, source, entries, NOW))
    assert len(asked) == 1
