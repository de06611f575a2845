"""What readers answer to alerts, and the allowance their answers speak for. A suggestion is never applied by itself."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import structlog
from sqlalchemy.engine import Connection

from monitor import rules
from storage import alerts, allowance, feedback
from storage.errors import ConfigError
from storage.model import Alert, Feedback, Rule, Verdict
from storage.store import Store

log = structlog.get_logger()

TARGET = 0.2
"""Share of noise among alerts that a suggestion aims at."""
LEAST_LABELS = 20

NOTE_LENGTH = 500
NAME_LENGTH = 200


def give(store: Store, alert_id: str, verdict: str, given_by: str, now: dt.datetime, note: str = "") -> Feedback:
    """Keeps a reader's newest word on an alert: ``useful``, ``known`` or ``noise``. Saying it twice changes nothing.

    ``given_by`` names the reader as the place they answered from knows them (``slack:U123``, ``web``, a name); it is trimmed
    to 200 characters, the note to 500. An answer older than one already kept is not written; the one that stands is returned.
    Raises ConfigError for another verdict or an empty name, NotFound for an unknown alert.
    """
    try:
        said = Verdict(verdict)
    except ValueError:
        raise ConfigError(f"'{verdict[:40]}' is no answer to an alert: choose useful, known or noise") from None
    reader = _line(given_by, NAME_LENGTH)
    if not reader:
        raise ConfigError("an answer to an alert needs the name of who gives it")
    with store.transaction() as conn:
        case = alerts.get(conn, alert_id)
        word = Feedback(
            id=feedback.feedback_id(case.id, reader),
            alert_id=case.id,
            verdict=said,
            given_by=reader,
            given_at=now,
            note=_line(note, NOTE_LENGTH),
        )
        standing = feedback.save(conn, word)
    log.info("feedback kept", alert=case.id, verdict=standing.verdict.value)
    return standing


@dataclass(frozen=True, slots=True)
class Tally:
    """What was answered to the alerts of one rule: words by verdict, over ``answered`` of its ``alerts``."""

    rule_id: str
    kind: str
    alerts: int
    answered: int
    useful: int
    known: int
    noise: int


def tallies(conn: Connection) -> list[Tally]:
    """Answers by rule and kind of alert, for rules that have raised any."""
    found = []
    cases: dict[tuple[str, str], list[Alert]] = {}
    for case in alerts.all_alerts(conn):
        cases.setdefault((case.rule_id, case.kind), []).append(case)
    for (rule_id, kind), of_rule in sorted(cases.items()):
        words = feedback.of_alerts(conn, [case.id for case in of_rule])
        said = Counter(word.verdict for given in words.values() for word in given)
        found.append(
            Tally(
                rule_id=rule_id,
                kind=kind,
                alerts=len(of_rule),
                answered=len(words),
                useful=said[Verdict.USEFUL],
                known=said[Verdict.KNOWN],
                noise=said[Verdict.NOISE],
            )
        )
    return found


Outcome = Literal["too_few", "no_noise", "only_noise", "keep", "stricter", "out_of_reach"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What the answers to a rule's alerts say about its ``setting``. Alerts are counted once, whoever answered.

    ``suggested`` has a value for ``stricter`` only: the most generous one at which, with 95 % confidence, at most ``target`` of
    the alerts are noise. ``kept`` of the labelled alerts would still be told; of those that were no noise, ``lost`` would not.
    ``missing`` is how many labelled alerts more a suggestion needs. ``bound`` is the upper limit of the share of noise among
    the kept.
    """

    rule_id: str
    outcome: Outcome
    setting: str
    present: float | None
    suggested: float | None = None
    labelled: int
    noise: int
    missing: int = 0
    kept: int = 0
    kept_noise: int = 0
    lost: int = 0
    bound: float | None = None
    target: float = TARGET


def suggest(conn: Connection, rule: Rule) -> Suggestion | None:
    """The allowance (for a rule of plain limits, the least lift) that the answers to a rule's alerts speak for; None without any.

    Judged on the evidence an alert had when it was opened, expressed as the allowance at which it would just have been opened,
    so that answers given under other versions of the rule and other numbers of themes count alike.
    """
    parsed = rules.parse(rule.id, rule.settings)
    is_plain = isinstance(parsed, rules.ThresholdRule)
    setting = "min_lift" if is_plain else "false_alerts_per_month"
    present = parsed.min_lift if isinstance(parsed, rules.ThresholdRule) else parsed.false_alerts_per_month
    words = feedback.of_rule(conn, rule.id)
    if not words:
        return None
    labels = []
    for case in alerts.all_alerts(conn):
        if case.id in words:
            strength = _lift(case) if is_plain else _strength(case)
            if strength is not None and strength >= _floor(parsed):
                labels.append((strength, is_noise(words[case.id])))
    labels.sort()
    noise = sum(said for _, said in labels)
    told = Suggestion(
        rule_id=rule.id,
        outcome="too_few",
        setting=setting,
        present=present,
        labelled=len(labels),
        noise=noise,
        missing=max(0, LEAST_LABELS - len(labels)),
    )
    if told.missing:
        return told
    if not noise or noise == len(labels):
        return replace(told, outcome="only_noise" if noise else "no_noise", kept=len(labels), kept_noise=noise)
    for place, (strength, _) in enumerate(labels):
        if place and strength == labels[place - 1][0]:
            continue
        kept = [said for _, said in labels[place:]]
        bound = upper_share(sum(kept), len(kept))
        if bound <= TARGET:
            found = replace(
                told,
                outcome="stricter" if place else "keep",
                kept=len(kept),
                kept_noise=sum(kept),
                lost=sum(not said for _, said in labels[:place]),
                bound=round(bound, 3),
            )
            if not place:
                return found
            # Between the first alert kept and the last one left out, so that neither lies on the edge.
            edge = (strength + labels[place - 1][0]) / 2
            return replace(found, suggested=_rounded(edge if is_plain else 10.0**-edge))
    return replace(told, outcome="out_of_reach", kept=len(labels), kept_noise=noise)


def is_noise(words: Sequence[Feedback]) -> bool:
    """Whether an alert was noise: at least half of those who answered say so."""
    return 2 * sum(word.verdict is Verdict.NOISE for word in words) >= len(words)


def upper_share(count: int, of: int) -> float:
    """Upper end of the one-sided 95 % confidence interval of a share (Wilson's score interval)."""
    z = 1.6449
    centre = count / of + z * z / (2 * of)
    spread = z * math.sqrt(count / of * (1 - count / of) / of + z * z / (4 * of * of))
    return (centre + spread) / (1 + z * z / of)


def _line(text: str, length: int) -> str:
    """One line of printable characters: what people and machines send may hold anything."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:length]


def _strength(case: Alert) -> float | None:
    """-log10 of the allowance at which the case would just have been opened; None for cases of earlier versions."""
    subjects = rules.subjects_of(case.evidence)
    peaks = case.evidence.get("peaks")
    if subjects is None or not peaks:
        return None
    return -math.log10(allowance.allowance(subjects, peaks[0]["score"]))


def _lift(case: Alert) -> float | None:
    peaks = case.evidence.get("peaks")
    return float(peaks[0]["lift"]) if peaks else None


def _floor(parsed: rules.AnyRule) -> float:
    """What the rule as it is leaves out already."""
    if isinstance(parsed, rules.ThresholdRule):
        return parsed.min_lift or 0.0
    return -math.log10(parsed.false_alerts_per_month) - 1e-3


def _rounded(value: float) -> float:
    """Three significant digits."""
    return float(f"{value:.3g}")
