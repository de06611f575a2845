"""``zoom-avant web`` hands the server what links in messages need, and writes none of it down."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import uvicorn

from alerts.links import sign
from storage import deliveries
from storage.model import Subscription
from storage.store import Store
from tests.integration.cli.conftest import Zoom, url_of
from tests.unit.web.testing import TestClient

KEY = "a-key-that-stays-inside"
READER = "digest:email:lou@example.org"


def test_the_key_of_the_links_reaches_the_pages(
    zoom: Zoom, sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite_store.transaction() as conn:
        deliveries.subscribe(conn, [Subscription(id=READER, channel="email", target="lou@example.org", content="digest")])
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.setenv("ZOOM_AVANT_ALERTS__LINK_SECRET", KEY)
    monkeypatch.setenv("ZOOM_AVANT_ALERTS__PUBLIC_URL", "https://zoom.example.org")
    monkeypatch.setenv("ZOOM_AVANT_ALERTS__SLACK__BOT_TOKEN", "a-token-for-slack-alone")
    asked: list[int] = []

    def serve(application: str, **_options: Any) -> None:
        from importlib import import_module

        module, _, name = application.partition(":")
        given = os.environ["ZOOM_AVANT_WEB_ALERTS"]
        assert "slack" not in json.loads(given)
        assert "a-token-for-slack-alone" not in given
        with TestClient(getattr(import_module(module), name)(), base_url="https://zoom.example.org") as client:
            address = f"/unsubscribe/{READER}"
            asked.append(client.get(address, params={"token": sign(KEY, "unsubscribe", READER)}).status_code)
            asked.append(client.get(address, params={"token": "nope"}).status_code)

    monkeypatch.setattr(uvicorn, "run", serve)
    ran = zoom("--database", url_of(sqlite_store), "web")
    assert ran.code == 0, ran.err
    assert asked == [200, 403]
    assert KEY not in ran.out + ran.err + caplog.text
