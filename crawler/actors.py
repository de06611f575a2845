"""Who stands behind an archived document, and which sources of an archive speak for many actors instead of for themselves.

A patent office, an archive of papers or the only publisher of an archive would count as one voice, so nothing in it could ever be
carried by three. Its documents count by actor: who applied, signed, published or owns what is told. Values in, values out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from crawler.config import CrawlerSettings
from crawler.records import Record
from storage.model import Kind, Source

FEW_PUBLISHERS = 3
MANY_SITES = 10
_BY_ACTOR = (Kind.PAPER, Kind.PATENT)
_FORGES = ("github.com", "gitlab.com", "codeberg.org", "bitbucket.org")
_OWNER = re.compile(r"^/?([\w.-]{1,100})/[\w.-]+")


class Split(StrEnum):
    """What a person asks for: sources split where it is due, none, or all of them."""

    AUTO = "auto"
    NEVER = "never"
    ALWAYS = "always"


@dataclass(slots=True)
class Census:
    """What the records of an archive say of its sources: documents by kind, and how many of them name their actor."""

    kinds: dict[str, Counter[Kind]] = field(default_factory=dict)
    named: Counter[str] = field(default_factory=Counter)
    sites: dict[str, set[str]] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        self.kinds.setdefault(record.source, Counter())[record.kind] += 1
        if named_actor(record) is not None:
            self.named[record.source] += 1
        elif (site := linked_site(record)) is not None:
            self._add_sites(record.source, {site})

    def update(self, other: Census) -> None:
        """Takes in what another archive says."""
        for source, kinds in other.kinds.items():
            self.kinds.setdefault(source, Counter()).update(kinds)
        self.named.update(other.named)
        for source, sites in other.sites.items():
            self._add_sites(source, sites)

    def kind_of(self, source: str) -> Kind:
        """The kind of most of the source's documents; of two as frequent, the first of ``Kind``."""
        order = list(Kind)
        return max(self.kinds[source], key=lambda kind: (self.kinds[source][kind], -order.index(kind)))

    def names_actors(self, source: str) -> bool:
        """Whether the source says of most documents who is behind them."""
        return 2 * self.named[source] >= self.kinds[source].total()

    def links_elsewhere(self, source: str) -> bool:
        """Whether the source points to what others publish: its addresses lead to many sites."""
        return len(self.sites.get(source, ())) >= MANY_SITES

    def _add_sites(self, source: str, sites: set[str]) -> None:
        known = self.sites.setdefault(source, set())
        if len(known) < MANY_SITES:
            known |= sites


@dataclass(frozen=True, slots=True)
class Division:
    """Which sources are ``split``, and which of them name their actors, so that those left unnamed are one and not each its own.

    ``linking`` are those that point to what others publish: the site a document leads to is its actor, unless it names another.
    ``lone`` are those split only because their archive has so few publishers: worth telling.
    """

    split: frozenset[str]
    naming: frozenset[str] = frozenset()
    lone: frozenset[str] = frozenset()
    linking: frozenset[str] = frozenset()

    def actor_of(self, record: Record, disguise: Callable[[str], str] | None) -> str | None:
        """The actor of a document; ``disguise`` is what becomes of a person's name. None where nobody is known."""
        organisation = record.organisation or repository_owner(record)
        if organisation is not None:
            return organisation
        if record.author is not None:
            return disguise(record.author) if disguise else record.author
        if record.source in self.linking and (site := linked_site(record)) is not None:
            return site
        return record.source if record.source in self.naming else None


def divide(census: Census, choice: Split, settings: CrawlerSettings, known: Iterable[Source] = ()) -> Division:
    """Decides for every source of an archive whether it is split by actor. ``known`` are the sources the database has already.

    ``auto`` splits papers, patents and the databases of the settings, and of another kind those sources whose kind has fewer than
    three publishers in the archive and the database together.
    """
    names = frozenset(census.kinds)
    publishers: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for source in known:
        if source.enabled:
            publishers[source.kind].add(source.name)
    for name in names:
        publishers[census.kind_of(name)].add(name)
    due = frozenset(name for name in names if census.kind_of(name) in _BY_ACTOR or settings.is_database(name))
    lone = frozenset(name for name in names - due if len(publishers[census.kind_of(name)]) < FEW_PUBLISHERS)
    split = {Split.AUTO: due | lone, Split.NEVER: frozenset(), Split.ALWAYS: names}[choice]
    naming = frozenset(name for name in split if census.names_actors(name))
    return Division(
        split=split,
        naming=naming,
        lone=lone if choice is Split.AUTO else frozenset(),
        linking=frozenset(name for name in split if census.links_elsewhere(name)),
    )


def named_actor(record: Record) -> str | None:
    """The actor a record names itself, as it names it."""
    return record.organisation or repository_owner(record) or record.author


def repository_owner(record: Record) -> str | None:
    """The owner of the repository a record is about: the first part of its path on a forge."""
    if record.kind is not Kind.NEWS or not record.url:
        return None
    address = urlsplit(record.url)
    if (address.hostname or "").removeprefix("www.") not in _FORGES:
        return None
    found = _OWNER.match(address.path)
    return found[1] if found else None


def linked_site(record: Record) -> str | None:
    """The host a news item leads to."""
    if record.kind is not Kind.NEWS or not record.url:
        return None
    return (urlsplit(record.url).hostname or "").removeprefix("www.") or None
