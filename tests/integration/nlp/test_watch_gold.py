"""Watch themes on documents labelled by hand that no list and no weight was chosen on: floors well under what was measured.

The full report, with baselines and intervals: ``scripts/bench/watch.py``.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
from pathlib import Path

import pytest

from crawler.collectors.feed import patent_codes
from crawler.records import Record, read_records
from nlp.config import NlpSettings
from nlp.embed import embedded_text
from nlp.embedders.base import load_embedder
from nlp.themes.config import ThemeSettings
from nlp.themes.watch import WatchModel, watch_list
from storage.model import Kind
from storage.themes import EmbeddedStory

GOLD = Path(__file__).parents[2] / "gold" / "watch.csv"
CORPORA = Path(os.environ.get("ZOOM_AVANT_CORPORA", Path(__file__).parents[4] / "shared" / "data"))


def rows() -> list[dict[str, str]]:
    with GOLD.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_labels_name_shipped_themes_and_each_document_once() -> None:
    labelled = rows()
    known = {theme.id for theme in watch_list()}
    assert {theme for row in labelled for theme in row["themes"].split()} <= known
    assert {row["split"] for row in labelled} == {"dev", "test"}
    assert len({(row["corpus"], row["document"]) for row in labelled}) == len(labelled) >= 400
    assert all(float(row["weight"]) >= 1 for row in labelled)


@pytest.mark.skipif(not (CORPORA / "rss_tech_en.jsonl.gz").exists(), reason="the development corpora are not here")
def test_unseen_documents_are_judged_as_well_as_was_measured() -> None:
    unseen = {(row["corpus"], row["document"]): row for row in rows() if row["split"] == "test"}
    stories, wanted = [], []
    embedder, settings = load_embedder(NlpSettings().embedder), NlpSettings()
    for corpus in sorted({corpus for corpus, _ in unseen}):
        for _, record in read_records(CORPORA / f"{corpus}.jsonl.gz"):
            row = unseen.get((corpus, record.id or "")) if isinstance(record, Record) else None
            if isinstance(record, Record) and row:
                stories.append(record)
                wanted.append(row)
    vectors = embedder.embed([embedded_text(one.title, one.text, settings.max_chars) for one in stories])
    judged = (
        WatchModel(watch_list(), ThemeSettings())
        .fit(embedder)
        .join(
            [
                EmbeddedStory(
                    document_id=str(one.id),
                    story_id=str(one.id),
                    kind=one.kind.value,
                    source_id=one.source,
                    language=one.lang or "",
                    counted_on=one.published or dt.date(2026, 1, 1),
                    title=one.title,
                    text=one.text,
                    vector=vector,
                    codes=patent_codes(str(one.extra.get("label", "")).split(",")) if one.kind is Kind.PATENT else (),
                )
                for one, vector in zip(stories, vectors, strict=True)
            ]
        )
    )
    said = right = real = 0.0
    for row, found in zip(wanted, judged, strict=True):
        weight, about = float(row["weight"]), set(row["themes"].split())
        said += weight * len(found)
        right += weight * len(about & {one.theme_id for one in found})
        real += weight * len(about)
    assert len(stories) == len(unseen)
    assert right / said >= 0.76
    assert right / real >= 0.65
