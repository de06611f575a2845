"""How results look: tables, JSON and CSV on standard output; progress and remarks on standard error.

Texts come from strangers, so control characters never reach the terminal and formulas never reach a spreadsheet.
"""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PIPE_WIDTH = 200


def show(rows: Iterable[Mapping[str, Any]], *, as_json: bool, columns: Sequence[str], empty: str = "nothing yet") -> None:
    """Prints rows as a table of ``columns``, or whole as a JSON array."""
    listed = list(rows)
    if as_json:
        print_json(listed)
    elif listed:
        _print_table(columns, [[row.get(column) for column in columns] for row in listed])
    else:
        note(empty)


def show_one(value: Mapping[str, Any], *, as_json: bool) -> None:
    """Prints one thing: its fields below each other, or a JSON object."""
    if as_json:
        print_json(value)
    else:
        _print_table(("", ""), [[key, item] for key, item in value.items()], header=False)


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_encoded) + "\n")


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """CSV for a spreadsheet: a text that would run as a formula gets an apostrophe before it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([without_formula(column) for column in columns])
    for row in rows:
        writer.writerow([without_formula(cell) if isinstance(cell, str) else _cell(cell) for cell in row])
    sys.stdout.write(buffer.getvalue())


def print_line(text: str) -> None:
    """A result of one line, on standard output."""
    sys.stdout.write(clean(text) + "\n")


def note(text: str) -> None:
    """A remark, on standard error."""
    sys.stderr.write(clean(text) + "\n")


def clean(text: str) -> str:
    """``text`` without control characters and direction overrides; line feeds stay."""
    return _CONTROL.sub("", text)


def without_formula(text: str) -> str:
    """``text`` as a spreadsheet may safely open it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


@contextmanager
def working(text: str) -> Iterator[None]:
    """Shows that something is going on, on a terminal's standard error."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield


def plain(value: Any, *, without: Sequence[str] = ()) -> dict[str, Any]:
    """A dataclass as a mapping for ``show``; bytes are left out."""
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return {key: item for key, item in fields.items() if key not in without and not isinstance(item, bytes)}


def _print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, header: bool = True) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    table = Table(box=box.SIMPLE_HEAD if terminal else None, show_header=header, pad_edge=False)
    for column in columns:
        numbers = all(isinstance(row[columns.index(column)], int | float | None) for row in rows) if header else False
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(clean(_cell(cell)).replace("\n", " ")) for cell in row))
    Console(file=sys.stdout, width=None if terminal else _PIPE_WIDTH).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else f"{value:.4g}"
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=_encoded)
    return str(value)


def _encoded(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)
