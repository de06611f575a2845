"""The weekly refit, a part of ``discover``: living themes are brought up to date, and their identities with them.

Centres follow the stories of the last weeks; stories of living themes are grouped anew, and what falls apart or grows together is
recorded in the themes' lives. Counts are by story, so none of this looks like momentum. What a person decided is never undone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import structlog
from sqlalchemy.engine import Connection

from nlp.embedders.base import Embedder
from nlp.themes import lineage, space
from nlp.themes.cluster import clusterer
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import Corpus
from nlp.themes.labels import Label, relabel
from nlp.themes.lineage import Split, grouping
from nlp.themes.namers.base import Namer
from nlp.themes.naming.stable import support
from nlp.themes.quality import agreement
from nlp.themes.steps.births import name_of, new_theme, words_by_language
from nlp.themes.steps.families import keep_families
from nlp.themes.steps.memberships import discovered, founders_of, is_found_by, with_copies
from storage import themes
from storage.model import Assignment, ModelRun, Theme, ThemeEvent

_DOUBTFUL = 0.15  # support of a name below which another is thought of
_NAMED_BY = 24

log = structlog.get_logger()


def refit(
    conn: Connection,
    corpus: Corpus,
    weights: np.ndarray,
    settings: ThemeSettings,
    namer: Namer,
    embedder: Embedder,
    run: ModelRun,
    monday: dt.date,
) -> tuple[dict[str, int], float | None]:
    """Brings the discovered themes up to ``monday`` with the stories counted before it.

    Returns how many split, merged and are families, and how far the new groups agreed with the themes (``nlp.themes.quality``).
    """
    fit = _Fit(conn, corpus, weights, settings, namer, embedder, run, monday)
    agreed = agreement(fit.theme_of[fit.stories], fit.new.labels)
    split, merged = fit.apply() if fit.living else (0, 0)
    families = keep_families(conn, corpus, weights, settings, namer, embedder, run, monday)
    log.info("themes refitted", themes=len(fit.living), split=split, merged=merged, families=families)
    return {"split": split, "merged": merged, "families": families}, agreed


class _Fit:
    """The living themes, their stories of the last weeks, and the groups those stories would form today."""

    def __init__(
        self,
        conn: Connection,
        corpus: Corpus,
        weights: np.ndarray,
        settings: ThemeSettings,
        namer: Namer,
        embedder: Embedder,
        run: ModelRun,
        monday: dt.date,
    ) -> None:
        self.conn, self.corpus, self.weights, self.settings = conn, corpus, weights, settings
        self.namer, self.embedder, self.run, self.monday = namer, embedder, run, monday
        of_document = themes.in_discovered(conn)
        alive = {theme.id: theme for theme in themes.all_themes(conn) if is_found_by(embedder, theme) and theme.level == 0}
        since, until = np.datetime64(monday - dt.timedelta(days=settings.refit_days)), np.datetime64(monday)
        recent = np.flatnonzero((corpus.days >= since) & (corpus.days < until))
        theme_of = [of_document.get(story.document_id, "") for story in corpus.stories]
        self.stories = np.array([i for i in recent if theme_of[i] in alive], dtype=np.int64)
        present = sorted({theme_of[i] for i in self.stories})
        self.living: list[Theme] = [alive[key] for key in present]
        at = {key: i for i, key in enumerate(present)}
        self.theme_of = np.array([at.get(key, -1) for key in theme_of], dtype=np.int64)
        self.rows = corpus.rows(self.stories, weights)
        self.ages = (until - corpus.days[self.stories]).astype(float)
        self.old = grouping(self.rows, self.theme_of[self.stories])
        self.new = grouping(self.rows, clusterer(settings, len(self.rows)).fit(self.rows).labels_)
        together, apart = themes.decided_by_a_person(conn)
        self.together = {at[key] for key in together if key in at}
        self.apart = {frozenset(at[key] for key in pair) for pair in apart if pair <= set(at)}

    def apply(self) -> tuple[int, int]:
        """Writes what changed. Returns how many themes left another, and how many ended in another."""
        themes.save(self.conn, [self._renamed(i, self._recentred(i)) for i in range(len(self.living))])
        settings = self.settings
        found = lineage.splits(
            self.old, self.new, at_least=settings.split_stories, apart=settings.join_similarity, whole=self.together
        )
        for split in found:
            self._split(split)
        torn = {split.old for split in found}
        sizes = np.bincount(self.theme_of[self.theme_of >= 0], minlength=len(self.living))
        merged = lineage.merges(
            self.old,
            self.new,
            near=settings.found_similarity,
            rank=[(theme.label_pinned, float(sizes[i])) for i, theme in enumerate(self.living)],
            apart=self.apart,
            named={i for i, theme in enumerate(self.living) if theme.label_pinned},
        )
        gone = 0
        for merge in merged:
            for i, weight in zip(merge.absorbed, merge.weights, strict=True):
                if not {i, merge.heir} & torn:
                    ended, heir = self.living[i].id, self.living[merge.heir].id
                    themes.merge(self.conn, ended, heir, self.run, self.monday, "refit", weight)
                    gone += 1
        return sum(len(split.parts) for split in found), gone

    def _recentred(self, i: int) -> Theme:
        """The theme with its centre between its founders and its recent stories, the newer ones weighing more."""
        theme = self.living[i]
        mine = self.old.labels == i
        weight = 0.5 ** (self.ages[mine] / self.settings.half_life_days)
        recent = (weight[:, None] * self.rows[mine]).sum(axis=0) / weight.sum()
        centre = (1 - self.settings.drift) * founders_of(theme) + self.settings.drift * recent
        return replace(theme, centroid=centre.astype("<f4").tobytes())

    def _renamed(self, i: int, theme: Theme) -> Theme:
        """The theme with another name, when few of its recent stories say its name and most say another."""
        if theme.label_pinned:
            return theme
        mine = np.flatnonzero(self.old.labels == i)
        near = space.similarity(self.rows[mine], self.old.centres[i][None])[:, 0]
        central = [self.corpus.stories[self.stories[mine[k]]] for k in np.argsort(-near, kind="stable")[:_NAMED_BY]]
        titles, texts = words_by_language(central)
        names = {"fr": theme.label_fr, "en": theme.label_en}
        if all(support(names[code], titles[code], texts[code]) >= _DOUBTFUL for code in titles if code in names):
            return theme
        old = Label(theme.label_fr, theme.label_en, theme.terms_fr, theme.terms_en)
        new = relabel(old, self.namer.name(titles, self.weights, texts), titles, texts)
        if (new.fr, new.en) != (old.fr, old.en):
            before = {"label_fr": old.fr, "label_en": old.en}
            event = ThemeEvent(theme_id=theme.id, event="renamed", on=self.monday, detail={"by": "refit", **before})
            themes.add_events(self.conn, [event])
        return replace(theme, label_fr=new.fr, label_en=new.en, terms_fr=new.terms_fr, terms_en=new.terms_en)

    def _split(self, split: Split) -> None:
        old = themes.get(self.conn, self.living[split.old].id)
        kept = self.new.centres[split.kept].astype("<f4").tobytes()
        centres = self.new.centres[[split.kept, *split.parts]]
        mine = np.flatnonzero(self.theme_of == split.old)
        near = space.similarity(self.corpus.rows(mine, self.weights), centres)
        themes.save(self.conn, [replace(old, centroid=kept, founders=kept)])
        for k, part in enumerate(split.parts, 1):
            founders = [self.corpus.stories[i] for i in self.stories[self.new.labels == part]]
            name = name_of(founders, self.weights, self.namer)
            born = new_theme(founders, self.new.centres[part], name, self.embedder, self.monday, self.monday)
            rows = [
                discovered(self.corpus.stories[mine[j]].document_id, born.id, float(near[j, k]), self.settings, self.run.id)
                for j in range(len(mine))
                if near[j].argmax() == k
            ]
            split_off(self.conn, old, born, rows, self.monday, "refit")


def split_off(conn: Connection, old: Theme, born: Theme, rows: Sequence[Assignment], on: dt.date, by: str) -> int:
    """Writes a theme that leaves another with the stories of ``rows``, and both lives. Returns how many documents moved."""
    themes.save(conn, [replace(born, parent_id=old.parent_id)])
    everything = with_copies(conn, rows)
    themes.move(conn, old.id, everything)
    weight = round(len(rows) / max(len(rows) + len(themes.members(conn, old.id)), 1), 3)
    leaving = ThemeEvent(theme_id=old.id, event="split", on=on, other_id=born.id, weight=weight, detail={"by": by})
    themes.add_events(conn, [leaving, replace(leaving, theme_id=born.id, event="born", other_id=old.id)])
    return len(everything)
