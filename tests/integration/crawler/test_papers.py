"""Databases of papers through the real crawl: one work of four databases is one document with four mentions."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from crawler.collect import collect
from crawler.config import CrawlerSettings
from storage import sources
from storage.model import Kind, Source
from storage.store import Store
from storage.tables import documents, mentions
from tests.conftest import NOW
from tests.servers.arxiv import Arxiv
from tests.servers.crossref import Crossref
from tests.servers.hal import Hal
from tests.servers.http import Site
from tests.servers.openalex import OpenAlex
from tests.servers.works import Work

WORK = Work(7, doi="10.9999/ex.7", arxiv="2602.00007", hal="hal-09990007")


def test_a_crawl_brings_one_document_with_four_mentions(sqlite_store: Store, site: Site) -> None:
    words = {"words": ["quantum key distribution"]}
    addresses = {
        "arxiv": Arxiv([WORK]).mount(site),
        "hal": Hal([WORK]).mount(site),
        "openalex": site.route("/openalex/works", OpenAlex([WORK], keyless=0).answer),
        "crossref": site.route("/crossref/works", Crossref([WORK]).answer),
    }
    with sqlite_store.transaction() as conn:
        sources.declare(
            conn,
            [
                Source(id=name, name=name, kind=Kind.PAPER, url=url, collector=name, options=words)
                for name, url in addresses.items()
            ],
        )
    settings = CrawlerSettings(
        pace_s=0,
        allow_private_hosts=(f"127.0.0.1:{site.port}",),
        credentials={"openalex_key": "oa-secret"},  # type: ignore[arg-type]
    )
    report = collect(sqlite_store, NOW, settings)
    assert (report.visited, report.failed, report.new, report.duplicates) == (4, 0, 1, 3)
    again = collect(sqlite_store, NOW + dt.timedelta(days=1), settings)
    assert (again.visited, again.failed, again.new) == (4, 0, 0)
    with sqlite_store.reading() as conn:
        assert len(conn.execute(sa.select(documents)).all()) == 1
        assert {row.source_id for row in conn.execute(sa.select(mentions))} == set(addresses)
        kept = {source.id: source.cursor or "" for source in sources.all_sources(conn)}
    assert all('"until": "2026-03-03"' in cursor for cursor in kept.values()), kept
