"""What every command starts from: the global options, and the settings, logs and database they lead to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from storage.errors import ConfigError

if TYPE_CHECKING:  # imported when first used: `zoom-avant --help` must not load pydantic models and SQLAlchemy
    from monitor.config import Loaded, Settings
    from storage.store import Store

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Now = Annotated[
    str | None,
    typer.Option(
        "--now", metavar="INSTANT", help="Work as if it were this ISO instant (UTC when it has no zone); the clock by default."
    ),
]
Lang = Annotated[str, typer.Option("--lang", metavar="fr|en", help="Language of labels and reasons.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Most rows to print.")]


@dataclass
class Shell:
    """One invocation of the command."""

    config: Path | None = None
    database: str | None = None
    debug: bool = False

    @cached_property
    def loaded(self) -> Loaded:
        """The settings and where they come from. Raises ConfigError."""
        from monitor.config import load

        return load(self.config, overrides={"database": {"url": self.database}} if self.database else None)

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    @property
    def database_url(self) -> str:
        return self.settings.database.url.get_secret_value()

    def start_logs(self, *, service: bool = False) -> None:
        """Sets up logging. A command that ends soon shows warnings only, unless a level was asked for; a service shows all."""
        from monitor.logs import configure

        log = self.settings.log
        if self.debug:
            log = log.model_copy(update={"level": "debug"})
        elif not service and "log.level" not in self.loaded.origins:
            log = log.model_copy(update={"level": "warning"})
        configure(log, tracebacks=service or self.debug)

    @contextmanager
    def store(self, *, create: bool = False, service: bool = False) -> Iterator[Store]:
        """The database, closed at the end. Raises ConfigError, StorageError, SchemaMismatch."""
        from storage.store import Store

        self.start_logs(service=service)
        opened = Store.open(self.database_url, create=create)
        try:
            yield opened
        finally:
            opened.close()


def shell(ctx: typer.Context) -> Shell:
    found = ctx.find_root().obj
    assert isinstance(found, Shell)
    return found


def instant(text: str | None) -> dt.datetime:
    """The instant a person wrote, in UTC; the clock's when there is none. Raises ConfigError."""
    if text is None:
        return dt.datetime.now(dt.UTC)
    try:
        parsed = dt.datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"'{text}' is not an instant: write it as 2026-03-02 or 2026-03-02T12:00:00Z") from None
    return parsed.replace(tzinfo=dt.UTC) if parsed.tzinfo is None else parsed.astimezone(dt.UTC)


def day(text: str) -> dt.date:
    """The day a person wrote. Raises ConfigError."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"'{text}' is not a day: write it as 2026-03-02") from None


def language(text: str) -> str:
    """``fr`` or ``en``. Raises ConfigError."""
    if text not in ("fr", "en"):
        raise ConfigError(f"language '{text}' is not spoken here: choose fr or en")
    return text


def labelled(thing: Any, name: str, lang: str) -> str:
    """``thing.<name>_<lang>``, such as a theme's label."""
    return str(getattr(thing, f"{name}_{lang}"))
