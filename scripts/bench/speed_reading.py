"""Documents a second and core that ``enrich`` and ``facts`` read, in this process: a part of ``speed.py``."""

from __future__ import annotations

import datetime as dt
import json
import sys
import tempfile
from itertools import islice
from pathlib import Path

from costs import cpu_seconds
from speed_headlines import noon_of

from crawler.config import CrawlerSettings
from crawler.importing import add_records
from crawler.records import Record, read_records
from nlp.config import NlpSettings
from nlp.enrich import enrich
from nlp.facts.step import facts
from storage.store import Store

_END = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
_WARM = 50


def main() -> None:
    """The first documents load lists and models, and are not counted."""
    corpus, count = Path(sys.argv[1]), int(sys.argv[2])
    records = [record for _, record in islice(read_records(corpus), count + _WARM) if isinstance(record, Record)]
    settings = NlpSettings()
    speed: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as temporary:
        store = Store.open(f"sqlite:///{temporary}/reading.db", create=True)
        for part in (records[:_WARM], records[_WARM:]):
            add_records(store, part, noon_of, CrawlerSettings())
            for name, step in (("enrich", enrich), ("facts", facts)):
                began = cpu_seconds()
                step(store, _END, settings)
                speed[name] = round(len(part) / (cpu_seconds() - began), 1)
        store.close()
    characters = sum(len(record.title) + len(record.text) for record in records) / len(records)
    print(json.dumps({"corpus": corpus.name, "documents": len(records) - _WARM, "characters": round(characters), **speed}))


if __name__ == "__main__":
    main()
