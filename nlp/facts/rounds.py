"""Rounds of financing a text names: pre-seed to series H, debt, and funds that raise for themselves. Pure.

Kind ``round``; ``role`` is the sort of money: ``equity``, ``debt``, or ``fund``, where investors raise what they will invest.
A round counts in a sentence about raising money only, so that crops, championships and loans of books are none.
"""

from __future__ import annotations

import re

from storage.model import Fact

KIND = "round"
EQUITY, DEBT, FUND = "equity", "debt", "fund"

_MONEY = re.compile(
    r"\b(?:lev[ée]\w*|lèvent?|lever\w*|boucl\w+|clôtur\w+|récolt\w+|rais\w+|secur\w+|clos(?:e|es|ed|ing)|lands?|bags?|rounds?"
    r"|tours?(?:\sde\stable)?|financ\w+|funding|invest\w+|capital|obtien\w+|obtenu\w*|sign\w+|start-?ups?|emprunt\w*)\b|[€$£]|\d\s?M€|euros?|dollars?",
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
    (None, EQUITY, _any(r"\b(?:[Ss]érie|[Ss]eries|SERIES|SÉRIE)[ -](?P<letter>[A-H])\d?\b(?![-'’]\w)", flags=0)),
    ("bridge", EQUITY, _any(r"\bbridge (?:round|financing|funding)\b", r"\btour de bridge\b")),
    (
        "debt",
        DEBT,
        _any(
            r"\bventure (?:debt|loan)\b",
            r"\bdebt (?:financing|facility|funding|round|package)\b",
            r"\b(?:rais|secur|clos|land|borrow)\w* (?:\S+ ){1,8}?(?P<told>in debt)\b(?! payments?)",
            r"(?:€|euros?|dollars?) (?:en|de) dette\b(?! publique)",
            r"\bdette (?:bancaire|privée|senior|mezzanine|obligataire|non dilutive|d['’]amorçage)",
            r"\bfinancement par (?:la )?dette\b",
            r"\bemprunts? obligataires?\b",
            r"\bprêts? (?:bancaires?|participatifs?|de (?:la (?:BEI|Banque européenne)|Bpifrance)|d['’]amorçage)",
            r"\bobligations? convertibles?\b",
            r"\bconvertible (?:notes?|bonds?|loans?)\b",
            r"\bloan (?:facility|agreement)\b",
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
            start, end = match.span("told") if "told" in pattern.groupindex and match["told"] else match.span()
            named = value or f"series-{match['letter'].lower()}"
            if named not in found and _is_about_money(text, start, end):
                words = text[start:end]
                start += len(words) - len(words.lstrip("( "))
                found[named] = Fact(
                    document_id="",
                    kind=KIND,
                    value=named,
                    matched=words.strip("() "),
                    start=start,
                    end=start + len(words.strip("() ")),
                    pipeline="",
                    role=role,
                )
    return sorted(found.values(), key=lambda fact: (fact.start, fact.end, fact.value))


def _is_about_money(text: str, start: int, end: int) -> bool:
    """Whether the sentence around ``start:end`` speaks of raising money, in other words than these."""
    first = max((stop.end() for stop in _SENTENCE_END.finditer(text, max(0, start - 200), start)), default=max(0, start - 200))
    stop = _SENTENCE_END.search(text, end, end + 200)
    return bool(_MONEY.search(text[first:start]) or _MONEY.search(text[end : stop.start() if stop else end + 200]))
