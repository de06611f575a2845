"""Writes a view to a file for analysts: CSV, Excel or Parquet, piece by piece, whole or not at all.

Texts come from strangers: in files for spreadsheets a text that would run as a formula gets an apostrophe before it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.errors import ConfigError, StorageError
from storage.store import view_names

FORMATS = (".csv", ".xlsx", ".parquet")
EXCEL_ROWS = 1_048_575
"""Rows below the heading that an Excel sheet can hold."""
_PIECE = 20_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_view(conn: Connection, view: str, path: Path, *, since: dt.date | None = None) -> int:
    """Writes ``view`` to ``path``, in the format of its ending; ``since`` keeps the rows from that day on. Returns the rows.

    A file that is there is replaced once the new one is whole. Raises ConfigError (no such view or format, no day to tell
    ``since`` by), StorageError (cannot be written, or too long for Excel).
    """
    if view not in view_names():
        raise ConfigError(f"no view is called '{view}': use one of {', '.join(view_names())}")
    if path.suffix.lower() not in FORMATS:
        raise ConfigError(f"{path}: the name must end in one of {', '.join(FORMATS)}")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            unfinished = Path(file.name)
        try:
            with closing(_pieces(conn, view, since)) as pieces:
                rows = _WRITERS[path.suffix.lower()](pieces, unfinished)
            unfinished.chmod(0o666 & ~_umask())
            unfinished.replace(path)
        finally:
            with suppress(FileNotFoundError):
                unfinished.unlink()
    except OSError as exc:
        raise StorageError(f"{path}: cannot be written ({exc.strerror or type(exc).__name__})") from exc
    return rows


def _pieces(conn: Connection, view: str, since: dt.date | None) -> Generator[pd.DataFrame, None, None]:
    """The rows, at most 20,000 at a time and at least one piece, so that an empty view still gives its columns."""
    table = sa.table(view)
    names = list(conn.execute(sa.select(sa.text("*")).select_from(table).limit(0)).keys())
    columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in names]
    query = sa.select(*columns).select_from(table)
    if since is not None:
        day = next((name for name in ("day", "week", "counted_on", "opened_on", "collected_at") if name in names), None)
        if day is None:
            raise ConfigError(f"{view} has no day: leave --since out")
        query = query.where(sa.column(day) >= since.isoformat() if conn.dialect.name == "sqlite" else sa.column(day) >= since)
    with closing(conn.execute(query, execution_options={"stream_results": True})) as found:
        is_first = True
        while (rows := found.fetchmany(_PIECE)) or is_first:
            piece = pd.DataFrame([[_plain(cell) for cell in row] for row in rows], columns=names)
            yield _dated(piece) if conn.dialect.name == "sqlite" else piece
            is_first = False


def _to_csv(pieces: Iterator[pd.DataFrame], path: Path) -> int:
    rows = 0
    for piece in pieces:
        # The mark of UTF-8 at the start: without it a spreadsheet takes accents for something else.
        encoding = "utf-8" if rows else "utf-8-sig"
        _defused(piece).to_csv(path, mode="a" if rows else "w", header=not rows, index=False, encoding=encoding)
        rows += len(piece)
    return rows


def _to_excel(pieces: Iterator[pd.DataFrame], path: Path) -> int:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet("data")
    rows = 0
    for piece in pieces:
        if not rows:
            sheet.append(list(piece.columns))
        rows += len(piece)
        if rows > EXCEL_ROWS:
            sheet.close()
            raise StorageError(f"more than {EXCEL_ROWS} rows: Excel cannot hold them; write .csv or .parquet, or use --since")
        for row in _defused(piece).itertuples(index=False, name=None):
            sheet.append([ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else _cell(cell) for cell in row])
    book.save(path)
    return rows


def _to_parquet(pieces: Iterator[pd.DataFrame], path: Path) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # A column may be empty for a whole piece: the types are those of all pieces together.
    tables = [pa.Table.from_pandas(piece, preserve_index=False) for piece in pieces]
    whole = pa.concat_tables(tables, promote_options="permissive")
    pq.write_table(whole, path, compression="zstd")
    return int(whole.num_rows)


_WRITERS = {".csv": _to_csv, ".xlsx": _to_excel, ".parquet": _to_parquet}


def _defused(piece: pd.DataFrame) -> pd.DataFrame:
    return piece.map(lambda cell: f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell)


def _dated(piece: pd.DataFrame) -> pd.DataFrame:
    """Days and instants as such: SQLite gives the text it keeps them as."""
    for name in piece.columns:
        if name in ("day", "week") or name.endswith(("_on", "_day")):
            piece[name] = piece[name].map(lambda text: dt.date.fromisoformat(text[:10]) if isinstance(text, str) else text)
        elif name.endswith("_at"):
            piece[name] = piece[name].map(lambda text: dt.datetime.fromisoformat(text) if isinstance(text, str) else text)
    return piece


def _plain(value: Any) -> Any:
    """A value every format knows: JSON as text, exact numbers as floating ones."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return float(value) if isinstance(value, Decimal) else value


def _cell(value: Any) -> Any:
    """A value as Excel keeps it: no zones, no missing numbers."""
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime()
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return value if isinstance(value, str | int | float | bool | dt.date) else str(value)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
