"""The stories the monitor counts, as frames: each once, at its first counted document, whatever the number of copies.

They are those ``monitor.counting`` counted last. Shared by the steps that pair and that explain; decides nothing.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage import tables as t
from storage.source_keys import source_of

STORY_COLUMNS = ["story", "document", "source", "source_key", "kind", "day", "documents"]


def stories(conn: Connection, now: dt.datetime, since: dt.date | None = None) -> pd.DataFrame:
    """One row a story, by story id: its first counted document with source, source_key, kind and day (ISO text); copies.

    Only stories of the days before that of ``now``; with ``since``, from that day on.
    """
    c = t.stories.c
    query = sa.select(
        c.id.label("story"),
        c.document_id.label("document"),
        c.source_key,
        c.kind,
        sa.cast(c.day, sa.Text).label("day"),
        c.documents,
        c.voice,
    ).where(*_counted(now, since))
    frame = _frame(conn, query.order_by(c.day, c.id))
    keys, voices = frame["source_key"], frame.pop("voice")
    frame["source"] = [key if key == voice else source_of(key) for key, voice in zip(keys, voices, strict=True)]
    return frame[STORY_COLUMNS].set_index("story")


def theme_stories(conn: Connection, now: dt.datetime, since: dt.date | None = None) -> pd.DataFrame:
    """Which counted stories belong to which themes: columns theme, story, probability. One document makes a story belong."""
    c = t.story_themes.c
    query = sa.select(c.theme_id.label("theme"), c.story_id.label("story"), c.probability)
    joined = query.join(t.stories, t.stories.c.id == c.story_id).where(*_counted(now, since))
    return _frame(conn, joined.order_by(c.theme_id, c.story_id))


def domain_stories(conn: Connection, now: dt.datetime, since: dt.date | None = None) -> pd.DataFrame:
    """Which counted stories speak of which application domains: columns domain, story."""
    c = t.story_domains.c
    query = sa.select(c.domain, c.story_id.label("story")).join(t.stories, t.stories.c.id == c.story_id)
    return _frame(conn, query.where(*_counted(now, since)).order_by(c.domain, c.story_id))


def _counted(now: dt.datetime, since: dt.date | None) -> list[sa.ColumnElement[bool]]:
    day = t.stories.c.day
    return [day < now.date(), *([day >= since] if since is not None else [])]


def _frame(conn: Connection, query: sa.Select[tuple[object, ...]]) -> pd.DataFrame:
    result = conn.execute(query)
    names = list(result.keys())
    rows = result.fetchall()
    # Plain objects: the frames live for one step, and text columns are only compared and grouped.
    return pd.DataFrame({name: pd.Series([row[i] for row in rows], dtype=object) for i, name in enumerate(names)})
