"""What a signal says of itself, in French and English, built from its numbers and nothing else.

A burst is called one and never a trend; a rule of plain limits says that it promises nothing about false alerts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from monitor.trends.wording import (
    FEMININE,
    NOUNS,
    Language,
    Names,
    agreed,
    between_days,
    is_singular,
    long_date,
    money,
    month,
    number,
    percent,
    quoted,
    rounded,
)

__all__ = ["Account", "Language", "Limits", "LongRun", "Names", "Shift", "long_date", "money", "number", "sentence", "sentences"]

_STATES: dict[str, Names] = {
    "noise": Names("bruit", "noise"),
    "weak_signal": Names("signal faible", "weak signal"),
    "emerging": Names("émergent", "emerging"),
    "trend": Names("tendance", "trend"),
    "rupture": Names("rupture", "rupture"),
    "transition": Names("transition", "transition"),
    "declining": Names("en déclin", "declining"),
    "stable": Names("stable", "stable"),
}


_LARGEST = 20


@dataclass(frozen=True, slots=True)
class Shift:
    """A sharp change of level: its day, the days it may lie between, and the new rate over the old one."""

    on: dt.date
    ratio: float
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class LongRun:
    """A movement of years: since when, growth a year (0.35 is +35 %), over how many months."""

    since: dt.date
    per_year: float
    months: int
    replaces: Names | None = None
    """The theme that falls while this one rises."""
    towards_market: bool = False
    """Its stage moved from papers towards news."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a rule of plain limits asked for; None where it asked for nothing."""

    lift: float | None = None
    most_lift: float | None = None
    observed: float | None = None
    sources: int | None = None
    eur: float | None = None
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """The numbers of a sentence: stories observed and expected in the window, by how many sources, since when.

    ``direction`` is "up", "down" or "flat". What else is given is said: ``band`` around the expected count, ``allowance`` of
    false alerts a month, ``shift`` of a rupture, ``long_run`` of a trend or transition, ``meeting`` of a conjunction, ``limits``
    of a plain rule.
    """

    observed: float
    expected: float
    lift: float
    sources: int
    window_days: int
    kinds: tuple[str, ...]
    direction: str
    onset: dt.date | None = None
    band: tuple[float, float] | None = None
    allowance: float | None = None
    is_buzz: bool = False
    by_actors: bool = False
    """Whether ``sources`` counts the actors or parts of a single database."""
    meeting: tuple[Names, Names] | None = None
    shift: Shift | None = None
    long_run: LongRun | None = None
    limits: Limits | None = None


def sentences(account: Account) -> tuple[str, str]:
    """The sentence in French and in English."""
    return sentence(account, "fr"), sentence(account, "en")


def sentence(account: Account, lang: Language) -> str:
    """« 41 articles de 12 sources en 28 jours, 14 attendus (entre 9 et 20 ; × 2,7), en hausse depuis le 3 mars 2026. »"""
    head = _meeting(account, lang) if account.meeting else _counted(account, lang)
    if account.is_buzz:
        head = {"fr": f"Emballement : {head}", "en": f"Buzz: {head}"}[lang]
    parts = [head + _since(account, lang), _shift(account, lang), _long_run(account, lang), _limits(account, lang)]
    if account.allowance is not None and account.limits is None:
        held = number(account.allowance, lang)
        parts.append({"fr": f"Fausses alertes maîtrisées à {held} par mois", "en": f"False alerts held to {held} a month"}[lang])
    return " ".join(f"{part}." for part in parts if part)


def _counted(account: Account, lang: Language) -> str:
    """« 41 articles de 12 sources en 28 jours, 14 attendus (entre 9 et 20 ; × 2,7) »."""
    return f"{_stories(account, lang)}{_within(account, lang)}, {_expected(account, lang)}{_size(account, lang)}"


def _meeting(account: Account, lang: Language) -> str:
    """« « Robotique » et « naval » se rencontrent dans 6 articles de 4 sources en 28 jours ; 0,8 attendu au vu de chacun »."""
    assert account.meeting is not None
    one, other = (quoted(name.of(lang), lang) for name in account.meeting)
    told = f"{_stories(account, lang)}{_within(account, lang)}"
    expected = _expected(account, lang)
    if lang == "fr":
        return f"{one} et {other} se rencontrent dans {told} ; {expected} au vu de chacun{_size(account, lang)}"
    return f"{one} and {other} meet in {told}; {expected} from each alone{_size(account, lang)}"


def _stories(account: Account, lang: Language) -> str:
    count = round(account.observed)
    noun = NOUNS[_kind(account)].of(lang)[0 if is_singular(count, lang) else 1]
    told = f"{number(count, lang)} {noun}"
    if not count:
        return told
    voice = {"fr": "acteur", "en": "actor"}[lang] if account.by_actors else "source"
    return (
        f"{told} {'de' if lang == 'fr' else 'from'} {number(account.sources, lang)} {voice}{'' if account.sources < 2 else 's'}"
    )


def _within(account: Account, lang: Language) -> str:
    days = account.window_days
    if lang == "fr":
        return f" en {days} jour{'' if days < 2 else 's'}"
    return f" in {days} day{'' if days == 1 else 's'}"


def _expected(account: Account, lang: Language) -> str:
    value = rounded(account.expected)
    if lang == "en":
        return f"{number(value, lang)} expected"
    return f"{number(value, lang)} {agreed('attendu', value, is_feminine=_kind(account) in FEMININE)}"


def _size(account: Account, lang: Language) -> str:
    """The band and the lift: « (entre 9 et 20 ; × 2,7) »."""
    parts = []
    if account.band is not None and account.band[0] < account.band[1]:
        low, high = (number(round(limit), lang) for limit in account.band)
        parts.append(f"entre {low} et {high}" if lang == "fr" else f"between {low} and {high}")
    if account.direction != "flat" or account.is_buzz:
        parts.append(f"× {number(round(account.lift, 1 if account.lift < 100 else 0), lang)}")
    return f" ({(' ; ' if lang == 'fr' else '; ').join(parts)})" if parts else ""


def _since(account: Account, lang: Language) -> str:
    if account.direction == "flat" or account.onset is None or account.is_buzz or account.shift is not None:
        return ""
    rises = account.direction == "up"
    if lang == "fr":
        return f", en {'hausse' if rises else 'baisse'} depuis le {long_date(account.onset, lang)}"
    return f", {'rising' if rises else 'falling'} since {long_date(account.onset, lang)}"


def _shift(account: Account, lang: Language) -> str:
    shift = account.shift
    if shift is None:
        return ""
    within = ""
    if shift.first is not None and shift.last is not None and shift.first < shift.last:
        within = f" ({between_days(shift.first, shift.last, lang)})"
    times = shift.ratio if shift.ratio >= 1 else 1 / max(shift.ratio, 1e-3)
    # From next to nothing, the exact factor means nothing.
    factor = number(round(min(times, _LARGEST), 1), lang)
    if lang == "fr":
        done = "multiplié" if shift.ratio >= 1 else "divisé"
        by = f"par {factor}" if times <= _LARGEST else f"par plus de {factor}"
        return f"Rupture datée du {long_date(shift.on, lang)}{within} : le niveau a été {done} {by}"
    done = "multiplied" if shift.ratio >= 1 else "divided"
    by = f"by {factor}" if times <= _LARGEST else f"by more than {factor}"
    return f"Rupture dated {long_date(shift.on, lang)}{within}: the level was {done} {by}"


def _long_run(account: Account, lang: Language) -> str:
    run = account.long_run
    if run is None:
        return ""
    rises = run.per_year >= 0
    rate, since, months = percent(abs(run.per_year), lang), month(run.since, lang), number(run.months, lang)
    if lang == "fr":
        told = f"{'Hausse' if rises else 'Baisse'} de fond de {rate} par an depuis {since} ({months} mois)"
        told += ", de la recherche vers le marché" if run.towards_market else ""
        return told + (f", tandis que {quoted(run.replaces.fr, lang)} recule" if run.replaces else "")
    told = (
        f"Long {'rise' if rises else 'decline'} of {rate} a year since {since} ({months} month{'' if run.months == 1 else 's'})"
    )
    told += ", from research towards the market" if run.towards_market else ""
    return told + (f", while {quoted(run.replaces.en, lang)} falls" if run.replaces else "")


def _limits(account: Account, lang: Language) -> str:
    limits = account.limits
    if limits is None:
        return ""
    fr = lang == "fr"
    asked = []
    if limits.observed is not None:
        least = rounded(limits.observed)
        asked.append(f"{number(least, lang)} document{'' if is_singular(least, lang) else 's'}")
    if limits.lift is not None:
        asked.append(f"× {number(limits.lift, lang)}")
    if limits.sources is not None:
        asked.append(f"{number(limits.sources, lang)} source{'' if limits.sources < 2 else 's'}")
    if limits.eur is not None:
        asked.append(money(limits.eur, lang))
    told = [("au moins " if fr else "at least ") + ", ".join(asked)] if asked else []
    if limits.most_lift is not None:
        told.append(f"{'au plus' if fr else 'at most'} × {number(limits.most_lift, lang)}")
    if limits.states:
        names = [_STATES[state].of(lang) if state in _STATES else state for state in limits.states]
        told.append(("état : " if fr else "state: ") + (" ou " if fr else " or ").join(names))
    asks = f" ({' ; '.join(told) if fr else '; '.join(told)})" if told else ""
    if fr:
        return f"Seuils simples atteints{asks} : cette règle ne maîtrise pas les fausses alertes"
    return f"Plain limits passed{asks}: this rule does not control false alerts"


def _kind(account: Account) -> str:
    if not account.kinds:
        return "news"
    return account.kinds[0] if len(account.kinds) == 1 else "mixed"
