"""Logging: structlog over the standard library, on standard error, so that Scrapy, SQLAlchemy and APScheduler share one format.

Only the shell calls ``configure``; a library module never does. No secret gets through, whoever logs it.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from monitor.config import MASK, LogSettings

# Libraries that tell more than anybody wants to know at their own "info".
_QUIET = ("alembic", "apscheduler", "asyncio", "httpx", "numba", "PIL", "scrapy", "slack_sdk", "sqlalchemy", "twisted")
_SECRET_NAME = re.compile(r"password|passwd|secret|token|authorization|api_?key|cookie", re.IGNORECASE)
_SECRET_TEXT = (
    (re.compile(r"(\w+://[^\s/:@]+):[^\s/@]+@"), rf"\1:{MASK}@"),  # a password in a URL
    (re.compile(r"(https://hooks\.slack\.com/)\S+"), rf"\1{MASK}"),  # an incoming webhook is a secret as a whole
    (re.compile(r"\bx(?:ox[a-z]|app)-[\w-]+"), MASK),  # Slack tokens
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"(?i)([?&](?:key|token|api_key|sig|signature)=)[^&\s]+"), rf"\1{MASK}"),
)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at that moment: a progress display replaces it for a while."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """Nothing to keep."""


def configure(settings: LogSettings, *, tracebacks: bool = True) -> None:
    """Sets the level and the format of every logger of this process. May be called again."""
    colours = sys.stderr.isatty()
    human = settings.format == "human" or (settings.format == "auto" and colours)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info if tracebacks else _without_traceback,
        without_secrets,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=colours) if human else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING) if level > logging.DEBUG else logging.INFO)


def without_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks values by their name, and what looks like a secret inside any text."""
    for name, value in event.items():
        if _SECRET_NAME.search(name) and value:
            event[name] = MASK
        elif isinstance(value, str):
            event[name] = cleaned(value)
        elif isinstance(value, BaseException):
            event[name] = cleaned(f"{type(value).__name__}: {value}")
    return event


def _without_traceback(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    event.pop("exc_info", None)
    return event


def cleaned(text: str) -> str:
    """``text`` without anything that looks like a password, a token or a webhook."""
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text
