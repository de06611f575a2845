"""Which entry of a source is which, from the entry alone. Pure; ``crawler.resolving`` then asks the database.

Identity degrades for a whole feed, as FreshRSS does it: GUID, then link, then link and date, then title too, at the first that
tells at least 95 % of the entries apart. What several entries of one feed share identifies none of them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.collectors.base import Entry
from crawler.links import is_home, same_page
from crawler.normalize import canonical_url

UNUSABLE = 0.05
"""Share of missing or repeated values from which a feed's entries are told apart by something else."""


@dataclass(frozen=True, slots=True)
class Identity:
    """``key`` identifies the entry inside its source, ``document_id`` everywhere.

    ``is_known``: the source has shown this document before, there is nothing to add. ``is_deleted``: it was deleted and stays so.
    """

    key: str
    document_id: str
    is_known: bool = False
    is_deleted: bool = False

    @property
    def is_fresh(self) -> bool:
        """Whether there is something to store."""
        return not (self.is_known or self.is_deleted)


def identify(entries: Sequence[Entry], source_id: str) -> list[Identity]:
    """Identities of the entries of one answer, in their order, as far as the entries tell."""
    links = _shared_links(entries)
    rows = [_values(entry, links) for entry in entries]
    distinct = list(dict.fromkeys(zip(rows, (entry.title for entry in entries), strict=True)))
    counts = [Counter(row[level] for row, _ in distinct) for level in range(len(rows[0]))] if rows else []
    level = _level([row for row, _ in distinct], counts)
    return [_identity(entry, row, source_id, level, counts, links) for entry, row in zip(entries, rows, strict=True)]


def link_document_id(url: str) -> str:
    """The id of the document behind a canonical link, whatever source shows it."""
    return _digest("link", same_page(url))


def own_document_id(source_id: str, key: str) -> str:
    """The id of a document that is known only inside its source."""
    return _digest("entry", source_id, key)


def _values(entry: Entry, shared_links: frozenset[str]) -> tuple[str, str, str, str]:
    """What may identify the entry, best first; an empty string is unusable."""
    link = _own_link(entry, shared_links) or ""
    when = _when(entry)
    dated = _digest("dated", entry.url or "", when) if when else ""
    return _guid(entry), link, dated, _digest("title", entry.title.casefold(), when)


def _level(rows: Sequence[tuple[str, ...]], counts: Sequence[Counter[str]]) -> int:
    for level, counted in enumerate(counts):
        unusable = sum(not row[level] or counted[row[level]] > 1 for row in rows)
        if unusable <= UNUSABLE * len(rows):
            return level
    return max(len(counts) - 1, 0)


def _identity(
    entry: Entry,
    row: tuple[str, ...],
    source_id: str,
    level: int,
    counts: Sequence[Counter[str]],
    shared_links: frozenset[str],
) -> Identity:
    key = next((row[at] for at in range(level, len(row)) if row[at] and counts[at][row[at]] == 1), row[-1])
    guid, link = row[0], _own_link(entry, shared_links)
    if level == 0 and guid and counts[0][guid] > 1:
        key = f"{guid} {link}" if link else row[-1]  # a GUID shared by two entries is completed by the link
    if link:
        document_id = link_document_id(link)
    elif _when(entry) and counts[3][row[3]] == 1:
        document_id = _digest("entry", source_id, row[3])  # holds also where the GUID changes at each visit
    else:
        document_id = _digest("entry", source_id, key)
    return Identity(key[:500] if len(key) <= 500 else _digest("key", key), document_id)


def _own_link(entry: Entry, shared_links: frozenset[str]) -> str | None:
    return entry.url if entry.url and entry.url not in shared_links and not is_home(entry.url) else None


def _shared_links(entries: Sequence[Entry]) -> frozenset[str]:
    """Links under which one feed shows different entries, such as a page of brief items."""
    titles: dict[str, set[str]] = {}
    for entry in entries:
        if entry.url:
            titles.setdefault(entry.url, set()).add(entry.title.casefold())
    return frozenset(url for url, found in titles.items() if len(found) > 1)


def _guid(entry: Entry) -> str:
    guid = (entry.guid or "").replace("\x00", "").encode("utf-8", "replace").decode().strip()
    if guid.lower().startswith(("http://", "https://")):
        return canonical_url(guid) or guid
    return guid if len(guid) <= 400 else _digest("guid", guid)


def _when(entry: Entry) -> str:
    when: dt.date | None = entry.published_at or entry.published_on
    return when.isoformat() if when else ""


def _digest(*parts: str) -> str:
    return "d" + hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
