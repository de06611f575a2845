"""Killed anywhere, a replay that is run again ends with the same tables and files."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage.store import Store
from tests.integration.replay.conftest import PART, zoom
from tests.integration.replay.test_replay import TABLES, database_of, every_row, without_timings

MEASURES = ("replay measures",)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_killed_again_and_again_it_ends_with_the_same_tables(
    archive_file: Path, played_in_part: Path, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    out = tmp_path / "out"
    words = ("replay", archive_file, "--step", "1w", "--to", PART, "--out", out)
    deaths = 0
    while True:
        # Late enough now and then to finish a period of some fifty commits, else it would never end.
        done = zoom(*words, kill_at=rng.choice([rng.randint(1, 60), rng.randint(60, 200)]))
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        deaths += 1
        assert deaths < 25
    assert deaths >= 2
    assert every_row(database_of(out), without=MEASURES) == every_row(database_of(played_in_part), without=MEASURES)
    for name in TABLES:
        assert (out / name).read_bytes() == (played_in_part / name).read_bytes()
    runs = [json.loads((folder / "run.json").read_text(encoding="utf-8")) for folder in (out, played_in_part)]
    assert without_timings(runs[0]) == without_timings(runs[1])
    assert runs[0]["seconds"].keys() == runs[1]["seconds"].keys()


@pytest.mark.slow
def test_killed_while_the_files_are_written(archive_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("replay", archive_file, "--step", "1w", "--to", "2025-09-07", "--out", out)
    assert zoom(*words).returncode == 0
    whole = {name: (out / name).read_bytes() for name in (*TABLES, "run.json")}
    for name in whole:
        (out / name).unlink()
    for kill_at in range(3, 8):  # a finished replay commits twice to take its lease, then renames
        assert zoom(*words, kill_at=kill_at).returncode == -signal.SIGKILL
        assert all(not (out / name).exists() or (out / name).read_bytes() == content for name, content in whole.items())
    assert zoom(*words).returncode == 0
    assert {name: (out / name).read_bytes() for name in whole} == whole


def test_ctrl_c_says_how_to_go_on(archive_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["replay", str(archive_file), "--step", "1d", "--out", str(out)]
    with subprocess.Popen([sys.executable, "-m", "monitor.cli", *words], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("replayed"):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "interrupted" in rest
    assert "Traceback" not in rest
    assert not (out / "run.json").exists()
    Store.open(database_of(out)).close()
