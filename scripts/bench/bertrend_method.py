"""BERTrend's published method on headlines, in this process: a part of ``speed.py``.

    python bertrend_method.py HEADLINES.jsonl VECTORS.npy [--package]

Boutaleb et al. 2024 (arXiv 2411.05930), with the defaults of the package bertrend 0.4.23: every two days a BERTopic of its own
(UMAP from 5 neighbours to 5 dimensions, HDBSCAN from 5 documents, one- and two-word terms, outliers reduced by c-TF-IDF, terms
counted again), then its topics join the nearest known ones at cosine .7 or are new. Its large encoder is not here: the
program's own is timed, in one process and the batches BERTrend uses. ``--package`` runs the package's own code instead, on the
vectors an earlier run left: nothing of ours is imported then.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

_EVERY = "2D"
_BATCH = 2048
_NEAR = 0.7
_FEWEST = 7  # UMAP to five dimensions needs more documents than that; BERTrend logs the slice as failed


def main() -> None:
    frame = read_frame(Path(sys.argv[1]))
    vectors = Path(sys.argv[2])
    if "--package" in sys.argv:
        print(json.dumps(by_the_package(frame, np.load(vectors))))
        return
    from costs import Costs

    costs = Costs()
    with costs.of("embed"):
        rows = embedded(frame["text"].tolist())
    with costs.of("topics"):
        known, failed = topics_over_time(frame, rows)
    np.save(vectors, rows)
    print(json.dumps(costs.found(f"{len(known)} topics, {failed} slices failed")))


def read_frame(path: Path) -> pd.DataFrame:
    """One row a headline, as BERTrend loads and cleans them: no title twice, by date."""
    frame = pd.read_json(path, lines=True)
    frame = pd.DataFrame({"text": frame["title"], "timestamp": pd.to_datetime(frame["published"]), "source": frame["source"]})
    frame = frame.drop_duplicates("text").sort_values("timestamp", kind="stable").reset_index(drop=True)
    return frame.assign(document_id=frame.index, url=None, title=frame["text"])


def embedded(texts: list[str]) -> np.ndarray:
    from nlp.embedders.usem3 import Usem3Embedder

    embedder = Usem3Embedder(workers=1)
    return np.concatenate([embedder.embed(texts[start : start + _BATCH]) for start in range(0, len(texts), _BATCH)])


def topics_over_time(frame: pd.DataFrame, rows: np.ndarray) -> tuple[list[np.ndarray], int]:
    """The vectors of all topics ever found, one a lasting topic, and how many slices were too small for the method."""
    known: list[np.ndarray] = []
    failed = 0
    for _, part in frame.groupby(pd.Grouper(key="timestamp", freq=_EVERY)):
        if part.empty:
            continue
        try:
            found = topics_of(part["text"].tolist(), rows[part.index])
        except (TypeError, ValueError):  # too few documents, or no term twice
            failed += 1
            continue
        known.extend(_new_ones(known, found))
    return known, failed


def topics_of(texts: list[str], rows: np.ndarray) -> np.ndarray:
    """Mean vectors of the topics of one slice, as BERTopic finds them and BERTrend describes them."""
    from bertopic import BERTopic
    from bertopic.representation import MaximalMarginalRelevance
    from bertopic.vectorizers import ClassTfidfTransformer
    from hdbscan import HDBSCAN
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer
    from umap import UMAP

    vectorizer = CountVectorizer(ngram_range=(1, 2), stop_words=sorted(ENGLISH_STOP_WORDS), min_df=2)
    weights = ClassTfidfTransformer(bm25_weighting=False, reduce_frequent_words=True)
    terms = MaximalMarginalRelevance(diversity=0.3)
    model = BERTopic(
        embedding_model=None,
        umap_model=UMAP(n_neighbors=5, n_components=5, min_dist=0.0, metric="cosine", random_state=42),
        hdbscan_model=HDBSCAN(
            min_cluster_size=5, min_samples=5, metric="euclidean", cluster_selection_method="eom", prediction_data=True
        ),
        vectorizer_model=vectorizer,
        ctfidf_model=weights,
        representation_model=terms,
        top_n_words=10,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        topics, _ = model.fit_transform(texts, rows)
        if model._outliers:
            topics = model.reduce_outliers(documents=texts, topics=topics, embeddings=rows, strategy="c-tf-idf")
        model.update_topics(
            docs=texts, topics=topics, vectorizer_model=vectorizer, ctfidf_model=weights, representation_model=terms
        )
        model.get_document_info(docs=texts)
        model.get_topic_info()
    labels = np.asarray(topics)
    return np.array([rows[labels == label].mean(axis=0) for label in sorted(set(labels.tolist()) - {-1})])


def _new_ones(known: list[np.ndarray], found: np.ndarray) -> list[np.ndarray]:
    """The topics that are near to no known one; a known one keeps its vector."""
    from sklearn.metrics.pairwise import cosine_similarity

    if not len(found) or not known:
        return list(found)
    nearest = cosine_similarity(np.stack(known), found).max(axis=0)
    return list(found[nearest < _NEAR])


def by_the_package(frame: pd.DataFrame, rows: np.ndarray) -> dict[str, Any]:
    """The package's own training and merging. Its models are not saved to disk, which favours it."""
    from bertrend.BERTopicModel import BERTopicModel  # type: ignore[import-not-found]
    from bertrend.BERTrend import BERTrend  # type: ignore[import-not-found]

    trend = BERTrend(topic_model=BERTopicModel({"global": {"language": "English"}}))
    groups = dict(list(frame.groupby(pd.Grouper(key="timestamp", freq=_EVERY))))
    train: Callable[..., None] = trend.train_topic_models
    wall, cpu = time.perf_counter(), time.process_time()
    train(groups, "none", rows, save_topic_models=False)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    load = Path("/proc/loadavg").read_text(encoding="ascii")[:14].strip()
    what = f"{trend.merged_df['Topic'].max() + 1} topics"
    return {"cpu": {"topics": cpu}, "wall": {"topics": wall}, "peak": {"topics": peak}, "load": load, "found": what}


if __name__ == "__main__":
    main()
