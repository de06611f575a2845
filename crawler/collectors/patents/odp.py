"""USPTO Open Data Portal: US patent applications and grants by CPC code. No abstracts. See docs/sources/uspto.md."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from crawler.collectors.base import Payload, Reading, Task, Wanted
from crawler.collectors.patents.codes import subclasses, symbol, watched_code
from crawler.collectors.patents.publication import Applicant, Publication, Reference, country_of, day, number_of, organisation
from crawler.collectors.patents.query import Query, codes_of
from crawler.collectors.patents.walk import PAGE, Found, Walk, start
from crawler.collectors.services import endpoint_of, json_object, options_of, told, whole_number
from crawler.normalize import MAX_TITLE, plain_text
from crawler.reasons import Unreadable
from storage.model import Source

LAST_RANK = 10_000
_WAIT_S = 1.0
_META = "applicationMetaData"
_FIELDS = (
    "inventionTitle",
    "filingDate",
    "earliestPublicationNumber",
    "earliestPublicationDate",
    "patentNumber",
    "grantDate",
    "cpcClassificationBag",
    "firstApplicantName",
    "firstInventorName",
    "applicantBag",
)
_PUBLISHED = re.compile(r"^US\s*(\d{4})[-/]?\s*(\d{6,7})\s*([A-Z]\d?)$")


class OdpOptions(BaseModel):
    """``options`` of a source read from the Open Data Portal. Everything left out asks for the codes of all watch themes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    themes: Annotated[tuple[str, ...], Field(description="Watch themes whose codes are asked for; all of them if empty.")] = ()
    codes: Annotated[tuple[str, ...], Field(description="More CPC codes, or their beginnings.")] = ()
    applicants: Annotated[
        tuple[Annotated[str, Field(min_length=2, max_length=80, pattern=r'^[^"\\]+$')], ...],
        Field(description="Only applications of applicants whose name begins so."),
    ] = ()
    event: Annotated[Literal["publication", "grant"], Field(description="Applications as published, or patents as granted.")] = (
        "publication"
    )
    history_days: Annotated[int, Field(gt=0, le=3660, description="Days read back at the first visit.")] = 30
    overlap_days: Annotated[int, Field(ge=0, le=366, description="Days read again for what is entered late.")] = 7

    @field_validator("codes")
    @classmethod
    def _are_codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        if wrong := [code for code in codes if watched_code(code) is None]:
            raise ValueError(f"'{wrong[0][:40]}' is no CPC code like G06N10 or H04L9/0852")
        return codes


class OdpCollector:
    """Applications by the day they were published or granted, newest first; the cursor is the last day wholly read."""

    name = "odp"

    def read(self, task: Task) -> Reading:
        options = options_of(OdpOptions, task.source)
        url = endpoint_of(task.source)
        key = task.credentials.reveal("uspto_key")
        if key is None:
            raise Unreadable("needs_key", task.source.id, "uspto_key")
        codes = codes_of(task.watched, options.themes, options.codes)
        if not codes and not options.applicants:
            raise Unreadable("nothing_asked", task.source.id)
        asked = (Query(codes=subclasses(codes), applicants=options.applicants, extra=options.event, beginnings=codes),)
        place = start(task.cursor, asked, task.now.date(), history_days=options.history_days, overlap_days=options.overlap_days)
        portal = _Portal(url, task.source, key, options.event)
        yield from Walk(task.source.id, asked, portal.search, LAST_RANK, linked=_application_of).read(place)


def _application_of(publication: Publication) -> tuple[str, ...]:
    """An application and the patent granted on it are one event."""
    return (f"application:{publication.application.number}",) if publication.application else ()


@dataclass(slots=True)
class _Portal:
    """The search service: one request at a time and at most one a second, as its users found it to bear."""

    url: str
    source: Source
    key: SecretStr
    event: Literal["publication", "grant"]
    _calls: int = 0

    def search(self, query: Query, first: dt.date, last: dt.date, offset: int) -> Generator[Wanted, Payload, Found]:
        """One page of at most 100, newest first. No hit at all arrives as HTTP 404."""
        on = f"{_META}.{'earliestPublicationDate' if self.event == 'publication' else 'grantDate'}"
        body = {
            "q": _lucene(query),
            "filters": [],
            "rangeFilters": [{"field": on, "valueFrom": first.isoformat(), "valueTo": last.isoformat()}],
            "sort": [{"field": on, "order": "Desc"}, {"field": "applicationNumberText", "order": "Asc"}],
            "fields": ["applicationNumberText", *(f"{_META}.{name}" for name in _FIELDS)],
            "pagination": {"offset": offset, "limit": PAGE},
        }
        payload = yield Wanted(
            self.url,
            method="POST",
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            body=json.dumps(body).encode(),
            reads=frozenset({400, 401, 403, 404}),
            wait_s=_WAIT_S if self._calls else 0.0,
            secret_headers={"X-API-KEY": self.key},
        )
        self._calls += 1
        if payload.status in (401, 403):
            raise Unreadable("key_refused", self.source.id, "uspto_key")
        if payload.status == 404:
            if b"no matching records" not in payload.body.lower():
                raise Unreadable("not_found", self.source.id, "404")
            return Found(total=0, rows=0)
        answer = json_object(payload, self.source)
        if payload.status == 400:
            raise Unreadable(
                "query_refused", self.source.id, told(answer.get("errorDetails") or answer.get("message")) or "HTTP 400"
            )
        return self._found(answer)

    def _found(self, answer: dict[str, Any]) -> Found:
        total, rows = whole_number(answer.get("count")), answer.get("patentFileWrapperDataBag")
        if total is None or not isinstance(rows, list):
            raise Unreadable("shape", self.source.id, "count, patentFileWrapperDataBag")
        read = [_publication(row, self.event) for row in rows]
        good = tuple(one for one in read if one is not None)
        return Found(total=total, rows=len(rows), publications=good, rejected=len(read) - len(good))


def _lucene(query: Query) -> str:
    """The query string: classification fields are padded with blanks, so whole subclasses are asked for by their beginning."""
    codes = " OR ".join(f"{_META}.cpcClassificationBag:{code}*" for code in query.codes)
    names = " OR ".join(f'{_META}.firstApplicantName:"{name}"' for name in query.applicants)
    return " AND ".join(f"({part})" for part in (codes, names) if part)


def _publication(row: Any, event: Literal["publication", "grant"]) -> Publication | None:
    """None for a row without a title, a number or a date in their documented forms."""
    meta = row.get(_META) if isinstance(row, dict) else None
    if not isinstance(meta, dict):
        return None
    title = plain_text(_text(meta, "inventionTitle"), MAX_TITLE)
    filed = re.sub(r"\W", "", _text(row, "applicationNumberText")).upper()
    published = _PUBLISHED.match(_text(meta, "earliestPublicationNumber").strip().upper())
    granted = re.sub(r"\W", "", _text(meta, "patentNumber")).upper()
    if event == "publication":
        number, kind = (f"{published[1]}{published[2]:0>7}", published[3]) if published else ("", "")
        on = day(_text(meta, "earliestPublicationDate"))
    else:
        # The portal gives no kind: B2 where the application was published before, B1 where it was not.
        number, kind = granted, "B2" if published else "B1"
        on = day(_text(meta, "grantDate"))
    if not title or not number or on is None:
        return None
    return Publication(
        country="US",
        number=number_of("US", number, kind),
        kind=kind,
        published_on=on,
        titles={"en": title},
        applicants=_applicants(meta),
        cpc=tuple(
            dict.fromkeys(
                code for text in _list(meta, "cpcClassificationBag") if isinstance(text, str) and (code := symbol(text))
            )
        ),
        application=Reference(f"US{filed}", day(_text(meta, "filingDate"))) if filed else None,
    )


def _applicants(meta: dict[str, Any]) -> tuple[Applicant, ...]:
    """Organisations only: an applicant with a first name, or with the name of the first inventor, is a person."""
    inventor = _words(_text(meta, "firstInventorName"))
    kept: dict[str, Applicant] = {}
    bag = [one for one in _list(meta, "applicantBag") if isinstance(one, dict)]
    for one in bag or [{"applicantNameText": _text(meta, "firstApplicantName")}]:
        name = organisation(_text(one, "applicantNameText"))
        if name and not _text(one, "firstName") and _words(name) != inventor:
            addresses = [place for place in _list(one, "correspondenceAddressBag") if isinstance(place, dict)]
            country = next((code for place in addresses if (code := country_of(_text(place, "countryCode")))), None)
            kept.setdefault(name.casefold(), Applicant(name, country))
    return tuple(kept.values())


def _words(name: str) -> list[str]:
    """The words of a name in one order, whether the last name comes first or last."""
    return sorted(re.findall(r"\w+", name.casefold()))


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _list(value: dict[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []
