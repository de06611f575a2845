"""Patents through the real spider into the database: pages, cursor, waits and secrets where they belong."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from pydantic import SecretStr

from crawler.collect import collect
from crawler.config import CrawlerSettings, Credentials
from storage import sources
from storage.model import Kind, Source
from storage.stated import read_stated
from storage.store import Store
from storage.tables import documents, metadata
from tests.servers import odp, ops
from tests.servers.http import Site

NOW = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)


def settings(site: Site) -> CrawlerSettings:
    keys = Credentials(epo_key=SecretStr(ops.KEY), epo_secret=SecretStr(ops.SECRET), uspto_key=SecretStr(odp.KEY))
    return CrawlerSettings(pace_s=0, allow_private_hosts=(f"127.0.0.1:{site.port}",), credentials=keys)


def declare(store: Store, source_id: str, collector: str, url: str) -> None:
    source = Source(
        id=source_id,
        name=source_id,
        kind=Kind.PATENT,
        url=url,
        collector=collector,
        options={"codes": ["G06N10"]},
        interval_s=86400,
    )
    with store.transaction() as conn:
        sources.declare(conn, [source])


def stored(store: Store) -> list[sa.Row[tuple[object, ...]]]:
    with store.reading() as conn:
        return list(conn.execute(sa.select(documents).order_by(documents.c.title)))


def test_a_quota_stops_a_visit_and_the_next_goes_on_from_there(store: Store, site: Site) -> None:
    rows = ops.collection({dt.date(2026, 9, 20): 250}, ("G06N10/20",))
    epo = ops.Ops(site, rows, faults=[ops.passes, ops.over_quota("IndividualQuotaPerHour")])
    declare(store, "epo", "ops", epo.url)
    first = collect(store, NOW, settings(site))
    assert (first.visited, first.new) == (1, 100)
    with store.reading() as conn:
        [source] = sources.all_sources(conn)
    assert source.state_reason is not None
    assert source.state_reason.startswith("quota_hour")
    assert collect(store, NOW + dt.timedelta(minutes=30), settings(site)).due == 0
    second = collect(store, NOW + dt.timedelta(days=1), settings(site))
    assert second.new == 150
    assert len(stored(store)) == 250
    parties = [read_stated(row.extra).parties[0] for row in stored(store)]
    assert {party.country for party in parties} == {"FR", "DE", "IT", "US"}


def test_one_application_in_both_offices_is_one_document_and_no_secret_is_stored(sqlite_store: Store, site: Site) -> None:
    day = dt.date(2026, 9, 20)
    epo = ops.Ops(site, [ops.Row(number="2026999001", country="US", on=day, titles=(("en", "Illustrative title 999001"),))])
    portal = odp.Odp(site, [odp.application(999001, day), odp.application(999002, day)])
    declare(sqlite_store, "epo", "ops", epo.url)
    declare(sqlite_store, "uspto", "odp", portal.url)
    collect(sqlite_store, NOW, settings(site))
    assert [row.title for row in stored(sqlite_store)] == ["Illustrative title 999001", "Illustrative title 999002"]
    with sqlite_store.reading() as conn:
        everything = repr([list(conn.execute(sa.select(table))) for table in metadata.sorted_tables])
    assert all(secret not in everything for secret in (ops.KEY, ops.SECRET, odp.KEY, "token-1"))
    assert all(secret not in path for path, _ in site.asked for secret in (ops.KEY, ops.SECRET, odp.KEY))
    again = collect(sqlite_store, NOW + dt.timedelta(days=1), settings(site))
    assert again.new == 0
    assert len(stored(sqlite_store)) == 2
