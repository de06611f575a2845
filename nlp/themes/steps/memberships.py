"""Who belongs to a theme: rows of assignment for the three ways in, shared by the theme steps.

A copy always belongs where its story's first document does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sqlalchemy.engine import Connection

from nlp.embedders.base import Embedder
from nlp.themes.config import ThemeSettings
from nlp.themes.watch import Joined
from storage import themes
from storage.model import Assignment, ModelRun, Origin, Theme
from storage.themes import EmbeddedStory


def model_run(step: str, now: dt.datetime, parameters: dict[str, object], *, key: str | None = None) -> ModelRun:
    return ModelRun(id=f"{step}@{key or now.isoformat()}", step=step, model="nlp.themes/1", ran_at=now, parameters=parameters)


def watch_assignments(batch: Sequence[EmbeddedStory], joined: Sequence[list[Joined]], run_id: str) -> list[Assignment]:
    return [
        Assignment(
            document_id=story.document_id,
            theme_id=one.theme_id,
            probability=one.probability,
            model_run_id=run_id,
            reason=one.reason,
        )
        for story, found in zip(batch, joined, strict=True)
        for one in found
    ]


def discovered(document_id: str, theme_id: str, near: float, settings: ThemeSettings, run_id: str) -> Assignment:
    return Assignment(
        document_id=document_id,
        theme_id=theme_id,
        probability=round(min(0.99, 0.5 + 2 * (near - settings.join_similarity)), 3),
        model_run_id=run_id,
        reason=f"similarité/similarity: {near:.2f}",
    )


def as_their_story(
    batch: Sequence[EmbeddedStory], rows: Sequence[Assignment], known: Sequence[Assignment] = ()
) -> list[Assignment]:
    """Copies join what their story's first document joined, in ``rows`` or before (``known``), whatever their own words."""
    copies = {story.document_id: story.story_id for story in batch if story.story_id != story.document_id}
    kept = [row for row in rows if row.document_id not in copies]
    of_story: dict[str, list[Assignment]] = {}
    for row in [*known, *kept]:
        of_story.setdefault(row.document_id, []).append(row)
    return kept + [_copied(row, copy) for copy, first in copies.items() for row in of_story.get(first, ())]


def with_copies(conn: Connection, rows: Sequence[Assignment]) -> list[Assignment]:
    copies = themes.copies_of(conn, [row.document_id for row in rows])
    return list(rows) + [_copied(row, copy) for row in rows for copy in copies.get(row.document_id, ())]


def _copied(row: Assignment, document_id: str) -> Assignment:
    return replace(row, document_id=document_id, reason=f"copie/copy: {row.document_id}")


def is_found_by(embedder: Embedder, theme: Theme) -> bool:
    """Themes of another embedder stand still: their vectors are never compared with this one's."""
    return theme.origin == Origin.DISCOVERED and theme.embedder == embedder.id and theme.centroid is not None


def centres_of(known: Sequence[Theme]) -> np.ndarray:
    if not known:
        return np.zeros((0, 0), dtype=np.float32)
    return np.stack([np.frombuffer(theme.centroid or b"", dtype="<f4") for theme in known])


def founders_of(theme: Theme) -> np.ndarray:
    """The mean row of the stories a theme was founded by; it never moves, unless the theme splits."""
    return np.frombuffer(theme.founders or theme.centroid or b"", dtype="<f4")


def families_of(known: Sequence[Theme]) -> dict[str, str]:
    """The living broad theme above each narrow one that has one."""
    broad = {theme.id for theme in known if theme.level and not theme.retired_on}
    return {theme.id: theme.parent_id for theme in known if theme.parent_id in broad}
