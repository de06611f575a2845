"""The plug-in point: something that names a theme from what its stories say. No namer stops a step: at worst it says less."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np

from nlp.themes.labels import Label, label
from nlp.themes.namers.config import NamerSettings


class Namer(Protocol):
    """Names themes. Never fails on any text: titles are other people's and may hold anything."""

    def name(
        self, titles: Mapping[str, Sequence[str]], weights: np.ndarray, texts: Mapping[str, Sequence[str]] | None = None
    ) -> Label:
        """A theme's label from its ``titles`` by language, nearest to its centre first; see ``nlp.themes.labels.label``."""


class PhraseNamer:
    """The phrases that the titles share. The same titles always give the same names."""

    def __init__(self, models: Mapping[str, str], sources: Collection[str] = ()) -> None:
        self.models = models
        self.sources = sources

    def name(
        self, titles: Mapping[str, Sequence[str]], weights: np.ndarray, texts: Mapping[str, Sequence[str]] | None = None
    ) -> Label:
        """See ``Namer``. Raises ConfigError when a spaCy model is not installed."""
        return label(titles, weights, self.models, texts, sources=self.sources)


def load_namer(settings: NamerSettings, models: Mapping[str, str], sources: Collection[str] = ()) -> Namer:
    """The configured namer. ``models`` are ``NlpSettings.spacy_models``, ``sources`` the publishers' names."""
    phrases = PhraseNamer(models, sources)
    if settings.kind == "phrases" or settings.openai is None:
        return phrases
    from nlp.themes.namers.openai import OpenAiNamer

    return OpenAiNamer(settings.openai, phrases, sources)
