"""Projects ADEME funds, and other data sets of grants on a Data Fair portal (data.ademe.fr).

All lines are read each time the data set says it has changed: contracts are published months after their day. Pages follow
``next``, on the same site only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field

from crawler.collectors import grants
from crawler.collectors.base import Parsed, Payload, Reading, Task, Wanted
from crawler.collectors.columns import Field as Column
from crawler.collectors.columns import declared, find_columns, missing
from crawler.collectors.services import endpoint_of, json_object, options_of, told, whole_number
from crawler.reasons import Unreadable
from storage.model import Source

_ALL_BAD = 10


class Options(BaseModel):
    """Options of a source read by ``ademe``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reading: Literal["ademe"] = "ademe"
    size: int = Field(1000, ge=1, le=10_000)
    """Lines asked for at once."""
    pages: int = Field(60, ge=1, le=1000)
    """Most pages of one visit."""


class AdemeCollector:
    """Reads a data set of a Data Fair portal."""

    name = "ademe"

    def read(self, task: Task) -> Reading:
        source, options = task.source, options_of(Options, task.source)
        parts = urlsplit(endpoint_of(source))
        base = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/").removesuffix("/lines"), "", ""))
        reading = declared()[options.reading]
        about = json_object((yield Wanted(base)), source)
        columns = find_columns(_fields(about, source), reading.columns)
        lacking = missing(columns, reading)
        if lacking is not None:
            raise Unreadable("no_column", source.id, lacking)
        version = next(
            (text for key in ("dataUpdatedAt", "finalizedAt", "updatedAt") if (text := told(about.get(key), 60))), None
        )
        if version is not None and version == task.cursor:
            yield Parsed(entries=())
            return
        rows = grants.Rows(reading, columns)
        day = next(columns[name].name for name in reading.axis if name in columns)
        query = urlencode({"size": options.size, "sort": f"-{day},{columns['id'].name}"}, quote_via=quote)
        url: str | None = f"{base}/lines?{query}"
        asked: set[str] = set()
        seen: set[str] = set()
        got = 0
        while url is not None:
            if url in asked or len(asked) >= options.pages:
                raise Unreadable("repeats", source.id, str(got))
            asked.add(url)
            answer = yield Wanted(url)
            total, lines, following = _page(answer, source)
            got += len(lines)
            url = _next(answer.url, following, source)
            if not lines:  # some versions give a next page after the last one
                url = None
            if url is None and got < total:
                raise Unreadable("incomplete", source.id, f"{got} / {total}")
            if got > total:
                raise Unreadable("count_lies", source.id, f"{total} < {got}")
            whole = [line for line in lines if isinstance(line, dict)]
            found, rejected = grants.entries(rows, whole)
            rejected += len(lines) - len(whole)
            if rejected >= _ALL_BAD and not found:
                raise Unreadable("all_rejected", source.id, str(rejected))
            fresh = [entry for entry in found if entry.guid not in seen]
            if found and not fresh:
                raise Unreadable("repeats", source.id, str(got))
            seen.update(entry.guid for entry in fresh if entry.guid)
            yield Parsed(entries=tuple(fresh), rejected=rejected, cursor=version if url is None else None)


def _fields(about: Mapping[str, Any], source: Source) -> list[Column]:
    schema = about.get("schema")
    if not isinstance(schema, list):
        raise Unreadable("shape", source.id, "schema")
    return [
        Column(field["key"], str(field.get("type") or "string"), str(field.get("title") or field.get("x-originalName") or ""))
        for field in schema
        if isinstance(field, dict) and isinstance(field.get("key"), str) and not field["key"].startswith("_")
    ]


def _page(answer: Payload, source: Source) -> tuple[int, list[Any], object]:
    value = json_object(answer, source)
    total, lines = whole_number(value.get("total")), value.get("results")
    if total is None or not isinstance(lines, list):
        raise Unreadable("shape", source.id, "total, results")
    return total, lines, value.get("next")


def _next(base: str, following: object, source: Source) -> str | None:
    """The address of the next page. Raises Unreadable for one on another site."""
    if following is None or following == "":
        return None
    if not isinstance(following, str) or len(following) > 4_000:
        raise Unreadable("shape", source.id, "next")
    try:
        url = urljoin(base, following)
        here, there = urlsplit(base), urlsplit(url)
    except ValueError as exc:
        raise Unreadable("shape", source.id, "next") from exc
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise Unreadable("next_elsewhere", source.id, there.hostname or there.scheme)
    return url
