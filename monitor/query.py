"""Runs a person's own SQL without trusting it: one SELECT, on a read-only connection, for so long and so many rows.

Views (``v_…``) are what queries may rely on. Knows nothing of how the result is shown.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from storage.errors import ConfigError, StorageError
from storage.store import Store

_STEPS_BETWEEN_LOOKS = 5000
_READS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
_DANGEROUS_FUNCTIONS = ("load_extension", "writefile", "readfile", "edit", "fts3_tokenizer")


@dataclass(frozen=True, slots=True)
class Result:
    """Columns and rows; ``truncated`` when there were more rows than asked for."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool


def run_query(store: Store, sql: str, *, limit: int = 1000, timeout_s: float = 30.0) -> Result:
    """Runs one SELECT. Raises ConfigError (not one SELECT), StorageError (it failed, or took too long)."""
    text = sql.strip().rstrip(";").strip()
    if not text:
        raise ConfigError('the query is empty: write a SELECT, for example "SELECT * FROM v_themes"')
    if store.engine.dialect.name == "sqlite":
        columns, rows = _on_sqlite(store, text, limit, timeout_s)
    else:
        columns, rows = _on_postgresql(store, text, limit, timeout_s)
    return Result(tuple(columns), tuple(tuple(_plain(cell) for cell in row) for row in rows[:limit]), len(rows) > limit)


def _on_sqlite(store: Store, sql: str, limit: int, timeout_s: float) -> tuple[list[str], Sequence[Sequence[Any]]]:
    name = store.engine.url.database
    if not name or name == ":memory:":
        raise ConfigError("a database in memory cannot be queried from here: use a file")
    deadline = time.monotonic() + timeout_s
    address = f"{Path(name).resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=timeout_s)) as conn:
        conn.execute("PRAGMA query_only = ON")
        conn.set_authorizer(_only_reading)
        conn.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
        try:
            cursor = conn.execute(sql)
            if cursor.description is None:
                raise ConfigError("only a SELECT may be asked here")
            return [column[0] for column in cursor.description], cursor.fetchmany(limit + 1)
        except (sqlite3.ProgrammingError, sqlite3.Warning) as exc:
            raise ConfigError(f"one SELECT at a time: {exc}") from exc
        except sqlite3.DatabaseError as exc:
            if exc.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                raise StorageError(_too_long(timeout_s)) from exc
            if exc.sqlite_errorcode == sqlite3.SQLITE_AUTH:
                raise ConfigError("only a SELECT may be asked here: this would do something else") from exc
            raise StorageError(f"the query failed: {exc}") from exc


def _only_reading(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _DANGEROUS_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA:  # what full-text search asks of itself; nothing that writes
        return sqlite3.SQLITE_OK if first == "data_version" and second is None else sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY


def _on_postgresql(store: Store, sql: str, limit: int, timeout_s: float) -> tuple[list[str], Sequence[Sequence[Any]]]:
    # A cursor may be declared for a SELECT only, so neither COPY, nor DO, nor a second statement gets through.
    with store.engine.connect() as conn:
        raw = conn.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        try:
            raw.execute("SET TRANSACTION READ ONLY")
            raw.execute(f"SET LOCAL statement_timeout = {int(timeout_s * 1000)}")
            with raw.cursor(name="question") as cursor:
                cursor.execute(sql.encode())
                rows = cursor.fetchmany(limit + 1)
                return [column.name for column in cursor.description or ()], rows
        except psycopg.errors.QueryCanceled as exc:
            raise StorageError(_too_long(timeout_s)) from exc
        except (psycopg.errors.SyntaxError, psycopg.errors.ReadOnlySqlTransaction) as exc:
            raise ConfigError(f"only one SELECT may be asked here: {_first_line(exc)}") from exc
        except psycopg.Error as exc:
            raise StorageError(f"the query failed: {_first_line(exc)}") from exc
        finally:
            conn.invalidate() if raw.closed else raw.rollback()


def _plain(cell: Any) -> Any:
    """One sort of number whatever the database: PostgreSQL answers some sums and literals with decimals."""
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return cell


def _too_long(timeout_s: float) -> str:
    return f"the query took longer than {timeout_s:g} s and was stopped: narrow it, or raise the time limit"


def _first_line(exc: Exception) -> str:
    return (str(exc).strip().splitlines() or [type(exc).__name__])[0]


def view_columns(store: Store) -> dict[str, list[str]]:
    """The analysts' views and their columns."""
    with store.reading() as conn:
        look = sa.inspect(conn)
        return {
            name: [column["name"] for column in look.get_columns(name)]
            for name in sorted(look.get_view_names())
            if name.startswith("v_")
        }
