"""Data protection: documents deleted one by one or by a person's name, and texts dropped when their time is over.

What a person deleted does not return: see ``storage.document_keys.bury``. Dropping a text leaves title, link, date and counts, so
that the past of a theme does not change.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from crawler.config import Retention
from crawler.keeping import pseudonym
from storage import document_keys, documents, leases, recounts
from storage.errors import ConfigError, NotFound
from storage.model import Kind
from storage.store import Store

log = structlog.get_logger()

ON_REQUEST = "request"
_CURSOR = "retention"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A document that names a person: in its words, or only as the one who signs it."""

    document_id: str
    title: str
    as_author_only: bool


def remove_documents(store: Store, document_ids: Sequence[str], now: dt.datetime) -> int:
    """Deletes documents for good, all or none. Raises NotFound."""
    wanted = list(dict.fromkeys(document_ids))
    with store.transaction() as conn:
        missing = sorted(set(wanted) - documents.existing(conn, wanted))
        if missing:
            raise NotFound(f"no document is called '{missing[0]}': see the column document_id of v_documents")
        document_keys.bury(conn, wanted, now, ON_REQUEST)
    log.info("documents deleted", documents=len(wanted))
    return len(wanted)


def naming(store: Store, name: str) -> list[Mentioned]:
    """The documents that name a person, whatever the accents and capitals. Raises ConfigError for less than two words."""
    words = _folded(name).split()
    if len(words) < 2:
        raise ConfigError(f"'{name}' is not a full name: write the first and the last name, as in \"Prénom Nom\"")
    pattern = re.compile(rf"\b(?:{' '.join(words)}|{' '.join([*words[1:], words[0]])})\b")
    signatures = {name.casefold(), pseudonym(name), pseudonym(" ".join([*name.split()[1:], name.split()[0]]))}
    found = []
    with store.reading() as conn:
        for row in documents.words_of_all(conn):
            in_words = pattern.search(_folded(f"{row.title}\n{row.text}")) is not None
            if in_words or (row.actor or "").casefold() in signatures:
                found.append(Mentioned(row.id, row.title, as_author_only=not in_words))
    return found


def forget(store: Store, found: Sequence[Mentioned], now: dt.datetime) -> None:
    """Deletes the documents that name a person, and takes the person's mark off those that are only signed. One transaction."""
    named = [one.document_id for one in found if not one.as_author_only]
    signed = [one.document_id for one in found if one.as_author_only]
    with store.transaction() as conn:
        document_keys.bury(conn, named, now, ON_REQUEST)
        documents.unsign(conn, signed)
        recounts.mark(conn, signed)
    log.info("person forgotten", deleted=len(named), unsigned=len(signed))


def drop_texts(store: Store, now: dt.datetime, retention: Retention) -> int:
    """Drops the texts of documents collected longer ago than their kind may be kept. Once a day; returns how many."""
    limits = {kind: days for kind, days in ((kind, getattr(retention, kind.value)) for kind in Kind) if days is not None}
    today = now.astimezone(dt.UTC).date().isoformat()
    with store.reading() as conn:
        if not limits or (leases.cursor(conn, _CURSOR) or "") >= today:
            return 0
    dropped = sum(len(part) for kind, days in limits.items() for part in _dropped(store, kind, now - dt.timedelta(days=days)))
    with store.transaction() as conn:
        leases.set_cursor(conn, _CURSOR, today)
    log.info("texts dropped", documents=dropped)
    return dropped


def _dropped(store: Store, kind: Kind, before: dt.datetime) -> Iterator[Sequence[str]]:
    while True:
        with store.transaction() as conn:
            part = documents.drop_texts(conn, kind, before, _BATCH)
        if not part:
            return
        yield part


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", "".join(char for char in decomposed if not unicodedata.combining(char))))
