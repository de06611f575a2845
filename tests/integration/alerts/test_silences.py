"""The team hears once that a source died and once that it is back, never once a visit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from alerts.channels.build import build_channels
from alerts.config import AlertSettings, Route
from alerts.outbox import deliver
from alerts.silences import SilenceReport, is_dead, owe_silences
from storage import deliveries, sources
from storage.model import SourceState, Subscription
from storage.store import Store
from tests.builders import a_source
from tests.conftest import NOW
from tests.servers.slack import FakeSlack

DAY = dt.timedelta(days=1)
LONG_AGO = NOW - 9 * DAY


def say(stored: str, lang: str) -> str:
    return f"[{lang}] {stored}"


def place(store: Store, *wanted: Subscription) -> None:
    with store.transaction() as conn:
        deliveries.subscribe(conn, wanted)


def subscription(channel: str = "file", target: str = "out", lang: str = "en") -> Subscription:
    return Subscription(id=f"alerts:{channel}:{target}", channel=channel, target=target, content="alerts", lang=lang)


def found(store: Store, state: SourceState, *keys: str, last: dt.datetime | None = LONG_AGO) -> None:
    """Puts sources into a state, as visits would."""
    with store.transaction() as conn:
        known = {source.id for source in sources.all_sources(conn)}
        sources.declare(conn, [a_source(key, url=f"https://{key}.example/") for key in keys if key not in known])
        for key in keys:
            sources.learn(conn, key, {"state": state, "state_reason": "status: x", "last_success_at": last, "gap_days": 1.0})


@pytest.mark.parametrize(
    ("state", "days", "dead"),
    [
        (SourceState.GONE, 0, True),
        (SourceState.QUIET, 0, True),
        (SourceState.BLOCKED, 2, False),
        (SourceState.BLOCKED, 3, True),
        (SourceState.BROKEN, 2, False),
        (SourceState.BROKEN, 3, True),
        (SourceState.EMPTY, 30, False),
        (SourceState.ACTIVE, 30, False),
        (SourceState.NEVER_REACHED, 30, False),
    ],
)
def test_dead_is_gone_or_silent_or_shut_for_days(state: SourceState, days: int, dead: bool) -> None:
    source = a_source(state=state, last_success_at=NOW - days * DAY, gap_days=1.0)
    assert is_dead(source, NOW) is dead
    assert not is_dead(a_source(state=state, last_success_at=None), NOW), "what never worked has died to nobody"
    assert not is_dead(a_source(state=state, last_success_at=LONG_AGO, enabled=False), NOW)


def test_a_silence_without_a_rhythm_of_its_own_may_be_chance() -> None:
    assert not is_dead(a_source(state=SourceState.QUIET, last_success_at=NOW, gap_days=None), NOW)


def test_several_deaths_are_one_message_and_told_once(store: Store, tmp_path: Path) -> None:
    place(store, subscription(), subscription(target="sortie", lang="fr"))
    found(store, SourceState.GONE, "a", "b")
    found(store, SourceState.ACTIVE, "c")
    settings = AlertSettings(file_root=tmp_path)
    assert owe_silences(store, NOW, settings, say) == SilenceReport(dead=2, owed=2)
    for hours in range(1, 50, 7):
        found(store, SourceState.GONE if hours < 20 else SourceState.BROKEN, "a", "b")
        assert owe_silences(store, NOW + dt.timedelta(hours=hours), settings, say) == SilenceReport()
    assert deliver(store, NOW, settings).sent == 2
    english, french = ((next((tmp_path / folder).glob("*.txt"))).read_text() for folder in ("out", "sortie"))
    assert "2 sources have stopped" in english
    assert "[en] status: x · last read on 21 February 2026" in english
    assert "2 sources se sont arrêtées" in french
    assert "[fr] status: x · dernière lecture le 21 février 2026" in french


def test_a_recovery_is_told_once_and_a_second_death_again(store: Store) -> None:
    place(store, subscription())
    settings = AlertSettings()
    found(store, SourceState.QUIET, "a")
    assert owe_silences(store, NOW, settings, say).dead == 1
    found(store, SourceState.ACTIVE, "a", last=NOW)
    assert owe_silences(store, NOW + DAY, settings, say) == SilenceReport(back=1, owed=1)
    assert owe_silences(store, NOW + 2 * DAY, settings, say) == SilenceReport()
    found(store, SourceState.QUIET, "a")
    assert owe_silences(store, NOW + 3 * DAY, settings, say) == SilenceReport(dead=1, owed=1)


def test_nothing_counts_as_told_while_nobody_listens(store: Store) -> None:
    found(store, SourceState.GONE, "a")
    themed = subscription(target="themed")
    place(store, themed)
    settings = AlertSettings(routes=(Route(subscription=themed.id, themes=("quantum",)),))
    assert owe_silences(store, NOW, settings, say) == SilenceReport()
    with store.reading() as conn:
        assert sources.get(conn, "a").told is None
    place(store, subscription())
    assert owe_silences(store, NOW, settings, say) == SilenceReport(dead=1, owed=1)


def test_when_half_of_all_fell_silent_the_connection_is_suspected(store: Store, tmp_path: Path) -> None:
    place(store, subscription())
    found(store, SourceState.BROKEN, *(f"s{number:02}" for number in range(20)))
    settings = AlertSettings(file_root=tmp_path)
    owe_silences(store, NOW, settings, say)
    deliver(store, NOW, settings)
    (text,) = ((file.read_text()) for file in (tmp_path / "out").glob("*.txt"))
    assert "look at this machine's own connection first" in " ".join(text.split())
    assert "and 5 more" in text


def test_slack_shows_it(store: Store, slack: FakeSlack, settings: AlertSettings) -> None:
    place(store, subscription("slack", "#veille"))
    found(store, SourceState.BLOCKED, "a")
    owe_silences(store, NOW, settings, say)
    assert deliver(store, NOW, settings, build_channels(settings)).sent == 1
    assert "1 source has stopped" in str(slack.messages[0].body)


def test_mail_shows_it(store: Store, mail: object, settings: AlertSettings) -> None:
    place(store, subscription("email", "ana@example.org"))
    found(store, SourceState.BLOCKED, "a")
    owe_silences(store, NOW, settings, say)
    assert deliver(store, NOW, settings, build_channels(settings)).sent == 1
