"""A theme that was not there before: its id, its names, and its founders, the stories it was found by."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

import numpy as np

from nlp.config import NlpSettings
from nlp.embedders.base import Embedder
from nlp.themes.labels import Label, label
from storage.model import Origin, Theme
from storage.themes import EmbeddedStory


def new_theme(
    founders: Sequence[EmbeddedStory],
    centre: np.ndarray,
    weights: np.ndarray,
    settings: NlpSettings,
    embedder: Embedder,
    today: dt.date,
    on: dt.date,
    *,
    level: int = 0,
) -> Theme:
    """A theme born on the day ``on`` of ``founders``, whose rows of ``nlp.themes.space`` have the mean ``centre``.

    The same founders seen up to the same day, ``today`` excluded, are the same theme, in every process.
    """
    name = name_of(founders, weights, settings)
    seeds = "\n".join(sorted(story.document_id for story in founders))
    row = centre.astype("<f4").tobytes()
    return Theme(
        id="t" + hashlib.blake2b(f"{level or ''}{today}\n{seeds}".encode(), digest_size=6).hexdigest(),
        origin=Origin.DISCOVERED,
        label_fr=name.fr,
        label_en=name.en,
        terms_fr=name.terms_fr,
        terms_en=name.terms_en,
        born_on=on,
        embedder=embedder.id,
        centroid=row,
        founders=row,
        radius=settings.themes.join_similarity,
        level=level,
    )


def name_of(stories: Sequence[EmbeddedStory], weights: np.ndarray, settings: NlpSettings) -> Label:
    """What a theme of these stories would be called, the most telling first."""
    titles: dict[str, list[str]] = {}
    texts: dict[str, list[str]] = {}
    for story in stories:
        titles.setdefault(story.language, []).append(story.title)
        texts.setdefault(story.language, []).append(f"{story.title}\n{story.text}")
    return label(titles, weights, settings.spacy_models, texts)
