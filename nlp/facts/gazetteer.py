"""Places and institutions known by name (``gazetteer.toml``), and the places read with it: régions, départements, countries.

A département brings its region, a French place its country, with the same words. Names are matched as written.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from storage.errors import ConfigError

REGION, DEPARTEMENT, COUNTRY = "region", "departement", "country"
_SHIPPED = Path(__file__).with_name("gazetteer.toml")
_IN_CONTEXT = (
    r"(?:(?<=\()(?:{names})(?=[),])"
    r"|(?:(?<=[Dd]épartement du )|(?<=[Dd]épartement de la )|(?<=[Dd]épartement de l['’]))(?:{names})"
    r"|(?:(?<=[Dd]ans le )|(?<=[Dd]ans la )|(?<=[Dd]ans les )|(?<=[Dd]ans l['’]))(?:{loose})(?! d))(?![\w-])"
)


class Place(NamedTuple):
    """A territory (level and INSEE or ISO code) read at characters ``start:end``."""

    level: str
    code: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names known beforehand. ``organisations``: any name → the one stored. ``digest`` changes with the file."""

    organisations: Mapping[str, str]
    digest: str
    _territories: Mapping[str, tuple[tuple[str, str], ...]]
    _plain: re.Pattern[str]
    _in_context: re.Pattern[str]
    _french_only: frozenset[str]

    def places(self, text: str, language: str) -> list[Place]:
        """The territories named in a text, in reading order, with those they lie in."""
        return sorted(set(self._places(text, language)), key=lambda place: (place.start, place.end, place.level, place.code))

    def _places(self, text: str, language: str) -> Iterator[Place]:
        for pattern in (self._plain, self._in_context):
            for match in pattern.finditer(text):
                name = match.group()
                if language != "fr" and name in self._french_only:
                    continue
                for level, code in self._territories[name]:
                    yield Place(level, code, match.start(), match.end())


@cache
def load_gazetteer(path: Path | None = None) -> Gazetteer:
    """The gazetteer of ``path``, or the one shipped with the program. Raises ConfigError."""
    path = path or _SHIPPED
    try:
        content = path.read_bytes()
        tables = tomllib.loads(content.decode("utf-8"))
    except OSError as exc:
        raise ConfigError(f"the gazetteer {path} cannot be read: {exc.strerror or exc}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"the gazetteer {path} is not valid TOML: {exc}") from exc
    try:
        return _gazetteer(tables, hashlib.sha256(content).hexdigest()[:8])
    except (KeyError, TypeError, AttributeError, IndexError) as exc:
        raise ConfigError(f"the gazetteer {path} is not laid out as the one shipped with the program ({exc})") from exc


def _gazetteer(tables: Mapping[str, Any], digest: str) -> Gazetteer:
    rules = tables.get("rules", {})
    territories: dict[str, tuple[tuple[str, str], ...]] = {}
    chains: dict[str, tuple[tuple[str, str], ...]] = {}
    for code, names in tables.get("countries", {}).items():
        territories.update((name, ((COUNTRY, code),)) for name in names)
    for code, names in tables.get("regions", {}).items():
        territories.update((name, ((REGION, code), (COUNTRY, "FR"))) for name in names)
    for code, (region, *names) in tables.get("departements", {}).items():
        chains[code] = ((DEPARTEMENT, code), (REGION, region), (COUNTRY, "FR"))
        territories.update((name, chains[code]) for name in names)
    for code, names in tables.get("towns", {}).items():
        territories.update((name, chains[code]) for name in names)
    ambiguous = set(rules.get("ambiguous", ())) & set(territories)
    return Gazetteer(
        organisations={name: stored for stored, others in tables.get("organisations", {}).items() for name in (stored, *others)},
        digest=digest,
        _territories=territories,
        _plain=re.compile(rf"(?<![\w-])(?:{_either(set(territories) - ambiguous)})(?!\w|-\w)"),
        _in_context=re.compile(
            _IN_CONTEXT.format(names=_either(ambiguous), loose=_either(ambiguous - set(rules.get("strict", ()))))
        ),
        _french_only=frozenset(rules.get("french_only", ())),
    )


def _either(names: Iterable[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name))) or r"(?!)"
