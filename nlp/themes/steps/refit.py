"""The ``refit`` step: once a week living themes are brought up to date, and their identities with them.

Centres follow the stories of the last weeks; stories of living themes are grouped anew, and what falls apart or grows together is
recorded in the themes' lives. Counts are by story, so none of this looks like momentum. What a person decided is never undone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import structlog
from sqlalchemy.engine import Connection

from nlp.config import NlpSettings
from nlp.embedders.base import Embedder, load_embedder
from nlp.themes import lineage, space
from nlp.themes.cluster import clusterer
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import Corpus, corpus_of, read_lexicon
from nlp.themes.lineage import Grouping, Split
from nlp.themes.steps.births import new_theme
from nlp.themes.steps.memberships import discovered, founders_of, is_found_by, model_run, with_copies
from storage import leases, themes
from storage.model import Assignment, ModelRun, Theme, ThemeEvent
from storage.store import Store

_DONE = "refit"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RefitReport:
    """What a run of ``refit`` did, over the ``themes`` alive with a story in its window."""

    themes: int = 0
    stories: int = 0
    split: int = 0
    merged: int = 0
    moved: int = 0


def refit(store: Store, now: dt.datetime, settings: NlpSettings) -> RefitReport:
    """Brings the discovered themes up to the last Monday, once a week, with the stories counted before it."""
    wanted = settings.themes
    today = (now - dt.timedelta(microseconds=1)).date() + dt.timedelta(days=1)
    monday = today - dt.timedelta(days=today.weekday())
    embedder = load_embedder(settings.embedder)
    with store.reading() as conn:
        done = leases.cursor(conn, _DONE)
        if not wanted.discover or (done and done >= monday.isoformat()):
            return RefitReport()
        corpus = corpus_of(store, embedder)
        corpus.load(conn, today - dt.timedelta(days=wanted.history_days), today)
        fit = _Fit(conn, corpus, monday, wanted, embedder)
    run = model_run("refit", now, {**wanted.model_dump(mode="json"), "until": monday.isoformat()}, key=monday.isoformat())
    with store.transaction() as conn:
        themes.add_run(conn, run)
        report = fit.apply(conn, settings, run, now.date(), today) if fit.living else RefitReport()
        themes.add_run(conn, replace(run, counts={"themes": report.themes, "split": report.split, "merged": report.merged}))
        leases.set_cursor(conn, _DONE, monday.isoformat())
    log.info("themes refitted", themes=report.themes, split=report.split, merged=report.merged, moved=report.moved)
    return report


class _Fit:
    """The living themes, their stories of the last weeks, and the groups those stories would form today."""

    def __init__(self, conn: Connection, corpus: Corpus, monday: dt.date, wanted: ThemeSettings, embedder: Embedder) -> None:
        self.corpus, self.wanted, self.embedder = corpus, wanted, embedder
        self.weights = read_lexicon(conn).weights()
        of_document = themes.in_discovered(conn)
        alive = {theme.id: theme for theme in themes.all_themes(conn) if is_found_by(embedder, theme) and theme.level == 0}
        recent = (corpus.days >= np.datetime64(monday - dt.timedelta(days=wanted.refit_days))) & (
            corpus.days < np.datetime64(monday)
        )
        theme_of = [of_document.get(story.document_id, "") for story in corpus.stories]
        self.stories = np.array([i for i in np.flatnonzero(recent) if theme_of[i] in alive], dtype=np.int64)
        present = sorted({theme_of[i] for i in self.stories})
        self.living: list[Theme] = [alive[key] for key in present]
        at = {key: i for i, key in enumerate(present)}
        self.theme_of = np.array([at.get(key, -1) for key in theme_of], dtype=np.int64)
        self.rows = corpus.rows(self.stories, self.weights)
        self.ages = (np.datetime64(monday) - corpus.days[self.stories]).astype(float)
        self.old = _grouping(self.rows, self.theme_of[self.stories])
        self.new = _grouping(self.rows, clusterer(wanted).fit(self.rows).labels_)
        together, apart = themes.decided_by_a_person(conn)
        self.together = {at[key] for key in together if key in at}
        self.apart = {frozenset(at[key] for key in pair) for pair in apart if pair <= set(at)}

    def apply(self, conn: Connection, settings: NlpSettings, run: ModelRun, on: dt.date, today: dt.date) -> RefitReport:
        """Writes what changed. Returns the counts."""
        wanted = self.wanted
        themes.save(conn, [self._recentred(i) for i in range(len(self.living))])
        found = lineage.splits(
            self.old, self.new, at_least=wanted.split_stories, apart=wanted.join_similarity, whole=self.together
        )
        moved = sum(self._split(conn, split, settings, run, on, today) for split in found)
        torn = {split.old for split in found}
        sizes = np.bincount(self.theme_of[self.theme_of >= 0], minlength=len(self.living))
        merged = lineage.merges(
            self.old,
            self.new,
            near=wanted.cluster_similarity,
            rank=[(theme.label_pinned, float(sizes[i])) for i, theme in enumerate(self.living)],
            apart=self.apart,
            named={i for i, theme in enumerate(self.living) if theme.label_pinned},
        )
        gone = 0
        for merge in merged:
            for i, weight in zip(merge.absorbed, merge.weights, strict=True):
                if not {i, merge.heir} & torn:
                    moved += themes.merge(conn, self.living[i].id, self.living[merge.heir].id, run, on, "refit", weight)
                    gone += 1
        return RefitReport(len(self.living), len(self.stories), sum(len(split.parts) for split in found), gone, moved)

    def _recentred(self, i: int) -> Theme:
        """The theme with its centre between its founders and its recent stories, the newer ones weighing more."""
        theme = self.living[i]
        mine = self.old.labels == i
        weight = 0.5 ** (self.ages[mine] / self.wanted.half_life_days)
        recent = (weight[:, None] * self.rows[mine]).sum(axis=0) / weight.sum()
        centre = (1 - self.wanted.drift) * founders_of(theme) + self.wanted.drift * recent
        return replace(theme, centroid=centre.astype("<f4").tobytes())

    def _split(self, conn: Connection, split: Split, settings: NlpSettings, run: ModelRun, on: dt.date, today: dt.date) -> int:
        old = self.living[split.old]
        kept = self.new.centres[split.kept].astype("<f4").tobytes()
        centres = self.new.centres[[split.kept, *split.parts]]
        mine = np.flatnonzero(self.theme_of == split.old)
        near = space.similarity(self.corpus.rows(mine, self.weights), centres)
        themes.save(conn, [replace(old, centroid=kept, founders=kept)])
        moved = 0
        for k, part in enumerate(split.parts, 1):
            founders = [self.corpus.stories[i] for i in self.stories[self.new.labels == part]]
            born = new_theme(founders, self.new.centres[part], self.weights, settings, self.embedder, today, on)
            leaving = [j for j in range(len(mine)) if near[j].argmax() == k]
            rows = [
                discovered(self.corpus.stories[mine[j]].document_id, born.id, float(near[j, k]), self.wanted, run.id)
                for j in leaving
            ]
            moved += split_off(conn, old, born, rows, on, "refit")
        return moved


def split_off(conn: Connection, old: Theme, born: Theme, rows: Sequence[Assignment], on: dt.date, by: str) -> int:
    """Writes a theme that leaves another with the stories of ``rows``, and both lives. Returns how many documents moved."""
    themes.save(conn, [replace(born, parent_id=old.parent_id)])
    everything = with_copies(conn, rows)
    themes.move(conn, old.id, everything)
    weight = round(len(rows) / max(len(rows) + len(themes.members(conn, old.id)), 1), 3)
    leaving = ThemeEvent(theme_id=old.id, event="split", on=on, other_id=born.id, weight=weight, detail={"by": by})
    themes.add_events(conn, [leaving, replace(leaving, theme_id=born.id, event="born", other_id=old.id)])
    return len(everything)


def _grouping(rows: np.ndarray, labels: np.ndarray) -> Grouping:
    """Groups with their mean rows; labels are 0, 1, … without holes, -1 for none."""
    count = int(labels.max()) + 1 if len(labels) else 0
    centres = np.zeros((count, rows.shape[1]), dtype=np.float32)
    for label in range(count):
        centres[label] = rows[labels == label].mean(axis=0)
    return Grouping(np.asarray(labels), centres)
