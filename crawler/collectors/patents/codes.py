"""Classification symbols: CPC and IPC in one spelling (``G06N10/40``), US classes apart, and what to ask an office for. Pure.

A watched code means every symbol that begins with it, as in ``nlp.themes``. Offices know groups, not beginnings: they are asked
for the group or class around it, and what they send is held against the code itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SYMBOL = re.compile(r"^\s*([A-HY]\d\d[A-Z])\s*(?:0*(\d{1,4})\s*(?:/\s*(\d{2,6}))?)?(?![\w/])")
_WATCHED = re.compile(r"^([A-HY]\d\d(?:[A-Z](?:\d{1,4}(?:/\d{0,6})?)?)?)$")


def symbol(text: str) -> str | None:
    """A CPC or IPC symbol as the program writes it, out of ``G06N  10/40``, ``G06F017/60`` or ``B28B   1/    29   A I``.

    None for anything else: a Japanese term, a US class, an empty field.
    """
    match = _SYMBOL.match(text.upper())
    if match is None:
        return None
    subclass, group, subgroup = match.groups()
    if group is None:
        return subclass
    return f"{subclass}{int(group)}" + (f"/{subgroup}" if subgroup else "")


def us_class(text: str) -> str | None:
    """A class of the US classification as ``705/26`` or ``379/88.02``, from the fixed columns of USPTO files."""
    digits = text.rstrip()
    if not re.fullmatch(r"[\dDPG ]{2}[\d ][\d ]{1,7}", digits) or not digits[3:].strip().isdigit():
        return None
    decimals = digits[6:].rstrip("0") if len(digits) == 9 else digits[6:]
    whole = digits[3:6].strip().lstrip("0") or "0"
    return f"{digits[:3].strip().lstrip('0')}/{whole}" + (f".{decimals}" if decimals else "")


def watched_code(text: str) -> str | None:
    """A code to watch, without spaces and in capitals; None where it is not the beginning of a symbol."""
    code = re.sub(r"\s+", "", text).upper()
    return code if _WATCHED.match(code) else None


def main_groups(codes: Iterable[str]) -> tuple[str, ...]:
    """The fewest groups and classes that hold every symbol beginning with one of ``codes``, in order of the alphabet."""
    return _outermost(code.split("/")[0] for code in codes)


def subclasses(codes: Iterable[str]) -> tuple[str, ...]:
    """The fewest subclasses and classes that hold every symbol beginning with one of ``codes``."""
    return _outermost(code[:4] for code in codes)


def matches(found: Iterable[str], codes: tuple[str, ...]) -> bool:
    """Whether a symbol begins with one of ``codes``. Without codes, or without a symbol to judge by, everything does."""
    symbols = tuple(found)
    return not codes or not symbols or any(one.startswith(codes) for one in symbols)


def _outermost(places: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for place in sorted(set(places)):
        # G06N holds G06N10, but the group G06N1 does not: only classes and subclasses hold what begins with them.
        if not any(place.startswith(outer) and len(outer) <= 4 for outer in kept):
            kept.append(place)
    return tuple(kept)
