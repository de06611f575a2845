"""The reference pages say what the code does today."""

from __future__ import annotations

import runpy
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "reference_pages.py"


def test_reference_pages_are_current() -> None:
    outdated = runpy.run_path(str(SCRIPT))["outdated"]()
    assert outdated == [], "run scripts/reference_pages.py"
