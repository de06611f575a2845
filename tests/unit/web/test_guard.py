"""Headers of every answer, host names, the token, probes and failures."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.errors import ConfigError, SchemaMismatch
from storage.store import Store
from tests.unit.web.testing import TestClient
from web.app import create_app, create_from_environment
from web.config import WebSettings
from web.guard import host_name

TOKEN = "a-token-of-some-length-é"
ADDRESSES = ["/", "/themes/nobody", "/api/v1/themes", "/api/v1/nothing", "/static/style.css", "/livez", "/readyz", "/docs"]


@pytest.fixture
def guarded(sqlite_store: Store, tmp_path: Path) -> TestClient:
    (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
    settings = WebSettings(host="0.0.0.0", token_file=tmp_path / "token", trusted_hosts=("zoom.example",))
    return TestClient(create_app(sqlite_store, settings), base_url="http://zoom.example")


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_headers(empty: TestClient, address: str) -> None:
    headers = empty.get(address, headers={"accept": "text/html"}).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]", "localhost.evil"])
def test_other_hosts_are_refused(empty: TestClient, host: str) -> None:
    answer = empty.get("/", headers={"host": host})
    assert answer.status_code == 400
    assert "trusted_hosts" in answer.json()["detail"]
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize(("header", "name"), [("[::1]:8000", "::1"), ("LocalHost:8000", "localhost"), ("a.example", "a.example")])
def test_host_names_are_read_from_their_header(header: str, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize("address", ["/", "/api/v1/themes", "/digests", "/api/v1/openapi.json"])
def test_everything_asks_for_the_token(guarded: TestClient, address: str) -> None:
    refused = guarded.get(address)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert TOKEN not in refused.text
    basic = base64.b64encode(f"anyone:{TOKEN}".encode()).decode()
    assert guarded.get(address, headers={"authorization": f"Basic {basic}"}).status_code == 200
    assert guarded.get(address, headers={"authorization": b"Bearer " + TOKEN.encode()}).status_code == 200


@pytest.mark.parametrize("value", ["Bearer nope", "Bearer", "Basic !!!", "Basic bm9jb2xvbg==", "Digest x", ""])
def test_a_wrong_token_is_refused(guarded: TestClient, value: str) -> None:
    assert guarded.get("/", headers={"authorization": value}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "http://127.0.0.1:9999"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, False),
        ({"origin": "http://127.0.0.1"}, False),
        ({"origin": "null"}, False),
        ({}, False),
    ],
)
def test_a_change_that_another_site_asks_for_is_refused(empty: TestClient, headers: dict[str, str], is_refused: bool) -> None:
    body = {"verdict": "noise", "given_by": "x"}
    for address in ("/alerts/a1/feedback", "/api/v1/alerts/a1/feedback", "/api/v1/themes"):
        answer = empty.post(address, json=body, headers=headers)
        assert (answer.status_code == 403 and "another site" in answer.text) == is_refused
    assert empty.get("/", headers=headers).status_code == 200


def test_probes_answer_without_a_token(guarded: TestClient) -> None:
    assert guarded.get("/livez").json() == {"status": "alive"}
    assert guarded.get("/readyz").status_code == 200


def test_ready_on_both_databases(client: TestClient) -> None:
    assert client.get("/readyz").json()["status"] == "ready"


def test_not_ready_with_another_schema(sqlite_store: Store, empty: TestClient) -> None:
    sqlite_store.downgrade("base")
    answer = empty.get("/readyz")
    assert answer.status_code == 503
    assert "zoom-avant init" in answer.json()["detail"]
    assert empty.get("/livez").status_code == 200


def test_not_ready_without_a_database(tmp_path: Path) -> None:
    away = Store(sa.create_engine("postgresql+psycopg://nobody:secret@127.0.0.1:1/none", connect_args={"connect_timeout": 1}))
    with TestClient(create_app(away, WebSettings()), base_url="http://localhost") as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "cannot be reached" in answer.json()["detail"]
        assert "secret" not in answer.text
        page = client.get("/", headers={"accept": "text/html", "accept-language": "fr"})
        assert page.status_code == 503
        assert "Base de données indisponible" in page.text


def test_an_unexpected_failure_shows_nothing_of_itself(sqlite_store: Store) -> None:
    app = create_app(sqlite_store, WebSettings())

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("the inside of the house")

    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        answer = client.get("/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "inside" not in answer.text


def test_the_factory_reads_the_environment(sqlite_store: Store, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_AVANT_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ZOOM_AVANT_WEB_TRUSTED_HOSTS", "zoom.example")
    with TestClient(create_from_environment(), base_url="http://zoom.example") as client:
        assert client.get("/readyz").status_code == 200
    sqlite_store.downgrade("base")
    with pytest.raises(SchemaMismatch, match="init"):
        create_from_environment()
    monkeypatch.delenv("ZOOM_AVANT_DATABASE_URL")
    with pytest.raises(ConfigError, match="ZOOM_AVANT_DATABASE_URL"):
        create_from_environment()
