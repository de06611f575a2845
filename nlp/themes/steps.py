"""The theme steps: ``watch`` keeps the declared themes, ``assign`` places new documents, ``discover`` finds new themes.

A document may join several watch themes, and at most one discovered theme: a broad watch theme must not hide the birth of a
narrow one. A theme's reference, the mean of its first stories, never moves: how the stream is cut into batches changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import weakref
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import structlog
from sqlalchemy.engine import Connection

from nlp.config import NlpSettings
from nlp.embedders.base import Embedder, load_embedder
from nlp.themes import space
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import Corpus, story_rows
from nlp.themes.discover import Cluster, propose
from nlp.themes.labels import label
from nlp.themes.match import revived
from nlp.themes.watch import Joined, WatchModel, WatchTheme, watch_list
from storage import leases, themes
from storage.errors import NotTrained
from storage.model import Assignment, ModelRun, Origin, Theme, ThemeEvent
from storage.store import Store
from storage.themes import EmbeddedStory

_LEXICON = "lexicon"
_ROWS_AT_ONCE = 4000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WatchReport:
    """What a run of ``watch`` did: themes declared, changed since the last run, retired because no longer declared."""

    themes: int = 0
    changed: int = 0
    retired: int = 0
    assigned: int = 0


@dataclass(frozen=True, slots=True)
class AssignReport:
    """What a run of ``assign`` did. ``open`` documents joined no discovered theme."""

    documents: int = 0
    watch: int = 0
    discovered: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class DiscoverReport:
    """What a run of ``discover`` did, over the ``open`` stories of its window."""

    open: int = 0
    born: int = 0
    revived: int = 0
    retired: int = 0
    assigned: int = 0


def watch(store: Store, now: dt.datetime, settings: NlpSettings) -> WatchReport:
    """Brings the watch themes in the database in line with the watch list.

    A new or changed theme is looked for in every document placed so far; one no longer declared is retired. Raises ConfigError.
    """
    declared = watch_list(settings.themes.watch_file)
    with store.reading() as conn:
        known = {theme.id: theme for theme in themes.all_themes(conn, retired=True) if theme.origin == Origin.WATCH}
        digests = {theme.id: leases.cursor(conn, f"watch {theme.id}") for theme in declared}
    changed = [theme for theme in declared if digests[theme.id] != theme.digest() or known[theme.id].retired_on]
    gone = [theme for theme in known.values() if not theme.retired_on and theme.id not in {t.id for t in declared}]
    assigned = 0
    if changed or gone:
        run = _run("watch", now, {"themes": [theme.id for theme in changed]})
        with store.transaction() as conn:
            themes.add_run(conn, run)
            themes.save(conn, [_watch_theme(theme, known.get(theme.id), now.date()) for theme in changed])
            themes.retire(conn, [theme.id for theme in gone], now.date())
            assigned = _rejudge(conn, changed, settings, run.id)
            for theme in changed:
                leases.set_cursor(conn, f"watch {theme.id}", theme.digest())
    log.info("watch themes checked", themes=len(declared), changed=len(changed), retired=len(gone), assigned=assigned)
    return WatchReport(len(declared), len(changed), len(gone), assigned)


def assign(store: Store, now: dt.datetime, settings: NlpSettings) -> AssignReport:
    """Decides for every new enriched and embedded document which themes it joins. Its cost grows with new documents only.

    Raises NotTrained when ``watch`` has not run since the watch list changed.
    """
    embedder = load_embedder(settings.embedder)
    model = WatchModel(watch_list(settings.themes.watch_file), settings.themes)
    until = now + dt.timedelta(microseconds=1)
    totals: Counter[str] = Counter()
    with store.reading() as conn:
        if not themes.unplaced(conn, embedder.id, until, 1):
            return AssignReport()
        lexicon = _lexicon(conn)
        living = themes.all_themes(conn)
    missing = sorted({theme.id for theme in model.themes} - {theme.id for theme in living})
    if missing:
        raise NotTrained(f"the watch theme '{missing[0]}' is not in the database yet: run the step 'watch' first")
    alive = [theme for theme in living if _is_found_by(embedder, theme)]
    model.fit(embedder)
    weights, centres = lexicon.weights(), _centres(alive)
    run = _run("assign", now, {"embedder": embedder.id})
    while True:
        with store.transaction() as conn:
            batch = themes.unplaced(conn, embedder.id, until, settings.themes.batch)
            if not batch:
                break
            rows = _watch_assignments(batch, model.join(batch), run.id)
            totals["watch"] += len({row.document_id for row in rows})
            near = _nearest(batch, alive, centres, weights, settings.themes, run.id)
            themes.add_run(conn, run)
            known = themes.assignments_of(
                conn, sorted({story.story_id for story in batch} - {story.document_id for story in batch})
            )
            themes.assign(conn, _as_their_story(batch, rows + near, known))
            themes.mark_placed(conn, [story.document_id for story in batch], run.id)
        totals["documents"] += len(batch)
        totals["discovered"] += len(near)
    report = AssignReport(totals["documents"], totals["watch"], totals["discovered"], totals["documents"] - totals["discovered"])
    log.info("documents assigned", documents=report.documents, watch=report.watch, discovered=report.discovered)
    return report


def discover(store: Store, now: dt.datetime, settings: NlpSettings) -> DiscoverReport:
    """Looks for new themes among the open stories of the last weeks, once a day of ``now``.

    A new theme is looked for in the past too, by the same rule, so that its series begins where its subject did.
    """
    wanted = settings.themes
    today = (now - dt.timedelta(microseconds=1)).date() + dt.timedelta(days=1)
    run = _run("discover", now, {**wanted.model_dump(mode="json"), "until": today.isoformat()}, key=today.isoformat())
    embedder = load_embedder(settings.embedder)
    with store.reading() as conn:
        if not wanted.discover or themes.has_run(conn, run.id):
            return DiscoverReport()
        corpus = _corpus_of(store, embedder)
        corpus.load(conn, today - dt.timedelta(days=wanted.history_days), today)
        lexicon, through = _lexicon(conn), _through(conn)
        taken = themes.in_discovered(conn)
        asleep = [t for t in themes.all_themes(conn, retired=True) if _is_found_by(embedder, t) and t.retired_on]
    lexicon = lexicon.with_counts(corpus.counts[corpus.days >= np.datetime64(through or dt.date.min)])
    weights = lexicon.weights()
    open_ = np.array([story.document_id not in taken for story in corpus.stories], dtype=bool)
    recent = np.flatnonzero(open_ & (corpus.days >= np.datetime64(today - dt.timedelta(days=wanted.window_days))))
    recent = recent[-wanted.window_stories :]
    stories = [corpus.stories[i] for i in recent]
    new = _on_probation(corpus, today, wanted.probation_days)
    clusters = propose(stories, corpus.rows(recent, weights), wanted, new) if stories else []
    back = revived(clusters, _centres(asleep), wanted.join_similarity)
    born: list[Theme] = []
    births: list[ThemeEvent] = []
    woken: list[Theme] = []
    rows: list[Assignment] = []
    for cluster, old in zip(clusters, back, strict=True):
        left = [stories[i].source_id for i in cluster.members if open_[recent[i]]]
        if len(left) < wanted.min_stories or len(set(left)) < wanted.min_sources:
            continue  # the theme of a larger cluster reached back and took them
        if old is None:
            theme = _new_theme(cluster, stories, weights, settings, embedder, today, now.date())
            born.append(theme)
            births.append(_birth(theme, cluster.words, now.date()))
        else:
            theme = asleep[old]
            woken.append(theme)
        joined = _reach_back(theme, corpus, open_, weights, wanted.join_similarity)
        open_[[i for i, _ in joined]] = False
        rows.extend(_discovered(corpus.stories[i].document_id, theme.id, near, wanted, run.id) for i, near in joined)
    with store.transaction() as conn:
        themes.add_run(conn, replace(run, counts={"open": len(recent), "born": len(born), "revived": len(woken)}))
        themes.save(conn, born)
        themes.wake(conn, [theme.id for theme in woken])
        themes.add_events(conn, births)
        themes.add_events(conn, [ThemeEvent(theme_id=theme.id, event="revived", on=now.date()) for theme in woken])
        themes.assign(conn, _with_copies(conn, rows))
        themes.adopt(conn, [theme.id for theme in born])
        retired = themes.retire_idle(conn, today - dt.timedelta(days=wanted.retire_after_days), now.date())
        leases.set_cursor(conn, _LEXICON, lexicon.dumps())
        leases.set_cursor(conn, f"{_LEXICON} through", today.isoformat())
    log.info("themes discovered", open=len(recent), born=len(born), revived=len(woken), retired=retired, assigned=len(rows))
    return DiscoverReport(len(recent), len(born), len(woken), retired, len(rows))


def _on_probation(corpus: Corpus, today: dt.date, days: int) -> frozenset[str]:
    """Sources first seen less than ``days`` ago, in a collection that was there before them."""
    first: dict[str, dt.date] = {}
    for story in corpus.stories:  # in counting order
        first.setdefault(story.source_id, story.counted_on)
    since, begun = today - dt.timedelta(days=days), min(first.values(), default=today)
    return frozenset(source for source, day in first.items() if day > since and begun <= since)


_corpora: weakref.WeakKeyDictionary[Store, Corpus] = weakref.WeakKeyDictionary()


def _corpus_of(store: Store, embedder: Embedder) -> Corpus:
    corpus = _corpora.get(store)
    if corpus is None or corpus.embedder != embedder.id:
        corpus = _corpora[store] = Corpus(embedder.id)
    return corpus


def _lexicon(conn: Connection) -> space.Lexicon:
    kept = leases.cursor(conn, _LEXICON)
    return space.Lexicon.loads(kept) if kept else space.Lexicon.empty()


def _through(conn: Connection) -> dt.date | None:
    kept = leases.cursor(conn, f"{_LEXICON} through")
    return dt.date.fromisoformat(kept) if kept else None


def _run(step: str, now: dt.datetime, parameters: dict[str, object], *, key: str | None = None) -> ModelRun:
    return ModelRun(id=f"{step}@{key or now.isoformat()}", step=step, model="nlp.themes/1", ran_at=now, parameters=parameters)


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
    rows = _as_their_story(placed, _watch_assignments(placed, model.join(placed), run_id))
    themes.assign(conn, rows)
    return len(rows)


def _watch_assignments(batch: Sequence[EmbeddedStory], joined: Sequence[list[Joined]], run_id: str) -> list[Assignment]:
    return [
        Assignment(
            document_id=story.document_id,
            theme_id=one.theme_id,
            probability=one.probability,
            model_run_id=run_id,
            reason=one.reason,
        )
        for story, found in zip(batch, joined, strict=True)
        for one in found
    ]


def _nearest(
    batch: Sequence[EmbeddedStory],
    alive: Sequence[Theme],
    centres: np.ndarray,
    weights: np.ndarray,
    settings: ThemeSettings,
    run_id: str,
) -> list[Assignment]:
    if not alive:
        return []
    near = space.similarity(story_rows(batch, weights), centres)
    best = near.argmax(axis=1)
    return [
        _discovered(story.document_id, alive[best[i]].id, float(near[i, best[i]]), settings, run_id)
        for i, story in enumerate(batch)
        if near[i, best[i]] >= settings.join_similarity
    ]


def _discovered(document_id: str, theme_id: str, near: float, settings: ThemeSettings, run_id: str) -> Assignment:
    return Assignment(
        document_id=document_id,
        theme_id=theme_id,
        probability=round(min(0.99, 0.5 + 2 * (near - settings.join_similarity)), 3),
        model_run_id=run_id,
        reason=f"mean similarity {near:.2f} to the theme's first stories",
    )


def _as_their_story(
    batch: Sequence[EmbeddedStory], rows: Sequence[Assignment], known: Sequence[Assignment] = ()
) -> list[Assignment]:
    """Copies join what their story's first document joined, in ``rows`` or before (``known``), whatever their own words."""
    copies = {story.document_id: story.story_id for story in batch if story.story_id != story.document_id}
    kept = [row for row in rows if row.document_id not in copies]
    of_story: dict[str, list[Assignment]] = {}
    for row in [*known, *kept]:
        of_story.setdefault(row.document_id, []).append(row)
    return kept + [_copied(row, copy) for copy, first in copies.items() for row in of_story.get(first, ())]


def _with_copies(conn: Connection, rows: Sequence[Assignment]) -> list[Assignment]:
    copies = themes.copies_of(conn, [row.document_id for row in rows])
    return list(rows) + [_copied(row, copy) for row in rows for copy in copies.get(row.document_id, ())]


def _copied(row: Assignment, document_id: str) -> Assignment:
    return Assignment(
        document_id=document_id,
        theme_id=row.theme_id,
        probability=row.probability,
        model_run_id=row.model_run_id,
        reason=f"copy of {row.document_id}",
    )


def _new_theme(
    cluster: Cluster,
    stories: Sequence[EmbeddedStory],
    weights: np.ndarray,
    settings: NlpSettings,
    embedder: Embedder,
    today: dt.date,
    on: dt.date,
) -> Theme:
    members = [stories[i] for i in cluster.members]
    titles: dict[str, list[str]] = {}
    texts: dict[str, list[str]] = {}
    for story in members:
        titles.setdefault(story.language, []).append(story.title)
        texts.setdefault(story.language, []).append(f"{story.title}\n{story.text}")
    name = label(titles, weights, settings.spacy_models, texts)
    seeds = "\n".join(sorted(story.document_id for story in members))
    return Theme(
        id="t" + hashlib.blake2b(f"{today}\n{seeds}".encode(), digest_size=6).hexdigest(),
        origin=Origin.DISCOVERED,
        label_fr=name.fr,
        label_en=name.en,
        terms_fr=name.terms_fr,
        terms_en=name.terms_en,
        born_on=on,
        embedder=embedder.id,
        centroid=cluster.centre.astype("<f4").tobytes(),
        radius=settings.themes.join_similarity,
    )


def _birth(theme: Theme, words: Sequence[str], on: dt.date) -> ThemeEvent:
    """The line of a theme's life that says what it was born of: BERTopic's most telling words (c-TF-IDF)."""
    return ThemeEvent(theme_id=theme.id, event="born", on=on, detail={"words": list(words)})


def _reach_back(
    theme: Theme, corpus: Corpus, open_: np.ndarray, weights: np.ndarray, threshold: float
) -> list[tuple[int, float]]:
    """Positions of every open story, old or new, that is similar enough to the theme, with the similarity."""
    centre = _centres([theme])
    candidates = np.flatnonzero(open_)
    found: list[tuple[int, float]] = []
    for start in range(0, len(candidates), _ROWS_AT_ONCE):
        part = candidates[start : start + _ROWS_AT_ONCE]
        near = space.similarity(corpus.rows(part, weights), centre)[:, 0]
        found.extend((int(part[k]), float(near[k])) for k in np.flatnonzero(near >= threshold))
    return found


def _is_found_by(embedder: Embedder, theme: Theme) -> bool:
    """Themes of another embedder stand still: their vectors are never compared with this one's."""
    return theme.origin == Origin.DISCOVERED and theme.embedder == embedder.id and theme.centroid is not None


def _centres(known: Sequence[Theme]) -> np.ndarray:
    if not known:
        return np.zeros((0, 0), dtype=np.float32)
    return np.stack([np.frombuffer(theme.centroid or b"", dtype="<f4") for theme in known])
