"""The declared sources: reads ``sources.toml``, puts them in the database, and checks one source by visiting it."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crawler.config import CrawlerSettings
from crawler.normalize import slug
from crawler.reasons import Reason
from crawler.states import quiet_since
from crawler.visit import Job, Visit
from crawler.worker import CrawlStopped, crawl
from storage import sources
from storage.errors import ConfigError
from storage.model import FetchOutcome, Kind, Source
from storage.store import Store


class Declared(BaseModel):
    """One ``[[source]]`` of a ``sources.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, description="Name shown to readers.")]
    url: Annotated[str, Field(pattern=r"^https?://\S+$", description="Address of the feed, http or https.")]
    kind: Annotated[Kind, Field(description="news, funding, paper or patent.")]
    id: Annotated[str | None, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="Short name; from the name if absent.")] = None
    lang: Annotated[str | None, Field(description="Language of its documents.")] = None
    territory: Annotated[str | None, Field(description="Territory it covers, such as FR or EU.")] = None
    rights: Annotated[Literal["open", "excerpt", "link-only"], Field(description="How much of a text may be kept.")] = "excerpt"
    interval_s: Annotated[int, Field(ge=300, description="Seconds between two visits.")] = 3600
    enabled: Annotated[bool, Field(description="Whether it is visited.")] = True
    collector: Annotated[Literal["feed"], Field(description="How it is read.")] = "feed"


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """What a visit to one source showed, in one line of each language. Nothing is stored."""

    source_id: str
    is_fine: bool
    outcome: FetchOutcome
    items: int
    message_fr: str
    message_en: str


def load_catalogue(path: Path | None = None, settings: CrawlerSettings | None = None) -> list[Source]:
    """The sources of ``path``, or of the starter catalogue. Raises ConfigError: no such file, bad TOML, a bad or double row."""
    settings = settings or CrawlerSettings()
    name = str(path) if path else "sources.toml"
    try:
        text = path.read_text(encoding="utf-8") if path else _starter()
        document: dict[str, Any] = tomllib.loads(text)
    except OSError as exc:
        raise ConfigError(f"{name}: the file cannot be read ({exc.strerror})") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{name}: not TOML: {exc}") from exc
    rows = document.get("source", [])
    if unknown := sorted(set(document) - {"source"}):
        raise ConfigError(f"{name}: unknown key '{unknown[0]}': sources are written as [[source]]")
    if not isinstance(rows, list):
        raise ConfigError(f"{name}: write each source as [[source]], with two brackets")
    found = [_source(row, number, name, settings) for number, row in enumerate(rows, start=1)]
    doubled = sorted({source.id for source in found if sum(other.id == source.id for other in found) > 1})
    if doubled:
        raise ConfigError(f"{name}: two sources are called '{doubled[0]}'")
    return found


def check_source(store: Store, source_id: str, settings: CrawlerSettings, now: dt.datetime) -> SourceCheck:
    """Visits one source, due or not, and says what is wrong. Stores nothing. Raises NotFound, ConfigError (no address)."""
    with store.reading() as conn:
        source = sources.get(conn, source_id)
    if source.url is None:
        raise ConfigError(f"the source '{source_id}' has no address: its documents were imported")
    return check(replace(source, etag=None, last_modified=None), settings, now)


def check(source: Source, settings: CrawlerSettings, now: dt.datetime) -> SourceCheck:
    """The same for a source that is in no database yet."""
    limit_s = min(settings.crawl_timeout_s, 10 * settings.pace_s + 3 * settings.total_timeout_s + 10)
    visit = Visit(source_id=source.id, outcome=FetchOutcome.FAILED, reason=Reason("crawl_died", "no answer"))
    try:
        for message in crawl(Job(sources=(source,), settings=settings, now=now), limit_s):
            if isinstance(message, Visit):
                visit = message
    except CrawlStopped as exc:
        code, detail = ("crawl_timeout", f"{limit_s:g}") if exc.at_limit else ("crawl_died", str(exc))
        visit = replace(visit, reason=Reason(code, detail))
    reason = visit.reason
    if visit.outcome is FetchOutcome.STORED and reason is None:
        since = quiet_since(visit.entries, now)
        reason = Reason("quiet", since.isoformat()) if since else Reason("ok", str(len(visit.entries)))
    elif visit.outcome is FetchOutcome.EMPTY and reason is None:
        reason = Reason("empty")
    reason = reason or Reason("not_modified")
    return SourceCheck(
        source_id=source.id,
        is_fine=visit.outcome is FetchOutcome.STORED,
        outcome=visit.outcome,
        items=len(visit.entries),
        message_fr=reason.fr,
        message_en=reason.en,
    )


def _source(row: object, number: int, name: str, settings: CrawlerSettings) -> Source:
    try:
        declared = Declared.model_validate(row)
    except ValidationError as exc:
        fault = exc.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "row"
        raise ConfigError(f"{name}: source {number}: {where}: {fault['msg']}") from exc
    values = declared.model_dump()
    source_id = values.pop("id") or slug(declared.name)
    if not source_id:
        raise ConfigError(f"{name}: source {number}: give it an id, its name has no Latin letter")
    return Source(id=source_id, split_by_actor=settings.is_database(declared.name), **values)


def _starter() -> str:
    return (importlib.resources.files("crawler") / "sources.toml").read_text(encoding="utf-8")
