"""The ``discover`` step: new themes among the open stories of the last weeks, provisional until the next Monday.

On a Monday the week is settled: its documents placed, its themes born for good, old ones followed, merged and split.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import structlog
from sqlalchemy.engine import Connection

from nlp.config import NlpSettings
from nlp.embedders.base import load_embedder
from nlp.themes import lineage
from nlp.themes.corpus import LEXICON, Corpus, corpus_of, read_lexicon
from nlp.themes.namers.base import PhraseNamer, load_namer
from nlp.themes.steps import weeks
from nlp.themes.steps.assign import place
from nlp.themes.steps.births import Birth, find_births
from nlp.themes.steps.memberships import discovered, families_of, is_found_by, model_run, with_copies
from nlp.themes.steps.quality import keep_quality
from nlp.themes.steps.refit import refit
from storage import leases, sources, themes
from storage.model import ModelRun, Theme, ThemeEvent
from storage.store import Store

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DiscoverReport:
    """What a run of ``discover`` did; ``open`` stories were looked at last. ``settled`` is a number of weeks."""

    open: int = 0
    born: int = 0
    revived: int = 0
    retired: int = 0
    assigned: int = 0
    settled: int = 0
    split: int = 0
    merged: int = 0
    families: int = 0


def discover(store: Store, now: dt.datetime, settings: NlpSettings) -> DiscoverReport:
    """Settles the weeks that are over, then looks for provisional themes, once a day of ``now``.

    Raises NotTrained like ``assign``, for it places documents too.
    """
    if not settings.themes.discover:
        return DiscoverReport()
    today = weeks.end_of(now)
    totals: Counter[str] = Counter()
    with store.reading() as conn:
        due = weeks.due(conn, now)
    for monday in due:
        with store.transaction() as conn:
            weeks.dissolve(conn, monday)
        place(store, weeks.midnight(monday), settings)
        totals.update(_look(store, monday, monday, settings, final=True))
        totals["settled"] += 1
    if due:
        place(store, now + weeks.TICK, settings)
    if today not in due:
        totals.update(_look(store, today, now.date(), settings, final=False))
    log.info("themes discovered", **{name: totals[name] for name in sorted(totals)})
    return DiscoverReport(**totals)


def _look(store: Store, today: dt.date, on: dt.date, settings: NlpSettings, *, final: bool) -> dict[str, int]:
    """Finds births among what is counted before ``today``; when ``final``, settles the week that ends there. Returns counts."""
    wanted = settings.themes
    run = model_run("discover", weeks.midnight(today), wanted.model_dump(mode="json"), key=today.isoformat())
    embedder = load_embedder(settings.embedder)
    with store.reading() as conn:
        if not final and themes.has_run(conn, run.id):
            return {}
        corpus = corpus_of(store, embedder)
        corpus.load(conn, today - dt.timedelta(days=wanted.history_days), today)
        lexicon, through = read_lexicon(conn), weeks.settled(conn)
        last_week = themes.in_discovered(conn)
        unseen = themes.collected_since(conn, weeks.midnight(today))  # late news of a week that is settled after it came in
        fresh = themes.collected_since(conn, weeks.midnight(through)) if through else frozenset()
        known = [theme for theme in themes.all_themes(conn, retired=True) if is_found_by(embedder, theme)]
        before = weeks.dissolved(conn)
        publishers = [source.name for source in sources.all_sources(conn)]
    namer = load_namer(wanted.namer, settings.spacy_models, publishers)
    if final or not lexicon.stories:
        lexicon = lexicon.with_counts(corpus.counts[_uncounted(corpus, through, fresh, unseen)])
    weights = lexicon.weights()
    asleep = [t for t in known if t.retired_on and not t.merged_into and t.level == 0 and t.id not in before] if final else []
    births, open_ = find_births(corpus, unseen.union(last_week), asleep, weights, wanted, namer, embedder, today, on)
    counts = {"open": open_, "born": sum(not birth.woke for birth in births), "revived": sum(birth.woke for birth in births)}
    with store.transaction() as conn:
        themes.add_run(conn, replace(run, counts=counts))
        if final:
            births = _same_as_before(conn, births, {theme.id: theme for theme in known}, before, on)
        counts["assigned"] = _write(conn, births, families_of(known), settings, run, on)
        if final:
            phrases = PhraseNamer(settings.spacy_models, publishers)  # nobody is waited for inside a transaction
            changed, regrouping = refit(conn, corpus, weights, wanted, phrases, embedder, run, today)
            counts |= changed
            counts["retired"] = themes.retire_idle(conn, today - dt.timedelta(days=wanted.retire_after_days), on)
            figures = keep_quality(conn, corpus, last_week, regrouping, counts, today, wanted.window_days)
            themes.add_run(conn, replace(run, counts=counts | figures))
            leases.set_cursor(conn, LEXICON, lexicon.dumps())
            weeks.settle(conn, today)
        else:
            weeks.add_provisional(conn, [birth.theme.id for birth in births])
    return counts


def _uncounted(corpus: Corpus, through: dt.date | None, fresh: Collection[str], unseen: Collection[str]) -> np.ndarray:
    """Whose words were not counted on an earlier Monday: stories of days since then, and what came in late; none unseen."""
    late = [story.document_id in fresh for story in corpus.stories]
    seen = [story.document_id not in unseen for story in corpus.stories]
    days = corpus.days >= np.datetime64(through or dt.date.min)
    wanted: np.ndarray = np.array(seen, dtype=bool) & (days | np.array(late, dtype=bool))
    return wanted


def _write(
    conn: Connection, births: Sequence[Birth], families: Mapping[str, str], settings: NlpSettings, run: ModelRun, on: dt.date
) -> int:
    """Writes the themes, their lives and their documents. Returns how many stories were taken in."""
    themes.save(conn, [birth.theme for birth in births if not birth.woke])
    themes.wake(conn, [birth.theme.id for birth in births if birth.woke])
    themes.add_events(
        conn,
        [
            ThemeEvent(theme_id=birth.theme.id, event="revived", on=on)
            if birth.woke
            else ThemeEvent(theme_id=birth.theme.id, event="born", on=birth.theme.born_on, detail={"words": list(birth.words)})
            for birth in births
        ],
    )
    rows = [
        discovered(document_id, birth.theme.id, near, settings.themes, run.id)
        for birth in births
        for document_id, near in birth.stories
    ]
    held = [themes.held_by(row, families[row.theme_id], run.id) for row in rows if row.theme_id in families]
    themes.assign(conn, with_copies(conn, rows + held))
    themes.adopt(conn, [birth.theme.id for birth in births if not birth.woke])
    return len(rows)


def _same_as_before(
    conn: Connection, births: Sequence[Birth], known: Mapping[str, Theme], before: Mapping[str, Sequence[str]], on: dt.date
) -> list[Birth]:
    """Births, under the ids and names of the dissolved themes they are; dissolved themes that are none of them end."""
    old, fresh = sorted(before), [i for i, birth in enumerate(births) if not birth.woke]
    same = lineage.most_alike([set(before[key]) for key in old], [{key for key, _ in births[i].stories} for i in fresh])
    found = list(births)
    for i, j in same.items():
        kept, birth = known[old[i]], births[fresh[j]]
        theme = replace(kept, centroid=birth.theme.centroid, founders=birth.theme.founders)
        found[fresh[j]] = replace(birth, theme=theme)
    ended = [known[old[i]] for i in range(len(old)) if i not in same]
    themes.save(conn, [replace(theme, centroid=None) for theme in ended])  # so that nothing wakes them up
    themes.retire(conn, [theme.id for theme in ended], on)
    return found
