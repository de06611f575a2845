"""How well copies are found: judged pairs of one day's headlines, and titles that repeat within a week in two corpora.

    .venv/bin/python scripts/bench/duplicates.py CORPORA [--set short_similarity=0.7 …]

``duplicates_judged.csv`` holds 283 pairs of headlines judged by one reader from the titles alone, drawn at random within bands of
likeness (cosine of word weights): ``copy`` the same dispatch, edited or not; ``event`` another article on the same event;
``other``. Shares are weighted by the pairs of each band. Pairs of local weather pages, most of all alike pairs, are a band of
their own. The rule for short items was chosen on the first half of the pairs (by a hash of their ids); read the second.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import gzip
import itertools
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nlp.config import StorySettings
from nlp.stories import StoryIndex
from nlp.words import WORD, fold
from storage.model import Document, Kind

JUDGED = Path(__file__).with_name("duplicates_judged.csv")
HEADLINES = "fr_headlines_2020-01-10.jsonl.gz"
LABELLED = "story_clusters_dev.jsonl.gz"
REPEATS = ("rss_tech_en.jsonl.gz", "lemonde_fr_2022_h1.jsonl.gz")
WITHIN_DAYS = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--set", nargs="*", default=[], help="settings of stories to change, as name=value")
    given = parser.parse_args()
    settings = StorySettings(**{name: json.loads(value) for name, value in (part.split("=") for part in given.set)})
    found: dict[str, Any] = dict(judged(given.corpora / HEADLINES, settings))
    found["labelled stories"] = labelled(given.corpora / LABELLED, settings)
    found |= {name: repeats(given.corpora / name, settings) for name in REPEATS}
    print(json.dumps(found, indent=1))


def judged(path: Path, settings: StorySettings) -> Iterator[tuple[str, dict[str, Any]]]:
    """Precision and recall over the judged pairs; who publishes a headline is unknown, so each counts as a source of its own."""
    story = stories_of(list(read(path, own_sources=True)), settings)
    with JUDGED.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    halves: tuple[list[dict[str, str]], list[dict[str, str]]] = ([], [])
    for row in rows:
        halves[zlib.crc32((row["first"] + row["second"]).encode()) % 2].append(row)
    for name, half in (("all judged pairs", rows), ("half the rule was chosen on", halves[0]), ("other half", halves[1])):
        yield name, scored(half, story)


def scored(rows: list[dict[str, str]], story: dict[str, str]) -> dict[str, Any]:
    sampled = Counter(row["stratum"] for row in rows)
    mass: dict[tuple[str, bool], float] = defaultdict(float)
    dressed: dict[bool, float] = defaultdict(float)
    bands: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        joined = story[row["first"]] == story[row["second"]]
        weight = int(row["pairs_in_stratum"]) / sampled[row["stratum"]]
        mass[row["judged"], joined] += weight
        if row["judged"] == "copy" and row["stratum"] != "equal":
            dressed[joined] += weight
        bands[row["stratum"]][f"{row['judged']} {'joined' if joined else 'apart'}"] += 1
    taken = sum(mass[kind, True] for kind in ("copy", "event", "other"))
    return {
        "pairs": len(rows),
        "precision, copies": share(mass["copy", True], taken),
        "precision, copies or same event": share(mass["copy", True] + mass["event", True], taken),
        "recall, copies": share(mass["copy", True], mass["copy", True] + mass["copy", False]),
        "recall, copies with other titles": share(dressed[True], dressed[True] + dressed[False]),
        "by band": {band: dict(sorted(counts.items())) for band, counts in bands.items()},
    }


def labelled(path: Path, settings: StorySettings) -> dict[str, Any]:
    """Of the pairs joined in a day of news labelled by event, the share of one event. Copies are not told apart there."""
    label = {record["id"]: record["label"] for record in records_of(path)}
    grouped: dict[str, list[str]] = defaultdict(list)
    for name, story in stories_of(list(read(path, own_sources=True)), settings).items():
        grouped[story].append(name)
    pairs = [label[a] == label[b] for found in grouped.values() for a, b in itertools.combinations(found, 2)]
    return {"pairs joined": len(pairs), "precision, same event": share(sum(pairs), len(pairs))}


def repeats(path: Path, settings: StorySettings) -> dict[str, Any]:
    """Titles of five words and more that come again within a week, from another address or source: are they one story?"""
    documents = list(read(path))
    story = stories_of(documents, settings)
    titled: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        titled[" ".join(WORD.findall(fold(document.title)))].append(document)
    counts: dict[str, list[bool]] = defaultdict(list)
    for title, found in titled.items():
        for a, b in itertools.combinations(found, 2):
            if abs((day(a) - day(b)).days) <= WITHIN_DAYS and (a.url, a.source_id) != (b.url, b.source_id):
                length = "long" if title.count(" ") >= 4 else "short"
                where = "one source" if a.source_id == b.source_id else "two sources"
                counts[f"{length} title, {where}"].append(story[a.id] == story[b.id])
    stories: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        stories[story[document.id]].append(document)
    same = other = 0
    for found in stories.values():
        for a, b in itertools.combinations(found[:50], 2):
            equal = WORD.findall(fold(a.title)) == WORD.findall(fold(b.title))
            same, other = same + equal, other + (not equal)
    return {
        "recall": {name: [share(sum(found), len(found)), len(found)] for name, found in sorted(counts.items())},
        "pairs joined with equal titles": same,
        "pairs joined with other titles": other,
    }


def stories_of(documents: list[Document], settings: StorySettings) -> dict[str, str]:
    return dict(zip((document.id for document in documents), StoryIndex(settings).place(documents), strict=True))


def records_of(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return sorted(
            map(json.loads, lines), key=lambda record: (record.get("published_at") or record["published"], record["id"])
        )


def read(path: Path, *, own_sources: bool = False) -> Iterator[Document]:
    for record in records_of(path):
        on = dt.date.fromisoformat(record["published"])
        yield Document(
            id=record["id"],
            source_id=record["id"] if own_sources else record["source"],
            kind=Kind(record["kind"]),
            title=record["title"],
            text=record["text"],
            url=record.get("url"),
            collected_at=dt.datetime.combine(on, dt.time(12), tzinfo=dt.UTC),
            counted_on=on,
        )


def day(document: Document) -> dt.date:
    return document.counted_on or document.collected_at.date()


def share(part: float, whole: float) -> float:
    return round(part / whole, 3) if whole else float("nan")


if __name__ == "__main__":
    main()
