"""Notices of the Bulletin officiel des annonces des marchés publics as entries. Pure.

A notice whose ``donnees`` (JSON in a text) cannot be read keeps the rest. Notices of one procedure share the number of its call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from crawler.collectors import stating
from crawler.collectors.base import Entry
from crawler.collectors.boamp_sums import nodes, sums
from crawler.collectors.columns import Declared
from crawler.collectors.stating import text_of, texts_of
from crawler.dates import read_date
from crawler.normalize import MAX_TITLE, canonical_url, plain_text
from storage.stated import Place, Stated

Row = Mapping[str, Any]
READING = Declared(
    name="boamp",
    columns={
        "id": ["idweb"],
        "title": ["objet"],
        "day": ["dateparution"],
        "buyer": ["nomacheteur"],
        "departement": ["code_departement"],
        "place": ["code_departement_prestation"],
        "nature": ["nature"],
        "nature_label": ["nature_libelle", "nature_categorise_libelle"],
        "category": ["nature_categorise"],
        "state": ["etat"],
        "topics": ["descripteur_libelle"],
        "winner": ["titulaire"],
        "linked": ["annonce_lie"],
        "earlier": ["annonces_anterieures"],
        "url": ["url_avis"],
        "data": ["donnees"],
    },
    required=(("id",), ("title",), ("day",)),
    axis=("day",),
    role="winner",
    scheme="boamp",
    known_by=("/datasets/boamp",),
)

_ID = re.compile(r"\d\d-\d{3,7}")
# In free text: never the end of a date (2014-10-15), whose last part has two digits.
_ID_INSIDE = re.compile(r"(?<![\d-])\d\d-\d{4,7}(?![\d-])")
_MAX_DATA = 2_000_000


def notices(rows: Iterable[Row], names: Mapping[str, str]) -> tuple[list[Entry], int]:
    """The entries of rows and how many were rejected. ``names``: what we call a column → its name."""
    found, rejected = [], 0
    for row in rows:
        if (entry := _notice(row, names)) is None:
            rejected += 1
        else:
            found.append(entry)
    return found, rejected


def _notice(row: Row, names: Mapping[str, str]) -> Entry | None:
    def value(ours: str) -> object:
        return row.get(names[ours]) if ours in names else None

    number, title = text_of(value("id"), 20), text_of(value("title"), MAX_TITLE)
    if not _ID.fullmatch(number) or not title:
        return None
    data = _data(value("data"))
    read = read_date(text_of(value("day"), 40))
    is_award = _is_award(value)
    buyers = [stating.party(name, "buyer") for name in texts_of(value("buyer"), 200)[:5]]
    winners = [stating.party(name, "winner") for name in texts_of(value("winner"), 200)[:20]] if is_award else []
    parties = tuple(party for party in (*buyers, *winners) if party is not None)
    label = text_of(value("nature_label"), 100)
    words = [label, ", ".join(texts_of(value("topics"), 100)[:20]), _description(data, title)]
    others = dict.fromkeys((*_numbers(value("linked")), *_numbers(value("earlier"))))
    return Entry(
        title=title,
        text=plain_text(" ".join(f"{word.rstrip('.')}." for word in words if word)),
        guid=f"boamp:{number}",
        url=canonical_url(text_of(value("url"), 2_000) or None),
        lang="fr",
        published_on=read.day,
        date_flag=read.flag,
        keys=(f"notice:boamp:{number}",),
        linked=tuple(f"notice:boamp:{other}" for other in (number, *(other for other in others if other != number)))[:50],
        stated=Stated(
            parties=parties,
            amounts=sums(data, [party.name for party in winners if party is not None], is_award=is_award),
            places=_places(value("place"), value("departement")),
            ids={"notice": f"boamp:{number}"},
        ),
    )


def _is_award(value: Any) -> bool:
    told = f"{text_of(value('nature'), 60)} {text_of(value('category'), 60)}".casefold()
    return "attribution" in told or "resultat" in told


def _places(*values: object) -> tuple[Place, ...]:
    """Where it is to be done; where that is not told, where the notice is from."""
    for value in values:
        found = {place.code: place for code in texts_of(value, 10) if (place := stating.departement(code)) is not None}
        if found:
            return tuple(found.values())[:20]
    return ()


def _data(value: object) -> Any:
    """What ``donnees`` holds; None when it is no JSON, or too much of it."""
    if isinstance(value, str):
        if len(value) > _MAX_DATA:
            return None
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def _numbers(value: object) -> list[str]:
    """The numbers of notices in a field: a number, a list of them, JSON in a text, or prose."""
    found: list[str] = []
    for _, leaf in nodes(_data(value) if isinstance(value, str) and value.lstrip()[:1] in "[{" else value):
        text = leaf.strip() if isinstance(leaf, str) else ""
        found += [text] if _ID.fullmatch(text) else _ID_INSIDE.findall(text[:2_000])
    return list(dict.fromkeys(found))[:20]


def _description(data: Any, title: str) -> str:
    """The longest description in the notice that is not its title."""
    best = ""
    for path, node in nodes(data):
        if path and path[-1] in ("objetcomplet", "description", "descriptionmarche") and "organization" not in "/".join(path):
            text = text_of(node.get("#text") if isinstance(node, dict) else node, 2_000)
            if len(text) > len(best) and text.casefold() != title.casefold():
                best = text
    return best
