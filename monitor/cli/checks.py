"""The checks behind ``doctor``. Each looks at one thing and says in one line how it is; none changes anything."""

from __future__ import annotations

import platform
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import sqlalchemy as sa

from crawler.config import PLACEHOLDER
from monitor.cli.shell import Shell
from storage import deliveries, sources
from storage.errors import AppError, ConfigError
from storage.model import SourceState
from storage.store import Store

Verdict = Literal["good", "note", "broken"]
_LITTLE_SPACE = 2 * 1024**3
_MISSING = "not installed with this version"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    check: str
    verdict: Verdict
    detail: str


def run_checks(shell: Shell, *, models: bool, network: bool) -> list[Check]:
    """Every check, in the order in which a person would mend things. Raises ConfigError when the settings cannot be read."""
    loaded = shell.loaded
    checks = [
        Check("python", "good" if sys.version_info >= (3, 11) else "broken", platform.python_version()),
        Check("settings", "good", str(loaded.file) if loaded.file else "no file, defaults and environment"),
        _contact(shell),
        _space(),
    ]
    try:
        store = Store.open(shell.database_url)
    except AppError as exc:
        checks.append(Check("database", "broken", str(exc)))
    else:
        size = "" if store.engine.dialect.name != "sqlite" else f", {_megabytes(store)} MB"
        checks.append(Check("database", "good", f"{store.engine.dialect.name}, schema {store.revision()}{size}"))
        for look in (_sources, _steps, _scheduler, _subscriptions):
            checks.append(look(shell, store))
        store.close()
    if models:
        checks += [_guarded("embedder", lambda: _embedder(shell)), _guarded("language models", lambda: _pipelines(shell))]
    checks += list(_channels(shell, network=network))
    return checks


def _guarded(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, "good", look())
    except ModuleNotFoundError as exc:
        return Check(name, "broken", f"{exc.name} is {_MISSING}")
    except AppError as exc:
        return Check(name, "broken", str(exc))
    except (OSError, ValueError, RuntimeError) as exc:  # what loading a damaged model file raises
        return Check(name, "broken", f"{type(exc).__name__}: {exc}")


def _contact(shell: Shell) -> Check:
    agent = shell.loaded.settings.crawler.user_agent
    if PLACEHOLDER in agent:
        return Check("contact", "note", "sites cannot reach you: put your own address into crawler.user_agent")
    return Check("contact", "good", agent)


def _space() -> Check:
    free = shutil.disk_usage(Path.cwd()).free
    return Check("disk", "good" if free > _LITTLE_SPACE else "note", f"{free / 1024**3:.1f} GB free in the working folder")


def _megabytes(store: Store) -> str:
    file = Path(store.engine.url.database or "")
    return f"{file.stat().st_size / 1e6:.1f}" if file.is_file() else "0"


def _sources(_shell: Shell, store: Store) -> Check:
    with store.reading() as conn:
        found = [source for source in sources.all_sources(conn) if source.enabled and source.url]
    if not found:
        return Check("sources", "note", "none to visit: 'zoom-avant sources add'")
    ill = [source.id for source in found if source.state in (SourceState.BLOCKED, SourceState.GONE, SourceState.BROKEN)]
    if ill:
        return Check("sources", "note", f"{len(found)}, of which {len(ill)} cannot be read: {', '.join(ill[:5])}")
    return Check("sources", "good", f"{len(found)}")


def _steps(_shell: Shell, store: Store) -> Check:
    from monitor.steps import last_failures

    failed = last_failures(store)
    if failed:
        return Check("steps", "broken", "; ".join(f"{name}: {reason}" for name, reason in failed.items()))
    return Check("steps", "good", "no step failed at its last run")


def _scheduler(_shell: Shell, store: Store) -> Check:
    from monitor.scheduler import planned
    from storage.tables import leases

    with store.reading() as conn:
        holder = conn.scalar(sa.select(leases.c.holder).where(leases.c.name == "scheduler"))
    jobs = planned(store)
    if holder is None:
        return Check("scheduler", "note", "not running: 'zoom-avant serve'")
    following = next((f", next {name} at {at.isoformat(timespec='minutes')}" for name, at in jobs if at), "")
    return Check("scheduler", "good", f"running as {holder}{following}")


def _subscriptions(_shell: Shell, store: Store) -> Check:
    with store.reading() as conn:
        found = [one for one in deliveries.all_subscriptions(conn) if one.enabled]
    if not found:
        return Check("subscriptions", "note", "nobody is told anything: 'zoom-avant subscriptions add'")
    return Check("subscriptions", "good", f"{len(found)}")


def _embedder(shell: Shell) -> str:
    from nlp.embedders.base import load_embedder

    # One text needs no worker processes.
    embedder = load_embedder(shell.settings.nlp.embedder.model_copy(update={"workers": 1}))
    rows = embedder.embed(["une phrase d'essai"])
    return f"{embedder.id}, {rows.shape[1]} dimensions"


def _pipelines(shell: Shell) -> str:
    import spacy

    names = shell.settings.nlp.spacy_models.values()
    for name in names:
        spacy.load(name)
    return ", ".join(names)


def _channels(shell: Shell, *, network: bool) -> Iterator[Check]:
    from alerts.config import secret

    settings = shell.settings.alerts
    slack = settings.slack
    try:
        token = secret("slack.bot_token", slack.bot_token, slack.bot_token_file)
    except ConfigError as exc:
        yield Check("slack", "broken", str(exc))
    else:
        ways = (["bot token"] if token else []) + [f"webhook {name}" for name in slack.webhooks]
        yield Check("slack", "good" if ways else "note", ", ".join(ways) or "not configured")
        if network and ways:
            address = urlsplit(slack.base_url)
            port = address.port or (443 if address.scheme == "https" else 80)
            yield _reach("slack's server", address.hostname or "", port, slack.timeout_s)
    smtp = settings.smtp
    if smtp is None:
        yield Check("mail", "note", "not configured")
        return
    try:
        secret("smtp.password", smtp.password, smtp.password_file)
    except ConfigError as exc:
        yield Check("mail", "broken", str(exc))
    else:
        yield Check("mail", "good", f"{smtp.host}:{smtp.port} ({smtp.security})")
        if network:
            yield _reach("mail server", smtp.host, smtp.port, smtp.timeout_s)


def _reach(name: str, host: str, port: int, timeout_s: float) -> Check:
    try:
        socket.create_connection((host, port), timeout=timeout_s).close()
    except OSError as exc:
        return Check(name, "broken", f"{host}:{port} cannot be reached: {exc}")
    return Check(name, "good", f"{host}:{port} answers")
