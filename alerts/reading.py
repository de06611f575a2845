"""Reads a signal's evidence as it comes from the database: what is missing or of another shape is passed over, never an error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from alerts.message import Week

MAX_WEEKS = 26


def counts(value: object) -> list[tuple[str, float]]:
    """Positive counts by name, largest first."""
    if not isinstance(value, Mapping):
        return []
    counted = [(str(key), found) for key, count in value.items() if (found := number(count)) is not None and found > 0]
    return sorted(counted, key=lambda pair: (-pair[1], pair[0]))


def items(value: object) -> list[Any]:
    """A list's items."""
    return list(value) if isinstance(value, list | tuple) else []


def mappings(value: object) -> list[Mapping[str, Any]]:
    """Those items of a list that have keys."""
    return [item for item in items(value) if isinstance(item, Mapping)]


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def day(value: object) -> dt.date | None:
    """A day from ISO text."""
    try:
        return dt.date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def words(value: object, lang: str) -> str:
    """The text of one language of a mapping with the keys ``fr`` and ``en``."""
    found = mapping(value).get(lang)
    return found if isinstance(found, str) else ""


def weeks(value: object) -> tuple[Week, ...]:
    """The last weeks of a chart."""
    found = []
    for row in mappings(value)[-MAX_WEEKS:]:
        week, observed, expected = day(row.get("week")), number(row.get("observed")), number(row.get("expected"))
        if week is not None and observed is not None and expected is not None:
            low, high = number(row.get("low")), number(row.get("high"))
            covered = bool(row.get("covered", True))
            found.append(Week(week=week, observed=observed, expected=expected, covered=covered, low=low, high=high))
    return tuple(found)
