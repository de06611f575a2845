"""All settings in one place: every package's section, read from one TOML file and the environment.

Order of precedence: command line, environment (``ZOOM_AVANT_<SECTION>__<KEY>``), file, defaults. A mistake is a ``ConfigError``
that says where it is written and which setting was probably meant. Only the shell knows ``Settings``.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from alerts.config import AlertSettings
from crawler.config import CrawlerSettings
from monitor.monitoring import MonitorSettings
from nlp.config import NlpSettings
from storage.errors import ConfigError
from web.config import WebSettings

PREFIX = "ZOOM_AVANT_"
NESTING = "__"
FILE_NAME = "zoom-avant.toml"
FILE_VARIABLE = "ZOOM_AVANT_CONFIG"
MASK = "••••••"


class DatabaseSettings(BaseModel):
    """Where everything is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr = Field(
        SecretStr("sqlite:///zoom-avant.db"),
        description="Database URL: sqlite:///file.db (one machine) or postgresql://user:password@host/name (a team)",
    )


class SchedulerSettings(BaseModel):
    """How often the scheduler runs each job."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    collect_minutes: int = Field(5, ge=1, le=1440, description="Minutes between two looks for sources due for a visit")
    pipeline_minutes: int = Field(15, ge=1, le=1440, description="Minutes between two runs of the steps from enrich to deliver")
    facts_minutes: int = Field(30, ge=1, le=1440, description="Minutes between two batches of the slower reading of facts")
    facts_batch: int = Field(2000, ge=1, description="Documents read for facts in one batch")
    digest_minute: int = Field(
        5, ge=0, le=59, description="Minute of each hour at which the scheduler asks whether a digest is owed"
    )
    lease_s: int = Field(
        300, ge=30, le=86400, description="Seconds after which another machine takes over from a process that went silent"
    )


class LogSettings(BaseModel):
    """What the program says about itself, on standard error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least important level that is shown")
    format: Literal["auto", "human", "json"] = Field(
        "auto", description="human for people, json for machines, auto chooses human on a terminal and json elsewhere"
    )


class Settings(BaseSettings):
    """Every section. Frozen; an unknown key is an error."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter=NESTING, validate_default=True
    )

    database: DatabaseSettings = Field(default_factory=lambda: DatabaseSettings(), description="Where everything is kept")
    crawler: CrawlerSettings = Field(default_factory=lambda: CrawlerSettings(), description="How sources are visited")
    nlp: NlpSettings = Field(default_factory=lambda: NlpSettings(), description="How texts are read and grouped into themes")
    monitor: MonitorSettings = Field(
        default_factory=lambda: MonitorSettings(), description="When a movement is worth speaking of"
    )
    alerts: AlertSettings = Field(default_factory=lambda: AlertSettings(), description="How alerts and digests are sent")
    web: WebSettings = Field(default_factory=lambda: WebSettings(), description="Where the web pages are served")
    scheduler: SchedulerSettings = Field(default_factory=lambda: SchedulerSettings(), description="How often each job runs")
    log: LogSettings = Field(default_factory=lambda: LogSettings(), description="What the program says about itself")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """``load`` merges file and environment itself, to know where each value came from."""
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, the file they were read from, and where each one that is not a default was written."""

    settings: Settings
    file: Path | None
    origins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting as documented: dotted key, type and default in words, meaning, and its value (masked when secret)."""

    key: str
    type: str
    default: str
    description: str
    value: Any


def load(path: Path | None = None, *, overrides: Mapping[str, Any] | None = None) -> Loaded:
    """Reads the settings: ``path``, else $ZOOM_AVANT_CONFIG, else ./zoom-avant.toml when it is there.

    ``overrides`` are nested values from the command line. Raises ConfigError.
    """
    file = _chosen_file(path)
    text = _text(file) if file else ""
    from_file = _parsed(file, text) if file else {}
    from_environment = _environment()
    given = dict(overrides or {})
    merged = _merged(_merged(from_file, from_environment), given)
    origins = {key: str(file) for key in _leaves(from_file)}
    origins |= dict.fromkeys(_leaves(from_environment), "environment")
    origins |= dict.fromkeys(_leaves(given), "command line")
    try:
        settings = Settings(**merged)
    except ValidationError as exc:
        raise ConfigError("; ".join(_explained(exc, file, text, origins))) from None  # its text may hold a secret
    return Loaded(settings, file, origins)


def entries(settings: Settings | None = None) -> list[Entry]:
    """Every setting in the order of its section, with the values of ``settings`` (none without it).

    Keys of a table that may be written several times have ``[]``, keys of one that may be left out are listed all the same.
    """
    return list(_entries("", Settings, settings))


def _entries(prefix: str, model: type[BaseModel], values: BaseModel | None, *, many: bool = False) -> Iterator[Entry]:
    for name, field in model.model_fields.items():
        key, kind = f"{prefix}{name}", field.annotation
        current = getattr(values, name) if values is not None else None
        inner = _inner_model(kind)
        if inner is not None and not _is_many(kind):
            yield from _entries(f"{key}.", inner, current)
        elif inner is not None:
            yield Entry(key, "tables", "none", field.description or "", _masked(key, current))
            yield from _entries(f"{key}[].", inner, None, many=True)
        else:
            default = "required" if field.is_required() else _plain(key, field.get_default(call_default_factory=True))
            yield Entry(key, _type_name(kind), default, field.description or "", None if many else _masked(key, current))


def _inner_model(kind: Any) -> type[BaseModel] | None:
    """The section model inside an annotation: the model itself, or that of ``Model | None`` or ``tuple[Model, ...]``."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next((found for part in get_args(kind) if (found := _inner_model(part)) is not None), None)


def _is_many(kind: Any) -> bool:
    return get_origin(kind) in (list, tuple, dict) or any(_is_many(part) for part in get_args(kind))


def _masked(key: str, value: Any) -> Any:
    """A value fit to be shown."""
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        if key == "database.url":
            from storage.store import masked

            return masked(secret)
        return MASK if secret else ""
    if isinstance(value, BaseModel):
        return {name: _masked(f"{key}.{name}", getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        return {str(name): _masked(f"{key}.{name}", one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(key, one) for one in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _plain(key: str, value: Any) -> str:
    shown = _masked(key, value)
    if shown is None:
        return "none"
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)


def _type_name(kind: Any) -> str:
    name = kind.__name__ if isinstance(kind, type) and not getattr(kind, "__args__", None) else str(kind)
    name = re.sub(r"\b(?:typing|pathlib|datetime|collections\.abc|pydantic(?:\.\w+)*)\.", "", name)
    return name.replace("SecretStr", "secret").replace("NoneType", "None")


def _chosen_file(path: Path | None) -> Path | None:
    if path is None and os.environ.get(FILE_VARIABLE):
        path = Path(os.environ[FILE_VARIABLE])
    if path is not None:
        return path
    here = Path(FILE_NAME)
    return here if here.is_file() else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"there is no settings file {file}: 'zoom-avant init' writes one") from None
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"cannot read the settings file {file}: {exc}") from exc


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{file} is not TOML: {exc}") from exc


def _environment() -> dict[str, Any]:
    sections = list(Settings.model_fields)
    for name in os.environ:
        upper = name.upper()
        if upper.startswith(PREFIX) and NESTING in upper:
            section = upper.removeprefix(PREFIX).split(NESTING)[0].lower()
            if section not in sections:
                raise ConfigError(f"environment variable {name}: there is no section '{section}'{_hint(section, sections)}")
    try:
        source = EnvSettingsSource(Settings, env_prefix=PREFIX, env_nested_delimiter=NESTING)
        found: dict[str, Any] = source()
    except SettingsError as exc:
        raise ConfigError(f"environment: {exc}") from None
    short = os.environ.get(f"{PREFIX}DATABASE_URL")
    return _merged({"database": {"url": short}}, found) if short else found


def _merged(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for key, value in high.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def _leaves(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{name}.")
        yield name


def _explained(error: ValidationError, file: Path | None, text: str, origins: Mapping[str, str]) -> Iterator[str]:
    known = [entry.key.replace("[]", "") for entry in entries()]
    sections = sorted({key.rpartition(".")[0] for key in known} | set(Settings.model_fields))
    for one in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in one["loc"] if not isinstance(part, int))
        if one["type"] == "extra_forbidden":
            what = f"'{key}' is not a setting{_hint(key, [*known, *sections])}"
        else:
            what = f"{key}: {one['msg'][:1].lower()}{one['msg'][1:]}"
        yield f"{_place(key, file, text, origins)}: {what}"


def _place(key: str, file: Path | None, text: str, origins: Mapping[str, str]) -> str:
    parts = key.split(".")
    origin = next((origins[name] for n in range(len(parts), 0, -1) if (name := ".".join(parts[:n])) in origins), "settings")
    if origin == "environment":
        return f"environment variable {PREFIX}{NESTING.join(parts).upper()}"
    if file is None or origin != str(file):
        return origin
    line = _line(text, parts)
    return f"{file}, line {line}" if line else str(file)


def _line(text: str, parts: list[str]) -> int | None:
    """The line of the file on which a key, or the nearest of its parents, is written."""
    best: tuple[int, int] | None = None
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line):
            table = _dotted(header[1])
            here = table
        elif assigned := re.match(r"\s*([\w\"'.\s-]+?)\s*=", line):
            here = table + _dotted(assigned[1])
        else:
            continue
        if here == parts[: len(here)] and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return best[1] if best else None


def _dotted(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]


def _hint(wrong: str, known: list[str]) -> str:
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.6)
    if not near:
        last = wrong.rpartition(".")[2]
        near = [key for key in known if key.rpartition(".")[2] == last][:1]
    return f"; did you mean '{near[0]}'?" if near else ""
