"""Counts everything afresh, in plain Python: what the incremental counting must come to."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from typing import Any

import sqlalchemy as sa

from monitor.counting import COPIES_WITHIN_DAYS
from storage import tables as t
from storage.source_keys import source_key
from storage.store import Store

Tables = dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]
"""By table, keys to numbers."""

KEYS = {"stories": 1, "story_themes": 2, "story_domains": 2, "observations": 3, "observation_sources": 4, "coverage": 3}


def counted(store: Store) -> Tables:
    """What the database holds."""
    with store.reading() as conn:
        return {
            name: {tuple(row[:width]): tuple(row[width:]) for row in conn.execute(sa.select(t.metadata.tables[name]))}
            for name, width in KEYS.items()
        }


def counted_afresh(store: Store, now: dt.datetime) -> Tables:
    """What it must hold after a count at ``now``."""
    out: Tables = {name: {} for name in KEYS}
    with store.reading() as conn:
        split = dict(conn.execute(sa.select(t.sources.c.id, t.sources.c.split_by_actor)).all())
        story_of = dict(conn.execute(sa.select(t.enrichments.c.document_id, t.enrichments.c.story_id)).all())
        told = defaultdict(list)
        for document in conn.execute(sa.select(t.documents)):
            if (
                document.id in story_of
                and document.counted_on
                and document.counted_on < now.date()
                and document.collected_at < now
            ):
                told[story_of[document.id]].append(document)
        assigned, facts = defaultdict(list), defaultdict(list)
        for row in conn.execute(sa.select(t.assignments)):
            assigned[row.document_id].append(row)
        for row in conn.execute(sa.select(t.facts)):
            facts[row.document_id].append(row)
    observed: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
    by_source: Counter[tuple[Any, ...]] = Counter()
    covered: Counter[tuple[Any, ...]] = Counter()
    for story, found in told.items():
        found.sort(key=lambda d: (d.counted_on, d.collected_at, d.id))
        first = found[0]
        actor = first.actor or first.id
        is_split = split[first.source_id]
        key = source_key(first.source_id, actor) if is_split else first.source_id
        voice = actor.strip().casefold() if is_split else first.source_id
        sums = [f for d in found for f in facts[d.id] if f.kind == "amount" and f.role == "stated" and f.eur and f.eur > 0]
        of_records = [f for f in sums if f.start < 0]
        eur = max((f.eur for f in of_records or sums), default=None)
        copies = sum((d.counted_on - first.counted_on).days <= COPIES_WITHIN_DAYS for d in found)
        out["stories"][(story,)] = (first.id, first.kind, first.counted_on, key, voice, copies, eur)
        themes: dict[str, float] = {}
        for row in (row for d in found for row in assigned[d.id]):
            themes[row.theme_id] = max(row.probability, themes.get(row.theme_id, 0))
        for theme, probability in themes.items():
            out["story_themes"][story, theme] = (probability,)
            observed[theme, first.kind, first.counted_on].append((voice, copies, eur))
            by_source[theme, first.kind, first.counted_on, key] += 1
        for domain in {f.value for d in found for f in facts[d.id] if f.kind == "domain"}:
            out["story_domains"][story, domain] = ()
        covered[key, first.kind, first.counted_on] += 1
    for cell, rows in observed.items():
        euros = [eur for _, _, eur in rows if eur is not None]
        week = cell[2] - dt.timedelta(days=cell[2].weekday())
        numbers = (len(rows), len({voice for voice, *_ in rows}), sum(n for _, n, _ in rows), sum(euros) if euros else None)
        out["observations"][cell] = (week, *numbers)
    out["observation_sources"] = {cell: (n,) for cell, n in by_source.items()}
    out["coverage"] = {cell: (n,) for cell, n in covered.items()}
    return out
