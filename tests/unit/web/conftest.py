"""A client of the application over a seeded, and over an empty, database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.store import Store
from tests.e2e.seed import ALERT_SETTINGS, seed
from tests.unit.web.testing import TestClient
from web.app import create_app
from web.config import WebSettings

LOOPBACK = "http://127.0.0.1"


@pytest.fixture
def empty(sqlite_store: Store) -> Iterator[TestClient]:
    with TestClient(create_app(sqlite_store, WebSettings(), ALERT_SETTINGS), base_url=LOOPBACK) as client:
        yield client


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    """Over both databases: the pages' SQL must mean the same on each."""
    seed(store)
    with TestClient(create_app(store, WebSettings(), ALERT_SETTINGS), base_url=LOOPBACK) as opened:
        yield opened


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[TestClient]:
    seed(sqlite_store)
    with TestClient(create_app(sqlite_store, WebSettings(), ALERT_SETTINGS), base_url=LOOPBACK) as opened:
        yield opened
