"""Papers replayed by day: how long after its first public paper a theme is heard of, and how often random words are.

The threshold comes from random words, among which there are true trends. Each paper falls into a bucket by its id, so that a
single archive has voices. The listed themes and their first papers were fixed before the first run.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import prototype as prototypes
from momentum_bench import threshold_for, union
from scored import scored

from monitor.trends.detector import Detector, Layout
from monitor.trends.parameters import KINDS

START = dt.date(2008, 1, 1)
FIRST = 800
FEWEST, MOST = 60, 3000
_EACH_TAKES = 0.6

LISTED: tuple[tuple[str, str, str], ...] = (
    ("word embeddings", r"word2vec|word embedding|skip-gram", "2013-01-16"),
    ("adversarial examples", r"adversarial (?:example|perturbation|attack)", "2013-12-21"),
    ("GAN", r"generative adversarial|\bgans?\b", "2014-06-10"),
    ("attention mechanism", r"attention mechanism|attention-based|neural attention", "2014-09-01"),
    ("neural machine translation", r"neural machine translation|\bnmt\b", "2014-09-01"),
    ("sequence to sequence", r"sequence[- ]to[- ]sequence|seq2seq", "2014-09-10"),
    ("batch normalization", r"batch normali[sz]ation", "2015-02-11"),
    ("federated learning", r"federated (?:learning|optimi)", "2016-02-17"),
    ("graph convolution", r"graph convolution|graph neural net", "2016-09-09"),
    ("WaveNet", r"wavenet", "2016-09-12"),
    ("fake news", r"fake news", "2016-11-08"),
    ("Transformer", r"\btransformers?\b", "2017-06-12"),
    ("contextual embeddings", r"\belmo\b|contextuali[sz]ed (?:word )?(?:embedding|representation)", "2018-02-15"),
    ("Spectre and Meltdown", r"\bspectre\b|\bmeltdown\b|speculative execution", "2018-01-03"),
    ("GDPR", r"\bgdpr\b|general data protection regulation", "2016-04-27"),
    ("BERT", r"\bbert\b", "2018-10-11"),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Last day, random words, buckets, false alerts a word and year."""

    end: str
    background: int
    buckets: int
    rate: float


@dataclass(frozen=True, slots=True)
class Theme:
    """``group`` is listed, table or control; ``onset`` a day index, None without one."""

    name: str
    group: str
    pattern: re.Pattern[str]
    onset: int | None


@dataclass(slots=True, eq=False)
class Replayed:
    """The papers in the form of the prototype's streams; the first ``words`` rows are random words, then the themes."""

    K: int
    S: int
    D: int
    N: np.ndarray
    kind: np.ndarray
    T: np.ndarray
    TH: np.ndarray
    SO: np.ndarray
    raw: np.ndarray
    cut: np.ndarray
    words: int


def run(path: Path, files: Sequence[Path], table: Path | None, corpus: str, settings: Settings) -> None:
    """Prints delays of the themes by detector, their summaries, and alerts on random words and controls."""
    lab = prototypes.load(path)
    texts, day, bucket = papers(files, settings)
    themes, left_out = within([*listed(), *of_table(table, corpus)], int(day.max()))
    stream = replayed(texts, day, bucket, themes, settings)
    print(f"{len(texts)} papers, {stream.D} days, {stream.words} random words, {len(themes)} themes, {settings.buckets} buckets")
    if left_out:
        print(f"left out, first paper outside the file: {', '.join(left_out)}")
    found = scored(Detector(Layout(stream.K), stream.kind), prototypes.days_of(lab, stream))
    words = slice(0, stream.words)
    thresholds = [lab.calibrate(found[name][words], _EACH_TAKES * settings.rate, FIRST, stream.D) for name in ("score", "buzz")]
    trend, buzz = {"all": found["score"]}, {"all": found["buzz"]}
    theirs = lab.run_momentum(stream, channels=False)["score"]
    nominal = threshold_for(settings.rate)
    scores = {
        "trend": (found["score"], lab.calibrate(found["score"][words], settings.rate, FIRST, stream.D)),
        "both": (union([trend, buzz], thresholds)["all"], None),
        "prototype": (theirs, lab.calibrate(theirs[words], settings.rate, FIRST, stream.D)),
        "trend, nominal": (found["score"], nominal),
        "prototype, nom.": (theirs, nominal),
    }
    ready = {
        name: (score, lab.calibrate(np.maximum(score[words], -2.0), settings.rate, FIRST, stream.D) if h is None else h)
        for name, (score, h) in scores.items()
    }
    show(lab, stream, themes, ready, settings)


def papers(files: Sequence[Path], settings: Settings) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Lower-case title and text, day index and bucket of each paper, once an id, in order of days."""
    seen: dict[str, tuple[int, str]] = {}
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in map(json.loads, lines):
                if START.isoformat() <= line["published"] <= settings.end:
                    day = (dt.date.fromisoformat(line["published"]) - START).days
                    seen.setdefault(str(line["id"]), (day, " ".join(f"{line['title']} . {line['text']}".lower().split())))
    order = sorted(seen, key=lambda key: (seen[key][0], key))
    bucket = np.array([zlib.crc32(key.encode()) % settings.buckets for key in order])
    return [seen[key][1] for key in order], np.array([seen[key][0] for key in order]), bucket


def listed() -> Iterator[Theme]:
    for name, pattern, first in LISTED:
        yield Theme(name, "listed", re.compile(pattern), (dt.date.fromisoformat(first) - START).days)


def of_table(table: Path | None, corpus: str) -> Iterator[Theme]:
    """Dated themes and controls of the table. Its patterns are read without regard to case, as all text is lower-case here."""
    if table is None:
        return
    with table.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            is_control = row["theme"].startswith("control:")
            if row["corpus"].startswith(corpus) and (is_control or row["event_day"]):
                first = None if is_control else (dt.date.fromisoformat(row["event_day"]) - START).days
                pattern = re.compile(row["pattern"], re.IGNORECASE)
                yield Theme(row["theme"], "control" if is_control else "table", pattern, first)


def within(themes: Sequence[Theme], last: int) -> tuple[list[Theme], list[str]]:
    """Themes whose first paper falls into the days read, and the names of the others."""
    inside = [theme for theme in themes if theme.onset is None or 0 <= theme.onset <= last]
    return inside, [theme.name for theme in themes if theme not in inside]


def replayed(texts: list[str], day: np.ndarray, bucket: np.ndarray, themes: Sequence[Theme], settings: Settings) -> Replayed:
    """Counts of random words with 60 to 3000 papers, and of the themes."""
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        for word in set(re.findall(r"[a-z]{4,}", text)):
            places.setdefault(word, []).append(place)
    fitting = sorted(word for word, where in places.items() if FEWEST <= len(where) <= MOST)
    chosen = np.random.default_rng(1).choice(fitting, min(settings.background, len(fitting)), replace=False)
    rows = [np.array(places[word]) for word in chosen]
    rows += [np.array([n for n, text in enumerate(texts) if theme.pattern.search(text)], int) for theme in themes]
    paper, row = np.concatenate(rows), np.repeat(np.arange(len(rows)), [len(part) for part in rows])
    order = np.argsort(day[paper], kind="stable")
    paper, row = paper[order], row[order]
    days = int(day.max()) + 1
    volume, raw = np.zeros((settings.buckets, days)), np.zeros((len(rows), days))
    np.add.at(volume, (bucket, day), 1.0)
    np.add.at(raw, (row, day[paper]), 1.0)
    return Replayed(
        K=len(rows),
        S=settings.buckets,
        D=days,
        N=volume,
        kind=np.full(settings.buckets, KINDS.index("paper")),
        T=day[paper],
        TH=row,
        SO=bucket[paper],
        raw=raw,
        cut=np.searchsorted(day[paper], np.arange(days + 1)),
        words=len(chosen),
    )


def show(
    lab: Any, stream: Replayed, themes: Sequence[Theme], scores: dict[str, tuple[np.ndarray, float]], settings: Settings
) -> None:
    """A line a theme: days from the first public paper to the first alert, and papers seen by then."""
    seen = np.cumsum(stream.raw, axis=1)
    print(f"\nthresholds for {settings.rate} alerts a random word and year; days to the first alert (papers seen)")
    print(f"{'':27s} {'first':>10s} {'papers':>6s}  " + " ".join(f"{name:>16s}" for name in scores))
    delays: dict[tuple[str, str], list[float]] = {}
    for place, theme in enumerate(themes, stream.words):
        if theme.onset is None:
            continue
        cells = []
        for name, (score, threshold) in scores.items():
            alerts = np.flatnonzero(score[place, theme.onset :] >= threshold)
            delay = float(alerts[0]) if len(alerts) else np.inf
            delays.setdefault((theme.group, name), []).append(delay)
            cells.append(f"{delay:.0f} ({seen[place, theme.onset + int(delay)]:.0f})" if len(alerts) else "-")
        first = (START + dt.timedelta(days=theme.onset)).isoformat()
        papers_in_all = f"{seen[place, -1]:.0f}"
        print(f"{theme.name[:27]:27s} {first} {papers_in_all:>6s}  " + " ".join(f"{cell:>16s}" for cell in cells))
    for (group, name), found in delays.items():
        detected, soon = int(np.isfinite(found).sum()), sum(delay <= 365 for delay in found)
        print(f"{group}, {name}: {detected} of {len(found)} detected, {soon} within a year, median {np.median(found):.0f} days")
    words = slice(0, stream.words)
    for name, (score, threshold) in scores.items():
        rate = lab.fa_rate(score[words], threshold, FIRST, stream.D)
        print(f"{name}: threshold {threshold:.2f}, {rate:.3f} alerts a random word and year")
    for place, theme in enumerate(themes, stream.words):
        if theme.group == "control":
            for name, (score, threshold) in scores.items():
                days = np.flatnonzero(lab.events(score[place : place + 1], threshold)[0, FIRST:]) + FIRST
                said = ", ".join((START + dt.timedelta(days=int(day))).isoformat() for day in days)
                print(f"{theme.name}, {name}: {len(days)} alerts {said}")
