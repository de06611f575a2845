"""From the Union's services to the analysts' view: projects, calls and notices are collected, enriched and read in euros."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack

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
from tests.servers.cordis import a_project, an_organisation, bulk, running_cordis
from tests.servers.sedia import a_result, running_sedia
from tests.servers.ted import a_notice, running_ted

NOW = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)
BLANK = NlpSettings(spacy_models={"fr": "blank", "en": "blank"})
WATCHED = (Watched("quantum", terms=("quantum",)),)


def test_what_the_union_states_reaches_the_view_of_funding(store: Store) -> None:
    with ExitStack() as running:
        cordis = running.enter_context(running_cordis())
        sedia = running.enter_context(running_sedia())
        ted = running.enter_context(running_ted())
        cordis.file = bulk([a_project(ecSignatureDate="2026-09-25")], [an_organisation()])
        sedia.results = [a_result(), a_result(reference="again", deadlineDate="2027-09-01T00:00:00.000+0000")]
        uuid = "c7a1e838-29fc-420d-a45a-8b3c2b2ebdd1"
        call = a_notice("998000-2026", notice_type="cn-standard", publication_date="2026-09-22Z", procedure_identifier=uuid)
        award = a_notice(publication_date="2026-09-26+02:00", procedure_identifier=uuid)
        ted.notices = [call, award]
        served = {"cordis": cordis.address, "sedia": sedia.address, "ted": ted.address}
        with store.transaction() as conn:
            sources.declare(
                conn,
                [
                    Source(id=name, name=name, kind=Kind.FUNDING, url=url, rights="open", collector=name)
                    for name, url in served.items()
                ],
            )
        hosts = tuple(url.split("/")[2] for url in served.values())
        settings = CrawlerSettings(pace_s=0, allow_private_hosts=hosts)
        report = collect(store, NOW, settings, watched=WATCHED)
        assert (report.visited, report.new) == (3, 4)
        enrich(store, NOW + dt.timedelta(hours=1), BLANK)
        facts(store, NOW + dt.timedelta(hours=1), BLANK)
        columns = "source_id, title, published_on, amount, currency, role, beneficiary, buyer, programme, region, country"
        with store.reading() as conn:
            found = conn.execute(
                sa.text(f"SELECT {columns} FROM v_funding WHERE role IS NULL OR role <> 'cost' ORDER BY title, published_on")
            )
            rows = [tuple(row) for row in found]
            stories = conn.execute(sa.text("SELECT COUNT(DISTINCT story_id) FROM v_funding WHERE source_id = 'ted'")).scalar()
        title = "France – Matériel – Exemple"
        assert [row[:1] + row[3:] for row in rows if row[1] != title] == [
            ("cordis", 2_500_000.0, "EUR", "stated", "INSTITUT EXEMPLE", None, "Horizon Europe", "53", "FR"),
            ("sedia", None, None, None, None, None, "Horizon Europe", None, None),
        ]
        call_row, award_row = (row[3:] for row in rows if row[1] == title)
        assert call_row == (None, None, None, None, "Région Exemple", None, "53", "FR")
        assert award_row == (1_200_000.0, "EUR", "stated", "Société A", "Région Exemple", None, "53", "FR")
        assert stories == 1, "a call and its award are one story"
        # The second visit finds nothing new; the bulk file is not even sent.
        second = collect(store, NOW + dt.timedelta(days=1), settings, watched=WATCHED)
        assert second.new == 0
        asked = [headers for path, headers in cordis.site.asked if path.endswith(".zip")]
        assert asked[-1].get("if-none-match") == cordis.etag
