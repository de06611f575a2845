"""Settings of the theme steps: how documents join themes and how new themes are found."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from nlp.themes.namers.config import NamerSettings


class WatchWeights(BaseModel):
    """A logistic regression: what speaks for a watch theme, in natural log-odds. Refitted by ``scripts/bench/watch.py``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intercept: float = Field(-7.5, description="log-odds of a document without any sign")
    similarity: float = Field(1.2, description="for each standard deviation of similarity, as spread among everyday subjects")
    lead_term: float = Field(4.2, description="for a term in the title or the first sentence")
    terms: float = Field(2.2, description="for each doubling of the number of different terms, plus one")
    lead_hint: float = Field(2.1, description="for a hint in the title or the first sentence")
    hints: float = Field(2.0, description="for each doubling of the number of different hints, plus one")
    code: float = Field(0.9, gt=0, lt=1, description="probability, at least, of a patent with a code that means the theme")
    broad_code: float = Field(3.5, description="for a patent code that holds more than the theme")


class ThemeSettings(BaseModel):
    """Watch themes, discovery and assignment. Similarities are those of ``nlp.themes.space``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    watch_file: Path | None = Field(
        None, description="themes.toml with the watch themes; None takes the list shipped with the program"
    )
    watch_probability: float = Field(
        0.35, gt=0, lt=1, description="probability from which a document joins a watch theme: higher finds less and errs less"
    )
    watch_weights: WatchWeights = Field(
        default_factory=WatchWeights, description="what each sign of belonging to a watch theme is worth"
    )
    discover: bool = Field(True, description="look for themes nobody declared")
    clusterer: Literal["average", "evoc", "umap"] = Field(
        "average",
        description="how stories are grouped: average linkage on meaning and words; EVoC or UMAP + HDBSCAN on meaning alone",
    )
    family_similarity: float = Field(
        0.25,
        gt=-1,
        lt=1,
        description="mean similarity from which themes are one family, where 0 is what any two themes have in common",
    )
    window_days: int = Field(28, ge=7, le=366, description="discovery looks at the open stories of this many days")
    window_stories: int = Field(
        8000,
        ge=100,
        le=20_000,
        description="at most this many stories, the latest ones; memory grows with the square: 130 MB for 8000",
    )
    min_stories: int = Field(4, ge=3, le=1000, description="stories a new theme needs")
    min_sources: int = Field(2, ge=1, le=100, description="sources a new theme needs")
    cluster_similarity: float = Field(
        0.32, gt=0, lt=1, description="mean similarity between two groups of stories from which they are one group"
    )
    found_similarity: float = Field(
        0.36,
        gt=0,
        lt=1,
        description="mean similarity to the others a new theme's first stories need; above join_similarity, for groups are picked"
        " because they look dense, and what joins later does not",
    )
    join_similarity: float = Field(
        0.32, gt=0, lt=1, description="mean similarity to a theme's first stories from which a story joins it"
    )
    probation_days: int = Field(
        56, ge=0, le=366, description="a source first seen less than so many days ago joins themes, but gives birth to none"
    )
    history_days: int = Field(400, ge=28, le=4000, description="a new theme is looked for this far back in the past")
    retire_after_days: int = Field(
        84, ge=14, le=4000, description="a discovered theme without a new story for so long is retired"
    )
    refit_days: int = Field(
        56, ge=14, le=366, description="once a week the themes' stories of so many days are grouped anew, for merges and splits"
    )
    half_life_days: float = Field(
        30, gt=0, le=4000, description="age at which a story weighs half in the recent part of its theme's centre"
    )
    drift: float = Field(
        0.2, ge=0, le=1, description="weight of the recent stories in a theme's centre; the founders keep the rest: 0 never moves"
    )
    family_themes: int = Field(3, ge=2, le=1000, description="living themes that make a family, a broad theme above them")
    family_weeks: int = Field(
        4, ge=1, le=52, description="families are looked for every so many weeks: looked for every week, they came and went"
    )
    split_stories: int = Field(8, ge=3, le=1000, description="stories of the last weeks a part needs to leave its theme")
    batch: int = Field(2000, ge=1, le=100_000, description="documents placed in one transaction")
    namer: NamerSettings = Field(default_factory=NamerSettings, description="who names the themes that are found")
