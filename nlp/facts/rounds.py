"""Rounds of financing a text names: pre-seed to series H, debt, and funds that raise for themselves. Pure.

Kind ``round``; ``role`` is the sort of money: ``equity``, ``debt``, or ``fund``, where investors raise what they will invest.
A round counts in a sentence about raising money only, so that crops, championships and loans of books are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from storage.model import Fact

KIND = "round"
EQUITY, DEBT, FUND = "equity", "debt", "fund"

_MONEY = re.compile(
    r"\b(?:lev[ée]\w*|lèvent?|lever\w*|boucl\w+|clôtur\w+|récolt\w+|rais\w+|secur\w+|clos(?:e|es|ed|ing)|lands?|bags?|rounds?"
    r"|tours?(?:\sde\stable)?|financ\w+|funding|invest\w+|capital|obtien\w+|obtenu\w*|emprunt\w*)\b|[€$£]|\d\s?M€|euros?|dollars?",
    re.IGNORECASE,
)
_FUNDING = r"(?:round|funding|financing|investment|capital|raise|stage|extension|deal|tour|levée)"


def _any(*alternatives: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile("|".join(alternatives).replace(" ", r"\s"), flags)


# value (None: the letter says it), sort of money, how it is written
_PATTERNS: tuple[tuple[str | None, str, re.Pattern[str]], ...] = (
    ("pre-seed", EQUITY, _any(rf"\bpre-? ?seed\b(?= {_FUNDING}|[) ,.;:]|$)", r"\bpré-? ?(?:amorçage|seed)\b")),
    (
        "seed",
        EQUITY,
        _any(
            rf"(?<!pre-)(?<!pre )(?<!pré-)(?<!pré )\bseed(?: |-){_FUNDING}\b",
            r"\((?:\w+ )?seed\)",
            r"\b(?:en|de|d['’]) ?seed\b",
            r"\b(?:tour|levée|fonds|financement|phase) (?:de fonds )?(?:d['’]|en )amorçage\b",
        ),
    ),
    (None, EQUITY, _any(r"\b(?:[Ss]érie|[Ss]eries|SERIES|SÉRIE|[Ss]erie|SERIE)[ -](?P<letter>[A-H])\d?\b(?![-'’]\w)", flags=0)),
    ("bridge", EQUITY, _any(r"\bbridge (?:round|financing|funding)\b", r"\btour de bridge\b")),
    (
        "debt",
        DEBT,
        _any(
            r"\bventure (?:debt|loan)\b",
            r"\bdebt (?:financing|facility|funding|round|package)\b",
            r"\b(?:in debt|(?:en|de) dette)\b",
            r"\bdette (?:bancaire|privée|senior|mezzanine|obligataire|non dilutive|d['’]amorçage)",
            r"\bfinancement par (?:la )?dette\b",
            r"\bemprunts? obligataires?\b",
            r"\bprêts? (?:bancaires?|participatifs?|de (?:la (?:BEI|Banque européenne)|Bpifrance)|d['’]amorçage)",
            r"\bobligations? convertibles?\b",
            r"\bconvertible (?:notes?|bonds?|loans?)\b",
            r"\bloan (?:facility|from the|agreement)\b",
            r"\b(?:credit (?:facility|line)|ligne de crédit)\b",
        ),
    ),
    (
        "fund",
        FUND,
        _any(
            r"\b(?:first|second|third|final|interim) clos(?:e|ing)\b",
            r"\b(?:premier|second|deuxième|troisième|dernier) closing\b",
            r"\bclosing (?:final|intermédiaire)\b",
            r"\b(?:boucl|clôtur|lanc|lèv|lev|annonc)\w* (?:le|un|son|leur|ce) (?:\w+(?: |-)){0,2}?fonds\b(?! propres)",
            r"\b(?:clos|rais|launch|secur)\w* (?:(?!from|by|with|led)\S+ ){0,4}?(?:its|an?|the) (?:(?!from)\S+ ){0,3}?fund\b"
            r"(?![ -]?rais|ing)",
        ),
    ),
)
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n")


def round_facts(text: str) -> list[Fact]:
    """The rounds a text names, each at its first words; not said of which document and pipeline."""
    found: dict[str, Fact] = {}
    for value, role, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            named = value or f"series-{match['letter'].lower()}"
            if named not in found and _is_about_money(text, match):
                found[named] = Fact(
                    document_id="",
                    kind=KIND,
                    value=named,
                    matched=match.group().strip("() "),
                    start=match.start() + len(match.group()) - len(match.group().lstrip("( ")),
                    end=match.end() - (len(match.group()) - len(match.group().rstrip(") "))),
                    pipeline="",
                    role=role,
                )
    return sorted(found.values(), key=lambda fact: (fact.start, fact.end, fact.value))


def _is_about_money(text: str, match: re.Match[str]) -> bool:
    """Whether the sentence around a match speaks of raising money, in other words than the match."""
    first = max((end.end() for end in _ends(text, match.start() - 200, match.start())), default=max(0, match.start() - 200))
    last = min((end.start() for end in _ends(text, match.end(), match.end() + 200)), default=match.end() + 200)
    return bool(_MONEY.search(text[first : match.start()]) or _MONEY.search(text[match.end() : last]))


def _ends(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    return _SENTENCE_END.finditer(text, max(0, start), min(len(text), end))
