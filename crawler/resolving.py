"""Which stored document each entry is. Reads the database, and writes only where a record shows that two documents are one.

In this order: an identity key (DOI, arXiv, HAL, publication number …), the place it was seen at before, title and year for
papers, then the canonical link. A weaker sign never joins two documents that carry different numbers of one scheme.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection

from crawler.collectors.base import Entry
from crawler.identity import Identity, identify, own_document_id
from crawler.works import MAX_KEY, link_key, scheme_of, title_key
from storage import document_keys, documents, mentions
from storage.document_keys import MERGED, Key
from storage.model import Kind, Source

MAX_KEYS = 20
_SAME_TITLE = 0.5


def resolve(conn: Connection, source: Source, entries: Sequence[Entry], now: dt.datetime) -> list[Identity]:
    """The identity of each entry of one page, in their order; entries of one page may be the same document.

    A document stored by whatever source keeps its id. Stored documents that an entry shows to be one are merged into the oldest.
    """
    return _Page(conn, source, entries, now).resolved()


def remember(conn: Connection, source: Source, entries: Sequence[Entry], identities: Sequence[Identity]) -> None:
    """Writes what identifies the documents and their events. After the documents are stored; known ones may learn new keys."""
    rows = []
    for entry, identity in zip(entries, identities, strict=True):
        if identity.is_deleted:
            continue
        rows += [Key(key, identity.document_id) for key in (*_strong(entry, source), *_titled(entry, source)[:1])]
        rows += [Key(key[:MAX_KEY], identity.document_id, is_identity=False) for key in entry.linked[:MAX_KEYS]]
    document_keys.add(conn, rows)


class _Page:
    """One page on its way: what the database says of its entries, and what its own earlier entries are."""

    def __init__(self, conn: Connection, source: Source, entries: Sequence[Entry], now: dt.datetime) -> None:
        self.conn, self.source, self.entries, self.now = conn, source, entries, now
        self.found = identify(entries, source.id)
        self.strong = [_strong(entry, source) for entry in entries]
        self.titled = [_titled(entry, source) for entry in entries]
        self.seen = documents.known_mentions(conn, source.id, [identity.key for identity in self.found])
        # Most entries of most visits were seen before and carry no number: nothing else is asked about them.
        open_ = [at for at, identity in enumerate(self.found) if identity.key not in self.seen or self.strong[at]]
        self.by_key = document_keys.documents_with(conn, [key for at in open_ for key in (*self.strong[at], *self.titled[at])])
        self.stones = document_keys.buried(conn, [name for at in open_ for name in self._names(at)])
        candidates = {self._led(self.found[at].document_id) for at in open_}
        candidates |= {key for keys in self.by_key.values() for key in keys} | {
            self.seen[self.found[at].key] for at in open_ if self.found[at].key in self.seen
        }
        self.titles = documents.titles(conn, candidates)
        self.stored = set(self.titles)
        self.keys = {key: set(values) for key, values in document_keys.keys_of(conn, self.stored).items()}
        self.shown = mentions.mentioned(conn, source.id, sorted(self.stored))
        self.results: list[Identity] = []

    def resolved(self) -> list[Identity]:
        for at in range(len(self.entries)):
            identity = self._one(at)  # may change the results so far
            self.results.append(identity)
        return self.results

    def _one(self, at: int) -> Identity:
        identity, strong = self.found[at], self.strong[at]
        same = list(dict.fromkeys(key for name in strong for key in self.by_key.get(name, ())))
        place = self.seen.get(identity.key)
        if place is not None and self._conflicts(place, strong):
            place, identity = None, replace(identity, key=strong[0])  # another work at the same place, a volume's page
        if place is not None and place not in same:
            same.append(place)
        if not same and any(name in self.stones and not self.stones[name].startswith(MERGED) for name in self._names(at)):
            return replace(identity, is_deleted=True)
        if not same and (twin := self._of_title(at)) is not None:
            same = [twin]
        if not same:
            same = [self._of_link(at)]
        kept = self._join(same)
        self._note(kept, at)
        known = place is not None or kept in self.shown or any(result.document_id == kept for result in self.results)
        return replace(identity, document_id=kept, is_known=known)

    def _names(self, at: int) -> tuple[str, ...]:
        """The names under which an entry may have been deleted."""
        identity = self.found[at]
        return (identity.document_id, document_keys.place_name(self.source.id, identity.key), *self.strong[at])

    def _of_title(self, at: int) -> str | None:
        found = (key for name in self.titled[at] for key in self.by_key.get(name, ()))
        return next((key for key in found if not self._conflicts(key, self.strong[at])), None)

    def _of_link(self, at: int) -> str:
        """The document of the entry's link, unless that one is another: other numbers, or another item of a page of many."""
        identity, entry = self.found[at], self.entries[at]
        candidate = self._led(identity.document_id)
        own = own_document_id(self.source.id, (self.strong[at] or (identity.key,))[0])
        if self._conflicts(candidate, self.strong[at]):
            return own
        if candidate in self.shown and not _alike(self.titles.get(candidate, entry.title), entry.title):
            return own
        return candidate

    def _led(self, document_id: str) -> str:
        for _ in range(5):
            reason = self.stones.get(document_id, "")
            if not reason.startswith(MERGED):
                break
            document_id = reason.removeprefix(MERGED)
            self.stones |= document_keys.buried(self.conn, [document_id])
        return document_id

    def _conflicts(self, document_id: str, strong: Sequence[str]) -> bool:
        theirs = self.keys.get(document_id, set()) - set(strong)
        mine = set(strong) - self.keys.get(document_id, set())
        shared = {scheme_of(key) for key in self.keys.get(document_id, set()) & set(strong)}
        return bool(({scheme_of(key) for key in theirs} & {scheme_of(key) for key in mine}) - shared - {"title"})

    def _join(self, same: Sequence[str]) -> str:
        """One document out of several: the oldest stored, else the first of this page."""
        if len(same) == 1:
            return same[0]
        order = documents.order_of(self.conn, [key for key in same if key in self.stored])
        kept = min(order, key=lambda key: order[key]) if order else same[0]
        for gone in same:
            if gone == kept:
                continue
            if gone in self.stored:
                document_keys.merge(self.conn, kept, gone, self.now)
            self.keys.setdefault(kept, set()).update(self.keys.pop(gone, set()))
            self.by_key = {
                name: list(dict.fromkeys(kept if k == gone else k for k in keys)) for name, keys in self.by_key.items()
            }
            self.seen = {name: kept if key == gone else key for name, key in self.seen.items()}
            self.shown = self.shown - {gone} | ({kept} if gone in self.shown else set())
            self.results = [replace(r, document_id=kept) if r.document_id == gone else r for r in self.results]
        return kept

    def _note(self, document_id: str, at: int) -> None:
        self.keys.setdefault(document_id, set()).update(self.strong[at])
        self.titles.setdefault(document_id, self.entries[at].title)
        for name in (*self.strong[at], *self.titled[at][:1]):
            known = self.by_key.setdefault(name, [])
            if document_id not in known:
                known.append(document_id)


def _strong(entry: Entry, source: Source) -> tuple[str, ...]:
    """The identity keys of an entry; a paper's link may say its number too."""
    named = [key[:MAX_KEY] for key in entry.keys[:MAX_KEYS] if scheme_of(key) != "title"]
    if source.kind is Kind.PAPER and (told := link_key(entry.url)) is not None:
        named.append(told)
    return tuple(dict.fromkeys(named))


def _titled(entry: Entry, source: Source) -> tuple[str, ...]:
    """The weak keys of a paper: its title in its own year, then beside (a preprint of December, an issue of January)."""
    if source.kind is not Kind.PAPER or entry.published_on is None:
        return ()
    year = entry.published_on.year
    return tuple(key for near in (year, year - 1, year + 1) if (key := title_key(entry.title, near)) is not None)


def _alike(title: str, other: str) -> bool:
    words, others = set(title.casefold().split()), set(other.casefold().split())
    return len(words & others) >= _SAME_TITLE * max(min(len(words), len(others)), 1)
