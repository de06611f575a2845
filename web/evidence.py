"""A signal's evidence as a page says it. What is missing, older or misshapen is left out: signals of any version stay readable.

The keys are those of ``docs/replay.md``; words of rules and stages come from ``monitor.trends.state_words``.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.trends.state_words import LACKS, NOT_ENOUGH, RULES, STAGE_NAMES
from storage.model import Alert, Signal
from web.render import as_day

EARLIER = ("", "earlier_version")
"""What ``decided_by`` holds in signals that do not know their rule."""

_RULE_WORDS: Mapping[str, Mapping[str, str]] = {str(rule): {str(k): v for k, v in words.items()} for rule, words in RULES.items()}
_STAGE_WORDS: Mapping[str, Mapping[str, str]] = {
    str(stage): {str(k): v for k, v in words.items()} for stage, words in STAGE_NAMES.items()
}


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule that gave the state: its id, its words (the id where there are none), and what was lacking to say more."""

    rule: str
    words: str
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """The stage on the S-curve and the others the same numbers allow. Without ``is_known`` the name is "not enough data"."""

    name: str
    others: tuple[str, ...] = ()
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Top:
    """The strongest source, and the score without it."""

    name: str
    stories: float | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Buzz:
    """A burst of a few days, told apart from trends."""

    days: int
    observed: float | None
    expected: float | None


@dataclass(frozen=True, slots=True)
class LongRun:
    """A movement of years: since when, by how much a year (0.35 is +35 %), over how many months."""

    since: dt.date | None
    per_year: float
    months: int | None


@dataclass(frozen=True, slots=True)
class Margin:
    """One side of a conjunction, whoever it meets."""

    name: str
    observed: float
    expected: float


@dataclass(frozen=True, slots=True)
class Caveat:
    """``text`` is None where only the code is known."""

    code: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything of the evidence a page may show, in one language."""

    decision: Decision | None = None
    stage: Stage | None = None
    onset: dt.date | None = None
    onset_interval: tuple[dt.date, dt.date] | None = None
    band: tuple[float, float] | None = None
    top: Top | None = None
    buzz: Buzz | None = None
    long_run: LongRun | None = None
    margins: tuple[Margin, ...] = ()
    roles: Mapping[str, str] | None = None
    new_terms: tuple[str, ...] = ()
    new_actors: tuple[str, ...] = ()
    new_places: tuple[str, ...] = ()
    caveats: tuple[Caveat, ...] = ()
    allowance: float | None = None

    @property
    def has_news(self) -> bool:
        return bool(self.new_terms or self.new_actors or self.new_places)


def shown(said: Signal | Alert | None, lang: str, names: Mapping[str, str] | None = None) -> Shown:
    """What a signal or a case can show for itself. ``names`` of sources by id."""
    if said is None:
        return Shown()
    evidence = _mapping(said.evidence)
    new = _mapping(evidence.get("new"))
    return Shown(
        decision=_decision(said, evidence, lang),
        stage=_stage(said, evidence, lang),
        onset=as_day(evidence.get("onset")),
        onset_interval=_interval(evidence.get("onset_interval")),
        band=_band(evidence.get("band")),
        top=_top(evidence, names or {}),
        buzz=_buzz(evidence.get("buzz")),
        long_run=_long_run(evidence.get("long_run")),
        margins=tuple(_margins(evidence.get("margins"), lang)),
        roles={
            str(e["document_id"]): str(e.get("role", "")) for e in _mappings(evidence.get("document_roles")) if "document_id" in e
        },
        new_terms=_named(new.get("terms") or evidence.get("new_terms"), lang),
        new_actors=_named(new.get("actors"), lang),
        new_places=_named(new.get("places"), lang),
        caveats=tuple(_caveats(evidence, lang)),
        allowance=_number(evidence.get("allowance")),
    )


def decision_of(signal: Signal, lang: str) -> Decision | None:
    """The rule that gave a signal its state, without reading its evidence."""
    return _decision(signal, {}, lang)


def stage_of(signal: Signal, lang: str) -> Stage | None:
    """Its stage, likewise."""
    return _stage(signal, {}, lang)


def _decision(said: Signal | Alert, evidence: Mapping[str, Any], lang: str) -> Decision | None:
    told = _mapping(evidence.get("decided_by"))
    rule = _text(told.get("id")) or (said.decided_by if isinstance(said, Signal) else "")
    if rule in EARLIER:
        return None
    words = _text(told.get(lang)) or _RULE_WORDS.get(rule, {}).get(lang) or rule
    lacks = tuple(LACKS[code][_lang(lang)] if code in LACKS else code for code in _texts(evidence.get("lacks")))
    return Decision(rule, words, lacks)


def _stage(said: Signal | Alert, evidence: Mapping[str, Any], lang: str) -> Stage | None:
    told = _mapping(evidence.get("stage"))
    stage = _text(told.get("id")) or (said.stage if isinstance(said, Signal) else None)
    if stage is None:
        is_older = isinstance(said, Alert) or said.decided_by in EARLIER
        return None if is_older else Stage(NOT_ENOUGH[_lang(lang)], is_known=False)
    others = (code for code in _texts(told.get("plausible")) if code != stage)
    return Stage(_text(told.get(lang)) or _stage_name(str(stage), lang), tuple(_stage_name(code, lang) for code in others))


def _stage_name(code: str, lang: str) -> str:
    return _STAGE_WORDS.get(code, {}).get(lang) or code.replace("_", " ")


def _top(evidence: Mapping[str, Any], names: Mapping[str, str]) -> Top | None:
    told = _mapping(evidence.get("top_source"))
    score = _number(evidence.get("score_without_top_source"))
    if told.get("source") is None:
        ranked = sorted(_counts(evidence.get("by_source")), key=lambda pair: (-pair[1], pair[0]))
        if not ranked or score is None:
            return None
        source, stories = ranked[0]
        return Top(names.get(source, source), stories, score)
    source = str(told["source"])
    return Top(names.get(source) or str(told.get("name") or source), _number(told.get("stories")), score)


def _counts(value: object) -> Iterator[tuple[str, float]]:
    """Counts by source, the parts of a database together."""
    merged: dict[str, float] = {}
    for key, count in _mapping(value).items():
        number = _number(count)
        if number is not None:
            base = str(key).partition("#")[0]
            merged[base] = merged.get(base, 0.0) + number
    yield from merged.items()


def _buzz(value: object) -> Buzz | None:
    told = _mapping(value)
    days = _number(told.get("days"))
    return None if not days else Buzz(round(days), _number(told.get("observed")), _number(told.get("expected")))


def _long_run(value: object) -> LongRun | None:
    told = _mapping(value)
    per_year, months = _number(told.get("per_year")), _number(told.get("months"))
    return None if per_year is None else LongRun(as_day(told.get("since")), per_year, None if months is None else round(months))


def _margins(value: object, lang: str) -> Iterator[Margin]:
    for told in _mappings(value):
        observed, expected = _number(told.get("observed")), _number(told.get("expected"))
        if observed is not None and expected is not None:
            yield Margin(_name_of(told, lang) or str(told.get("id", "")), observed, expected)


def _caveats(evidence: Mapping[str, Any], lang: str) -> Iterator[Caveat]:
    detailed = {str(told["code"]): told.get(lang) for told in _mappings(evidence.get("caveat_details")) if "code" in told}
    for code in dict.fromkeys((*_texts(evidence.get("caveats")), *detailed)):
        text = detailed.get(code)
        yield Caveat(code, text if isinstance(text, str) and text else None)


def _named(value: object, lang: str) -> tuple[str, ...]:
    """Names of a list of texts, or of objects with a name."""
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    found = (item if isinstance(item, str) else _name_of(_mapping(item), lang) for item in items)
    return tuple(name for name in found if name)


def _name_of(told: Mapping[str, Any], lang: str) -> str:
    for key in (f"label_{lang}", f"name_{lang}", lang, "name", "term", "text"):
        if isinstance(told.get(key), str) and told[key]:
            return str(told[key])
    return ""


def _band(value: object) -> tuple[float, float] | None:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        return None
    low, high = _number(value[0]), _number(value[1])
    return None if low is None or high is None or high <= 0 else (low, high)


def _interval(value: object) -> tuple[dt.date, dt.date] | None:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        return None
    first, last = as_day(value[0]), as_day(value[1])
    return None if first is None or last is None or first >= last else (first, last)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        yield from (item for item in value if isinstance(item, Mapping))


def _texts(value: object) -> tuple[str, ...]:
    return (
        tuple(item for item in value if isinstance(item, str))
        if isinstance(value, Sequence) and not isinstance(value, str)
        else ()
    )


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None  # type: ignore[arg-type]


def _lang(lang: str) -> Any:
    return "fr" if lang == "fr" else "en"
