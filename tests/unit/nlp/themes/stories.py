"""Stories and their places in the space, for tests of the theme steps' pure parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from nlp.themes import space
from storage.themes import EmbeddedStory

DIMENSION = 32
EVEN = np.ones(space.BUCKETS, dtype=np.float32)


def axis(number: int, lean: float = 1.0, towards: int = DIMENSION - 1) -> np.ndarray:
    """A unit vector whose cosine with axis ``number`` is ``lean``."""
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[number] = lean
    vector[towards] += (1 - lean**2) ** 0.5
    return vector


def a_story(key: str = "d1", title: str = "Un titre", text: str = "", **kw: Any) -> EmbeddedStory:
    values = {
        "document_id": key,
        "story_id": key,
        "kind": "news",
        "source_id": "gazette",
        "language": "fr",
        "counted_on": dt.date(2026, 3, 2),
        "title": title,
        "text": text,
        "vector": axis(0),
        "codes": (),
    }
    return EmbeddedStory(**values | kw)


def rows_of(meaning: Sequence[np.ndarray], texts: Sequence[str] | None = None, languages: str = "fr") -> np.ndarray:
    """Rows of the space; without ``texts`` meaning speaks alone, and their similarity is .7 times the cosine."""
    counts = space.count_words(list(texts) if texts else [""] * len(meaning))
    named = [languages] * len(meaning)
    return space.rows(np.stack(meaning), counts, np.array([space.language_block(name) for name in named]), EVEN)
