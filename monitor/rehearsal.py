"""What a rule would have said: the stored signals of a period, heard day by day by the code that hears live ones, in memory only.

Signals are taken as they were written at the time, so nothing here knows more than its day. A rule every installation starts
with is heard beside the other ones, since of one movement only one of them speaks; any other rule is heard alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlalchemy.engine import Connection

from monitor import rules
from monitor.carried import Carried
from monitor.cases import Court
from monitor.dockets import RISE_DAYS, Docket, Sitting
from monitor.monitoring import MonitorSettings
from monitor.succession import Succession
from storage import alerts, past_signals, themes
from storage.allowance import DAYS_A_MONTH
from storage.model import Alert, Rule, State, Theme, ThemeEvent
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Spoken:
    """A case the rule would have opened, with its numbers of that day. ``alert_id`` is the one it would have had."""

    alert_id: str
    theme_id: str
    state: State
    opened_on: dt.date
    closed_on: dt.date | None
    score: float
    lift: float
    onset: dt.date | None
    first_story: dt.date | None
    also: tuple[str, ...]

    @property
    def days_after_onset(self) -> int | None:
        return None if self.onset is None else (self.opened_on - self.onset).days

    @property
    def days_after_first_story(self) -> int | None:
        return None if self.first_story is None else (self.opened_on - self.first_story).days


@dataclass(frozen=True, slots=True)
class Spread:
    """How late in days: quartiles over the cases where it is known."""

    cases: int
    lower: float
    median: float
    upper: float


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a rule would have said from ``start`` to ``end``, both included, of which ``heard`` days have signals.

    ``since`` is the first day in the period from which signals are stored, None without any. ``missed`` are cases of the
    database the rule would not have opened: those of the same rule, or for a rule that has none yet, of the same kind.
    ``fresh`` are ids of ``spoken`` that no such case told.
    """

    rule: Rule
    start: dt.date
    end: dt.date
    since: dt.date | None
    heard: int
    spoken: tuple[Spoken, ...]
    missed: tuple[Alert, ...]
    fresh: frozenset[str]
    after_onset: Spread | None
    after_first_story: Spread | None

    @property
    def days(self) -> int:
        """Days the rehearsal covers: the whole period, or what is left of it from ``since`` on."""
        return 0 if self.since is None else (self.end - self.since).days + 1

    @property
    def a_month(self) -> float | None:
        return None if not self.days else len(self.spoken) * DAYS_A_MONTH / self.days


def rehearse(store: Store, rule: Rule, start: dt.date, end: dt.date, settings: MonitorSettings) -> Rehearsal:
    """Hears the stored signals of [start, end] under ``rule`` as if the steps had run every day. Writes nothing.

    ``rule`` may be in force, a version that is not, or one that nobody has stored. Raises ConfigError for wrong settings.
    """
    rule = replace(rule, enabled=True)
    parsed = rules.parse(rule.id, rule.settings)
    # Heard before the period, so that what was already going on is not taken for new: more than a case is quiet and cools down.
    warm_up = dt.timedelta(days=2 * RISE_DAYS + settings.close_after_days + settings.cooldown_days)
    with store.reading() as conn:
        in_force, _ = rules.with_defaults(alerts.current_rules(conn), settings)
        dockets = [Docket(rule if one.id == rule.id else one, settings) for one in _heard_with(rule, in_force)]
        tried = next(docket for docket in dockets if docket.rule.id == rule.id)
        days = past_signals.days(conn, start - warm_up, end + dt.timedelta(days=1))
        court = Court(dockets)
        among = [rules.least(docket.parsed) for docket in dockets if docket.rule.enabled]
        for day, sitting in _sittings(conn, days):
            court.sit(sitting)
            court.hear(day, past_signals.of_day(conn, day, among))
        stored = [case for case in alerts.between(conn, start, end + dt.timedelta(days=1)) if case.opened_on >= start]
        is_stored = any(one.id == rule.id for one in in_force)
        said = [case for case in stored if (case.rule_id == rule.id if is_stored else case.kind == parsed.kind)]
        born = past_signals.first_stories(conn)
    cases = sorted((case for case in tried.cases() if case.opened_on >= start), key=lambda case: (case.opened_on, case.id))
    spoken = tuple(_spoken(case, born) for case in cases)
    heard = [day for day in days if day >= start]
    return Rehearsal(
        rule=rule,
        start=start,
        end=end,
        since=heard[0] if heard else None,
        heard=len(heard),
        spoken=spoken,
        missed=tuple(case for case in said if not any(_same(case, one) for one in cases)),
        fresh=frozenset(one.id for one in cases if not any(_same(one, case) for case in said)),
        after_onset=_spread(one.days_after_onset for one in spoken),
        after_first_story=_spread(one.days_after_first_story for one in spoken),
    )


def _heard_with(rule: Rule, in_force: Sequence[Rule]) -> list[Rule]:
    """The rules without which this one would say something else, itself included. Bursts silence nobody."""
    if rule.id not in rules.DEFAULTS:
        return [rule]
    return [one for one in in_force if one.id in rules.DEFAULTS and (one.id != rules.BUZZ_RULE or rule.id == rules.BUZZ_RULE)]


def _sittings(conn: Connection, days: Sequence[dt.date]) -> Iterator[tuple[dt.date, Sitting]]:
    """What was known on the evening of each day: merges and splits up to it, stories collected until the next night."""
    known = {theme.id: theme for theme in themes.all_themes(conn, retired=True)}
    merged = [theme for theme in known.values() if theme.merged_into is not None]
    splits = themes.splits(conn)
    for day in days:
        now = dt.datetime.combine(day + dt.timedelta(days=2), dt.time(), dt.UTC)
        yield day, Sitting(day, known, _succession(merged, splits, day), Carried(conn, now, day))


def _succession(merged: Sequence[Theme], splits: Iterable[ThemeEvent], day: dt.date) -> Succession:
    # A day's signals are heard on the next day, after what was merged and split on that one.
    day += dt.timedelta(days=1)
    into = {theme.id: theme.merged_into for theme in merged if theme.retired_on is None or theme.retired_on <= day}
    heirs: dict[str, str] = {}
    for theme_id, heir in into.items():
        seen = {theme_id}
        while heir is not None and heir in into and heir not in seen:
            seen.add(heir)
            heir = into[heir]
        if heir is not None:
            heirs[theme_id] = heir
    return Succession.of(heirs, [split for split in splits if split.on <= day])


def _spoken(case: Alert, born: Mapping[str, dt.date]) -> Spoken:
    at_opening = case.evidence["peaks"][0]
    onset = at_opening["onset"]
    return Spoken(
        alert_id=case.id,
        theme_id=case.theme_id,
        state=State(at_opening["state"]),
        opened_on=case.opened_on,
        closed_on=case.closed_on,
        score=at_opening["score"],
        lift=at_opening["lift"],
        onset=dt.date.fromisoformat(onset) if onset else None,
        first_story=born.get(case.theme_id),
        also=tuple(case.evidence.get("also", ())),
    )


def _same(one: Alert, other: Alert) -> bool:
    """Whether two cases tell of one movement: a theme in common, open at the same time."""
    themes_of_one = {one.theme_id, *one.evidence.get("also", ())}
    if themes_of_one.isdisjoint({other.theme_id, *other.evidence.get("also", ())}):
        return False
    return one.opened_on <= (other.closed_on or dt.date.max) and other.opened_on <= (one.closed_on or dt.date.max)


def _spread(days: Iterable[int | None]) -> Spread | None:
    known = [value for value in days if value is not None]
    if not known:
        return None
    lower, median, upper = (float(value) for value in np.percentile(known, [25, 50, 75]))
    return Spread(len(known), lower, median, upper)
