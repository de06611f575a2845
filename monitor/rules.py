"""When to speak: rules over a theme's signal. Pure; the cases they open are kept by ``monitor.cases``.

``momentum`` (themes) and ``conjunction`` (pairs) speak of proven movements, ``buzz`` of bursts of a few days, each against its
own stated allowance of false alerts. ``threshold`` speaks when plain numbers pass given limits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from monitor.monitoring import MonitorSettings
from monitor.trends.states import SPEAKING
from storage import allowance
from storage.errors import ConfigError
from storage.model import Origin, Rule, Signal, State
from storage.past_signals import Least

MOMENTUM_RULE = "momentum"
CONJUNCTION_RULE = "conjunction"
BUZZ_RULE = "buzz"
DAYS_A_YEAR = 365.25


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _ProofRule(_Rule):
    """Speaks of what is proven, against an allowance of false alerts."""

    false_alerts_per_month: float = Field(5.0, gt=0, description="false alerts a month accepted over all its subjects together")
    quiet_years_per_theme: float = Field(2.0, ge=0, description="years between two false alerts on one theme, at least")
    min_sources: int = Field(3, ge=1, description="distinct sources")


class _MovementRule(_ProofRule):
    """Speaks of lasting movements, by the momentum score."""

    min_lift: float = Field(1.5, ge=1, description="least lift of a rise; a decline needs its inverse")


class MomentumRule(_MovementRule):
    """A theme's movement."""

    kind: Literal["momentum"] = "momentum"


class ConjunctionRule(_MovementRule):
    """Two themes that meet more than they did, over all pairs that could have met."""

    kind: Literal["conjunction"] = "conjunction"
    false_alerts_per_month: float = Field(1.0, gt=0, description="false alerts a month accepted over all pairs together")


class BuzzRule(_ProofRule):
    """A burst of one to seven days on a theme. It is never called a trend, and closes fast."""

    kind: Literal["buzz"] = "buzz"
    false_alerts_per_month: float = Field(2.0, gt=0, description="false alerts a month accepted over all themes together")
    quiet_years_per_theme: float = Field(2.0, ge=0, description="years between two false alerts on one theme, at least")
    close_after_days: int = Field(7, ge=1, description="a case closes after the theme has been quiet for this many days")


class ThresholdRule(_Rule):
    """Plain limits on a signal's numbers; all those given must be passed."""

    kind: Literal["threshold"] = "threshold"
    min_lift: float | None = Field(None, ge=0, description="least lift")
    max_lift: float | None = Field(None, ge=0, description="most lift, to hear of what falls")
    min_observed: float | None = Field(None, ge=0, description="least stories in 28 days")
    min_eur: float | None = Field(None, ge=0, description="least euros announced in 28 days")
    min_sources: int = Field(1, ge=1, description="distinct sources")
    states: tuple[State, ...] = Field((), description="states to speak of; empty for any")


AnyRule = MomentumRule | ConjunctionRule | BuzzRule | ThresholdRule
_SETTINGS: TypeAdapter[AnyRule] = TypeAdapter(Annotated[AnyRule, Field(discriminator="kind")])

_NAMES = {
    MOMENTUM_RULE: ("Mouvement avéré", "Proven movement"),
    CONJUNCTION_RULE: ("Rencontre avérée", "Proven meeting"),
    BUZZ_RULE: ("Emballement de quelques jours", "Burst of a few days"),
}
DEFAULTS = tuple(_NAMES)
"""Ids of the rules every installation starts with. Together they tell one movement once."""


def parse(rule_id: str, settings: Mapping[str, Any]) -> AnyRule:
    """The settings of a rule. Raises ConfigError naming the rule and the wrong setting."""
    try:
        return _SETTINGS.validate_python(dict(settings))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "kind"
        raise ConfigError(f"rule '{rule_id}': {where}: {first['msg']}") from exc


def default_rules(settings: MonitorSettings) -> dict[str, AnyRule]:
    """The rules every installation starts with, drawn from the settings, by id."""
    movement = {
        "quiet_years_per_theme": settings.quiet_years_per_theme,
        "min_lift": settings.min_lift,
        "min_sources": settings.min_sources,
    }
    return {
        MOMENTUM_RULE: MomentumRule(false_alerts_per_month=settings.false_alerts_per_month, **movement),
        CONJUNCTION_RULE: ConjunctionRule(false_alerts_per_month=settings.conjunction_false_alerts_per_month, **movement),
        BUZZ_RULE: BuzzRule(
            false_alerts_per_month=settings.buzz_false_alerts_per_month,
            quiet_years_per_theme=settings.quiet_years_per_theme,
            min_sources=settings.min_sources,
        ),
    }


def with_defaults(standing: Sequence[Rule], settings: MonitorSettings) -> tuple[list[Rule], list[Rule]]:
    """The rules in force, the default ones first, and the new versions of those that the settings changed.

    A default rule that was switched off stays as it is.
    """
    old = {rule.id: rule for rule in standing}
    in_force, renewed = [], []
    for rule_id, values in default_rules(settings).items():
        before = old.pop(rule_id, None)
        wanted = values.model_dump(mode="json")
        if before is not None and (not before.enabled or dict(before.settings) == wanted):
            in_force.append(before)
            continue
        name_fr, name_en = (before.name_fr, before.name_en) if before else _NAMES[rule_id]
        version = before.version + 1 if before else 1
        renewed.append(Rule(id=rule_id, version=version, name_fr=name_fr, name_en=name_en, settings=wanted))
        in_force.append(renewed[-1])
    return in_force + list(old.values()), renewed


def threshold(subjects: int, rule: _ProofRule) -> float:
    """The score above which the rule speaks: h = log10(K 30.44 / F), K subjects and F false alerts a month over all of them.

    With few subjects that allowance would let one theme cry wolf every week, so h is at least log10(365.25 Y) for Y quiet
    years a theme.
    """
    alone = math.log10(DAYS_A_YEAR * rule.quiet_years_per_theme) if rule.quiet_years_per_theme > 0 else 0.0
    return max(allowance.threshold(subjects, rule.false_alerts_per_month), alone)


def hears(rule: AnyRule, origin: Origin) -> bool:
    """Whether the rule's subjects are themes of this origin."""
    if isinstance(rule, ThresholdRule):
        return True
    return (origin is Origin.CONJUNCTION) == isinstance(rule, ConjunctionRule)


def needed(rule: AnyRule, signal: Signal) -> float:
    """The score this rule asks of this signal: by its own allowance, over the subjects there were on that day.

    Signals of earlier versions do not say how many there were; for them it is the threshold of the default rule. A rule of
    plain limits asks for none: 0.
    """
    if isinstance(rule, ThresholdRule):
        return 0.0
    subjects = subjects_of(signal.evidence)
    return round(threshold(subjects, rule), 4) if subjects else max(signal.threshold, threshold(1, rule))


def allowed(rule: AnyRule) -> float | None:
    """The false alerts a month the rule accepts; None for plain limits, which promise nothing."""
    return None if isinstance(rule, ThresholdRule) else rule.false_alerts_per_month


def subjects_of(evidence: Mapping[str, Any]) -> int | None:
    """Over how many subjects a score is to be judged, when its evidence says so."""
    given = evidence.get("subjects")
    return int(given) if isinstance(given, int | float) and given >= 1 else None


def proof(rule: AnyRule, signal: Signal) -> float:
    """The evidence the rule looks at: that of a burst, or the score."""
    return signal.buzz if isinstance(rule, BuzzRule) else signal.score


def falls(signal: Signal) -> bool:
    """Whether the movement goes down: a decline, or a rupture towards less."""
    return signal.state is State.DECLINING or (signal.state is State.RUPTURE and signal.lift < 1)


def opens(rule: AnyRule, signal: Signal) -> bool:
    """Whether this signal opens a case. A rise must show its sources within the window its sentence speaks of."""
    if isinstance(rule, ThresholdRule):
        return _passes(rule, signal)
    h = needed(rule, signal)
    if proof(rule, signal) < h:
        return False
    if isinstance(rule, BuzzRule):
        return signal.sources >= rule.min_sources
    if falls(signal):
        sources = max(signal.sources, int(signal.evidence.get("sources_long", 0)))
        return sources >= rule.min_sources and signal.lift * rule.min_lift <= 1
    # Below the default threshold every theme is noise or stable: a more generous rule hears it all the same. Above it, a
    # theme called so has been found not to move.
    if signal.state not in SPEAKING and signal.score >= signal.threshold:
        return False
    return signal.sources >= rule.min_sources and signal.lift >= rule.min_lift


def case_state(rule: AnyRule, signal: Signal) -> State:
    """The state a case of this rule shows. A burst is never called a trend; what only a generous rule hears is a weak signal.

    A sharp fall is told as a decline, with the day of its rupture.
    """
    if isinstance(rule, BuzzRule):
        return State.NOISE if signal.state is State.NOISE else State.STABLE
    if isinstance(rule, ThresholdRule):
        return signal.state
    if signal.state in SPEAKING:
        return State.DECLINING if falls(signal) else signal.state
    return State.WEAK_SIGNAL


def is_quiet(rule: AnyRule, opened_as: State, signal: Signal | None) -> bool:
    """Whether nothing keeps the case open on this day: half the threshold and a lift still above one keep it. No signal is quiet.

    Evidence against a baseline of almost nothing fades for months; the lift says at once that the theme is back where it was.
    """
    if signal is None:
        return True
    if isinstance(rule, ThresholdRule):
        return not _passes(rule, signal)
    if proof(rule, signal) < needed(rule, signal) / 2:
        return True
    if isinstance(rule, BuzzRule):
        return False
    if (opened_as is State.DECLINING) != falls(signal):
        return True
    margin = math.sqrt(rule.min_lift)
    return signal.lift * margin > 1 if falls(signal) else signal.lift < margin


def close_after_days(rule: AnyRule, settings: MonitorSettings) -> int:
    """Quiet days after which a case closes."""
    return rule.close_after_days if isinstance(rule, BuzzRule) else settings.close_after_days


def least(rule: AnyRule) -> Least:
    """What a signal must show at least to open or keep a case: all others may be left unread, since no signal is quiet."""
    if isinstance(rule, BuzzRule):
        return Least(buzz=threshold(1, rule) / 2)
    if isinstance(rule, ThresholdRule):
        return Least(
            lift=rule.min_lift,
            lift_at_most=rule.max_lift,
            observed=rule.min_observed,
            sources=rule.min_sources,
            states=rule.states,
        )
    return Least(score=threshold(1, rule) / 2)


def _passes(rule: ThresholdRule, signal: Signal) -> bool:
    eur = signal.evidence.get("eur")
    return (
        signal.sources >= rule.min_sources
        and (rule.min_lift is None or signal.lift >= rule.min_lift)
        and (rule.max_lift is None or signal.lift <= rule.max_lift)
        and (rule.min_observed is None or signal.observed >= rule.min_observed)
        and (rule.min_eur is None or (isinstance(eur, int | float) and eur >= rule.min_eur))
        and (not rule.states or signal.state in rule.states)
    )
