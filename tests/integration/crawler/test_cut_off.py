"""Visits of every collector of a database, broken off after each of their pages: the next one brings all that is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from pydantic import SecretStr

from crawler.collectors.base import Task
from crawler.collectors.registry import collector_for
from crawler.config import Credentials
from storage.model import Kind, Source
from tests.integration.crawler.papers import QUANTUM
from tests.servers import cordis, odp
from tests.servers.ademe import DataFair, a_line
from tests.servers.arxiv import Arxiv
from tests.servers.cordis import a_project as a_cordis_project
from tests.servers.cordis import bulk, running_cordis
from tests.servers.crossref import Crossref
from tests.servers.drive import Driven, drive
from tests.servers.hal import Hal
from tests.servers.http import Site, serving
from tests.servers.odp import Odp, application
from tests.servers.openalex import OpenAlex
from tests.servers.opendatasoft import ANR_FIELDS, BOAMP_FIELDS, Portal, a_notice, a_project
from tests.servers.sedia import a_result, running_sedia
from tests.servers.ted import a_notice as a_ted_notice
from tests.servers.ted import running_ted
from tests.servers.works import Work

NOW = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)
KEYS = Credentials(openalex_key=SecretStr("oa-secret"), uspto_key=SecretStr(odp.KEY), cordis_key=SecretStr(cordis.KEY))

Served = tuple[str, str, dict[str, Any]]
"""Collector, address and options."""


def a_day(n: int) -> dt.date:
    return NOW.date() - dt.timedelta(days=1 + n % 13)


def on_papers(site: Site) -> Iterator[Served]:
    given = [Work(number, on=a_day(number)) for number in range(1, 40)]
    two = {"rows": 10, "words": ["quantum key distribution", "photonic chip"]}
    yield "arxiv", Arxiv(given).mount(site), {"rows": 10}
    yield "hal", Hal(given).mount(site), {"rows": 10}
    yield "crossref", Crossref(given).mount(site), two
    yield "openalex", OpenAlex(given).mount(site), {"rows": 10, "country": "FR"}


def on_portals(site: Site) -> Iterator[Served]:
    notices = [a_notice(f"26-{10_000 + n}", a_day(n).isoformat(), objet=f"Lot {n} : ordinateur quantique") for n in range(230)]
    yield "opendatasoft", Portal(site, "boamp", notices, BOAMP_FIELDS).serve(), {"days": 14}
    projects = [a_project(f"ANR-{25 + n % 2}-CE31-{1000 + n // 3}", str(2025 + n % 2)) for n in range(230)]
    yield "opendatasoft", Portal(site, "aapg-projets", projects, ANR_FIELDS).serve(), {}
    yield "ademe", DataFair(site, [a_line(f"X{n:04}") for n in range(45)]).serve(), {"size": 10}
    yield "odp", Odp(site, [application(n, a_day(n)) for n in range(1, 331)]).url, {"codes": ["G06N10"]}


def test_nothing_is_lost_wherever_a_visit_is_cut_off() -> None:
    for kind in (on_papers, on_portals):
        with serving() as site:
            for name, url, options in kind(site):
                _cut_everywhere(name, url, options)


def test_nothing_is_lost_of_a_search_of_the_union_s_services() -> None:
    with running_ted() as ted:
        ted.notices = [a_ted_notice(f"{n}-2026", publication_date=f"{a_day(n)}Z") for n in range(1, 601)]
        _cut_everywhere("ted", ted.address, {"days": 60, "any_subject": True, "countries": ["FR"]})
    with running_sedia() as sedia:
        sedia.results = [a_result(f"HORIZON-CL4-2026-EX-{n}") for n in range(620)]
        _cut_everywhere("sedia", sedia.address, {})
    with running_cordis() as served:
        served.file = bulk(
            [a_cordis_project(10_000 + n, contentUpdateDate=f"2026-07-{1 + n % 28:02} 10:00:00") for n in range(1_100)]
        )
        _cut_everywhere("cordis", served.address, {})


def _cut_everywhere(name: str, url: str, options: dict[str, Any]) -> None:
    def visit(cursor: str | None = None, pages: int | None = None) -> Driven:
        source = Source(id="s", name="S", kind=Kind.PAPER, url=url, collector=name, options=options, cursor=cursor)
        task = Task(source=source, now=NOW, watched=(QUANTUM,), credentials=KEYS, contact="veille@region.example")
        return drive(collector_for(name), task, pages=pages)

    def guids(*driven: Driven) -> set[str | None]:
        assert [(one.ended, one.reason) for one in driven] == [(None, None)] * len(driven), name
        return {entry.guid for one in driven for entry in one.entries}

    whole = visit()
    every = guids(whole)
    assert len(every) > 20, name
    assert len(whole.pages) > 1, name
    for pages in range(1, len(whole.pages)):
        cut = visit(pages=pages)
        assert guids(cut, visit(cut.cursor)) == every, f"{name} after {pages} pages"
