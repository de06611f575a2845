"""Noun phrases of a few documents, cased and accented as in the text: the stuff labels are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nlp.config import NlpSettings
from nlp.facts.pipelines import phrase_pipeline

_EDGE_TAGS = frozenset(
    ("DET", "PRON", "PUNCT", "SPACE", "ADP", "CCONJ", "SCONJ", "NUM", "SYM", "AUX", "VERB", "ADV", "PART", "X")
)
_LINKS = frozenset(("de", "d'", "d’", "à", "en"))
_INNER = re.compile(r"[\w'’&+./-]")
_MAX_WORDS = 5
_READ_CHARS = 2000


def noun_phrases(texts: Sequence[str], lang: str, models: Mapping[str, str] | None = None) -> list[list[str]]:
    """The noun phrases of each text, in reading order, without determiners; texts of a language without a model have none.

    ``models`` are ``NlpSettings.spacy_models``. Raises ConfigError when the model is not installed.
    """
    model = (models if models is not None else NlpSettings().spacy_models).get(lang)
    if model is None:
        return [[] for _ in texts]
    pipeline = phrase_pipeline(lang, model)
    return [_phrases(doc) for doc in pipeline.pipe([text[:_READ_CHARS] for text in texts], batch_size=32)]


def _phrases(doc: Any) -> list[str]:
    found = []
    previous: tuple[int, int] | None = None
    for chunk in doc.noun_chunks:
        first, last = chunk.start, chunk.end
        while first < last and (doc[first].pos_ in _EDGE_TAGS or doc[first].is_stop):
            first += 1
        while last > first and (doc[last - 1].pos_ in _EDGE_TAGS or doc[last - 1].is_stop):
            last -= 1
        if first == last:
            continue
        while doc.lang_ == "fr" and last < len(doc) and _qualifies(doc[last]):
            last += 1  # « photonique intégrée »: the parser leaves many adjectives and participles out
        spans = [(first, last)]
        if previous is not None and previous[1] == first - 1 and doc[first - 1].lower_ in _LINKS:
            spans.append((previous[0], last))  # « modèle de langage »: French chunks end before the preposition
        previous = spans[-1]
        for start, end in spans:
            phrase = _whole_words(doc.text, doc[start].idx, doc[end - 1].idx + len(doc[end - 1]))
            if len(phrase) > 2 and len(phrase.split()) <= _MAX_WORDS and any(char.isalpha() for char in phrase):
                found.append(phrase)
    return found


def _qualifies(token: Any) -> bool:
    return token.pos_ == "ADJ" or (token.pos_ == "VERB" and "Part" in token.morph.get("VerbForm", []))


def _whole_words(text: str, start: int, end: int) -> str:
    """The phrase without a word cut at its hyphen, which French chunks are prone to; an elided article stays out."""
    while start > 0 and text[start - 1] in "-/" and start > 1 and _INNER.match(text[start - 2]):
        start -= 1
        while start > 0 and (text[start - 1].isalnum() or text[start - 1] in "-/"):
            start -= 1
    while end < len(text) - 1 and text[end] in "-/" and text[end + 1].isalnum():
        end += 1
        while end < len(text) and (
            text[end].isalnum() or (text[end] in "-/" and end + 1 < len(text) and text[end + 1].isalnum())
        ):
            end += 1
    return " ".join(text[start:end].strip(" -–—'’\"«»()[].,;:").split())
