"""What the collectors of papers share: what to ask for, windows of days, and pages read to their end or not at all. Pure.

A window ends on the day of the visit and begins some days before the last one read to its end, since databases learn of works
late. A visit that breaks off goes on from its page. The same page twice, a mark that comes back or rows without end are failures.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote_plus

from pydantic import BaseModel, ConfigDict, Field

from crawler.collectors.base import Entry, Parsed, Payload, Reading, Task, Wanted
from crawler.normalize import plain_text
from crawler.reasons import Reason, Unreadable
from storage.stated import Party, Place

FIRST = "*"
MAX_PARTIES = 50
_SPARE_ROWS = 1_000
_LONGEST_MARK = 1_500
_COUNTRY = re.compile(r"[A-Za-z]{2}")


class PaperOptions(BaseModel):
    """Options every collector of papers understands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: tuple[str, ...] = Field(default=(), description="What to search for instead of the terms of the watch themes.")
    terms: bool = Field(default=True, description="Whether to search at all: without, everything the other options let through.")
    first_days: int = Field(default=14, ge=1, le=366, description="Days the first visit looks back.")
    overlap_days: int = Field(default=3, ge=0, le=90, description="Days read again at each visit, for works that come in late.")
    rows: int = Field(default=100, ge=1, le=200, description="Works asked for in one request.")
    max_pages: int = Field(default=100, ge=1, le=300, description="Most pages of one query; what is left is noted.")


@dataclass(frozen=True, slots=True)
class Asked:
    """One page to ask for: the query, the days [since, until], and the service's mark of the page (``*`` for the first)."""

    query: str
    since: dt.date
    until: dt.date
    mark: str = FIRST


@dataclass(frozen=True, slots=True)
class Answer:
    """One page as read. ``following`` is the mark of the next page, None after the last; ``received`` counts rows, bad ones too.

    ``total`` is what the service announces for the whole query. ``skipped`` rows are good and not what was asked for.
    """

    entries: tuple[Entry, ...]
    received: int
    following: str | None
    total: int | None = None
    skipped: int = 0
    cut: bool = False
    """Whether this is the last page the service gives of more that it has."""

    @property
    def rejected(self) -> int:
        return self.received - self.skipped - len(self.entries)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a source has come: the window in hand, and the query and page to go on with; ``part`` -1 once it is done."""

    since: dt.date
    until: dt.date
    part: int = 0
    mark: str = FIRST
    asked: str = ""

    def text(self) -> str:
        if self.part < 0:
            return json.dumps({"until": self.until.isoformat()})
        days = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        return json.dumps({**days, "part": self.part, "mark": self.mark, "asked": self.asked})


def walk(
    task: Task,
    options: PaperOptions,
    queries: Sequence[str],
    ask: Callable[[Asked], Wanted],
    take: Callable[[Payload, Asked], Answer],
    *,
    marks_last: bool = True,
) -> Reading:
    """Reads every page of every query of the window that is due.

    ``marks_last``: whether a page's mark is its own and still holds tomorrow; else a visit that broke off begins its query again.
    """
    if not queries:
        raise Unreadable("nothing_asked", task.source.id)
    now = _progress(task, options, hashlib.blake2b("\n".join(queries).encode(), digest_size=8).hexdigest())
    for part in range(now.part, len(queries)):
        now = now if part == now.part else replace(now, part=part, mark=FIRST)
        asked = Asked(queries[part], now.since, now.until, now.mark)
        after = replace(now, part=part + 1, mark=FIRST) if part + 1 < len(queries) else replace(now, part=-1)
        seen, before, received = {asked.mark}, "", 0
        for page in range(1, options.max_pages + 1):
            payload = yield ask(asked)
            try:
                answer = take(payload, asked)
            except Unreadable as exc:
                if page == 1 and asked.mark != FIRST and exc.reason.code == "query_refused":
                    # A mark kept since the last visit may no longer be known: the next visit begins this query again.
                    yield Parsed(entries=(), cursor=replace(now, mark=FIRST).text())
                raise
            received += answer.received
            before = _check(answer, seen if marks_last else set(), before, received, task.source.id)
            last = answer.following is None or page == options.max_pages
            asked = replace(asked, mark=answer.following or FIRST)
            now = after if last else replace(now, mark=asked.mark if marks_last else FIRST)
            note = Reason("too_many_rows", str(received)) if answer.cut or (answer.following and last) else None
            yield Parsed(entries=answer.entries, rejected=max(answer.rejected, 0), note=note, cursor=now.text())
            if last:
                break


def text_of(value: object, limit: int = 500) -> str:
    """The text of a field, plain and cut; the first of a list; a whole number as its digits. Empty for everything else."""
    if isinstance(value, list):
        value = next((item for item in value if item not in (None, "")), None)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return plain_text(str(value), limit)


def texts_of(value: object, limit: int = 500) -> list[str]:
    """The texts of a field that is one text or a list of them, each once, in order."""
    items = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(text for item in items if (text := text_of(item, limit))))


def searched(task: Task, options: PaperOptions) -> tuple[str, ...]:
    """The phrases to search for, each once: those of the options, else the terms of the watch themes."""
    if not options.terms:
        return ()
    given = options.words or [term for watched in task.watched for term in watched.terms]
    phrases = (" ".join(re.sub(r"[^\w\s+.'’-]", " ", plain_text(term, 100)).split()) for term in given)
    return tuple(dict.fromkeys(phrase.casefold() for phrase in phrases if len(phrase) > 1))


def in_groups(phrases: Iterable[str], chars: int) -> list[list[str]]:
    """Phrases in groups whose query, as it stands in an address, stays about ``chars`` long: services limit their addresses."""
    groups: list[list[str]] = []
    size = chars
    for phrase in phrases:
        own = len(quote_plus(f' OR "{phrase}"'))  # an accent takes six characters there
        if size + own > chars:
            groups.append([])
            size = 0
        groups[-1].append(phrase)
        size += own
    return groups


def institutions(found: Iterable[tuple[str, str | None, str | None]]) -> tuple[Party, ...]:
    """Parties of (name, country, register number), each name once. What is no country code is left out."""
    parties: dict[str, Party] = {}
    for raw, country, register in found:
        name = plain_text(raw, 200)
        if name and "@" not in name and len(parties) < MAX_PARTIES:
            parties.setdefault(
                name, Party(name=name, role="institution", country=country_code(country), register_id=register or None)
            )
    return tuple(parties.values())


def country_code(raw: object) -> str | None:
    """A two-letter country code in capitals; None for anything else."""
    return raw.upper() if isinstance(raw, str) and _COUNTRY.fullmatch(raw) else None


def countries(parties: Iterable[Party]) -> tuple[Place, ...]:
    """The countries of these parties, each once."""
    codes = dict.fromkeys(party.country for party in parties if party.country)
    return tuple(Place(scheme="iso", code=code, raw=code) for code in codes)


def ids_of(keys: Iterable[str]) -> dict[str, str]:
    """The first identifier of each scheme."""
    found: dict[str, str] = {}
    for key in keys:
        scheme, _, value = key.partition(":")
        found.setdefault(scheme, value)
    return found


def _progress(task: Task, options: PaperOptions, asked: str) -> Progress:
    """Where to go on. A cursor that cannot be read, or of other queries, begins its window again."""
    today = task.now.astimezone(dt.UTC).date()
    start = Progress(today - dt.timedelta(days=options.first_days), today, asked=asked)
    try:
        kept = json.loads(task.cursor or "{}")
        until = dt.date.fromisoformat(kept["until"])
        if "part" not in kept:
            since = until - dt.timedelta(days=options.overlap_days)
            return replace(start, since=min(since, today - dt.timedelta(days=options.overlap_days)))
        since = dt.date.fromisoformat(kept["since"])
        if kept["asked"] == asked and until <= today:
            return Progress(since, until, int(kept["part"]), str(kept["mark"]), asked)
        return replace(start, since=min(since, start.until))
    except (ValueError, TypeError, KeyError):
        return start


def _check(answer: Answer, seen: set[str], before: str, received: int, source_id: str) -> str:
    """Raises Unreadable for a page that cannot be right. Returns a print of its entries."""
    if answer.received and answer.rejected >= answer.received:
        raise Unreadable("all_rejected", source_id, str(answer.received))
    print_ = "\n".join(entry.guid or entry.title for entry in answer.entries)
    if print_ and print_ == before:
        raise Unreadable("repeats", source_id, answer.entries[0].guid or "")
    if answer.following is not None:
        if len(answer.following) > _LONGEST_MARK:
            raise Unreadable("shape", source_id, f"a cursor of {len(answer.following)} characters")
        if answer.following in seen:
            raise Unreadable("repeats", source_id, answer.following[:40])
        seen.add(answer.following)
    if answer.total is not None and received > 2 * answer.total + _SPARE_ROWS:
        raise Unreadable("count_lies", source_id, f"{received} > {answer.total}")
    return print_ or before
