"""spaCy pipelines, loaded once a process and with the pipes a task needs. spaCy itself is imported at the first text.

The model name ``blank`` stands for a language's tokenizer with the gazetteer and no statistics.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from nlp.facts.gazetteer import load_gazetteer
from storage.errors import ConfigError

BLANK = "blank"
ORGANISATION = "GAZETTEER"


@cache
def entity_pipeline(language: str, model: str, gazetteer_file: Path | None = None, gazetteer_extra: Path | None = None) -> Any:
    """Entities of one language: the gazetteer's organisations, then what the model finds around them. Raises ConfigError."""
    nlp = _load(language, model, keep=("tok2vec", "ner"))
    ruler = nlp.add_pipe("entity_ruler", first=True)
    gazetteer = load_gazetteer(gazetteer_file, gazetteer_extra)
    names = sorted(set(gazetteer.names) - gazetteer.checked)
    ruler.add_patterns([{"label": ORGANISATION, "pattern": name} for name in names])
    return nlp


@cache
def phrase_pipeline(language: str, model: str) -> Any:
    """Noun chunks and names of one language. Raises ConfigError, also for ``blank``, which knows no grammar."""
    if model == BLANK:
        raise ConfigError(f"noun phrases need a spaCy model with a parser: set nlp.spacy_models.{language}")
    return _load(language, model, keep=("tok2vec", "tagger", "morphologizer", "attribute_ruler", "parser", "ner"))


@cache
def model_version(model: str) -> str:
    """Name and version of a model, for a pipeline's name. Raises ConfigError."""
    import spacy

    if model == BLANK:
        return f"blank-{importlib.metadata.version('spacy')}"
    try:
        meta = spacy.util.get_package_path(model) if spacy.util.is_package(model) else Path(model)
        found = spacy.util.get_model_meta(meta)
    except (OSError, ValueError) as exc:
        raise ConfigError(_missing(model)) from exc
    return f"{model if spacy.util.is_package(model) else meta.name}-{found['version']}"


def _load(language: str, model: str, keep: Iterable[str]) -> Any:
    import spacy

    if model == BLANK:
        try:
            return spacy.blank(language)
        except ImportError as exc:
            raise ConfigError(f"spaCy knows no language '{language}': see nlp.spacy_models") from exc
    try:
        pipes = spacy.util.get_model_meta(spacy.util.get_package_path(model) if spacy.util.is_package(model) else Path(model))
        unwanted = [name for name in pipes.get("components", pipes.get("pipeline", ())) if name not in set(keep)]
        return spacy.load(model, exclude=unwanted)
    except (OSError, ValueError) as exc:
        raise ConfigError(_missing(model)) from exc


def _missing(model: str) -> str:
    return f"the spaCy model '{model}' is not installed: install it, or name another in nlp.spacy_models ('{BLANK}' for none)"
