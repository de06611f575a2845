"""The enrich step: language, story, application domains and announcements of every document that has none yet.

One transaction a batch. Running it again changes nothing; a batch that dies is done again with the same outcome. Two processes
must not enrich at once (the caller takes the lease): a story depends on the documents before it.
"""

from __future__ import annotations

import datetime as dt
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from nlp.config import NlpSettings
from nlp.facts.announcements import announcement_facts, announcements_pipeline
from nlp.facts.domains import domain_facts, domains_pipeline
from nlp.facts.lexicon import Words
from nlp.language import READ, identify
from nlp.stories import StoryIndex, Ties, story_day
from storage import document_keys, documents, sources
from storage.model import Document, Enrichment, Fact
from storage.store import Store

PIPELINE = "lang-story/1"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EnrichReport:
    """What a run of the step did. ``copies`` joined a story that was there; ``foreign`` are neither French nor English."""

    documents: int = 0
    copies: int = 0
    foreign: int = 0
    domains: int = 0
    announcements: int = 0


def enrich(store: Store, now: dt.datetime, settings: NlpSettings, *, index: StoryIndex | None = None) -> EnrichReport:
    """Enriches the documents collected up to ``now``, oldest first.

    ``index`` holds recent documents in memory; by default one is kept for each open store, and filled from it when need be.
    """
    index = index if index is not None else _index_of(store, settings)
    until = now + dt.timedelta(microseconds=1)
    with store.reading() as conn:
        declared = {source.id: source.lang for source in sources.all_sources(conn)}
        if len(index) and index.stored != documents.enriched_count(conn, PIPELINE):
            index.clear()  # another process enriched, or documents were deleted
    total = EnrichReport()
    while True:
        with store.reading() as conn:
            batch = documents.without_enrichment(conn, PIPELINE, until, settings.enrich_batch)
        if not batch:
            break
        total = _add(total, _enrich_batch(store, batch, settings, index, declared))
    total = _add(total, _left(store, until, settings))
    log.info(
        "documents enriched",
        new=total.documents,
        copies=total.copies,
        foreign=total.foreign,
        domains=total.domains,
        announcements=total.announcements,
    )
    return total


_indexes: weakref.WeakKeyDictionary[Store, StoryIndex] = weakref.WeakKeyDictionary()


def _index_of(store: Store, settings: NlpSettings) -> StoryIndex:
    index = _indexes.get(store)
    if index is None or index.settings != settings.stories:
        index = _indexes[store] = StoryIndex(settings.stories)
    return index


def _enrich_batch(
    store: Store, batch: Sequence[Document], settings: NlpSettings, index: StoryIndex, declared: dict[str, str | None]
) -> EnrichReport:
    _recall(store, index, batch, settings)
    try:
        placed = index.place_tied(batch, _ties(store, batch))
        rows = []
        for document, story_id in zip(batch, placed.story_ids, strict=True):
            language = identify(document.title, document.text, document.lang or declared.get(document.source_id))
            rows.append(
                Enrichment(
                    document_id=document.id,
                    pipeline=PIPELINE,
                    language=language.code,
                    language_score=language.score,
                    story_id=story_id,
                )
            )
        spoken = [Words.of(document) for document in batch]
        ids = [document.id for document in batch]
        domains = domain_facts(batch, settings.domains_file, spoken)
        announced = announcement_facts(batch, settings.announcements_file, spoken)
        with store.transaction() as conn:
            documents.move_stories(conn, placed.moved)
            documents.add_enrichments(conn, rows)
            documents.add_facts(conn, domains_pipeline(settings.domains_file), ids, domains)
            documents.add_facts(conn, announcements_pipeline(settings.announcements_file), ids, announced)
    except BaseException:
        index.clear()  # it may hold documents that were not stored
        raise
    index.stored += len(batch)
    return EnrichReport(
        documents=len(batch),
        copies=sum(row.story_id != row.document_id for row in rows),
        foreign=sum(row.language not in READ for row in rows),
        domains=len(domains),
        announcements=len(announced),
    )


def _ties(store: Store, batch: Sequence[Document]) -> Ties:
    """What the numbers of the batch say. Stories are looked for by key, however old: no index of them is kept in memory."""
    with store.reading() as conn:
        tied = document_keys.tied(conn, [document.id for document in batch], PIPELINE)

    def oldest(story_ids: set[str]) -> str:
        with store.reading() as conn:
            return documents.oldest_of(conn, story_ids)

    return Ties(tied.keys, tied.stories, oldest)


def _recall(store: Store, index: StoryIndex, batch: Sequence[Document], settings: NlpSettings) -> None:
    """Makes the index hold every stored document a document of ``batch`` may be a copy of."""
    days = [story_day(document).toordinal() for document in batch]
    first, last = min(days) - settings.stories.window_days, max(days) + settings.stories.window_days
    start = first
    if index.days is not None and index.days[0] <= first <= index.days[1] + 1:
        index.forget_before(first)
        start = index.days[1] + 1
        if start > last:
            return
    else:
        index.clear()
    with store.reading() as conn:
        known = documents.enriched_between(conn, PIPELINE, dt.date.fromordinal(start), dt.date.fromordinal(last + 1))
        if index.days is None:
            index.stored = documents.enriched_count(conn, PIPELINE)
    index.remember([document for document, _ in known], [story_id for _, story_id in known])
    index.days = (index.days[0] if index.days else first, last)


def _left(store: Store, until: dt.datetime, settings: NlpSettings) -> EnrichReport:
    """Reads again the documents that earlier lists of domains or announcements were read from."""
    domains, announcements = settings.domains_file, settings.announcements_file
    return EnrichReport(
        domains=_read_again(store, until, settings, domains_pipeline(domains), lambda batch: domain_facts(batch, domains)),
        announcements=_read_again(
            store, until, settings, announcements_pipeline(announcements), lambda batch: announcement_facts(batch, announcements)
        ),
    )


def _read_again(
    store: Store, until: dt.datetime, settings: NlpSettings, pipeline: str, read: Callable[[Sequence[Document]], list[Fact]]
) -> int:
    count = 0
    while True:
        with store.reading() as conn:
            batch = documents.without_facts(conn, pipeline, until, settings.enrich_batch)
        if not batch:
            return count
        found = read(batch)
        with store.transaction() as conn:
            documents.add_facts(conn, pipeline, [document.id for document in batch], found)
        count += len(found)


def _add(a: EnrichReport, b: EnrichReport) -> EnrichReport:
    return EnrichReport(
        documents=a.documents + b.documents,
        copies=a.copies + b.copies,
        foreign=a.foreign + b.foreign,
        domains=a.domains + b.domains,
        announcements=a.announcements + b.announcements,
    )
