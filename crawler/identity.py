"""Which document an entry is. Pure. Identity degrades: GUID, canonical link, then title and day.

The same link in two sources is one document with two mentions. What several entries of one feed share identifies none of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.collectors.base import Entry
from crawler.normalize import canonical_url


@dataclass(frozen=True, slots=True)
class Identity:
    """``key`` identifies the entry inside its source, ``document_id`` everywhere."""

    key: str
    document_id: str


def identify(entries: Sequence[Entry], source_id: str) -> list[Identity]:
    """Identities of the entries of one answer, in their order."""
    guids = Counter(_guid(entry) for entry in entries if entry.guid)
    links = _shared_links(entries)
    return [_identity(entry, source_id, guids, links) for entry in entries]


def link_document_id(url: str) -> str:
    """The id of the document behind a canonical link, whatever source shows it."""
    return _digest("link", url.split("://", 1)[-1].removeprefix("www.").rstrip("/"))


def _identity(entry: Entry, source_id: str, guids: Counter[str], shared_links: frozenset[str]) -> Identity:
    guid = _guid(entry) if entry.guid else ""
    if guid and guids[guid] > 1:
        guid = ""
    link = entry.url if entry.url and entry.url not in shared_links else None
    titled = _titled(entry.title, entry.published_on)
    key = guid or link or titled
    document_id = link_document_id(link) if link else _digest("entry", source_id, guid or titled)
    return Identity(key[:500], document_id)


def _shared_links(entries: Sequence[Entry]) -> frozenset[str]:
    """Links under which one feed shows different entries, such as a home page."""
    titles: dict[str, set[str]] = {}
    for entry in entries:
        if entry.url:
            titles.setdefault(entry.url, set()).add(entry.title.casefold())
    return frozenset(url for url, found in titles.items() if len(found) > 1)


def _guid(entry: Entry) -> str:
    guid = (entry.guid or "").strip()
    if guid.lower().startswith(("http://", "https://")):
        return canonical_url(guid) or guid
    return guid if len(guid) <= 400 else _digest("guid", guid)


def _titled(title: str, day: dt.date | None) -> str:
    return _digest("title", title.casefold(), day.isoformat() if day else "")


def _digest(*parts: str) -> str:
    return "d" + hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
