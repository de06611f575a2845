"""The facts step: organisations, places, amounts, rounds and quantities, of the text and of what the source states beside it.

The slow step: it may lag behind the others. One transaction a batch; running it again changes nothing. Names of persons are never
stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from nlp.config import NlpSettings
from nlp.facts.entities import ORGANISATION_KIND, PERSON_KIND, Entity, is_part_of_a_name, is_part_of_a_place, read_entities
from nlp.facts.gazetteer import Gazetteer, load_gazetteer
from nlp.facts.measured import measured_facts
from nlp.facts.pipelines import entity_pipeline, model_version
from nlp.facts.places import read_places
from nlp.facts.rates import load_rates
from nlp.facts.rounds import round_facts
from nlp.facts.stated import stated_facts
from nlp.language import identify
from storage import actors, documents, territories
from storage.actors import Actor
from storage.model import Document, Fact
from storage.store import Store

RULES = "rules-3"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FactsReport:
    """What a run of the step did."""

    documents: int = 0
    facts: int = 0


def facts_pipeline(settings: NlpSettings) -> str:
    """Name of the pipeline: rules, models with their versions, gazetteer. Another name and every document is read again."""
    models = [model_version(model) for _, model in sorted(settings.spacy_models.items())]
    return "facts/" + "+".join([RULES, *models, f"gazetteer-{_gazetteer(settings).digest}"])


def facts(
    store: Store,
    now: dt.datetime,
    settings: NlpSettings,
    *,
    document_ids: Sequence[str] | None = None,
    limit: int | None = None,
) -> FactsReport:
    """Reads the facts of documents collected up to ``now`` that have none of the current pipeline, oldest first.

    ``document_ids`` restricts the run to these (already read or not); ``limit`` ends it after so many documents. Nothing is done
    when ``settings.facts`` is off. Raises ConfigError for a model that is not installed.
    """
    if not settings.facts:
        return FactsReport()
    pipeline = facts_pipeline(settings)
    until = now + dt.timedelta(microseconds=1)
    asked = None if document_ids is None else list(dict.fromkeys(document_ids))[:limit]
    report = FactsReport()
    gazetteer = _gazetteer(settings)
    with store.transaction() as conn:
        territories.declare(conn, gazetteer.territories)
    while limit is None or report.documents < limit:
        size = settings.facts_batch if limit is None else min(settings.facts_batch, limit - report.documents)
        with store.reading() as conn:
            if asked is None:
                batch = documents.without_facts(conn, pipeline, until, size)
            else:
                now_asked, asked = asked[:size], asked[size:]
                batch = [document for document in documents.by_ids(conn, now_asked) if document.collected_at <= now]
            languages = documents.languages_of(conn, [document.id for document in batch])
        if batch:
            named: list[Actor] = []
            found = read_facts(batch, settings, languages, pipeline, named)
            with store.transaction() as conn:
                documents.add_facts(conn, pipeline, [document.id for document in batch], found)
                actors.save(conn, *_actors(found, gazetteer, named))
            report = FactsReport(report.documents + len(batch), report.facts + len(found))
        if not batch if asked is None else not asked:
            break
    log.info("facts read", documents=report.documents, facts=report.facts)
    return report


def read_facts(
    batch: Sequence[Document],
    settings: NlpSettings,
    languages: dict[str, str] | None = None,
    pipeline: str | None = None,
    named: list[Actor] | None = None,
) -> list[Fact]:
    """The facts of documents, in the documents' order. ``languages`` by document id; missing ones are identified.

    ``named`` is added the organisations that sources state, with the country and register number they give.
    """
    pipeline = pipeline or facts_pipeline(settings)
    languages = languages or {}
    texts = [f"{document.title}\n{document.text}"[: settings.facts_chars] for document in batch]
    spoken = [languages.get(document.id) or identify(document.title, document.text, document.lang).code for document in batch]
    entities: dict[int, list[Entity]] = {}
    gazetteer = _gazetteer(settings)
    for language, model in settings.spacy_models.items():
        positions = [i for i, code in enumerate(spoken) if code == language]
        if positions:
            nlp = entity_pipeline(language, model, settings.gazetteer_file, settings.gazetteer_extra)
            read = read_entities(nlp, [texts[i] for i in positions], gazetteer, language)
            entities.update(zip(positions, read, strict=True))
    rates = load_rates(settings.rates_file)
    found: list[Fact] = []
    for i, document in enumerate(batch):
        stated, parties = stated_facts(document, gazetteer, rates)
        if named is not None:
            named += parties
        here = [
            *stated,
            *_facts(texts[i], spoken[i], entities.get(i, ()), gazetteer),
            *round_facts(texts[i]),
            *measured_facts(texts[i], spoken[i], document.published_on or document.counted_on, rates),
        ]
        found += [replace(fact, document_id=document.id, pipeline=pipeline) for fact in here]
    return found


def _actors(found: Sequence[Fact], gazetteer: Gazetteer, stated: Sequence[Actor]) -> tuple[list[Actor], list[Actor]]:
    """The actors of facts: those the gazetteer knows, and the others as sources state or spell them."""
    named = [(fact.actor, fact.value) for fact in found if fact.actor is not None and fact.kind == ORGANISATION_KIND]
    known = {key: gazetteer.by_id[key] for key, _ in named if key in gazetteer.by_id}
    others = {actor.id: actor for actor in reversed(stated)}
    return list(known.values()), [
        replace(others.get(key, Actor(id=key, name=name)), name=name) for key, name in named if key not in known
    ]


def _gazetteer(settings: NlpSettings) -> Gazetteer:
    return load_gazetteer(settings.gazetteer_file, settings.gazetteer_extra)


def _facts(text: str, language: str, entities: Sequence[Entity], gazetteer: Gazetteer) -> list[Fact]:
    """The names in a text: its territories, and the entities that are not those. Not said of which document and pipeline."""
    found: dict[tuple[str, int, int, str], Fact] = {}

    def note(kind: str, value: str, start: int, end: int, actor: str | None = None) -> None:
        found[kind, start, end, value] = Fact(
            document_id="", kind=kind, value=value, matched=text[start:end], start=start, end=end, pipeline="", actor=actor
        )

    places = [place for place in read_places(text, language, gazetteer) if not is_part_of_a_name(place, entities)]
    for place in places:
        note(place.level, place.code, place.start, place.end)
    taken = {(place.start, place.end) for place in places}
    for entity in entities:
        if entity.kind == PERSON_KIND:
            continue
        if (entity.kind == ORGANISATION_KIND and not is_part_of_a_place(entity, places)) or not any(
            a < entity.end and entity.start < b for a, b in taken
        ):
            note(entity.kind, entity.name, entity.start, entity.end, entity.actor.id if entity.actor else None)
    return sorted(found.values(), key=lambda fact: (fact.start, fact.end, fact.kind, fact.value))
