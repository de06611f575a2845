"""arXiv: the search API (Atom) by category, words and days of submission, and the daily RSS of a category. Pure.

Both tell the same works apart by their number without its version. arXiv asks for three seconds between any two requests to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import feedparser
from pydantic import Field

from crawler.collectors import feed
from crawler.collectors.base import Entry, Payload, Reading, Task, Wanted
from crawler.collectors.markup import is_html, safe_utf8
from crawler.collectors.papers import FIRST, Answer, Asked, PaperOptions, ids_of, in_groups, searched, walk
from crawler.collectors.services import endpoint_of, options_of, told, whole_number
from crawler.dates import read_date
from crawler.normalize import MAX_TITLE, plain_text
from crawler.reasons import Unreadable
from crawler.works import arxiv_key, doi_key
from storage.model import Source
from storage.stated import Stated

WAIT_S = 3.0
MOST_ROWS = 30_000
_LONGEST_QUERY = 1_200
_CATEGORY = r"^[a-z-]+(\.[A-Za-z-]+|\.\*)?$"
_ANNOUNCED = re.compile(r"arXiv:\S+\s+Announce Type:\s*([a-z-]+)\s+(?:Abstract:\s*)?", re.IGNORECASE)


class ArxivOptions(PaperOptions):
    """``categories`` such as ``quant-ph`` or ``cs.LG``; with words, both must hold."""

    categories: tuple[str, ...] = Field(default=(), description="arXiv categories.")


class ArxivCollector:
    """Asks the search API for the works submitted since the last visit, oldest first."""

    name = "arxiv"

    def read(self, task: Task) -> Reading:
        source, options = task.source, options_of(ArxivOptions, task.source)
        base = endpoint_of(source)
        filters = " OR ".join(f"cat:{category}" for category in options.categories if re.match(_CATEGORY, category))
        groups = in_groups(searched(task, options), _LONGEST_QUERY)
        queries = [" OR ".join(f'all:"{phrase}"' for phrase in group) for group in groups]
        if filters:
            queries = [f"({filters}) AND ({query})" for query in queries] or [filters]

        def ask(asked: Asked) -> Wanted:
            days = f"submittedDate:[{asked.since:%Y%m%d}0000 TO {asked.until:%Y%m%d}2359]"
            start = 0 if asked.mark == FIRST else int(asked.mark)
            parameters = {
                "search_query": f"({asked.query}) AND {days}",
                "start": start,
                "max_results": min(options.rows, MOST_ROWS - start),
                "sortBy": "submittedDate",
                "sortOrder": "ascending",
            }
            return Wanted(f"{base}?{urlencode(parameters)}", wait_s=WAIT_S, reads=frozenset({400}))

        def take(payload: Payload, asked: Asked) -> Answer:
            return _page(payload, source, 0 if asked.mark == FIRST else int(asked.mark))

        yield from walk(task, options, queries, ask, take)


class ArxivRssCollector:
    """Reads the daily RSS of a category: new works, and those listed from other categories. Replacements are no news."""

    name = "arxiv_rss"

    def read(self, task: Task) -> Reading:
        payload = yield Wanted(endpoint_of(task.source), {"Accept": feed.ACCEPT}, conditional=True, wait_s=WAIT_S)
        found = feed.parse(payload, task.source, task.max_items)
        entries = [_announced(entry) for entry in found.entries]
        kept = {entry.keys: entry for entry in reversed([entry for entry in entries if entry is not None])}
        yield replace(found, entries=tuple(reversed(kept.values())))


def _announced(entry: Entry) -> Entry | None:
    key = arxiv_key(entry.guid) or arxiv_key(entry.url)
    said = _ANNOUNCED.match(entry.text)
    if key is None or (said and said[1].lower() not in ("new", "cross")):
        return None
    authors = (entry.author or "").split(", ")
    return replace(
        entry,
        text=entry.text[said.end() :].strip() if said else entry.text,
        guid=key,
        url=_link(key),
        author=authors[0] or None,
        keys=(key,),
        stated=Stated(ids=ids_of([key])),
    )


def _page(payload: Payload, source: Source, start: int) -> Answer:
    if not payload.body.strip():
        raise Unreadable("no_body", source.id)
    document = safe_utf8(payload, source.id)
    found = feedparser.parse(
        BytesIO(document),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    for raw in found.entries[:1]:
        if "api/errors" in str(raw.get("id", "")):
            raise Unreadable("service_error", source.id, told(plain_text(str(raw.get("summary", "")), 160)) or "api/errors")
    total = whole_number(found.feed.get("opensearch_totalresults"))
    if payload.status == 400 or not found.get("version") or total is None:
        raise Unreadable("html" if is_html(document) else "shape", source.id, "opensearch:totalResults")
    rows = len(found.entries)
    if rows == 0 and start < min(total, MOST_ROWS):
        raise Unreadable("incomplete", source.id, f"{start}/{total}")  # arXiv does so when it is busy: the page comes later
    following = start + rows
    entries = tuple(entry for raw in found.entries if (entry := _entry(raw)) is not None)
    more = following < min(total, MOST_ROWS)
    return Answer(entries, rows, str(following) if more else None, total, cut=not more and following < total)


def _entry(raw: Mapping[str, Any]) -> Entry | None:
    try:
        key = arxiv_key(raw.get("id"))
        title = plain_text(raw.get("title"), MAX_TITLE)
        when = read_date(raw.get("published"))
        if key is None or not title:
            return None
        doi = doi_key(raw.get("arxiv_doi"))
        primary = raw.get("arxiv_primary_category") or {}
        terms = [primary.get("term"), *(tag.get("term") for tag in raw.get("tags") or ())]
        keys = tuple(dict.fromkeys(name for name in (key, doi) if name))
        return Entry(
            title=title,
            text=plain_text(raw.get("summary")),
            guid=key,
            url=_link(key),
            lang="en",
            published_on=when.day,
            published_at=when.instant,
            date_flag=when.flag,
            author=plain_text((raw.get("authors") or [{}])[0].get("name"), 200) or None,
            codes=tuple(dict.fromkeys(term for term in terms if isinstance(term, str) and re.match(_CATEGORY, term)))[:20],
            keys=keys,
            stated=Stated(ids=ids_of(keys)),
        )
    except (TypeError, ValueError, AttributeError, KeyError, IndexError):
        return None  # one bad entry never costs the others


def _link(key: str) -> str:
    return f"https://arxiv.org/abs/{key.removeprefix('arxiv:')}"
