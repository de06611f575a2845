"""Application domains of a document, by the words that betray them (``domains.toml``). Cheap enough for every document.

Promises one match a domain: the first decisive span. The rule is that of ``nlp.facts.lexicon``; ``docs/facts.md`` states it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nlp.facts.lexicon import Entry, Lexicon, Words, lexicon_facts, read_lexicon
from nlp.words import Match
from storage.model import Document, Fact

KIND = "domain"
RULES = "2"
_SHIPPED = Path(__file__).with_name("domains.toml")


def domains(path: Path | None = None) -> Mapping[str, Entry]:
    """The domains by code, of ``path`` or of the list shipped with the program. Raises ConfigError."""
    return _lexicon(path).entries


def domains_pipeline(path: Path | None = None) -> str:
    """Name of the pipeline under which domain facts are stored; it changes with the list of words and the rules."""
    return f"domains/{RULES}+{_lexicon(path).digest}"


def read_domains(title: str, text: str, path: Path | None = None) -> list[Match]:
    """The domains of a document: at most one match each, in reading order; positions in title + newline + text."""
    return _lexicon(path).read(Words(title, text))


def domain_facts(documents: Sequence[Document], path: Path | None = None, words: Sequence[Words] | None = None) -> list[Fact]:
    """The domain facts of documents. ``words`` are theirs, when they were already read."""
    lexicon, pipeline = _lexicon(path), domains_pipeline(path)
    words = words if words is not None else [Words.of(document) for document in documents]
    return [
        fact
        for document, read in zip(documents, words, strict=True)
        for fact in lexicon_facts(lexicon, KIND, pipeline, document, lexicon.read(read))
    ]


def _lexicon(path: Path | None) -> Lexicon:
    return read_lexicon(path or _SHIPPED, "list of domains")
