"""Replays of the development corpora, with real and with shuffled days, scored against themes whose start is known.

    python scripts/bench/replays.py CORPORA OUT [--only NAME …] [--seeds 1 2] [--vectors FOLDER] [--score-only]

Every run is a ``zoom-avant replay --step 1w`` of its own, in ``OUT/<corpus>/<real or seed-N>``. An interrupted run goes on, a
finished one is not run again. Shuffled: days permuted across the documents of a source, so volumes stay and nothing can emerge;
the vectors are those of the real run, whose texts are the same. The table is printed and kept in ``OUT/table.md``.

``lemonde-feeds`` is ``lemonde_fr_2022_h1`` with each feed, named in ``label``, as a source of its own, split by document: as the
product reads feeds. ``datagouv`` ends two months after its bulk upload of 2017-02-23.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replay_scores import Scores, score, table

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Corpus:
    """One archive: its file, the rows of ``themes_dev.csv`` it is scored by, and what is asked of the replay."""

    name: str
    file: str
    options: tuple[str, ...] = ()
    prepare: Callable[[Line], Line] | None = None
    seeds: bool = True


def _feed(line: Line) -> Line:
    feed = str(line.get("label") or "other").split(",")[0]
    return line | {"source": f"lemonde-{feed}"}


CORPORA = (
    Corpus("lemonde_fr_2022_h1", "lemonde_fr_2022_h1"),
    Corpus("lemonde-feeds", "lemonde_fr_2022_h1", ("--split-by-actor", "always"), _feed),
    Corpus("github_trending_2017_2020", "github_trending_2017_2020"),
    Corpus("rss_tech_en", "rss_tech_en"),
    Corpus("arxiv_dev", "arxiv_dev"),
    Corpus("datagouv", "datagouv_catalogue_2013_2020", ("--to", "2017-04-30"), seeds=False),
    Corpus("patents_pizza", "patents_pizza", seeds=False),
    Corpus("hackernews_2015_2016", "hackernews_2015_2016"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, help="folder of the development corpora")
    parser.add_argument("out", type=Path, help="folder that keeps every run")
    parser.add_argument("--only", nargs="+", choices=[corpus.name for corpus in CORPORA], metavar="NAME", help="only these")
    parser.add_argument("--seeds", nargs="*", type=int, default=[1, 2], help="seeds of the shuffles; none: real days only")
    parser.add_argument("--vectors", type=Path, help="folder of databases <file of the corpus>.db that know the texts' vectors")
    parser.add_argument("--score-only", action="store_true", help="play nothing, score what is there")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    chosen = [corpus for corpus in CORPORA if not args.only or corpus.name in args.only]
    rows: dict[str, dict[str, Scores]] = {}
    for corpus in chosen:
        for name in ["real", *(f"seed-{seed}" for seed in args.seeds if corpus.seeds)]:
            file, folder = _file(corpus, name, args.corpora, args.out), args.out / corpus.name / name
            if not args.score_only:
                _play(corpus, file, folder, _vectors(corpus, args.out, args.vectors))
            if (folder / "run.json").exists():
                rows.setdefault(corpus.name, {})[name] = score(folder, file, args.corpora / "themes_dev.csv", corpus.file)
    text = table(rows)
    (args.out / "table.md").write_text(text, encoding="utf-8")
    print(text)


def _file(corpus: Corpus, name: str, corpora: Path, out: Path) -> Path:
    """The file a run reads: the corpus as it is, or a copy of it made ready once."""
    plain = corpora / f"{corpus.file}.jsonl.gz"
    if name == "real" and corpus.prepare is None:
        return plain
    made = out / "prepared" / f"{corpus.name}-{name}.jsonl.gz"
    if not made.exists():
        lines: Iterable[Line] = map(corpus.prepare, _lines(plain)) if corpus.prepare else _lines(plain)
        if name != "real":
            lines = shuffled(list(lines), int(name.removeprefix("seed-")))
        made.parent.mkdir(parents=True, exist_ok=True)
        partial = made.with_suffix(".partial")
        with gzip.open(partial, "wt", encoding="utf-8") as stream:
            stream.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        partial.rename(made)
    return made


def shuffled(lines: list[Line], seed: int) -> list[Line]:
    """The same documents with the days of each source dealt out anew among them, in order of day."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        places[str(line["source"])].append(place)
    rng = random.Random(seed)  # noqa: S311
    for own in places.values():
        days = [(lines[place]["published"], lines[place].get("published_at")) for place in own]
        rng.shuffle(days)
        for place, (day, instant) in zip(own, days, strict=True):
            lines[place]["published"] = day
            lines[place].pop("published_at", None)
            if instant:
                lines[place]["published_at"] = instant
    return sorted(lines, key=lambda line: (line["published"], str(line["id"])))


def _vectors(corpus: Corpus, out: Path, given: Path | None) -> Path | None:
    """A database with the vectors of the corpus: one that was given, or that of a finished run on its texts."""
    if given is not None and (given / f"{corpus.file}.db").exists():
        return given / f"{corpus.file}.db"
    same = [out / other.name / "real" for other in CORPORA if other.file == corpus.file]
    return next((folder / "replay.db" for folder in same if (folder / "run.json").exists()), None)


def _play(corpus: Corpus, file: Path, folder: Path, vectors: Path | None) -> None:
    if (folder / "run.json").exists():
        return
    words = [sys.executable, "-m", "monitor.cli", "replay", str(file), "--step", "1w", "--out", str(folder), *corpus.options]
    if vectors is not None:
        words += ["--vectors-from", f"sqlite:///{vectors}"]
    print(f"{corpus.name} {folder.name}", file=sys.stderr, flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log.txt").open("a", encoding="utf-8") as log:
        done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=log, check=False)
    if done.returncode:
        print(f"{corpus.name} {folder.name} stopped ({done.returncode}): see {folder / 'log.txt'}", file=sys.stderr)


def _lines(path: Path) -> Iterator[Line]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)


if __name__ == "__main__":
    main()
