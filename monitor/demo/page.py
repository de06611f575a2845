"""Serves the web pages of a demonstration in a process of its own, and asks whether they answer."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monitor.config import PREFIX
from monitor.demo.server import HOST
from storage.errors import StorageError

USUAL_PORT = 8000
_START_S = 60.0


def free_port() -> int:
    """The usual port of the web pages, or any other when that is taken."""
    for port in (USUAL_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StorageError("no port is free on this machine")


@contextmanager
def page_served(settings_file: Path, port: int) -> Iterator[str]:
    """The address of the pages, which answer until the block ends. Raises StorageError when they do not within a minute."""
    address = f"http://{HOST}:{port}/"
    # Only the demonstration's own settings count: the user's are for the user's own installation.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    command = [sys.executable, "-m", "monitor.cli", "--config", str(settings_file), "web"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603  our own program
        try:
            _wait(process, f"{address}readyz")
            yield address
        finally:
            process.terminate()


def status_of(address: str) -> int:
    """The HTTP status of an address, 0 when nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  an address of our own
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        return int(exc.code)
    except OSError:
        return 0


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + _START_S
    while status_of(address) != 200:
        if process.poll() is not None:
            raise StorageError(f"the web server ended by itself with code {process.returncode}")
        if time.monotonic() > deadline:
            raise StorageError(f"the web server did not answer at {address}")
        time.sleep(0.1)
