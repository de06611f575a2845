"""A seeded database, a server for it, and a browser to look at it with. Every name in it is invented."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, sync_playwright

from storage.store import Store
from tests.e2e.seed import seed
from web.app import create_app
from web.config import WebSettings

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
AXE_VERSION = "4.14.1"


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
        config = uvicorn.Config(create_app(store, WebSettings()), log_level="warning", ws="none", lifespan="off")
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
    """Source of axe-core: from a Python package that carries it when there is one, else from npm. Never kept in the tree."""
    for package, inside in (("axe_playwright_python", "axe.min.js"), ("axe_core_python", "axe.min.js")):
        found = importlib.util.find_spec(package)
        if found is not None and found.origin and (carried := Path(found.origin).with_name(inside)).is_file():
            return carried.read_text(encoding="utf-8")
    npm = shutil.which("npm")
    if npm is not None:
        folder = tmp_path_factory.mktemp("axe")
        command = [npm, "install", f"axe-core@{AXE_VERSION}", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
        fetched = folder / "node_modules" / "axe-core" / "axe.min.js"
        if done.returncode == 0 and fetched.is_file():
            return fetched.read_text(encoding="utf-8")
    pytest.skip("axe-core cannot be had here (no package carries it, npm is absent or offline); the structural checks still run")
