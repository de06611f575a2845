"""The ``discover`` step: new themes among the open stories of the last weeks, each looked for in the past too.

A theme's first stories are its founders; later stories join by their mean similarity to them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import structlog

from nlp.config import NlpSettings
from nlp.embedders.base import load_embedder
from nlp.themes import space
from nlp.themes.corpus import LEXICON, Corpus, corpus_of, read_lexicon, read_through
from nlp.themes.discover import propose
from nlp.themes.match import revived
from nlp.themes.steps.births import new_theme
from nlp.themes.steps.memberships import centres_of, discovered, is_found_by, model_run, with_copies
from storage import leases, themes
from storage.model import Assignment, Theme, ThemeEvent
from storage.store import Store

_ROWS_AT_ONCE = 4000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DiscoverReport:
    """What a run of ``discover`` did, over the ``open`` stories of its window."""

    open: int = 0
    born: int = 0
    revived: int = 0
    retired: int = 0
    assigned: int = 0


def discover(store: Store, now: dt.datetime, settings: NlpSettings) -> DiscoverReport:
    """Looks for new themes among the open stories of the last weeks, once a day of ``now``.

    A new theme is looked for in the past too, by the same rule, so that its series begins where its subject did.
    """
    wanted = settings.themes
    today = (now - dt.timedelta(microseconds=1)).date() + dt.timedelta(days=1)
    run = model_run("discover", now, {**wanted.model_dump(mode="json"), "until": today.isoformat()}, key=today.isoformat())
    embedder = load_embedder(settings.embedder)
    with store.reading() as conn:
        if not wanted.discover or themes.has_run(conn, run.id):
            return DiscoverReport()
        corpus = corpus_of(store, embedder)
        corpus.load(conn, today - dt.timedelta(days=wanted.history_days), today)
        lexicon, through = read_lexicon(conn), read_through(conn)
        taken = themes.in_discovered(conn)
        asleep = [
            t for t in themes.all_themes(conn, retired=True) if is_found_by(embedder, t) and t.retired_on and not t.merged_into
        ]
    lexicon = lexicon.with_counts(corpus.counts[corpus.days >= np.datetime64(through or dt.date.min)])
    weights = lexicon.weights()
    open_ = np.array([story.document_id not in taken for story in corpus.stories], dtype=bool)
    recent = np.flatnonzero(open_ & (corpus.days >= np.datetime64(today - dt.timedelta(days=wanted.window_days))))
    recent = recent[-wanted.window_stories :]
    stories = [corpus.stories[i] for i in recent]
    new = _on_probation(corpus, today, wanted.probation_days)
    clusters = propose(stories, corpus.rows(recent, weights), wanted, new) if stories else []
    back = revived(clusters, centres_of(asleep), wanted.join_similarity)
    born: list[Theme] = []
    births: list[ThemeEvent] = []
    woken: list[Theme] = []
    rows: list[Assignment] = []
    for cluster, old in zip(clusters, back, strict=True):
        left = [stories[i].source_id for i in cluster.members if open_[recent[i]]]
        if len(left) < wanted.min_stories or len(set(left)) < wanted.min_sources:
            continue  # the theme of a larger cluster reached back and took them
        if old is None:
            theme = new_theme(
                [stories[i] for i in cluster.members], cluster.centre, weights, settings, embedder, today, now.date()
            )
            born.append(theme)
            births.append(_birth(theme, cluster.words))
        else:
            theme = asleep[old]
            woken.append(theme)
        joined = _reach_back(theme, corpus, open_, weights, wanted.join_similarity)
        open_[[i for i, _ in joined]] = False
        rows.extend(discovered(corpus.stories[i].document_id, theme.id, near, wanted, run.id) for i, near in joined)
    with store.transaction() as conn:
        themes.add_run(conn, replace(run, counts={"open": len(recent), "born": len(born), "revived": len(woken)}))
        themes.save(conn, born)
        themes.wake(conn, [theme.id for theme in woken])
        themes.add_events(conn, births)
        themes.add_events(conn, [ThemeEvent(theme_id=theme.id, event="revived", on=now.date()) for theme in woken])
        themes.assign(conn, with_copies(conn, rows))
        themes.adopt(conn, [theme.id for theme in born])
        retired = themes.retire_idle(conn, today - dt.timedelta(days=wanted.retire_after_days), now.date())
        leases.set_cursor(conn, LEXICON, lexicon.dumps())
        leases.set_cursor(conn, f"{LEXICON} through", today.isoformat())
    log.info("themes discovered", open=len(recent), born=len(born), revived=len(woken), retired=retired, assigned=len(rows))
    return DiscoverReport(len(recent), len(born), len(woken), retired, len(rows))


def _on_probation(corpus: Corpus, today: dt.date, days: int) -> frozenset[str]:
    """Sources first seen less than ``days`` ago, in a collection that was there before them."""
    first: dict[str, dt.date] = {}
    for story in corpus.stories:  # in counting order
        first.setdefault(story.source_id, story.counted_on)
    since, begun = today - dt.timedelta(days=days), min(first.values(), default=today)
    return frozenset(source for source, day in first.items() if day > since and begun <= since)


def _birth(theme: Theme, words: Sequence[str]) -> ThemeEvent:
    """The line of a theme's life that says what it was born of: BERTopic's most telling words (c-TF-IDF)."""
    return ThemeEvent(theme_id=theme.id, event="born", on=theme.born_on, detail={"words": list(words)})


def _reach_back(
    theme: Theme, corpus: Corpus, open_: np.ndarray, weights: np.ndarray, threshold: float
) -> list[tuple[int, float]]:
    """Positions of every open story, old or new, that is similar enough to the theme, with the similarity."""
    centre = centres_of([theme])
    candidates = np.flatnonzero(open_)
    found: list[tuple[int, float]] = []
    for start in range(0, len(candidates), _ROWS_AT_ONCE):
        part = candidates[start : start + _ROWS_AT_ONCE]
        near = space.similarity(corpus.rows(part, weights), centre)[:, 0]
        found.extend((int(part[k]), float(near[k])) for k in np.flatnonzero(near >= threshold))
    return found
