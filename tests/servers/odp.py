"""The USPTO Open Data Portal's search on loopback: key, body, filters, ranges, pages and the 404 that means no result.

It evaluates the query it is given over invented applications; what it does not know it refuses, as ``refusals`` tells.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.http import Handler, Site

KEY = "invented-portal-key"
PATH = "/api/v1/patent/applications/search"
_META = "applicationMetaData"
_KEYS = {"q", "filters", "rangeFilters", "sort", "fields", "pagination", "facets"}
Record = dict[str, Any]
Fault = Callable[[Handler, "Odp"], None]


def application(
    number: int, on: dt.date, *, codes: tuple[str, ...] = ("G06N  10/40",), name: str = "EXAMPLE INC", **meta: Any
) -> Record:
    """An application as the portal writes it, published on a day; ``meta`` replaces fields."""
    return {
        "applicationNumberText": f"18{number:06d}",
        "eventDataBag": [{"eventCode": "PG-ISSUE"}],
        _META: {
            "inventionTitle": f"Illustrative title {number}",
            "filingDate": "2025-03-04",
            "earliestPublicationNumber": f"US {on.year}-{number:07d} A1",
            "earliestPublicationDate": on.isoformat(),
            "patentNumber": None,
            "grantDate": None,
            "cpcClassificationBag": list(codes),
            "firstApplicantName": name,
            "firstInventorName": "Alex Invented",
            "applicantBag": [{"applicantNameText": name}],
            "inventorBag": [{"firstName": "Alex", "lastName": "Invented", "inventorNameText": "Alex Invented"}],
        }
        | meta,
    }


@dataclass
class Odp:
    """The portal. ``searches`` are the bodies it answered."""

    site: Site
    records: list[Record]
    faults: list[Fault] = field(default_factory=list)
    refusals: Counter[int] = field(default_factory=Counter)
    searches: list[Record] = field(default_factory=list)
    _last: tuple[str, list[Record]] = ("", [])

    def __post_init__(self) -> None:
        self.site.route(PATH, self._search)

    @property
    def url(self) -> str:
        return self.site.url(PATH)

    def _search(self, handler: Handler) -> None:
        if handler.headers.get("X-API-KEY") != KEY:
            return self.refuse(handler, 403, "Forbidden")
        if self.faults:
            return self.faults.pop(0)(handler, self)
        try:
            asked = json.loads(handler.body)
            question = json.dumps({name: value for name, value in asked.items() if name != "pagination"})
            if self._last[0] != question or asked["pagination"]["offset"] == 0:
                self._last = (question, self._found(asked))
            found = self._last[1]
            self._check(asked["pagination"])
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            return self.refuse(handler, 400, f"Invalid request: {exc}")
        self.searches.append(asked)
        offset, limit = asked["pagination"]["offset"], asked["pagination"]["limit"]
        page = found[offset : offset + limit]
        if not page:
            return self.refuse(handler, 404, "No matching records found, refine your search criteria and try again")
        wanted = asked.get("fields") or []
        rows = [_only(record, wanted) for record in page]
        return self.reply(handler, {"count": len(found), "patentFileWrapperDataBag": rows, "requestIdentifier": "invented"})

    def _found(self, asked: Record) -> list[Record]:
        if handler_keys := set(asked) - _KEYS:
            raise ValueError(f"unknown key {sorted(handler_keys)[0]}")
        for entry in asked.get("filters", []):
            entry["name"], entry["value"]
        found = [record for record in self.records if _answers(asked.get("q", ""), record)]
        for entry in asked.get("rangeFilters", []):
            name, first, last = entry["field"], entry["valueFrom"], entry["valueTo"]
            found = [record for record in found if first <= (_value(record, name) or "") <= last]
        for entry in reversed(asked.get("sort", [])):
            found.sort(key=lambda record: _value(record, entry["field"]) or "", reverse=entry["order"] == "Desc")
        return found

    def _check(self, pagination: Record) -> None:
        if not 0 < pagination["limit"] <= 100 or pagination["offset"] + pagination["limit"] > 10_000:
            raise ValueError("pagination out of range")

    def refuse(self, handler: Handler, status: int, details: str) -> None:
        self.refusals[status] += 1
        self.reply(handler, {"code": status, "error": "refused", "errorDetails": details}, status)

    def reply(self, handler: Handler, content: object, status: int = 200) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)


def sends(content: object, status: int = 200) -> Fault:
    return lambda handler, odp: odp.reply(handler, content, status)


def _answers(query: str, record: Record) -> bool:
    """``(a:x* OR a:y*) AND (b:"z")``, fields by their whole path."""
    for group in re.split(r"\s+AND\s+", query):
        terms = [term.strip() for term in re.split(r"\s+OR\s+", group.strip().removeprefix("(").removesuffix(")"))]
        if not any(_has(term, record) for term in terms):
            return False
    return True


def _has(term: str, record: Record) -> bool:
    match = re.fullmatch(r'([\w.]+):("[^"]+"|[\w]+\*?)', term)
    if match is None:
        raise ValueError(f"cannot read the query near {term!r}")
    held = _value(record, match[1])
    values = [str(value) for value in (held if isinstance(held, list) else [held]) if value]
    wanted = match[2].strip('"')
    if wanted.endswith("*"):
        return any(value.startswith(wanted[:-1]) for value in values)
    return any(wanted.lower() in value.lower() for value in values)


def _value(record: Record, path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _only(record: Record, fields: list[str]) -> Record:
    if not fields or not isinstance(record.get(_META), dict):
        return record
    kept: Record = {name: record[name] for name in fields if name in record}
    meta = {name.split(".", 1)[1]: record[_META].get(name.split(".", 1)[1]) for name in fields if name.startswith(f"{_META}.")}
    return kept | {_META: meta}
