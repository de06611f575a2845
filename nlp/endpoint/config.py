"""Where an OpenAI-compatible endpoint is, its key, and how patient we are with it: what its users' settings share."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class EndpointSettings(BaseModel):
    """An endpoint that speaks OpenAI's API. What is asked leaves for it, so the way must be safe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(description="address of the API, up to and without the name of what is asked, such as /embeddings")
    model: str = Field(min_length=1, description="name of the model, as the endpoint knows it")
    api_key: SecretStr | None = Field(None, description="key of the endpoint, when it asks for one")
    api_key_file: Path | None = Field(None, description="file that holds the key, instead of api_key")
    insecure_http: bool = Field(False, description="allow http:// to another machine: key and texts travel in the clear")
    private_network: bool = Field(False, description="allow a name that leads to an address of one's own network")
    timeout_s: float = Field(60.0, gt=0, le=600, description="seconds one request may take, from connecting to the last byte")
    attempts: int = Field(5, ge=1, le=20, description="attempts at one request, when the endpoint is busy or fails")
    patience_s: float = Field(
        60.0, ge=0, le=3600, description="longest wait between two attempts; an endpoint that asks for more is given up"
    )

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("base_url must begin with https:// (or http:// on this machine) and name a host")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("base_url must hold no user, password, ? or #: the key belongs in api_key or api_key_file")
        if parts.scheme == "http" and not self.is_loopback and not self.insecure_http:
            raise ValueError("base_url is plain http to another machine: use https, or set insecure_http if the way is safe")
        if self.api_key is not None and self.api_key_file is not None:
            raise ValueError("set api_key or api_key_file, not both")
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether the endpoint runs on this machine."""
        host = urlsplit(self.base_url).hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False
