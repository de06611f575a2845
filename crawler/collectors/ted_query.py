"""Expert queries of TED: watched terms, CPV codes, countries and days as the search understands them. Pure.

A term is a phrase between quotes; what could end the quotes or work as an operator or wildcard is taken out of it. Terms that
make a query too long are asked for in several.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

MAX_QUERY = 1_800
_UNSAFE = re.compile(r"[\"\\*?<>=~()\[\]{}!^:;,|`\x00-\x1f]+")
_CPV = re.compile(r"(\d{2,8})(?:-\d|\*)?")


def phrase(term: str) -> str:
    """A term as it may stand between quotes; empty where nothing is left of it."""
    kept = " ".join(_UNSAFE.sub(" ", term).split())[:120].strip()
    return kept if sum(char.isalnum() for char in kept) > 1 else ""


def cpv_clause(code: str) -> str:
    """``72`` or ``72000000-5`` as the search takes it. Raises ValueError for what is no CPV code."""
    match = _CPV.fullmatch(code.strip())
    if match is None:
        raise ValueError(f"'{code}' is no CPV code: give 2 to 8 digits")
    return f"classification-cpv = {match[1]}" + ("" if len(match[1]) == 8 else "*")


def subjects(terms: Iterable[str], room: int = MAX_QUERY) -> list[str]:
    """The terms joined by OR, in as many clauses as ``room`` characters each make necessary."""
    parts = list(dict.fromkeys(f'FT ~ "{kept}"' for term in terms if (kept := phrase(term))))
    clauses: list[list[str]] = []
    size = room + 1
    for part in parts:
        size += len(part) + 4
        if size > room:
            clauses.append([])
            size = len(part)
        clauses[-1].append(part)
    return [any_of(clause) for clause in clauses]


def any_of(clauses: Iterable[str]) -> str:
    """The clauses joined by OR, in brackets."""
    return f"({' OR '.join(clauses)})"


def dated(clauses: Iterable[str], first: dt.date, last: dt.date) -> str:
    """The whole query for notices published from ``first`` to ``last``, the newest first."""
    return " AND ".join([*clauses, f"PD = ({first:%Y%m%d} <> {last:%Y%m%d})"]) + " SORT BY PD DESC"
