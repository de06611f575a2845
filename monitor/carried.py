"""Which stories carried a theme in the days up to a day, read only when a case asks for them."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.dockets import FALL_DAYS
from storage.tables import documents, stories, story_themes


class Carried:
    """The counted stories known at ``now``, by theme. Called with a theme, a day up to ``today``, and how many days up to it."""

    def __init__(self, conn: Connection, now: dt.datetime, today: dt.date) -> None:
        self._conn = conn
        self._now = now
        self._since = today - dt.timedelta(days=2 * FALL_DAYS)
        self._of: dict[str, list[tuple[dt.date, str]]] = {}

    def __call__(self, theme_id: str, day: dt.date, days: int) -> frozenset[str]:
        first = day - dt.timedelta(days=days - 1)
        return frozenset(story for on, story in self._stories(theme_id) if first <= on <= day)

    def _stories(self, theme_id: str) -> list[tuple[dt.date, str]]:
        # Most days nothing wants to open, and then no theme is asked for.
        if theme_id not in self._of:
            joined = story_themes.join(stories, stories.c.id == story_themes.c.story_id)
            query = (
                sa.select(stories.c.day, stories.c.id)
                .select_from(joined.join(documents, documents.c.id == stories.c.document_id))
                .where(
                    story_themes.c.theme_id == theme_id,
                    stories.c.day >= self._since,
                    stories.c.day < self._now.date(),
                    documents.c.collected_at < self._now,
                )
            )
            self._of[theme_id] = [(row.day, row.id) for row in self._conn.execute(query)]
        return self._of[theme_id]
