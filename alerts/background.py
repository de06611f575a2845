"""Reads what a message says beside the case itself: the theme's label, the evidence documents and the names of their sources."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.engine import Connection

from alerts.compose import MAX_LINKS, Background
from storage import documents, sources, themes
from storage.model import Alert


def background_of(conn: Connection, cases: Sequence[Alert]) -> Background:
    """The background of these cases; themes retired since are read too."""
    wanted = {case.theme_id for case in cases}
    keys = [str(key) for case in cases for key in _documents(case)]
    return Background(
        themes={theme.id: theme for theme in themes.all_themes(conn, retired=True) if theme.id in wanted} if wanted else {},
        documents={document.id: document for document in documents.by_ids(conn, list(dict.fromkeys(keys)))},
        sources={source.id: source.name for source in sources.all_sources(conn)} if wanted else {},
    )


def _documents(case: Alert) -> list[object]:
    listed = case.evidence.get("documents")
    return list(listed)[:MAX_LINKS] if isinstance(listed, list | tuple) else []
