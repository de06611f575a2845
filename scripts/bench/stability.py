"""How much themes depend on how the stream is cut, and how long documents keep their theme.

    python scripts/bench/stability.py CORPUS.jsonl.gz [--days 120] [--keep FOLDER]

Plays the same documents through watch, assign and discover four times: once a day, once a week, and at two random rhythms
of one to ten days. Two runs are compared story by story: of the pairs of stories that share a discovered theme in one run, the
share that do in the other (both ways: the harmonic mean), and the share of all pairs on which the runs agree. Permanence: of all
documents ever given to a discovered theme, the share whose last theme is their first one.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from prepared import prepared

from nlp.config import NlpSettings
from nlp.themes.config import ThemeSettings
from nlp.themes.steps.assign import assign
from nlp.themes.steps.discover import discover
from nlp.themes.steps.watch import watch
from storage.store import Store
from storage.tables import assignments, documents, enrichments, themes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--days", type=int, help="only the first so many days")
    parser.add_argument("--keep", type=Path, help="folder that keeps the prepared corpus between runs")
    parser.add_argument("--cuts", nargs="+", default=list(CUTS), choices=list(CUTS))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        nothing = Path(temporary) / "themes.toml"  # watch themes judge each document alone: no cut can change them
        nothing.write_text("", encoding="utf-8")
        settings = NlpSettings(themes=ThemeSettings(watch_file=nothing))
        folder = args.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        source = prepared(args.corpus, folder, settings, args.days)
        played = {}
        for name in args.cuts:
            copy = Path(temporary) / f"{name}.db"
            shutil.copy(source, copy)
            store = Store.open(f"sqlite:///{copy}")
            began = time.perf_counter()
            first_theme, last_theme = play(store, settings, name)
            report(name, store, first_theme, last_theme, time.perf_counter() - began)
            played[name] = last_theme
            store.close()
    for left, right in itertools.combinations(played, 2):
        print(f"{left:8} {right:8} {agreement(played[left], played[right])}", flush=True)


CUTS = {"daily": 0, "weekly": 0, "random1": 1, "random2": 2}


def instants(first: dt.date, last: dt.date, cut: str) -> Iterator[dt.datetime]:
    """The ends of the batches: midnights, the last one after ``last``."""
    rng = np.random.default_rng(CUTS[cut])
    monday = first + dt.timedelta(days=7 - first.weekday())
    day = {"daily": first + dt.timedelta(days=1), "weekly": monday}.get(cut, first + dt.timedelta(days=int(rng.integers(1, 11))))
    while day <= last:
        yield dt.datetime.combine(day, dt.time(), dt.UTC)
        day += dt.timedelta(days={"daily": 1, "weekly": 7}.get(cut, int(rng.integers(1, 11))))
    monday = last + dt.timedelta(days=7 - last.weekday())
    yield dt.datetime.combine(monday, dt.time(), dt.UTC)


def play(store: Store, settings: NlpSettings, cut: str) -> tuple[dict[str, str], dict[str, str]]:
    """Runs the theme steps batch by batch. Returns each story's first and last discovered theme."""
    with store.reading() as conn:
        first, last = conn.execute(sa.select(sa.func.min(documents.c.counted_on), sa.func.max(documents.c.counted_on))).one()
    first_theme: dict[str, str] = {}
    now_in: dict[str, str] = {}
    for now in instants(first, last, cut):
        watch(store, now, settings)
        assign(store, now, settings)
        discover(store, now, settings)
        now_in = in_themes(store)
        for story, theme in now_in.items():
            first_theme.setdefault(story, theme)
    return first_theme, now_in


def in_themes(store: Store) -> dict[str, str]:
    """The fine discovered theme of each story's first document."""
    query = (
        sa.select(assignments.c.document_id, assignments.c.theme_id)
        .join(themes, themes.c.id == assignments.c.theme_id)
        .join(enrichments, enrichments.c.document_id == assignments.c.document_id)
        .where(themes.c.origin == "discovered", themes.c.level == 0, enrichments.c.story_id == assignments.c.document_id)
    )
    with store.reading() as conn:
        return {row.document_id: row.theme_id for row in conn.execute(query)}


def report(name: str, store: Store, first_theme: dict[str, str], last_theme: dict[str, str], seconds: float) -> None:
    kept = sum(last_theme.get(story) == theme for story, theme in first_theme.items())
    sizes = Counter(last_theme.values())
    with store.reading() as conn:
        stories = conn.scalar(sa.select(sa.func.count()).where(enrichments.c.story_id == enrichments.c.document_id)) or 0
        known = conn.scalar(sa.select(sa.func.count()).where(themes.c.origin == "discovered", themes.c.level == 0))
    print(
        f"{name:8} stories={stories} in themes={len(last_theme) / stories:.3f} themes={known} with documents={len(sizes)}"
        f" largest={sizes.most_common(3)} keep their theme={kept / max(len(first_theme), 1):.4f} {seconds:.0f}s",
        flush=True,
    )


def agreement(left: dict[str, str], right: dict[str, str]) -> str:
    """Pairs of stories together in one run and in the other; stories in no theme are alone."""
    stories = sorted(set(left) | set(right))
    a, b = ([run.get(story, story) for story in stories] for run in (left, right))

    def pairs(counts: Counter[object]) -> float:
        return sum(n * (n - 1) / 2 for n in counts.values())

    both, in_a, in_b = pairs(Counter(zip(a, b, strict=True))), pairs(Counter(a)), pairs(Counter(b))
    total = len(stories) * (len(stories) - 1) / 2
    same = sum((story in left) == (story in right) for story in stories) / len(stories)
    # the largest overlap gives each theme its counterpart: the share of stories that are with their counterpart
    best = match_share(a, b, left, right)
    return (
        f"pairs together in both={2 * both / (in_a + in_b):.3f} pairs agreed on={1 - (in_a + in_b - 2 * both) / total:.5f}"
        f" in a theme or not={same:.3f} stories in the matching theme={best:.3f}"
    )


def match_share(a: list[str], b: list[str], left: dict[str, str], right: dict[str, str]) -> float:
    from scipy.optimize import linear_sum_assignment

    known_a, known_b = set(left.values()), set(right.values())
    in_both = [(x, y) for x, y in zip(a, b, strict=True) if x in known_a and y in known_b]
    rows, columns = sorted({x for x, _ in in_both}), sorted({y for _, y in in_both})
    table = np.zeros((len(rows), len(columns)))
    at_row, at_column = {x: i for i, x in enumerate(rows)}, {y: i for i, y in enumerate(columns)}
    for x, y in in_both:
        table[at_row[x], at_column[y]] += 1
    i, j = linear_sum_assignment(-table)
    return float(table[i, j].sum() / max(len(a), 1))


if __name__ == "__main__":
    main()
