"""Subjects that meet: each pair of a technology and an application domain, or of two technologies, becomes a theme of its own.

A pair's stories are those of its technology that speak of the domain or belong to the other technology too. Whether the meeting
is news is for ``monitor.assess`` to say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.engine import Connection

from monitor.counting import count_stories
from monitor.monitoring import MonitorSettings
from monitor.pairing import (
    DOMAINS,
    are_one,
    are_one_subject,
    domain_pair_id,
    is_trivial,
    labels,
    partner_of_theme,
    partner_theme,
    theme_pair_id,
)
from storage import pairs, themes
from storage.model import Assignment, ModelRun, Origin, Theme, ThemeEvent
from storage.store import Store

log = structlog.get_logger()

_PREFIX = partner_of_theme("")


@dataclass(frozen=True, slots=True)
class ConjunctionsReport:
    """Pairs found for the first time, assignments added to old and new ones, and pairs that ended with one of their sides."""

    born: int
    assigned: int
    ended: int = 0


def conjunctions(store: Store, now: dt.datetime, settings: MonitorSettings) -> ConjunctionsReport:
    """Creates the pairs that now have enough stories, assigns their documents, and ends those whose side has ended.

    A second run adds nothing.
    """
    with store.transaction() as conn:
        count_stories(conn, now)
        known = {theme.id: theme for theme in themes.all_themes(conn, retired=True)}
        born = _born(conn, known, now.date(), settings)
        themes.save(conn, [*born, *_renamed(known)])
        themes.add_events(conn, [ThemeEvent(theme_id=pair.id, event="born", on=pair.born_on) for pair in born])
        ended = _follow_sides(conn, known, now.date())
        lost = pairs.strays(conn, _PREFIX)
        pairs.forget(conn, lost)
        fresh = [*pairs.missing_of_domains(conn, now), *pairs.missing_of_themes(conn, now, _PREFIX)]
        if born or fresh or lost or ended:
            counts = {"born": len(born), "assigned": len(fresh), "taken_back": len(lost), "ended": ended}
            run_id = f"conjunctions@{now.isoformat()}"
            themes.add_run(conn, ModelRun(id=run_id, step="conjunctions", model="facts", ran_at=now, counts=counts))
            partners = {pair.id: pair.partner or "" for pair in [*known.values(), *born]}
            themes.assign(conn, [_assignment(member, partners[member.pair_id], run_id) for member in fresh])
    log.info("conjunctions updated", born=len(born), assigned=len(fresh), taken_back=len(lost), ended=ended)
    return ConjunctionsReport(born=len(born), assigned=len(fresh), ended=ended)


def _born(conn: Connection, known: Mapping[str, Theme], today: dt.date, settings: MonitorSettings) -> list[Theme]:
    """Pairs that have enough stories and are not known yet."""
    least = settings.conjunction_stories
    found = []
    for met in pairs.met_domains(conn, today, list(DOMAINS), least):
        pair_id = domain_pair_id(met.theme_id, met.other)
        if pair_id not in known and met.voices >= settings.conjunction_sources and not is_trivial(met.theme_id, met.other):
            found.append(_pair(pair_id, known[met.theme_id], met.other, met.other, today))
    together = [met for met in pairs.met_themes(conn, today, least) if theme_pair_id(met.theme_id, met.other) not in known]
    sizes = pairs.sizes(conn, today) if together else {}
    for met in together:
        # A database may order ids by a language's rules; the smaller id is the technology whatever it thinks.
        one, other = (known[key] for key in sorted((met.theme_id, met.other)))
        same = are_one(one, other) or are_one_subject(met.stories, sizes[one.id], sizes[other.id])
        if met.voices >= settings.conjunction_sources and not same:
            found.append(_pair(theme_pair_id(one.id, other.id), one, other, partner_of_theme(other.id), today))
    return found


def _pair(pair_id: str, technology: Theme, other: Theme | str, partner: str, today: dt.date) -> Theme:
    label_fr, label_en = labels(technology, other)
    return Theme(
        id=pair_id,
        origin=Origin.CONJUNCTION,
        label_fr=label_fr,
        label_en=label_en,
        born_on=today,
        parent_id=technology.id,
        partner=partner,
    )


def _renamed(known: Mapping[str, Theme]) -> list[Theme]:
    """Living pairs whose sides have other names now."""
    found = []
    for pair in known.values():
        if pair.origin is not Origin.CONJUNCTION or pair.retired_on or pair.label_pinned:
            continue
        technology, other = known.get(pair.parent_id or ""), _other_side(pair, known)
        if technology is None or other is None:
            continue
        label_fr, label_en = labels(technology, other)
        if (label_fr, label_en) != (pair.label_fr, pair.label_en):
            found.append(replace(pair, label_fr=label_fr, label_en=label_en))
    return found


def _follow_sides(conn: Connection, known: Mapping[str, Theme], today: dt.date) -> int:
    """Ends the pairs one of whose sides has ended, and wakes those whose sides came back. Returns how many ended."""
    idle: list[str] = []
    back: list[str] = []
    for pair in sorted(known.values(), key=lambda theme: theme.id):
        if pair.origin is not Origin.CONJUNCTION or pair.merged_into or not pair.parent_id:
            continue
        sides = [known.get(side) for side in (pair.parent_id, partner_theme(pair.partner)) if side]
        is_alive = all(side is not None and side.retired_on is None for side in sides)
        if is_alive == (pair.retired_on is not None):
            (back if is_alive else idle).append(pair.id)
    themes.retire(conn, idle, today)
    themes.wake(conn, back)
    themes.add_events(conn, [ThemeEvent(theme_id=pair_id, event="revived", on=today) for pair_id in back])
    return len(idle)


def _other_side(pair: Theme, known: Mapping[str, Theme]) -> Theme | str | None:
    other = partner_theme(pair.partner)
    if other is not None:
        return known.get(other)
    return pair.partner if pair.partner in DOMAINS else None


def _assignment(member: pairs.Membership, partner: str, run_id: str) -> Assignment:
    return Assignment(
        document_id=member.document_id,
        theme_id=member.pair_id,
        probability=member.probability,
        model_run_id=run_id,
        reason=f"{member.theme_id} + {partner_theme(partner) or partner}",
    )
