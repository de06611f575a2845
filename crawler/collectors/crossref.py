"""Crossref: works by the day their DOI was registered, by filter and by words, with a cursor. Pure.

Its search by words ranks and excludes nothing, so each phrase is asked for by itself and rows that don't hold it are left.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from crawler.collectors.base import Entry, Payload, Reading, Task, Wanted
from crawler.collectors.papers import FIRST, Answer, Asked, PaperOptions, ids_of, institutions, searched, text_of, walk
from crawler.collectors.services import endpoint_of, json_object, options_of, told, whole_number
from crawler.normalize import MAX_TEXT, MAX_TITLE, canonical_url, plain_text
from crawler.reasons import Unreadable
from crawler.works import arxiv_key, doi_key
from storage.model import Source
from storage.stated import Party, Stated

LONGEST_WAIT_S = 60.0
_SELECTED = "DOI,URL,title,abstract,published,published-online,published-print,issued,author,funder,relation,type"
_INLINE = re.compile(r"</?jats:(?:italic|bold|sub|sup|sc|monospace|underline)\b[^>]*>", re.IGNORECASE)
_HEADING = re.compile(r"^(?:abstract|summary|résumé)[\s:.]+(?=\S)", re.IGNORECASE)
_SAME_WORK = ("is-preprint-of", "has-preprint", "is-version-of", "has-version")


class CrossrefOptions(PaperOptions):
    """``types`` of Crossref's works; ``filters`` are added as they are, as ``issn:2041-1723`` or ``funder:501100001665``."""

    types: tuple[str, ...] = Field(
        default=("journal-article", "proceedings-article", "posted-content"), description="Types of works."
    )
    filters: tuple[str, ...] = Field(default=(), description="More filters of Crossref.")


class CrossrefCollector:
    """Asks for the DOIs registered since the last visit. The pace follows the limits each answer states."""

    name = "crossref"

    def read(self, task: Task) -> Reading:
        source, options = task.source, options_of(CrossrefOptions, task.source)
        base = endpoint_of(source)
        filters = [*(f"type:{name}" for name in options.types if re.fullmatch(r"[a-z-]+", name)), *options.filters]
        queries = list(searched(task, options)) or ([""] if options.filters else [])
        waits = [1 / 3 if task.contact else 1.0]

        def ask(asked: Asked) -> Wanted:
            days = [f"from-created-date:{asked.since.isoformat()}", f"until-created-date:{asked.until.isoformat()}"]
            parameters = {"filter": ",".join([*days, *filters]), "select": _SELECTED, "rows": str(options.rows)}
            if asked.query:
                parameters["query.bibliographic"] = asked.query
            if task.contact:
                parameters["mailto"] = task.contact
            return Wanted(f"{base}?{urlencode({**parameters, 'cursor': asked.mark})}", wait_s=waits[0], reads=frozenset({400}))

        def take(payload: Payload, asked: Asked) -> Answer:
            waits[0] = asked_wait(payload.headers) or waits[0]
            return _page(payload, source, asked)

        yield from walk(task, options, queries, ask, take, marks_last=False)  # a cursor lives for minutes


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds between two requests from ``x-rate-limit-limit`` and ``x-rate-limit-interval`` (``1s``); None without both."""
    limit = whole_number(headers.get("x-rate-limit-limit", ""))
    interval = re.fullmatch(r"(\d{1,5})s", headers.get("x-rate-limit-interval", ""))
    return min(int(interval[1]) / limit, LONGEST_WAIT_S) if limit and interval else None


def _page(payload: Payload, source: Source, asked: Asked) -> Answer:
    found = json_object(payload, source)
    message = found.get("message")
    if payload.status == 400 or found.get("status") != "ok":
        raise Unreadable("query_refused" if payload.status == 400 else "service_error", source.id, _faults(found, payload.status))
    items = message.get("items") if isinstance(message, dict) else None
    total = whole_number(message.get("total-results")) if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(items, list) or total is None:
        raise Unreadable("shape", source.id, "message.items, message.total-results")
    following = message.get("next-cursor")
    if items and not (isinstance(following, str) and following):
        raise Unreadable("shape", source.id, "message.next-cursor")
    if not items and asked.mark == FIRST and total:
        raise Unreadable("incomplete", source.id, f"0/{total}")
    read = [entry for row in items if isinstance(row, dict) and (entry := _entry(row)) is not None]
    entries = tuple(entry for entry in read if _holds(entry, asked.query))
    # Ranked by likeness: once a whole page holds the phrase nowhere, the rest does not either. The same mark may come again.
    last = not items or (asked.query and not entries)
    return Answer(entries, len(items), None if last else f"{following}", total, skipped=len(read) - len(entries))


def _entry(row: Mapping[str, Any]) -> Entry | None:
    own = doi_key(row.get("DOI"))
    title = text_of(row.get("title"), MAX_TITLE)
    if own is None or not title:
        return None
    keys = tuple(dict.fromkeys((own, *_same_works(row.get("relation")))))
    day, precision = _date(row)
    affiliations = institutions((name, None, None) for name in _affiliations(row.get("author")))
    funders = tuple(Party(name=name, role="funder") for name in dict.fromkeys(_names(row.get("funder"))))
    return Entry(
        title=title,
        text=_abstract(row.get("abstract")),
        guid=own,
        url=canonical_url(f"https://doi.org/{own.removeprefix('doi:')}")
        if own.startswith("doi:")
        else canonical_url(text_of(row.get("URL"))),
        published_on=day,
        date_precision=precision,
        keys=keys,
        stated=Stated(parties=(*affiliations, *funders[:20]), ids=ids_of(keys)),
    )


def _date(row: Mapping[str, Any]) -> tuple[dt.date | None, str | None]:
    """The most precise of the dates of publication, with its precision where it is not a day."""
    best: tuple[int, dt.date] | None = None
    for name in ("published-online", "published", "issued", "published-print"):
        value = row.get(name)
        rows = value.get("date-parts") if isinstance(value, dict) else None
        parts = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], list) else []
        numbers = [part for part in parts[:3] if isinstance(part, int) and not isinstance(part, bool)]
        if not numbers or len(numbers) != len(parts[:3]) or not 1985 <= numbers[0] <= 2200:
            continue
        try:
            day = dt.date(numbers[0], *[*numbers[1:], 1, 1][:2])
        except ValueError:
            continue
        if best is None or len(numbers) > best[0]:
            best = (len(numbers), day)
    if best is None:
        return None, None
    return best[1], {1: "year", 2: "month"}.get(best[0])


def _abstract(raw: object) -> str:
    if not isinstance(raw, str):
        return ""
    return _HEADING.sub("", plain_text(_INLINE.sub("", raw), MAX_TEXT))


def _same_works(relation: object) -> Iterator[str]:
    """Keys of the preprint of an article, of the article of a preprint, and of its versions."""
    for name in _SAME_WORK:
        found = relation.get(name) if isinstance(relation, dict) else None
        for part in found[:5] if isinstance(found, list) else ():
            if not isinstance(part, dict):
                continue
            if key := (arxiv_key(part.get("id")) if part.get("id-type") == "arxiv" else doi_key(part.get("id"))):
                yield key


def _affiliations(authors: object) -> Iterator[str]:
    for author in authors[:500] if isinstance(authors, list) else ():
        yield from _names(author.get("affiliation") if isinstance(author, dict) else None)


def _names(found: object) -> Iterator[str]:
    for part in found[:20] if isinstance(found, list) else ():
        if isinstance(part, dict) and (name := text_of(part.get("name"), 200)):
            yield name


def _holds(entry: Entry, phrase: str) -> bool:
    return not phrase or _folded(phrase) in _folded(f"{entry.title} {entry.text}")


def _folded(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return f" {' '.join(re.findall(r'[a-z0-9]+', flat))} "


def _faults(found: Mapping[str, Any], status: int) -> str:
    message = found.get("message")
    parts = message if isinstance(message, list) else [message]
    said = [told(part.get("message") if isinstance(part, dict) else part) for part in parts[:3]]
    return "; ".join(part for part in said if part) or told(found.get("status")) or f"HTTP {status}"
