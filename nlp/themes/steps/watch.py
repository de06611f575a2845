"""The ``watch`` step: the themes in the database follow the watch list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.engine import Connection

from nlp.config import NlpSettings
from nlp.embedders.base import load_embedder
from nlp.themes.steps.memberships import as_their_story, model_run, watch_assignments
from nlp.themes.watch import WatchModel, WatchTheme, decision_digest, watch_list
from storage import leases, themes
from storage.model import Origin, Theme
from storage.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What a run of ``watch`` did: themes declared, changed since the last run, retired because no longer declared."""

    themes: int = 0
    changed: int = 0
    retired: int = 0
    assigned: int = 0


def watch(store: Store, now: dt.datetime, settings: NlpSettings) -> WatchReport:
    """Brings the watch themes in the database in line with the watch list.

    A new or changed theme is looked for in every document placed so far, and so are all themes when the settings of the decision
    change; one no longer declared is retired. Raises ConfigError.
    """
    declared = watch_list(settings.themes.watch_file)
    decided_by = decision_digest(settings.themes)
    wanted = {theme.id: f"{theme.digest()} {decided_by}" for theme in declared}
    with store.reading() as conn:
        known = {theme.id: theme for theme in themes.all_themes(conn, retired=True) if theme.origin == Origin.WATCH}
        digests = {theme.id: leases.cursor(conn, f"watch {theme.id}") for theme in declared}
    changed = [theme for theme in declared if digests[theme.id] != wanted[theme.id] or known[theme.id].retired_on]
    gone = [theme for theme in known.values() if not theme.retired_on and theme.id not in {t.id for t in declared}]
    assigned = 0
    if changed or gone:
        run = model_run("watch", now, {"themes": [theme.id for theme in changed]})
        with store.transaction() as conn:
            themes.add_run(conn, run)
            themes.save(conn, [_watch_theme(theme, known.get(theme.id), now.date()) for theme in changed])
            themes.retire(conn, [theme.id for theme in gone], now.date())
            assigned = _rejudge(conn, changed, settings, run.id)
            for theme in changed:
                leases.set_cursor(conn, f"watch {theme.id}", wanted[theme.id])
    log.info("watch themes checked", themes=len(declared), changed=len(changed), retired=len(gone), assigned=assigned)
    return WatchReport(len(declared), len(changed), len(gone), assigned)


def _watch_theme(declared: WatchTheme, known: Theme | None, today: dt.date) -> Theme:
    return Theme(
        id=declared.id,
        origin=Origin.WATCH,
        label_fr=declared.label_fr,
        label_en=declared.label_en,
        description_fr=declared.description_fr,
        description_en=declared.description_en,
        terms_fr=declared.terms_fr,
        terms_en=declared.terms_en,
        codes=declared.codes,
        born_on=known.born_on if known else today,
    )


def _rejudge(conn: Connection, changed: Sequence[WatchTheme], settings: NlpSettings, run_id: str) -> int:
    themes.unassign(conn, [theme.id for theme in changed])
    embedder = load_embedder(settings.embedder)
    placed = themes.placed(conn, embedder.id)
    if not placed:
        return 0
    model = WatchModel(changed, settings.themes).fit(embedder)
    rows = as_their_story(placed, watch_assignments(placed, model.join(placed), run_id))
    themes.assign(conn, rows)
    return len(rows)
