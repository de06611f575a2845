"""Settings of the names given to discovered themes: read from their titles, or asked of a language model."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nlp.endpoint.config import EndpointSettings


class ChatSettings(EndpointSettings):
    """An endpoint that speaks OpenAI's chat API. Titles of the documents are sent there, and nothing else of them."""

    timeout_s: float = Field(30.0, gt=0, le=600, description="seconds one request may take, from connecting to the last byte")
    attempts: int = Field(2, ge=1, le=20, description="attempts at one request, when the endpoint is busy or fails")
    patience_s: float = Field(
        10.0, ge=0, le=3600, description="longest wait between two attempts; beyond it, phrases name the theme"
    )
    titles: int = Field(12, ge=1, le=100, description="titles sent for one theme, at most")
    temperature: float | None = Field(0.0, ge=0, le=2, description="sent when set; leave it out for models that refuse it")
    json_mode: bool = Field(
        True, description="ask for a JSON object with response_format; false for endpoints that do not know it"
    )


class NamerSettings(BaseModel):
    """Who names a discovered theme. A name pinned by a person stays in any case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["phrases", "openai"] = Field(
        "phrases", description="phrases: the phrases its titles share; openai: a language model of yours, phrases when it fails"
    )
    openai: ChatSettings | None = Field(None, description="the endpoint, when kind is openai")

    @model_validator(mode="after")
    def _has_its_endpoint(self) -> NamerSettings:
        if self.kind == "openai" and self.openai is None:
            raise ValueError("kind 'openai' needs the section openai with base_url and model")
        return self
