"""Views as files, from both databases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from storage import documents, export, sources
from storage.errors import ConfigError, StorageError
from storage.export import export_view
from storage.model import Document, Kind, Source
from storage.store import Store
from tests.conftest import NOW

TITLES = ("Écran à boîtes quantiques", '=HYPERLINK("http://x.example")', "+33", "bell \x07 and, comma", 'guillemet "')


@pytest.fixture
def filled(store: Store) -> Store:
    with store.transaction() as conn:
        sources.declare(conn, [Source(id="s", name="S", kind=Kind.NEWS)])
        rows = [
            Document(
                id=f"d{n}", source_id="s", kind=Kind.NEWS, title=title, collected_at=NOW,
                counted_on=NOW.date() - dt.timedelta(days=n), published_on=NOW.date() - dt.timedelta(days=n),
            )
            for n, title in enumerate(TITLES)
        ]  # fmt: skip
        documents.add(conn, rows)
    return store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty one: the database is in the other."""
    path = tmp_path / "exports"
    path.mkdir()
    return path


@pytest.mark.parametrize("ending", export.FORMATS)
def test_every_format_holds_the_same_rows(filled: Store, folder: Path, ending: str) -> None:
    path = folder / f"documents{ending}"
    with filled.reading() as conn:
        assert export_view(conn, "v_documents", path) == len(TITLES)
    read = {".csv": pd.read_csv, ".xlsx": pd.read_excel, ".parquet": pd.read_parquet}[ending]
    found = read(path).set_index("document_id")
    assert found.loc["d0", "title"] == TITLES[0]
    # Formulas run in spreadsheets only: data files keep the text as it is.
    formulas = ("'" + TITLES[1], "'" + TITLES[2]) if ending != ".parquet" else TITLES[1:3]
    assert tuple(found.loc[["d1", "d2"], "title"]) == formulas
    day = found.loc["d3", "published_on"]
    assert str(day)[:10] == str(NOW.date() - dt.timedelta(days=3))
    assert isinstance(day, str) if ending == ".csv" else isinstance(day, dt.date)  # a date that a spreadsheet can sort
    assert [entry.name for entry in folder.iterdir()] == [path.name]


def test_only_what_is_of_a_day_or_later(filled: Store, folder: Path) -> None:
    with filled.reading() as conn:
        assert export_view(conn, "v_documents", folder / "a.csv", since=NOW.date() - dt.timedelta(days=1)) == 2
        with pytest.raises(ConfigError, match="v_source_health has no day"):
            export_view(conn, "v_source_health", folder / "b.csv", since=NOW.date())


def test_an_empty_view_still_has_its_columns(filled: Store, folder: Path) -> None:
    for ending in export.FORMATS:
        with filled.reading() as conn:
            assert export_view(conn, "v_alerts", folder / f"a{ending}") == 0
    assert "theme_id" in pd.read_csv(folder / "a.csv").columns
    assert "theme_id" in pd.read_excel(folder / "a.xlsx").columns
    assert "theme_id" in pd.read_parquet(folder / "a.parquet").columns


def test_what_cannot_be_written_leaves_what_was_there(filled: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "a.xlsx"
    path.write_bytes(b"before")
    monkeypatch.setattr(export, "EXCEL_ROWS", 3)
    with filled.reading() as conn:
        with pytest.raises(StorageError, match="more than 3 rows"):
            export_view(conn, "v_documents", path)
        with pytest.raises(ConfigError, match="must end in one of"):
            export_view(conn, "v_documents", folder / "a.ods")
        with pytest.raises(ConfigError, match="no view is called 'documents'"):
            export_view(conn, "documents", folder / "a.csv")
        with pytest.raises(StorageError, match="cannot be written"):
            export_view(conn, "v_documents", folder / "nowhere" / "a.csv")
    assert (path.read_bytes(), [entry.name for entry in folder.iterdir()]) == (b"before", ["a.xlsx"])
