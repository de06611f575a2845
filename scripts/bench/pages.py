"""Bodies of the 181 annotated pages of ``pages_dev.tar.gz``: trafilatura alone and our reading of articles, in the same run.

    .venv/bin/python scripts/bench/pages.py [--worst N] [--json] [CORPUS]

The measure is the one article-extraction-benchmark defines: runs of four words with their counts; for each page the true, the
false and the missed ones; precision and recall averaged over the pages where they exist; F1 of the two means. Beside it, the
middle 95 % of 1,000 draws of as many pages. Pages are dealt into two halves by a hash of their identifier: the settings of
trafilatura were chosen on ``tune``. "as stored" is what the limit on the length of a text leaves.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import hashlib
import json
import logging
import os
import random
import re
import statistics
import tarfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import trafilatura

from crawler.collectors.article import Article, read_article
from crawler.collectors.base import Payload
from crawler.normalize import MAX_TEXT, shorten

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
_WORD = re.compile(r"\w+")
_RUN = 4
_DRAWS = 1_000


@dataclass(frozen=True)
class Page:
    """One annotated page: its bytes, its address and its true body."""

    id: str
    url: str
    body: bytes
    truth: str

    @property
    def half(self) -> str:
        return ("tune", "report")[int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % 2]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--worst", type=int, default=0, help="name the pages our reading does worst on")
    options.add_argument("--json", action="store_true", help="figures only, as JSON")
    options.add_argument("corpus", nargs="?", type=Path, default=_corpora() / "pages_dev.tar.gz")
    asked = options.parse_args()
    logging.disable(logging.WARNING)
    figures = measure(read_corpus(asked.corpus), asked.worst)
    print(json.dumps(figures, indent=None if asked.json else 1))


def read_corpus(corpus: Path) -> list[Page]:
    """The pages of the archive, by identifier."""
    with tarfile.open(corpus) as archive:
        files = {Path(member.name).name: archive.extractfile(member) for member in archive if member.isfile()}
        found = {name: file.read() for name, file in files.items() if file is not None}
    truth = json.loads(found["ground-truth.json"])
    return [
        Page(key, row["url"], gzip.decompress(found[f"{key}.html.gz"]), row["articleBody"]) for key, row in sorted(truth.items())
    ]


def measure(pages: Sequence[Page], worst: int = 0) -> dict[str, Any]:
    """Figures by method and half; titles and dates found; seconds of processor time."""
    articles: dict[str, Article] = {}

    def ours(page: Page) -> str:
        articles[page.id] = read_article(Payload(page.url, 200, {"content-type": "text/html"}, page.body), "bench", NOW)
        return articles[page.id].text

    methods: Mapping[str, Callable[[Page], str]] = {
        "trafilatura, as it comes": lambda page: trafilatura.extract(page.body) or "",
        "trafilatura, no comments": lambda page: trafilatura.extract(page.body, include_comments=False) or "",
        "trafilatura, no comments, fast": lambda page: trafilatura.extract(page.body, include_comments=False, fast=True) or "",
        "ours": ours,
        "ours, as stored": lambda page: shorten(articles[page.id].text, MAX_TEXT),
    }
    figures: dict[str, Any] = {}
    for name, method in methods.items():
        started = process_time()
        counts = {page.id: matched(page.truth, method(page)) for page in pages}
        seconds = process_time() - started
        halves = {half: [counts[page.id] for page in pages if page.half == half] for half in ("tune", "report")}
        figures[name] = scores(list(counts.values())) | {
            "f1_95": spread(list(counts.values())),
            "f1_tune": scores(halves["tune"])["f1"],
            "f1_report": scores(halves["report"])["f1"],
            "seconds": round(seconds, 2),
        }
        if name == "ours" and worst:
            figures["worst"] = sorted((round(scores([counts[page.id]])["f1"], 3), page.url) for page in pages)[:worst]
    found = articles.values()
    figures["pages"] = len(pages)
    figures["with a title"] = sum(bool(article.title) for article in found)
    figures["with a date"] = sum(article.read.day is not None for article in found)
    figures["with a time of day"] = sum(article.read.instant is not None for article in found)
    figures["with a language"] = sum(article.lang is not None for article in found)
    figures["paid for"] = sum(article.paywalled for article in found)
    return figures


def runs(text: str) -> Counter[tuple[str, ...]]:
    """How often each run of four words occurs; a shorter text is one run."""
    words = _WORD.findall(text)
    return Counter(tuple(words[start : start + _RUN]) for start in range(max(1, len(words) - _RUN + 1)) if words)


def matched(truth: str, said: str) -> tuple[int, int, int]:
    """Runs of words found, too many, and missed."""
    true, found = runs(truth), runs(said)
    return sum((true & found).values()), sum((found - true).values()), sum((true - found).values())


def scores(counts: Sequence[tuple[int, int, int]]) -> dict[str, float]:
    """F1 of the mean precision over pages where anything is said and the mean recall over pages where anything is true."""
    precision = statistics.mean([hit / (hit + extra) for hit, extra, _ in counts if hit + extra] or [0.0])
    recall = statistics.mean([hit / (hit + missed) for hit, _, missed in counts if hit + missed] or [0.0])
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"f1": round(f1, 4), "precision": round(precision, 4), "recall": round(recall, 4)}


def spread(counts: Sequence[tuple[int, int, int]]) -> list[float]:
    draw = random.Random(1)  # noqa: S311
    drawn = sorted(scores(draw.choices(counts, k=len(counts)))["f1"] for _ in range(_DRAWS))
    return [drawn[round(0.025 * _DRAWS)], drawn[round(0.975 * _DRAWS) - 1]]


def _corpora() -> Path:
    return Path(os.environ.get("ZOOM_AVANT_CORPORA", Path(__file__).parents[3] / "shared" / "data"))


if __name__ == "__main__":
    main()
