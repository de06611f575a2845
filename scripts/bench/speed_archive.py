"""What a new document costs as the archive grows: a part of ``speed.py``.

The titles of all corpora are shuffled, dealt out evenly over so many weeks, enriched and embedded once; then ``assign`` and
``discover`` run every Monday. A shuffled stream has the same subjects from its first day to its last: what changes is how much
is stored, and what the program keeps in memory (the stories of ``history_days``).
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from costs import Costs
from speed_headlines import mondays, noon_of, outcome

from crawler.config import CrawlerSettings
from crawler.importing import add_records
from crawler.records import Record
from nlp.config import NlpSettings
from nlp.embed import embed
from nlp.enrich import enrich
from nlp.themes.steps.assign import assign
from nlp.themes.steps.discover import discover
from nlp.themes.steps.watch import watch
from storage.model import Kind
from storage.store import Store
from storage.tables import documents

_SEED = 1
_MONDAY = dt.date(2024, 1, 1)
_BATCH = 2000


def run(corpora: Sequence[Path], keep: Path, count: int, weeks: int) -> None:
    """Prints CPU milliseconds a new document by tenth of the stream, for each step, and how the last compares to the first."""
    keep.mkdir(parents=True, exist_ok=True)
    settings = NlpSettings()
    source = archive(corpora, keep, count, weeks, settings)
    with tempfile.TemporaryDirectory(dir=keep) as temporary:
        copy = Path(temporary) / "archive.db"
        shutil.copy(source, copy)
        store = Store.open(f"sqlite:///{copy}")
        tenths = [Costs() for _ in range(10)]
        for week, now in enumerate(mondays(_MONDAY, _MONDAY + dt.timedelta(weeks=weeks, days=-1))):
            costs = tenths[week * 10 // weeks]
            with costs.of("watch"):
                watch(store, now, settings)
            with costs.of("assign"):
                assign(store, now, settings)
            with costs.of("discover"):
                discover(store, now, settings)
            if (week + 1) * 10 // weeks > week * 10 // weeks:
                _show(costs, count / 10, week * 10 // weeks + 1)
        first, last = tenths[0], tenths[-1]
        for step in ("assign", "discover"):
            print(f"{step}: the last tenth costs {last.cpu[step] / first.cpu[step]:.2f} times the first")
        print(outcome(store))
        store.close()


def _show(costs: Costs, new: float, tenth: int) -> None:
    steps = "  ".join(f"{step} {1000 * costs.cpu[step] / new:.3f} ms" for step in ("assign", "discover"))
    print(f"tenth {tenth:2}: {steps}  peak {max(costs.peak.values()):.0f} MB", flush=True)


def archive(corpora: Sequence[Path], keep: Path, count: int, weeks: int, settings: NlpSettings) -> Path:
    """The stream in a SQLite file, enriched and embedded, made anew unless ``keep`` holds it."""
    path = keep / f"archive-{count}-{weeks}.db"
    if path.exists():
        return path
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    store = Store.open(f"sqlite:///{partial}", create=True)
    records = stream(corpora, count, weeks)
    for start in range(0, len(records), _BATCH):
        add_records(store, records[start : start + _BATCH], noon_of, CrawlerSettings())
    end = dt.datetime.combine(_MONDAY, dt.time(), dt.UTC) + dt.timedelta(weeks=weeks)
    enrich(store, end, settings)
    embed(store, end, settings)
    with store.reading() as conn:
        stored = conn.scalar(sa.select(sa.func.count()).select_from(documents))
    print(f"{stored} documents prepared", flush=True)
    store.close()
    partial.rename(path)
    return path


def stream(corpora: Sequence[Path], count: int, weeks: int) -> list[Record]:
    """``count`` titles of the corpora in random order, as many every day, in the order of their days."""
    titles = [title for corpus in corpora for title in _titles(corpus)]
    titles = [titles[i] for i in np.random.default_rng(_SEED).permutation(len(titles))]
    if len(titles) < count:
        raise SystemExit(f"the corpora have {len(titles)} titles, not {count}: name more, or lower --documents")
    days = 7 * weeks
    return [
        Record(
            id=f"a{i:06}",
            source=source,
            kind=kind,
            title=title,
            lang=language,
            published=_MONDAY + dt.timedelta(days=i * days // count),
        )
        for i, (source, kind, language, title) in enumerate(titles[:count])
    ]


def _titles(corpus: Path) -> Iterator[tuple[str, Kind, str, str]]:
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            title = " ".join(str(record["title"]).split())[:300]
            if title:
                yield record.get("publisher") or record["source"], Kind(record["kind"]), record["lang"], title
