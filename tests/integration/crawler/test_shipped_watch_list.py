"""Services asked for everything the shipped watch list watches: a new installation must not be refused for what ships with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from crawler.collectors.base import Task
from crawler.collectors.registry import collector_for
from crawler.config import Credentials
from crawler.spiders.collect import LONGEST_URL
from monitor.asking import watched
from nlp.config import NlpSettings
from storage.model import Kind, Source
from tests.servers import odp, ops
from tests.servers.arxiv import Arxiv
from tests.servers.drive import drive
from tests.servers.hal import Hal
from tests.servers.http import Site
from tests.servers.openalex import OpenAlex
from tests.servers.opendatasoft import BOAMP_FIELDS, Portal
from tests.servers.sedia import running_sedia
from tests.servers.ted import running_ted
from tests.servers.works import works

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
WATCHED = watched(NlpSettings())
CREDENTIALS = Credentials(
    epo_key=SecretStr(ops.KEY),
    epo_secret=SecretStr(ops.SECRET),
    uspto_key=SecretStr(odp.KEY),
    openalex_key=SecretStr("oa-secret"),
)
MOUNTED: dict[str, Callable[[Site], str]] = {
    "arxiv": lambda site: Arxiv(works(3)).mount(site),
    "hal": lambda site: Hal(works(3)).mount(site),
    "openalex": lambda site: OpenAlex(works(3)).mount(site),
    "ops": lambda site: ops.Ops(site, [], clock=NOW).url,
    "odp": lambda site: odp.Odp(site, []).url,
    "opendatasoft": lambda site: Portal(site, "boamp", [], BOAMP_FIELDS).serve(),
}


def asked_for_all(collector: str, url: str) -> int:
    """Requests of one whole visit. Crossref is not asked: it takes one term at a time, in visits of an hour each."""
    source = Source(id=collector, name=collector, kind=Kind.PAPER, url=url, collector=collector)
    task = Task(source=source, now=NOW, watched=WATCHED, credentials=CREDENTIALS, contact="veille@region.example")
    driven = drive(collector_for(collector), task, limit=5_000)
    assert (driven.reason, driven.ended) == (None, None)
    assert driven.pages
    assert max(len(wanted.url) for wanted in driven.requests) < LONGEST_URL
    return len(driven.requests)


@pytest.mark.parametrize("collector", MOUNTED)
def test_every_term_and_code_is_asked_for(collector: str, site: Site) -> None:
    requests = asked_for_all(collector, MOUNTED[collector](site))
    assert requests <= 300


def test_the_portal_of_calls_is_asked() -> None:
    with running_sedia() as sedia:
        assert asked_for_all("sedia", sedia.address) < 10


def test_ted_is_asked_for_every_term() -> None:
    with running_ted() as ted:
        assert asked_for_all("ted", ted.address) < 120
