"""What is known by name beforehand (``gazetteer.toml``): organisations and places with their codes, names to beware of.

A file of the user's own adds to the list shipped with the program, or replaces it. Reads no text: ``places`` and ``entities`` do.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nlp.facts.actors import normal_id
from storage.actors import Actor
from storage.errors import ConfigError
from storage.territories import Territory

REGION, DEPARTEMENT, COUNTRY = "region", "departement", "country"
KINDS = ("company", "cluster", "institute", "university", "public", "agency", "fund", "association", "media")
_SHIPPED = Path(__file__).with_name("gazetteer.toml")

Chain = tuple[tuple[str, str], ...]
"""A territory and those it lies in, as (level, code), the smallest first."""


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """When a name of a place does not mean it. Names → words, except the sets of names."""

    ambiguous: frozenset[str]
    strict: frozenset[str]
    french_only: frozenset[str]
    not_after: tuple[str, ...]
    not_before: tuple[str, ...]
    needs: Mapping[str, tuple[str, ...]]
    unless: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names known beforehand. ``digest`` changes with the files.

    ``names``: every spelling of an organisation → its actor. ``by_id``: the ``normal_id`` of every spelling → the same.
    ``checked``: spellings that are ordinary words too. ``not_names`` (case-folded): what is no organisation. ``places``: name →
    territories.
    """

    names: Mapping[str, Actor]
    by_id: Mapping[str, Actor]
    checked: frozenset[str]
    not_names: frozenset[str]
    not_followed_by: Mapping[str, tuple[str, ...]]
    places: Mapping[str, Chain]
    place_rules: PlaceRules
    territories: tuple[Territory, ...]
    digest: str


@cache
def load_gazetteer(path: Path | None = None, extra: Path | None = None) -> Gazetteer:
    """The gazetteer of ``path``, or the one shipped with the program, with what ``extra`` adds to it. Raises ConfigError."""
    content, tables = _read(path or _SHIPPED)
    if extra is not None:
        load_gazetteer(path)  # so that what is wrong below comes from the added file
        more, added = _read(extra)
        _check(extra, added)
        content, tables = content + b"\0" + more, _merged(tables, added)
    return _checked(extra or path or _SHIPPED, tables, hashlib.sha256(content).hexdigest()[:8])


def _read(path: Path) -> tuple[bytes, dict[str, Any]]:
    try:
        content = path.read_bytes()
        tables = tomllib.loads(content.decode("utf-8"))
    except OSError as exc:
        raise ConfigError(f"the gazetteer {path} cannot be read: {exc.strerror or exc}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"the gazetteer {path} is not valid TOML: {exc}") from exc
    organisations = tables.get("organisations")
    if isinstance(organisations, dict):
        tables["organisations"] = {
            name: {"names": entry} if isinstance(entry, list) else entry for name, entry in organisations.items()
        }
    return content, tables


def _check(path: Path, tables: Mapping[str, Any]) -> None:
    """Raises ConfigError where a file that adds to another does not have its layout."""
    wrong = [name for name in tables if name not in _TABLES]
    if wrong:
        raise ConfigError(f"the gazetteer {path}: unknown table [{wrong[0]}]; known ones are {', '.join(_TABLES)}")
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ConfigError(f"the gazetteer {path}: [{name}] must be a table")


_TABLES = ("regions", "departements", "towns", "small_towns", "countries", "abroad", "rules", "organisations")


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: _merged(old[key], value) if key in old else value for key, value in new.items()}
    if isinstance(old, list) and isinstance(new, list):
        return old + [value for value in new if value not in old]
    return new


def _checked(path: Path, tables: Mapping[str, Any], digest: str) -> Gazetteer:
    try:
        return _gazetteer(tables, digest)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as exc:
        raise ConfigError(f"the gazetteer {path} is not laid out as the one shipped with the program ({exc})") from exc


def _gazetteer(tables: Mapping[str, Any], digest: str) -> Gazetteer:
    rules = tables.get("rules", {})
    about = rules.get("organisations", {})
    not_names = frozenset(name.casefold() for name in _texts(about.get("not_names", ())))
    names, by_id = _organisations(tables.get("organisations", {}), not_names)
    places, territories = _places(tables)
    large = {town for towns in tables.get("towns", {}).values() for town in towns}
    small = {town for towns in tables.get("small_towns", {}).values() for town in _texts(towns) if town not in large}
    return Gazetteer(
        names=names,
        by_id=by_id,
        checked=frozenset(_texts(about.get("checked", ()))),
        not_names=not_names,
        not_followed_by=_lists(about.get("not_followed_by", {})),
        places=places,
        place_rules=PlaceRules(
            ambiguous=frozenset(_texts(rules.get("ambiguous", ()))) & frozenset(places),
            strict=frozenset(_texts(rules.get("strict", ()))),
            french_only=frozenset([*_texts(rules.get("french_only", ())), *small]),
            not_after=_texts(rules.get("not_after", ())),
            not_before=_texts(rules.get("not_before", ())),
            needs=_lists(rules.get("needs", {})),
            unless=_lists(rules.get("unless", {})),
        ),
        territories=territories,
        digest=digest,
    )


def _organisations(entries: Mapping[str, Any], not_names: frozenset[str]) -> tuple[dict[str, Actor], dict[str, Actor]]:
    names: dict[str, Actor] = {}
    by_id: dict[str, Actor] = {}
    for name, entry in entries.items():
        actor = Actor(id=normal_id(name), name=name, **{key: entry.get(key) for key in ("kind", "country", "siren", "ror")})
        unknown = set(entry) - {"kind", "country", "siren", "ror", "names"}
        if unknown or (actor.kind is not None and actor.kind not in KINDS):
            raise ValueError(
                f"organisation {name!r}: {f'unknown key {min(unknown)}' if unknown else f'unknown kind {actor.kind}'}"
            )
        _texts([value for value in (actor.country, actor.siren, actor.ror) if value is not None])
        by_id[actor.id] = actor
        for spelling in _texts([name, *_texts(entry.get("names", ()))]):
            if spelling.casefold() not in not_names:
                by_id.setdefault(normal_id(spelling), actor)
                for variant in _variants(spelling):
                    names.setdefault(variant, actor)
                names[spelling] = actor
    return names, by_id


def _places(tables: Mapping[str, Any]) -> tuple[dict[str, Chain], tuple[Territory, ...]]:
    places: dict[str, Chain] = {}
    found: list[Territory] = []

    def add(level: str, code: str, entry: Mapping[str, Any], parent: tuple[str, str] | None, chain: Chain) -> None:
        fr, en = entry["fr"], entry.get("en", entry["fr"])
        (nuts,) = _texts([entry["nuts"]]) if "nuts" in entry else (None,)
        level_up, code_up = parent or (None, None)
        found.append(
            Territory(level=level, code=code, name_fr=fr, name_en=en, nuts=nuts, parent_level=level_up, parent_code=code_up)
        )
        for name in _texts([fr, en, *entry.get("names", ())]):
            places.update(dict.fromkeys(_apostrophes(name), chain))

    def lying_in(chain: Chain, towns: Iterable[str]) -> None:
        for town in _texts(towns):
            places.update(dict.fromkeys(_apostrophes(town), chain))

    for code, entry in tables.get("countries", {}).items():
        add(COUNTRY, code, entry, (COUNTRY, "EU") if entry.get("member") else None, ((COUNTRY, code),))
    for code, towns in tables.get("abroad", {}).items():
        lying_in(((COUNTRY, code),), towns)
    for code, entry in tables.get("regions", {}).items():
        add(REGION, code, entry, (COUNTRY, "FR"), ((REGION, code), (COUNTRY, "FR")))
    chains: dict[str, Chain] = {}
    for code, entry in tables.get("departements", {}).items():
        region = entry["region"]
        chains[code] = ((DEPARTEMENT, code), (REGION, region), (COUNTRY, "FR"))
        add(DEPARTEMENT, code, entry, (REGION, region), chains[code])
    for table in ("small_towns", "towns"):
        for code, towns in tables.get(table, {}).items():
            if code not in chains:
                raise ValueError(f"[{table}] names a département {code!r} that is not in [departements]")
            lying_in(chains[code], towns)
    return places, tuple(found)


def _variants(name: str) -> Iterable[str]:
    """The spellings a name is also met in: the other apostrophe, a capital without its accent, all in capitals."""
    for spelling in _apostrophes(name):
        yield spelling
        yield spelling.translate(_BARE_CAPITALS)
        if sum(char.isalpha() for char in name) >= 5:
            yield spelling.upper()


def _apostrophes(name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((name, name.replace("'", "’"), name.replace("’", "'"))))


def _texts(values: Iterable[Any]) -> tuple[str, ...]:
    found = tuple(values)
    if isinstance(values, str) or not all(isinstance(value, str) and value.strip() for value in found):
        raise TypeError("a list of names was expected")
    return found


def _lists(table: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: _texts(words) for name, words in table.items()}


_BARE_CAPITALS = str.maketrans("ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜ", "AAACEEEEIIOOUUU")
