"""Publication dates as the world writes them. Pure. A date that cannot be trusted is empty with a flag, never invented.

Reads RFC 822 and ISO 8601 with their usual faults, plain days, and French and English month names.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from email.utils import parsedate_tz

EARLIEST = 1985
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january",
            "fevrier fevr fev february feb",
            "mars mar march",
            "avril avr april apr",
            "mai may",
            "juin june jun",
            "juillet juil july jul",
            "aout august aug",
            "septembre sept sep september",
            "octobre oct october",
            "novembre nov november",
            "decembre dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_ISO = re.compile(
    r"^\s*(\d{4})-?(\d\d)-?(\d\d)(?:[T\s]+(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?\s*$",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"(?<!\d)(\d{1,2})(?:er|st|nd|rd|th)?[\s.\-]+([a-z]{3,9})\.?[\s,\-]+(\d{4})(?:\D{1,12}?(\d{1,2})\s*[:h]\s*(\d\d)(?::(\d\d))?)?",
    re.IGNORECASE,
)
_WORDS_EN = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.IGNORECASE)
_SLASHED = re.compile(r"^\s*(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:\D{1,4}(\d{1,2})[:h](\d\d))?")
_ZONE = re.compile(r"([+-])(\d\d):?(\d\d)?\s*$")


@dataclass(frozen=True, slots=True)
class ReadDate:
    """What a date field says: the UTC day, the instant when the time of day is given, and a flag when it is not to be trusted."""

    day: dt.date | None
    instant: dt.datetime | None = None
    flag: str | None = None


UNDATED = ReadDate(None)


def read_date(raw: str | None) -> ReadDate:
    """Reads one date. Flags: ``unreadable`` (something is there, but no date), ``implausible`` (before 1985, after 2200)."""
    if not raw or not raw.strip():
        return UNDATED
    text = _plain(raw.strip()[:120])
    try:
        found = _iso(text) or _words(text) or _rfc822(text) or _slashed(text)
    except (ValueError, OverflowError):
        found = None
    if found is None:
        return ReadDate(None, None, "unreadable")
    if not EARLIEST <= found.day.year <= 2200 if found.day else True:
        return ReadDate(None, None, "implausible")
    return found


def _iso(text: str) -> ReadDate | None:
    match = _ISO.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    return _made(int(year), int(month), int(day), hour, minute, second, zone)


def _rfc822(text: str) -> ReadDate | None:
    parsed = parsedate_tz(text)
    if parsed is None:
        return None
    year, month, day, hour, minute, second = parsed[:6]
    if not re.search(r"\d\d?:\d\d", text):
        return _made(year, month, day, None, None, None, None)
    offset = parsed[9] or 0  # an unknown zone name is read as UTC
    if abs(offset) > 14 * 3600:
        offset = 0
    return _at(year, month, day, hour, minute, second, offset)


def _words(text: str) -> ReadDate | None:
    if match := _WORDS.search(text):
        month = _MONTHS.get(match[2].lower())
        if month:
            zone = _ZONE.search(text)
            return _made(
                int(match[3]), month, int(match[1]), match[4], match[5], match[6], zone[0].strip() if zone else _named(text)
            )
    if match := _WORDS_EN.search(text):
        month = _MONTHS.get(match[1].lower())
        if month:
            return _made(int(match[3]), month, int(match[2]), None, None, None, None)
    return None


def _slashed(text: str) -> ReadDate | None:
    """Day first, as Europe writes; month first only where the day leaves no doubt."""
    match = _SLASHED.match(text)
    if not match:
        return None
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    day, month = (second, first) if second > 12 >= first else (first, second)
    return _made(year, month, day, match[4], match[5], None, None)


_NAMED_ZONES = {
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "CET": 1,
    "CEST": 2,
    "BST": 1,
}


def _named(text: str) -> str | None:
    hours = _NAMED_ZONES.get(text.split()[-1].upper())
    return None if hours is None else f"{hours:+03d}:00"


def _made(
    year: int, month: int, day: int, hour: str | None, minute: str | None, second: str | None, zone: str | None
) -> ReadDate:
    if hour is None:
        return ReadDate(dt.date(year, month, day))
    offset = 0
    if zone and (match := _ZONE.search(zone)):
        offset = (int(match[2]) * 3600 + int(match[3] or 0) * 60) * (-1 if match[1] == "-" else 1)
        if abs(offset) > 14 * 3600:
            offset = 0
    return _at(year, month, day, int(hour), int(minute or 0), int(second or 0), offset)


def _at(year: int, month: int, day: int, hour: int, minute: int, second: int, offset_s: int) -> ReadDate:
    if not (0 <= hour <= 24 and 0 <= minute < 60 and 0 <= second <= 60):
        raise ValueError("time of day out of range")
    midnight = dt.datetime(year, month, day, tzinfo=dt.UTC)  # 24:00 and a leap second roll over
    instant = midnight + dt.timedelta(hours=hour, minutes=minute, seconds=second) - dt.timedelta(seconds=offset_s)
    return ReadDate(instant.date(), instant)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
