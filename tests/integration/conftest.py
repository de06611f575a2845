"""What tests of several parts share: web servers on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.http import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


@pytest.fixture
def other() -> Iterator[Site]:
    """A second one, on a port of its own."""
    with serving() as running:
        yield running
