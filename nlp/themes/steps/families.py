"""Broad themes: families of narrow ones that speak of one field. A part of ``refit``, in its transaction.

A family is a theme with an id and a life of its own. It holds every story of its narrow themes; one that leaves takes none away.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
from sqlalchemy.engine import Connection

from nlp.embedders.base import Embedder
from nlp.themes import lineage, space
from nlp.themes.cluster import broader
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import Corpus
from nlp.themes.namers.base import Namer
from nlp.themes.steps.births import name_of, new_theme
from nlp.themes.steps.memberships import centres_of, is_found_by
from storage import themes
from storage.model import ModelRun, Theme, ThemeEvent

_FOUNDERS = 24


def keep_families(
    conn: Connection,
    corpus: Corpus,
    weights: np.ndarray,
    settings: ThemeSettings,
    namer: Namer,
    embedder: Embedder,
    run: ModelRun,
    monday: dt.date,
) -> int:
    """Groups the living narrow themes into families every few Mondays, and writes what changed. Returns how many there are."""
    found = [theme for theme in themes.all_themes(conn) if is_found_by(embedder, theme)]
    narrow, broad = [t for t in found if t.level == 0], [t for t in found if t.level == 1]
    if not narrow or (broad and monday.toordinal() // 7 % settings.family_weeks):
        return len(broad)
    stories = _stories_by_theme(conn, corpus, narrow)
    centres, sizes = centres_of(narrow), np.array([len(stories[theme.id]) for theme in narrow])
    now = _large_enough(broader(centres, sizes, settings.family_similarity), settings.family_themes)
    after = lineage.grouping(centres, now)
    members = [[narrow[i] for i in np.flatnonzero(now == j)] for j in range(len(after.centres))]
    before = [{theme.id for theme in narrow if theme.parent_id == family.id} for family in broad]
    known = {new: old for old, new in lineage.most_alike(before, [{theme.id for theme in group} for group in members]).items()}
    kept = []
    for j, group in enumerate(members):
        if j in known:
            theme = replace(broad[known[j]], centroid=after.centres[j].astype("<f4").tobytes())
        else:
            inside = np.array([i for member in group for i in stories[member.id]], dtype=np.int64)
            near = space.similarity(corpus.rows(inside, weights), after.centres[j][None])[:, 0]
            founders = [corpus.stories[i] for i in inside[np.argsort(-near, kind="stable")[:_FOUNDERS]]]
            theme = new_theme(founders, after.centres[j], name_of(founders, weights, namer), embedder, monday, monday, level=1)
        kept.append(theme)
    births = [
        ThemeEvent(theme_id=kept[j].id, event="born", on=monday, detail={"themes": [member.id for member in group]})
        for j, group in enumerate(members)
        if j not in known
    ]
    orphans = [
        theme for theme, j in zip(narrow, now, strict=True) if j < 0 and theme.parent_id in {family.id for family in broad}
    ]
    themes.save(conn, kept)
    themes.add_events(conn, births)
    themes.save(
        conn, [replace(member, parent_id=theme.id) for theme, group in zip(kept, members, strict=True) for member in group]
    )
    themes.save(conn, [replace(theme, parent_id=None) for theme in orphans])
    for theme, group in zip(kept, members, strict=True):
        themes.hold(conn, theme.id, [member.id for member in group], run.id)
    themes.retire(conn, sorted({family.id for family in broad} - {theme.id for theme in kept}), monday)
    themes.adopt(conn, [theme.id for theme in [*kept, *orphans]])
    return len(kept)


def _stories_by_theme(conn: Connection, corpus: Corpus, narrow: list[Theme]) -> dict[str, list[int]]:
    of_document = themes.in_discovered(conn)
    found: dict[str, list[int]] = {theme.id: [] for theme in narrow}
    for i, story in enumerate(corpus.stories):
        theme = of_document.get(story.document_id)
        if theme in found:
            found[theme].append(i)
    return found


def _large_enough(families: np.ndarray, at_least: int) -> np.ndarray:
    """Labels of families of ``at_least`` themes, numbered without holes."""
    sizes = np.bincount(families[families >= 0])
    names = {int(label): i for i, label in enumerate(np.flatnonzero(sizes >= at_least))}
    return np.array([names.get(int(label), -1) for label in families], dtype=np.int64)
