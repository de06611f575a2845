"""Births: groups of open stories that become themes, or bring one back that slept. A part of ``discover``.

A theme's founders are the stories it was found by. It is looked for in the past too, by the rule by which later stories join, so
that its series begins where its subject did.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nlp.embedders.base import Embedder
from nlp.themes import space
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import Corpus
from nlp.themes.descriptions import describe
from nlp.themes.discover import propose
from nlp.themes.labels import Label
from nlp.themes.match import revived
from nlp.themes.namers.base import Namer
from nlp.themes.steps.memberships import centres_of
from storage.model import Origin, Theme
from storage.themes import EmbeddedStory

_ROWS_AT_ONCE = 4000


@dataclass(frozen=True, slots=True)
class Birth:
    """A theme that was born, or woke up; the ``stories`` it takes, with their similarity to it; BERTopic's ``words`` for it."""

    theme: Theme
    stories: list[tuple[str, float]]
    words: tuple[str, ...]
    woke: bool = False


def find_births(
    corpus: Corpus,
    taken: frozenset[str],
    asleep: Sequence[Theme],
    weights: np.ndarray,
    settings: ThemeSettings,
    namer: Namer,
    embedder: Embedder,
    today: dt.date,
    on: dt.date,
) -> tuple[list[Birth], int]:
    """The themes the open stories of the last weeks give birth to, and how many open stories there were.

    ``taken`` documents have a theme; ``asleep`` themes may wake up instead of a new one being born. Stories counted before
    ``today`` are looked at; births are dated ``on``.
    """
    open_ = np.array([story.document_id not in taken for story in corpus.stories], dtype=bool)
    recent = np.flatnonzero(open_ & (corpus.days >= np.datetime64(today - dt.timedelta(days=settings.window_days))))
    recent = recent[-settings.window_stories :]
    if not len(recent):
        return [], 0
    stories = [corpus.stories[i] for i in recent]
    new = _on_probation(corpus, today, settings.probation_days)
    rows = corpus.rows(recent, weights)
    clusters = propose(stories, rows, settings, new)
    back = revived(clusters, centres_of(asleep), settings.join_similarity)
    founding = {int(i) for cluster in clusters for i in recent[cluster.members]}
    centres = np.array(
        [cluster.centre if old is None else centres_of([asleep[old]])[0] for cluster, old in zip(clusters, back, strict=True)]
    )
    taking = _nearest(corpus, np.flatnonzero(open_), weights, centres, settings.join_similarity)
    found = []
    for k, (cluster, old) in enumerate(zip(clusters, back, strict=True)):
        near = space.similarity(rows[cluster.members], centres[k][None])[:, 0]
        if old is None:
            founders = [stories[i] for i in cluster.members[np.argsort(-near, kind="stable")]]
            theme = new_theme(founders, cluster.centre, name_of(founders, weights, namer), embedder, today, on)
        else:
            theme = asleep[old]
        own = dict(zip(recent[cluster.members].tolist(), near.tolist(), strict=True))
        own |= {i: similarity for i, similarity in taking[k] if i not in founding}
        found.append(
            Birth(theme, [(corpus.stories[i].document_id, own[i]) for i in sorted(own)], cluster.words, woke=old is not None)
        )
    return found, len(recent)


def new_theme(
    founders: Sequence[EmbeddedStory],
    centre: np.ndarray,
    name: Label,
    embedder: Embedder,
    today: dt.date,
    on: dt.date,
    *,
    level: int = 0,
) -> Theme:
    """A theme born on the day ``on`` of ``founders``, whose rows of ``nlp.themes.space`` have the mean ``centre``.

    The same founders seen up to the same day, ``today`` excluded, are the same theme, in every process.
    """
    seeds = "\n".join(sorted(story.document_id for story in founders))
    row = centre.astype("<f4").tobytes()
    titles, _ = words_by_language(founders)
    line = describe(name, titles, on=on, stories=len(founders), sources=len({story.source_id for story in founders}))
    return Theme(
        id="t" + hashlib.blake2b(f"{level or ''}{today}\n{seeds}".encode(), digest_size=6).hexdigest(),
        origin=Origin.DISCOVERED,
        label_fr=name.fr,
        label_en=name.en,
        description_fr=line.fr,
        description_en=line.en,
        terms_fr=name.terms_fr,
        terms_en=name.terms_en,
        born_on=on,
        embedder=embedder.id,
        centroid=row,
        founders=row,
        level=level,
    )


def name_of(stories: Sequence[EmbeddedStory], weights: np.ndarray, namer: Namer) -> Label:
    """What a theme of these stories would be called, the most telling first."""
    titles, texts = words_by_language(stories)
    return namer.name(titles, weights, texts)


def words_by_language(stories: Sequence[EmbeddedStory]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Titles, and titles with their texts, by language."""
    titles: dict[str, list[str]] = {}
    texts: dict[str, list[str]] = {}
    for story in stories:
        titles.setdefault(story.language, []).append(story.title)
        texts.setdefault(story.language, []).append(f"{story.title}\n{story.text}")
    return titles, texts


def _on_probation(corpus: Corpus, today: dt.date, days: int) -> frozenset[str]:
    """Sources first seen less than ``days`` ago, in a collection that was there before them."""
    first: dict[str, dt.date] = {}
    for story in corpus.stories:  # in counting order
        first.setdefault(story.source_id, story.counted_on)
    since, begun = today - dt.timedelta(days=days), min(first.values(), default=today)
    return frozenset(source for source, day in first.items() if day > since and begun <= since)


def _nearest(
    corpus: Corpus, candidates: np.ndarray, weights: np.ndarray, centres: np.ndarray, threshold: float
) -> list[list[tuple[int, float]]]:
    """For each of ``centres`` [k, ·] the candidates, old or new, that are nearest to it and near enough, with the similarity."""
    found: list[list[tuple[int, float]]] = [[] for _ in centres]
    for start in range(0, len(candidates) if len(centres) else 0, _ROWS_AT_ONCE):
        part = candidates[start : start + _ROWS_AT_ONCE]
        for i, k, near in space.nearest(corpus.rows(part, weights), centres, threshold):
            found[k].append((int(part[i]), near))
    return found
