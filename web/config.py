"""Where the web server listens and who may talk to it.

Loopback needs nothing. Any other address needs a token, so that a database is never published by an oversight.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from storage.errors import ConfigError

ENVIRONMENT_PREFIX = "ZOOM_AVANT_WEB_"
MIN_TOKEN_LENGTH = 16


class WebSettings(BaseModel):
    """The ``[web]`` section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on. Anything but loopback needs token_file.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 lets the system choose.")
    public_url: str | None = Field(
        None, description="Address under which readers reach the pages, for links in messages, such as https://zoom.example.org."
    )
    token_file: Path | None = Field(
        None,
        description=(
            "File holding the access token (16 characters or more). With it, every page asks for the token:"
            " as a bearer token, or as the password in a browser."
        ),
    )
    trusted_hosts: tuple[str, ...] = Field(
        (), description="Host names accepted in requests, besides loopback, host and the one of public_url."
    )
    page_size: int = Field(50, ge=5, le=500, description="Themes on one page of the table.")

    @field_validator("trusted_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return (
            json.loads(value) if value.lstrip().startswith("[") else [part.strip() for part in value.split(",") if part.strip()]
        )

    @field_validator("public_url")
    @classmethod
    def _is_web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("write it in full, such as https://zoom.example.org")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _guarded_when_reachable(self) -> Self:
        if self.token_file is None and not is_loopback(self.host):
            raise ValueError(
                f"listening on '{self.host}' would show the database to the network without a password:"
                ' set token_file, or host = "127.0.0.1"'
            )
        return self

    def allowed_hosts(self) -> frozenset[str]:
        """Host names a request may be addressed to, lower case, without port."""
        names = {"localhost", "127.0.0.1", "::1", *self.trusted_hosts}
        if self.host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            names.add(self.host)
        if self.public_url is not None:
            names.add(urlsplit(self.public_url).hostname or "")
        return frozenset(name.strip("[]").lower() for name in names if name)

    def token(self) -> SecretStr | None:
        """The access token, None when none is asked. Raises ConfigError when the file cannot be used."""
        if self.token_file is None:
            return None
        try:
            token = self.token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"web.token_file {self.token_file}: cannot be read ({type(exc).__name__})") from exc
        if len(token) < MIN_TOKEN_LENGTH:
            raise ConfigError(f"web.token_file {self.token_file}: the token has fewer than {MIN_TOKEN_LENGTH} characters")
        return SecretStr(token)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach ``host``."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def from_environment(environ: Mapping[str, str]) -> WebSettings:
    """Settings from ``ZOOM_AVANT_WEB_HOST``, ``ZOOM_AVANT_WEB_PORT`` … Raises ConfigError naming the variable."""
    values = {
        name: environ[key]
        for name in WebSettings.model_fields
        for key in (f"{ENVIRONMENT_PREFIX}{name.upper()}", f"{ENVIRONMENT_PREFIX}_{name.upper()}")
        if environ.get(key)
    }
    try:
        return WebSettings.model_validate(values)
    except (ValidationError, json.JSONDecodeError) as exc:
        raise ConfigError(f"web settings from the environment: {_reasons(exc)}") from exc


def _reasons(exc: ValidationError | json.JSONDecodeError) -> str:
    if isinstance(exc, json.JSONDecodeError):
        return "ZOOM_AVANT_WEB_TRUSTED_HOSTS is not a JSON list"
    return "; ".join(": ".join([*(str(part) for part in error["loc"]), error["msg"]]) for error in exc.errors())
