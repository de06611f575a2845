"""A good visit of every collector of the registry, recorded over its conformance server, to be replayed with damage."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from pydantic import SecretStr

from crawler.collectors.base import Entry, Parsed, Payload, Task, Wanted, Watched
from crawler.collectors.registry import collector_for
from crawler.config import Credentials
from crawler.reasons import Reason, Unreadable
from storage.errors import ConfigError
from storage.model import Kind, Source
from tests.conftest import NOW
from tests.servers import cordis, odp, ops
from tests.servers.ademe import DataFair, a_line
from tests.servers.arxiv import Arxiv, rss
from tests.servers.crossref import Crossref
from tests.servers.drive import _send
from tests.servers.hal import Hal
from tests.servers.http import Site, serving
from tests.servers.openalex import OpenAlex
from tests.servers.opendatasoft import ANR_FIELDS, BOAMP_FIELDS, Portal, a_notice, a_project
from tests.servers.sedia import a_result, running_sedia
from tests.servers.ted import a_notice as a_ted_notice
from tests.servers.ted import running_ted
from tests.servers.works import works

AUTUMN = dt.datetime(2026, 9, 28, 6, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 9, 10)
THEME = Watched("quantum", ("quantum", "quantum key distribution", "jumeau numérique"), ("G06N10", "H04L9/0852"))
KEYS = Credentials(
    epo_key=SecretStr(ops.KEY),
    epo_secret=SecretStr(ops.SECRET),
    uspto_key=SecretStr(odp.KEY),
    openalex_key=SecretStr("oa-secret"),
    cordis_key=SecretStr(cordis.KEY),
)
ARTICLE = (
    "<!doctype html><html lang=fr><head><title>Un long titre d'exemple</title></head><body><article>"
    "<h1>Un long titre d'exemple</h1>"
    f"<p>{'Une phrase de plus pour un article. ' * 30}</p></article></body></html>"
)
LISTING = "<html lang=fr><body><main>" + "".join(
    f'<article><h2><a href="/article-numero-{n}-du-jour">Un titre assez long, numéro {n}</a></h2><time datetime="2026-03-0{n}">'
    "</time></article>"
    for n in (1, 2)
)
SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{}</urlset>'


def _served(site: Site) -> Iterator[tuple[str, str, dict[str, Any], dt.datetime]]:
    """Name, address, options and time of each visit whose server is a site's."""
    items = "".join(f"<item><title>Titre {n}</title><link>https://s.example/{n}</link><guid>g{n}</guid></item>" for n in (1, 2))
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>S</title>{items}</channel></rss>'
    yield "feed", site.page("/flux", feed), {}, NOW
    jsonfeed = (
        '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","url":"https://s.example/1","title":"A","content_text":"x",'
        '"date_published":"2026-03-02T08:00:00Z"},{"id":"2","url":"https://s.example/2","title":"B"}]}'
    )
    yield "feed json", site.page("/flux.json", jsonfeed), {}, NOW
    for n in (1, 2):
        site.page(f"/article-numero-{n}-du-jour", ARTICLE, content_type="text/html")
    rows = "".join(
        f"<url><loc>{site.url(f'/article-numero-{n}-du-jour')}</loc><news:news><news:publication_date>2026-03-01</news:publication_date>"
        f"<news:title>Titre {n}</news:title></news:news></url>"
        for n in (1, 2)
    )
    part = site.page("/part.xml.gz", gzip.compress(SITEMAP.format(rows).encode(), mtime=0), content_type="application/gzip")
    index = f"<sitemapindex><sitemap><loc>{part}</loc><lastmod>2026-03-01</lastmod></sitemap></sitemapindex>"
    yield "sitemap", site.page("/sitemap.xml", index), {}, NOW
    yield "listing", site.page("/actualites", LISTING, content_type="text/html"), {}, NOW
    head = f'<html><head><link rel="alternate" type="application/rss+xml" href="{site.url("/flux")}"></head>'
    yield "discover", site.page("/accueil", head, content_type="text/html"), {}, NOW
    paged = {"rows": 10}
    yield "arxiv", Arxiv(works(25)).mount(site), paged, NOW
    yield "arxiv_rss", site.page("/rss/quant-ph", rss([(work, "new") for work in works(3)])), {}, NOW
    yield "hal", Hal(works(25)).mount(site), paged, NOW
    yield "openalex", OpenAlex(works(25)).mount(site), paged, NOW
    yield "crossref", Crossref(works(25)).mount(site), paged, NOW
    yield "ademe", DataFair(site, [a_line(f"X{n:04}") for n in range(25)]).serve(), {"size": 10}, AUTUMN
    notices = [a_notice(f"26-{1000 + n}", objet=f"Un jumeau numérique {n}") for n in range(3)]
    yield "opendatasoft boamp", Portal(site, "boamp", notices, BOAMP_FIELDS).serve(), {"days": 20}, AUTUMN
    projects = [a_project(f"ANR-26-CE31-{n:04}") for n in range(3)]
    yield "opendatasoft anr", Portal(site, "anr-projets", projects, ANR_FIELDS).serve(), {"reading": "anr"}, AUTUMN
    yield "ops", ops.Ops(site, ops.collection({DAY: 3}, ("G06N10/40",))).url, {}, AUTUMN
    yield "odp", odp.Odp(site, [odp.application(999001 + n, DAY, codes=("G06N  10/40",)) for n in range(3)]).url, {}, AUTUMN


@dataclass(frozen=True)
class Recorded:
    """A visit that went well: its task, what it asked for and what it was answered."""

    task: Task
    asked: tuple[Wanted, ...]
    answers: tuple[Payload, ...]
    entries: int


@dataclass
class Replayed:
    """What a visit made of the answers it was given."""

    pages: list[Parsed] = field(default_factory=list)
    asked: list[Wanted] = field(default_factory=list)
    reason: Reason | None = None
    finished: bool = False

    @property
    def entries(self) -> list[Entry]:
        return [entry for page in self.pages for entry in page.entries]


@cache
def recorded() -> dict[str, Recorded]:
    """A good visit of every collector, under its name and, where it reads several sorts of answers, the sort."""
    found: dict[str, Recorded] = {}
    with serving() as site:
        for name, url, options, now in _served(site):
            found[name] = _record(_task(name, url, options, now))
    with running_sedia() as sedia:
        sedia.results = [a_result(f"HORIZON-CL4-2026-EX-{n:02}") for n in range(3)]
        found["sedia"] = _record(_task("sedia", sedia.address, {}, AUTUMN))
    with running_ted() as ted:
        ted.notices = [a_ted_notice(f"99900{n}-2026") for n in range(3)]
        found["ted"] = _record(_task("ted", ted.address, {}, AUTUMN))
    with cordis.running_cordis() as served:
        projects = [cordis.a_project(999001 + n) for n in range(3)]
        members = [cordis.an_organisation(999001 + n) for n in range(3)]
        served.file = cordis.bulk(projects, members)
        served.extract = cordis.zipped(
            {f"{one['id']}.xml": cordis.record_xml(one, [member]) for one, member in zip(projects, members, strict=True)}
        )
        found["cordis"] = _record(_task("cordis", served.address, {}, AUTUMN))
        found["cordis extraction"] = _record(_task("cordis", served.address, {"query": "quantum"}, AUTUMN))
    return found


def replay(visit: Recorded, answer: Callable[[int, Wanted], Payload | None], *, most: int = 60) -> Replayed:
    """The visit again with the ``answer`` to each request, by its number; None breaks it off. Lets every bug through."""
    replayed = Replayed()
    reading = collector_for(visit.task.source.collector).read(visit.task)
    try:
        step = next(reading)
        while len(replayed.asked) < most:
            if isinstance(step, Parsed):
                replayed.pages.append(step)
                step = next(reading)
                continue
            replayed.asked.append(step)
            payload = answer(len(replayed.asked) - 1, step)
            if payload is None:
                break
            step = reading.send(payload)
    except StopIteration:
        replayed.finished = True
    except Unreadable as exc:
        replayed.reason = exc.reason
    except ConfigError as exc:
        replayed.reason = Reason("settings", str(exc))
    finally:
        reading.close()
    return replayed


def _task(name: str, url: str, options: dict[str, Any], now: dt.datetime) -> Task:
    collector = name.split()[0]
    kind = {"ops": Kind.PATENT, "odp": Kind.PATENT}.get(collector, Kind.NEWS)
    source = Source(id="s", name=name, kind=kind, url=url, collector=collector, options=options, rights="open")
    return Task(source=source, now=now, watched=(THEME,), credentials=KEYS, contact="veille@region.example")


def _record(task: Task) -> Recorded:
    asked: list[Wanted] = []
    answers: list[Payload] = []
    with _client() as client:

        def answer(_: int, wanted: Wanted) -> Payload:
            asked.append(wanted)
            payload = _send(client, wanted)
            if wanted.optional and payload.status >= 400:
                payload = Payload(payload.url, payload.status, payload.headers, b"", Reason("status", str(payload.status)))
            answers.append(payload)
            return payload

        found = replay(Recorded(task, (), (), 0), answer)
    assert found.reason is None, (task.source.name, found.reason)
    assert found.finished
    assert found.entries, (task.source.name, [page.note for page in found.pages])
    return Recorded(task, tuple(asked), tuple(answers), len(found.entries))


@contextmanager
def _client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10, follow_redirects=False, trust_env=False) as client:
        yield client
