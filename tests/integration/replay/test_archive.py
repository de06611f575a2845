"""The archive's files: good lines in one order, bad ones told, wrong dates refused."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import json
import random
from pathlib import Path

import pytest

from monitor.replay.archive import periods, read_archive
from storage.errors import ConfigError, ParseError
from tests.integration.replay.conftest import DAYS, FIRST, records, write

FAR = dt.date(9999, 1, 1)


def ids(paths: list[Path], tmp_path: Path, start: dt.date = dt.date.min, end: dt.date = FAR) -> list[str | None]:
    return [record.id for _, record in read_archive(paths, tmp_path).records(start, end)]


def test_an_ordered_file_is_given_out_as_it_is(archive_file: Path, tmp_path: Path) -> None:
    assert ids([archive_file], tmp_path) == [record["id"] for record in records()]


def test_an_unordered_file_is_sorted_by_day(tmp_path: Path) -> None:
    shuffled = records()
    random.Random(1).shuffle(shuffled)
    archive = read_archive([write(tmp_path / "shuffled.jsonl", shuffled)], tmp_path)
    days = [day for day, _ in archive.records(dt.date.min, FAR)]
    assert not archive.files[0].is_ordered
    assert days == sorted(days)
    assert len(days) == len(shuffled)


def test_files_are_merged_by_day(tmp_path: Path) -> None:
    whole = records()
    files = [write(tmp_path / f"{n}.jsonl", whole[n::2]) for n in (0, 1)]
    archive = read_archive(files, tmp_path)
    days = [day for day, _ in archive.records(dt.date.min, FAR)]
    assert days == sorted(days)
    assert sorted(ids(files, tmp_path), key=str) == sorted(record["id"] for record in whole)


def test_only_the_days_asked_for_are_given_out(archive_file: Path, tmp_path: Path) -> None:
    start, end = FIRST + dt.timedelta(days=3), FIRST + dt.timedelta(days=5)
    asked = [record["id"] for record in records() if start.isoformat() <= record["published"] < end.isoformat()]
    assert ids([archive_file], tmp_path, start, end) == asked != []


def test_bad_lines_are_kept_and_documents_without_a_day_counted(tmp_path: Path) -> None:
    good = records(2)
    dateless = {key: value for key, value in good[0].items() if not key.startswith("published")} | {"id": "dateless"}
    path = write(tmp_path / "mixed.jsonl", [*good, "not json", json.dumps({"title": "No source"}), dateless])
    (file,) = read_archive([path], tmp_path / "out").files
    assert (file.lines, file.rejected, file.without_day) == (len(good) + 3, 2, 1)
    assert file.rejects_file == tmp_path / "out" / "mixed.jsonl.rejects.jsonl"
    kept = [json.loads(line) for line in file.rejects_file.read_text(encoding="utf-8").splitlines()]
    assert [line["line"] for line in kept] == [len(good) + 1, len(good) + 2]


def test_files_of_the_same_name_keep_their_rejects_apart(tmp_path: Path) -> None:
    paths = []
    for n in (1, 2):
        (tmp_path / str(n)).mkdir()
        paths.append(write(tmp_path / str(n) / "day.jsonl", [*records(n), f"bad {n}"]))
    kept = [file.rejects_file for file in read_archive(paths, tmp_path).files]
    assert len(set(kept)) == 2
    assert all(path and path.exists() for path in kept)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xd8\xff\xe0" + bytes(200), "binary data"),
        (gzip.compress(b'{"a": 1}\n' * 5000)[:-20], "cut short"),
        (b"nothing\n" * 10, "no line is a document"),
        (b"", "no document has a day"),
    ],
)
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ParseError, match=said):
        read_archive([path], tmp_path)


def test_the_same_file_twice_is_refused(archive_file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(archive_file.read_bytes())
    with pytest.raises(ConfigError, match="given twice"):
        read_archive([archive_file, copy], tmp_path)


def test_weeks_are_iso_weeks_cut_at_both_ends(archive_file: Path, tmp_path: Path) -> None:
    plan = periods(read_archive([archive_file], tmp_path), "1w")
    assert plan[0].start == FIRST
    assert all(period.start.weekday() == 0 for period in plan[1:])
    assert all(one.end == other.start for one, other in itertools.pairwise(plan))
    assert plan[-1].end == FIRST + dt.timedelta(days=DAYS)
    assert sum(period.documents for period in plan) == len(records())
    assert plan[0].now == dt.datetime(2025, 9, 8, tzinfo=dt.UTC)


def test_first_and_last_day_are_both_included(archive_file: Path, tmp_path: Path) -> None:
    day = FIRST + dt.timedelta(days=4)
    archive = read_archive([archive_file], tmp_path)
    plan = periods(archive, "1d", day, day + dt.timedelta(days=1))
    assert [period.start for period in plan] == [day, day + dt.timedelta(days=1)]


def test_days_without_documents_have_their_period_too(tmp_path: Path) -> None:
    kept = [record for record in records(10) if record["published"] != "2025-09-06"]
    plan = periods(read_archive([write(tmp_path / "gap.jsonl", kept)], tmp_path), "1d")
    assert [period.documents for period in plan if period.start == dt.date(2025, 9, 6)] == [0]
    assert len(plan) == 10


@pytest.mark.parametrize("wrong", ["1899-12-31", "9999-12-31"])
def test_a_wrong_date_is_no_reason_to_replay_a_century(tmp_path: Path, wrong: str) -> None:
    path = write(tmp_path / "far.jsonl", [*records(10), records(1)[0] | {"id": "far", "published": wrong}])
    archive = read_archive([path], tmp_path)
    with pytest.raises(ConfigError, match="a date is wrong"):
        periods(archive, "1d")
    assert len(periods(archive, "1d", FIRST, FIRST + dt.timedelta(days=9))) == 10


@pytest.mark.parametrize(
    ("step", "first", "last", "said"),
    [
        ("1m", None, None, "choose 1d or 1w"),
        ("1d", dt.date(2025, 9, 9), dt.date(2025, 9, 8), "before it begins"),
        ("1d", dt.date(2024, 1, 1), dt.date(2024, 2, 1), "2025-09-03 to 2025-11-16"),
    ],
)
def test_impossible_periods_are_refused(
    archive_file: Path, tmp_path: Path, step: str, first: dt.date | None, last: dt.date | None, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        periods(read_archive([archive_file], tmp_path), step, first, last)
