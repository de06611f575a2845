"""Settings of the theme steps."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class ThemeSettings(BaseModel):
    """How documents join themes and how new themes are found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    watch_file: Path | None = Field(None, description="themes.toml with the watch themes; None takes the list shipped with the program")
