"""A message before any channel: what is said, in one language, with its numbers and links. Channels render it; nothing else.

Every text in it has been cleaned (one line, no control or direction-changing characters), every address is http or https.
It is what the outbox stores, so it never holds a secret.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import TypeAdapter

from storage.model import Kind, State


class Change(StrEnum):
    """What happened to a theme since it was last spoken of."""

    NEW = "new"
    CHANGED = "changed"
    RISING = "rising"
    FALLING = "falling"
    EASING = "easing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week of a sparkline, with the band its count lies in while nothing is going on, where that is known.

    Not ``covered``: the sources were silent, the count says nothing.
    """

    week: dt.date
    observed: float
    expected: float
    covered: bool = True
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A document behind a statement. ``role`` says why this one (``earliest``), ``role_label`` in words; both may be empty."""

    title: str
    url: str | None
    detail: str
    kind: Kind
    role: str = ""
    role_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number, or a few words, with its name. ``is_wide`` ones are sentences; ``in_digest`` ones are worth a digest's space."""

    label: str
    value: str
    is_wide: bool = False
    in_digest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One theme in a message."""

    subject_id: str
    theme_id: str
    title: str
    state: State
    state_label: str
    change: Change
    change_label: str
    sentence: str
    lift: str
    figures: tuple[Figure, ...] = ()
    links: tuple[Link, ...] = ()
    caveats: tuple[str, ...] = ()
    weekly: tuple[Week, ...] = ()
    weekly_caption: str = ""
    onset: dt.date | None = None
    url: str | None = None
    kind: str = "momentum"
    """The kind of the rule that spoke. A ``buzz`` is never shown as the state it may be in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A theme, or a source (without a theme), in one line of an outlook."""

    theme_id: str
    title: str
    state: State
    state_label: str
    detail: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How themes stand, beside what happened to them: a title, what it is good for, a few lines."""

    title: str
    note: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Items under a title; alerts have one without."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Where a message goes. ``key`` is the delivery's: the same message always has the same."""

    key: str
    subscription_id: str
    target: str
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """``kind`` is ``alert``, ``group`` (several alerts at once), ``digest`` or ``sources``; ``at`` is when it was written."""

    kind: str
    to: Envelope
    title: str
    intro: str
    at: dt.datetime
    sections: tuple[Section, ...]
    closing: str = ""
    url: str | None = None
    outlooks: tuple[Outlook, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for section in self.sections for item in section.items)

    def addressed(self, to: Envelope) -> Message:
        return replace(self, to=to)


@cache
def _adapter() -> TypeAdapter[Message]:
    return TypeAdapter(Message)


def as_payload(message: Message) -> dict[str, Any]:
    """The message as plain JSON values, for the outbox."""
    payload: dict[str, Any] = _adapter().dump_python(message, mode="json")
    return payload


def from_payload(payload: Mapping[str, Any]) -> Message:
    """The message an outbox row holds. Raises ValueError when the row is not one."""
    return _adapter().validate_python(dict(payload))


# Cc: control, Cf: invisible and direction-changing, Cs: lone surrogates, which no encoder takes, Zl and Zp: line ends.
_UNWANTED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Joiners that emoji and some scripts need, and French's own non-breaking spaces.
_KEPT = frozenset("\u200d\u200c\u00ad\u00a0\u202f")


def one_line(text: str, limit: int = 300) -> str:
    """The text on one line without invisible characters, cut at ``limit`` with an ellipsis. Foreign titles pass through here."""
    shown = "".join(_shown(char) for char in text)
    words = " ".join(part for part in shown.split(" ") if part)
    return words if len(words) <= limit else words[: max(limit - 1, 0)].rstrip() + "…"


def _shown(char: str) -> str:
    if char in _KEPT:
        return char
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in _UNWANTED else char


def web_url(url: str | None, limit: int = 2000) -> str | None:
    """The address if a reader may be sent there (http or https, a host, no credentials), made safe to quote; otherwise None."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        fit = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return None
    if not fit:
        return None
    safe = quote(url.strip(), safe="%/:?#[]@!$&()*+,;=~-._")
    return safe if len(safe) <= limit else None
