"""Carries discovered themes over to another embedder: their stories stay theirs, what new stories are measured against moves.

Without it, a change of embedder leaves every theme where it was, and what comes next on its subject founds a second theme.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.engine import Connection

from nlp.themes import space
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import story_rows
from storage import themes
from storage.model import Origin, Theme
from storage.themes import EmbeddedStory


@dataclass(frozen=True, slots=True)
class RecentreReport:
    """``moved`` themes live on under the new embedder; ``left`` ones hold together under the old one only and stand still."""

    moved: int = 0
    left: int = 0


def recentre(conn: Connection, embedder: str, weights: np.ndarray, settings: ThemeSettings) -> RecentreReport:
    """Moves every discovered theme of another embedder to ``embedder``, whose vectors its stories must have by now.

    A theme whose stories have no such vector yet is left for the next time. Doing it twice changes nothing.
    """
    moved: list[Theme] = []
    left = 0
    for theme in themes.all_themes(conn, retired=True):
        if theme.origin != Origin.DISCOVERED or theme.embedder in (None, embedder):
            continue
        found = recentred(theme, themes.stories_of(conn, embedder, theme.id), embedder, weights, settings)
        if found is None:
            left += 1
        else:
            moved.append(found)
    themes.save(conn, moved)
    return RecentreReport(len(moved), left)


def recentred(
    theme: Theme, stories: Sequence[EmbeddedStory], embedder: str, weights: np.ndarray, settings: ThemeSettings
) -> Theme | None:
    """The theme with the mean row of its first stories under ``embedder``; None when too few of them hold together there.

    ``stories`` are the theme's, with vectors of ``embedder``. The first ones are those of the window it was found in, all when
    there are too few. As at a birth, a story near to too few of the others does not count.
    """
    first = [story for story in stories if _in_first_window(story, theme, settings)]
    chosen = first if len(first) >= settings.min_stories else list(stories)
    if len(chosen) < settings.min_stories:
        return None
    rows = story_rows(chosen, weights)
    core = rows[space.without_self(rows) >= settings.found_similarity]
    if len(core) < settings.min_stories:
        return None
    centre = core.mean(axis=0).astype("<f4").tobytes()
    return replace(theme, embedder=embedder, centroid=centre, founders=centre)


def _in_first_window(story: EmbeddedStory, theme: Theme, settings: ThemeSettings) -> bool:
    return theme.born_on - dt.timedelta(days=settings.window_days) <= story.counted_on <= theme.born_on
