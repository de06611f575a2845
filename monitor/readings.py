"""From the database's counts to the detector's days: rows and sources get numbers, days get their sparse counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy.engine import Connection

from monitor.pairing import partner_theme
from monitor.trends.counts import Counts
from monitor.trends.detector import Layout
from monitor.trends.meetings import PairRows
from monitor.trends.parameters import KINDS
from storage import observations
from storage.model import Origin, Theme

_DOMAIN = "domain "


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Names of the rows: plain series (theme ids, then domains as ``domain ID``), then pairs with the names of their margins."""

    plain: tuple[str, ...]
    pairs: tuple[tuple[str, str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.plain, *(name for name, _, _ in self.pairs))

    def places(self) -> dict[str, int]:
        """Row by name."""
        return {name: place for place, name in enumerate(self.names)}

    def layout(self) -> Layout:
        """The same for the detector. Domains are margins only: they say nothing of how much a theme varies."""
        place, first = self.places(), len(self.plain)
        pairs = PairRows(
            np.arange(first, first + len(self.pairs), dtype=np.int64),
            np.array([place[left] for _, left, _ in self.pairs], np.int64),
            np.array([place[right] for _, _, right in self.pairs], np.int64),
        )
        return Layout(first, pairs, np.array([not name.startswith(_DOMAIN) for name in self.plain], bool))

    def only(self, names: set[str]) -> Rows:
        """These rows, with the margins that the pairs among them need."""
        pairs = tuple(pair for pair in self.pairs if pair[0] in names)
        wanted = names | {margin for pair in pairs for margin in pair[1:]}
        return Rows(tuple(name for name in self.plain if name in wanted), pairs)


def rows_of(living: Sequence[Theme]) -> Rows:
    """The rows of living themes. A pair whose technology is not living any more has none."""
    plain = sorted(theme.id for theme in living if theme.origin is not Origin.CONJUNCTION)
    known = set(plain)
    margins: set[str] = set()
    pairs = []
    for theme in sorted(living, key=lambda theme: theme.id):
        if theme.origin is Origin.CONJUNCTION and theme.parent_id in known and theme.partner:
            other = partner_theme(theme.partner) or domain_row(theme.partner)
            if other in known or other.startswith(_DOMAIN):
                pairs.append((theme.id, theme.parent_id or "", other))
                margins.update({other} - known)
    return Rows((*plain, *sorted(margins)), tuple(pairs))


def domain_row(domain: str) -> str:
    """The name of a domain's row: the space keeps it apart from any theme's id."""
    return f"{_DOMAIN}{domain}"


@dataclass(slots=True, eq=False)
class Keys:
    """Numbers of (source key, kind); new ones come last, so that older numbers stay."""

    places: dict[tuple[str, str], int] = field(default_factory=dict)

    def of(self, key: str, kind: str) -> int:
        return self.places.setdefault((key, kind), len(self.places))

    def kinds(self) -> np.ndarray:
        """[sources] place in ``KINDS``."""
        return np.array([KINDS.index(kind) for _, kind in self.places], np.int64)

    def sources(self) -> list[str]:
        return [key for key, _ in self.places]

    def written(self) -> list[str]:
        """As texts that ``read`` takes back."""
        return [f"{kind} {key}" for key, kind in self.places]

    @classmethod
    def read(cls, texts: Sequence[str]) -> Keys:
        split = [text.split(" ", 1) for text in texts]
        return cls({(key, kind): place for place, (kind, key) in enumerate(split)})


def volumes(conn: Connection, start: dt.date, end: dt.date, keys: Keys) -> np.ndarray:
    """[days, sources] stories collected on the days [start, end). Gives new sources their numbers."""
    rows = [(keys.of(key, kind), (day - start).days, n) for key, kind, day, n in observations.coverage_between(conn, start, end)]
    out = np.zeros(((end - start).days, len(keys.places)), np.float64)
    for source, day, n in rows:
        out[day, source] = n
    return out


def daily(
    conn: Connection, rows: Rows, keys: Keys, volume: np.ndarray, start: dt.date, *, of_all: bool = True
) -> Iterator[Counts]:
    """The days from ``start`` on, as many as ``volume`` [days, sources] has. Without ``of_all``, few rows are read, by name."""
    end = start + dt.timedelta(days=len(volume))
    place = rows.places()
    themes = [name for name in rows.names if not name.startswith(_DOMAIN)]
    domains = {name for name in rows.plain if name.startswith(_DOMAIN)}
    few = None if of_all else themes
    table = [
        (place[name], keys.places[key, kind], (day - start).days, n)
        for name, key, kind, day, n in _stories(conn, start, end, few, domains)
        if name in place and (key, kind) in keys.places
    ]
    copies = [
        (place[name], KINDS.index(kind), (day - start).days, n)
        for name, kind, day, n in observations.copies_between(conn, start, end, few)
        if name in place
    ]
    yield from _by_day(np.array(table, np.int64).reshape(-1, 4), np.array(copies, np.int64).reshape(-1, 4), volume, len(place))


def stories_by_day(
    conn: Connection, theme_ids: Sequence[str], keys: Mapping[tuple[str, str], int], start: dt.date, end: dt.date
) -> dict[str, np.ndarray]:
    """[sources, days] stories of these themes on the days [start, end), by theme."""
    out = {theme_id: np.zeros((len(keys), (end - start).days), np.float32) for theme_id in theme_ids}
    for theme_id, key, kind, day, n in observations.counts_of(conn, theme_ids, start, end):
        if (key, kind) in keys:
            out[theme_id][keys[key, kind], (day - start).days] = n
    return out


def _stories(
    conn: Connection, start: dt.date, end: dt.date, themes: Sequence[str] | None, domains: set[str]
) -> Iterator[tuple[str, str, str, dt.date, int]]:
    if themes is None:
        yield from observations.counts_between(conn, start, end)
    else:
        yield from observations.counts_of(conn, themes, start, end)
    if domains:
        for domain, key, kind, day, n in observations.domain_counts_between(conn, start, end):
            yield domain_row(domain), key, kind, day, n


def _by_day(table: np.ndarray, copies: np.ndarray, volume: np.ndarray, rows: int) -> Iterator[Counts]:
    table, copies = table[table[:, 2].argsort(kind="stable")], copies[copies[:, 2].argsort(kind="stable")]
    cuts = np.searchsorted(table[:, 2], np.arange(len(volume) + 1))
    copy_cuts = np.searchsorted(copies[:, 2], np.arange(len(volume) + 1))
    for day, collected in enumerate(volume):
        part = table[cuts[day] : cuts[day + 1]]
        copied = copies[copy_cuts[day] : copy_cuts[day + 1]]
        leaked = None
        if len(copied):
            leaked = np.zeros((rows, len(KINDS)))
            np.add.at(leaked, (copied[:, 0], copied[:, 1]), copied[:, 3])
        yield Counts(part[:, 0], part[:, 1], part[:, 3].astype(np.float64), collected, leaked)
