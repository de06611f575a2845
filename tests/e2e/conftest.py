"""A seeded database, a server for it, and a browser to look at it with. Every name in it is invented."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from storage.store import Store
from tests.e2e.seed import ALERT_SETTINGS, seed
from web.app import create_app
from web.config import WebSettings

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
AXE_VERSION = "4.14.1"
AXE_PACKAGE_VERSION = "0.1.8"


@pytest.fixture
def seeded_store(sqlite_store: Store) -> Store:
    """A database with eight fictional themes over 26 weeks."""
    seed(sqlite_store)
    return sqlite_store


class Server:
    """The application on a free loopback port, in a thread of this process."""

    def __init__(self, store: Store) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        config = uvicorn.Config(create_app(store, WebSettings(), ALERT_SETTINGS), log_level="warning", ws="none", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self.socket],), daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self.socket.close()


@pytest.fixture
def site(seeded_store: Store) -> Iterator[str]:
    """Address of a running server over the seeded database. The socket listens from the start, so no waiting is needed."""
    with Server(seeded_store) as server:
        yield server.url


@pytest.fixture
def empty_site(sqlite_store: Store) -> Iterator[str]:
    with Server(sqlite_store) as server:
        yield server.url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. In CI its absence is a failure; on a desk the tests that need it are skipped with the reason."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        reason = "no Chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=quiet)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Source of axe-core, from npm or from the Python package that carries it. Never kept in the tree.

    In CI its absence is a failure; on a desk the test that needs it is skipped with the reason.
    """
    folder = tmp_path_factory.mktemp("axe")
    source = _axe_from_npm(folder) or _axe_from_package(folder)
    if source is not None:
        return source
    reason = "axe-core cannot be had here: neither npm nor pip could fetch it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _axe_from_npm(folder: Path) -> str | None:
    npm = shutil.which("npm")
    if npm is None:
        return None
    command = [npm, "install", f"axe-core@{AXE_VERSION}", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]
    fetched = folder / "node_modules" / "axe-core" / "axe.min.js"
    return fetched.read_text(encoding="utf-8") if _succeeds(command, folder) and fetched.is_file() else None


def _axe_from_package(folder: Path) -> str | None:
    """From the wheel, which is opened and not installed."""
    wanted = f"axe-playwright-python=={AXE_PACKAGE_VERSION}"
    command = [sys.executable, "-m", "pip", "download", wanted, "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    if not _succeeds(command, folder):
        return None
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as opened:
            for name in opened.namelist():
                if name.endswith("axe.min.js"):
                    return opened.read(name).decode("utf-8")
    return None


def _succeeds(command: list[str], folder: Path) -> bool:
    try:
        return subprocess.run(command, cwd=folder, capture_output=True, timeout=90, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
