"""Copies of a SQLite database: taken while it is in use, put back, checked.

A backup is a consistent snapshot, checked before it takes its final name. PostgreSQL has its own tools for this, which do it
better; the errors here say which.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from storage.errors import ConfigError, Conflict, StorageError
from storage.store import Store


def backup(store: Store, path: Path) -> Path:
    """Writes a snapshot of the database to ``path``, which must not exist. Writers go on meanwhile.

    Raises ConfigError (PostgreSQL), Conflict (``path`` exists), StorageError (no room, or the copy is damaged).
    """
    _sqlite_file(store)
    if path.exists():
        raise Conflict(f"{path} exists already: give a backup a name of its own")
    partial = path.with_name(f"{path.name}.part")
    partial.unlink(missing_ok=True)
    try:
        with store.engine.connect() as conn, closing(sqlite3.connect(partial)) as target:
            source = conn.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(target, pages=1024)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without companions
        problems = _problems(partial)
        if problems:
            raise StorageError(f"the copy is damaged, and so may be the database: {problems[0]}")
        partial.rename(path)
    except (OSError, sqlite3.Error) as exc:
        raise StorageError(f"cannot write the backup {path}: {exc}") from exc
    finally:
        partial.unlink(missing_ok=True)
    return path


def restore(path: Path, url: str) -> None:
    """Makes the SQLite database ``url`` from a backup. The database must not exist, so that nothing is lost by a slip.

    Raises ConfigError (PostgreSQL), Conflict (the database exists), StorageError (not a sound backup).
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        raise ConfigError("only a SQLite database is restored by this command: for PostgreSQL use pg_restore")
    target = Path(parsed.database)
    if target.exists():
        raise Conflict(f"{target} exists already: move it away first, or restore to another name")
    problems = check_file(path)
    if problems:
        raise StorageError(f"{path} is not a sound backup: {problems[0]}")
    partial = target.with_name(f"{target.name}.part")
    try:
        shutil.copyfile(path, partial)
        partial.rename(target)
    except OSError as exc:
        raise StorageError(f"cannot write the database {target}: {exc}") from exc
    finally:
        partial.unlink(missing_ok=True)


def check(store: Store) -> list[str]:
    """What is wrong with the database file and its keys: an empty list when nothing is. Raises ConfigError (PostgreSQL)."""
    return check_file(_sqlite_file(store))


def check_file(path: Path) -> list[str]:
    """The same for a database or backup by its path; a file that is no database, or no zoom-avant database, is a problem."""
    if not path.is_file():
        return [f"there is no file {path}"]
    return _problems(path)


def _problems(path: Path) -> list[str]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as conn:
            found = [row[0] for row in conn.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
            found += [
                f"table {table}: row {row} refers to a missing row of {parent}"
                for table, row, parent, _ in conn.execute("PRAGMA foreign_key_check")
            ]
            if not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
                found.append("it is a SQLite database, but not one of zoom-avant")
    except sqlite3.DatabaseError as exc:
        return [str(exc)]
    return found


def _sqlite_file(store: Store) -> Path:
    if store.engine.dialect.name != "sqlite" or not store.engine.url.database:
        raise ConfigError("this command serves SQLite files: for PostgreSQL use pg_dump, pg_restore and pg_amcheck")
    return Path(store.engine.url.database)
