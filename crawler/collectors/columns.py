"""Finds the columns of a data set whose names vary, by the candidates that a reading declares (``grants.toml``). Pure."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

_KILO = re.compile(r"(?:^|_)(?:k(?:ilo)?_?(?:euros?|eur)|milliers?_d_euros?|en_k)(?:_|$)")
_MEGA = re.compile(r"(?:^|_)(?:m(?:ega)?_?(?:euros?|eur)|millions?_d_euros?)(?:_|$)")


@dataclass(frozen=True, slots=True)
class Field:
    """A column as its data set declares it."""

    name: str
    type: str = "text"
    label: str = ""

    @property
    def factor(self) -> float:
        """What its numbers are multiplied by to be in units: 1,000 where name or label says k€."""
        told = f"{plain_name(self.name)}_{plain_name(self.label.replace('€', 'euros'))}"
        return 1e3 if _KILO.search(told) else 1e6 if _MEGA.search(told) else 1.0


@dataclass(frozen=True, slots=True)
class Declared:
    """A reading of ``grants.toml``."""

    name: str
    columns: Mapping[str, Sequence[str]]
    required: Sequence[Sequence[str]]
    axis: Sequence[str]
    role: str
    scheme: str
    known_by: Sequence[str] = ()
    """Parts of the addresses of its data sets."""
    currency: str | None = None
    programme: str | None = None
    funder: str | None = None
    competitions: Mapping[str, str] | None = None


@cache
def declared() -> Mapping[str, Declared]:
    """The readings by name."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("grants.toml").read_text(encoding="utf-8"))
    return {name: Declared(name=name, **table) for name, table in tables.items()}


def plain_name(name: str) -> str:
    """A column's name in lower case, without accents, with ``_`` for everything that is no letter or digit."""
    flat = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", flat).strip("_")


def find_columns(fields: Iterable[Field], candidates: Mapping[str, Sequence[str]]) -> dict[str, Field]:
    """What we call a column → the field it is. Whole names come first, so that a pattern takes no other's column."""
    named: dict[str, Field] = {}
    for field in fields:
        named.setdefault(plain_name(field.name), field)
        if field.label:
            named.setdefault(plain_name(field.label), field)
    found: dict[str, Field] = {}
    for patterns in (False, True):
        for ours, names in candidates.items():
            if ours in found:
                continue
            for name in names:
                if ("*" in name) is not patterns:
                    continue
                taken = {field.name for field in found.values()}
                fitting = (field for key, field in named.items() if fnmatchcase(key, name) and field.name not in taken)
                match = next(fitting, None) if patterns else named.get(name)
                if match is not None:
                    found[ours] = match
                    break
    return found


def missing(found: Mapping[str, Field], reading: Declared) -> str | None:
    """The first requirement that no column meets, with the names looked for; None when all are met."""
    for names in reading.required:
        if not any(name in found for name in names):
            looked = ", ".join(candidate for name in names for candidate in reading.columns.get(name, ())[:3])
            return f"{' / '.join(names)} ({looked}…)"
    return None
