"""Conjunctions as a matrix of technologies and application domains, and as a list of technologies that meet each other. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.pairing import DOMAINS, partner_theme
from storage.model import Origin, Theme
from web.queries import ThemeRow
from web.render import label
from web.selection import evidence_share, folded, is_speaking


@dataclass(frozen=True, slots=True)
class Side:
    """A technology or a domain: its id, its name, and whether it is a theme with a page."""

    id: str
    name: str
    is_theme: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two sides that meet, with the newest signal of their conjunction."""

    row: ThemeRow
    technology: Side
    partner: Side


@dataclass(frozen=True, slots=True)
class Crossings:
    """``cells`` by (technology, domain); ``pairs`` of technologies; ``moving``: those of both that speak. Most evident first."""

    technologies: tuple[Side, ...]
    domains: tuple[Side, ...]
    cells: Mapping[tuple[str, str], Meeting]
    pairs: tuple[Meeting, ...]
    moving: tuple[Meeting, ...]


def crossings(rows: Sequence[ThemeRow], themes: Mapping[str, Theme], lang: str) -> Crossings:
    """``rows`` of conjunctions (others are passed over); ``themes`` names their technologies and the themes these meet."""
    found = [
        Meeting(row, _technology(row.theme.parent_id, themes, lang), partner_of(row.theme, themes, lang))
        for row in rows
        if row.theme.origin is Origin.CONJUNCTION and row.theme.parent_id and row.theme.partner
    ]
    found.sort(key=lambda one: (not is_speaking(one.row), -evidence_share(one.row), one.row.theme.id))
    matrix = [one for one in found if not one.partner.is_theme]
    return Crossings(
        technologies=_sides(one.technology for one in matrix),
        domains=_sides(one.partner for one in matrix),
        cells={(one.technology.id, one.partner.id): one for one in reversed(matrix)},
        pairs=tuple(one for one in found if one.partner.is_theme),
        moving=tuple(one for one in found if is_speaking(one.row)),
    )


def partner_of(pair: Theme, themes: Mapping[str, Theme], lang: str) -> Side:
    """What the technology of a pair meets: a theme, or an application domain."""
    theme_id = partner_theme(pair.partner)
    if theme_id is not None:
        return _technology(theme_id, themes, lang)
    domain = str(pair.partner)
    known = DOMAINS.get(domain)
    return Side(domain, known[0 if lang == "fr" else 1] if known else domain.replace("-", " "), is_theme=False)


def sides_of(pair: Theme) -> list[str]:
    """Ids of the themes a pair is made of."""
    return [key for key in (pair.parent_id, partner_theme(pair.partner)) if key]


def _technology(theme_id: str | None, themes: Mapping[str, Theme], lang: str) -> Side:
    theme = themes.get(theme_id or "")
    return Side(theme_id or "", label(theme, lang) if theme else theme_id or "", is_theme=True)


def _sides(sides: Iterable[Side]) -> tuple[Side, ...]:
    return tuple(sorted(set(sides), key=lambda side: (folded(side.name), side.id)))
