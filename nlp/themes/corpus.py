"""The stories of the last months in memory, so that each run of the theme steps reads only what is new.

Purely a cache of the database: a process that starts afresh and one that has run for weeks decide the same.
"""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy.sparse as sp
from sqlalchemy.engine import Connection

from nlp.embedders.base import Embedder
from nlp.themes import space
from storage import leases, themes
from storage.store import Store
from storage.themes import EmbeddedStory

LEXICON = "lexicon"
_KEPT_APART = np.zeros(0, dtype=np.float16)
_LATE_DAYS = 8  # a document may be counted up to a week before the day it was collected


class Corpus:
    """First documents of stories, in counting order: ``stories``, ``days`` [n], ``meaning`` [n, dim], word ``counts`` [n, ·]."""

    def __init__(self, embedder: str) -> None:
        self.embedder = embedder
        self.clear()

    def clear(self) -> None:
        self.stories: list[EmbeddedStory] = []
        self.days = np.zeros(0, dtype="datetime64[D]")
        self.blocks = np.zeros(0, dtype=np.int8)
        self.meaning = np.zeros((0, 0), dtype=np.float16)
        self.counts = space.count_words([])
        self._range: tuple[dt.date, dt.date] | None = None

    def load(self, conn: Connection, start: dt.date, end: dt.date) -> None:
        """Brings in the stories counted on a day of [start, end) and forgets the older ones."""
        if self._range is None or start < self._range[0] or end < self._range[1]:
            self.clear()
            since = start
        else:
            since = max(start, self._range[1] - dt.timedelta(days=_LATE_DAYS))
        self._forget(np.datetime64(start))
        read = themes.stories_between(conn, self.embedder, since, end)
        older = int((self.days < np.datetime64(since)).sum())
        known = {self.stories[i].document_id for i in range(older, len(self.stories))}
        if known - {story.document_id for story in read} or older != themes.count_stories(conn, self.embedder, start, since):
            self.clear()  # documents were deleted, came in behind our back, or a story found an earlier first document
            read, known = themes.stories_between(conn, self.embedder, start, end), set()
        self._add([story for story in read if story.document_id not in known])
        self._range = (start, end)

    def rows(self, index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Rows of ``nlp.themes.space`` for the stories at ``index``."""
        return space.rows(self.meaning[index].astype(np.float32), self.counts[index], self.blocks[index], weights)

    def _add(self, new: Sequence[EmbeddedStory]) -> None:
        """Takes in stories. Only those counted from their first day on change places."""
        if not new:
            return
        vectors = np.stack([story.vector for story in new]).astype(np.float16)
        counts = space.count_words([f"{story.title}\n{story.text}" for story in new])
        new_days = np.array([story.counted_on for story in new], dtype="datetime64[D]")
        first = int(np.searchsorted(self.days, new_days.min()))
        tail = [*self.stories[first:], *(replace(story, vector=_KEPT_APART) for story in new)]
        days = np.concatenate([self.days[first:], new_days])
        order = np.lexsort((np.array([story.document_id for story in tail]), days))
        self.stories = [*self.stories[:first], *(tail[i] for i in order)]
        self.days = np.concatenate([self.days[:first], days[order]])
        self.blocks = np.concatenate([self.blocks[:first], np.concatenate([self.blocks[first:], _blocks(new)])[order]])
        meaning = self.meaning if self.meaning.size else vectors[:0]
        self.meaning = np.concatenate([meaning[:first], np.concatenate([meaning[first:], vectors])[order]])
        self.counts = sp.vstack(
            [self.counts[:first], sp.vstack([self.counts[first:], counts], format="csr")[order]], format="csr"
        )

    def _forget(self, start: np.datetime64) -> None:
        first = int(np.searchsorted(self.days, start))
        if first:
            self._keep(slice(first, None))

    def _keep(self, part: slice) -> None:
        self.stories, self.days, self.blocks = self.stories[part], self.days[part], self.blocks[part]
        self.meaning, self.counts = self.meaning[part].copy(), self.counts[part]


def _blocks(stories: Sequence[EmbeddedStory]) -> np.ndarray:
    return np.array([space.language_block(story.language) for story in stories], dtype=np.int8)


def story_rows(stories: Sequence[EmbeddedStory], weights: np.ndarray) -> np.ndarray:
    """Rows of ``nlp.themes.space`` for stories that are not in a ``Corpus``."""
    meaning = np.stack([story.vector for story in stories])
    counts = space.count_words([f"{story.title}\n{story.text}" for story in stories])
    return space.rows(meaning, counts, _blocks(stories), weights)


_corpora: weakref.WeakKeyDictionary[Store, Corpus] = weakref.WeakKeyDictionary()


def corpus_of(store: Store, embedder: Embedder) -> Corpus:
    corpus = _corpora.get(store)
    if corpus is None or corpus.embedder != embedder.id:
        corpus = _corpora[store] = Corpus(embedder.id)
    return corpus


def read_lexicon(conn: Connection) -> space.Lexicon:
    kept = leases.cursor(conn, LEXICON)
    return space.Lexicon.loads(kept) if kept else space.Lexicon.empty()
