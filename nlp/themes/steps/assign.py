"""The ``assign`` step: every new document joins its themes, or stays open. Its cost grows with new documents only."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import structlog

from nlp.config import NlpSettings
from nlp.embedders.base import load_embedder
from nlp.embedders.config import EmbedderSettings
from nlp.themes import space
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import read_lexicon, story_rows
from nlp.themes.recentre import recentre
from nlp.themes.steps import weeks
from nlp.themes.steps.memberships import (
    as_their_story,
    centres_of,
    discovered,
    families_of,
    is_found_by,
    model_run,
    watch_assignments,
)
from nlp.themes.watch import WatchModel, WatchTheme, watch_list
from storage import themes
from storage.errors import NotTrained
from storage.model import Assignment
from storage.store import Store
from storage.themes import EmbeddedStory

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AssignReport:
    """What a run of ``assign`` did. ``open`` documents joined no discovered theme."""

    documents: int = 0
    watch: int = 0
    discovered: int = 0
    open: int = 0


def assign(store: Store, now: dt.datetime, settings: NlpSettings) -> AssignReport:
    """Places the documents collected up to ``now``, or up to the last Monday when ``discover`` has yet to settle that week.

    Raises NotTrained when ``watch`` has not run since the watch list changed.
    """
    with store.reading() as conn:
        due = weeks.due(conn, now)
    return place(store, weeks.midnight(due[0]) if due else now + weeks.TICK, settings)


def place(store: Store, until: dt.datetime, settings: NlpSettings) -> AssignReport:
    """Decides for every enriched and embedded document collected before ``until`` and not placed yet which themes it joins."""
    embedder = load_embedder(settings.embedder)
    declared = tuple(watch_list(settings.themes.watch_file))
    totals: Counter[str] = Counter()
    with store.reading() as conn:
        if not themes.unplaced(conn, embedder.id, until, 1):
            return AssignReport()
        weights = read_lexicon(conn).weights()
        known, heirs = themes.all_themes(conn, retired=True), themes.heirs(conn)
        dissolved = weeks.dissolved(conn)
    if any(theme.embedder not in (None, embedder.id) for theme in known):
        with store.transaction() as conn:
            recentre(conn, embedder.id, weights, settings.themes)
            known = themes.all_themes(conn, retired=True)
    living = {theme.id for theme in known if not theme.retired_on and theme.id not in dissolved}
    missing = sorted({theme.id for theme in declared} - living)
    if missing:
        raise NotTrained(f"the watch theme '{missing[0]}' is not in the database yet: run the step 'watch' first")
    # A merged theme goes on drawing what is near it, for the theme that took it in.
    drawing = [t for t in known if is_found_by(embedder, t) and t.level == 0 and heirs.get(t.id, t.id) in living]
    joining = [heirs.get(theme.id, theme.id) for theme in drawing]
    families = families_of(known)
    model = _fitted(declared, settings.themes, settings.embedder)
    centres = centres_of(drawing)
    run = model_run("assign", until, {"embedder": embedder.id})
    while True:
        with store.transaction() as conn:
            batch = themes.unplaced(conn, embedder.id, until, settings.themes.batch)
            if not batch:
                break
            rows = watch_assignments(batch, model.join(batch), run.id)
            totals["watch"] += len({row.document_id for row in rows})
            watched = {(row.document_id, row.theme_id) for row in rows}  # a watch theme may have taken a discovered one in
            near = _nearest(batch, joining, centres, weights, settings.themes, run.id)
            near = [row for row in near if (row.document_id, row.theme_id) not in watched]
            wide = [themes.held_by(row, families[row.theme_id], run.id) for row in near if row.theme_id in families]
            themes.add_run(conn, run)
            before = themes.assignments_of(
                conn, sorted({story.story_id for story in batch} - {story.document_id for story in batch})
            )
            themes.assign(conn, as_their_story(batch, rows + near + wide, before))
            themes.mark_placed(conn, [story.document_id for story in batch], run.id)
        totals["documents"] += len(batch)
        totals["discovered"] += len(near)
    report = AssignReport(totals["documents"], totals["watch"], totals["discovered"], totals["documents"] - totals["discovered"])
    log.info("documents assigned", documents=report.documents, watch=report.watch, discovered=report.discovered)
    return report


@lru_cache(maxsize=2)
def _fitted(declared: tuple[WatchTheme, ...], settings: ThemeSettings, embedder: EmbedderSettings) -> WatchModel:
    """The watch themes' model; fitting embeds their descriptions, so a process does it once for a list."""
    return WatchModel(declared, settings).fit(load_embedder(embedder))


def _nearest(
    batch: Sequence[EmbeddedStory],
    joining: Sequence[str],
    centres: np.ndarray,
    weights: np.ndarray,
    settings: ThemeSettings,
    run_id: str,
) -> list[Assignment]:
    if not joining:
        return []
    return [
        discovered(batch[i].document_id, joining[k], near, settings, run_id)
        for i, k, near in space.nearest(story_rows(batch, weights), centres, settings.join_similarity)
    ]
