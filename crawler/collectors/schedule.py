"""When a feed asks to be visited: ``ttl``, ``skipHours``, ``skipDays``, ``sy:updatePeriod`` and ``sy:updateFrequency``. Pure.

Only what stands outside the items counts. A malformed or absurd value is ignored and named, never followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from crawler.collectors.base import Schedule

DAY_S = 86_400
LONGEST_S = 31 * DAY_S
SHORTEST_S = 60

_PERIODS = {"hourly": 3600, "daily": DAY_S, "weekly": 7 * DAY_S, "monthly": 30 * DAY_S, "yearly": 365 * DAY_S}
_DAYS = {name: day for day, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))}
_ASKS = re.compile(rb"<(?:[\w.-]+:)?(?:ttl|skip(?:hours|days)|update(?:period|frequency))[\s>]", re.IGNORECASE)
_ITEM = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ITEM_END = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_TEXT = re.compile(r"<[^>]*>|[\s\u200b]+")


def read_schedule(document: bytes) -> tuple[Schedule | None, str | None]:
    """What a feed in UTF-8 asks for, and the first value that was ignored, as ``name: value``; None where there is none."""
    around = _outside_items(document)
    if not _ASKS.search(around):
        return None, None
    text = around.decode("utf-8", "replace")
    odd: list[str] = []
    waits = [wait for wait in (_ttl(text, odd), _period(text, odd)) if wait is not None]
    hours = _skipped(text, "skipHours", "hour", odd, _hour, 24)
    days = _skipped(text, "skipDays", "day", odd, lambda value: _DAYS.get(value.lower()), 7)
    asked = Schedule(wait_s=max(waits, default=None), skip_hours=hours, skip_days=days)
    return (asked if waits or hours or days else None), (odd[0][:80] if odd else None)


def _outside_items(document: bytes) -> bytes:
    first = _ITEM.search(document)
    if first is None:
        return document
    tail = document[-4096:]  # RSS lets the channel's own elements follow the items
    ends = [match.end() for match in _ITEM_END.finditer(tail)]
    return document[: first.start()] + (tail[ends[-1] :] if ends else b"")


def _ttl(text: str, odd: list[str]) -> int | None:
    value = _value(text, "ttl")
    if not value:
        return None
    wait = _whole(value)
    if wait is None or wait * 60 > LONGEST_S:
        odd.append(f"ttl: {value}")
        return None
    return wait * 60 or None


def _period(text: str, odd: list[str]) -> int | None:
    period, frequency = _value(text, "updatePeriod"), _value(text, "updateFrequency")
    if period is None and frequency is None:
        return None
    length = _PERIODS.get((period or "daily").lower())
    times = 1 if frequency is None else _whole(frequency)
    if length is None:
        odd.append(f"updatePeriod: {period}")
        return None
    if not times or length // times < SHORTEST_S:
        odd.append(f"updateFrequency: {frequency}")
        return None
    return length // times


def _skipped(text: str, group: str, name: str, odd: list[str], read: Callable[[str], int | None], most: int) -> frozenset[int]:
    block = re.search(rf"<{group}\b[^>]*>(.{{0,4000}}?)</{group}\s*>", text, re.IGNORECASE | re.DOTALL)
    if block is None:
        return frozenset()
    found: set[int] = set()
    for raw in re.findall(rf"<{name}\b[^>]*>([^<]*)</{name}\s*>", block[1], re.IGNORECASE):
        value = read(raw.strip())
        if value is None:
            odd.append(f"{group}: {raw.strip()}")
        else:
            found.add(value)
    if len(found) >= most:
        odd.append(f"{group}: {len(found)}")
        return frozenset()
    return frozenset(found)


def _hour(value: str) -> int | None:
    hour = _whole(value)
    return hour % 24 if hour is not None and hour <= 24 else None


def _whole(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else None


def _value(text: str, name: str) -> str | None:
    match = re.search(rf"<(?:[\w.-]+:)?{name}\b[^>]*>(.{{0,200}}?)</(?:[\w.-]+:)?{name}\s*>", text, re.IGNORECASE | re.DOTALL)
    if match is None:
        return None
    return _TEXT.sub("", match[1].replace("<![CDATA[", "").replace("]]>", ""))
