"""OpenAlex: works by country of the institutions, words and day of publication, with a cursor and a key. Pure.

Abstracts come as an index of words and are put together again within limits; institutions are parties with their country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from crawler.collectors.base import Entry, Payload, Reading, Task, Wanted
from crawler.collectors.papers import (
    Answer,
    Asked,
    PaperOptions,
    countries,
    country_code,
    ids_of,
    in_groups,
    institutions,
    searched,
    text_of,
    walk,
)
from crawler.collectors.services import endpoint_of, json_object, options_of, told, whole_number
from crawler.dates import read_date
from crawler.normalize import MAX_TEXT, MAX_TITLE, canonical_url, plain_text
from crawler.reasons import Unreadable
from crawler.works import doi_key, link_key, openalex_key
from storage.model import Source
from storage.stated import Stated

MAX_WORDS = 10_000
_LONGEST_QUERY = 1_200
_SELECTED = (
    "id,doi,ids,display_name,publication_date,language,abstract_inverted_index,authorships,topics,primary_location,locations,"
    "is_paratext,is_retracted"
)


class OpenAlexOptions(PaperOptions):
    """``country`` of the institutions, one or several; ``filters`` are added as they are."""

    country: str | tuple[str, ...] = Field(default=(), description="Countries of the institutions, two letters each.")
    filters: tuple[str, ...] = Field(default=(), description="More filters of OpenAlex, as ``type:article``.")
    overlap_days: int = Field(default=14, ge=0, le=90, description="Days read again: OpenAlex learns of works weeks late.")


class OpenAlexCollector:
    """Asks for the works published since the last visit. Without a key OpenAlex answers a few calls a day only."""

    name = "openalex"

    def read(self, task: Task) -> Reading:
        source, options = task.source, options_of(OpenAlexOptions, task.source)
        base = endpoint_of(source)
        key = task.credentials.reveal("openalex_key")
        given = [options.country] if isinstance(options.country, str) else options.country
        filters = [name for name in options.filters if name.strip()]
        if codes := [code for name in given if (code := country_code(name))]:
            filters.append("authorships.institutions.country_code:" + "|".join(codes))
        groups = in_groups(searched(task, options), _LONGEST_QUERY)
        queries = [" OR ".join(f'"{phrase}"' for phrase in group) for group in groups] or ([""] if filters else [])

        def ask(asked: Asked) -> Wanted:
            days = [f"from_publication_date:{asked.since.isoformat()}", f"to_publication_date:{asked.until.isoformat()}"]
            parameters = {"filter": ",".join([*days, *filters]), "select": _SELECTED, "per_page": str(min(options.rows, 100))}
            if asked.query:
                parameters["search"] = asked.query
            url = f"{base}?{urlencode({**parameters, 'cursor': asked.mark})}"
            return Wanted(url, reads=frozenset({400, 403}), secret_query={"api_key": key} if key else {})

        def take(payload: Payload, _: Asked) -> Answer:
            return _page(payload, source)

        yield from walk(task, options, queries, ask, take)


def _page(payload: Payload, source: Source) -> Answer:
    found = json_object(payload, source)
    if "error" in found or payload.status in (400, 403):
        said = told(found.get("message")) or told(found.get("error")) or f"HTTP {payload.status}"
        raise Unreadable({400: "query_refused", 403: "quota"}.get(payload.status, "service_error"), source.id, said)
    meta, results = found.get("meta"), found.get("results")
    if not isinstance(meta, dict) or not isinstance(results, list) or "next_cursor" not in meta:
        raise Unreadable("shape", source.id, "meta.next_cursor, results")
    total, following = whole_number(meta.get("count")), meta["next_cursor"]
    if total is None or not (following is None or (isinstance(following, str) and following)):
        raise Unreadable("shape", source.id, "meta.count, meta.next_cursor")
    aside = sum(isinstance(row, dict) and (row.get("is_paratext") is True or row.get("is_retracted") is True) for row in results)
    entries = tuple(entry for row in results if isinstance(row, dict) and (entry := _entry(row)) is not None)
    return Answer(entries, len(results), following if results else None, total, skipped=aside)


def _entry(row: Mapping[str, Any]) -> Entry | None:
    own = openalex_key(row.get("id"))
    title = text_of(row.get("display_name"), MAX_TITLE)
    if own is None or not title or row.get("is_paratext") is True or row.get("is_retracted") is True:
        return None
    places = [place for place in (row.get("primary_location"), *_list(row.get("locations"))[:20]) if isinstance(place, dict)]
    links = [url for place in places if (url := canonical_url(text_of(place.get("landing_page_url"), 2_000)))]
    keys = tuple(dict.fromkeys(key for key in (own, doi_key(row.get("doi")), *map(link_key, links)) if key))
    doi = next((key.removeprefix("doi:") for key in keys if key.startswith("doi:")), None)
    when = read_date(text_of(row.get("publication_date"), 40))
    parties = institutions(_institutions(row.get("authorships")))
    topics = [topic for topic in _list(row.get("topics"))[:3] if isinstance(topic, dict)]
    return Entry(
        title=title,
        text=rebuilt(row.get("abstract_inverted_index")),
        guid=own,
        url=canonical_url(f"https://doi.org/{doi}") if doi else next(iter(links), canonical_url(text_of(row.get("id")))),
        lang=_language(row.get("language")),
        published_on=when.day,
        date_flag=when.flag,
        codes=tuple(
            code for topic in topics if (code := text_of(topic.get("id")).rsplit("/", 1)[-1]) and re.fullmatch(r"T\d{1,8}", code)
        ),
        keys=keys,
        stated=Stated(parties=parties, places=countries(parties), ids=ids_of(keys)),
    )


def rebuilt(index: object) -> str:
    """The text of an inverted index (word → its positions). Positions that are no small whole numbers are left out."""
    if not isinstance(index, dict):
        return ""
    words: dict[int, str] = {}
    for word, places in index.items():
        for place in places if isinstance(places, list) else ():
            if isinstance(place, int) and not isinstance(place, bool) and 0 <= place < MAX_WORDS and len(words) < MAX_WORDS:
                words.setdefault(place, word[:100])
    return plain_text(" ".join(words[place] for place in sorted(words)), MAX_TEXT)


def _institutions(authorships: object) -> Iterator[tuple[str, str | None, str | None]]:
    for authorship in _list(authorships)[:500]:
        for found in _list(authorship.get("institutions") if isinstance(authorship, dict) else None)[:20]:
            if isinstance(found, dict) and isinstance(found.get("display_name"), str):
                ror = text_of(found.get("ror")).rsplit("/", 1)[-1].lower()
                yield (
                    found["display_name"],
                    country_code(found.get("country_code")),
                    (f"ror:{ror}" if re.fullmatch(r"0[a-z0-9]{8}", ror) else None),
                )


def _language(value: object) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"[a-z]{2,3}", value) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
