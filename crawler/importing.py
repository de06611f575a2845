"""Imports archived documents: good lines go in, bad ones are counted, shown by number and kept with the reason.

Importing a file again changes nothing. ``add_records`` is the part a replay uses to let documents in day by day.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy.engine import Connection

from crawler.actors import Census, Division, Split, divide
from crawler.collectors.base import Entry
from crawler.config import CrawlerSettings
from crawler.identity import identify
from crawler.keeping import pseudonym
from crawler.normalize import slug, without_mail
from crawler.records import CutShort, Record, Rejected, read_records
from storage import documents, mentions, sources
from storage.errors import ParseError
from storage.model import Document, Mention, Source, counting_day
from storage.store import Store

log = structlog.get_logger()

BATCH = 1_000
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Added:
    """How many documents were new and how many were known already."""

    new: int = 0
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. ``shown`` are the first bad lines, ``rejects_file`` holds them all.

    ``lone`` are new sources whose documents count by actor only because there are so few publishers of their kind.
    """

    lines: int = 0
    new: int = 0
    duplicates: int = 0
    rejected: int = 0
    shown: tuple[Rejected, ...] = ()
    rejects_file: Path | None = None
    lone: tuple[str, ...] = ()


class ImportFailed(ParseError):
    """A file that could not be read to its end, or that holds no document. ``report`` tells what went in before."""

    def __init__(self, message: str, report: ImportReport) -> None:
        super().__init__(message)
        self.report = report


def import_file(
    store: Store,
    path: Path,
    now: dt.datetime | None,
    settings: CrawlerSettings,
    *,
    rejects: Path | None = None,
    progress: Callable[[int], None] | None = None,
    split: Split = Split.AUTO,
) -> ImportReport:
    """Imports one file, ``now`` being the time of collection; without it each document counts as collected when it came out.

    The file is read twice: ``split`` decides which of its new sources count by actor, and that takes the whole of it.

    Bad lines go to ``<name>.rejects.jsonl`` in ``rejects`` or beside the file. Raises ImportFailed when the file is cut short or
    holds no document (good lines are in all the same), ParseError or ConfigError when it cannot be read at all.
    """
    census = _census(path)
    with store.reading() as conn:
        known = sources.all_sources(conn)
    division = divide(census, split, settings, known)
    fresh = division.lone - {source.name for source in known}
    kept = _Rejects((rejects or path.parent) / f"{path.name}.rejects.jsonl")
    report, waiting = ImportReport(lone=tuple(sorted(fresh))), list[Record]()
    fault: CutShort | None = None

    def flush() -> None:
        nonlocal report
        added = add_records(store, waiting, lambda record: now or record.instant, settings, division)
        waiting.clear()
        report = replace(report, new=report.new + added.new, duplicates=report.duplicates + added.duplicates)
        if progress is not None:
            progress(report.lines)

    try:
        for number, found in read_records(path):
            report = replace(report, lines=report.lines + 1)
            if isinstance(found, Record) and now is None and found.instant is None:
                content = json.dumps({"id": found.id, "source": found.source, "title": found.title}, ensure_ascii=False)
                found = Rejected(number, "no publication date", content)
            if isinstance(found, Rejected):
                kept.add(found)
                continue
            waiting.append(found)
            if len(waiting) >= BATCH:
                flush()
    except CutShort as exc:
        fault = exc
    finally:
        if waiting:
            flush()
        kept.close()
    report = replace(report, rejected=kept.count, shown=tuple(kept.first), rejects_file=kept.written)
    log.info("file imported", file=path.name, new=report.new, duplicates=report.duplicates, rejected=report.rejected)
    _complain(path, report, fault, kept)
    return report


def add_records(
    store: Store,
    records: Sequence[Record],
    collected_at: Callable[[Record], dt.datetime | None],
    settings: CrawlerSettings,
    division: Division | None = None,
) -> Added:
    """Adds records in one transaction, with the sources they name; a record for which ``collected_at`` says None is left out.

    A document keeps the id of its record, so that results can be traced to the archive; where another source already uses that
    id, the source's own id is put in front. Known documents and sources stay as they are. Without a ``division`` only databases
    are split by actor.
    """
    if division is None:
        division = Division(frozenset(record.source for record in records if settings.is_database(record.source)))
    with store.transaction() as conn:
        _add_sources(conn, records, division)
        dated = [(record, at) for record in records if (at := collected_at(record)) is not None]
        return _add(conn, dated, settings, division)


def _census(path: Path) -> Census:
    census = Census()
    with suppress(CutShort):  # told after the good lines went in
        for _, found in read_records(path):
            if isinstance(found, Record):
                census.add(found)
    return census


def _source_of(record: Record, division: Division) -> Source:
    return Source(
        id=_source_id(record.source),
        name=record.source,
        kind=record.kind,
        lang=record.lang,
        collector="import",
        split_by_actor=record.source in division.split,
    )


def _add_sources(conn: Connection, records: Sequence[Record], division: Division) -> None:
    first: dict[str, Record] = {}
    for record in records:
        first.setdefault(record.source, record)
    named = {source.id: source for source in reversed([_source_of(record, division) for record in first.values()])}
    sources.add_missing(conn, list(named.values()))


def _add(conn: Connection, dated: Sequence[tuple[Record, dt.datetime]], settings: CrawlerSettings, division: Division) -> Added:
    disguise = None if settings.author_names else pseudonym
    owners = mentions.owners(conn, [record.id for record, _ in dated if record.id])
    rows: list[Document] = []
    seen: list[Mention] = []
    for record, collected_at in dated:
        source_id = _source_id(record.source)
        key, document_id = _identity(record, source_id)
        if record.id and owners.setdefault(document_id, source_id) != source_id:
            document_id = f"{source_id}:{document_id}"
        rows.append(_document(record, document_id, source_id, collected_at, division.actor_of(record, disguise)))
        seen.append(Mention(source_id=source_id, key=key, document_id=document_id, url=record.url, seen_at=collected_at))
    stored = documents.add(conn, rows, seen)
    return Added(stored.new, stored.duplicate)


def _identity(record: Record, source_id: str) -> tuple[str, str]:
    if record.id:
        return record.id, record.id
    entry = Entry(title=record.title, url=record.url, published_on=record.published)
    identity = identify([entry], source_id)[0]
    return identity.key, identity.document_id


def _document(record: Record, document_id: str, source_id: str, collected_at: dt.datetime, actor: str | None) -> Document:
    counted_on, flag = counting_day(record.published, collected_at, record.precision)
    return Document(
        id=document_id,
        source_id=source_id,
        kind=record.kind,
        title=without_mail(record.title) or source_id,
        text=without_mail(record.text),
        lang=record.lang,
        url=record.url,
        published_on=record.published,
        published_at=record.published_at,
        date_precision=record.precision,
        date_flag=flag,
        counted_on=counted_on,
        collected_at=collected_at,
        actor=actor,
        extra=record.extra,
    )


def _source_id(name: str) -> str:
    return slug(name) or "s" + hashlib.blake2b(name.encode(), digest_size=6).hexdigest()


class _Rejects:
    """The rejects file: made at the first bad line, with every one of them. A folder that refuses it costs no good line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.first: list[Rejected] = []
        self.written: Path | None = None
        self.problem: str | None = None
        self._file: IO[str] | None = None

    def add(self, rejected: Rejected) -> None:
        self.count += 1
        if self.count <= SHOWN:
            self.first.append(rejected)
        if self.problem is not None:
            return
        try:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("w", encoding="utf-8")
                self.written = self.path
            line = {"line": rejected.line, "reason": rejected.reason, "content": rejected.content}
            self._file.write(json.dumps(line, ensure_ascii=True) + "\n")
        except OSError as exc:
            self.problem = exc.strerror or type(exc).__name__
            log.warning("rejects not kept", file=str(self.path), error=self.problem)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _complain(path: Path, report: ImportReport, fault: CutShort | None, kept: _Rejects) -> None:
    where = f"; they are kept in {report.rejects_file}" if report.rejects_file else ""
    if kept.problem:
        where = f"; {kept.path} cannot be written ({kept.problem}): name another folder for the rejects"
    told = f"{report.new} documents went in, {report.duplicates} were known, {report.rejected} lines were rejected{where}"
    if fault is not None:
        raise ImportFailed(f"{fault}: {told}. Get the file again and import it: nothing will be doubled", report) from fault
    if report.lines and report.rejected == report.lines:
        first = report.shown[0]
        raise ImportFailed(f"{path.name}: no line is a document (line {first.line}: {first.reason}): {told}", report)
