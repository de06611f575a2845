"""When to speak: rules over a theme's signal. Pure; the cases they open are kept by ``monitor.cases``.

Two kinds. ``momentum`` speaks of proven movements against a stated allowance of false alerts. ``threshold`` speaks when
plain numbers (lift, count, sources, state) pass given values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from monitor.monitoring import MonitorSettings
from monitor.trends.states import SPEAKING
from storage.errors import ConfigError
from storage.model import Rule, Signal, State

MOMENTUM_RULE = "momentum"
DAYS_A_MONTH = 30.44
DAYS_A_YEAR = 365.25


class MomentumRule(BaseModel):
    """A movement proven by the momentum score."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["momentum"] = "momentum"
    false_alerts_per_month: float = Field(5.0, gt=0, description="false alerts a month accepted over all themes together")
    quiet_years_per_theme: float = Field(2.0, ge=0, description="years between two false alerts on one theme, at least")
    min_lift: float = Field(1.5, ge=1, description="least lift of a rise; a decline needs its inverse")
    min_sources: int = Field(3, ge=1, description="distinct sources")


class ThresholdRule(BaseModel):
    """Plain limits on a signal's numbers; all those given must be passed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["threshold"] = "threshold"
    min_lift: float | None = Field(None, ge=0, description="least lift")
    min_observed: float | None = Field(None, ge=0, description="least stories in 28 days")
    min_sources: int = Field(1, ge=1, description="distinct sources")
    states: tuple[State, ...] = Field((), description="states to speak of; empty for any")


Settings = Annotated[MomentumRule | ThresholdRule, Field(discriminator="kind")]
_SETTINGS: TypeAdapter[MomentumRule | ThresholdRule] = TypeAdapter(Settings)


def parse(rule_id: str, settings: Mapping[str, Any]) -> MomentumRule | ThresholdRule:
    """The settings of a rule. Raises ConfigError naming the rule and the wrong setting."""
    try:
        return _SETTINGS.validate_python(dict(settings))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "kind"
        raise ConfigError(f"rule '{rule_id}': {where}: {first['msg']}") from exc


def default_rule(settings: MonitorSettings, version: int = 1) -> Rule:
    """The rule every installation starts with, drawn from the settings."""
    values = MomentumRule(
        false_alerts_per_month=settings.false_alerts_per_month,
        quiet_years_per_theme=settings.quiet_years_per_theme,
        min_lift=settings.min_lift,
        min_sources=settings.min_sources,
    )
    return Rule(
        id=MOMENTUM_RULE,
        version=version,
        name_fr="Mouvement avéré",
        name_en="Proven movement",
        settings=values.model_dump(mode="json"),
    )


def with_default(standing: Sequence[Rule], settings: MonitorSettings) -> tuple[list[Rule], Rule | None]:
    """The rules in force, and the new version of the default rule when the settings changed it (else None)."""
    old = next((rule for rule in standing if rule.id == MOMENTUM_RULE), None)
    wanted = default_rule(settings, old.version + 1 if old else 1)
    if old is not None and dict(old.settings) == dict(wanted.settings):
        return list(standing), None
    if old is not None and not old.enabled:
        return list(standing), None
    return [wanted, *(rule for rule in standing if rule.id != MOMENTUM_RULE)], wanted


def threshold(themes: int, rule: MomentumRule) -> float:
    """The score above which the rule speaks: h = log10(K 30.44 / F), K themes and F false alerts a month over all of them.

    With few themes that allowance would let one theme cry wolf every week, so h is at least log10(365.25 Y) for Y quiet
    years a theme.
    """
    shared = math.log10(max(themes, 1) * DAYS_A_MONTH / rule.false_alerts_per_month)
    alone = math.log10(DAYS_A_YEAR * rule.quiet_years_per_theme) if rule.quiet_years_per_theme > 0 else 0.0
    return max(shared, alone, 0.0)


def opens(rule: MomentumRule | ThresholdRule, signal: Signal) -> bool:
    """Whether this signal opens a case. A rise must show its sources within the window its sentence speaks of."""
    if isinstance(rule, ThresholdRule):
        return signal.sources >= rule.min_sources and _passes(rule, signal)
    if signal.state not in SPEAKING or signal.score < signal.threshold:
        return False
    if signal.state is State.DECLINING:
        sources = max(signal.sources, int(signal.evidence.get("sources_long", 0)))
        return sources >= rule.min_sources and signal.lift * rule.min_lift <= 1
    return signal.sources >= rule.min_sources and signal.lift >= rule.min_lift


def is_quiet(rule: MomentumRule | ThresholdRule, opened_as: State, signal: Signal | None) -> bool:
    """Whether nothing keeps the case open on this day: half the threshold and a lift still above one keep it. No signal is quiet.

    Evidence against a baseline of almost nothing fades for months; the lift says at once that the theme is back where it was.
    """
    if signal is None:
        return True
    if isinstance(rule, ThresholdRule):
        return not _passes(rule, signal)
    if (opened_as is State.DECLINING) != (signal.state is State.DECLINING):
        return True
    if signal.score < signal.threshold / 2:
        return True
    margin = math.sqrt(rule.min_lift)
    return signal.lift * margin > 1 if signal.state is State.DECLINING else signal.lift < margin


def _passes(rule: ThresholdRule, signal: Signal) -> bool:
    return (
        (rule.min_lift is None or signal.lift >= rule.min_lift)
        and (rule.min_observed is None or signal.observed >= rule.min_observed)
        and (not rule.states or signal.state in rule.states)
    )
