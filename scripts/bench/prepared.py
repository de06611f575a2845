"""A corpus in a SQLite file, enriched and embedded, as if each document had been collected at noon of its day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from crawler.config import CrawlerSettings
from crawler.importing import add_records
from crawler.records import Record, read_records
from nlp.config import NlpSettings
from nlp.embed import embed
from nlp.enrich import enrich
from storage.store import Store

_NOON = dt.time(12, tzinfo=dt.UTC)
_BATCH = 1000


def prepared(corpus: Path, folder: Path, settings: NlpSettings, days: int | None = None) -> Path:
    """The file, made anew unless ``folder`` already holds it. ``days``: only the first so many days of the corpus."""
    path = folder / f"{corpus.name.split('.')[0]}-{days or 'all'}.db"
    if path.exists():
        return path
    records = [record for _, record in read_records(corpus) if isinstance(record, Record) and record.published]
    first = min(record.published for record in records if record.published)
    if days:
        last = first + dt.timedelta(days=days)
        records = [record for record in records if record.published and record.published < last]
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    store = Store.open(f"sqlite:///{partial}", create=True)
    end = dt.datetime.max.replace(tzinfo=dt.UTC) - dt.timedelta(days=2)
    for start in range(0, len(records), _BATCH):
        add_records(store, records[start : start + _BATCH], _collected, CrawlerSettings())
    enrich(store, end, settings)
    embed(store, end, settings)
    store.close()
    partial.rename(path)
    return path


def _collected(record: Record) -> dt.datetime:
    assert record.published is not None
    return dt.datetime.combine(record.published, _NOON)
