"""When to come again: the longest of the source's own interval and everything its answer asks for, a day at most. Pure.

What makes no sense is ignored and named, never followed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from crawler.collectors.base import Schedule
from storage.model import Source

LONGEST_S = 24 * 3600
ABSURD_S = 31 * LONGEST_S
_MAX_AGE = re.compile(r"""(?:^|[\s,;])max-age\s*=\s*["']?([^\s,;"']*)""", re.IGNORECASE)


def retry_after_s(value: str | None, now: dt.datetime, *, sent: str = "", in_milliseconds: bool = False) -> int | None:
    """Seconds asked for by a Retry-After: a number, or an HTTP date, counted from ``sent`` (the answer's Date) where it has one.

    A past date is 0, nonsense is None, a day at most.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        asked = int(text[:12])
        return min(-(-asked // 1000) if in_milliseconds else asked, LONGEST_S)
    when = _http_date(text)
    if when is None:
        return None
    return int(min(max((when - (_http_date(sent) or now)).total_seconds(), 0), LONGEST_S))


def wait_asked(headers: Mapping[str, str], now: dt.datetime, *, in_milliseconds: bool = False) -> tuple[int | None, str | None]:
    """Seconds the headers (names in lower case) ask to wait, a day at most, and the value that was ignored, if any.

    Asks: Retry-After, Cache-Control max-age, Expires minus Date. More than 31 days of validity is no wish to be left alone.
    """
    waits, odd = [], None
    if "retry-after" in headers:
        retry = retry_after_s(headers["retry-after"], now, sent=headers.get("date", ""), in_milliseconds=in_milliseconds)
        waits.append(retry)
        odd = f"Retry-After: {headers['retry-after']}" if retry is None else None
    if (age := _MAX_AGE.search(headers.get("cache-control", ""))) is not None:
        seconds = int(age[1]) if age[1].isascii() and age[1].isdigit() and len(age[1]) <= 12 else None
        if seconds is None or seconds > ABSURD_S:
            odd = odd or f"max-age: {age[1]}"
        else:
            waits.append(seconds)
    expires, sent = _http_date(headers.get("expires", "")), _http_date(headers.get("date", ""))
    if expires is not None and sent is not None:
        valid = (expires - sent).total_seconds()
        if valid > ABSURD_S:
            odd = odd or f"Expires: {headers['expires']}"
        else:
            waits.append(max(0, int(valid)))
    asked = max((wait for wait in waits if wait is not None), default=None)
    return None if asked is None else min(asked, LONGEST_S), odd[:80] if odd else None


def next_visit(source: Source, schedule: Schedule, now: dt.datetime, failures: int = 0) -> dt.datetime:
    """The time of the next visit after one at ``now``, the ``failures``-th in a row that failed.

    The source's interval counts a little short, so that a scheduler with the same period does not miss every other turn, and
    doubles at each failure; what the source asks for is kept in full. Both are spread by a share that depends on the source and
    the day, so that sources declared together do not stay together. Hours and days to skip (GMT) move the visit behind them.
    """
    share = _share(source.id, now)
    own = float(source.interval_s)
    if failures:
        own = min(own * 2 ** min(failures - 1, 10), max(LONGEST_S, own))
    asked = min(schedule.wait_s or 0, LONGEST_S)
    wait_s = max(own * (0.9 + 0.1 * share), asked * (1 + 0.05 * share))
    return _behind(now + dt.timedelta(seconds=round(wait_s)), schedule, share)


def _behind(when: dt.datetime, schedule: Schedule, share: float) -> dt.datetime:
    """The first time from ``when`` on that is in no hour or day to skip; ``when`` where there is none within a week."""
    found = when.astimezone(dt.UTC)
    for _ in range(8 * 24):
        if found.weekday() in schedule.skip_days:
            found = _midnight(found) + dt.timedelta(days=1, minutes=round(30 * share))
        elif found.hour in schedule.skip_hours:
            found = found.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1, minutes=round(30 * share))
        else:
            return found
    return when


def _midnight(when: dt.datetime) -> dt.datetime:
    return when.replace(hour=0, minute=0, second=0, microsecond=0)


def _share(source_id: str, now: dt.datetime) -> float:
    """A number from 0 to 1 that is the same all day for a source."""
    digest = hashlib.blake2b(f"{source_id} {now.astimezone(dt.UTC).date()}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") / 0xFFFFFFFF


def _http_date(text: str) -> dt.datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)
