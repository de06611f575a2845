"""Whether French and English documents on one subject share a theme, and whether language rather than subject makes the themes.

    python scripts/bench/languages.py CORPORA [--background 3000] [--seed 1] [--keep FOLDER]

Plays a month of both languages (``events.py``) through the program, day by day, in a database of its own. Beside it, on the same
documents and vectors: BERTopic as it comes (UMAP to 5 dimensions, HDBSCAN from 10 documents) and one-pass clustering of TF-IDF
vectors at cosine .2. Printed for each subject: the share of its French-English pairs that share a theme, against its French and
its English pairs. Then normalised (NMI) and adjusted (AMI) mutual information between theme and language, 0 wanted: NMI is never
0 by chance when themes are many, so what shuffled languages give stands beside it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from events import Mix, mixed_month
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score

from monitor.config import load
from monitor.replay.claim import Request
from monitor.replay.run import replay_files
from nlp.embed import embedded_text
from nlp.embedders.base import load_embedder
from nlp.themes import space
from storage.model import Origin
from storage.store import Store
from storage.tables import assignments, documents, themes

Themes = Mapping[str, frozenset[str]]  # by record id; the empty set for a document in none
_SMALLEST = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--background", type=int, default=3000, help="documents of each language on anything else")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder that keeps the replay between runs")
    args = parser.parse_args()
    mix = mixed_month(args.corpora, args.background, args.seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        narrow, everything = by_the_program(mix, folder)
    vectors = embed(mix)
    print(f"{len(mix.records)} documents, {len(mix.subject)} of them on {len(set(mix.subject.values()))} subjects")
    methods: dict[str, Themes] = {
        "program, discovered": narrow,
        "program, all themes": everything,
        "BERTopic defaults": by_bertopic(mix, vectors),
        "TF-IDF one-pass": by_words(mix),
    }
    for name, found in methods.items():
        print_pairs(name, mix, found)
    print(f"\n{'':22}{'themes':>7}{'in one':>8}{'NMI':>7}{'chance':>8}{'AMI':>7}{'AMI*':>7}{'AMI**':>7}{'both':>7}{'10 %':>7}")
    for name, found in methods.items():
        print_mixing(name, mix, found)
    print("in one: share of documents in a theme; AMI*: documents of the subjects alone; AMI**: Le Monde, both editions;")
    print("both: of themes of 10 documents or more, the share with both languages; 10 %: with a tenth of each")


def by_the_program(mix: Mix, folder: Path) -> tuple[Themes, Themes]:
    """The narrow discovered theme of each document, and all its themes, after the month was played day by day."""
    file, database = folder / "month.jsonl", folder / "month.db"
    lines = [json.dumps(record, ensure_ascii=False) for record in mix.records]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    request = Request(files=(file,), out=folder / "out")
    replay_files(request, lambda: Store.open(f"sqlite:///{database}", create=True), load().settings)
    store = Store.open(f"sqlite:///{database}")
    query = sa.select(documents.c.title, themes.c.id, themes.c.origin, themes.c.level)
    joined = documents.join(assignments, assignments.c.document_id == documents.c.id).join(
        themes, themes.c.id == assignments.c.theme_id
    )
    narrow, everything = defaultdict(set), defaultdict(set)
    with store.reading() as conn:
        for row in conn.execute(query.select_from(joined)):
            everything[row.title].add(row.id)
            if row.origin == Origin.DISCOVERED and row.level == 0:
                narrow[row.title].add(row.id)
    store.close()
    titles = {record["id"]: " ".join(record["title"].split()) for record in mix.records}
    return tuple({key: frozenset(found[title]) for key, title in titles.items()} for found in (narrow, everything))  # type: ignore[return-value]


def embed(mix: Mix) -> np.ndarray:
    settings = load().settings.nlp
    texts = [embedded_text(record["title"], record["text"], settings.max_chars) for record in mix.records]
    embedder = load_embedder(settings.embedder)
    rows = embedder.embed(texts)
    close = getattr(embedder, "close", None)
    if close is not None:
        close()
    return rows


def by_bertopic(mix: Mix, vectors: np.ndarray) -> Themes:
    from bertopic import BERTopic
    from umap import UMAP

    reduced = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=42)  # BERTopic's own, with a seed
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        topics, _ = BERTopic(umap_model=reduced, language="multilingual").fit_transform(_texts(mix), embeddings=vectors)
    return _labelled(mix, topics)


def by_words(mix: Mix, near: float = 0.2) -> Themes:
    """Each document joins the nearest centroid before it, or begins a cluster. Clusters of fewer than four count as none."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    from nlp.themes.stopwords import STOP_WORDS

    vectorizer = TfidfVectorizer(
        stop_words=sorted(STOP_WORDS),
        token_pattern=space.WORD,
        min_df=2,
        max_features=10_000,
        dtype=np.float32,
    )
    words = vectorizer.fit_transform(_texts(mix))
    sums = np.zeros((words.shape[1], 256), dtype=np.float32)
    lengths = np.zeros(256, dtype=np.float32)
    labels, n = [], 0
    for i in range(words.shape[0]):
        row = words[i]
        scores = row.data @ sums[row.indices, :n] / np.maximum(lengths[:n], 1e-9) if n else np.zeros(0)
        best = int(scores.argmax()) if n else -1
        if best < 0 or scores[best] < near:
            best, n = n, n + 1
            if n > sums.shape[1]:
                sums, lengths = np.hstack([sums, np.zeros_like(sums)]), np.concatenate([lengths, np.zeros_like(lengths)])
        sums[row.indices, best] += row.data
        lengths[best] = np.linalg.norm(sums[:, best])
        labels.append(best)
    sizes = np.bincount(labels)
    return _labelled(mix, [label if sizes[label] >= _SMALLEST else -1 for label in labels])


def print_pairs(name: str, mix: Mix, found: Themes) -> None:
    print(f"\n{name:32}{'fr':>5}{'en':>5}{'fr-en':>8}{'fr-fr':>8}{'en-en':>8}")
    shares = []
    for subject in sorted(set(mix.subject.values())):
        told: dict[str, list[frozenset[str]]] = {"fr": [], "en": []}
        for record in mix.records:
            if mix.subject.get(record["id"]) == subject:
                told[record["lang"]].append(found[record["id"]])
        across = _share(itertools.product(told["fr"], told["en"]))
        within = [_share(itertools.combinations(told[language], 2)) for language in ("fr", "en")]
        shares.append((across, *within))
        print(f"{subject:32}{len(told['fr']):5}{len(told['en']):5}{across:8.2f}{within[0]:8.2f}{within[1]:8.2f}")
    mean = np.mean(shares, axis=0)
    print(
        f"{'mean':42}{mean[0]:8.2f}{mean[1]:8.2f}{mean[2]:8.2f}   across / within {2 * mean[0] / (mean[1] + mean[2] + 1e-9):.2f}"
    )


def print_mixing(name: str, mix: Mix, found: Themes) -> None:
    rows = [(theme, record) for record in mix.records for theme in sorted(found[record["id"]])]
    labels, languages = [theme for theme, _ in rows], [record["lang"] for _, record in rows]
    shuffled = np.random.default_rng(0).permutation(languages)
    on_subjects = [(theme, record["lang"]) for theme, record in rows if record["id"] in mix.subject]
    one_house = [(theme, record["lang"]) for theme, record in rows if record["source"].startswith("Le Monde")]
    of_theme: dict[str, list[str]] = defaultdict(list)
    for theme, language in zip(labels, languages, strict=True):
        of_theme[theme].append(language)
    large = [told.count("fr") / len(told) for told in of_theme.values() if len(told) >= 10]
    both = np.mean([0 < share < 1 for share in large]) if large else float("nan")
    tenth = np.mean([0.1 <= share <= 0.9 for share in large]) if large else float("nan")
    placed = np.mean([bool(found[record["id"]]) for record in mix.records])
    print(
        f"{name:22}{len(of_theme):7}{placed:8.2f}{normalized_mutual_info_score(labels, languages):7.3f}"
        f"{normalized_mutual_info_score(labels, shuffled):8.3f}{adjusted_mutual_info_score(labels, languages):7.3f}"
        f"{_ami(on_subjects):7.3f}{_ami(one_house):7.3f}{both:7.2f}{tenth:7.2f}  (of {len(large)})"
    )


def _ami(pairs: Sequence[tuple[str, str]]) -> float:
    return float(adjusted_mutual_info_score([theme for theme, _ in pairs], [language for _, language in pairs]))


def _share(pairs: Iterable[tuple[frozenset[str], frozenset[str]]]) -> float:
    together = [bool(left & right) for left, right in pairs]
    return float(np.mean(together)) if together else float("nan")


def _texts(mix: Mix) -> list[str]:
    return [f"{record['title']}. {record['text']}" for record in mix.records]


def _labelled(mix: Mix, labels: Iterable[int]) -> Themes:
    pairs = zip(mix.records, labels, strict=True)
    return {record["id"]: frozenset() if label < 0 else frozenset([str(label)]) for record, label in pairs}


if __name__ == "__main__":
    sys.exit(main())
