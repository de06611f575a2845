"""The sentence a case gives as its reason: the signal's own, except where the rule looked at something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor import rules
from monitor.trends.explain import Account, Limits, sentences
from monitor.trends.wording import NOUNS
from storage.model import Signal

_WINDOW_DAYS = 28


def reasons(rule: rules.AnyRule, signal: Signal) -> tuple[str, str]:
    """Why the rule speaks, in French and in English. A burst tells of its own days, plain limits of what they ask."""
    if isinstance(rule, rules.ThresholdRule):
        return sentences(_plain(rule, signal))
    told = signal.evidence.get("buzz") if isinstance(rule, rules.BuzzRule) else None
    burst: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    return burst.get("fr") or signal.reason_fr, burst.get("en") or signal.reason_en


def _plain(rule: rules.ThresholdRule, signal: Signal) -> Account:
    evidence = signal.evidence
    band = evidence.get("band")
    return Account(
        observed=signal.observed,
        expected=signal.expected,
        lift=signal.lift,
        sources=signal.sources,
        window_days=int(evidence.get("window_days", _WINDOW_DAYS)),
        kinds=tuple(kind for kind, count in evidence.get("by_kind", {}).items() if kind in NOUNS and count),
        # The rule does not say since when: it looks at numbers, not at a movement.
        direction="up" if signal.lift >= 1 else "down",
        band=(band[0], band[1]) if band else None,
        limits=Limits(
            lift=rule.min_lift,
            observed=rule.min_observed,
            sources=rule.min_sources if rule.min_sources > 1 else None,
            eur=rule.min_eur,
            states=tuple(state.value for state in rule.states),
        ),
    )
