"""Every test that the page of hostile answers names exists, and every reason it names is one a user can read."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from crawler.reasons import SENTENCES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/sources/hostile.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)
FLAGS = {"undated", "implausible", "late", "future"}


def test_every_test_named_exists() -> None:
    files: dict[str, set[str]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        files[path.name] |= set(re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), flags=re.M))
    assert len(NAMED) > 40
    assert [f"{file}::{test}" for file, test in NAMED if test not in files[file]] == []


def test_every_row_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| What arrives")]
    assert [row for row in rows if "::test_" not in row] == []


def test_every_reason_named_exists() -> None:
    codes = {
        code
        for line in PAGE.splitlines()
        if line.startswith("| ") and line.count("|") == 5
        for code in re.findall(r"`([a-z_]+)`", line.split("|")[3])
    }
    assert len(codes) > 15
    assert codes - FLAGS <= set(SENTENCES)
