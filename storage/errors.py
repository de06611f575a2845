"""Every error the application raises on purpose. Each message says what, which, and what to do; the cause is chained.

AppError
├── ConfigError                     a setting, a command's argument or a settings file is wrong
├── StorageError
│   ├── NotFound                    a named thing is not in the database
│   ├── Conflict                    two facts cannot both be true (same id, other content)
│   └── SchemaMismatch              the database is older or newer than this program
├── CollectError
│   ├── FetchError                  the network or the server failed
│   ├── ParseError                  the bytes are not what the source promised
│   └── Disallowed                  robots.txt, an address rule or a licence forbids it
├── ModelError
│   ├── NotTrained                  a model was asked before it was fitted
│   └── EmbedError                  texts could not be turned into vectors
└── DeliveryError                   a message was not, or perhaps not, delivered
"""

from __future__ import annotations

from typing import Literal

Outcome = Literal["retry", "permanent", "unknown"]


class AppError(Exception):
    """Root of the tree. ``str()`` is fit to be shown to a user and never holds a secret."""


class ConfigError(AppError):
    """A setting is wrong."""


class StorageError(AppError):
    """The database refused or could not be reached."""


class NotFound(StorageError):
    """A named thing is not in the database."""


class Conflict(StorageError):
    """Two facts cannot both be true."""


class SchemaMismatch(StorageError):
    """The database's schema is not the one this program needs."""


class CollectError(AppError):
    """A source could not be collected."""

    def __init__(self, message: str, *, source_id: str | None = None) -> None:
        super().__init__(message)
        self.source_id = source_id


class FetchError(CollectError):
    """The network or the server failed."""


class ParseError(CollectError):
    """The bytes are not what the source promised."""


class Disallowed(CollectError):
    """A rule forbids the visit."""


class ModelError(AppError):
    """A language or theme model failed."""


class NotTrained(ModelError):
    """A model was asked before it was fitted."""


class EmbedError(ModelError):
    """Texts could not be turned into vectors."""


class DeliveryError(AppError):
    """A channel did not deliver.

    ``outcome``: ``retry`` (nothing was delivered, try again after ``retry_after_s``), ``permanent`` (do not try again) or
    ``unknown`` (the reply was lost: it may have arrived, so it is never sent again blindly).
    """

    def __init__(self, message: str, *, outcome: Outcome, channel: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.outcome: Outcome = outcome
        self.channel = channel
        self.retry_after_s = retry_after_s
