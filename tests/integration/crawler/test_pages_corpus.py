"""Bodies of annotated pages are read at least as well as by trafilatura alone. Floors are a little below what was measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CORPUS = Path(os.environ.get("ZOOM_AVANT_CORPORA", ROOT.parent / "shared" / "data")) / "pages_dev.tar.gz"


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the development corpora are not here")
def test_bodies_are_read_at_least_as_well_as_by_trafilatura_alone() -> None:
    command = [sys.executable, "-W", "error", str(ROOT / "scripts" / "bench" / "pages.py"), "--json", str(CORPUS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    figures = json.loads(done.stdout)
    alone, ours = figures["trafilatura, as it comes"], figures["ours"]
    assert figures["pages"] == 181
    assert ours["f1"] >= max(alone["f1"], figures["trafilatura, no comments"]["f1"], 0.96)
    assert ours["f1_report"] >= max(alone["f1_report"], 0.965)
    assert figures["ours, as stored"]["f1"] >= alone["f1"]
    assert (figures["with a title"], figures["with a date"]) >= (181, 175)
