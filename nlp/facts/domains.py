"""Application domains of a document, by the words that betray them (``domains.toml``). Cheap enough for every document.

Promises one match a domain: the first, in title then text.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nlp.words import Match, PhraseIndex
from storage.errors import ConfigError
from storage.model import Document, Fact

KIND = "domain"
_SHIPPED = Path(__file__).with_name("domains.toml")
_READ_CHARS = 3000


@dataclass(frozen=True, slots=True)
class Domain:
    """An application domain with its names."""

    code: str
    label_fr: str
    label_en: str
    terms: tuple[str, ...]


def domains(path: Path | None = None) -> Mapping[str, Domain]:
    """The domains by code, of ``path`` or of the list shipped with the program. Raises ConfigError."""
    return _lexicon(path or _SHIPPED).domains


def domains_pipeline(path: Path | None = None) -> str:
    """Name of the pipeline under which domain facts are stored; it changes with the list of words."""
    return f"domains/1+{_lexicon(path or _SHIPPED).digest}"


def read_domains(title: str, text: str, path: Path | None = None) -> list[Match]:
    """The domains of a document: at most one match each, in reading order; positions in title + newline + text."""
    found: dict[str, Match] = {}
    for match in _lexicon(path or _SHIPPED).index.find(f"{title}\n{text}"[:_READ_CHARS]):
        found.setdefault(match.value, match)
    return list(found.values())


def domain_facts(documents: Sequence[Document], path: Path | None = None) -> list[Fact]:
    """The domain facts of documents."""
    pipeline = domains_pipeline(path)
    return [
        Fact(
            document_id=document.id,
            kind=KIND,
            value=match.value,
            matched=f"{document.title}\n{document.text}"[match.start : match.end],
            start=match.start,
            end=match.end,
            pipeline=pipeline,
        )
        for document in documents
        for match in read_domains(document.title, document.text, path)
    ]


@dataclass(frozen=True, slots=True)
class _Lexicon:
    domains: Mapping[str, Domain]
    index: PhraseIndex
    digest: str


@cache
def _lexicon(path: Path) -> _Lexicon:
    try:
        content = path.read_bytes()
        tables = tomllib.loads(content.decode("utf-8"))
    except OSError as exc:
        raise ConfigError(f"the list of domains {path} cannot be read: {exc.strerror or exc}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"the list of domains {path} is not valid TOML: {exc}") from exc
    found = {code: _domain(path, code, table) for code, table in tables.items()}
    index = PhraseIndex([(term, code) for code, domain in found.items() for term in domain.terms])
    return _Lexicon(domains=found, index=index, digest=hashlib.sha256(content).hexdigest()[:8])


def _domain(path: Path, code: str, table: object) -> Domain:
    terms = table.get("terms") if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
        raise ConfigError(f'the list of domains {path}: [{code}] needs terms = ["…", …]')
    label_fr, label_en = (str(table.get(name) or code) for name in ("label_fr", "label_en"))
    return Domain(code=code, label_fr=label_fr, label_en=label_en, terms=tuple(terms))
