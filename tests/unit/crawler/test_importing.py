from __future__ import annotations

import datetime as dt
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crawler.config import CrawlerSettings
from crawler.importing import ImportFailed, import_file
from crawler.records import Record, Rejected, read_records
from storage import documents, sources
from storage.errors import ConfigError, ParseError
from storage.model import Kind
from storage.store import Store
from storage.tables import documents as documents_table
from storage.tables import mentions, metadata
from tests.conftest import NOW

SETTINGS = CrawlerSettings()


def record(number: int = 1, **kw: Any) -> dict[str, Any]:
    return {
        "id": f"t:{number}",
        "source": "L'Écho",
        "kind": "news",
        "lang": "fr",
        "published": "2026-02-03",
        "title": f"Titre {number}",
        "text": "Un texte.",
        **kw,
    }


def write(path: Path, *lines: dict[str, Any] | str) -> Path:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def contents(store: Store) -> dict[str, list[Any]]:
    with store.reading() as conn:
        return {t.name: sorted(map(str, conn.execute(sa.select(t)))) for t in metadata.sorted_tables}


def test_an_import_and_the_same_import_again(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl.gz", record(1, amount=3, label="x"), record(2, published_at="2026-02-03 10:00:00"))
    report = import_file(store, path, None, SETTINGS)
    assert (report.lines, report.new, report.rejected, report.rejects_file) == (2, 2, 0, None)
    before = contents(store)
    again = import_file(store, path, None, SETTINGS)
    assert (again.new, again.duplicates) == (0, 2)
    assert contents(store) == before
    with store.reading() as conn:
        first, second = documents.by_ids(conn, ["t:1", "t:2"])
        assert sources.get(conn, "l-echo").name == "L'Écho"
    assert first.collected_at == dt.datetime(2026, 2, 3, tzinfo=dt.UTC)
    assert first.extra == {"amount": 3, "label": "x"}
    assert second.collected_at == dt.datetime(2026, 2, 3, 10, tzinfo=dt.UTC)
    assert first.counted_on == second.counted_on == dt.date(2026, 2, 3)


def test_a_backfill_counts_on_its_day_of_collection(sqlite_store: Store, tmp_path: Path) -> None:
    import_file(sqlite_store, write(tmp_path / "a.jsonl", record()), NOW, SETTINGS)
    with sqlite_store.reading() as conn:
        (found,) = documents.by_ids(conn, ["t:1"])
    assert (found.collected_at, found.counted_on, found.date_flag) == (NOW, NOW.date(), "late")


@pytest.mark.parametrize("precision", ["month", "nominal"])
def test_an_imprecise_day_is_not_counted(sqlite_store: Store, tmp_path: Path, precision: str) -> None:
    import_file(sqlite_store, write(tmp_path / "a.jsonl", record(date_precision=precision)), None, SETTINGS)
    with sqlite_store.reading() as conn:
        (found,) = documents.by_ids(conn, ["t:1"])
    assert (found.counted_on, found.date_flag) == (None, "imprecise")


BAD = [
    "pas du JSON",
    "[1, 2]",
    '{"id": "x", "score": NaN}',
    json.dumps(record(kind="rumour")),
    json.dumps(record(title="")),
    json.dumps(record(source=None)),
    json.dumps(record(published="hier")),
    json.dumps(record(published=None)),
    json.dumps(record(title=["liste"])),
    json.dumps(record(date_precision="century")),
    "[" * 100_000,
]


def test_bad_lines_are_kept_with_their_reason_and_good_ones_go_in(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", record(1), *BAD, "", record(2, title="Sur\ud800rogat \x00 nul"))
    report = import_file(sqlite_store, path, None, SETTINGS, rejects=tmp_path / "mal")
    assert (report.new, report.rejected) == (2, len(BAD))
    assert report.rejects_file == tmp_path / "mal" / "a.jsonl.rejects.jsonl"
    kept = [json.loads(line) for line in report.rejects_file.read_text().splitlines()]
    assert [row["line"] for row in kept] == list(range(2, 2 + len(BAD)))
    assert all(row["reason"] for row in kept)
    assert kept[0]["content"] == "pas du JSON"
    assert len(report.shown) == 5


def test_a_file_of_bad_lines_says_so_and_keeps_them(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", *["mal"] * 10_000)
    with pytest.raises(ImportFailed, match="line 1") as caught:
        import_file(sqlite_store, path, None, SETTINGS)
    assert caught.value.report.rejected == 10_000
    assert len((tmp_path / "a.jsonl.rejects.jsonl").read_text().splitlines()) == 10_000


def test_a_truncated_gz_gives_what_it_holds(sqlite_store: Store, tmp_path: Path) -> None:
    whole = write(tmp_path / "a.jsonl.gz", *(record(n, text="é" * n) for n in range(3_000))).read_bytes()
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(ImportFailed, match="cut short") as caught:
        import_file(sqlite_store, path, None, SETTINGS)
    with sqlite_store.reading() as conn:
        stored = conn.scalar(sa.select(sa.func.count()).select_from(documents_table))
    assert stored == caught.value.report.new > 1_000
    (tmp_path / "b.jsonl.gz").write_bytes(whole)
    assert import_file(sqlite_store, tmp_path / "b.jsonl.gz", None, SETTINGS).new == 3_000 - stored


@pytest.mark.parametrize("body", [b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\x1f\x8b mal", "é".encode("utf-16")])
def test_what_is_not_json_lines_is_refused(sqlite_store: Store, tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(body)
    with pytest.raises(ParseError, match=r"photo\.jpg"):
        import_file(sqlite_store, path, None, SETTINGS)


def test_a_missing_file(sqlite_store: Store, tmp_path: Path) -> None:
    for path in (tmp_path / "rien.jsonl", tmp_path):
        with pytest.raises(ConfigError):
            import_file(sqlite_store, path, None, SETTINGS)


def test_an_id_used_by_two_sources_stays_two_documents(store: Store, tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", record(id="1", source="A"), record(id="1", source="B"))
    second = write(tmp_path / "b.jsonl", record(id=1, source="C"))
    for path in (first, second, first, second):
        import_file(store, path, None, SETTINGS)
    with store.reading() as conn:
        assert sorted(conn.scalars(sa.select(documents_table.c.id))) == ["1", "b:1", "c:1"]
        assert conn.scalar(sa.select(sa.func.count()).select_from(mentions)) == 3


def test_databases_split_by_actor_and_authors_stay_unnamed(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        record(1, source="arXiv quant-ph", kind="paper", authors=["Ada Martin", "B. Roux"]),
        record(2, source="PATENTSCOPE", kind="patent", applicants="Lumina SA; Autre SA"),
    )
    import_file(sqlite_store, path, None, SETTINGS)
    with sqlite_store.reading() as conn:
        paper, patent = documents.by_ids(conn, ["t:1", "t:2"])
        assert sources.get(conn, "arxiv-quant-ph").split_by_actor
    assert paper.actor is not None
    assert paper.actor.startswith("author-")
    assert "authors" not in paper.extra
    assert patent.actor == "Lumina SA"


def test_records_can_be_read_one_by_one(tmp_path: Path) -> None:
    (one, good), (two, bad) = read_records(write(tmp_path / "a.jsonl", record(), "mal"))
    assert isinstance(good, Record)
    assert isinstance(bad, Rejected)
    assert (one, two, good.kind, bad.line) == (1, 2, Kind.NEWS, 2)
