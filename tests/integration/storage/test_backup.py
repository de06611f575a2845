"""Backup, restore, check."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import sources
from storage.backup import backup, check, check_file, restore
from storage.errors import ConfigError, Conflict, StorageError
from storage.store import Store
from tests.builders import a_source, add_one_of_each


def test_a_backup_taken_during_a_write_is_whole_and_can_be_put_back(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.transaction() as conn:
        add_one_of_each(conn)
    with sqlite_store.transaction() as conn:
        sources.declare(conn, [a_source("half-written")])
        copy = backup(sqlite_store, tmp_path / "copy.db")
    assert check_file(copy) == []
    assert not list(tmp_path.glob("copy.db*[!b]"))
    url = f"sqlite:///{tmp_path / 'restored.db'}"
    restore(copy, url)
    restored = Store.open(url)
    with restored.reading() as conn:
        assert [source.id for source in sources.all_sources(conn)] == ["fonds", "gazette", "registre"]
    restored.close()
    assert check(sqlite_store) == []


def test_nothing_is_overwritten(sqlite_store: Store, tmp_path: Path) -> None:
    taken = tmp_path / "taken.db"
    taken.write_text("precious")
    with pytest.raises(Conflict, match=r"taken\.db exists already"):
        backup(sqlite_store, taken)
    copy = backup(sqlite_store, tmp_path / "copy.db")
    with pytest.raises(Conflict, match="move it away first"):
        restore(copy, f"sqlite:///{taken}")
    assert taken.read_text() == "precious"


def test_damage_is_found(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.transaction() as conn:
        sources.declare(conn, [a_source(f"s{number:04}") for number in range(2000)])
    copy = backup(sqlite_store, tmp_path / "copy.db")
    content = bytearray(copy.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 9000] = b"\x7f" * 9000
    copy.write_bytes(content)
    assert check_file(copy) != []
    with pytest.raises(StorageError, match="is not a sound backup"):
        restore(copy, f"sqlite:///{tmp_path / 'restored.db'}")
    assert not (tmp_path / "restored.db").exists()


def test_a_row_without_its_parent_is_found(sqlite_store: Store, tmp_path: Path) -> None:
    copy = backup(sqlite_store, tmp_path / "copy.db")
    with closing(sqlite3.connect(copy)) as conn, conn:
        conn.execute("INSERT INTO placements (document_id, model_run_id) VALUES ('nobody', 'no run')")
    assert any("placements" in problem and "refers to a missing row" in problem for problem in check_file(copy))


@pytest.mark.parametrize(("content", "says"), [(b"\xff\xd8 a picture" * 99, "not a database"), (b"", "not one of zoom-avant")])
def test_other_files_are_no_backups(tmp_path: Path, content: bytes, says: str) -> None:
    other = tmp_path / "other"
    other.write_bytes(content)
    with pytest.raises(StorageError, match=says):
        restore(other, f"sqlite:///{tmp_path / 'restored.db'}")
    with pytest.raises(StorageError, match="there is no file"):
        restore(tmp_path / "missing", f"sqlite:///{tmp_path / 'restored.db'}")


def test_postgresql_has_its_own_tools(store: Store, tmp_path: Path) -> None:
    if store.engine.dialect.name == "sqlite":
        assert backup(store, tmp_path / "copy.db").exists()
        return
    with pytest.raises(ConfigError, match="pg_dump"):
        backup(store, tmp_path / "copy.db")
    with pytest.raises(ConfigError, match="pg_restore"):
        restore(tmp_path / "copy.db", "postgresql://u@h/x")
