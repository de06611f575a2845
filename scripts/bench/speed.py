"""What the program costs: against BERTrend's method on headlines, as its archive grows, and by core for enrichment.

    python scripts/bench/speed.py headlines hackernews_2015_2016.jsonl.gz [--rounds 2] [--bertrend PYTHON]
    python scripts/bench/speed.py flat CORPUS.jsonl.gz… --keep FOLDER [--documents 200000] [--weeks 40]
    python scripts/bench/speed.py enrich CORPUS.jsonl.gz… [--documents 1000]

Each measurement is a process of its own, on one thread a process (the embedder's two workers apart), and databases are SQLite
files in a temporary folder. CPU seconds count the worker processes and are what to compare on a machine that does other work;
wall seconds stand beside them. ``headlines`` alternates the two programs; ``--bertrend`` names a Python that has the package
bertrend, whose own code then runs once more beside the same method done with the libraries installed here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import speed_archive
import speed_headlines

_HERE = Path(__file__).parent
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    headlines = parts.add_parser("headlines")
    headlines.add_argument("corpus", type=Path)
    headlines.add_argument("--documents", type=int, default=20_000)
    headlines.add_argument("--rounds", type=int, default=2)
    headlines.add_argument("--bertrend", type=Path, help="a Python with the package bertrend")
    flat = parts.add_parser("flat")
    flat.add_argument("corpora", type=Path, nargs="+")
    flat.add_argument("--keep", type=Path, required=True, help="folder that keeps the embedded archive between runs")
    flat.add_argument("--documents", type=int, default=200_000)
    flat.add_argument("--weeks", type=int, default=40)
    enrich = parts.add_parser("enrich")
    enrich.add_argument("corpora", type=Path, nargs="+")
    enrich.add_argument("--documents", type=int, default=1000)
    args = parser.parse_args()
    if args.part == "headlines":
        compare(args.corpus, args.documents, args.rounds, args.bertrend)
    elif args.part == "flat":
        speed_archive.run(args.corpora, args.keep, args.documents, args.weeks)
    else:
        for corpus in args.corpora:
            print(json.dumps(fresh("speed_reading", [str(corpus), str(args.documents)])))


def compare(corpus: Path, documents: int, rounds: int, bertrend: Path | None) -> None:
    """The program and BERTrend's method in turn on the same headlines; then the ratios of the cheapest round of each."""
    print(f"{'':10}{'step':12}{'CPU s':>8}{'wall s':>8}{'peak MB':>9}   load")
    with tempfile.TemporaryDirectory() as temporary:
        titles = Path(temporary) / "headlines.jsonl"
        speed_headlines.write_headlines(corpus, titles, documents)
        vectors = Path(temporary) / "vectors.npy"
        ours: list[Mapping[str, Any]] = []
        theirs: list[Mapping[str, Any]] = []
        for _ in range(rounds):
            ours.append(fresh("speed_headlines", [str(titles)]))
            _show("program", ours[-1])
            theirs.append(fresh("bertrend_method", [str(titles), str(vectors)]))
            _show("BERTrend", theirs[-1])
        if bertrend:
            _show("package", fresh("bertrend_method", [str(titles), str(vectors), "--package"], bertrend))
    for unit in ("cpu", "wall"):
        mine, other = (_cheapest(runs, unit) for runs in (ours, theirs))
        themes = mine["assign"] + mine["discover"]
        print(
            f"{unit}: with embedding {other['embed'] + other['topics']:.1f} / {mine['embed'] + themes:.1f} ="
            f" {(other['embed'] + other['topics']) / (mine['embed'] + themes):.1f} times faster;"
            f" without {other['topics']:.1f} / {themes:.1f} = {other['topics'] / themes:.1f}"
        )


def fresh(module: str, arguments: Sequence[str], python: Path | None = None) -> dict[str, Any]:
    """The JSON a module beside this one prints last, run in a process of its own.

    It is imported, not run as a script: worker processes would import a script once more, with all it needs.
    """
    command = [str(python or sys.executable), "-c", f"import {module}; {module}.main()", *arguments]
    path = os.pathsep.join([str(_HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {**os.environ, **_ONE_THREAD, "PYTHONPATH": path}
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _show(name: str, run: Mapping[str, Any]) -> None:
    for step in run["cpu"]:
        print(f"{name:10}{step:12}{run['cpu'][step]:8.1f}{run['wall'][step]:8.1f}{run['peak'][step]:9.0f}   {run['load']}")
    print(f"{name:10}{run['found']}", flush=True)


def _cheapest(runs: Sequence[Mapping[str, Any]], unit: str) -> dict[str, float]:
    return {step: min(run[unit][step] for run in runs) for step in runs[0][unit]}


if __name__ == "__main__":
    main()
