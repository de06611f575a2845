"""The demonstration corpus: its documents, sources and outages, read from the files beside. All of it is invented.

Times of day are spread over working hours by each document's id, so that every run sees the same instants.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.resources
import json
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from storage.model import Kind

Dialect = Literal["rss", "atom", "rdf", "jsonfeed"]

_OPENING_MINUTE, _CLOSING_MINUTE = 7 * 60, 18 * 60


@dataclass(frozen=True, slots=True)
class Item:
    """One document as its source publishes it."""

    id: str
    source: str
    kind: Kind
    lang: str
    published: dt.date
    title: str
    text: str

    @property
    def at(self) -> dt.datetime:
        """The instant of publication (UTC)."""
        digest = int.from_bytes(hashlib.blake2b(self.id.encode(), digest_size=4).digest(), "big")
        minutes = _OPENING_MINUTE + digest % (_CLOSING_MINUTE - _OPENING_MINUTE)
        return dt.datetime.combine(self.published, dt.time(minutes // 60, minutes % 60), dt.UTC)


@dataclass(frozen=True, slots=True)
class Outlet:
    """A fictional source and the dialect of its feed; ``opens`` is the first day of a feed that is new."""

    id: str
    name: str
    kind: Kind
    lang: str
    dialect: Dialect
    territory: str
    opens: dt.date | None = None

    @property
    def path(self) -> str:
        """Where the feed is, on its server."""
        return f"/{self.id}/feed.{'json' if self.dialect == 'jsonfeed' else 'xml'}"


@dataclass(frozen=True, slots=True)
class Outage:
    """Days on which a source answers nobody, ``last`` included."""

    source: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class Corpus:
    """Everything the demonstration publishes."""

    items: tuple[Item, ...]
    outlets: tuple[Outlet, ...]
    outages: tuple[Outage, ...]

    @property
    def first_day(self) -> dt.date:
        """The Monday of the first week."""
        day = min(item.published for item in self.items)
        return day - dt.timedelta(days=day.weekday())

    @property
    def weeks(self) -> int:
        return ((max(item.published for item in self.items) - self.first_day).days // 7) + 1

    def outlet(self, outlet_id: str) -> Outlet | None:
        return self._outlets.get(outlet_id)

    def of(self, outlet_id: str) -> tuple[Item, ...]:
        """The documents of a source, oldest first."""
        return self._items.get(outlet_id, ())

    def is_out_of_order(self, outlet_id: str, day: dt.date) -> bool:
        return any(outage.source == outlet_id and outage.first <= day <= outage.last for outage in self.outages)

    @cached_property
    def _outlets(self) -> dict[str, Outlet]:
        return {outlet.id: outlet for outlet in self.outlets}

    @cached_property
    def _items(self) -> dict[str, tuple[Item, ...]]:
        ordered = sorted(self.items, key=lambda item: (item.at, item.id))
        return {outlet.id: tuple(item for item in ordered if item.source == outlet.id) for outlet in self.outlets}


def load_corpus(folder: Path | None = None) -> Corpus:
    """The corpus shipped with the program, or the one of ``folder`` in the same format."""
    folder = folder or Path(str(importlib.resources.files("monitor.demo") / "corpus"))
    items = tuple(_item(line) for line in (folder / "documents.jsonl").read_text(encoding="utf-8").splitlines() if line.strip())
    outlets = tuple(Outlet(**(row | {"kind": Kind(row["kind"])})) for row in _rows(folder / "sources.toml", "source"))
    outages = tuple(Outage(**row) for row in _rows(folder / "outages.toml", "outage"))
    return Corpus(items, outlets, outages)


def _item(line: str) -> Item:
    row = json.loads(line)
    return Item(**(row | {"kind": Kind(row["kind"]), "published": dt.date.fromisoformat(row["published"])}))


def _rows(path: Path, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))[table]
    return rows
