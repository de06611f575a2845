"""The declared sources: what a ``sources.toml`` may say, checked, and the catalogue shipped with the program."""

from __future__ import annotations

import datetime as dt
import importlib.resources
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from crawler.collectors.base import Task, Watched
from crawler.collectors.registry import COLLECTORS, READERS, collector_for
from crawler.config import CrawlerSettings
from crawler.licences import LICENCES, is_open
from crawler.normalize import canonical_url, slug
from crawler.reasons import SENTENCES, Reason, Unreadable
from storage.errors import ConfigError
from storage.model import Kind, Source

STORING = tuple(sorted(set(COLLECTORS) - {"discover"}))
"""The collectors a source may name: those that yield documents."""

_TERRITORY = r"^[A-Z]{2}[A-Z0-9]{0,3}(,[A-Z]{2}[A-Z0-9]{0,3})*$"


class Declared(BaseModel):
    """One ``[[source]]`` of a ``sources.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, description="Name shown to readers.")]
    url: Annotated[str, Field(pattern=r"^https?://\S+$", description="Address of the feed or service, http or https.")]
    kind: Annotated[Kind, Field(description="What most of its items are: news, funding, paper or patent.")]
    id: Annotated[
        str | None, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="Short lasting name; made from the name if absent.")
    ] = None
    lang: Annotated[str | None, Field(pattern=r"^[a-z]{2,3}$", description="Language of its documents.")] = None
    territory: Annotated[
        str | None,
        Field(pattern=_TERRITORY, description="Where it speaks from: ISO country, EU or NUTS region; several joined by commas."),
    ] = None
    theme: Annotated[
        str | None, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="Watch theme or application domain it is about.")
    ] = None
    rights: Annotated[Literal["open", "excerpt", "link-only"], Field(description="How much of a text is kept.")] = "excerpt"
    licence: Annotated[str | None, Field(description='Class of its licence; `rights = "open"` needs one that allows it.')] = None
    interval_s: Annotated[int, Field(ge=300, description="Least seconds between two visits.")] = 3600
    enabled: Annotated[bool, Field(description="Whether it is visited.")] = True
    trial: Annotated[bool, Field(description="Not yet seen to work: it stays only if a first visit finds documents.")] = False
    disabled: Annotated[
        str | None, Field(description="Why it is not visited: code of a reason, with its detail after a colon.")
    ] = None
    collector: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="How it is read.")] = "feed"
    options: Annotated[Mapping[str, Any], Field(description="What its collector needs to know: see the collector's page.")] = {}

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.licence is not None and self.licence not in LICENCES:
            raise ValueError(f"licence '{self.licence}' is none of {', '.join(LICENCES)}")
        if self.rights == "open" and not is_open(self.licence):
            raise ValueError(
                'rights = "open" needs a licence that allows whole texts to be kept, such as etalab-2.0 or agreement'
            )
        if self.disabled is not None and self.disabled.partition(":")[0].strip() not in SENTENCES:
            raise ValueError(f"disabled '{self.disabled}' is no known reason: write disabled = \"by_hand\"")
        if self.disabled is None and self.collector not in STORING:
            raise ValueError(f"no collector is called '{self.collector}': use one of {', '.join(STORING)}")
        return self

    def source(self, settings: CrawlerSettings) -> Source:
        """The source as it is stored. Raises ConfigError when neither id nor name give it one."""
        source_id = self.id or slug(self.name)
        if not source_id:
            raise ConfigError("give it an id, its name has no Latin letter")
        reason = None
        if self.disabled is not None or not self.enabled:
            code, _, detail = (self.disabled or "by_hand").partition(":")
            reason = str(Reason(code.strip(), detail.strip()))
        values = self.model_dump(exclude={"id", "disabled", "enabled"})
        return Source(
            id=source_id,
            enabled=reason is None,
            disabled_reason=reason,
            # A database speaks for many: its documents count by who stands behind each, not as one source.
            split_by_actor=self.collector not in READERS or settings.is_database(self.name),
            **values,
        )


def load_catalogue(path: Path | None = None, settings: CrawlerSettings | None = None) -> list[Source]:
    """The sources of ``path``, or of the shipped catalogue. Raises ConfigError: no such file, bad TOML, a bad or double row."""
    settings = settings or CrawlerSettings()
    name = str(path) if path else "sources.toml"
    try:
        text = path.read_text(encoding="utf-8") if path else _shipped()
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
    found = [declared(row, f"{name}: source {number}", settings) for number, row in enumerate(rows, start=1)]
    doubled = [source_id for source_id, times in Counter(source.id for source in found).items() if times > 1]
    if doubled:
        raise ConfigError(f"{name}: two sources are called '{doubled[0]}'")
    return found


def declared(row: object, where: str, settings: CrawlerSettings) -> Source:
    """The source that ``row`` describes, as a table of TOML. Raises ConfigError, which begins with ``where``."""
    try:
        return Declared.model_validate(row).source(settings)
    except ValidationError as exc:
        fault = exc.errors()[0]
        field = ".".join(str(part) for part in fault["loc"])
        named = row.get("id") or row.get("name") if isinstance(row, Mapping) else None
        place = f"{where} ({named})" if named else where
        raise ConfigError(f"{place}: {field + ': ' if field else ''}{fault['msg'].removeprefix('Value error, ')}") from exc
    except ConfigError as exc:
        raise ConfigError(f"{where}: {exc}") from exc


def reads_the_same(one: Source, other: Source) -> bool:
    """Whether two sources read one address in one way. Interfaces may be asked for several things at one address."""
    addresses = {canonical_url(one.url), canonical_url(other.url)}
    return one.collector == other.collector and one.collector in READERS and len(addresses) == 1 and None not in addresses


def rehearse(source: Source, now: dt.datetime) -> None:
    """Lets a source's collector begin a visit, without any request: its options are read then. Raises ConfigError."""
    reading = collector_for(source.collector).read(
        Task(
            source=source,
            now=now,
            watched=(Watched("rehearsal", ("quantum",), ("G06N10",)),),
            contact="rehearsal@zoom-avant.example",
        )
    )
    try:
        next(reading, None)
    except Unreadable:
        pass  # a key is missing, or there is nothing to ask: no fault of the options
    finally:
        reading.close()


def _shipped() -> str:
    return (importlib.resources.files("crawler") / "sources.toml").read_text(encoding="utf-8")
