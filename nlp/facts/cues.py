"""Organisations shown by the words around a name: "la start-up Kelvia", "Norvik raises $12m", "X, a maker of …".

Names the models have never seen are often taken for persons or towns; these patterns correct them. Words: ``cues.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

_UPPER = "A-ZÀ-ÖØ-Þ"
_WORD = rf"(?:[{_UPPER}][\w&'’+-]*\w|[{_UPPER}0-9]{{2,}})"
_NAME = rf"(?P<name>{_WORD}(?: (?:{_WORD}|&|à {_WORD}|d['’]{_WORD}|[0-9]+(?!\w)))*)"
_LONG_NAME = rf"(?P<name>{_WORD}(?:(?: | & | à | du | de | de la | des | d['’]| de l['’]){_WORD})*)"
_ADJECTIVES = {
    "fr": r"(?:[a-zà-ÿ-]+(?:aise?|oise?|aine?|ienne?|ien|onne?|ande?|iste|ique|ole?|elle?|eur|ier|ière|ale?|ive?|éenne?|éen) )"
    r"{0,2}"
    r"(?:(?:de|des|du) [a-zà-ÿ-]+ (?:[a-zà-ÿ-]+(?:ique|elle|aire|ales?|s) )?|d['’][a-zà-ÿ-]+ )?",
    "en": "",
}
_MONEY = (
    r"(?:(?:environ|près de|plus de|some|nearly|about|over|more than|up to|a|an|un|une|sa|son|its|a cumulative) )*"
    r"(?:[$€£]|[\d,.]+ ?(?:[MmKk]|millions?|milliards?|bn))"
)
_ROUND = (
    r"(?:(?:un|une|a|an|sa|son|its|premier|première|nouveau|nouvelle|deuxième|tour|levée|round|série|Series|seed|de|of|table) )"
    r"{1,5}"
)
_RAISES = (
    r"(?:vient de lever|a levé|lève|boucle|a bouclé|raises|raised|has raised|is out to raise|hopes to raise|secures|secured"
    r"|closes|closed|has closed|lands|collects|nets|signe|promet|picks up) "
    rf"(?:{_MONEY}|{_ROUND}(?:{_MONEY}|[A-D]\b|table|fonds)|a \d+ ?(?:%|percent))"
    r"|(?:investit|a investi|va investir|investira|injecte|invests|is investing|will invest|has invested|to invest|vise|cherche) "
    rf"{_MONEY}"
    r"|(?:recrute|recrutera|va recruter|embauche|embauchera|emploie|employs|créera|supprime|is recruiting|is hiring"
    r"|will hire|to hire) (?:environ |près de |plus de |about |some |nearly )?(?:\d|une? \w+aine)"
)
_PLURALS = (
    r"signent|s['’]associent|s['’]allient|lancent|annoncent|développent|créent|ouvrent|construisent|vont|investissent|fusionnent|unissent"
    r"|testent|sign|join|team|launch|announce|agree|will|have|are|plan|build|develop|open|merge|partner"
)
_STARTS = r"(?:^|(?<=\n)|(?<=[.!?:–»] ))"
_INSTITUTION = re.compile(
    r"\b(?:CHU|CHRU|CHR|[Cc]entre hospitalier(?: universitaire)?|[Hh]ôpital|[Oo]ffice (?:de|du) tourisme|Métropole|Ville|CCI"
    r"|[Uu]niversité|[Rr]ectorat|[Cc]onseil (?:départemental|général)|Hospices [Cc]ivils|Département|Observatoire"
    r"|[Cc]ommunauté (?:d['’]agglomération|de communes|urbaine)|Grand [Pp]ort [Mm]aritime"
    r"|[Cc]hambre (?:d['’]agriculture|de commerce et d['’]industrie))"
    rf" (?:de la |de l['’]|du |des |de |d['’]){_WORD}"
    rf"|(?:^|(?<=[Ll]e )|(?<=du ))département (?:de la |de l['’]|du |des |de |d['’]){_WORD}"
    r"(?= (?:lance|vote|finance|investit|recrute|ouvre|annonce|consacre|subventionne))"
    rf"|\b(?:University|Institute|College|Bank) of {_WORD}(?: {_WORD})*|\bRégion Sud\b"
)
_HEAD_LAST = re.compile(r" (?:University|Hospital|Institute|College|Academy|Council|Authority|Agency|Foundation)\b(?! of)")
_UP_TO_THREE = re.compile(rf"(?:^|(?<=[^\w])){_WORD}(?: {_WORD}){{0,2}}$")


class Shown(NamedTuple):
    """A name at ``start:end`` that its surroundings show to be an organisation's; ``sure`` even against a person's two names."""

    start: int
    end: int
    sure: bool


@dataclass(frozen=True, slots=True)
class _Cues:
    patterns: dict[str, tuple[tuple[re.Pattern[str], bool], ...]]
    ends: frozenset[str]
    starts: frozenset[str]
    never: frozenset[str]


def shown_organisations(text: str, language: str) -> Iterator[Shown]:
    """The names ``text`` shows to be organisations', in no order; they may overlap."""
    cues = _cues()
    for pattern, sure in cues.patterns.get(language, ()):
        for match in pattern.finditer(text):
            if (shown := _cut(match, sure, cues.never)) is not None:
                yield shown
    for match in _INSTITUTION.finditer(text):
        yield Shown(*match.span(), sure=True)
    for head in _HEAD_LAST.finditer(text):
        name = _UP_TO_THREE.search(text[max(0, head.start() - 60) : head.start()])
        if name is not None and name.group().split()[-1] not in cues.never:
            yield Shown(head.start() - len(name.group()), head.end(), sure=True)


def is_an_organisations_name(name: str) -> bool:
    """Whether a word of ``name`` says so: "Rivage Capital", "Chantiers Morvenn"."""
    words, cues = name.split(), _cues()
    return len(words) > 1 and (words[-1].rstrip(".") in cues.ends or words[0] in cues.starts)


def _cut(match: re.Match[str], sure: bool, never: frozenset[str]) -> Shown | None:
    start, end = match.span("name")
    for word in re.finditer(r"\S+", match["name"]):
        if word.group() in never:
            end = start + word.start()
            break
    while end > start and match.string[end - 1] in " &":
        end -= 1
    return Shown(start, end, sure) if end - start > 1 else None


@cache
def _cues() -> _Cues:
    tables: dict[str, dict[str, list[str]]] = tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8"))
    names = tables.pop("names")
    return _Cues(
        patterns={language: tuple(_patterns(table, _ADJECTIVES.get(language, ""))) for language, table in tables.items()},
        ends=frozenset(names["ends"]),
        starts=frozenset(names["starts"]),
        never=frozenset(names["never"]),
    )


def _patterns(words: dict[str, Any], between: str) -> Iterator[tuple[re.Pattern[str], bool]]:
    things, trades, deals, acts, by = (_either(words[key]) for key in ("things", "trades", "deals", "acts", "by"))
    deals = rf"{_RAISES}|(?:{deals})(?!\w)"
    article = r"(?:une?|la|le|l['’]|an?|the|one of the|son|sa|its)? ?"
    yield re.compile(rf"\b(?i:{things}) {between}{_NAME}"), True
    yield re.compile(rf"\b(?i:{trades}) {between}{_NAME}"), False
    yield (
        re.compile(
            rf"\b(?i:{trades}|{things})(?: [a-zà-ÿ][a-zà-ÿ '’-]{{0,40}})?, {_NAME}(?=,? (?:{acts}|{deals}|[a-zà-ÿ]+era )\b)"
        ),
        False,
    )
    yield re.compile(rf"{_NAME}, {article}(?:[a-zà-ÿ-]+ ){{0,2}}(?:{things})\b"), True
    yield re.compile(rf"{_NAME},? (?:(?:SAS?|Inc\.?|Ltd\.?),? )?(?={deals})"), True
    yield re.compile(rf"{_STARTS}{_LONG_NAME} (?=(?:{acts})(?!\w)|{deals})"), False
    yield re.compile(rf"\b(?:{by}) {_NAME}"), False
    others = _NAME.replace("?P<name>", "?:")
    yield re.compile(rf"\b(?:{by}) {others}(?:, {others})*,? (?:et|and|ainsi que|with|alongside|aux côtés de) {_NAME}"), False
    yield re.compile(rf"{_STARTS}{_NAME} (?=(?:et|and) {others} (?:{_PLURALS})\b)"), False
    yield re.compile(rf"{_STARTS}{others} (?:et|and) {_NAME} (?:{_PLURALS})\b"), False


def _either(phrases: Iterable[str]) -> str:
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return "|".join(re.escape(phrase).replace("'", "['’]") for phrase in ordered)
