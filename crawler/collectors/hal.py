"""HAL, the French open archive: its search API (Solr) by words, domain and country, with a cursor. Pure.

A deposit counts on the day it was made; an old work that is deposited late keeps its own date.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from crawler.collectors.base import Entry, Payload, Reading, Task, Wanted
from crawler.collectors.papers import (
    FIRST,
    Answer,
    Asked,
    PaperOptions,
    country_code,
    ids_of,
    in_groups,
    institutions,
    searched,
    text_of,
    texts_of,
    walk,
)
from crawler.collectors.services import endpoint_of, json_object, options_of, told, whole_number
from crawler.dates import read_date
from crawler.normalize import MAX_TEXT, MAX_TITLE, canonical_url
from crawler.reasons import Unreadable
from crawler.works import arxiv_key, doi_key, hal_key
from storage.model import Source
from storage.stated import Place, Stated

_FIELDS = (
    "docid,halId_s,uri_s,title_s,fr_title_s,en_title_s,abstract_s,fr_abstract_s,en_abstract_s,language_s,submittedDate_tdate,"
    "producedDate_s,doiId_s,arxivId_s,domain_s,structName_s,structCountry_s"
)
_LONGEST_QUERY = 1_500


class HalOptions(PaperOptions):
    """Filters of HAL's search, all of which must hold."""

    domains: tuple[str, ...] = Field(default=(), description="HAL domains, such as ``info`` or ``phys.qphy``.")
    countries: tuple[str, ...] = Field(default=(), description="Countries of the institutions, two letters each.")
    filters: tuple[str, ...] = Field(default=(), description="More ``fq`` of HAL, as they are.")


class HalCollector:
    """Asks for the deposits since the last visit, in the order of their numbers."""

    name = "hal"

    def read(self, task: Task) -> Reading:
        source, options = task.source, options_of(HalOptions, task.source)
        base = endpoint_of(source)
        filters = list(options.filters)
        if options.domains:
            filters.append(
                "domain_t:(" + " OR ".join(f'"{name}"' for name in options.domains if re.fullmatch(r"[\w.-]+", name)) + ")"
            )
        if codes := [code.lower() for name in options.countries if (code := country_code(name))]:
            filters.append("structCountry_s:(" + " OR ".join(codes) + ")")
        queries = []
        for group in in_groups(searched(task, options), _LONGEST_QUERY):
            phrases = " OR ".join(f'"{phrase}"' for phrase in group)
            queries.append(f"title_t:({phrases}) OR abstract_t:({phrases}) OR keyword_t:({phrases})")
        if filters and not queries:
            queries = ["*:*"]

        def ask(asked: Asked) -> Wanted:
            days = f"submittedDate_tdate:[{asked.since.isoformat()}T00:00:00Z TO {asked.until.isoformat()}T23:59:59Z]"
            parameters = [("q", asked.query), ("fq", days), *(("fq", name) for name in filters), ("fl", _FIELDS)]
            parameters += [("rows", str(options.rows)), ("sort", "docid asc"), ("cursorMark", asked.mark), ("wt", "json")]
            return Wanted(f"{base}?{urlencode(parameters)}", reads=frozenset({400}))

        def take(payload: Payload, asked: Asked) -> Answer:
            return _page(payload, source, asked.mark)

        yield from walk(task, options, queries, ask, take)


def _page(payload: Payload, source: Source, mark: str) -> Answer:
    found = json_object(payload, source)
    if "error" in found or payload.status == 400:
        error = found.get("error")
        said = told(error.get("msg") if isinstance(error, dict) else error) or f"HTTP {payload.status}"
        raise Unreadable("query_refused" if payload.status == 400 else "service_error", source.id, said)
    response = found.get("response")
    docs = response.get("docs") if isinstance(response, dict) else None
    total = whole_number(response.get("numFound")) if isinstance(response, dict) else None
    following = found.get("nextCursorMark")
    if not isinstance(docs, list) or total is None or not isinstance(following, str) or not following:
        raise Unreadable("shape", source.id, "response.docs, response.numFound, nextCursorMark")
    if not docs and mark == FIRST and total:
        raise Unreadable("incomplete", source.id, f"0/{total}")
    entries = tuple(entry for row in docs if isinstance(row, dict) and (entry := _entry(row, source)) is not None)
    return Answer(entries, len(docs), None if following == mark or not docs else following, total)


def _entry(row: Mapping[str, Any], source: Source) -> Entry | None:
    key = hal_key(text_of(row.get("halId_s")))
    lang = text_of(row.get("language_s"), 2).lower() or source.lang
    title = text_of(row.get(f"{lang}_title_s"), MAX_TITLE) or text_of(row.get("title_s"), MAX_TITLE)
    if key is None or not title:
        return None
    keys = tuple(
        name for name in (key, doi_key(text_of(row.get("doiId_s"))), arxiv_key(text_of(row.get("arxivId_s")))) if name is not None
    )
    published_on, published_at, precision, flag = _dates(row)
    codes = dict.fromkeys(code.upper() for raw in texts_of(row.get("structCountry_s")) if (code := country_code(raw)))
    only = next(iter(codes)) if len(codes) == 1 else None  # which country is whose is only known where there is one
    return Entry(
        title=title,
        text=text_of(row.get(f"{lang}_abstract_s"), MAX_TEXT) or text_of(row.get("abstract_s"), MAX_TEXT),
        guid=key,
        url=canonical_url(text_of(row.get("uri_s"), 2_000)) or f"https://hal.science/{key.removeprefix('hal:')}",
        lang=lang,
        published_on=published_on,
        published_at=published_at,
        date_precision=precision,
        date_flag=flag,
        codes=tuple(name for raw in texts_of(row.get("domain_s"))[:20] if (name := _domain(raw))),
        keys=keys,
        stated=Stated(
            parties=institutions((name, only, None) for name in texts_of(row.get("structName_s"))),
            places=tuple(Place(scheme="iso", code=code, raw=code) for code in codes),
            ids=ids_of(keys),
        ),
    )


def _dates(row: Mapping[str, Any]) -> tuple[dt.date | None, dt.datetime | None, str | None, str | None]:
    """Day, instant, precision and flag: those of the deposit, unless the work is older by more than a year."""
    deposited = read_date(text_of(row.get("submittedDate_tdate"), 40))
    produced = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text_of(row.get("producedDate_s"), 40))
    if deposited.day is None or (produced and int(produced[1]) < deposited.day.year - 1):
        raw = "-".join(part or "01" for part in produced.groups()) if produced else ""
        own = read_date(raw)
        if produced and own.day:
            return own.day, None, "day" if produced[3] else "month" if produced[2] else "year", own.flag
    return deposited.day, deposited.instant, None, deposited.flag


def _domain(raw: str) -> str | None:
    """``phys.qphy`` of ``1.phys.qphy``."""
    name = re.sub(r"^\d+\.", "", raw)
    return name if re.fullmatch(r"[a-z]+(?:[.-][a-z0-9-]+)*", name) else None
