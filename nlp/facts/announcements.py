"""What a document announces (an investment, a call, a plant that opens…), by its turns of phrase (``announcements.toml``).

Promises at most one match a kind; a document may announce nothing, one thing or several. A paper announces its result; a patent
announces nothing. ``docs/facts.md`` states the rule. Cheap enough for every document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from nlp.facts.lexicon import Entry, Lexicon, Words, lexicon_facts, read_lexicon
from nlp.words import Match
from storage.model import Document, Fact, Kind

KIND = "announcement"
RULES = "1"
_SHIPPED = Path(__file__).with_name("announcements.toml")
_RESULT = "research_result"


def announcements(path: Path | None = None) -> Mapping[str, Entry]:
    """The kinds of announcement by code, of ``path`` or of the list shipped with the program. Raises ConfigError."""
    return _lexicon(path).entries


def announcements_pipeline(path: Path | None = None) -> str:
    """Name of the pipeline under which these facts are stored; it changes with the list of words and the rules."""
    return f"announcements/{RULES}+{_lexicon(path).digest}"


def read_announcements(
    title: str, text: str, kind: Kind = Kind.NEWS, *, year: int | None = None, path: Path | None = None
) -> list[Match]:
    """What a document announces, in reading order; positions in title + newline + text.

    ``year`` of publication: a sentence about an earlier year is background. A paper's match is its title when no phrase tells.
    """
    return _read(_lexicon(path), kind, Words(title, text, year))


def announcement_facts(
    documents: Sequence[Document], path: Path | None = None, words: Sequence[Words] | None = None
) -> list[Fact]:
    """The announcement facts of documents. ``words`` are theirs, when they were already read."""
    lexicon, pipeline = _lexicon(path), announcements_pipeline(path)
    words = words if words is not None else [Words.of(document) for document in documents]
    return [
        fact
        for document, read in zip(documents, words, strict=True)
        for fact in lexicon_facts(lexicon, KIND, pipeline, document, _read(lexicon, document.kind, read))
    ]


def _read(lexicon: Lexicon, kind: Kind, words: Words) -> list[Match]:
    if kind == Kind.PATENT:
        return []
    if kind == Kind.PAPER:
        if _RESULT not in lexicon.entries:
            return []
        told = [match for match in lexicon.read(words) if match.value == _RESULT]
        return told or [Match(_RESULT, 0, words.title_end)]
    return lexicon.read(words)


def _lexicon(path: Path | None) -> Lexicon:
    return read_lexicon(path or _SHIPPED, "list of announcements")
