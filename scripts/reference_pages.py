#!/usr/bin/env python3
"""Writes docs/commands.md, docs/settings.md and zoom-avant.example.toml from the code. --check only says what is out of date."""

from __future__ import annotations

import sys
from pathlib import Path

from monitor.cli.__main__ import build
from monitor.reference import commands_page, example_toml, settings_page

ROOT = Path(__file__).resolve().parent.parent


def pages() -> dict[Path, str]:
    return {
        ROOT / "docs" / "commands.md": commands_page(build()),
        ROOT / "docs" / "settings.md": settings_page(),
        ROOT / "zoom-avant.example.toml": example_toml(),
    }


def outdated() -> list[str]:
    """Names of the pages that are not what the code says."""
    return [
        path.relative_to(ROOT).as_posix()
        for path, text in pages().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


if __name__ == "__main__":
    old = outdated()
    if "--check" in sys.argv:
        print(f"out of date: {', '.join(old)}" if old else "reference pages are current")
        sys.exit(1 if old else 0)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    print(f"written: {', '.join(old)}" if old else "nothing to write")
