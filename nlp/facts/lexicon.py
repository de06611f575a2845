"""Lists of words that tell what a document is about or announces: how they are written, found and weighed.

One pass over the words of a document, without a model, in time that a list cannot make explode. ``docs/facts.md`` states the
rule; ``nlp.facts.domains`` and ``nlp.facts.announcements`` say what their lists are for.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

from nlp.facts.patterns import ENDS, Pattern, compile_pattern, number_end
from nlp.words import Match, fold, stem
from storage.errors import ConfigError
from storage.model import Document, Fact

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*\w*|\w+|[€$£%.!?;\n]")
_READ_CHARS = 2500
_TITLE_CHARS = 1000
_LEAD_CHARS = 600
_NEEDED = 2
_FAMILY_LETTERS = 5
_AROUND = 4  # words before and after a hit that may take it back
_YEAR_AROUND = 10
_REMEMBERED = 100_000


class Words:
    """The folded words of a document, read once for every list. Positions are those of title + newline + text.

    The first ``in_title`` words are the title's (those of the first sentence when there is no title), the first ``in_lead`` those
    of the title and of the beginning of the text.
    """

    __slots__ = ("_folded", "_is_plain", "_raw", "_spans", "in_lead", "in_title", "stems", "title_end", "words", "year")

    def __init__(self, title: str, text: str, year: int | None = None) -> None:
        """``year`` is that of publication: what a document tells of earlier years is its background."""
        self._raw = raw = f"{title}\n{text[:_READ_CHARS]}" if len(title) < _TITLE_CHARS else title[:_TITLE_CHARS]
        self._folded = folded = fold(raw)
        self._is_plain = raw.isascii() or folded == raw.lower()
        self._spans: list[tuple[int, int]] | None = None
        self.title_end = min(len(title), _TITLE_CHARS)
        self.year = year
        self.words: list[str] = _TOKEN.findall(folded, 0, self.title_end)
        self.in_title = len(self.words)
        lead = folded.find(" ", min(self.title_end + _LEAD_CHARS, len(folded)))
        if lead < 0:
            lead = len(folded)
        self.words += _TOKEN.findall(folded, self.title_end, lead)
        self.in_lead = len(self.words)
        if lead < len(folded):
            self.words += _TOKEN.findall(folded, lead)
        self.stems: list[str] = [stem(word) for word in self.words]
        if not self.in_title:
            ends = (i for i, word in enumerate(self.words) if i and word in ENDS)
            self.in_title = min(next(ends, self.in_lead), self.in_lead)

    @classmethod
    def of(cls, document: Document) -> Words:
        return cls(document.title, document.text, document.published_on.year if document.published_on else None)

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each word begins and ends."""
        if self._spans is None:
            self._spans = [match.span() for match in _TOKEN.finditer(self._folded)]
        return self._spans

    def written(self, i: int) -> str:
        """Word ``i`` in lower case with its accents; empty when it has none."""
        if self._is_plain:
            return ""
        start, end = self.spans[i]
        word = self._raw[start:end]
        return "" if word.isascii() else word.lower()

    def is_upper(self, i: int) -> bool:
        """Whether word ``i`` is written in capitals."""
        start, end = self.spans[i]
        return self._raw[start:end].isupper()


class Level(IntEnum):
    """What a phrase is worth. CONTEXT never decides; EXCEPT hides the phrases inside it and is worth nothing."""

    EXCEPT = 0
    CONTEXT = 1
    WEAK = 2
    STRONG = 3


_IN_TITLE = {Level.STRONG: 2, Level.WEAK: 2, Level.CONTEXT: 1}
_IN_LEAD = {Level.STRONG: 2, Level.WEAK: 1, Level.CONTEXT: 1}
_FURTHER_ON = {Level.STRONG: 1, Level.WEAK: 1, Level.CONTEXT: 0}
_AROUND_KEYS = ("denied_before", "past_before", "past_after")
_KEYS = {"terms": Level.STRONG, "weak": Level.WEAK, "context": Level.CONTEXT, "except": Level.EXCEPT}


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of a list with its names and phrases."""

    code: str
    label_fr: str
    label_en: str
    phrases: Mapping[Level, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Hit:
    """A phrase found at words ``first:last`` and its points for one code."""

    first: int
    last: int
    points: int
    level: Level
    family: str


class Lexicon:
    """A list of words read from a file. ``digest`` changes with the file."""

    def __init__(self, entries: Mapping[str, Entry], around: Mapping[str, Sequence[str]], digest: str) -> None:
        self.entries = entries
        self.digest = digest
        self._denied, self._past_before, self._past_after = (
            frozenset(fold(word) for word in around.get(name, ())) for name in _AROUND_KEYS
        )
        self._candidates = _Candidates(_meanings(entries))

    def read(self, words: Words) -> list[Match]:
        """The codes that the words decide, at most one match each: the first decisive span, in reading order."""
        hits: dict[str, list[_Hit]] = {}
        denied: tuple[int, int, bool] | None = None
        for first, last, code, level in self._found(words):
            if denied is None or denied[:2] != (first, last):
                denied = (first, last, self._taken_back(words, first, last))
            if not denied[2]:
                points = _points(words, first)[level]
                hits.setdefault(code, []).append(_Hit(first, last, points, level, words.words[first][:_FAMILY_LETTERS]))
        decided = [(code, hit) for code, found in hits.items() if (hit := _decisive(found)) is not None]
        return sorted(
            (Match(code, words.spans[hit.first][0], words.spans[hit.last - 1][1]) for code, hit in decided),
            key=lambda match: (match.start, match.end, match.value),
        )

    def _found(self, words: Words) -> Iterator[tuple[int, int, str, Level]]:
        """Phrases with their codes in reading order, without those that lie inside a longer one.

        A phrase in one piece hides what lies inside it from every code, one with a gap from its own codes only.
        """
        candidates, stems = self._candidates, words.stems
        hidden = 0
        hidden_from: dict[str, int] = {}
        for first, word in enumerate(words.words):
            known = candidates[word]
            if known is None:
                continue
            patterns = known.any_second
            if known.by_second:
                second = number_end(words.words, first) if known.is_number else first + 1
                if second < len(stems):
                    patterns = patterns + known.by_second.get(stems[second], ())
            found = [(last, pattern, meant) for pattern, meant in patterns if (last := pattern.match(words, first)) > hidden]
            if len(found) > 1:
                found.sort(key=_longest_first)
            for last, pattern, meant in found:
                if last <= hidden:
                    continue
                for code, level in meant:
                    if last > hidden_from.get(code, 0):
                        hidden_from[code] = last
                        if level is not Level.EXCEPT:
                            yield first, last, code, level
                if pattern.in_one_piece:
                    hidden = last

    def _taken_back(self, words: Words, first: int, last: int) -> bool:
        """Whether words near a phrase, in its sentence, deny it; or, outside a title, say that it is an old story."""
        if not (self._denied or self._past_before or self._past_after):
            return False
        before = _sentence(words.words[max(0, first - _YEAR_AROUND) : first][::-1])
        if not self._denied.isdisjoint(before[:_AROUND]):
            return True
        if first < words.in_title:
            return False
        after = _sentence(words.words[last : last + _YEAR_AROUND])
        if not self._past_before.isdisjoint(before[:_AROUND]) or not self._past_after.isdisjoint(after[:_AROUND]):
            return True
        if words.year is None:
            return False
        told = (*before, *words.words[first:last], *after)
        return any(1900 <= int(word) < words.year for word in told if len(word) == 4 and word.isascii() and word.isdigit())


def read_lexicon(path: Path, what: str) -> Lexicon:
    """The list ``path``; ``what`` names it in errors (« list of domains »). Read once a process. Raises ConfigError."""
    return _read_lexicon(path, what)


def lexicon_facts(lexicon: Lexicon, kind: str, pipeline: str, document: Document, found: Sequence[Match]) -> list[Fact]:
    """Matches of a document as facts of ``kind``, with their words."""
    whole = f"{document.title}\n{document.text}"
    return [
        Fact(
            document_id=document.id,
            kind=kind,
            value=match.value,
            matched=whole[match.start : match.end],
            start=match.start,
            end=match.end,
            pipeline=pipeline,
        )
        for match in found
        if match.value in lexicon.entries
    ]


_Meanings = tuple[tuple[str, Level], ...]


@dataclass(frozen=True, slots=True)
class _Beginnings:
    """The patterns that may begin at a word or a number: by the stem of what follows, and those that must be looked at."""

    is_number: bool
    any_second: tuple[tuple[Pattern, _Meanings], ...]
    by_second: Mapping[str, tuple[tuple[Pattern, _Meanings], ...]]


class _Candidates(dict[str, _Beginnings | None]):
    """Patterns that may begin at a word. Texts repeat their words, so what was looked up once is remembered."""

    def __init__(self, meanings: Mapping[Pattern, _Meanings]) -> None:
        super().__init__()
        self._by_stem: dict[str, list[Pattern]] = {}
        self._by_prefix: dict[str, list[Pattern]] = {}
        self._numbers: list[Pattern] = []
        self._meanings = meanings
        for pattern in meanings:
            if pattern.first.number:
                self._numbers.append(pattern)
            for word in pattern.first.stems:
                self._by_stem.setdefault(word, []).append(pattern)
            for prefix in pattern.first.prefixes:
                self._by_prefix.setdefault(prefix, []).append(pattern)
        self._lengths = sorted({len(prefix) for prefix in self._by_prefix})

    def __missing__(self, word: str) -> _Beginnings | None:
        is_number = word[0].isdigit()
        patterns = list(self._by_stem.get(stem(word), ()))
        by_prefix = self._by_prefix
        for length in self._lengths:
            if (prefix := word[:length]) in by_prefix:
                patterns += by_prefix[prefix]
        if is_number:
            patterns += self._numbers
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = found = self._beginnings(list(dict.fromkeys(patterns)), is_number) if patterns else None
        return found

    def _beginnings(self, patterns: Sequence[Pattern], is_number: bool) -> _Beginnings:
        any_second: list[tuple[Pattern, _Meanings]] = []
        by_second: dict[str, tuple[tuple[Pattern, _Meanings], ...]] = {}
        for pattern in patterns:
            meant = (pattern, self._meanings[pattern])
            second = pattern.pieces[1] if len(pattern.pieces) > 1 and pattern.first.number is is_number else None
            if second is None or not second.is_plain:
                any_second.append(meant)
                continue
            for word in second.stems:
                by_second[word] = (*by_second.get(word, ()), meant)
        return _Beginnings(is_number, tuple(any_second), by_second)


def _longest_first(found: tuple[int, Pattern, _Meanings]) -> tuple[int, bool]:
    last, _, meant = found
    return -last, all(level is not Level.EXCEPT for _, level in meant)


def _points(words: Words, first: int) -> Mapping[Level, int]:
    if first < words.in_title:
        return _IN_TITLE
    return _IN_LEAD if first < words.in_lead else _FURTHER_ON


def _decisive(hits: Sequence[_Hit]) -> _Hit | None:
    """The first hit that decides alone, else the first that does together with another of a different family; else None."""
    for hit in hits:
        if hit.points >= _NEEDED:
            return hit
    best: dict[str, int] = {}
    for hit in hits:
        best[hit.family] = max(hit.points, best.get(hit.family, 0))
    if sum(best.values()) < _NEEDED:
        return None
    return next((hit for hit in hits if hit.level is not Level.CONTEXT), None)


def _sentence(words: Sequence[str]) -> Sequence[str]:
    """The words up to the end of a sentence."""
    for i, word in enumerate(words):
        if word in ENDS:
            return words[:i]
    return words


def _meanings(entries: Mapping[str, Entry]) -> dict[Pattern, _Meanings]:
    found: dict[Pattern, _Meanings] = {}
    for entry in entries.values():
        for level, phrases in entry.phrases.items():
            for phrase in phrases:
                pattern = compile_pattern(phrase)
                known = dict(found.get(pattern, ()))
                if known.get(entry.code, level) is not level:
                    raise ValueError(f"[{entry.code}] has « {phrase} » in two lists (a plural is the same word): keep one")
                found[pattern] = tuple((known | {entry.code: level}).items())
    return found


@cache
def _read_lexicon(path: Path, what: str) -> Lexicon:
    try:
        content = path.read_bytes()
        tables = tomllib.loads(content.decode("utf-8"))
    except OSError as exc:
        raise ConfigError(f"the {what} {path} cannot be read: {exc.strerror or exc}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"the {what} {path} is not valid TOML: {exc}") from exc
    around = {name: _strings(tables.pop(name, []), f"the {what} {path}: {name}") for name in _AROUND_KEYS}
    entries = {code: _entry(f"the {what} {path}: [{code}]", code, table) for code, table in tables.items()}
    try:
        return Lexicon(entries, around, hashlib.sha256(content).hexdigest()[:8])
    except ValueError as exc:
        raise ConfigError(f"the {what} {path}: {exc}") from exc


def _entry(where: str, code: str, table: object) -> Entry:
    if not isinstance(table, dict) or "terms" not in table:
        raise ConfigError(f'{where} needs terms = ["…", …]')
    unknown = sorted(set(table) - {"label_fr", "label_en", *_KEYS})
    if unknown:
        raise ConfigError(f"{where} has {', '.join(unknown)}; it may have label_fr, label_en, {', '.join(_KEYS)}")
    phrases = {level: _strings(table.get(key, []), f"{where} {key}") for key, level in _KEYS.items()}
    label_fr, label_en = (str(table.get(name) or code) for name in ("label_fr", "label_en"))
    return Entry(code=code, label_fr=label_fr, label_en=label_en, phrases=phrases)


def _strings(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f'{where} must be a list of phrases: ["…", …]')
    return tuple(value)
