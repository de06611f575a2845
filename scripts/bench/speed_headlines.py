"""The program on headlines, week by week, in this process: a part of ``speed.py``."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import sys
import tempfile
import zlib
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from costs import Costs

from crawler.config import CrawlerSettings
from crawler.importing import add_records
from crawler.records import Record, read_records
from nlp.config import NlpSettings
from nlp.embed import embed
from nlp.enrich import enrich
from nlp.themes.steps.assign import assign
from nlp.themes.steps.discover import discover
from nlp.themes.steps.watch import watch
from storage.store import Store
from storage.tables import assignments, documents, themes

_NOON = dt.time(12, tzinfo=dt.UTC)
_SOURCES = 20


def write_headlines(corpus: Path, path: Path, limit: int) -> None:
    """The first titles of a corpus. A site aggregates many: by their site they are dealt to as many sources as a list has."""
    with gzip.open(corpus, "rt", encoding="utf-8") as lines, path.open("w", encoding="utf-8") as out:
        for line in islice(lines, limit):
            record = json.loads(line)
            site = urlsplit(record.get("url") or "").hostname or record["source"]
            source = f"source {zlib.crc32(site.encode()) % _SOURCES}"
            kept = {key: record[key] for key in ("id", "kind", "lang", "published", "title")}
            out.write(json.dumps({**kept, "source": source, "text": ""}, ensure_ascii=False) + "\n")


def main() -> None:
    costs = Costs()
    with tempfile.TemporaryDirectory() as temporary:
        settings = NlpSettings()
        store = Store.open(f"sqlite:///{temporary}/headlines.db", create=True)
        steps = (("enrich", enrich), ("watch", watch), ("embed", embed), ("assign", assign), ("discover", discover))
        records = [record for _, record in read_records(Path(sys.argv[1])) if isinstance(record, Record)]
        for now, week in by_week(records):
            with costs.of("import"):
                add_records(store, week, noon_of, CrawlerSettings())
            for name, step in steps:
                with costs.of(name):
                    step(store, now, settings)
        print(json.dumps(costs.found(outcome(store))))
        store.close()


def noon_of(record: Record) -> dt.datetime:
    assert record.published is not None
    return dt.datetime.combine(record.published, _NOON)


def by_week(records: list[Record]) -> Iterator[tuple[dt.datetime, list[Record]]]:
    """The Mondays on which each week of a stream is over, with its records."""

    def ends(record: Record) -> dt.datetime:
        return next(mondays(noon_of(record).date(), noon_of(record).date()))

    for now, week in groupby(records, key=ends):
        yield now, list(week)


def mondays(first: dt.date, last: dt.date) -> Iterator[dt.datetime]:
    """The midnights at which weeks end, the last one after ``last``."""
    day = first
    while day <= last:
        day += dt.timedelta(days=7 - day.weekday())
        yield dt.datetime.combine(day, dt.time(), dt.UTC)


def outcome(store: Store) -> str:
    """How many discovered themes there are, and how many documents they hold."""
    with store.reading() as conn:
        known = conn.scalar(sa.select(sa.func.count()).where(themes.c.origin == "discovered", themes.c.level == 0))
        held = sa.select(sa.func.count(sa.distinct(assignments.c.document_id))).join(
            themes, themes.c.id == assignments.c.theme_id
        )
        inside = conn.scalar(held.where(themes.c.origin == "discovered"))
        stored = conn.scalar(sa.select(sa.func.count()).select_from(documents))
    return f"{known} themes with {inside} of {stored} documents"


if __name__ == "__main__":
    main()
