"""From the portals to the analysts' view: notices and projects are collected, enriched and read, and show up in euros."""

from __future__ import annotations

import datetime as dt
import json

import sqlalchemy as sa

from crawler.collect import collect
from crawler.collectors.base import Watched
from crawler.config import CrawlerSettings
from nlp.config import NlpSettings
from nlp.enrich import enrich
from nlp.facts.step import facts
from storage import sources
from storage.model import Kind, Source
from storage.store import Store
from tests.servers.ademe import DataFair, a_line
from tests.servers.http import Site
from tests.servers.opendatasoft import ANR_FIELDS, BOAMP_FIELDS, Portal, a_notice, a_project

NOW = dt.datetime(2026, 9, 20, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
BLANK = NlpSettings(spacy_models={"fr": "blank", "en": "blank"})
WATCHED = (Watched("twins", terms=("jumeau numérique",)),)
AWARD = {
    "EFORMS": {"ContractAwardNotice": {"efac:NoticeResult": {"cbc:TotalAmount": {"@currencyID": "CHF", "#text": "1234567.89"}}}}
}


def declared(store: Store, site: Site) -> None:
    award = a_notice(
        "26-99050",
        "2026-09-18",
        objet="Jumeau numérique du grand port : résultat",
        nature="ATTRIBUTION",
        nature_libelle="Avis d'attribution",
        titulaire=["Société Exemple SAS"],
        annonce_lie=["26-99001"],
        donnees=json.dumps(AWARD),
    )
    other = a_notice("26-99002", "2026-09-17", objet="Fourniture de sel de déneigement")
    boamp = Portal(site, "boamp", [a_notice(), award, other], BOAMP_FIELDS)
    anr = Portal(site, "aapg-projets", [a_project()], ANR_FIELDS)
    with store.transaction() as conn:
        own = {"boamp": boamp.serve(), "anr": anr.serve(), "ademe": DataFair(site, [a_line()]).serve()}
        sources.declare(
            conn,
            [
                Source(
                    id=key,
                    name=key,
                    kind=Kind.FUNDING,
                    url=url,
                    rights="open",
                    collector="ademe" if key == "ademe" else "opendatasoft",
                )
                for key, url in own.items()
            ],
        )


def test_what_portals_state_reaches_the_view_of_funding(store: Store, site: Site) -> None:
    declared(store, site)
    settings = CrawlerSettings(pace_s=0, allow_private_hosts=(f"127.0.0.1:{site.port}",))
    report = collect(store, NOW, settings, watched=WATCHED)
    assert (report.visited, report.new) == (3, 4)
    enrich(store, LATER, BLANK)
    facts(store, LATER, BLANK)
    columns = "source_id, amount, currency, eur, role, beneficiary, buyer, funder, programme, departement, region, country"
    with store.reading() as conn:
        rows = [tuple(row) for row in conn.execute(sa.text(f"SELECT {columns} FROM v_funding ORDER BY source_id, amount DESC"))]
        stories = conn.execute(sa.text("SELECT COUNT(DISTINCT story_id) FROM v_funding WHERE source_id = 'boamp'")).scalar()
        cursors = {source.id: source.cursor for source in sources.all_sources(conn)}
    by_source = {key: [row[1:] for row in rows if row[0] == key] for key in ("ademe", "anr", "boamp")}
    assert by_source["ademe"] == [
        (750_000.0, "EUR", 750_000.0, "stated", "Société Exemple", None, "ADEME", "ADEME – France 2030", None, None, None)
    ]
    assert by_source["anr"][0] == (
        *(450_500.0, "EUR", 450_500.0, "stated", "Université Exemple", None, "ANR"),
        *("ANR", None, "53", "FR"),
    )
    award, call = sorted(by_source["boamp"], key=lambda row: row[0] is None)
    assert award[:2] == (1_234_567.89, "CHF")
    assert award[2] is not None
    assert 1.1e6 < award[2] < 1.5e6, "Swiss francs of September 2026 in euros"
    assert award[3:] == ("stated", "Société Exemple", "Collectivité Exemple", None, None, "44", "52", "FR")
    assert call == (None, None, None, None, None, "Collectivité Exemple", None, None, "44", "52", "FR")
    assert stories == 1, "a call and its award are one story"
    assert all(cursors.values())
    assert collect(store, NOW + dt.timedelta(days=1), settings, watched=WATCHED).new == 0
