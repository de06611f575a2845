"""The command line on real databases, run in this process or as a real one."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog

from monitor.cli.__main__ import main
from storage.store import Store


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Zoom = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith("ZOOM_AVANT_") and name != "ZOOM_AVANT_CORPORA":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def zoom(capsys: pytest.CaptureFixture[str]) -> Zoom:
    """Runs ``zoom-avant`` with these words, in this process."""

    def run(*words: str) -> Ran:
        capsys.readouterr()
        code = main([str(word) for word in words])
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def zoom_on(zoom: Zoom, store: Store) -> Zoom:
    """The same on an empty database, once on SQLite and once on PostgreSQL."""
    return lambda *words: zoom("--database", url_of(store), *words)


def url_of(store: Store) -> str:
    return store.engine.url.render_as_string(hide_password=False)


def start(*words: str, **environment: str) -> subprocess.Popen[str]:
    """A real process of the command."""
    return subprocess.Popen(
        [sys.executable, "-m", "monitor.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if not key.startswith("ZOOM_AVANT_")} | environment,
    )
