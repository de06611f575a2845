"""Which sources of an archive count by actor, and who the actor of a document is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crawler.actors import Census, Split, divide, repository_owner
from crawler.config import CrawlerSettings
from crawler.importing import ImportReport, import_file
from crawler.records import Record, read_records
from storage import sources
from storage.model import Kind, Source
from storage.store import Store
from storage.tables import documents
from tests.unit.crawler.test_importing import record, write

CORPORA = Path(os.environ.get("ZOOM_AVANT_CORPORA", Path(__file__).parents[4] / "shared" / "data"))
SETTINGS = CrawlerSettings(databases=("arXiv", "data.gouv.fr"))


def census(*records: tuple[str, Kind, str | None]) -> Census:
    found = Census()
    for source, kind, organisation in records:
        found.add(Record(id=None, source=source, kind=kind, title="T", organisation=organisation))
    return found


def actors(store: Store) -> dict[str, str | None]:
    with store.reading() as conn:
        return {row.id: row.actor for row in conn.execute(sa.select(documents))}


def brought_in(store: Store, path: Path, split: Split = Split.AUTO) -> tuple[ImportReport, dict[str, bool]]:
    report = import_file(store, path, None, SETTINGS, split=split)
    with store.reading() as conn:
        return report, {source.name: source.split_by_actor for source in sources.all_sources(conn)}


@pytest.mark.parametrize(
    ("choice", "split", "lone"),
    [
        (Split.AUTO, {"Office", "Papers", "arXiv cs.CL", "Rounds"}, {"Rounds"}),
        (Split.NEVER, set(), set()),
        (Split.ALWAYS, {"Office", "Papers", "arXiv cs.CL", "Rounds", "A", "B", "C"}, set()),
    ],
)
def test_papers_patents_databases_and_lone_publishers_are_split(choice: Split, split: set[str], lone: set[str]) -> None:
    found = census(
        ("Office", Kind.PATENT, None),
        ("Papers", Kind.PAPER, None),
        ("arXiv cs.CL", Kind.NEWS, None),
        ("Rounds", Kind.FUNDING, None),
        *((name, Kind.NEWS, None) for name in "ABC"),
    )
    division = divide(found, choice, SETTINGS)
    assert (division.split, division.lone) == (split, lone)


@pytest.mark.parametrize(("names", "split"), [("A", "A"), ("AB", "AB"), ("ABC", "")])
def test_three_publishers_of_a_kind_are_enough(names: str, split: str) -> None:
    found = census(*((name, Kind.NEWS, None) for name in names))
    assert divide(found, Split.AUTO, SETTINGS).split == set(split)


def test_publishers_the_database_has_already_count_unless_switched_off() -> None:
    known = [Source(id=name, name=name, kind=Kind.NEWS) for name in ("B", "C")]
    off = [Source(id=name, name=name, kind=Kind.NEWS, enabled=False) for name in ("B", "C")]
    found = census(("A", Kind.NEWS, None))
    assert divide(found, Split.AUTO, SETTINGS, known).split == set()
    assert divide(found, Split.AUTO, SETTINGS, off).lone == {"A"}


def test_a_source_of_two_kinds_is_what_most_of_it_is() -> None:
    found = census(*[("A", Kind.NEWS, None)] * 2, ("A", Kind.PAPER, None), ("B", Kind.NEWS, None), ("C", Kind.NEWS, None))
    assert divide(found, Split.AUTO, SETTINGS).split == set()


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://github.com/lumina/phare", "lumina"),
        ("https://www.github.com/lumina/phare/issues/3", "lumina"),
        ("https://gitlab.com/lumina/sous-groupe/phare", "lumina"),
        ("https://github.com/lumina", None),
        ("https://github.com/", None),
        ("https://github.com.phare.example/lumina/phare", None),
        ("https://phare.example/lumina/phare", None),
        (None, None),
    ],
)
def test_the_owner_of_a_repository(url: str | None, owner: str | None) -> None:
    assert repository_owner(Record(id=None, source="Trending", kind=Kind.NEWS, title="T", url=url)) == owner


@pytest.mark.parametrize(
    ("fields", "actor"),
    [
        ({"kind": "patent", "applicants": "Lumina SA; Autre", "publisher": "Office"}, "Lumina SA"),
        ({"kind": "patent", "assignee": {"name": "Lumina"}}, "Lumina"),
        ({"kind": "paper", "affiliations": ["Université des Rives", "Autre"], "authors": ["A. Roux"]}, "Université des Rives"),
        ({"kind": "funding", "recipient": "Phare", "funder": "Fonds"}, "Phare"),
        ({"kind": "funding", "funders": ["Fonds", "Autre"]}, "Fonds"),
        ({"kind": "news", "publisher": "Mairie"}, "Mairie"),
        ({"kind": "news", "url": "https://github.com/lumina/phare", "authors": ["A. Roux"]}, "lumina"),
        ({"kind": "news", "authors": ["A. Roux"]}, None),
    ],
)
def test_who_is_behind_a_document(sqlite_store: Store, tmp_path: Path, fields: dict[str, Any], actor: str | None) -> None:
    brought_in(sqlite_store, write(tmp_path / "a.jsonl", record(1, **fields)), Split.NEVER)
    assert actors(sqlite_store) == {"t:1": actor}


def test_inventors_stay_unnamed(sqlite_store: Store, tmp_path: Path) -> None:
    brought_in(sqlite_store, write(tmp_path / "a.jsonl", record(1, kind="patent", inventors=["Ada Martin"])))
    actor = actors(sqlite_store)["t:1"]
    assert actor is not None
    assert actor.startswith("author-")


def test_the_unsigned_documents_of_a_source_that_signs_are_one_actor(store: Store, tmp_path: Path) -> None:
    signed = [record(n, source="data.gouv.fr", publisher=f"Mairie {n}") for n in range(3)]
    unsigned = [record(n, source="data.gouv.fr") for n in (3, 4)]
    other = [record(n, source="Le Phare") for n in (5, 6)]
    report, split = brought_in(store, write(tmp_path / "a.jsonl", *signed, *unsigned, *other))
    assert split == {"data.gouv.fr": True, "Le Phare": True}
    assert report.lone == ("Le Phare",)
    found = actors(store)
    assert found["t:3"] == found["t:4"] == "data.gouv.fr"
    assert found["t:5"] is found["t:6"] is None


def test_a_list_of_links_counts_by_the_site_it_leads_to(sqlite_store: Store, tmp_path: Path) -> None:
    links = [record(n, source="Liens", url=f"https://www.site{n % 12}.example/{n}") for n in range(24)]
    own = [record(n, source="Phare", url=f"https://phare.example/{n}") for n in range(30, 34)]
    brought_in(sqlite_store, write(tmp_path / "a.jsonl", *links, record(24, source="Liens"), *own))
    found = actors(sqlite_store)
    assert found["t:0"] == found["t:12"] == "site0.example"
    assert found["t:1"] == "site1.example"
    assert found["t:24"] is found["t:30"] is None


def test_a_known_source_stays_as_it_is(store: Store, tmp_path: Path) -> None:
    brought_in(store, write(tmp_path / "a.jsonl", record(1)), Split.NEVER)
    report, split = brought_in(store, write(tmp_path / "b.jsonl", record(2)))
    assert split == {"L'Écho": False}
    assert report.lone == ()


def test_a_bulk_upload_of_a_catalogue_stays_with_those_who_uploaded() -> None:
    path = CORPORA / "datagouv_catalogue_2013_2020.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not there")
    found = [one for _, one in read_records(path) if isinstance(one, Record)]
    whole = Census()
    for one in found:
        whole.add(one)
    division = divide(whole, Split.AUTO, CrawlerSettings())
    uploaded = [one for one in found if one.published and one.published.isoformat() == "2017-02-23"]
    assert division.split == {"data.gouv.fr"}
    assert len(uploaded) > 1_000
    assert {division.actor_of(one, None) for one in uploaded} == {one.extra.get("publisher", one.source) for one in uploaded}
