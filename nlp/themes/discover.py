"""Finds groups of open stories with BERTopic, and decides which are themes. Values in, values out: knows no database.

BERTopic's topic numbers end here: a group leaves as a ``Cluster``, and ``nlp.themes.match`` says which theme it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from nlp.themes import space
from nlp.themes.cluster import clusterer
from nlp.themes.config import ThemeSettings
from storage.themes import EmbeddedStory


@dataclass(frozen=True, slots=True)
class Cluster:
    """A group of stories that may be a theme: positions of its ``members``, the mean of their rows, and telling words."""

    members: np.ndarray
    centre: np.ndarray
    words: tuple[str, ...]


def propose(
    stories: Sequence[EmbeddedStory], rows: np.ndarray, settings: ThemeSettings, on_probation: Collection[str] = ()
) -> list[Cluster]:
    """Groups of stories worth a theme, the largest first.

    ``rows`` [n, ·] are the stories in ``nlp.themes.space``. A member must be near the *others*, or it leaves; what is
    left must still have ``min_stories`` stories of ``min_sources`` sources, those ``on_probation`` not counted: a new feed
    makes no new subject.
    """
    if len(stories) < max(settings.min_stories * 2, 10):
        return []
    texts = [f"{story.title}. {story.text}"[:1000] for story in stories]
    if not space.count_words(texts).nnz:
        return []  # nothing but figures and dots: BERTopic has no word to describe a group with
    topics, words = _fit_topics(texts, rows, settings)
    found = []
    for topic in sorted(set(topics.tolist()) - {-1}):
        members = np.flatnonzero(topics == topic)
        members = members[space.without_self(rows[members]) >= settings.found_similarity]
        bearing = [stories[int(i)].source_id for i in members if stories[int(i)].source_id not in on_probation]
        if len(bearing) < settings.min_stories or len(set(bearing)) < settings.min_sources:
            continue
        found.append(Cluster(members, rows[members].mean(axis=0), words.get(topic, ())))
    return sorted(found, key=lambda cluster: (-len(cluster.members), int(cluster.members[0])))


def _fit_topics(texts: Sequence[str], rows: np.ndarray, settings: ThemeSettings) -> tuple[np.ndarray, dict[int, tuple[str, ...]]]:
    from bertopic import BERTopic
    from bertopic.dimensionality import BaseDimensionalityReduction
    from sklearn.feature_extraction.text import CountVectorizer

    from nlp.themes.stopwords import STOP_WORDS

    model = BERTopic(
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=clusterer(settings, len(rows)),
        vectorizer_model=CountVectorizer(stop_words=sorted(STOP_WORDS), token_pattern=space.WORD),
        calculate_probabilities=False,
        top_n_words=8,
        language="multilingual",  # keeps accents in the words
        verbose=False,
    )
    model._save_representative_docs = lambda _: None  # they take as long as grouping does, and a theme shows its own documents
    topics, _ = model.fit_transform(list(texts), embeddings=rows)
    words = {topic: tuple(word for word, _ in pairs if word) for topic, pairs in model.get_topics().items()}
    return np.asarray(topics), words
