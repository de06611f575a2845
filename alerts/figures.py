"""The numbers of a case in words: counts against what was expected, who carries it, what it rests on, what is new.

Missing evidence leaves a figure out. Foreign names and terms are cleaned here, and escaped by whoever renders them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alerts import reading
from alerts.message import Figure, one_line
from alerts.texts import Texts
from storage.model import Alert, Document, Kind, Rule, State, Theme

_NAMED = 3
_NEW = 5


@dataclass(frozen=True, slots=True)
class Background:
    """What the database knows beside the cases: themes, evidence documents and source names by id, rules by id and version."""

    themes: Mapping[str, Theme] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[tuple[str, int], Rule] = field(default_factory=dict)


def figures(said: Texts, alert: Alert, background: Background) -> tuple[Figure, ...]:
    """All figures of a case, the plain numbers first, then the sentences."""
    evidence = alert.evidence
    found = [
        Figure(label=said("Stories"), value=_stories(said, alert)),
        Figure(label=said("Strength"), value=said("×%(factor)s", factor=said.number(_lift(alert)))),
        Figure(label=said("Sources"), value=_sources(said, alert, background)),
        Figure(label=said("Evidence score"), value=_score(said, alert)),
        Figure(label=said("Kinds"), value=_kinds(said, evidence)),
        Figure(label=said("Since"), value=said.day(reading.day(evidence.get("onset")) or alert.opened_on, year=True)),
        Figure(label=said("Amounts announced"), value=_eur(said, evidence)),
        Figure(label=said("Stage"), value=one_line(reading.words(evidence.get("stage"), said.lang), 100)),
        Figure(label=said("Each on its own"), value=_margins(said, evidence), is_wide=True, in_digest=True),
        Figure(label=said("Without the leading source"), value=_without(said, alert, background), is_wide=True, in_digest=True),
        Figure(label=said("New terms"), value=_terms(evidence), is_wide=True, in_digest=True),
        Figure(label=said("New actors"), value=_new(said, evidence, "actors"), is_wide=True, in_digest=True),
        Figure(label=said("New places"), value=_new(said, evidence, "places"), is_wide=True, in_digest=True),
        Figure(label=said("Why this state"), value=_state(said, alert), is_wide=True),
        Figure(label=said("Rule"), value=_rule(said, alert, background), is_wide=True),
    ]
    return tuple(figure for figure in found if figure.value)


def state_label(said: Texts, state: State) -> str:
    """A state in the reader's words (« signal faible »)."""
    labels = {
        State.NOISE: said("noise"),
        State.WEAK_SIGNAL: said("weak signal"),
        State.EMERGING: said("emerging"),
        State.TREND: said("trend"),
        State.RUPTURE: said("rupture"),
        State.TRANSITION: said("transition"),
        State.DECLINING: said("declining"),
        State.STABLE: said("stable"),
    }
    return labels[state]


def kind_label(said: Texts, kind: Kind) -> str:
    labels = {Kind.NEWS: said("news"), Kind.PAPER: said("paper"), Kind.PATENT: said("patent"), Kind.FUNDING: said("funding")}
    return labels[kind]


def _stories(said: Texts, alert: Alert) -> str:
    """« 41 pour 14 attendus (entre 9 et 20) sur 28 jours »; of a burst, the days it fills."""
    burst = _burst(alert)
    days = reading.number(burst.get("days") if burst else alert.evidence.get("window_days"))
    observed = reading.number(burst.get("observed")) if burst else alert.observed
    expected = reading.number(burst.get("expected")) if burst else alert.expected
    observed, expected = observed or 0.0, expected or 0.0
    parts = [against(said, observed, expected, digits=0)]
    band = [reading.number(limit) for limit in reading.items(alert.evidence.get("band"))]
    if not burst and len(band) == 2 and band[0] is not None and band[1] is not None and band[0] < band[1]:
        parts.append(said("(between %(low)s and %(high)s)", low=said.number(band[0], 0), high=said.number(band[1], 0)))
    if days:
        parts.append(said.plural("in %(n)s day", "in %(n)s days", days))
    return " ".join(parts)


def against(said: Texts, observed: float, expected: float, *, digits: int = 1) -> str:
    """« 41 pour 14 attendus », « 2 pour 0,8 attendu »."""
    return said.plural(
        "%(observed)s for %(expected)s expected",
        "%(observed)s for %(expected)s expected",
        expected,
        observed=said.number(observed, digits),
        expected=said.number(expected),
    )


def _lift(alert: Alert) -> float:
    burst = _burst(alert)
    observed, expected = reading.number(burst.get("observed")), reading.number(burst.get("expected"))
    if observed is None or not expected:
        return alert.lift
    return observed / expected


def _burst(alert: Alert) -> Mapping[str, Any]:
    return reading.mapping(alert.evidence.get("buzz")) if alert.kind == "buzz" else {}


def _sources(said: Texts, alert: Alert, background: Background) -> str:
    counted = reading.counts(alert.evidence.get("by_source"))
    total = said.number(alert.sources, 0)
    if not counted:
        return total
    named = [f"{_source(key, background)} ({said.number(stories, 0)})" for key, stories in counted[:_NAMED]]
    return f"{total} — {', '.join(named)}" + (", …" if len(counted) > _NAMED else "")


def _source(key: str, background: Background) -> str:
    return one_line(background.sources.get(key, key), 50)


def _kinds(said: Texts, evidence: Mapping[str, Any]) -> str:
    counted = [(kind, stories) for kind, stories in reading.counts(evidence.get("by_kind")) if kind in set(Kind)]
    return ", ".join(f"{kind_label(said, Kind(kind))} ({said.number(stories, 0)})" for kind, stories in counted)


def _score(said: Texts, alert: Alert) -> str:
    if alert.kind == "threshold":
        return ""
    score = said.number(alert.score)
    return (
        said("%(score)s, needed %(needed)s", score=score, needed=said.number(alert.threshold)) if alert.threshold > 0 else score
    )


def _without(said: Texts, alert: Alert, background: Background) -> str:
    """In plain words whether the movement stands without its leading source."""
    left = reading.number(alert.evidence.get("score_without_top_source"))
    if left is None or alert.kind in ("threshold", "buzz"):
        return ""
    counted = reading.counts(alert.evidence.get("by_source"))
    values = {"left": said.number(left), "needed": said.number(alert.threshold)}
    if counted:
        source, stories = counted[0]
        total = sum(count for _, count in counted)
        values |= {"source": _source(source, background), "n": said.number(stories, 0), "total": said.number(total, 0)}
        told = said("score %(left)s without %(source)s (%(n)s of %(total)s stories)", **values)
    else:
        told = said("score %(left)s", **values)
    if alert.threshold <= 0:
        return told
    if left >= alert.threshold:
        return told + said(": the movement stands")
    return told + said(", under the %(needed)s it needs: the movement rests on that source", **values)


def _eur(said: Texts, evidence: Mapping[str, Any]) -> str:
    eur = reading.number(evidence.get("eur"))
    return said.money(eur) if eur else ""


def _margins(said: Texts, evidence: Mapping[str, Any]) -> str:
    told = []
    for margin in reading.mappings(evidence.get("margins")):
        name, observed = margin.get(f"label_{said.lang}"), reading.number(margin.get("observed"))
        expected = reading.number(margin.get("expected"))
        if isinstance(name, str) and observed is not None and expected is not None:
            told.append(f"{one_line(name, 100)}{said(': ')}{against(said, observed, expected)}")
    return " ; ".join(told) if said.lang == "fr" else "; ".join(told)


def _terms(evidence: Mapping[str, Any]) -> str:
    return ", ".join(one_line(str(term), 60) for term in reading.items(evidence.get("new_terms"))[:_NEW])


def _new(said: Texts, evidence: Mapping[str, Any], what: str) -> str:
    told = []
    for new in reading.mappings(reading.mapping(evidence.get("new")).get(what))[:_NEW]:
        name, stories = new.get(f"name_{said.lang}"), reading.number(new.get("stories"))
        if isinstance(name, str) and stories is not None:
            told.append(f"{one_line(name, 60)} ({said.number(stories, 0)})")
    return ", ".join(told)


def _state(said: Texts, alert: Alert) -> str:
    told = one_line(reading.words(alert.evidence.get("decided_by"), said.lang), 300)
    if not told:
        return ""
    label = state_label(said, alert.signal_state)
    return said("%(state)s: %(theme)s", state=label[:1].upper() + label[1:], theme=told[:1].lower() + told[1:])


def _rule(said: Texts, alert: Alert, background: Background) -> str:
    """Which rule spoke, and what it promises about false alerts."""
    rule = background.rules.get((alert.rule_id, alert.rule_version))
    if rule is None:
        return ""
    name = one_line(rule.name_fr if said.lang == "fr" else rule.name_en, 100)
    allowance = reading.number(rule.settings.get("false_alerts_per_month"))
    if alert.kind == "threshold":
        return said("%(name)s, plain limits: false alerts are not controlled", name=name)
    if allowance is None:
        return name
    return said.plural(
        "%(name)s, false alerts held to %(n)s a month over all that is watched",
        "%(name)s, false alerts held to %(n)s a month over all that is watched",
        allowance,
        name=name,
    )
