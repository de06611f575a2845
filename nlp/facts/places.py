"""The territories a text names, by the gazetteer: French régions and départements (INSEE codes), countries (ISO codes).

A département brings its region, a French place its country, with the same words. Names are matched as written; the gazetteer's
rules say when a name that is also a word, a river or another place counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from nlp.facts.gazetteer import COUNTRY, DEPARTEMENT, Chain, Gazetteer
from storage.errors import ConfigError

_OFFICES = (
    r"[Pp]réfet|[Pp]réfète|[Pp]réfecture|[Cc]onseil départemental|[Cc]onseil général|[Dd]éputée?s?|[Ss]énateur|[Ss]énatrice"
    r"|CCI|SDIS|[Dd]épartement|[Cc]hambre d['’]agriculture|[Cc]hambre de commerce(?: et d['’]industrie)?"
)
_OF = r"(?:du |de la |de l['’]|des |de )"
_WORD = re.compile(r"(?<![\w-])\w+")
_IN_ENGLISH = re.compile(r"\b(?:in|near|at|from|to|outside|between|around) $")
_GOES_ON = re.compile(r"\w|-\w")
_IN = r"(?:[Dd]ans le |[Dd]ans la |[Dd]ans les |[Dd]ans l['’])"


class Place(NamedTuple):
    """A territory (level and INSEE or ISO code) read at characters ``start:end``."""

    level: str
    code: str
    start: int
    end: int


def read_places(text: str, language: str, gazetteer: Gazetteer) -> list[Place]:
    """The territories named in a text, in reading order; those they lie in once, with the first words that imply them."""
    found: dict[tuple[str, str, int], Place] = {}
    implied: set[tuple[str, str]] = set()
    reader = _reader(gazetteer.digest, _Held(gazetteer))
    for chain, start, end in sorted(reader.read(text, language), key=lambda item: item[1:]):
        for part in chain:
            if part == chain[0] or part not in implied:
                found[(*part, start)] = Place(*part, start, end)
        implied.update(chain)
    return sorted(found.values(), key=lambda place: (place.start, place.end, place.level, place.code))


class _Held(NamedTuple):
    """A gazetteer as part of a cache key: told by its digest, so never compared."""

    gazetteer: Gazetteer

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@cache
def _reader(_digest: str, held: _Held) -> _Reader:
    return _Reader(held.gazetteer)


class _Reader:
    """The patterns of one gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        rules = gazetteer.place_rules
        ambiguous, loose = rules.ambiguous, rules.ambiguous - rules.strict
        self._places: Mapping[str, Chain] = gazetteer.places
        self._rules = rules
        self._by_first: dict[str, list[str]] = {}
        for name in sorted(set(self._places) - ambiguous, key=lambda name: (-len(name), name)):
            self._by_first.setdefault(_first_word(name), []).append(name)
        self._context = re.compile(
            rf"(?:(?<=\()(?P<bracket>{_either(ambiguous)})(?=[),])|(?:{_OFFICES}) {_OF}(?P<office>{_either(ambiguous)})"
            rf"|\b(?:à|de|près de|in|at|near) [A-ZÀ-Þ][\w'’-]+, (?P<after>{_either(ambiguous)})(?=[.,;:)]|$)"
            rf"|\b[Tt]he (?P<english>{_either(ambiguous)}) (?:department|département)"
            rf"|{_IN}(?P<inside>{_either(loose)})|[Dd]ans (?:le|la) (?P<strict>{_either(rules.strict & ambiguous)})"
            rf"|\b(?:et|ou) (?:du |de la |de l['’]|l['’]|le |la )(?P<beside>{_either(loose)}))(?! d|[\w-])"
        )
        self._before = re.compile(rf"(?:^|[^\w-])(?:{_either(rules.not_after)}) ?-?$")
        self._after = re.compile(rf"[ -](?:{_either(rules.not_before)})(?![\w-])")
        self._words = {
            name: re.compile(rf"\b(?:{_either(words)})\b")
            for table in (rules.needs, rules.unless)
            for name, words in table.items()
        }

    def read(self, text: str, language: str) -> Iterator[tuple[Chain, int, int]]:
        plain = [(name, start) for name, start in self._names(text) if self._is_meant(text, name, start)]
        if language != "fr":
            sure = [(name, start) for name, start in plain if name not in self._rules.french_only]
            in_france = any((COUNTRY, "FR") in self._places[name] for name, _ in sure)
            plain = [
                (name, start)
                for name, start in plain
                if (name, start) in sure or (in_france and _IN_ENGLISH.search(text[max(0, start - 10) : start]))
            ]
        yield from ((self._places[name], start, start + len(name)) for name, start in plain)
        named = {part for name, _ in plain for part in self._places[name]}
        for match in self._context.finditer(text):
            group = match.lastgroup or "bracket"
            if language != "fr" and group not in ("bracket", "after", "english"):
                continue
            chain = self._places[match.group(group)]
            is_near = chain[0] in named or chain[1] in named
            if group == "beside":  # "dans la Marne et l'Aube"
                is_near = any(level == DEPARTEMENT for level, _ in named)
            if group not in ("strict", "beside") or is_near:
                named.update(chain)
                yield chain, match.start(group), match.end(group)

    def _names(self, text: str) -> Iterator[tuple[str, int]]:
        """The names that stand in a text as whole words, the longest where several begin, none inside another."""
        done = 0
        for word in _WORD.finditer(text):
            if word.start() < done:
                continue
            for name in self._by_first.get(word.group(), ()):
                end = word.start() + len(name)
                if text.startswith(name, word.start()) and not _GOES_ON.match(text, end):
                    yield name, word.start()
                    done = end
                    break

    def _is_meant(self, text: str, name: str, start: int) -> bool:
        rules, end = self._rules, start + len(name)
        if name in rules.needs and not self._words[name].search(text):
            return False
        if name in rules.unless and self._words[name].search(text):
            return False
        if len(name) <= 3 and name.isalpha() and _is_shouted(text, start, end):
            return False
        return not self._before.search(text[max(0, start - 24) : start]) and not self._after.match(text, end)


def _first_word(name: str) -> str:
    match = _WORD.match(name)
    if match is None:
        raise ConfigError(f"the gazetteer names a place {name!r} that begins with no letter")
    return match.group()


def _is_shouted(text: str, start: int, end: int) -> bool:
    """Whether the words around are all in capitals, so that "US" may be the pronoun."""
    around = text[max(0, start - 20) : start] + text[end : end + 20]
    letters = [char for char in around if char.isalpha()]
    return len(letters) >= 4 and all(char.isupper() for char in letters)


def _either(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name))) or r"(?!)"
