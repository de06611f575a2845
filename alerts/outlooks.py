"""How themes stand at a week's end, beside what happened to them: two short lists, drawn from their newest signals.

*Perspective* is what goes on over years (trends, transitions); *prospective* is what asks a question (ruptures, weak signals).
Neither is an alert, and the note beside each list says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from sqlalchemy.engine import Connection

from alerts.config import AlertSettings
from alerts.figures import against, state_label
from alerts.links import theme_url
from alerts.message import Line, Outlook, one_line
from alerts.texts import Texts, texts
from storage.model import State
from storage.outlook import Standing, standing

_MOST = 3


def outlooks(
    conn: Connection, start: dt.date, end: dt.date, told: Collection[str], lang: str, settings: AlertSettings
) -> tuple[Outlook, ...]:
    """The outlooks of the week [``start``, ``end``) that have something to show, without the themes ``told`` of already."""
    said = texts(lang)
    muted = {mute.theme_id for mute in settings.mutes if mute.until is None or end < mute.until}
    left_out = {*told, *muted}

    def lines(*states: State) -> tuple[Line, ...]:
        # One state after the other, so that the likely many of one kind leave room for the other.
        found = [row for state in states for row in standing(conn, start, end, (state,), left_out, _MOST)]
        return tuple(_lines(said, found, settings))

    shown = (
        Outlook(
            title=said("Perspective"),
            note=said("Trends and transitions under way, to be followed over programme phases."),
            lines=lines(State.TRANSITION, State.TREND),
        ),
        Outlook(
            title=said("Prospective"),
            note=said("Weak signals and ruptures: questions to look into, not forecasts."),
            lines=lines(State.RUPTURE, State.WEAK_SIGNAL),
        ),
    )
    return tuple(outlook for outlook in shown if outlook.lines)


def _lines(said: Texts, found: Iterable[Standing], settings: AlertSettings) -> Iterable[Line]:
    for row in found:
        numbers = against(said, row.observed, row.expected)
        yield Line(
            theme_id=row.theme_id,
            title=one_line(row.label_fr if said.lang == "fr" else row.label_en, 140),
            state=row.state,
            state_label=state_label(said, row.state),
            detail=said.plural("%(numbers)s, from %(n)s source", "%(numbers)s, from %(n)s sources", row.sources, numbers=numbers),
            url=theme_url(settings, row.theme_id),
        )
