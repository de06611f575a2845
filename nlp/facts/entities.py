"""Organisations and other places, by the gazetteer and spaCy, each organisation under one id. Names of persons are left out.

The gazetteer speaks first, then the model; words around a name ("la start-up …", "… raises $12m") correct the model's kinds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nlp.facts.actors import acronyms, display_name, normal_id
from nlp.facts.cues import is_an_organisations_name, shown_organisations
from nlp.facts.gazetteer import Gazetteer
from nlp.facts.pipelines import ORGANISATION
from nlp.facts.places import Place
from storage.actors import Actor

ORGANISATION_KIND, POSSIBLE_KIND, PLACE_KIND = "organisation", "possible_organisation", "place"
PERSON_KIND = "person"  # where one is named: for the rules alone, never stored
_KINDS = {"ORG": ORGANISATION_KIND, "MISC": POSSIBLE_KIND, "LOC": PLACE_KIND, "GPE": PLACE_KIND}
_PERSONS = ("PER", "PERSON")
_TITLES = frozenset("m. mm. mme mlle monsieur madame mr mr. mrs mrs. ms ms. dr dr. pr pr. prof. me maître sir".split())  # noqa: SIM905
_EDGES = " \t\n\u00a0\u202f«»\"“”'’()[],;:.–—-|/"
_MAX_WORDS = 8
_CREDIT = re.compile(
    r"(?i:photo|photograph|photography|illustration|image|screenshot|picture|text|story|words|dessin) (?i:by|de|par) $"
)
_CODE = re.compile(r"[A-Z]{1,2}-?\d+")  # a gate, a road, a summit: B32, A7, G20

_INSTITUTION = re.compile(
    r"(?:Institut|Agence|Centre|Université|École|Ecole|Office|Commissariat|Conseil|Autorité|Fédération|Association|Syndicat|Laboratoire"
    r"|Observatoire|Société|Compagnie|Direction|Haute|Ministère|Fonds|Banque|Chambre|Institute|Agency|Center|University|Council|Authority"
    r"|Federation|Department|Bureau|National|European|International|Royal|Bank|Fund|Ministry|Commission|Laboratory)\b"
)
_OF_A_TERRITORY = re.compile(
    r"(?:[Rr]égion|[Cc]onseil|[Dd]épartement|[Mm]étropole|[Vv]ille|[Mm]airie|[Cc]ollectivité|[Pp]réfecture|City|CCI)\b"
)


@dataclass(frozen=True, slots=True)
class Entity:
    """A name read at characters ``start:end``; ``name`` is the one stored. ``actor`` is known for organisations only."""

    kind: str
    name: str
    start: int
    end: int
    actor: Actor | None = None


def read_entities(
    pipeline: Any, texts: Sequence[str], gazetteer: Gazetteer, language: str, batch_size: int = 64
) -> Iterator[list[Entity]]:
    """The entities of each text, of a pipeline made with the same gazetteer; of persons only where they stand, nameless."""
    for text, doc in zip(texts, pipeline.pipe(texts, batch_size=batch_size), strict=True):
        persons = {token.lower_ for ent in doc.ents if ent.label_ in _PERSONS for token in ent if len(token) > 1}
        full_names = {token.text for ent in doc.ents if ent.label_ in _PERSONS and len(ent) > 1 for token in ent}
        found = [entity for ent in doc.ents if (entity := _entity(doc, ent, persons, full_names, gazetteer)) is not None]
        named = _settled(text, _corrected(text, found, language, gazetteer, full_names), gazetteer)
        taken = [(entity.start, entity.end) for entity in named if entity.kind == ORGANISATION_KIND]
        yield named + [
            Entity(PERSON_KIND, "", ent.start_char, ent.end_char)
            for ent in doc.ents
            if ent.label_ in _PERSONS and len(ent) > 1 and not any(a < ent.end_char and ent.start_char < b for a, b in taken)
        ]


def is_part_of_a_name(place: Place, entities: Sequence[Entity]) -> bool:
    """Whether a place is only a word of a person's name or an organisation's ("Air France"), other than a region's own."""
    return any(
        entity.kind in (ORGANISATION_KIND, PERSON_KIND)
        and entity.start <= place.start
        and place.end <= entity.end
        and place.end - place.start < entity.end - entity.start
        and not _OF_A_TERRITORY.match(entity.name)
        for entity in entities
    )


def is_part_of_a_place(entity: Entity, places: Sequence[Place]) -> bool:
    """Whether an organisation's name is only a word of a place's ("French Riviera")."""
    return any(
        place.start <= entity.start and entity.end <= place.end and entity.end - entity.start < place.end - place.start
        for place in places
    )


def _entity(doc: Any, ent: Any, persons: set[str], full_names: set[str], gazetteer: Gazetteer) -> Entity | None:
    start, end = ent.start_char, ent.end_char
    if ent.label_ == ORGANISATION:
        return Entity(ORGANISATION_KIND, ent.text, start, end) if _is_meant(doc.text, ent.text, end, gazetteer) else None
    text = _trimmed(ent.text)
    start += ent.text.find(text)
    end = start + len(text)
    if text in gazetteer.checked and text not in full_names:
        return Entity(ORGANISATION_KIND, text, start, end)
    if ent.label_ in _PERSONS:
        # kept only to be corrected by the words around it
        is_possible = _is_name(text, ORGANISATION_KIND, gazetteer) and (" " in text or text not in full_names)
        return Entity(PERSON_KIND, " ".join(text.split()), start, end) if is_possible else None
    kind = _KINDS.get(ent.label_)
    if kind is None or not _is_name(text, kind, gazetteer) or _CODE.fullmatch(text) or _goes_on(doc.text, end):
        return None
    if kind == ORGANISATION_KIND and text in gazetteer.places:
        kind = PLACE_KIND
    words = [token.lower_ for token in ent if token.text.strip(_EDGES)]
    if kind == POSSIBLE_KIND and not _is_likely(doc, ent):
        return None
    if kind == ORGANISATION_KIND and len(words) == 1 and _is_a_beginning(doc, ent) and not doc.vocab[words[0]].is_oov:
        return None
    if any(word in persons for word in words) or words[0] in _TITLES:
        return None  # a person's name, or part of one, under another label
    if ent.start > 0 and doc[ent.start - 1].lower_ in _TITLES:
        return None
    if _CREDIT.search(doc.text[max(0, start - 24) : start]):
        return None  # "Photo by …"
    return Entity(kind, " ".join(text.split()), start, end)


def _is_meant(text: str, name: str, end: int, gazetteer: Gazetteer) -> bool:
    if _goes_on(text, end):
        return False
    after = gazetteer.not_followed_by.get(name, ())
    return not any(text.startswith(word, end + 1) for word in after)


def _goes_on(text: str, end: int) -> bool:
    """Whether a name is only the beginning of a word: "Meta-analysis"."""
    return text[end : end + 1] == "-" and text[end + 1 : end + 2].islower()


def _corrected(text: str, found: Sequence[Entity], language: str, gazetteer: Gazetteer, full_names: set[str]) -> list[Entity]:
    """Entities with the kinds the words around them give, and the names those words show; what is a person's goes."""
    shown = []
    for span in shown_organisations(text, language):
        name = _trimmed(text[span.start : span.end])
        is_persons = name in full_names or (not span.sure and any(word in full_names for word in name.split()))
        if not is_persons and _is_name(name[:1].upper() + name[1:], ORGANISATION_KIND, gazetteer):
            shown.append((span, name))
    kept: list[Entity] = []
    for entity in found:
        cues = [span for span, _ in shown if span.start < entity.end and entity.start < span.end]
        if entity.kind == PLACE_KIND and any(
            span.sure
            and span.start <= entity.start
            and entity.end <= span.end
            and (span.start, span.end) != (entity.start, entity.end)
            for span in cues
        ):
            continue  # a place inside a longer name, "CHU de Nevers", which is added below
        is_sure = any(span.sure for span in cues) or is_an_organisations_name(entity.name)
        is_likely = is_sure or (bool(cues) and entity.kind != PERSON_KIND)
        is_a_place = entity.name in gazetteer.places and " " not in entity.name  # unlike "Région Sud", "Métropole de Lyon"
        if entity.kind != ORGANISATION_KIND and is_likely and not is_a_place:
            entity = replace(entity, kind=ORGANISATION_KIND)
        if entity.kind != PERSON_KIND:
            kept.append(entity)
    persons = [entity for entity in found if entity.kind == PERSON_KIND]
    taken = [(entity.start, entity.end) for entity in kept]
    for span, name in sorted(shown, key=lambda pair: (not pair[0].sure, pair[0].start, pair[0].start - pair[0].end)):
        start, end = span.start, span.start + len(name)
        is_free = not any(a < end and start < b for a, b in taken) and name not in gazetteer.places
        if is_free and (span.sure or not any(person.start < end and start < person.end for person in persons)):
            kept.append(Entity(ORGANISATION_KIND, " ".join(name.split()), start, end))
            taken.append((start, end))
    return kept


def _settled(text: str, found: Iterable[Entity], gazetteer: Gazetteer) -> list[Entity]:
    """Organisations under one id and name: the gazetteer's, that of the long form the text gives, or the first spelling."""
    found = list(found)
    by_key: dict[str, Actor] = {}
    for short, _, _, long, start, end in acronyms(text):
        is_one = _INSTITUTION.match(long) is not None or any(
            entity.kind == ORGANISATION_KIND and entity.start < end and start < entity.end for entity in found
        )
        known = gazetteer.by_id.get(normal_id(long)) or (gazetteer.by_id.get(normal_id(short)) if is_one else None)
        if known is None and not is_one:
            continue
        actor = known or Actor(id=normal_id(long), name=display_name(long))
        by_key.update(dict.fromkeys((normal_id(short), normal_id(long)), actor))
        spans = [(start, end), *(match.span() for match in re.finditer(rf"\b{re.escape(short)}\b", text))]
        found = [entity for entity in found if not any(a < entity.end and entity.start < b for a, b in spans)]
        found += [Entity(ORGANISATION_KIND, actor.name, a, b, actor) for a, b in spans]
    for entity in found:
        if entity.kind != ORGANISATION_KIND or entity.actor is not None:
            continue
        key = normal_id(entity.name)
        declared = gazetteer.names.get(entity.name) or by_key.get(key) or gazetteer.by_id.get(key)
        by_key.setdefault(key, declared or Actor(id=key, name=display_name(entity.name)))
    settled = []
    for entity in found:
        settled_as = (
            entity.actor
            or by_key.get(normal_id(entity.name))
            or (gazetteer.names.get(entity.name) if entity.kind != PLACE_KIND or entity.name in gazetteer.names else None)
        )
        if settled_as is None or (entity.kind == PLACE_KIND and entity.name in gazetteer.places):
            settled.append(entity)
        else:
            settled.append(Entity(ORGANISATION_KIND, settled_as.name, entity.start, entity.end, settled_as))
    return sorted(settled, key=lambda entity: (entity.start, entity.end))


def _is_likely(doc: Any, ent: Any) -> bool:
    """Whether a name of no kind looks like one: not a sentence's beginning taken for it because of the capital."""
    words = [token for token in ent if token.is_alpha]
    if not words or words[0].is_stop or sum(word.text[0].isupper() for word in words) * 2 < len(words):
        return False
    return not (_is_a_beginning(doc, ent) and len(words) == 1 and not doc.vocab[words[0].lower_].is_oov)


def _is_a_beginning(doc: Any, ent: Any) -> bool:
    """Whether a name stands where any word has a capital."""
    return ent.start == 0 or doc[ent.start - 1].text.strip() in ("", ".", ":", "!", "?", "«", "–", "—")


def _trimmed(text: str) -> str:
    text = text.strip(_EDGES)
    for mark in ("'s", "’s"):
        text = text.removesuffix(mark)
    for article in ("the ", "The ", "la ", "le ", "l'", "l’", "L'", "L’"):
        if text.startswith(article) and text[len(article) :][:1].isupper() and " " in text[len(article) :]:
            return text[len(article) :]
    return text


def _is_name(text: str, kind: str, gazetteer: Gazetteer) -> bool:
    if text.casefold() in gazetteer.not_names:
        return False
    if len(text) < 2 or len(text.split()) > _MAX_WORDS or not any(char.isalpha() for char in text) or "\n" in text:
        return False
    first = next(char for char in text if char.isalnum())
    return first.isupper() and not (kind == POSSIBLE_KIND and len(text) < 3)
