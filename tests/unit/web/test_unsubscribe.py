"""Unsubscribe links: a look changes nothing, a signed request ends one subscription, and nothing else opens."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from alerts.config import AlertSettings
from alerts.links import sign, unsubscribe_url
from storage import deliveries
from storage.errors import ConfigError
from storage.store import Store
from tests.e2e.seed import ALERT_SETTINGS, READER, seed
from tests.unit.web.testing import TestClient
from web.app import ALERTS_VARIABLE, create_app, create_from_environment
from web.config import WebSettings

KEY = "a-key-of-the-tests"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
HTML = {"accept": "text/html"}


def link(subscription_id: str = READER) -> str:
    """Path and query of the address a mail carries."""
    parts = urlsplit(unsubscribe_url(ALERT_SETTINGS, subscription_id) or "")
    return f"{parts.path}?{parts.query}"


def is_subscribed(store: Store, subscription_id: str = READER) -> bool:
    with store.reading() as conn:
        return deliveries.subscription(conn, subscription_id).enabled


def test_a_mail_programs_request_ends_the_subscription_once_and_again(store: Store, client: TestClient) -> None:
    assert is_subscribed(store)
    for _ in range(2):
        answer = client.post(link(), data=ONE_CLICK)
        assert answer.status_code == 200
        assert not answer.history  # RFC 8058: no redirect
        assert not is_subscribed(store)
    assert is_subscribed(store, "alerts:slack:#watch")


def test_the_field_may_come_as_multipart(sqlite_store: Store, site: TestClient) -> None:
    assert site.post(link(), files={"List-Unsubscribe": (None, "One-Click")}).status_code == 200
    assert not is_subscribed(sqlite_store)


def test_opening_the_link_asks_first(sqlite_store: Store, site: TestClient) -> None:
    page = site.get(link(), headers=HTML)
    assert page.status_code == 200
    assert page.headers["content-language"] == "fr"  # the subscription's, as no other was chosen
    assert '<form method="post">' in page.text
    assert "lou@example.org" in page.text
    assert is_subscribed(sqlite_store)
    english = site.get(f"{link()}&lang=en", headers=HTML).text
    assert "Unsubscribe me" in english
    assert "désabonner" not in english


def test_an_ended_subscription_says_so(site: TestClient) -> None:
    assert "Vous êtes désabonné" in site.post(link(), data=ONE_CLICK, headers=HTML).text
    page = site.get(link(), headers=HTML).text
    assert "Vous êtes désabonné" in page
    assert "<form" not in page


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "token",
    ["", "?token=", "?token=nope", f"?token={sign(KEY, 'unsubscribe', 'x')}", f"?token={sign(KEY, 'x', READER)}", "?token=é"],
)
def test_a_wrong_signature_is_refused(sqlite_store: Store, site: TestClient, method: str, token: str) -> None:
    address = link().partition("?")[0] + token
    answer = site.post(address, data=ONE_CLICK) if method == "post" else site.get(address)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert is_subscribed(sqlite_store)
    assert "Lien non valable" in site.get(address, headers=HTML | {"accept-language": "fr"}).text


def test_a_link_for_nobody_is_not_found(client: TestClient) -> None:
    for answer in (client.get(link("digest:email:nobody@example.org")), client.post(link("nobody"), data=ONE_CLICK)):
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/x-www-form-urlencoded", 400),
        (b"List-Unsubscribe=Two", "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe", "multipart/form-data", 400),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 400),
        (b"--x--", "multipart/form-data; boundary=\xff", 400),
        (b"a" * 5000, "application/x-www-form-urlencoded", 413),
    ],
)
def test_a_body_that_does_not_ask_changes_nothing(
    sqlite_store: Store, site: TestClient, body: bytes, kind: str, status: int
) -> None:
    answer = site.post(link(), content=body, headers={"content-type": kind.encode("latin-1")})
    assert answer.status_code == status
    assert is_subscribed(sqlite_store)


def test_names_with_signs_of_their_own(sqlite_store: Store, site: TestClient) -> None:
    assert site.post(link("alerts:slack:#watch"), data=ONE_CLICK).status_code == 200
    assert not is_subscribed(sqlite_store, "alerts:slack:#watch")
    assert is_subscribed(sqlite_store)


def test_the_link_works_without_the_access_token_and_under_its_own_host(sqlite_store: Store, tmp_path: Path) -> None:
    seed(sqlite_store)
    (tmp_path / "token").write_text("a-token-of-some-length", encoding="utf-8")
    settings = WebSettings(host="0.0.0.0", token_file=tmp_path / "token")
    app = create_app(sqlite_store, settings, ALERT_SETTINGS)
    with TestClient(app, base_url="https://zoom.example.org") as stranger:
        page = stranger.get(link(), headers=HTML)
        assert page.status_code == 200
        assert 'href="/digests"' not in page.text  # it would ask for the token
        assert stranger.get("/static/style.css").status_code == 200
        assert stranger.post(link(), data=ONE_CLICK).status_code == 200
        assert stranger.get("/digests").status_code == 401
        assert stranger.get("/unsubscribe/../digests/").status_code == 401
    assert not is_subscribed(sqlite_store)


def test_without_a_key_no_link_is_right(sqlite_store: Store) -> None:
    seed(sqlite_store)
    with TestClient(create_app(sqlite_store, WebSettings()), base_url="http://localhost") as client:
        assert client.post(link(), data=ONE_CLICK).status_code == 403


def test_the_key_comes_by_the_environment_and_is_never_shown(
    sqlite_store: Store, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(sqlite_store)
    monkeypatch.setenv("ZOOM_AVANT_DATABASE_URL", sqlite_url)
    monkeypatch.setenv(ALERTS_VARIABLE, f'{{"link_secret": "{KEY}", "public_url": "https://zoom.example.org"}}')
    with TestClient(create_from_environment(), base_url="https://zoom.example.org") as client:
        assert client.get(link()).status_code == 200
    monkeypatch.setenv(ALERTS_VARIABLE, f'{{"link_secret": "{KEY}", "link_secret_file": "both"}}')
    with pytest.raises(ConfigError, match=ALERTS_VARIABLE) as caught:
        create_from_environment()
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_key_in_a_file(sqlite_store: Store, tmp_path: Path) -> None:
    seed(sqlite_store)
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="utf-8")
    by_file = AlertSettings(link_secret_file=tmp_path / "key")
    with TestClient(create_app(sqlite_store, WebSettings(), by_file), base_url="http://localhost") as client:
        assert client.get(link()).status_code == 200
    other = AlertSettings(link_secret=SecretStr("another"))
    with TestClient(create_app(sqlite_store, WebSettings(), other), base_url="http://localhost") as client:
        assert client.get(link()).status_code == 403
