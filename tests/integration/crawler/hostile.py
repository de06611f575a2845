"""One crawl of hostile sources beside an honest one, and what must hold whatever they did. For the tests of hostile inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from crawler.collect import collect
from crawler.config import CrawlerSettings
from crawler.reasons import Reason
from storage import sources
from storage.model import FetchOutcome, Kind, Source
from storage.store import Store
from storage.tables import documents, mentions
from tests.conftest import NOW
from tests.servers.http import Route, Site

NO_FIELDS: Mapping[str, Mapping[str, Any]] = {}
FINE = (FetchOutcome.STORED, FetchOutcome.EMPTY, FetchOutcome.NOT_MODIFIED)


@dataclass(frozen=True)
class Came:
    """What came of one hostile source: the code of its reason, the titles it left, and its reason as people read it."""

    code: str
    titles: tuple[str, ...]
    reason: Reason | None
    outcome: FetchOutcome


def feed(*titles: str, link: str = "https://s.example/") -> bytes:
    items = "".join(
        f"<item><title>{title}</title><link>{link}{title.replace(' ', '-')}</link><guid>{link}{title}</guid>"
        f"<description>{'mot ' * 40}</description><pubDate>Mon, 02 Mar 2026 08:00:00 GMT</pubDate></item>"
        for title in titles
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>S</title>{items}</channel></rss>'.encode()


def crawled(
    store: Store, site: Site, hostile: Mapping[str, Route | str], sources_: Mapping[str, Mapping[str, Any]] = NO_FIELDS, **kw: Any
) -> dict[str, Came]:
    """Visits the hostile sources (a route of the site, or an address) and an honest one, in one crawl. ``sources_`` has fields
    of some of the sources, such as their collector.

    Asserts what never changes: the honest source is stored, every source has its row, who failed says why in one line in both
    languages and left nothing behind, and what is stored is whole.
    """
    declared = [Source(id="honest", name="honest", kind=Kind.NEWS, url=site.page("/honest", feed("honnête")))]
    for name, given in hostile.items():
        url = given if isinstance(given, str) else site.route(f"/{name}", given)
        fields: dict[str, Any] = {"kind": Kind.NEWS, **sources_.get(name, {})}
        declared.append(Source(id=name, name=name, url=url, **fields))
    with store.transaction() as conn:
        sources.declare(conn, declared)
    values = {"pace_s": 0, "total_timeout_s": 20, "allow_private_hosts": (f"127.0.0.1:{site.port}",), **kw}
    report = collect(store, NOW, CrawlerSettings(**values))
    assert report.visited == len(declared)
    with store.reading() as conn:
        rows = {name: sources.visits(conn, name)[0] for name in ("honest", *hostile)}
        said = {source.id: source.state_reason for source in sources.all_sources(conn)}
        kept = list(
            conn.execute(sa.select(mentions.c.source_id, documents.c.title, documents.c.text).join_from(mentions, documents))
        )
        assert conn.scalar(sa.select(sa.func.count()).select_from(documents)) == len({row.title for row in kept})
    assert (rows["honest"].outcome, rows["honest"].new) == (FetchOutcome.STORED, 1)
    assert [row.title for row in kept if row.source_id == "honest"] == ["honnête"]
    found = {}
    for name in hostile:
        row = rows[name]
        titles = tuple(sorted(each.title for each in kept if each.source_id == name))
        reason = Reason.read(row.reason) if row.reason else None
        assert row.items >= len(titles)
        if row.outcome not in FINE:
            assert reason is not None
            assert said[name] == row.reason
            for sentence in (reason.fr, reason.en):
                assert sentence
                assert "\n" not in sentence
                assert "Failure" not in sentence, sentence
                assert "object at" not in sentence
            assert reason.fr != reason.en
            assert titles == ()
        found[name] = Came(reason.code if reason else "", titles, reason, row.outcome)
    return found


def codes(came: Mapping[str, Came]) -> dict[str, str]:
    return {name: each.code for name, each in came.items()}
