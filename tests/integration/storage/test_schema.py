"""The schema: made, upgraded, taken down, compared; and what Store says when it cannot be."""

from __future__ import annotations

import datetime as dt
import json
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from storage import sources
from storage.errors import AppError, ConfigError, SchemaMismatch, StorageError
from storage.store import Store, head_revision, masked, view_names
from storage.tables import metadata
from tests.builders import a_source, add_one_of_each


def tables_of(store: Store) -> set[str]:
    return set(sa.inspect(store.engine).get_table_names()) - {"alembic_version"}


def url_of(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def test_migrations_make_what_the_tables_declare(store: Store) -> None:
    with store.reading() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": _compare_type, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    assert tables_of(store) == set(metadata.tables)


def _compare_type(_context: object, column: sa.Column, _meta: object, found: object, _declared: object) -> bool | None:
    # halfvec on PostgreSQL, bytes elsewhere: both are meant
    return False if column.table.name == "vectors" and column.name == "vector" else None


def test_up_down_up(store: Store) -> None:
    with store.transaction() as conn:
        add_one_of_each(conn)
    store.downgrade("base")
    assert tables_of(store) == set()
    assert sa.inspect(store.engine).get_view_names() == []
    store.upgrade()
    assert store.revision() == head_revision()
    assert tables_of(store) == set(metadata.tables)
    with store.reading() as conn:
        assert sources.all_sources(conn) == []


def test_a_second_upgrade_keeps_every_row(store: Store) -> None:
    with store.transaction() as conn:
        add_one_of_each(conn)
    before = _rows(store)
    store.upgrade()
    assert _rows(store) == before
    assert sorted(sa.inspect(store.engine).get_view_names()) == view_names()


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def half_the_work() -> None:
        with store.transaction() as conn:
            sources.declare(conn, [a_source()])
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        half_the_work()
    with store.reading() as conn:
        assert sources.all_sources(conn) == []


def test_reading_refuses_to_write_and_the_connection_recovers(store: Store) -> None:
    with pytest.raises(sa.exc.DBAPIError), store.reading() as conn:
        sources.declare(conn, [a_source()])
    with store.transaction() as conn:
        sources.declare(conn, [a_source()])
    with store.reading() as conn:
        assert [source.id for source in sources.all_sources(conn)] == ["gazette"]


def test_reading_is_a_snapshot(store: Store) -> None:
    with store.reading() as reader:
        assert sources.all_sources(reader) == []
        with store.transaction() as writer:
            sources.declare(writer, [a_source()])
        assert sources.all_sources(reader) == []
    with store.reading() as reader:
        assert len(sources.all_sources(reader)) == 1


def test_writers_wait_for_each_other(store: Store) -> None:
    """Ten threads read a number and write it plus one: no update is lost, none fails for a lock."""
    with store.transaction() as conn:
        sources.declare(conn, [a_source()])
    table = metadata.tables["sources"]

    def add_one() -> None:
        with store.transaction() as conn:
            conn.execute(table.update().values(failures=table.c.failures + 1))

    threads = [threading.Thread(target=add_one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as conn:
        assert sources.get(conn, "gazette").failures == 10


def test_processes_that_start_together_make_one_schema(store: Store) -> None:
    store.downgrade("base")
    url = url_of(store)
    failed: list[Exception] = []

    def open_it() -> None:
        try:
            Store.open(url, create=True).close()
        except Exception as exc:  # noqa: BLE001 - a thread's failure is brought to the test
            failed.append(exc)

    threads = [threading.Thread(target=open_it) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert store.revision() == head_revision()


def test_an_empty_database_says_run_init(store: Store) -> None:
    store.downgrade("base")
    with pytest.raises(SchemaMismatch, match=f"schema none, this program needs {head_revision()}: run 'zoom-avant init'"):
        Store.open(url_of(store))


@pytest.mark.parametrize("create", [False, True])
def test_a_newer_database_is_left_alone(store: Store, create: bool) -> None:
    with store.transaction() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match="schema 9999, which this version of zoom-avant does not know"):
        Store.open(url_of(store), create=create)
    assert store.revision() == "9999"


def test_somebody_elses_database_is_refused(store: Store) -> None:
    store.downgrade("base")
    with store.transaction() as conn:
        conn.execute(sa.text("DROP TABLE alembic_version"))
        conn.execute(sa.text("CREATE TABLE sources (id INTEGER)"))
    with pytest.raises(StorageError, match=r"cannot make the schema in .*already exists"):
        Store.open(url_of(store), create=True)
    assert tables_of(store) == {"sources"}


def test_instants_are_aware_and_come_back_in_utc(store: Store) -> None:
    paris = dt.timezone(dt.timedelta(hours=1))
    at = dt.datetime(2026, 3, 2, 0, 30, 15, 123456, tzinfo=paris)
    with store.transaction() as conn:
        sources.declare(conn, [a_source(next_visit_at=at)])
    with store.reading() as conn:
        found = sources.get(conn, "gazette").next_visit_at
        assert found == at
        assert found is not None
        assert found.tzinfo == dt.UTC
    with pytest.raises(sa.exc.StatementError, match="naive datetime"), store.transaction() as conn:
        sources.declare(conn, [a_source("autre", next_visit_at=at.replace(tzinfo=None))])


def test_not_a_number_is_refused_on_both(store: Store) -> None:
    """PostgreSQL's JSON knows no NaN; SQLite would keep it until somebody moves to PostgreSQL."""
    table = metadata.tables["rules"]
    row = {"id": "r", "version": 1, "name_fr": "r", "name_en": "r", "enabled": True, "settings": {"x": float("nan")}}
    with pytest.raises((sa.exc.StatementError, ValueError), match="JSON compliant"), store.transaction() as conn:
        conn.execute(table.insert(), row)


def test_accents_stay_readable_in_json(store: Store) -> None:
    table = metadata.tables["rules"]
    row = {"id": "r", "version": 1, "name_fr": "r", "name_en": "r", "enabled": True, "settings": {"état": "émergent"}}
    with store.transaction() as conn:
        conn.execute(table.insert(), row)
        text = conn.scalar(sa.text("SELECT CAST(settings AS TEXT) FROM rules"))
    assert "émergent" in text
    assert json.loads(text) == {"état": "émergent"}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("zoom.db", "is not a database URL: write sqlite:///"),
        ("", "is not a database URL"),
        ("postgresql://u@localhost:notaport/x", "is not a database URL"),
        ("mysql://u:secret@h/x", "only sqlite and postgresql are supported"),
        ("sqlite+nosuchdriver:///x.db", "the driver it names is not installed"),
        ("postgresql+asyncpg://u:secret@h/x", "the driver it names is not installed"),
        ("sqlite:////no/such/folder/zoom.db", "the folder /no/such/folder does not exist"),
    ],
)
def test_wrong_urls_are_named(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        Store.open(url, create=True)
    assert "secret" not in str(caught.value)


def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(StorageError, match="cannot open the database postgresql://team") as caught:
        Store.open("postgresql://team:secret@127.0.0.1:1/zoom")
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8\xff\xe0" + bytes(5000))
    with pytest.raises(StorageError, match=r"cannot open the database .*not a database"):
        Store.open(f"sqlite:///{picture}", create=True)
    assert picture.stat().st_size == 5004


def test_a_missing_file_is_not_made_by_a_slip(tmp_path: Path) -> None:
    with pytest.raises(AppError, match=r"there is no database .*run 'zoom-avant init'"):
        Store.open(f"sqlite:///{tmp_path / 'typo.db'}")
    assert list(tmp_path.iterdir()) == []


def test_masked_hides_only_the_password() -> None:
    assert masked("postgresql://team:secret@db/zoom") == "postgresql://team:***@db/zoom"
    assert masked("no url at all") == "(unreadable URL)"


def _rows(store: Store) -> dict[str, int]:
    with store.reading() as conn:
        return {name: conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for name, table in metadata.tables.items()}
