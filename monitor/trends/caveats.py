"""What weakens a signal: a code, its details and a sentence in each language. Which caveats hold is for ``monitor.evidence``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.trends.wording import Language, between_days, long_date, number

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Caveat:
    """``detail`` holds what the sentence was made of, as plain JSON values."""

    code: str
    fr: str
    en: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "fr": self.fr, "en": self.en} | dict(self.detail)


def seasonality_unknown(days: int) -> Caveat:
    """Less than a year was collected."""
    return Caveat(
        "seasonality_unknown",
        "Moins d’un an de collecte : un rendez-vous annuel ne peut pas encore être reconnu.",
        "Less than a year of collection: a yearly event cannot be recognised yet.",
        {"days": days},
    )


def new_feeds_excluded(stories: Mapping[str, float], names: Mapping[str, str]) -> Caveat:
    """``stories`` by source too new to have a baseline."""
    ordered = sorted(stories, key=lambda source: (-stories[source], source))
    told = {
        lang: _named([f"{names.get(s, s)} ({number(round(stories[s]), lang)})" for s in ordered], lang) for lang in _LANGUAGES
    }
    return Caveat(
        "new_feeds_excluded",
        f"Pas encore comptés, car venus de sources trop récentes pour avoir un passé : {told['fr']}.",
        f"Not counted yet, since their sources are too new to have a past: {told['en']}.",
        {"sources": ordered},
    )


def few_data(baseline: float, recent: float) -> Caveat:
    """``baseline`` past stories behind the expectation, ``recent`` stories in 56 days."""
    return Caveat(
        "few_data",
        "Peu de données : l’ordre de grandeur compte plus que la valeur.",
        "Few data: the order of magnitude matters more than the value.",
        {"baseline": round(baseline, 1), "recent": round(recent)},
    )


def coverage_gap(silent: Mapping[str, Sequence[dt.date]], names: Mapping[str, str], weeks: Sequence[dt.date] = ()) -> Caveat:
    """``silent`` days by source; ``weeks`` not covered as a whole (their Mondays)."""
    ordered = sorted(silent, key=lambda source: (-len(silent[source]), source))
    detail = {
        "sources": {source: [day.isoformat() for day in silent[source]] for source in ordered},
        "weeks": [week.isoformat() for week in weeks],
    }
    if not ordered:
        fr, en = "La collecte a été interrompue pendant la période.", "Collection was interrupted during the period."
        return Caveat("coverage_gap", fr, en, detail)
    told = {lang: _named([f"{names.get(s, s)} ({_span(silent[s], lang)})" for s in ordered], lang) for lang in _LANGUAGES}
    return Caveat(
        "coverage_gap",
        f"Des sources habituelles sont restées muettes : {told['fr']}.",
        f"Usual sources were silent: {told['en']}.",
        detail,
    )


def single_source(source: str, name: str, parts: int) -> Caveat:
    """All voices come from one publisher or database; ``parts`` groups of its actors when it is judged by them, else 0."""
    if parts:
        fr = f"Tout vient d’une seule source, {name} : l’indépendance y est jugée entre auteurs ou déposants."
        en = f"Everything comes from a single source, {name}: independence is judged between its authors or applicants."
    else:
        fr = f"Tout vient d’une seule source, {name} : rien d’indépendant ne le confirme."
        en = f"Everything comes from a single source, {name}: nothing independent confirms it."
    return Caveat("single_source", fr, en, {"source": source, "parts": parts})


def backfill(late: int, of: int) -> Caveat:
    """``late`` of the ``of`` documents in the window were collected more than a week after their publication."""
    plural = late > 1
    return Caveat(
        "backfill",
        f"{number(late, 'fr')} document{'s' if plural else ''} sur {number(of, 'fr')} {'ont' if plural else 'a'} été"
        f" collecté{'s' if plural else ''} plus d’une semaine après {'leur' if plural else 'sa'} parution :"
        " un rattrapage peut grossir le mouvement.",
        f"{number(late, 'en')} of {number(of, 'en')} documents {'were' if plural else 'was'} collected more than a week after"
        " publication: catching up may swell the movement.",
        {"late": late, "of": of},
    )


def brief_burst(days: int) -> Caveat:
    """A burst of a few days."""
    return Caveat(
        "brief_burst",
        "Un emballement de quelques jours : rien ne dit encore qu’il dure.",
        "A burst of a few days: nothing says yet that it lasts.",
        {"days": days},
    )


_LANGUAGES: tuple[Language, Language] = ("fr", "en")


def _named(told: Sequence[str], lang: Language) -> str:
    more = len(told) - MOST_NAMED
    words = ", ".join(told[:MOST_NAMED])
    if more <= 0:
        return words
    if lang == "fr":
        return f"{words} et {more} autre{'s' if more > 1 else ''}"
    return f"{words} and {more} other{'s' if more > 1 else ''}"


def _span(days: Sequence[dt.date], lang: Language) -> str:
    """« 9 jours entre le 3 et le 11 février 2026 », « le 3 février 2026 »."""
    if len(days) == 1:
        return f"le {long_date(days[0], lang)}" if lang == "fr" else f"on {long_date(days[0], lang)}"
    unit = {"fr": "jours", "en": "days"}[lang]
    return f"{len(days)} {unit} {between_days(min(days), max(days), lang)}"
