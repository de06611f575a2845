#!/usr/bin/env python3
"""Groups of one labelled corpus by our discovery and by its usual rivals, side by side: same documents, same vectors.

    clusters.py CORPUS.jsonl.gz… [--vectors FOLDER] [--sample 5000] [--only ours,k-means]

Every labelled document counts; one in no group counts as a group of its own. Each method runs in a process of its own, after a
first turn on a few documents when it has something to compile; ``MB`` is what it adds to the corpus in memory.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import resource
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from nlp.config import NlpSettings
from nlp.embed import embedded_text
from nlp.embedders.base import load_embedder
from nlp.themes import space
from nlp.themes.cluster import broader, layers
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import story_rows
from nlp.themes.discover import propose
from storage.themes import EmbeddedStory

_SEED = 0
_WARM = 600
_BLOCK = 512


@dataclass(frozen=True)
class Corpus:
    """Labelled documents: ``texts``, unit ``vectors`` [n, dim], ``labels`` [n]."""

    records: Sequence[dict[str, str]]
    texts: Sequence[str]
    vectors: np.ndarray
    labels: np.ndarray

    def head(self, n: int) -> Corpus:
        return replace(self, records=self.records[:n], texts=self.texts[:n], vectors=self.vectors[:n], labels=self.labels[:n])

    @property
    def classes(self) -> int:
        return len(np.unique(self.labels))


Labels = dict[str, np.ndarray]
Method = Callable[[Corpus, ThemeSettings], Labels]


def ours(corpus: Corpus, settings: ThemeSettings) -> Labels:
    """What the steps find: groups as BERTopic proposes them, those that found a theme, who joins, families of themes."""
    stories = _stories(corpus)
    rows = _rows(stories)
    found = propose(stories, rows, settings)
    if not found:
        return {"nothing found": np.full(len(rows), -1)}
    founders = np.full(len(rows), -1)
    for label, cluster in enumerate(found):
        founders[cluster.members] = label
    centres = np.stack([cluster.centre for cluster in found])
    near = space.similarity(rows, centres)
    joined = np.where(near.max(axis=1) >= settings.join_similarity, near.argmax(axis=1), -1)
    themes = np.where(founders >= 0, founders, joined)
    families = broader(centres, np.bincount(themes[themes >= 0]), settings.family_similarity)
    families = np.where(families < 0, len(found) + np.arange(len(found)), families)
    return {
        "founders alone": founders,
        "founders and who joins": themes,
        "nearest theme": joined,
        "families": np.where(themes >= 0, families[themes], -1),
    }


def linkage(corpus: Corpus, settings: ThemeSettings) -> Labels:
    """Our clustering step alone."""
    fine, broad = layers(_rows(_stories(corpus)), settings)
    return {"fine": fine, "broad": broad}


def _stories(corpus: Corpus) -> list[EmbeddedStory]:
    """Each document a story of its own source: a corpus of one source would found nothing."""
    return [
        EmbeddedStory(
            document_id=record["id"],
            story_id=record["id"],
            kind=record["kind"],
            source_id=record["id"],
            language=record["lang"],
            counted_on=record["published"],
            title=record["title"],
            text=record.get("text") or "",
            vector=vector,
            codes=(),
        )
        for record, vector in zip(corpus.records, corpus.vectors, strict=True)
    ]


def _rows(stories: Sequence[EmbeddedStory]) -> np.ndarray:
    counts = space.count_words([f"{story.title}\n{story.text}" for story in stories])
    return story_rows(stories, space.Lexicon.empty().with_counts(counts).weights())


def evoc(corpus: Corpus, _: ThemeSettings) -> Labels:
    from evoc import EVoC

    model = EVoC(random_state=42)
    model.fit(corpus.vectors)
    own = [int((np.asarray(layer) == model.labels_).all()) for layer in model.cluster_layers_]
    return {f"layer {i}{' (its choice)' * own[i]}": np.asarray(layer) for i, layer in enumerate(model.cluster_layers_)}


def bertopic(corpus: Corpus, _: ThemeSettings) -> Labels:
    """BERTopic's defaults on our vectors, seeded; then the same with HDBSCAN's leaves of five documents."""
    from bertopic import BERTopic
    from hdbscan import HDBSCAN
    from umap import UMAP

    def flat() -> UMAP:
        return UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42, n_jobs=1)

    usual = BERTopic(umap_model=flat())
    topics, _unused = usual.fit_transform(list(corpus.texts), corpus.vectors)
    leaves = HDBSCAN(5, min_samples=1, cluster_selection_method="leaf")
    return {"defaults": np.array(topics), "HDBSCAN leaf 5/1": leaves.fit_predict(usual.umap_model.transform(corpus.vectors))}


def k_means(corpus: Corpus, _: ThemeSettings) -> Labels:
    return {"on vectors": KMeans(corpus.classes, n_init=3, random_state=_SEED).fit_predict(corpus.vectors)}


def k_means_words(corpus: Corpus, _: ThemeSettings) -> Labels:
    return {"on TF-IDF": KMeans(corpus.classes, n_init=3, random_state=_SEED).fit_predict(_tf_idf(corpus))}


def one_pass(corpus: Corpus, _: ThemeSettings) -> Labels:
    """Each document joins the nearest group if the cosine with its sum reaches the threshold, else begins one."""
    words = _tf_idf(corpus)
    found: Labels = {}
    for threshold in (0.2, 0.3):
        n = words.shape[0]
        labels, squares = np.zeros(n, dtype=int), np.zeros(n)
        groups = 0
        for start in range(0, n, _BLOCK):
            products = (words[start : start + _BLOCK] @ words.T).toarray()
            for k, line in enumerate(products):
                i = start + k
                sums = np.bincount(labels[:i], weights=line[:i], minlength=groups)
                cosine = sums / np.sqrt(np.maximum(squares[:groups], 1e-9))  # a text of words seen once is nothing
                best = int(cosine.argmax()) if groups and cosine.max() >= threshold else groups
                squares[best] += line[i] + 2 * (sums[best] if best < groups else 0)
                labels[i] = best
                groups = max(groups, best + 1)
        found[f"at {threshold}"] = labels
    return found


METHODS: dict[str, tuple[Method, bool]] = {  # and whether there is something to compile first
    "ours": (ours, True),
    "our linkage": (linkage, False),
    "BERTopic": (bertopic, True),
    "EVoC": (evoc, True),
    "TF-IDF one-pass": (one_pass, False),
    "k-means": (k_means, False),
    "k-means words": (k_means_words, False),
}


def scores(labels: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """B-cubed (Bagga and Baldwin 1998), ARI, AMI; a document in no group (-1) is a group of its own."""
    n, outside = len(labels), labels < 0
    _, group = np.unique(np.where(outside, labels.max() + 1 + np.arange(n), labels), return_inverse=True)
    _, both, shared = np.unique(group * (truth.max() + 1) + truth, return_inverse=True, return_counts=True)
    precision = float((shared[both] / np.bincount(group)[group]).mean())
    recall = float((shared[both] / np.bincount(truth)[truth]).mean())
    return {
        "groups": len(np.unique(labels[~outside])),
        "outside": float(outside.mean()),
        "P": precision,
        "R": recall,
        "F1": 2 * precision * recall / (precision + recall),
        "ARI": adjusted_rand_score(truth, group),
        "AMI": adjusted_mutual_info_score(truth, group),
    }


def read(path: Path, sample: int, vectors: Path | None) -> Corpus:
    """The labelled documents of a corpus, a stratified sample when there are more than ``sample``; embedded once."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [record for record in map(json.loads, lines) if record.get("label")]
    if len(records) > 2 * sample:
        records = _stratified(records, sample)
    settings = NlpSettings()
    texts = [embedded_text(record["title"], record.get("text") or "", settings.max_chars) for record in records]
    kept = vectors / f"{path.name.split('.')[0]}-{len(records)}.npy" if vectors else None
    if kept is None or not kept.exists():
        matrix = load_embedder(settings.embedder).embed(texts)
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.save(kept, matrix)
    else:
        matrix = np.load(kept)
    return Corpus(records, texts, matrix, np.unique([record["label"] for record in records], return_inverse=True)[1])


def _stratified(records: list[dict[str, str]], sample: int) -> list[dict[str, str]]:
    random = np.random.default_rng(_SEED)
    of: dict[str, list[int]] = {}
    for i, record in enumerate(records):
        of.setdefault(record["label"], []).append(i)
    share = sample / len(records)
    picked = [i for label in sorted(of) for i in random.choice(of[label], round(share * len(of[label])), replace=False)]
    return [records[i] for i in sorted(picked)]


def _tf_idf(corpus: Corpus):  # type: ignore[no-untyped-def]
    return TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(corpus.texts)


def _alone(name: str, corpus: Corpus, settings: ThemeSettings) -> tuple[Labels, float, float]:
    """What a method finds, in how many seconds and megabytes, in a process of its own."""
    answer, ask = multiprocessing.get_context("fork").SimpleQueue(), METHODS[name]

    def work() -> None:
        warnings.simplefilter("ignore")
        before = _resident()
        if ask[1]:
            ask[0](corpus.head(_WARM), settings)
        start = time.perf_counter()
        found = ask[0](corpus, settings)
        seconds = time.perf_counter() - start
        answer.put((found, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000 - before))

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    while not answer._reader.poll(1):  # type: ignore[attr-defined]
        if not process.is_alive():
            raise SystemExit(f"{name} ended with code {process.exitcode} and no answer")
    result: tuple[Labels, float, float] = answer.get()
    process.join()
    return result


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--vectors", type=Path, help="folder that keeps the vectors for the next time")
    parser.add_argument("--sample", type=int, default=5000, help="documents drawn from a corpus of more than twice as many")
    parser.add_argument("--only", default=",".join(METHODS), help="methods, separated by commas")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of [nlp.themes] for ours")
    args = parser.parse_args()
    settings = ThemeSettings(**{"min_sources": 1, **dict(one.split("=", 1) for one in args.set)})
    for path in args.corpora:
        corpus = read(path, args.sample, args.vectors)
        print(f"\n{path.name.split('.')[0]}: {len(corpus.texts)} documents, {corpus.classes} labels, title and text")
        print(f"{'':38}{'groups':>7}{'outside':>8}{'P':>7}{'R':>7}{'F1':>7}{'ARI':>7}{'AMI':>7}{'s':>7}{'MB':>6}")
        for name in args.only.split(","):
            found, seconds, megabytes = _alone(name, corpus, settings)
            for variant, labels in found.items():
                row = scores(labels, corpus.labels)
                figures = "".join(f"{row[key]:7.3f}" for key in ("P", "R", "F1", "ARI", "AMI"))
                print(
                    f"{f'{name}, {variant}':38}{row['groups']:7d}{row['outside']:8.3f}{figures}{seconds:7.1f}{megabytes:6.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
