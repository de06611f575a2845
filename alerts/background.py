"""Reads what a message says beside the case itself: theme, rule, evidence documents and the names of their sources."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.compose import MAX_LINKS
from alerts.figures import Background
from storage import documents, sources, themes
from storage.model import Alert, Rule
from storage.rows import from_rows
from storage.tables import rules


def background_of(conn: Connection, cases: Sequence[Alert]) -> Background:
    """The background of these cases; themes retired since are read too."""
    wanted = {case.theme_id for case in cases}
    keys = [str(key) for case in cases for key in _documents(case)]
    return Background(
        themes={theme.id: theme for theme in themes.all_themes(conn, retired=True) if theme.id in wanted} if wanted else {},
        documents={document.id: document for document in documents.by_ids(conn, list(dict.fromkeys(keys)))},
        sources={source.id: source.name for source in sources.all_sources(conn)} if wanted else {},
        rules=_rules(conn, {(case.rule_id, case.rule_version) for case in cases}),
    )


def _rules(conn: Connection, wanted: set[tuple[str, int]]) -> dict[tuple[str, int], Rule]:
    """The versions of the rules that spoke."""
    if not wanted:
        return {}
    query = sa.select(rules).where(rules.c.id.in_({key for key, _ in wanted}))
    return {(rule.id, rule.version): rule for rule in from_rows(Rule, conn.execute(query)) if (rule.id, rule.version) in wanted}


def _documents(case: Alert) -> list[object]:
    listed = case.evidence.get("documents")
    return list(listed)[:MAX_LINKS] if isinstance(listed, list | tuple) else []
