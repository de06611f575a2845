"""Where the server may listen, and for whom."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from storage.errors import ConfigError
from web.config import WebSettings, from_environment, is_loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "zoom.example.org", ""])
def test_a_reachable_address_needs_a_token(host: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="token_file"):
        WebSettings(host=host)
    assert WebSettings(host=host, token_file=tmp_path / "token").host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_loopback_needs_none(host: str) -> None:
    assert is_loopback(host)
    assert WebSettings(host=host).token() is None


def test_a_token_is_read_from_its_file_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token-of-some-length\n", encoding="utf-8")
    settings = WebSettings(token_file=tmp_path / "token")
    token = settings.token()
    assert token is not None
    assert token.get_secret_value() == "a-token-of-some-length"
    assert "a-token" not in repr(token) + repr(settings)


@pytest.mark.parametrize("content", [b"short", b"", b"\xff\xfe\x00 not text at all"])
def test_an_unusable_token_file_is_a_clear_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(ConfigError, match="token_file") as caught:
        WebSettings(token_file=tmp_path / "token").token()
    assert "short" not in str(caught.value)


def test_a_missing_token_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        WebSettings(token_file=tmp_path / "nowhere").token()


def test_settings_come_from_the_environment() -> None:
    settings = from_environment(
        {
            "ZOOM_AVANT_WEB_PORT": "9001",
            "ZOOM_AVANT_WEB_TRUSTED_HOSTS": "zoom.example.org, autre.example",
            "ZOOM_AVANT_WEB__PUBLIC_URL": "https://public.example/",
            "ZOOM_AVANT_DATABASE_URL": "sqlite://",
        }
    )
    assert settings.port == 9001
    assert settings.public_url == "https://public.example"
    assert {"zoom.example.org", "autre.example", "public.example", "127.0.0.1"} <= settings.allowed_hosts()


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("HOST", "0.0.0.0"), ("PUBLIC_URL", "javascript:x"), ("TRUSTED_HOSTS", "[oops")]
)
def test_a_wrong_variable_is_a_config_error(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match="web settings"):
        from_environment({f"ZOOM_AVANT_WEB_{name}": value})
