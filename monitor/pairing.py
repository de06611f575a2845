"""Which subjects can meet, and how a pair of them is named. Pure.

A pair is a theme of its own: a watch theme and an application domain, or two watch themes. A technology that is its domain's own
meets it by definition, so that is no pair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from storage.model import Origin, Theme

DOMAINS: Mapping[str, tuple[str, str]] = {
    "agri-food": ("agroalimentaire", "agri-food"),
    "retail": ("commerce", "retail"),
    "energy": ("énergie", "energy"),
    "automotive": ("automobile", "automotive"),
    "creative-industries": ("industries créatives", "creative industries"),
    "tourism": ("tourisme", "tourism"),
    "health": ("biotech et santé", "biotech and health"),
    "naval": ("naval", "naval"),
    "aerospace": ("aérospatial", "aerospace"),
    "education": ("éducation", "education"),
    "public-administration": ("secteur public", "public sector"),
    "environment": ("environnement", "environment"),
}
"""Application domains with their names, French and English."""

# Keys are words of theme ids.
_TRIVIAL: Mapping[str, frozenset[str]] = {
    "energy": frozenset({"energy", "environment"}),
    "batteries": frozenset({"energy"}),
    "space": frozenset({"aerospace"}),
    "mobility": frozenset({"automotive"}),
    "biotech": frozenset({"health"}),
    "health": frozenset({"health"}),
    "immersive": frozenset({"creative-industries"}),
    "metaverse": frozenset({"creative-industries"}),
}
_SAME_SUBJECT = 0.6
_THEME = "theme:"


def is_trivial(theme_id: str, domain: str) -> bool:
    """Whether the technology is the domain's own."""
    words = theme_id.replace("_", "-").split("-")
    return any(domain in _TRIVIAL.get(word, frozenset()) for word in words)


def are_one(one: Theme, other: Theme) -> bool:
    """Whether one of two themes is declared a part of the other."""
    return one.id == other.id or one.parent_id == other.id or other.parent_id == one.id


def are_one_subject(shared: int, one: int, other: int) -> bool:
    """Whether two themes tell of the same thing: most stories of the smaller one (``one`` and ``other`` stories) are shared."""
    return shared >= _SAME_SUBJECT * min(one, other)


def possible_pairs(watch: Sequence[Theme], domains: Iterable[str] = tuple(DOMAINS)) -> int:
    """How many pairs of these watch themes, with each other and with domains, could meet: so often may chance be wrong."""
    living = [theme for theme in watch if theme.origin is Origin.WATCH and theme.retired_on is None]
    named = tuple(domains)
    applied = sum(not is_trivial(theme.id, domain) for theme in living for domain in named)
    joint = sum(not are_one(one, other) for place, one in enumerate(living) for other in living[:place])
    return applied + joint


def domain_pair_id(theme_id: str, domain: str) -> str:
    """The id of the pair of a theme and a domain."""
    return f"c-{theme_id}-{domain}"


def theme_pair_id(one: str, other: str) -> str:
    """The id of the pair of two themes, in any order. The dot, which no watch theme has, keeps it apart from a domain's pair."""
    return f"c-{min(one, other)}.{max(one, other)}"


def partner_of_theme(theme_id: str) -> str:
    """How ``Theme.partner`` names another theme; a domain stands there by its bare id."""
    return _THEME + theme_id


def partner_theme(partner: str | None) -> str | None:
    """The theme that a pair's ``partner`` names; None where it is a domain."""
    return partner.removeprefix(_THEME) if partner and partner.startswith(_THEME) else None


def labels(technology: Theme, partner: Theme | str) -> tuple[str, str]:
    """The names of a pair, French and English: « jumeaux numériques × naval »."""
    named = DOMAINS[partner] if isinstance(partner, str) else (partner.label_fr, partner.label_en)
    return f"{technology.label_fr} × {named[0]}", f"{technology.label_en} × {named[1]}"
