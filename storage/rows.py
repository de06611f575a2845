"""Values to rows and back: one place for enums, tuples and unset columns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, cast, get_type_hints

from sqlalchemy.engine import Row

T = TypeVar("T")


def to_row(value: Any) -> dict[str, Any]:
    """The columns of a frozen dataclass of ``storage.model``."""
    cls: Any = type(value)
    return {name: _plain(getattr(value, name)) for name in _names(cls)}


def from_row(cls: type[T], row: Row[Any]) -> T:
    """The dataclass ``cls`` read from a row that has its columns."""
    mapping = row._mapping
    key: Any = cls
    enums, tuples = _converted(key)
    values = {name: mapping[name] for name in _names(key)}
    for name, enum in enums.items():
        values[name] = enum(values[name])
    for name in tuples:
        values[name] = tuple(values[name])
    return cls(**values)


def from_rows(cls: type[T], rows: Iterable[Row[Any]]) -> list[T]:
    return [from_row(cls, row) for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return value


@cache
def _names(cls: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cast(type, cls)))


@cache
def _converted(cls: Any) -> tuple[dict[str, type[StrEnum]], tuple[str, ...]]:
    hints = get_type_hints(cast(type, cls))
    enums = {n: h for n, h in hints.items() if isinstance(h, type) and issubclass(h, StrEnum)}
    tuples = tuple(n for n, h in hints.items() if getattr(h, "__origin__", None) is tuple)
    return enums, tuples
