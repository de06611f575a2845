"""Opens the database, keeps its schema, and hands out transactions. Knows dialects, so that nobody else has to.

``Store.open(url)`` promises an up-to-date schema or a clear error; ``transaction()`` is one step's unit of work, all or nothing.
"""

from __future__ import annotations

import importlib.resources
import json
import os
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from storage.errors import ConfigError, SchemaMismatch, StorageError

_WRITE = "zoom_avant_write"
_SCHEMA_LOCK = 7_021_966  # any number, as long as it stays the same


class Store:
    """One database. Cheap to open, safe to share between threads; every process opens its own.

    ``holder`` names this process in lease rows.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.holder = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"

    @classmethod
    def open(cls, url: str, *, create: bool = False) -> Self:
        """Opens ``url`` (``sqlite:///file.db``, ``postgresql+psycopg://…``).

        With ``create`` the schema is made or upgraded; without it the database must exist and its schema be current.
        Raises ConfigError (not a database URL), StorageError (unreachable), SchemaMismatch (run ``zoom-avant init``).
        """
        engine = _engine(url)
        file = engine.url.database if engine.dialect.name == "sqlite" else None
        if not create and file and file != ":memory:" and not Path(file).exists():
            raise StorageError(f"there is no database {masked(url)}: run 'zoom-avant init' to make it")
        store = cls(engine)
        try:
            store._prepare(url, create)
        except BaseException:
            engine.dispose()
            raise
        return store

    def _prepare(self, url: str, create: bool) -> None:
        try:
            current = self.revision()
        except (sa.exc.DBAPIError, sqlite3.DatabaseError) as exc:
            raise StorageError(f"cannot open the database {masked(url)}: {_first_line(getattr(exc, 'orig', exc))}") from exc
        _refuse_unknown(current)
        if create:
            try:
                self.upgrade()
            except sa.exc.DBAPIError as exc:
                raise StorageError(f"cannot make the schema in {masked(url)}: {_first_line(exc.orig)}") from exc
        elif current != head_revision():
            raise SchemaMismatch(
                f"the database {masked(url)} has schema {current or 'none'}, this program needs {head_revision()}:"
                " run 'zoom-avant init'"
            )
        self._detect_halfvec()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A write transaction: committed when the block ends, rolled back when it raises."""
        with self.engine.connect().execution_options(**{_WRITE: True}) as conn, conn.begin():
            yield conn

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only snapshot: what it shows does not change until the block ends, and writing raises."""
        with self.engine.connect() as conn:
            if conn.dialect.name == "postgresql":
                conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                with conn.begin():
                    yield conn
                return
            conn.connection.driver_connection.execute("PRAGMA query_only=ON")  # type: ignore[union-attr]
            try:
                with conn.begin():
                    yield conn
            finally:
                conn.connection.driver_connection.execute("PRAGMA query_only=OFF")  # type: ignore[union-attr]

    def revision(self) -> str | None:
        """The schema's revision, None for an empty database."""
        with self.engine.connect() as conn:
            return MigrationContext.configure(conn).get_current_revision()

    def upgrade(self, revision: str = "head") -> None:
        """Brings the schema to ``revision`` and makes the analysts' views anew. Raises SchemaMismatch for a newer database."""
        _refuse_unknown(self.revision())
        with self.transaction() as conn:
            _one_at_a_time(conn)
            _drop_views(conn)
            command.upgrade(_alembic(conn), revision)
            if revision == "head":
                _create_views(conn)

    def downgrade(self, revision: str) -> None:
        """Takes the schema back to ``revision`` (``base`` empties the database). The views go."""
        with self.transaction() as conn:
            _one_at_a_time(conn)
            _drop_views(conn)
            command.downgrade(_alembic(conn), revision)

    def close(self) -> None:
        self.engine.dispose()

    def _detect_halfvec(self) -> None:
        if self.engine.dialect.name != "postgresql":
            return
        with self.engine.connect() as conn:
            column = sa.text(
                "SELECT udt_name FROM information_schema.columns"
                " WHERE table_schema = current_schema() AND table_name = 'vectors' AND column_name = 'vector'"
            )
            self.engine.dialect.has_halfvec = conn.scalar(column) == "halfvec"  # type: ignore[attr-defined]


def view_names() -> list[str]:
    """Names of the analysts' views, sorted."""
    return sorted(path.name.removesuffix(".sql") for path in _view_files())


def head_revision() -> str:
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    if head is None:
        raise StorageError("the installation is damaged: it holds no schema migration; install zoom-avant again")
    return head


def masked(url: str) -> str:
    """The URL without its password, for messages."""
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except (sa.exc.ArgumentError, ValueError):
        return "(unreadable URL)"


def _engine(url: str) -> Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ConfigError(f"database {masked(url)}: only sqlite and postgresql are supported")
        if parsed.get_backend_name() == "sqlite" and parsed.database and not Path(parsed.database).parent.is_dir():
            raise ConfigError(f"database {masked(url)}: the folder {Path(parsed.database).parent} does not exist; make it first")
        engine = sa.create_engine(parsed, pool_pre_ping=parsed.get_backend_name() == "postgresql", json_serializer=_to_json)
    except (ImportError, sa.exc.NoSuchModuleError) as exc:
        raise ConfigError(
            f"database {masked(url)}: the driver it names is not installed; write sqlite:///… or postgresql://…"
        ) from exc
    except (sa.exc.ArgumentError, ValueError) as exc:
        raise ConfigError(
            "the database setting is not a database URL: write sqlite:///zoom-avant.db or postgresql://user@host/name"
        ) from exc
    if parsed.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _sqlite_connect)
        sa.event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we emit BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(conn: Connection) -> None:
    # A writer takes the lock at once: upgrading a read snapshot later would fail instead of waiting.
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get(_WRITE) else "BEGIN")


def _to_json(value: Any) -> str:
    # PostgreSQL refuses NaN where SQLite would keep it: refuse it on both, where it is written.
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _refuse_unknown(revision: str | None) -> None:
    if revision is not None and revision not in _known_revisions():
        raise SchemaMismatch(
            f"the database has schema {revision}, which this version of zoom-avant does not know:"
            " install the version that made it, or a newer one"
        )


def _one_at_a_time(conn: Connection) -> None:
    """Two processes that start together must not both make the schema. SQLite's write lock is enough there."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))


def _alembic(conn: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(importlib.resources.files("storage") / "migrations"))
    config.attributes["connection"] = conn
    return config


def _known_revisions() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _view_files() -> list[Path]:
    folder = Path(str(importlib.resources.files("storage") / "views"))
    return sorted(folder.glob("v_*.sql"))


def _create_views(conn: Connection) -> None:
    for path in _view_files():
        query = _in_dialect(path.read_text(encoding="utf-8"), conn.dialect.name)
        conn.exec_driver_sql(f"CREATE VIEW {path.name.removesuffix('.sql')} AS\n{query}")


def _in_dialect(query: str, dialect: str) -> str:
    """A view as the database writes it. The files are SQLite's; two calls have no name both databases know."""
    if dialect != "postgresql":
        return query
    query = re.sub(r"DATE\(([\w.]+), '\+(\d+) days'\)", r"(\1 + \2)", query)
    return re.sub(r"JSON_EXTRACT\(([\w.]+), '\$\.([\w.]+)'\)", lambda m: f"({m[1]} #>> '{{{m[2].replace('.', ',')}}}')", query)


def _drop_views(conn: Connection) -> None:
    existing = sa.inspect(conn).get_view_names()
    for name in existing:
        if name.startswith("v_"):
            conn.exec_driver_sql(f"DROP VIEW {name}")


def _first_line(exc: BaseException | None) -> str:
    return str(exc).strip().splitlines()[0] if exc and str(exc).strip() else type(exc).__name__
