"""What people ask to be deleted stays deleted, and texts go when their time is over; counts of the past do not change."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from crawler.collect import collect
from crawler.config import CrawlerSettings, Retention
from crawler.keeping import pseudonym
from crawler.retention import drop_texts, forget, naming, remove_documents
from storage import documents, sources
from storage.errors import ConfigError, NotFound
from storage.model import Kind, Source
from storage.store import Store
from storage.tables import documents as documents_table
from storage.tables import recounts, tombstones
from tests.builders import a_document, a_mention, a_source
from tests.conftest import NOW
from tests.servers.http import Site

DAY = dt.timedelta(days=1)


def stored(store: Store, *rows: dict[str, Any]) -> None:
    with store.transaction() as conn:
        sources.declare(conn, [a_source()])
        found = [a_document(**row) for row in rows]
        documents.add(conn, found, [a_mention(one.id) for one in found])


def left(store: Store) -> dict[str, str]:
    with store.reading() as conn:
        return {row.id: row.text for row in conn.execute(sa.select(documents_table.c.id, documents_table.c.text))}


def feed(*titles: str) -> str:
    items = "".join(
        f"<item><title>{t}</title><link>https://s.example/{t}</link><description>mot</description></item>" for t in titles
    )
    return f'<rss version="2.0"><channel><title>S</title>{items}</channel></rss>'


def test_a_deleted_document_does_not_return(sqlite_store: Store, site: Site) -> None:
    settings = CrawlerSettings(pace_s=0, allow_private_hosts=(f"127.0.0.1:{site.port}",))
    with sqlite_store.transaction() as conn:
        wanted = {"a": site.page("/a", feed("un", "deux")), "b": site.page("/b", feed("un"))}
        sources.declare(conn, [Source(id=key, name=key, kind=Kind.NEWS, url=url) for key, url in wanted.items()])
    collect(sqlite_store, NOW, settings, source_ids=["a"])
    with sqlite_store.reading() as conn:
        (key,) = conn.scalars(sa.select(documents_table.c.id).where(documents_table.c.title == "un"))
    assert remove_documents(sqlite_store, [key, key], NOW) == 1
    site.page("/a", feed("un", "deux", "trois"))
    assert collect(sqlite_store, NOW + DAY, settings).new == 1
    with sqlite_store.reading() as conn:
        assert sorted(conn.scalars(sa.select(documents_table.c.title))) == ["deux", "trois"]


def test_no_mail_address_of_a_feed_is_stored(sqlite_store: Store, site: Site) -> None:
    item = (
        "<item><title>Contact c.exemple@labo.fr</title><link>https://s.example/1</link><author>a@s.fr (A. Exemple)</author>"
        "<description>Écrire à &lt;a href='mailto:d@s.fr'&gt;d.exemple@s.fr&lt;/a&gt; vite.</description></item>"
        "<item><title>e@s.fr</title><link>https://s.example/2</link></item>"
    )
    address = site.page("/mails", f'<rss version="2.0"><channel><title>S</title>{item}</channel></rss>')
    with sqlite_store.transaction() as conn:
        sources.declare(conn, [Source(id="s", name="Revue", kind=Kind.NEWS, url=address)])
    collect(sqlite_store, NOW, CrawlerSettings(pace_s=0, allow_private_hosts=(f"127.0.0.1:{site.port}",)))
    with sqlite_store.reading() as conn:
        rows = conn.execute(sa.select(documents_table).order_by(documents_table.c.url)).all()
    assert [(row.title, row.text) for row in rows] == [("Contact", "Écrire à vite."), ("Revue", "")]
    assert "@" not in str(rows)


def test_all_or_none_are_deleted(store: Store) -> None:
    stored(store, {"key": "d1"})
    with pytest.raises(NotFound, match="rien"):
        remove_documents(store, ["d1", "rien"], NOW)
    assert set(left(store)) == {"d1"}


def test_a_person_is_forgotten_by_name(store: Store) -> None:
    stored(
        store,
        {"key": "title", "title": "Zoé Exemple-Martin rejoint la société"},
        {"key": "text", "text": "Un mot de EXEMPLE MARTIN, Zoe, hier."},
        {"key": "signed", "actor": pseudonym("Zoé Exemple-Martin")},
        {"key": "other", "text": "Zoé Exemple-Martineau n'est pas elle."},
    )
    found = naming(store, "Zoé Exemple-Martin")
    assert [(one.document_id, one.as_author_only) for one in found] == [("signed", True), ("text", False), ("title", False)]
    assert [one.document_id for one in naming(store, "zoe exemple martin")] == ["text", "title"]
    assert set(left(store)) == {"title", "text", "signed", "other"}, "looking deletes nothing"
    forget(store, found, NOW)
    with store.reading() as conn:
        assert conn.scalar(sa.select(documents_table.c.actor).where(documents_table.c.id == "signed")) is None
        assert "signed" in conn.scalars(sa.select(recounts.c.document_id)).all()
        kept = " ".join(
            conn.scalars(sa.select(tombstones.c.document_id)).all() + conn.scalars(sa.select(tombstones.c.reason)).all()
        )
    assert set(left(store)) == {"signed", "other"}
    assert "exemple" not in kept.lower(), "a tombstone does not name whom it forgets"


def test_one_word_is_no_persons_name(store: Store) -> None:
    with pytest.raises(ConfigError, match="full name"):
        naming(store, "Martin")


def test_texts_are_dropped_by_kind_once_a_day(store: Store) -> None:
    stored(
        store,
        {"key": "old", "text": "a", "url": "https://s.example/1", "collected_at": NOW - 31 * DAY},
        {"key": "young", "text": "b", "collected_at": NOW - 29 * DAY},
        {"key": "paper", "text": "c", "kind": Kind.PAPER, "collected_at": NOW - 900 * DAY},
    )
    assert drop_texts(store, NOW, Retention()) == 0
    assert drop_texts(store, NOW, Retention(news=30)) == 1
    assert left(store) == {"old": "", "young": "b", "paper": "c"}
    assert drop_texts(store, NOW + DAY / 4, Retention(news=1)) == 0
    assert drop_texts(store, NOW + 2 * DAY, Retention(news=30)) == 1
    with store.reading() as conn:
        row = conn.execute(sa.select(documents_table.c.title, documents_table.c.url).where(documents_table.c.id == "old")).one()
    assert row.title
    assert row.url
