"""The shape of one document under ``/api/v1``: where it was seen, its story, what was read in it, its themes, its rights."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, Field

from storage.actors import Actor
from storage.model import Fact, Kind, Mention, Source
from web.api.models import Bilingual, DocumentOut
from web.documents import DocumentDetail, Placed, Told
from web.identifiers import Identifier
from web.readings import is_stated
from web.render import web_address


class DocumentSourceOut(BaseModel):
    """The source it was first seen at, and what its texts may be used for."""

    id: str
    name: str
    territory: str | None
    licence: str | None
    rights: str = Field(description="How much of its texts is kept: open, excerpt or link-only.")
    tdm: str | None = Field(description="What it says of text and data mining, and where; null where it says nothing.")

    @classmethod
    def of(cls, source: Source) -> DocumentSourceOut:
        return cls(
            id=source.id,
            name=source.name,
            territory=source.territory,
            licence=source.licence,
            rights=source.rights,
            tdm=source.tdm,
        )


class MentionOut(BaseModel):
    """A place it was seen at."""

    source_id: str
    url: str | None
    seen_at: dt.datetime

    @classmethod
    def of(cls, mention: Mention) -> MentionOut:
        return cls(source_id=mention.source_id, url=web_address(mention.url), seen_at=mention.seen_at)


class ToldOut(BaseModel):
    """A document of the story."""

    id: str
    title: str
    kind: Kind
    source_id: str
    url: str | None
    published_on: dt.date | None
    tie: str | None = Field(description="Scheme of the identifier that ties it to the event (notice, family); null for a copy.")

    @classmethod
    def of(cls, told: Told) -> ToldOut:
        return cls(
            id=told.id,
            title=told.title,
            kind=told.kind,
            source_id=told.source_id,
            url=web_address(told.url),
            published_on=told.published_on,
            tie=told.tie,
        )


class StoryOut(BaseModel):
    """Its story: a text and its copies, the documents of one event. Counted once."""

    id: str
    first_document_id: str = Field(description="The document published first, as far as the sources' own dates tell.")
    documents: int
    others: list[ToldOut] = Field(description="The other documents, oldest first; at most a hundred.")


class IdentifierOut(BaseModel):
    """An identifier in a public register."""

    scheme: str
    value: str
    is_event: bool = Field(description="Whether it names an event several documents tell of (a notice, a family).")
    url: str | None

    @classmethod
    def of(cls, one: Identifier) -> IdentifierOut:
        return cls(scheme=one.scheme, value=one.value, is_event=one.is_event, url=one.url)


class ActorOut(BaseModel):
    """An organisation under its one name."""

    id: str
    name: str
    country: str | None

    @classmethod
    def of(cls, actor: Actor) -> ActorOut:
        return cls(id=actor.id, name=actor.name, country=actor.country)


class FactOut(BaseModel):
    """What was read. Without ``start`` it stood in a field of the source's record, and ``matched`` is what stood there."""

    kind: str
    value: str
    matched: str
    start: int | None = Field(description="First character in title + newline + text; null for a field of the record.")
    end: int | None
    number: float | None
    low: float | None
    unit: str | None
    eur: float | None
    role: str | None
    actor: ActorOut | None
    pipeline: str

    @classmethod
    def of(cls, fact: Fact, actor: Actor | None) -> FactOut:
        place = (None, None) if is_stated(fact) else (fact.start, fact.end)
        return cls(
            kind=fact.kind,
            value=fact.value,
            matched=fact.matched,
            start=place[0],
            end=place[1],
            number=fact.number,
            low=fact.low,
            unit=fact.unit,
            eur=fact.eur,
            role=fact.role,
            actor=ActorOut.of(actor) if actor else None,
            pipeline=fact.pipeline,
        )


class PlacedOut(BaseModel):
    """A theme it belongs to."""

    theme_id: str
    label: Bilingual
    probability: float
    reason: str
    decided_at: dt.datetime | None
    model: str | None

    @classmethod
    def of(cls, placed: Placed) -> PlacedOut:
        return cls(
            theme_id=placed.theme.id,
            label=Bilingual(fr=placed.theme.label_fr, en=placed.theme.label_en),
            probability=placed.assignment.probability,
            reason=placed.assignment.reason,
            decided_at=placed.run.ran_at if placed.run else None,
            model=placed.run.model if placed.run else None,
        )


class DocumentDetailOut(DocumentOut):
    """A document with all that is kept about it."""

    text: str = Field(description="The excerpt or text that is kept, as the rights allow; empty where mining is reserved.")
    reserved: bool = Field(description="Whether its publisher reserves it for text and data mining.")
    published_at: dt.datetime | None
    date_precision: str = Field(description="time, day, month or year.")
    date_flag: str | None = Field(description="Why it is not counted on its own date: late, undated, future, imprecise …")
    counted_on: dt.date | None
    collected_at: dt.datetime
    source: DocumentSourceOut
    mentions: list[MentionOut]
    story: StoryOut
    identifiers: list[IdentifierOut]
    codes: list[str] = Field(description="Codes of classifications: CPC and IPC, categories, CPV.")
    stated: list[FactOut] = Field(description="What the source states in fields of its own record.")
    read: list[FactOut] = Field(description="What was read in title and text.")
    themes: list[PlacedOut]

    @classmethod
    def of_detail(cls, detail: DocumentDetail) -> DocumentDetailOut:
        document = detail.document
        short: dict[str, Any] = DocumentOut.of(document).model_dump() | {"language": detail.language}
        facts = [(fact, FactOut.of(fact, detail.actors.get(fact.actor or ""))) for fact in detail.facts]
        return cls(
            **short,
            text="" if detail.is_reserved else document.text,
            reserved=detail.is_reserved,
            published_at=document.published_at,
            date_precision=document.date_precision,
            date_flag=document.date_flag,
            counted_on=document.counted_on,
            collected_at=document.collected_at,
            source=DocumentSourceOut.of(detail.source),
            mentions=[MentionOut.of(mention) for mention in detail.mentions],
            story=StoryOut(
                id=detail.story.id,
                first_document_id=detail.story.first.id,
                documents=detail.story.documents,
                others=[ToldOut.of(told) for told in detail.story.told if told.id != document.id],
            ),
            identifiers=[IdentifierOut.of(one) for one in detail.identifiers],
            codes=list(detail.codes),
            stated=[out for fact, out in facts if is_stated(fact)],
            read=[out for fact, out in facts if not is_stated(fact)],
            themes=[PlacedOut.of(placed) for placed in detail.placed],
        )
