"""CORDIS: the projects of a framework programme from its bulk ZIP, or those of a query through the data extraction service.

The bulk file costs nothing while it is unchanged. What is new is told by ``contentUpdateDate``, oldest first, and the cursor
moves with every page, so that a visit cut off goes on where it stopped. Only what a visit takes is ever held as records.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import urljoin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crawler.collectors.archive import LONGEST_DOWNLOAD_S, Archive
from crawler.collectors.base import Parsed, Payload, Reading, Task, Wanted
from crawler.collectors.cordis_extract import Extraction, projects_of
from crawler.collectors.cordis_record import (
    ORGANISATION_COLUMNS,
    PROJECT_COLUMNS,
    Row,
    announced,
    entry_of,
    project_id,
    written,
)
from crawler.collectors.cordis_table import Table
from crawler.collectors.markup import is_html
from crawler.collectors.services import endpoint_of, options_of
from crawler.reasons import Reason, Unreadable

MAX_ZIP = 150_000_000
PAGE = 500
_FILES = {"horizon": "HORIZON", "h2020": "h2020", "fp7": "fp7"}

Key = tuple[str, str]
"""When a record was written, and its number at one width: what the cursor compares."""
Project = tuple[Row, Sequence[Row]]
"""A project and its organisations."""
Found = TypeVar("Found")


class CordisOptions(BaseModel):
    """Options of a CORDIS source. ``since`` prevails over ``years``; with neither, the last twelve months are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    programme: Literal["horizon", "h2020", "fp7"] | None = None
    since: dt.date | None = None
    years: int | None = Field(default=None, ge=1, le=40)
    query: str | None = Field(default=None, min_length=3, max_length=2_000)
    archived: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> CordisOptions:
        if self.query and self.programme:
            raise ValueError("give a query or a programme, not both: a query searches all of CORDIS")
        return self

    def first_day(self, today: dt.date) -> dt.date:
        return self.since or today - dt.timedelta(days=round(365.25 * (self.years or 1)))

    @property
    def window(self) -> str:
        """What a cursor is good for: with another programme, start or query the reading begins again."""
        return f"{self.query or self.programme or ''}|{self.since or self.years or ''}"


class Mark(BaseModel):
    """A cursor: the window it belongs to, how far it was read, whether more waits in the same file, an extraction under way."""

    model_config = ConfigDict(frozen=True)

    window: str
    after: Key = ("", "")
    more: bool = False
    task: str = ""

    def __str__(self) -> str:
        return self.model_dump_json()

    @classmethod
    def read(cls, cursor: str | None, window: str) -> Mark:
        """The mark a cursor holds; a fresh one, for which all of the file waits, where it is of another window or unreadable."""
        if not cursor:
            return cls(window=window)
        try:
            kept = cls.model_validate_json(cursor)
        except ValidationError:
            return cls(window=window, more=True)
        return kept if kept.window == window else cls(window=window, more=True)

    def with_(self, **changes: object) -> Mark:
        return self.model_copy(update=changes)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one visit takes, oldest first; how many it leaves; how many records were lost, and read in spite of a fault."""

    taken: Sequence[tuple[Key, Project]]
    left: int
    lost: int
    mended: int = 0


class CordisCollector:
    """Reads the bulk ZIP of a programme, or the extraction of ``options.query``."""

    name = "cordis"

    def read(self, task: Task) -> Reading:
        options = options_of(CordisOptions, task.source)
        mark = Mark.read(task.cursor, options.window)
        yield from self._extraction(task, options, mark) if options.query else self._bulk(task, options, mark)

    def _bulk(self, task: Task, options: CordisOptions, mark: Mark) -> Reading:
        url = endpoint_of(task.source)
        if options.programme:
            url = urljoin(url, f"/data/cordis-{_FILES[options.programme]}projects-csv.zip")
        # A file of which a part still waits, or that was read with other options, is asked for whole: nobody kept its bytes.
        payload = yield Wanted(
            url, {"Accept": "application/zip"}, conditional=not mark.more, max_bytes=MAX_ZIP, timeout_s=LONGEST_DOWNLOAD_S
        )
        yield from _pages(_bulk_batch(_archive(payload, task), task, options, mark), task, mark)

    def _extraction(self, task: Task, options: CordisOptions, mark: Mark) -> Reading:
        service = Extraction(task, endpoint_of(task.source))
        number = mark.task
        if not number:
            number = yield from service.start(options.query or "", archived=options.archived)
            mark = mark.with_(task=number)
            yield Parsed(entries=(), cursor=str(mark))
        try:
            payload = yield from service.fetch(number)
        except Unreadable:
            yield Parsed(entries=(), cursor=str(mark.with_(task="")))
            raise
        if payload is None:
            yield Parsed(entries=(), note=Reason("in_preparation"), cursor=str(mark))
            return
        projects = projects_of(_archive(payload, task))
        taken, left = _chosen(((project[0], project) for project in projects), task, options, mark)
        yield from _pages(Batch(taken, left, projects.lost), task, mark.with_(task=""))
        yield from service.forget(number)


def _bulk_batch(archive: Archive, task: Task, options: CordisOptions, mark: Mark) -> Batch:
    name, others = archive.one("project.csv"), archive.one("organization.csv")
    if name is None:
        raise Unreadable("archive", task.source.id, "no project.csv")
    with archive.open(name) as stream:
        table = Table(stream, PROJECT_COLUMNS)
        rows, left = _chosen(((row, row) for row in table.rows("id")), task, options, mark)
    if not table.read:
        raise Unreadable("archive", task.source.id, f"project.csv: none of {table.lost} records can be read")
    lost, mended = table.lost, table.mended
    members: dict[str, list[Row]] = {row["id"]: [] for _, row in rows}
    if others is not None and members:
        with archive.open(others) as stream:
            table = Table(stream, ORGANISATION_COLUMNS)
            for row in table.rows("projectID", members):
                members[row["projectID"]].append(row)
        lost, mended = lost + table.lost, mended + table.mended
    return Batch([(key, (row, members[row["id"]])) for key, row in rows], left, lost, mended)


def _chosen(
    found: Iterable[tuple[Row, Found]], task: Task, options: CordisOptions, mark: Mark
) -> tuple[list[tuple[Key, Found]], int]:
    """What is new since the cursor and recent enough, oldest first, as many as a visit takes; and how many are left."""
    today = task.now.date()
    first = options.first_day(today)
    count = 0

    def fresh() -> Iterator[tuple[Key, Found]]:
        nonlocal count
        for row, kept in found:
            number = project_id(row)
            key = (written(row), (number or "").zfill(15))
            day = announced(row, today).day
            if number and key > mark.after and (day is None or day >= first):
                count += 1
                yield key, kept

    taken = heapq.nsmallest(task.max_items, fresh(), key=lambda pair: pair[0])
    return taken, count - len(taken)


def _pages(batch: Batch, task: Task, mark: Mark) -> Iterator[Parsed]:
    """The batch page by page, each with the cursor behind it."""
    note = Reason("mended_rows", str(batch.mended)) if batch.mended else None
    if batch.left:
        note = Reason("capped", str(len(batch.taken) + batch.left))
    lost, today = batch.lost, task.now.date()
    for start in range(0, max(len(batch.taken), 1), PAGE):
        part = batch.taken[start : start + PAGE]
        entries = tuple(entry for _, (project, members) in part if (entry := entry_of(project, members, today)) is not None)
        more = bool(batch.left) or start + PAGE < len(batch.taken)
        mark = mark.with_(after=part[-1][0] if part else mark.after, more=more)
        yield Parsed(entries=entries, rejected=len(part) - len(entries) + lost, note=note, cursor=str(mark))
        lost = 0


def _archive(payload: Payload, task: Task) -> Archive:
    if not payload.body.startswith(b"PK") and is_html(payload.body):
        raise Unreadable("html", task.source.id)
    return Archive(payload.body, task.source.id)
