"""Watch themes against documents labelled by hand: fits the weights on one split, reports on the other.

    python scripts/bench/watch.py CORPORA [--labels tests/gold/watch.csv] [--watch-file mine.toml] [--keep FOLDER] [--misses]

A label file has a line a document: corpus (a file of CORPORA, without .jsonl.gz), document (its id), split, stratum, weight (how
many documents of the stream it stands for: one over its chance of being drawn) and themes (ids, empty for none). Weights and the
threshold are chosen on the split ``dev`` alone, by cross-validation; every table names the split it reports.

Raw figures count labelled documents, of which hard cases are many; weighted ones estimate the stream the sample was drawn from.
Intervals: 95 %, bootstrap over documents.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from crawler.collectors.feed import patent_codes
from crawler.records import Record, read_records
from nlp.config import NlpSettings
from nlp.embed import embedded_text
from nlp.embedders.base import Embedder, load_embedder
from nlp.themes.config import ThemeSettings, WatchWeights
from nlp.themes.watch import WatchModel, WatchTheme, watch_list
from nlp.themes.watch_decision import FEATURES, Evidence
from storage.model import Kind
from storage.themes import EmbeddedStory

FOLDS, PENALTY, RESAMPLES = 8, 3.0, 2000
GRID = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
DAY = dt.date(2026, 1, 1)


@dataclass(frozen=True)
class Labelled:
    """Rows are documents, columns themes."""

    stories: list[EmbeddedStory]
    evidence: list[list[Evidence]]
    features: np.ndarray
    cosine: np.ndarray
    wanted: np.ndarray
    weight: np.ndarray
    split: np.ndarray
    themes: list[str]

    @property
    def coded(self) -> np.ndarray:
        return np.array([[one.code is not None for one in row] for row in self.evidence])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--labels", type=Path, default=Path(__file__).parents[2] / "tests" / "gold" / "watch.csv")
    parser.add_argument("--watch-file", type=Path)
    parser.add_argument("--keep", type=Path, help="folder that keeps the vectors between runs")
    parser.add_argument("--report", nargs="+", default=["test"], help="splits to report on")
    parser.add_argument("--misses", action="store_true", help="list what was decided wrongly")
    args = parser.parse_args()
    settings = NlpSettings()
    embedder = load_embedder(settings.embedder)
    rows = list(csv.DictReader(args.labels.open(encoding="utf-8")))
    stories = read_stories(args.corpora, rows, embedder, settings, args.keep)
    data = labelled(rows, stories, watch_list(args.watch_file), embedder)
    dev = data.split == "dev"
    bare = labelled(rows, stories, [bare_theme(theme) for theme in watch_list(args.watch_file)], embedder)

    shipped = ThemeSettings()
    weights = fit(data, dev)
    print("weights fitted on dev:", " ".join(f"{name}={value:.2f}" for name, value in weights.model_dump().items()))
    print("weights in use:       ", " ".join(f"{n}={v:.2f}" for n, v in shipped.watch_weights.model_dump().items()))
    print("\nthreshold, by cross-validation on dev (weighted precision, recall, F1 | raw):")
    out_of_fold = cross_validated(data, dev)
    for threshold in GRID:
        weighted = scores(data, out_of_fold >= threshold, dev, data.weight)
        raw = scores(data, out_of_fold >= threshold, dev, np.ones(len(rows)))
        print(
            f"  {threshold:.2f}  {weighted[0]:.3f} {weighted[1]:.3f} {weighted[2]:.3f} | {raw[0]:.3f} {raw[1]:.3f} {raw[2]:.3f}"
        )
    codes_of(data, dev)

    cut = shipped.watch_probability
    probability = probabilities(data, shipped.watch_weights)
    by_terms = np.array([[bool(one.lead_terms or one.later_terms) for one in row] for row in data.evidence])
    best = max(np.arange(0.1, 0.6, 0.01), key=lambda at: scores(data, data.cosine >= at, dev, data.weight)[2])
    held_out = leave_one_theme_out(data, dev)
    unaided = leave_one_theme_out(bare, dev)
    decisions = {
        f"in use, at {cut}": probability >= cut,
        "a theme of one's own": held_out >= cut,
        "  and no hints, no codes": unaided >= cut,
        "terms only": by_terms,
        f"cosine only, at {best:.2f}": data.cosine >= best,
    }
    for name in [*(split for split in args.report if (data.split == split).any())]:
        mask = data.split == name
        print(f"\n{name}: {mask.sum()} documents, {data.wanted[mask].sum()} memberships")
        print(f"  {'':26}  weighted precision, recall, F1                       raw")
        for title, decided in decisions.items():
            print(f"  {title:26}  {line(data, decided, mask)}")
        for j, theme in enumerate(data.themes):
            only = np.zeros_like(data.wanted)
            only[:, j] = True
            raw = scores(data, decisions[f"in use, at {cut}"], mask, np.ones(len(rows)), only)
            weighted = scores(data, decisions[f"in use, at {cut}"], mask, data.weight, only)
            own = scores(data, decisions["a theme of one's own"], mask, np.ones(len(rows)), only)
            print(
                f"    {theme:18} n={data.wanted[mask, j].sum():3}  raw {raw[0]:.2f} {raw[1]:.2f} {raw[2]:.2f}"
                f"  weighted {weighted[0]:.2f} {weighted[1]:.2f}  held out, raw {own[0]:.2f} {own[1]:.2f}"
            )
        reliability(data, probability, mask)
        if args.misses:
            misses(data, probability, cut, mask)


def read_stories(
    corpora: Path, rows: Sequence[dict[str, str]], embedder: Embedder, settings: NlpSettings, keep: Path | None
) -> list[EmbeddedStory]:
    found: dict[tuple[str, str], Record] = {}
    for corpus in sorted({row["corpus"] for row in rows}):
        wanted = {row["document"] for row in rows if row["corpus"] == corpus}
        for _, record in read_records(corpora / f"{corpus}.jsonl.gz"):
            if isinstance(record, Record) and record.id in wanted:
                found[corpus, record.id] = record
    records = [found[row["corpus"], row["document"]] for row in rows]
    texts = [embedded_text(record.title, record.text, settings.max_chars) for record in records]
    vectors = kept_vectors(texts, embedder, keep)
    return [
        EmbeddedStory(
            document_id=str(record.id),
            story_id=str(record.id),
            kind=record.kind.value,
            source_id=record.source,
            language=record.lang or "",
            counted_on=record.published or DAY,
            title=record.title,
            text=record.text,
            vector=vector,
            codes=patent_codes(str(record.extra.get("label", "")).split(",")) if record.kind is Kind.PATENT else (),
        )
        for record, vector in zip(records, vectors, strict=True)
    ]


def kept_vectors(texts: Sequence[str], embedder: Embedder, keep: Path | None) -> np.ndarray:
    if keep is None:
        return embedder.embed(texts)
    keep.mkdir(parents=True, exist_ok=True)
    file = keep / f"watch-{hashlib.blake2b(chr(0).join([embedder.id, *texts]).encode(), digest_size=8).hexdigest()}.npy"
    if not file.exists():
        np.save(file, embedder.embed(texts))
    return np.asarray(np.load(file))


def labelled(
    rows: Sequence[dict[str, str]], stories: list[EmbeddedStory], themes: list[WatchTheme], embedder: Embedder
) -> Labelled:
    evidence = WatchModel(themes, ThemeSettings()).fit(embedder).evidence(stories)
    described = embedder.embed([text for theme in themes for text in (theme.description_fr, theme.description_en)])
    cosine = np.stack([story.vector for story in stories]) @ described.T
    return Labelled(
        stories=stories,
        evidence=evidence,
        features=np.array([[one.features() for one in row] for row in evidence]),
        cosine=cosine.reshape(len(stories), len(themes), 2).max(axis=2),
        wanted=np.array([[theme.id in row["themes"].split() for theme in themes] for row in rows]),
        weight=np.array([float(row["weight"]) for row in rows]),
        split=np.array([row["split"] for row in rows]),
        themes=[theme.id for theme in themes],
    )


def bare_theme(theme: WatchTheme) -> WatchTheme:
    """What a person writes at first: descriptions and a few terms."""
    nothing: dict[str, tuple[str, ...]] = {"hints_fr": (), "hints_en": (), "never_fr": (), "never_en": (), "codes": ()}
    return theme.model_copy(update={**nothing, "broad_codes": ()})


def fit(data: Labelled, mask: np.ndarray, themes: np.ndarray | None = None) -> WatchWeights:
    """Logistic regression; documents count by the square root of their weight, which keeps a few of them from deciding all."""
    use = mask[:, None] & ~data.coded & (themes if themes is not None else np.ones_like(data.wanted))
    counts = np.sqrt(np.broadcast_to(data.weight[:, None], use.shape)[use])
    model = LogisticRegression(C=PENALTY, max_iter=1000)
    model.fit(data.features[use], data.wanted[use], sample_weight=counts / counts.mean())
    found = dict(zip(FEATURES, model.coef_[0].tolist(), strict=True))
    return WatchWeights(intercept=float(model.intercept_[0]), **found)


def probabilities(data: Labelled, weights: WatchWeights) -> np.ndarray:
    return np.array([[one.probability(weights) for one in row] for row in data.evidence])


def cross_validated(data: Labelled, mask: np.ndarray) -> np.ndarray:
    folds = np.random.default_rng(0).integers(0, FOLDS, len(mask))
    found = np.zeros(data.wanted.shape)
    for fold in range(FOLDS):
        part = folds == fold
        found[part] = probabilities(data, fit(data, mask & ~part))[part]
    return found


def leave_one_theme_out(data: Labelled, mask: np.ndarray) -> np.ndarray:
    """Each theme judged by weights that never saw its labels."""
    found = np.zeros(data.wanted.shape)
    for j in range(len(data.themes)):
        others = np.ones_like(data.wanted)
        others[:, j] = False
        found[:, j] = probabilities(data, fit(data, mask, others))[:, j]
    return found


def scores(
    data: Labelled, decided: np.ndarray, mask: np.ndarray, weight: np.ndarray, only: np.ndarray | None = None
) -> tuple[float, float, float]:
    """Precision, recall and F1 over all (document, theme) pairs of the mask."""
    keep = mask[:, None] & (only if only is not None else np.ones_like(decided))
    counts = weight[:, None] * keep
    hit = float((counts * (decided & data.wanted)).sum())
    said, real = float((counts * decided).sum()), float((counts * data.wanted).sum())
    precision, recall = hit / said if said else 1.0, hit / real if real else 1.0
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def line(data: Labelled, decided: np.ndarray, mask: np.ndarray) -> str:
    rng, rows = np.random.default_rng(1), np.flatnonzero(mask)
    drawn = []
    for _ in range(RESAMPLES):
        times = np.zeros(len(mask))
        np.add.at(times, rng.choice(rows, len(rows)), 1)
        drawn.append(scores(data, decided, mask, data.weight * times))
    low, high = np.percentile(np.array(drawn), [2.5, 97.5], axis=0)
    weighted = scores(data, decided, mask, data.weight)
    raw = scores(data, decided, mask, np.ones(len(mask)))
    spans = " ".join(f"{value:.3f} [{a:.2f}-{b:.2f}]" for value, a, b in zip(weighted, low, high, strict=True))
    return f"{spans}   {raw[0]:.3f} {raw[1]:.3f} {raw[2]:.3f}"


def codes_of(data: Labelled, mask: np.ndarray) -> None:
    for name, has in (("codes", lambda one: one.code), ("broad codes", lambda one: one.broad_code)):
        count_codes(name, data, mask, has)


def count_codes(name: str, data: Labelled, mask: np.ndarray, has: Callable[[Evidence], str | None]) -> None:
    with_code = np.array([[has(one) is not None for one in row] for row in data.evidence]) & mask[:, None]
    print(f"{name} on dev: {int((with_code & data.wanted).sum())} of {int(with_code.sum())} are about their theme")


def reliability(data: Labelled, probability: np.ndarray, mask: np.ndarray) -> None:
    """How often a probability comes true (raw and weighted), and the mean squared error (Brier, 1950)."""
    print("  said       pairs  mean said  came true  weighted")
    edges = (0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.01)
    spread = np.broadcast_to(data.weight[:, None], probability.shape)
    for low, high in itertools.pairwise(edges):
        part = (probability >= low) & (probability < high) & mask[:, None]
        if part.any():
            share = np.average(data.wanted[part], weights=spread[part])
            print(
                f"  {low:.2f}-{min(high, 1):.2f} {part.sum():6}      {probability[part].mean():.3f}"
                f"      {data.wanted[part].mean():.3f}     {share:.3f}"
            )
    error = (probability - data.wanted)[mask] ** 2
    base = data.wanted[mask].mean()
    weighted, base_weighted = np.average(error, weights=spread[mask]), np.average(data.wanted[mask], weights=spread[mask])
    print(
        f"  Brier {error.mean():.4f} (the base rate alone: {base * (1 - base):.4f});"
        f" weighted {weighted:.4f} ({base_weighted * (1 - base_weighted):.4f})"
    )


def misses(data: Labelled, probability: np.ndarray, cut: float, mask: np.ndarray) -> None:
    wrong = [
        ("missed" if data.wanted[i, j] else "wrong ", data.weight[i], i, j)
        for i in np.flatnonzero(mask)
        for j in range(len(data.themes))
        if (probability[i, j] >= cut) != data.wanted[i, j]
    ]
    for kind, weight, i, j in sorted(wrong, key=lambda one: (one[0], -one[1])):
        reason = data.evidence[i][j].reason(probability[i, j])
        print(f"  {kind} {weight:5.1f} {data.themes[j]:16} {reason}  |  {data.stories[i].title[:70]}")


if __name__ == "__main__":
    main()
