"""What readers answer to alerts, and the allowance their answers speak for. A suggestion is never applied by itself."""

from __future__ import annotations

import datetime as dt

import structlog

from storage import alerts, feedback
from storage.errors import ConfigError
from storage.model import Feedback, Verdict
from storage.store import Store

log = structlog.get_logger()

NOTE_LENGTH = 500
NAME_LENGTH = 200


def give(store: Store, alert_id: str, verdict: str, given_by: str, now: dt.datetime, note: str = "") -> Feedback:
    """Keeps a reader's newest word on an alert: ``useful``, ``known`` or ``noise``. Saying it twice changes nothing.

    ``given_by`` names the reader as the place they answered from knows them (``slack:U123``, ``web``, a name); it is trimmed
    to 200 characters, the note to 500. An answer older than one already kept is not written; the one that stands is returned.
    Raises ConfigError for another verdict or an empty name, NotFound for an unknown alert.
    """
    try:
        said = Verdict(verdict)
    except ValueError:
        raise ConfigError(f"'{verdict[:40]}' is no answer to an alert: choose useful, known or noise") from None
    reader = " ".join(given_by.split())[:NAME_LENGTH]
    if not reader:
        raise ConfigError("an answer to an alert needs the name of who gives it")
    word = Feedback(
        id=feedback.feedback_id(alert_id, reader),
        alert_id=alert_id,
        verdict=said,
        given_by=reader,
        given_at=now,
        note=" ".join(note.split())[:NOTE_LENGTH],
    )
    with store.transaction() as conn:
        alerts.get(conn, alert_id)
        standing = feedback.save(conn, word)
    log.info("feedback kept", alert=alert_id, verdict=standing.verdict.value)
    return standing
