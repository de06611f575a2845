"""Garbage in: a clear message, the right exit code, nothing lost."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from storage.store import Store
from tests.integration.cli.conftest import Zoom, url_of

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb0043000806060706050807") + bytes(range(256)) * 20


def a_line(number: int) -> str:
    record = {
        "id": f"r{number}",
        "source": "Le Phare",
        "kind": "news",
        "lang": "fr",
        "published": "2026-02-16",
        "title": f"Une nouvelle de Brest, numéro {number}",
        "text": "Une phrase.",
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


@pytest.fixture
def zoom_at(zoom: Zoom, sqlite_store: Store) -> Zoom:
    return lambda *words: zoom("--database", url_of(sqlite_store), *words)


def documents(zoom_at: Zoom) -> int:
    (row,) = zoom_at("query", "SELECT COUNT(*) AS n FROM documents", "--json").json
    return int(row["n"])


def test_good_lines_go_in_once(zoom_on: Zoom) -> None:
    Path("good.jsonl").write_text("".join(a_line(n) for n in range(20)), encoding="utf-8")
    (row,) = zoom_on("import", "good.jsonl", "--json").json
    assert (row["lines"], row["new"], row["rejected"]) == (20, 20, 0)
    (row,) = zoom_on("import", "good.jsonl", "--json").json
    assert (row["new"], row["duplicates"]) == (0, 20)
    assert documents(zoom_on) == 20


def test_a_picture_is_refused(zoom_at: Zoom) -> None:
    Path("photo.jpg").write_bytes(JPEG)
    ran = zoom_at("import", "photo.jpg")
    assert ran.code == 1
    assert "photo.jpg" in ran.err
    assert "Traceback" not in ran.err
    assert documents(zoom_at) == 0


def test_a_cut_archive_keeps_what_came_before_the_cut(zoom_at: Zoom) -> None:
    whole = gzip.compress("".join(a_line(n) for n in range(3000)).encode())
    Path("cut.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    ran = zoom_at("import", "cut.jsonl.gz", "--json")
    assert ran.code == 1
    assert "cut.jsonl.gz" in ran.err
    (row,) = ran.json
    assert 0 < row["new"] < 3000
    assert documents(zoom_at) == row["new"]


def test_ten_thousand_bad_lines_are_counted_and_kept(zoom_at: Zoom) -> None:
    lines = ["not json\n" if n % 2 else '{"title": 3}\n' for n in range(10_000)]
    lines[5000] = a_line(1)
    Path("bad.jsonl").write_text("".join(lines), encoding="utf-8")
    ran = zoom_at("import", "bad.jsonl", "--json")
    assert ran.code == 0
    (row,) = ran.json
    assert (row["lines"], row["new"], row["rejected"]) == (10_000, 1, 9_999)
    assert len(Path(row["rejects_file"]).read_text(encoding="utf-8").splitlines()) == 9_999
    assert "line 1:" in ran.err
    assert len(ran.err.splitlines()) < 30


def test_one_bad_file_does_not_keep_the_others_out(zoom_at: Zoom) -> None:
    Path("photo.jpg").write_bytes(JPEG)
    Path("good.jsonl").write_text(a_line(1), encoding="utf-8")
    ran = zoom_at("import", "photo.jpg", "absent.jsonl", "good.jsonl", "--json")
    assert ran.code == 1
    assert [bool(row["error"]) for row in ran.json] == [True, True, False]
    assert documents(zoom_at) == 1


def test_without_network_a_visit_is_a_row_with_a_reason(zoom_at: Zoom) -> None:
    assert zoom_at("sources", "add", "https://feeds.invalid/rss", "--id", "nowhere").code == 0
    ran = zoom_at("collect", "--json", "--now", "2026-03-02")
    assert ran.code == 0
    (visit,) = zoom_at("query", "SELECT outcome, reason FROM fetches", "--json").json
    assert visit["outcome"] in ("failed", "blocked")
    assert visit["reason"]
    (source,) = zoom_at("sources", "list", "--json").json
    assert source["state"] != "active"
