"""What Open Patent Services says of its load and of our use of it: pace, suspension, quotas. Pure.

``X-Throttling-Control: busy (images=green:100, search=yellow:15)``: the number is how many calls a minute the service takes now.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_CONTROL = re.compile(r"^\s*(\w+)\s*\((.*)\)\s*$")
_SERVICE = re.compile(r"([\w-]+)\s*=\s*(\w+)\s*:\s*(\d{1,6})")
_MINUTE_S = 60.0
_LONGEST_S = 24 * 3600
_UNKNOWN_LIMIT = 15


@dataclass(frozen=True, slots=True)
class Load:
    """How one service stands: the system's load, the colour of our own use, and the calls a minute it takes."""

    system: str
    colour: str
    per_minute: int

    @property
    def wait_s(self) -> float:
        """Least time between two calls; a whole minute where the service is suspended for us."""
        return _MINUTE_S if self.is_suspended else _MINUTE_S / self.per_minute

    @property
    def is_suspended(self) -> bool:
        return self.colour == "black" or self.per_minute == 0


UNKNOWN = Load("unknown", "unknown", _UNKNOWN_LIMIT)


def load_of(headers: Mapping[str, str], service: str) -> Load:
    """The load of ``service``; that of a busy system where the header is missing or says nothing of it."""
    control = _CONTROL.match(headers.get("x-throttling-control", ""))
    if control is None:
        return UNKNOWN
    for name, colour, limit in _SERVICE.findall(control[2]):
        if name.lower() == service:
            return Load(control[1].lower(), colour.lower(), int(limit))
    return UNKNOWN


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait. This service counts Retry-After in milliseconds. None where it says nothing; a day at most."""
    value = headers.get("retry-after", "").strip()
    return min(int(value[:12]) / 1000, _LONGEST_S) if value.isascii() and value.isdigit() else None


def bytes_this_week(headers: Mapping[str, str]) -> int:
    """Bytes of this week's quota that are used up; 0 where the answer does not say."""
    value = headers.get("x-registeredquotaperweek-used", "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else 0


def hour_ends_s(now: dt.datetime) -> int:
    """Seconds until the next hour, by which an hourly quota is full again."""
    return 3600 - (now.minute * 60 + now.second)


def week_ends_s(now: dt.datetime) -> int:
    """Seconds until Monday, 00:00 UTC."""
    midnight = dt.datetime.combine(now.date() + dt.timedelta(days=7 - now.weekday()), dt.time(), tzinfo=dt.UTC)
    return int((midnight - now).total_seconds())


def told_at(headers: Mapping[str, str]) -> dt.datetime | None:
    """When an answer was sent, by the service's own clock."""
    try:
        when = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError, IndexError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)
