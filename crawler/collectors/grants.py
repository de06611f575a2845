"""Lines of data sets of grants, laureates and patents as entries, by the columns their reading declares. Pure.

Lines of one project (one a partner) are one entry. Names of persons are in columns that no reading asks for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from crawler.collectors import stating
from crawler.collectors.base import Entry
from crawler.collectors.columns import Declared, Field
from crawler.collectors.stating import text_of, texts_of
from crawler.dates import read_date
from crawler.normalize import MAX_TITLE, canonical_url, plain_text, slug
from storage.stated import Party, PartyRole, Place, Stated, StatedAmount

Row = Mapping[str, Any]
_YEAR = re.compile(r"(?:19|20)\d\d")


class Rows:
    """Lines with the columns of their data set, read by our names for them."""

    def __init__(self, reading: Declared, columns: Mapping[str, Field], dataset: str = "") -> None:
        self.reading = reading
        self.columns = columns
        competitions = reading.competitions or {}
        self.competition = next((name for part, name in competitions.items() if part in dataset), None)

    def value(self, row: Row, ours: str) -> object:
        """What stands in a column; None where the data set has none."""
        field = self.columns.get(ours)
        return None if field is None else row.get(field.name)

    def text(self, row: Row, ours: str, limit: int = MAX_TITLE) -> str:
        return text_of(self.value(row, ours), limit)

    def key(self, row: Row) -> str | None:
        """What tells a line's project from the others; None for a line that names none."""
        if identifier := self.text(row, "id", 120):
            return f"{self.reading.scheme}:{identifier}"
        day, _ = self.day(row)
        name = slug(self.text(row, "title") or self.text(row, "beneficiary"))
        return (
            f"{slug(self.competition or self.reading.scheme)}:{day.year}:{name}" if day and name and not self._has_ids else None
        )

    @property
    def _has_ids(self) -> bool:
        return "id" in self.columns

    def day(self, row: Row) -> tuple[dt.date | None, str]:
        """The day of a line and how precise it is. A year on its own is its first of January, ``year``."""
        read = read_date(day) if (day := self.text(row, "day", 40)) and not _YEAR.fullmatch(day) else None
        if read is not None and read.day is not None:
            return read.day, "day"
        year = _YEAR.match(self.text(row, "year", 40) or self.text(row, "day", 40))
        return (dt.date(int(year[0]), 1, 1), "year") if year else (None, "day")


def entries(rows: Rows, lines: Iterable[Row]) -> tuple[list[Entry], int]:
    """The entries of lines, those of one project together, and how many lines were rejected."""
    groups: dict[str, list[Row]] = {}
    rejected = 0
    for line in lines:
        if (key := rows.key(line)) is None:
            rejected += 1
        else:
            groups.setdefault(key, []).append(line)
    found = []
    for key, group in groups.items():
        if (entry := _entry(rows, key, group)) is None:
            rejected += len(group)
        else:
            found.append(entry)
    return found, rejected


def _entry(rows: Rows, key: str, group: Sequence[Row]) -> Entry | None:
    first, reading = group[0], rows.reading
    title = _title(rows, first)
    if not title:
        return None
    day, precision = rows.day(first)
    summary = rows.text(first, "summary", 20_000)
    parts = [rows.text(first, "motto"), summary if summary != title else "", rows.text(first, "topic")]
    scheme = "publication" if reading.scheme == "publication" else "project"
    number = key.split(":", 1)[1]
    identity = f"publication:{re.sub(r'[^0-9A-Za-z]', '', number).upper()}" if scheme == "publication" else f"project:{key}"
    family = rows.text(first, "family", 60)
    return Entry(
        title=title,
        text=plain_text(" ".join(f"{part.rstrip('.')}." for part in parts if part)),
        guid=key,
        url=canonical_url(rows.text(first, "url", 2_000) or None),
        lang="fr",
        published_on=day,
        date_precision=precision,
        codes=tuple(texts_of(rows.value(first, "codes"), 40))[:50],
        keys=(identity,),
        linked=(f"family:{family}",) if family else (),
        stated=Stated(
            parties=_parties(rows, group),
            amounts=_amounts(rows, group),
            places=_places(rows, group),
            programme=_programme(rows, first),
            ids={scheme: number},
        ),
    )


def _title(rows: Rows, row: Row) -> str:
    title, acronym = rows.text(row, "title"), rows.text(row, "acronym", 80)
    if not title and not acronym:
        named = [rows.text(row, "beneficiary"), rows.text(row, "motto")]
        title = " – ".join(part for part in named if part) or rows.text(row, "summary", 200)
    if title and acronym and acronym.casefold() not in title.casefold():
        return plain_text(f"{acronym} – {title}", MAX_TITLE)
    return title or acronym


def _parties(rows: Rows, group: Sequence[Row]) -> tuple[Party, ...]:
    role = cast(PartyRole, rows.reading.role)
    found: dict[tuple[str, str], Party] = {}
    for row in group:
        names = texts_of(rows.value(row, "beneficiary"), 200)[:20]
        siren = rows.value(row, "siren") if len(names) == 1 else None
        parties = [stating.party(name, role, siren=siren) for name in names]
        parties += [stating.party(name, "partner") for name in texts_of(rows.value(row, "partner"), 200)[:5]]
        for party in parties:
            if party is not None:
                found.setdefault((party.name.casefold(), party.role), party)
    if rows.reading.funder:
        found["", "funder"] = Party(name=rows.reading.funder, role="funder", country="FR")
    return tuple(found.values())


def _amounts(rows: Rows, group: Sequence[Row]) -> tuple[StatedAmount, ...]:
    found: dict[tuple[object, ...], StatedAmount] = {}
    for row in group:
        for ours, role in (("amount", "awarded"), ("part", "awarded"), ("cost", "cost")):
            field = rows.columns.get(ours)
            if field is None:
                continue
            whom = rows.text(row, "beneficiary", 200) if ours == "part" else None
            read = stating.amount(
                row.get(field.name),
                "awarded" if role == "awarded" else "cost",
                currency=rows.reading.currency,
                factor=field.factor,
                to=whom or None,
            )
            if read is not None:
                found.setdefault((ours, read.number, read.party), read)
    return tuple(found.values())[:50]


def _places(rows: Rows, group: Sequence[Row]) -> tuple[Place, ...]:
    found: dict[tuple[str, str], Place] = {}
    for row in group:
        read = [stating.departement(value) for value in texts_of(rows.value(row, "departement"), 40)]
        read += [stating.region(value) for value in texts_of(rows.value(row, "region"), 100)]
        for place in read:
            if place is not None:
                found.setdefault((place.scheme, place.code), place)
    return tuple(found.values())


def _programme(rows: Rows, row: Row) -> str | None:
    """The programme as the line names it, after that of its data set."""
    own, named = rows.competition or rows.reading.programme, rows.text(row, "programme", 200)
    if own and named and own.casefold() not in named.casefold():
        return f"{own} – {named}"
    return named or own
