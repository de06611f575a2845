"""Thousands of feeds of other projects, held against what they say of themselves. Figures: ``scripts/bench/feeds.py``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CORPUS = Path(os.environ.get("ZOOM_AVANT_CORPORA", ROOT.parent / "shared" / "data")) / "feeds_dev.tar.gz"


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the development corpora are not here")
def test_published_feeds_say_of_their_entries_what_we_read() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "bench" / "feeds.py"), "--json", str(CORPUS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # any exception but Unreadable ends it
    figures = json.loads(done.stdout)
    assert figures["files"] == 3198
    for suite, least in (("feedparser", 0.996), ("gofeed XML", 0.996), ("gofeed JSON", 1.0)):
        rates = figures["rates without text"][suite]
        assert rates["ours"] >= max(least, rates["feedparser"]), suite
    read = {sort: (checks, ours) for sort, (checks, _theirs, ours) in figures["checks"]["feedparser"].items()}
    for sort in ("count", "date"):
        assert read[sort][1] == read[sort][0] > 20
    assert read["text"][1] >= 700
