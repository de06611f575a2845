"""Tells the team once that sources have died, and once that they are back: all of them in one message a place.

A source is dead when its address is gone, when it was blocked or unreadable for days, or silent beyond its own rhythm. What was
told stands on the source, so nothing is told twice; while nobody listens nothing counts as told.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from alerts.config import AlertSettings
from alerts.message import Envelope, Line, Message, Outlook, as_payload, one_line
from alerts.outbox import delivery_id
from alerts.policy import allowed_at
from alerts.texts import Texts, texts
from storage import deliveries, sources
from storage.model import Delivery, Source, SourceState, State, Subscription
from storage.store import Store

log = structlog.get_logger()

PATIENCE = dt.timedelta(days=3)
"""Being blocked or unreadable for less than this is a bad day."""
_MOST_LINES = 15
_MANY = 5

Say = Callable[[str, str], str]
"""The sentence of a stored reason in a language."""


@dataclass(frozen=True, slots=True)
class SilenceReport:
    """Sources told of as dead and as back, and the messages owed for them."""

    dead: int = 0
    back: int = 0
    owed: int = 0


def owe_silences(store: Store, now: dt.datetime, settings: AlertSettings, say: Say) -> SilenceReport:
    """Owes one message about the sources that died or came back since the last one. One transaction."""
    with store.transaction() as conn:
        found = [source for source in sources.all_sources(conn) if source.url]
        dead = [source for source in found if source.told is None and is_dead(source, now)]
        back = [source for source in found if source.told is not None and is_back(source)]
        themed = {route.subscription for route in settings.routes if route.themes or route.rules or route.states}
        places = [place for place in deliveries.subscribers(conn, "alerts") if place.id not in themed]
        if not places or not (dead or back):
            return SilenceReport()
        living = sum(source.enabled for source in found)
        leaves_at = allowed_at(now, settings.quiet, settings.timezone)
        new = []
        for place in places:
            message = silence_message(place, dead, back, living, now, say)
            new.append(
                Delivery(
                    id=delivery_id(message.to.key),
                    key=message.to.key,
                    subscription_id=place.id,
                    channel=place.channel,
                    target=place.target,
                    subject_id=message.to.key.partition(":sources:")[2],
                    payload=as_payload(message),
                    created_at=now,
                    next_attempt_at=leaves_at if leaves_at > now else None,
                )
            )
        owed = deliveries.owe(conn, new)
        for source in dead:
            sources.learn(conn, source.id, {"told": source.state.value})
        for source in back:
            sources.learn(conn, source.id, {"told": None})
    log.info("silences owed", dead=len(dead), back=len(back), deliveries=owed)
    return SilenceReport(dead=len(dead), back=len(back), owed=owed)


def is_dead(source: Source, now: dt.datetime) -> bool:
    """Whether a source that used to work no longer does. One that never worked has died to nobody."""
    if not source.enabled or source.last_success_at is None:
        return False
    if source.state is SourceState.GONE:
        return True
    if source.state is SourceState.QUIET:
        return source.gap_days is not None  # with no rhythm of its own, a silence may be chance: the sources page shows it
    return source.state in (SourceState.BLOCKED, SourceState.BROKEN) and now - source.last_success_at >= PATIENCE


def is_back(source: Source) -> bool:
    return source.enabled and source.state is SourceState.ACTIVE


def silence_message(
    place: Subscription, dead: Sequence[Source], back: Sequence[Source], living: int, now: dt.datetime, say: Say
) -> Message:
    """The message in the language of a place. Its key is the same for the same news."""
    said = texts(place.lang)
    news = ",".join(sorted(f"{source.id}={source.state.value}" for source in (*dead, *back)))
    subject = hashlib.sha256(f"{now.date()} {news}".encode()).hexdigest()[:16]
    note = said("What they no longer bring is missing coverage: it is not counted as a falling trend.")
    if len(dead) >= _MANY and 2 * len(dead) >= living:
        note = said("That is half of all sources or more: look at this machine's own connection first.")
    shown = (
        Outlook(title=said("Sources that stopped"), note=note, lines=_lines(said, dead, say)),
        Outlook(title=said("Sources that are back"), note=said("They bring documents again."), lines=_lines(said, back, say)),
    )
    title = said.plural("%(n)s source has stopped", "%(n)s sources have stopped", len(dead))
    if not dead:
        title = said.plural("%(n)s source is back", "%(n)s sources are back", len(back))
    return Message(
        kind="sources",
        to=Envelope(key=f"{place.id}:sources:{subject}", subscription_id=place.id, target=place.target, lang=place.lang),
        title=title,
        intro=one_line(", ".join(source.name for source in (*dead, *back)), 300),
        at=now,
        sections=(),
        outlooks=tuple(outlook for outlook in shown if outlook.lines),
    )


def _lines(said: Texts, found: Sequence[Source], say: Say) -> tuple[Line, ...]:
    lines = [
        Line(
            theme_id="",
            title=one_line(source.name, 140),
            state=State.NOISE,
            state_label=_label(said, source.state),
            detail=_detail(said, source, say),
        )
        for source in found[:_MOST_LINES]
    ]
    if (more := len(found) - _MOST_LINES) > 0:
        rest = said.plural("and %(n)s more", "and %(n)s more", more)
        lines.append(Line(theme_id="", title="…", state=State.NOISE, state_label=rest, detail="zoom-avant sources list"))
    return tuple(lines)


def _label(said: Texts, state: SourceState) -> str:
    labels = {
        SourceState.GONE: said("gone"),
        SourceState.BLOCKED: said("blocked"),
        SourceState.BROKEN: said("unreadable"),
        SourceState.QUIET: said("silent"),
        SourceState.ACTIVE: said("active"),
    }
    return labels[state]


def _detail(said: Texts, source: Source, say: Say) -> str:
    reason = one_line(say(source.state_reason, said.lang), 200) if source.state_reason else ""
    if source.state is SourceState.ACTIVE or source.last_success_at is None:
        return reason or source.id
    last = said("last read on %(day)s", day=said.day(source.last_success_at.date(), year=True))
    return f"{reason} · {last}" if reason else last
