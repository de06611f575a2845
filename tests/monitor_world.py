"""A small invented world for monitor tests: sources that publish, themes that are written about, copies, outages, new feeds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

from storage import documents, sources, themes
from storage.model import Assignment, Document, Enrichment, Fact, Kind, ModelRun, Origin, Source, Theme, counting_day
from storage.store import Store

START = dt.date(2026, 1, 5)
"""A Monday."""


def noon(day: int) -> dt.datetime:
    """Midday of a day of the world."""
    return dt.datetime.combine(START + dt.timedelta(days=day), dt.time(12), dt.UTC)


@dataclass
class World:
    """Documents to come, in the order they were made up."""

    store: Store
    seed: int = 1
    made: list[tuple[Document, Enrichment, list[tuple[str, float]], list[str]]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        with self.store.transaction() as conn:
            themes.add_run(conn, ModelRun(id="test", step="test", model="test", ran_at=noon(0)))

    def source(self, *ids: str, kind: Kind = Kind.NEWS, split_by_actor: bool = False) -> None:
        with self.store.transaction() as conn:
            sources.declare(conn, [Source(id=i, name=i, kind=kind, split_by_actor=split_by_actor) for i in ids])

    def theme(self, *ids: str, origin: Origin = Origin.WATCH) -> None:
        with self.store.transaction() as conn:
            themes.save(conn, [Theme(id=i, origin=origin, label_fr=i, label_en=i, born_on=START) for i in ids])

    def story(
        self,
        day: int,
        source: str,
        *theme_ids: str,
        kind: Kind = Kind.NEWS,
        collected: int | None = None,
        domains: tuple[str, ...] = (),
        copy_of: str | None = None,
        actor: str | None = None,
    ) -> str:
        """One document; with ``copy_of`` a copy of that story. Returns its id."""
        key = f"d{len(self.made):06d}"
        at = noon(day if collected is None else collected) - dt.timedelta(hours=2)
        published = START + dt.timedelta(days=day)
        counted_on, flag = counting_day(published, at)
        document = Document(
            id=key,
            source_id=source,
            kind=kind,
            title=f"Title {key} {' '.join(theme_ids)}",
            collected_at=at,
            counted_on=counted_on,
            published_on=published,
            date_flag=flag,
            actor=actor,
        )
        enrichment = Enrichment(document_id=key, pipeline="test", language="en", language_score=1.0, story_id=copy_of or key)
        self.made.append((document, enrichment, [(theme, 0.9) for theme in theme_ids], list(domains)))
        return key

    def background(self, days: range, source: str, per_day: float = 6.0, kind: Kind = Kind.NEWS) -> None:
        """Stories of no theme."""
        for day in days:
            for _ in range(int(self.random.poisson(per_day))):
                self.story(day, source, kind=kind)

    def about(self, days: range, theme_ids: tuple[str, ...], per_week: float, among: list[str], **kw: object) -> list[str]:
        """Stories on themes at a steady rate, each in a source drawn at random."""
        made = []
        for day in days:
            for _ in range(int(self.random.poisson(per_week / 7))):
                made.append(self.story(day, str(self.random.choice(among)), *theme_ids, **kw))  # type: ignore[arg-type]
        return made

    def publish(self, until: dt.datetime) -> None:
        """Stores what was collected before ``until`` and is not stored yet, enriched and assigned."""
        fresh = [row for row in self.made if row[0].collected_at < until and row[0].id not in self.known]
        with self.store.transaction() as conn:
            documents.add(conn, [document for document, *_ in fresh])
            documents.add_enrichments(conn, [enrichment for _, enrichment, *_ in fresh])
            themes.assign(
                conn,
                [
                    Assignment(document_id=document.id, theme_id=theme, probability=p, model_run_id="test")
                    for document, _, assigned, _ in fresh
                    for theme, p in assigned
                ],
            )
            documents.add_facts(
                conn,
                "domains/test",
                [document.id for document, *_ in fresh],
                [
                    Fact(document_id=document.id, kind="domain", value=d, matched=d, start=0, end=1, pipeline="domains/test")
                    for document, _, _, domains in fresh
                    for d in domains
                ],
            )
        self.known.update(document.id for document, *_ in fresh)
