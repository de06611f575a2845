"""Calls and tenders of the EU Funding & Tenders portal, through its search.

The search ignores a filter that is not sent as it likes and then gives everything; so every row is held against what was asked,
and nothing is kept before all pages passed. Results that repeat a topic, one a deadline, are one entry.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field

from crawler.collectors.base import Parsed, Payload, Reading, Task, Wanted
from crawler.collectors.sedia_topic import DISPLAYED, STATUSES, Topic, described, entry_of, every, first, key_of
from crawler.collectors.services import endpoint_of, json_object, options_of, told, whole_number
from crawler.dates import read_date
from crawler.reasons import Reason, Unreadable
from storage.model import Source

PAGE_SIZE = 100
MAX_PAGES = 90
PAGE = 500
PACE_S = 1.0
KEPT = 400
"""Identifiers remembered as asked for once: what is stored stays as it is, so asking again would change nothing."""
_TYPES = {"grants": ("1", "2", "8"), "tenders": ("0",), "all": ("0", "1", "2", "8")}


class SediaOptions(BaseModel):
    """Options of a source of the portal: what sort of call, in which states, of which programmes, opened since when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["grants", "tenders", "all"] = "grants"
    statuses: tuple[Literal["forthcoming", "open", "closed"], ...] = Field(default=("forthcoming", "open"), min_length=1)
    programmes: tuple[str, ...] = ()
    days: int | None = Field(default=None, ge=1, le=10_000)
    details: int = Field(default=20, ge=0, le=25)


class Filter:
    """What is asked for, and whether a row is that."""

    def __init__(self, options: SediaOptions, now: dt.datetime) -> None:
        self.types = _TYPES[options.kind]
        self.statuses = tuple(STATUSES[name] for name in options.statuses)
        self.programmes = options.programmes
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self.since = midnight - dt.timedelta(days=options.days) if options.days else None

    @property
    def query(self) -> dict[str, Any]:
        must: list[dict[str, Any]] = [
            {"terms": {"type": list(self.types)}},
            {"terms": {"status": list(self.statuses)}},
            {"terms": {"DATASOURCE": ["SEDIA"]}},
        ]
        if self.programmes:
            must.append({"terms": {"frameworkProgramme": list(self.programmes)}})
        if self.since:
            must.append({"range": {"startDate": {"gte": int(self.since.timestamp() * 1000)}}})
        return {"bool": {"must": must}}

    def broken_by(self, metadata: Mapping[str, Any]) -> str | None:
        """What in a row was not asked for; None for a row that is right."""
        asked = (("type", self.types), ("status", self.statuses), ("frameworkProgramme", self.programmes))
        for name, wanted in asked:
            held = every(metadata, name)
            if wanted and held and not set(held) & set(wanted):
                return f"{name} {held[0]}"[:80]
        opens = read_date(first(metadata, "startDate")).day
        if self.since and opens and opens < self.since.date() - dt.timedelta(days=1):
            return f"startDate {opens}"
        return None


class SediaCollector:
    """Reads all pages of one question, then asks for the descriptions that did not come along, a few a visit."""

    name = "sedia"

    def read(self, task: Task) -> Reading:
        options = options_of(SediaOptions, task.source)
        asked = Filter(options, task.now)
        found, rejected, note = yield from _gather(task, asked)
        known = (task.cursor or "").split("\n")
        bare = [topic for topic in found if not topic.description and topic.key not in known][: options.details]
        for topic in bare:
            yield from _describe(task.source, topic, asked)
        cursor = "\n".join([key for key in [*known, *(topic.key for topic in bare)] if key][-KEPT:])
        today = task.now.date()
        for start in range(0, max(len(found), 1), PAGE):
            part = found[start : start + PAGE]
            entries = tuple(entry for topic in part if (entry := entry_of(topic, today)) is not None)
            last = start + PAGE >= len(found)
            lost = len(part) - len(entries) + rejected
            yield Parsed(entries=entries, rejected=lost, note=note, cursor=cursor if last else None)
            rejected = 0


def _gather(task: Task, asked: Filter) -> Generator[Wanted, Payload, tuple[list[Topic], int, Reason | None]]:
    """All topics, in the order of the service; how many rows could not be read; what is to be noted."""
    source = task.source
    topics: dict[str, Topic] = {}
    references = set[str]()
    received = rejected = total = 0
    for page in range(1, MAX_PAGES + 1):
        rows, total = _rows((yield _wanted(source, asked, "***", page)), source)
        seen = {_reference(row) for row in rows if isinstance(row, Mapping)}
        if rows and seen <= references:
            raise Unreadable("repeats", source.id, str(page))
        references |= seen
        received += len(rows)
        good = list(_checked(rows, asked, source.id))
        for result in good:
            named = key_of(result)
            if named is None:
                rejected += 1
                continue
            topics.setdefault(named[0], Topic(*named)).add(result)
        rejected += len(rows) - len(good)
        if not rows or received >= total or len(topics) >= task.max_items:
            break
    note = None
    if received < total:
        full = len(topics) >= task.max_items or received >= MAX_PAGES * PAGE_SIZE
        note = Reason("capped", str(total)) if full else Reason("incomplete", f"{received}/{total}")
    return list(topics.values()), rejected, note


def _checked(rows: Sequence[object], asked: Filter, source_id: str) -> Iterator[Mapping[str, Any]]:
    """The rows that are what was asked for. Raises Unreadable at one that is something else, or where none can be told."""
    told_of = 0
    for row in rows:
        metadata = row.get("metadata") if isinstance(row, Mapping) else None
        if not isinstance(row, Mapping) or not isinstance(metadata, Mapping):
            continue
        if not first(metadata, "type") and not first(metadata, "status"):
            continue
        told_of += 1
        if wrong := asked.broken_by(metadata):
            raise Unreadable("filter_ignored", source_id, wrong)
        yield row
    if rows and not told_of:
        raise Unreadable("filter_ignored", source_id, "type, status")


def _describe(source: Source, topic: Topic, asked: Filter) -> Generator[Wanted, Payload, None]:
    """Asks for one topic by its identifier, where the list did not give its description."""
    payload = yield _wanted(source, asked, f'"{topic.identifier.replace(chr(34), " ")}"', 1, optional=True)
    if payload.failure is not None:
        return
    try:
        rows, _ = _rows(payload, source)
    except Unreadable:  # the list was read well: a topic without description is still a topic
        return
    for row in rows:
        metadata = row.get("metadata") if isinstance(row, Mapping) else None
        if isinstance(row, Mapping) and isinstance(metadata, Mapping) and key_of(row) == (topic.key, topic.identifier):
            topic.description = topic.description or described(metadata)


def _wanted(source: Source, asked: Filter, text: str, page: int, *, optional: bool = False) -> Wanted:
    parts = urlsplit(endpoint_of(source))
    given = {"apiKey": "SEDIA", **dict(parse_qsl(parts.query))}
    given |= {"text": text, "pageSize": str(PAGE_SIZE), "pageNumber": str(page)}
    url = urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(given, safe="*"), ""))
    content_type, body = multipart_json(
        url,
        {
            "query": asked.query,
            "languages": ["en"],
            "sort": {"field": "startDate", "order": "DESC"},
            "displayFields": list(DISPLAYED),
        },
    )
    headers = {"Content-Type": content_type, "Accept": "application/json"}
    return Wanted(url, headers, method="POST", body=body, wait_s=PACE_S, optional=optional)


def multipart_json(url: str, parts: Mapping[str, object]) -> tuple[str, bytes]:
    """A form of which every part is JSON and says so: its content type and its bytes, always the same for the same parts."""
    texts = {name: json.dumps(value, ensure_ascii=False) for name, value in parts.items()}
    boundary = hashlib.blake2b("".join(texts.values()).encode(), digest_size=16).hexdigest()
    request = httpx.Request(
        "POST",
        url,
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        files={name: (None, text.encode(), "application/json") for name, text in texts.items()},
    )
    return request.headers["Content-Type"], request.read()


def _rows(payload: Payload, source: Source) -> tuple[Sequence[object], int]:
    """The results of an answer and the total it announces."""
    found = json_object(payload, source)
    rows, total = found.get("results"), whole_number(found.get("totalResults"))
    if not isinstance(rows, list) or total is None:
        said = told(found.get("message")) or told(found.get("error"))
        raise Unreadable("service_error" if said else "shape", source.id, said or "results, totalResults")
    if len(rows) > PAGE_SIZE:
        raise Unreadable("shape", source.id, f"{len(rows)} results on one page")
    return rows, total


def _reference(row: Mapping[str, Any]) -> str:
    """What a result is known by within the list; its whole text where it does not say."""
    return first(row, "reference") or first(row, "url") or json.dumps(row, sort_keys=True, default=str)[:2_000]
