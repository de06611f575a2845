"""Technologies that meet application domains: each pair that does becomes a theme of its own.

A pair's stories are those of a watch theme that speak of a domain. Whether the meeting is news is for ``monitor.assess`` to say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection

from monitor.monitoring import MonitorSettings
from monitor.stories import domain_stories, stories, theme_stories
from storage import themes
from storage.model import Assignment, ModelRun, Origin, Theme, ThemeEvent
from storage.store import Store
from storage.tables import assignments, documents, enrichments

log = structlog.get_logger()

DOMAINS: dict[str, tuple[str, str]] = {
    "agri-food": ("agroalimentaire", "agri-food"),
    "retail": ("commerce", "retail"),
    "energy": ("énergie", "energy"),
    "automotive": ("automobile", "automotive"),
    "creative-industries": ("industries créatives", "creative industries"),
    "tourism": ("tourisme", "tourism"),
    "health": ("biotech et santé", "biotech and health"),
    "naval": ("naval", "naval"),
    "aerospace": ("aérospatial", "aerospace"),
    "education": ("éducation", "education"),
    "public-administration": ("secteur public", "public sector"),
    "environment": ("environnement", "environment"),
}

# A technology that is its own domain meets it by definition. Keys are words of theme ids.
_TRIVIAL: dict[str, frozenset[str]] = {
    "energy": frozenset({"energy", "environment"}),
    "batteries": frozenset({"energy"}),
    "space": frozenset({"aerospace"}),
    "mobility": frozenset({"automotive"}),
    "biotech": frozenset({"health"}),
    "health": frozenset({"health"}),
    "immersive": frozenset({"creative-industries"}),
    "metaverse": frozenset({"creative-industries"}),
}


@dataclass(frozen=True, slots=True)
class ConjunctionsReport:
    """Pairs found for the first time, and assignments added to old and new ones."""

    born: int
    assigned: int


def conjunctions(store: Store, now: dt.datetime, settings: MonitorSettings) -> ConjunctionsReport:
    """Creates the pairs that now have enough stories and assigns their documents. A second run adds nothing."""
    with store.transaction() as conn:
        meetings = _meetings(conn, now)
        living = {theme.id: theme for theme in themes.all_themes(conn, retired=True)}
        born = [
            theme
            for key, group in meetings.groupby(["theme", "domain"])
            if (theme := _pair(living, key, group, now.date(), settings)) is not None
        ]
        run_id = f"conjunctions@{now.isoformat()}"
        pairs = {(t.parent_id, t.partner): t.id for t in [*living.values(), *born] if t.origin is Origin.CONJUNCTION}
        fresh = _new_assignments(conn, meetings, pairs, run_id, now)
        if born or fresh:
            themes.save(conn, born)
            themes.add_events(conn, [ThemeEvent(theme_id=t.id, event="born", on=t.born_on) for t in born])
            counts = {"born": len(born), "assigned": len(fresh)}
            themes.add_run(conn, ModelRun(id=run_id, step="conjunctions", model="facts", ran_at=now, counts=counts))
            themes.assign(conn, fresh)
    log.info("conjunctions updated", born=len(born), assigned=len(fresh))
    return ConjunctionsReport(born=len(born), assigned=len(fresh))


def is_trivial(theme_id: str, domain: str) -> bool:
    """Whether the technology is the domain's own."""
    words = theme_id.replace("_", "-").split("-")
    return any(domain in _TRIVIAL.get(word, frozenset()) for word in words)


def _meetings(conn: Connection, now: dt.datetime) -> pd.DataFrame:
    """Columns theme, domain, story, probability, source: counted stories of watch themes that speak of a domain."""
    belonging = theme_stories(conn, now)
    watch = {theme.id for theme in themes.all_themes(conn) if theme.origin is Origin.WATCH}
    belonging = belonging[belonging["theme"].isin(watch)]
    spoken = domain_stories(conn, now)
    spoken = spoken[spoken["domain"].isin(list(DOMAINS))]
    met = belonging.merge(spoken, on="story").join(stories(conn, now)[["source"]], on="story", how="inner")
    keep = [not is_trivial(theme, domain) for theme, domain in zip(met["theme"], met["domain"], strict=True)]
    return met[np.array(keep, bool)]


def _pair(
    living: dict[str, Theme], key: Hashable, group: pd.DataFrame, today: dt.date, settings: MonitorSettings
) -> Theme | None:
    parent_id, domain = cast(tuple[str, str], key)
    theme_id = f"c-{parent_id}-{domain}"
    enough = len(group) >= settings.conjunction_stories and group["source"].nunique() >= settings.conjunction_sources
    if theme_id in living or not enough:
        return None
    parent, (name_fr, name_en) = living[parent_id], DOMAINS[domain]
    return Theme(
        id=theme_id,
        origin=Origin.CONJUNCTION,
        label_fr=f"{parent.label_fr} × {name_fr}",
        label_en=f"{parent.label_en} × {name_en}",
        born_on=today,
        parent_id=parent_id,
        partner=domain,
    )


def _new_assignments(
    conn: Connection, meetings: pd.DataFrame, pairs: dict[tuple[str | None, str | None], str], run_id: str, now: dt.datetime
) -> list[Assignment]:
    """Assignments of the pairs' documents that are not written yet."""
    known = {
        (row.document_id, row.theme_id)
        for row in conn.execute(
            sa.select(assignments.c.document_id, assignments.c.theme_id).where(assignments.c.theme_id.in_(list(pairs.values())))
        )
    }
    wanted: dict[tuple[str, str], list[str]] = {}
    for theme, domain, story in zip(meetings["theme"], meetings["domain"], meetings["story"], strict=True):
        if (theme, domain) in pairs:
            wanted.setdefault((theme, story), []).append(domain)
    parents = sorted({theme for theme, _ in wanted})
    query = (
        sa.select(assignments.c.document_id, assignments.c.theme_id, assignments.c.probability, enrichments.c.story_id)
        .join(enrichments, enrichments.c.document_id == assignments.c.document_id)
        .join(documents, documents.c.id == assignments.c.document_id)
        .where(assignments.c.theme_id.in_(parents), documents.c.collected_at < now)
        .order_by(assignments.c.document_id)
    )
    fresh = []
    for row in conn.execute(query):
        for domain in wanted.get((row.theme_id, row.story_id), ()):
            pair = pairs[(row.theme_id, domain)]
            if (row.document_id, pair) not in known:
                fresh.append(
                    Assignment(
                        document_id=row.document_id,
                        theme_id=pair,
                        probability=row.probability,
                        model_run_id=run_id,
                        reason=f"{row.theme_id} + {domain}",
                    )
                )
    return fresh
