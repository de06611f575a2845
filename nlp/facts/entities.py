"""Organisations and other places, by spaCy and the gazetteer. Names of persons are recognised only to be left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nlp.facts.pipelines import ORGANISATION

ORGANISATION_KIND, POSSIBLE_KIND, PLACE_KIND = "organisation", "possible_organisation", "place"
_KINDS = {"ORG": ORGANISATION_KIND, "MISC": POSSIBLE_KIND, "LOC": PLACE_KIND, "GPE": PLACE_KIND}
_PERSONS = ("PER", "PERSON")
_TITLES = frozenset("m. mm. mme mlle monsieur madame mr mr. mrs mrs. ms ms. dr dr. pr pr. prof. me maître sir".split())  # noqa: SIM905
# Symbols and common nouns with a capital that the models take for names.
_NOT_NAMES = frozenset(
    "ai ia mw gw kw mwh gwh kwh m2 m² ha co2 r&d pme eti région département métropole ville commune état etat".split()  # noqa: SIM905
)
_EDGES = " \t\n\u00a0\u202f«»\"“”'’()[],;:.–—-"
_MAX_WORDS = 8


@dataclass(frozen=True, slots=True)
class Entity:
    """A name read at characters ``start:end``; ``name`` is the one stored."""

    kind: str
    name: str
    start: int
    end: int


def read_entities(pipeline: Any, texts: Sequence[str], batch_size: int = 64) -> Iterator[list[Entity]]:
    """The entities of each text, in reading order."""
    for doc in pipeline.pipe(texts, batch_size=batch_size):
        persons = {token.lower_ for ent in doc.ents if ent.label_ in _PERSONS for token in ent if len(token) > 1}
        yield [entity for ent in doc.ents if (entity := _entity(doc, ent, persons)) is not None]


def _entity(doc: Any, ent: Any, persons: set[str]) -> Entity | None:
    if ent.label_ == ORGANISATION:
        return Entity(ORGANISATION_KIND, ent.ent_id_ or ent.text, ent.start_char, ent.end_char)
    kind = _KINDS.get(ent.label_)
    text = ent.text.strip(_EDGES)
    if kind is None or not _is_name(text, kind):
        return None
    words = [token.lower_ for token in ent if token.text.strip(_EDGES)]
    if kind == POSSIBLE_KIND and not _is_likely(doc, ent):
        return None
    if any(word in persons for word in words) or words[0] in _TITLES:
        return None  # a person's name, or part of one, under another label
    if ent.start > 0 and doc[ent.start - 1].lower_ in _TITLES:
        return None
    start = ent.start_char + ent.text.index(text)
    return Entity(kind, " ".join(text.split()), start, start + len(text))


def _is_likely(doc: Any, ent: Any) -> bool:
    """Whether a name of no kind looks like one: not a sentence's beginning taken for it because of the capital."""
    words = [token for token in ent if token.is_alpha]
    if not words or words[0].is_stop or sum(word.text[0].isupper() for word in words) * 2 < len(words):
        return False
    first = ent.start == 0 or doc[ent.start - 1].text.strip() in ("", ".", ":", "!", "?", "«", "–", "—")
    return not (first and len(words) == 1 and not doc.vocab[words[0].lower_].is_oov)


def _is_name(text: str, kind: str) -> bool:
    if text.lower() in _NOT_NAMES:
        return False
    if len(text) < 2 or len(text.split()) > _MAX_WORDS or not any(char.isalpha() for char in text) or "\n" in text:
        return False
    first = next(char for char in text if char.isalnum())
    return first.isupper() and not (kind == POSSIBLE_KIND and len(text) < 3)
