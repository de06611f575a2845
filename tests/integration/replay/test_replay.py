"""A replay from the command line: what it writes, what it refuses, what a second run does."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from storage.store import Store
from storage.tables import coverage, documents, metadata
from tests.integration.replay.conftest import FIRST, lines, records, write, zoom

PAGE = Path(__file__).parents[3] / "docs" / "replay.md"
TABLES = ("alerts.jsonl", "signals.jsonl", "assignments.jsonl", "themes.jsonl")


def every_row(url: str, *, without: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """All rows of all tables; of the cursors, not those named."""
    store = Store.open(url)
    try:
        with store.reading() as conn:
            found = {}
            for table in metadata.sorted_tables:
                rows = [
                    tuple(cell.tolist() if hasattr(cell, "tolist") else cell for cell in row)
                    for row in conn.execute(sa.select(table))
                ]
                found[table.name] = sorted(repr(row) for row in rows if row[0] not in without)
            return found
    finally:
        store.close()


def database_of(out: Path) -> str:
    return f"sqlite:///{out / 'replay.db'}"


def without_timings(run: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in run.items() if "seconds" not in key and "memory" not in key}


def documented() -> dict[str, set[str]]:
    """Keys each file's section of the page names."""
    sections = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.M)[1:]
    return {section.split("\n", 1)[0].strip(): set(re.findall(r"`(\w+)`", section)) for section in sections}


@pytest.mark.parametrize("name", TABLES)
def test_every_key_of_every_line_is_documented(played: Path, name: str) -> None:
    keys = {key for line in lines(played / name) for key in line}
    assert keys, f"nothing in {name}"
    assert keys - documented()[name] == set()


def test_every_key_of_the_run_is_documented(played: Path) -> None:
    run = json.loads((played / "run.json").read_text(encoding="utf-8"))
    keys = set(run) | set(run["counts"]) | set(run["counts"]["themes"]) | set(run["versions"]) | set(run["versions"]["models"])
    keys |= set(run["arguments"]) | set(run["arguments"]["files"][0]) | set(run["periods"]) | set(run["sources"])
    assert keys - documented()["run.json"] == set()


def test_what_is_documented_is_there(played: Path) -> None:
    pages = documented()
    for name in TABLES:
        rows = re.findall(
            r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE.read_text(encoding="utf-8").split(f"### {name}")[1].split("###")[0], flags=re.M
        )
        promised = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
        assert promised <= pages[name]
        assert all(set(line) == promised for line in lines(played / name))


def test_the_files_say_what_the_database_holds(played: Path) -> None:
    run = json.loads((played / "run.json").read_text(encoding="utf-8"))
    counts = run["counts"]
    assert (counts["documents"], counts["lines"], counts["duplicates"]) == (len(records()), len(records()), 0)
    assert run["periods"] == {"count": 11, "first_day": "2025-09-03", "last_now": "2025-11-17T00:00:00+00:00"}
    assert counts["signals"] == len(lines(played / "signals.jsonl"))
    assert counts["alerts"] == len(lines(played / "alerts.jsonl"))
    themes = lines(played / "themes.jsonl")
    assert sum(counts["themes"].values()) == len(themes)
    spoken = {theme["theme_id"] for theme in themes if theme["origin"] != "conjunction"}
    assigned = lines(played / "assignments.jsonl")
    assert {line["theme_id"] for line in assigned} <= spoken
    assert {line["document_id"] for line in assigned} <= {record["id"] for record in records()}
    assert all(0 < line["probability"] <= 1 for line in assigned)
    assert {"read", "add", "enrich", "embed", "watch", "assign", "observe", "assess", "alert"} <= run["seconds"].keys()
    assert run["total_peak_memory_mb"] >= max(run["peak_memory_mb"].values()) > 50


def test_no_document_is_collected_outside_its_period(played: Path) -> None:
    store = Store.open(database_of(played))
    with store.reading() as conn:
        rows = conn.execute(sa.select(documents)).all()
    store.close()
    assert all(row.counted_on == row.published_on for row in rows)
    assert all(row.collected_at >= dt.datetime.combine(row.published_on, dt.time(), dt.UTC) for row in rows)
    known = {record["id"]: record.get("published_at") for record in records()}
    assert all(row.collected_at == dt.datetime.fromisoformat(known[row.id]) for row in rows if known[row.id])


def test_a_time_of_day_in_another_zone_stays_inside_the_period(tmp_path: Path) -> None:
    late = records(2)[0] | {"id": "late", "published_at": f"{FIRST}T23:30:00-05:00"}
    early = records(2)[1] | {"id": "early", "published": f"{FIRST + dt.timedelta(days=1)}", "published_at": f"{FIRST}T20:00:00Z"}
    out = tmp_path / "out"
    assert zoom("replay", write(tmp_path / "two.jsonl", [late, early]), "--out", out).returncode == 0
    store = Store.open(database_of(out))
    with store.reading() as conn:
        found = {row.id: (row.collected_at, row.counted_on) for row in conn.execute(sa.select(documents))}
    store.close()
    next_day = FIRST + dt.timedelta(days=1)
    midnight = dt.datetime.combine(next_day, dt.time(), dt.UTC)
    assert found["late"] == (midnight - dt.timedelta(microseconds=1), FIRST)
    assert found["early"] == (midnight, next_day)


@pytest.mark.parametrize(("words", "split"), [((), True), (("--split-by-actor", "never"), False)])
def test_the_only_publisher_of_an_archive_counts_by_actor(tmp_path: Path, words: tuple[str, ...], split: bool) -> None:
    whole = [record | {"source": "Le Phare", "kind": "news"} for record in records(4)]
    done = zoom("replay", write(tmp_path / "one.jsonl", whole), "--step", "1w", "--out", tmp_path / "out", *words)
    assert done.returncode == 0, done.stderr
    assert ("fewer than three publishers" in done.stderr) is split
    told = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["sources"]
    assert told == {"count": 1, "split_by_actor": ["Le Phare"] * split, "too_few_publishers": ["Le Phare"] * split}
    store = Store.open(database_of(tmp_path / "out"))
    with store.reading() as conn:
        keys = set(conn.scalars(sa.select(coverage.c.source_key)))
    store.close()
    assert (len(keys) > 1) is split


def test_a_finished_replay_run_again_changes_no_row(archive_file: Path, tmp_path: Path) -> None:
    words = ("replay", archive_file, "--step", "1w", "--to", "2025-09-14", "--out", tmp_path / "out")
    first = zoom(*words)
    assert first.returncode == 0, first.stderr
    rows, run = every_row(database_of(tmp_path / "out")), (tmp_path / "out" / "run.json").read_bytes()
    (tmp_path / "out" / "signals.jsonl").unlink()
    again = zoom(*words)
    assert again.returncode == 0
    assert "finished already" in again.stderr
    assert every_row(database_of(tmp_path / "out")) == rows
    assert (tmp_path / "out" / "run.json").read_bytes() == run
    assert (tmp_path / "out" / "signals.jsonl").exists()
    other = zoom(*words, "--facts")
    assert other.returncode == 2
    assert "facts: False there, True here" in other.stderr
    elsewhere = zoom(*words[:-1], tmp_path / "else", "--database", database_of(tmp_path / "out"), "--from", "2025-09-08")
    assert elsewhere.returncode == 2
    assert "from: None there, 2025-09-08 here" in elsewhere.stderr


def test_files_order_and_split_do_not_matter(played: Path, tmp_path: Path) -> None:
    """Two halves, one of them in reverse, give the tables of the whole file."""
    whole = records()
    halves = [write(tmp_path / "a.jsonl", whole[::2]), write(tmp_path / "b.jsonl", list(reversed(whole[1::2])))]
    done = zoom("replay", *halves, "--step", "1w", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "held in memory" in done.stderr
    for name in TABLES:
        assert (tmp_path / "out" / name).read_text(encoding="utf-8") == (played / name).read_text(encoding="utf-8")


def test_a_database_with_other_documents_is_refused(archive_file: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'other.db'}"
    Store.open(url, create=True).close()
    assert zoom("--database", url, "import", archive_file).returncode == 0
    before = every_row(url)
    refused = zoom("replay", archive_file, "--database", url, "--out", tmp_path / "out")
    assert refused.returncode == 2
    assert "no replay put there" in refused.stderr
    assert every_row(url) == before


def test_a_bad_file_leaves_nothing_behind(tmp_path: Path) -> None:
    picture = tmp_path / "picture.jsonl"
    picture.write_bytes(b"\x89PNG\r\n" + bytes(100))
    refused = zoom("replay", picture, "--out", tmp_path / "out")
    assert refused.returncode == 1
    assert "binary data" in refused.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--step", "1m"), "choose 1d or 1w"),
        (("--from", "yesterday"), "is not a day"),
        (("--database", "nonsense"), "not a database URL"),
        (("--split-by-actor", "sometimes"), "choose auto, never, always"),
    ],
)
def test_wrong_words_are_told(archive_file: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    refused = zoom("replay", archive_file, "--out", tmp_path / "out", *words)
    assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr


def test_plain_lines_tell_how_far_it_is(archive_file: Path, tmp_path: Path) -> None:
    done = zoom("replay", archive_file, "--step", "1w", "--to", "2025-09-07", "--out", tmp_path / "out", "--json")
    assert re.search(
        r"replayed 2025-09-03 \(1 of 1\): (\d+) of \1 documents, \d+ documents/s, 0:00 left, \d+ themes", done.stderr
    )
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
