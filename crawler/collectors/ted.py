"""TED, the Union's journal of public contracts: notices that speak of watched themes, by CPV, country and day.

A month at a time is asked for, oldest first, less where it holds too much. The cursor moves with each query that is read to its
end, and begins again with other themes or options. Paging ends at the announced count, an empty page, or a token that comes back.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from crawler.collectors.base import Entry, Parsed, Payload, Reading, Schedule, Task, Wanted
from crawler.collectors.countries import iso3
from crawler.collectors.services import endpoint_of, json_object, options_of, told, whole_number
from crawler.collectors.ted_notice import BASE_FIELDS, FIELDS, entry_of, publication_number
from crawler.collectors.ted_query import any_of, cpv_clause, dated, subjects
from crawler.reasons import Reason, Unreadable

LIMIT = 250
MONTH = dt.timedelta(days=30)
AGAIN = dt.timedelta(days=1)
"""The last day that was asked for is asked for once more: its notices may have come after the visit."""
MOST = 10_000
"""Notices of one query beyond which its days are halved: a query that no visit reads to its end would begin again for ever."""
MAX_PAGES = 200
PACE_S = 1.0
PAUSE_S = 35.0


class TedOptions(BaseModel):
    """Options of a TED source: filters that hold together, and how far back the first visit goes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    countries: tuple[str, ...] = ()
    cpv: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    query: str | None = Field(default=None, min_length=3, max_length=1_000)
    themes: tuple[str, ...] = ()
    any_subject: bool = False
    days: int = Field(default=30, ge=1, le=3_660)
    scope: Literal["ACTIVE", "LATEST", "ALL"] = "ALL"

    @field_validator("countries")
    @classmethod
    def _known(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for code in given:
            if iso3(code) is None:
                raise ValueError(f"'{code}' is no country: give FR or FRA")
        return tuple(iso3(code) or "" for code in given)

    @field_validator("cpv")
    @classmethod
    def _codes(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for code in given:
            cpv_clause(code)
        return given

    @field_validator("types")
    @classmethod
    def _types(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [sort for sort in given if not sort.replace("-", "").isalnum()]:
            raise ValueError(f"'{wrong[0]}' is no notice type: give the like of cn-standard")
        return given

    @field_validator("query")
    @classmethod
    def _unsorted(cls, given: str | None) -> str | None:
        if given and "SORT BY" in given.upper():
            raise ValueError("leave SORT BY out: the order is the collector's")
        return given

    def clauses(self) -> list[str]:
        """The filters, each a clause."""
        return [
            any_of(clauses)
            for clauses in (
                [self.query] if self.query else [],
                [cpv_clause(code) for code in self.cpv],
                [f"buyer-country = {code}" for code in self.countries],
                [f"notice-type = {sort}" for sort in self.types],
            )
            if clauses
        ]


class Mark(BaseModel):
    """A cursor: what is asked for, the last day it was asked for to the end, and how many queries of the days since are done."""

    model_config = ConfigDict(frozen=True)

    asked: str
    through: dt.date | None = None
    window: tuple[dt.date, dt.date] | None = None
    done: int = 0

    @classmethod
    def read(cls, cursor: str | None, asked: str) -> Mark:
        try:
            kept = cls.model_validate_json(cursor or "")
        except ValidationError:
            return cls(asked=asked)
        return kept if kept.asked == asked else cls(asked=asked)


@dataclass(slots=True)
class _Visit:
    """What one visit knows: its filters, the fields the service still gives, and the notices it has met."""

    task: Task
    options: TedOptions
    fields: Sequence[str] = FIELDS
    met: set[str] = field(default_factory=set)


class TedCollector:
    """Asks for each month of days and each clause of subjects in turn."""

    name = "ted"

    def read(self, task: Task) -> Reading:
        visit = _Visit(task, options_of(TedOptions, task.source))
        filters = visit.options.clauses()
        chosen = [watched for watched in task.watched if not visit.options.themes or watched.id in visit.options.themes]
        terms = [] if visit.options.any_subject else [term for watched in chosen for term in watched.terms]
        about = subjects(terms)
        queries = [[clause, *filters] for clause in about] or ([filters] if filters else [])
        if not queries:
            yield Parsed(entries=(), note=Reason("nothing_asked"))
            return
        asked = hashlib.blake2b(json.dumps([queries, visit.options.days]).encode(), digest_size=8).hexdigest()
        mark, today = Mark.read(task.cursor, asked), task.now.date()
        first, last = mark.window or _month(_begin(mark, today, visit.options.days), today)
        done = mark.done if mark.window else 0
        while first <= today:
            how = yield from _search(visit, dated(queries[done], first, last), first, last)
            if how == "pause":
                return
            if how == "split":
                last = first + (last - first) // 2
            else:
                done += 1
            over = done == len(queries)
            mark = Mark(asked=asked, through=last) if over else Mark(asked=asked, window=(first, last), done=done)
            yield Parsed(entries=(), cursor=mark.model_dump_json())
            if over:
                first, last = _month(last + dt.timedelta(days=1), today)
                done = 0


def _begin(mark: Mark, today: dt.date, days: int) -> dt.date:
    return mark.through - AGAIN if mark.through else today - dt.timedelta(days=days - 1)


def _month(first: dt.date, today: dt.date) -> tuple[dt.date, dt.date]:
    """The days to ask for at once."""
    return first, min(first + MONTH, today)


def _search(
    visit: _Visit, query: str, first: dt.date, last: dt.date
) -> Generator[Wanted | Parsed, Payload, Literal["done", "pause", "split"]]:
    """All notices of one query, page by page, unless the service asks for a pause or has too many for days that can be cut."""
    source = visit.task.source
    token: str | None = None
    tokens, numbers = set[str](), set[str]()
    nameless = total = 0
    for _page in range(MAX_PAGES):
        answer = yield from _ask(visit, query, token)
        if isinstance(answer, float):
            wait_s = round(answer)
            yield Parsed(entries=(), note=Reason("suspended", str(wait_s)), schedule=Schedule(wait_s=wait_s))
            return "pause"
        notices, total = answer.notices, answer.total
        if total > MOST and token is None and first < last:
            return "split"
        known = {number for notice in notices if (number := publication_number(notice)) is not None}
        if notices and not known:
            raise Unreadable("all_rejected", source.id, str(len(notices)))
        if known and known <= numbers:
            raise Unreadable("repeats", source.id, min(known))
        numbers |= known
        nameless += answer.broken + sum(publication_number(notice) is None for notice in notices)
        entries = tuple(_entries(visit, notices, first, last))
        met = sum((publication_number(notice) or "") in visit.met for notice in notices)
        visit.met |= known
        note = Reason("fewer_fields") if visit.fields is BASE_FIELDS else None
        yield Parsed(entries=entries, rejected=answer.broken + len(notices) - len(entries) - met, note=note)
        token = answer.token
        if not notices or len(numbers) + nameless >= total or token is None or token in tokens:
            break
        tokens.add(token)
    if len(numbers) + nameless < total:
        yield Parsed(entries=(), note=Reason("incomplete", f"{len(numbers) + nameless}/{total}"))
    return "done"


def _entries(visit: _Visit, notices: Sequence[Mapping[str, Any]], first: dt.date, last: dt.date) -> Iterator[Entry]:
    """Entries of the notices not met before. Raises Unreadable where one is not what was asked for."""
    for notice in notices:
        entry = entry_of(notice)
        if entry is not None and entry.published_on is not None and not first <= entry.published_on <= last:
            raise Unreadable("filter_ignored", visit.task.source.id, f"PD {first}…{last}: {entry.published_on}")
        countries = notice.get("buyer-country")
        asked = visit.options.countries
        if asked and isinstance(countries, list) and countries and not set(asked) & {str(code) for code in countries}:
            raise Unreadable("filter_ignored", visit.task.source.id, f"buyer-country {' '.join(asked)}: {countries[0]}"[:120])
        if entry is not None and publication_number(notice) not in visit.met:
            yield entry


@dataclass(frozen=True, slots=True)
class _Answer:
    notices: Sequence[Mapping[str, Any]]
    total: int
    token: str | None
    broken: int


def _ask(visit: _Visit, query: str, token: str | None) -> Generator[Wanted, Payload, _Answer | float]:
    """One page, asked for again where the search gave up or no longer knows a field; or the seconds of a pause asked for.

    After a 429 the host is left alone by every source: there is nothing to wait for in this visit.
    """
    source = visit.task.source
    wait_s = PACE_S
    while True:
        payload = yield _wanted(visit, query, token, wait_s)
        if payload.status == 429:
            return _pause(payload)
        if payload.status == 400:
            kind, said = _refusal(payload)
            if kind != "QUERY_SYNTAX_ERROR" and visit.fields is not BASE_FIELDS:
                visit.fields = BASE_FIELDS
                continue
            raise Unreadable("query_refused", source.id, said or kind or "HTTP 400")
        found = json_object(payload, source)
        if found.get("timedOut") is not True:
            return _answer(found, source.id)
        if wait_s == PAUSE_S:
            raise Unreadable("service_error", source.id, "timedOut")
        wait_s = PAUSE_S


def _wanted(visit: _Visit, query: str, token: str | None, wait_s: float) -> Wanted:
    body = {
        "query": query,
        "fields": list(visit.fields),
        "limit": LIMIT,
        "scope": visit.options.scope,
        "paginationMode": "ITERATION",
        "onlyLatestVersions": True,
        "checkQuerySyntax": False,
    } | ({"iterationNextToken": token} if token else {})
    return Wanted(
        endpoint_of(visit.task.source),
        {"Content-Type": "application/json", "Accept": "application/json"},
        method="POST",
        body=json.dumps(body, ensure_ascii=False).encode(),
        wait_s=wait_s,
        reads=frozenset((400, 429)),
    )


def _answer(found: Mapping[str, Any], source_id: str) -> _Answer:
    notices, total, token = found.get("notices"), whole_number(found.get("totalNoticeCount")), found.get("iterationNextToken")
    if not isinstance(notices, list) or total is None:
        error = found.get("error")
        said = told(found.get("message")) or (told(error.get("type")) if isinstance(error, Mapping) else "")
        raise Unreadable("service_error" if said else "shape", source_id, said or "notices, totalNoticeCount")
    if len(notices) > LIMIT or (token is not None and not (isinstance(token, str) and len(token) < 20_000)):
        raise Unreadable("shape", source_id, "notices, iterationNextToken")
    whole = [notice for notice in notices if isinstance(notice, Mapping)]
    return _Answer(whole, total, token or None, len(notices) - len(whole))


def _refusal(payload: Payload) -> tuple[str, str]:
    """The type and words of a 400."""
    try:
        found = json.loads(payload.body)
    except (ValueError, RecursionError):
        return "", ""
    error = found.get("error") if isinstance(found, dict) else None
    return (told(error.get("type")) if isinstance(error, dict) else ""), (
        told(found.get("message")) if isinstance(found, dict) else ""
    )


def _pause(payload: Payload) -> float:
    """What a 429 asks for in seconds, 35 at least."""
    asked = payload.headers.get("retry-after", "").strip()
    return max(PAUSE_S, float(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 8 else PAUSE_S
