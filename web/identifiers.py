"""Identifiers of documents in public registers, with the address of their record where the register has one. Pure.

Only what has the form its register gives becomes an address; anything else is shown as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Identifier:
    """``scheme`` is that of the key (``doi``); ``is_event``: it names what several documents tell of, not this one alone."""

    scheme: str
    value: str
    is_event: bool = False
    url: str | None = None


# (scheme, form, address): what is in braces is quoted.
_ADDRESSES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("doi", re.compile(r"10\.\d{4,9}/\S{1,200}"), "https://doi.org/{0}"),
    ("arxiv", re.compile(r"\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Za-z]{2})?/\d{7}"), "https://arxiv.org/abs/{0}"),
    ("hal", re.compile(r"[a-z]+-\d{5,9}"), "https://hal.science/{0}"),
    ("openalex", re.compile(r"[Ww]\d{3,12}"), "https://openalex.org/{0}"),
    ("publication", re.compile(r"[A-Z]{2}[A-Z0-9]{4,16}"), "https://worldwide.espacenet.com/patent/search?q=pn%3D{0}"),
    ("project", re.compile(r"cordis:(\d{4,12})"), "https://cordis.europa.eu/project/id/{0}"),
    ("notice", re.compile(r"ted:(\d{1,8}-\d{4})"), "https://ted.europa.eu/en/notice/-/detail/{0}"),
    ("notice", re.compile(r"boamp:(\d{2}-\d{1,8})"), "https://www.boamp.fr/pages/avis/?q=idweb%3A{0}"),
)
_ORDER = ("doi", "arxiv", "hal", "openalex", "publication", "application", "family", "project", "notice", "procedure", "topic")


def identifiers(keys: Mapping[str, bool], stated: Mapping[str, str]) -> tuple[Identifier, ...]:
    """Those among a document's ``keys`` (key → whether it is of the work itself), and those its source states beside."""
    found: dict[tuple[str, str], Identifier] = {}
    for key, is_identity in keys.items():
        scheme, _, value = key.partition(":")
        found[scheme, value.casefold()] = Identifier(scheme, value, not is_identity, address(scheme, value))
    for scheme, value in stated.items():
        found.setdefault((scheme, value.casefold()), Identifier(scheme, value, url=address(scheme, value)))
    rank = {scheme: n for n, scheme in enumerate(_ORDER)}
    return tuple(sorted(found.values(), key=lambda one: (rank.get(one.scheme, len(rank)), one.scheme, one.value)))


def address(scheme: str, value: str) -> str | None:
    """Where a register shows its record, None where the value has not its form."""
    for name, form, template in _ADDRESSES:
        match = form.fullmatch(value) if name == scheme else None
        if match:
            return template.format(quote(match[match.lastindex or 0], safe="/:.-_()"))
    return None
