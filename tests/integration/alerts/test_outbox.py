"""Owing and delivering: each message once, whatever happens in between."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import pytest

from alerts.channels.base import Receipt
from alerts.config import AlertSettings, Mute, QuietHours, RetrySettings, Route
from alerts.message import Message
from alerts.outbox import LEASE_TTL, deliver, owe_alerts
from storage import alerts, deliveries, leases
from storage.model import Alert, AlertState, Delivery, DeliveryState, State
from storage.store import Store
from tests.servers.slack import TOKEN, FakeSlack
from tests.servers.smtp import FakeMailServer
from tests.unit.alerts.samples import NOW, a_subscription, an_alert, seed

SLACK, MAIL = a_subscription(), a_subscription("email", "reader@example.org", lang="en")


def rows(store: Store) -> list[Delivery]:
    with store.reading() as conn:
        return deliveries.all_deliveries(conn)


def change(store: Store, alert: Alert, **changed: Any) -> None:
    with store.transaction() as conn:
        alerts.save(conn, [dataclasses.replace(alert, **changed)])


def later(**span: int) -> dt.datetime:
    return NOW + dt.timedelta(**span)


def test_running_twice_sends_nothing_twice(store: Store, slack: FakeSlack, mail: FakeMailServer, settings: AlertSettings) -> None:
    seed(store, an_alert(), places=(SLACK, MAIL))
    assert owe_alerts(store, NOW, settings).owed == 2
    assert deliver(store, NOW, settings).sent == 2
    before = rows(store)
    assert owe_alerts(store, NOW, settings).owed == 0
    assert deliver(store, NOW, settings).sent == 0
    assert rows(store) == before
    assert (len(slack.messages), len(mail.mails)) == (1, 1)
    assert {row.state for row in before} == {DeliveryState.SENT}
    assert mail.mails[0]["Subject"] == "Emerging: Integrated photonics"


def test_the_stored_payload_holds_no_secret(sqlite_store: Store, settings: AlertSettings) -> None:
    seed(sqlite_store, an_alert(), places=(SLACK, MAIL))
    owe_alerts(sqlite_store, NOW, settings)
    deliver(sqlite_store, NOW, settings)
    held = json.dumps([dataclasses.asdict(row) for row in rows(sqlite_store)], default=str)
    for hidden in (TOKEN, "hooksecret", "a-key-for-links", "token="):
        assert hidden not in held


def test_a_new_version_edits_the_case_and_a_closing_says_so(store: Store, slack: FakeSlack, settings: AlertSettings) -> None:
    case = an_alert()
    seed(store, case, places=(SLACK,))
    for version, changed in enumerate(({}, {"lift": 4.0}, {"state": AlertState.RESOLVED, "closed_on": dt.date(2026, 3, 2)}), 1):
        change(store, case, version=version, **changed)
        slack.advance()
        owe_alerts(store, NOW, settings)
        assert deliver(store, NOW, settings).sent == 1
    (root,) = slack.roots()
    assert "Clos le 2 mars" in root.words
    assert len(slack.messages) == 3


def test_pending_old_and_closed_cases_are_not_announced(sqlite_store: Store, settings: AlertSettings) -> None:
    closed = {"state": AlertState.RESOLVED, "closed_on": dt.date(2026, 2, 28)}
    seed(
        sqlite_store,
        an_alert("a1", state=AlertState.PENDING),
        an_alert("a2", "quantum", opened_on=dt.date(2026, 1, 2)),
        an_alert("a3", "robotics", **closed),
        places=(SLACK,),
    )
    assert owe_alerts(sqlite_store, NOW, settings).owed == 0


def test_a_process_killed_while_sending_leaves_unknown_and_no_second_message(
    store: Store, slack: FakeSlack, settings: AlertSettings
) -> None:
    seed(store, an_alert(), places=(SLACK,))
    owe_alerts(store, NOW, settings)

    class Killed:
        name = "slack"

        def send(self, message: Message, thread: Mapping[str, Any] | None = None) -> Receipt:
            raise KeyboardInterrupt  # a kill: not even an Exception

    with pytest.raises(KeyboardInterrupt):
        deliver(store, NOW, settings, {"slack": Killed()})
    assert [row.state for row in rows(store)] == [DeliveryState.SENDING]
    report = deliver(store, later(hours=1), settings)
    assert (report.recovered, report.sent) == (1, 0)
    assert [row.state for row in rows(store)] == [DeliveryState.UNKNOWN]
    assert deliver(store, later(days=3), settings).sent == 0
    assert slack.messages == []


def test_a_lost_reply_is_unknown_and_never_sent_again(store: Store, slack: FakeSlack, settings: AlertSettings) -> None:
    seed(store, an_alert(), places=(SLACK,))
    owe_alerts(store, NOW, settings)
    slack.fail_next("lost")
    assert deliver(store, NOW, settings).unknown == 1
    assert deliver(store, later(days=2), settings).sent == 0
    assert len(slack.messages) == 1


def test_a_refusal_for_now_is_tried_again_and_given_up_in_the_end(
    sqlite_store: Store, mail: FakeMailServer, settings: AlertSettings
) -> None:
    seed(sqlite_store, an_alert(), places=(MAIL,))
    settings = settings.model_copy(update={"retry": RetrySettings(first_s=60, factor=2, attempts=3)})
    owe_alerts(sqlite_store, NOW, settings)
    mail.rcpt = "451 try later"
    assert deliver(sqlite_store, NOW, settings).retried == 1
    assert deliver(sqlite_store, later(seconds=59), settings) == deliver(sqlite_store, NOW, settings, {})
    assert deliver(sqlite_store, later(seconds=60), settings).retried == 1
    assert deliver(sqlite_store, later(seconds=179), settings).retried == 0
    assert deliver(sqlite_store, later(seconds=180), settings).failed == 1
    (row,) = rows(sqlite_store)
    assert (row.state, row.attempts) == (DeliveryState.FAILED, 3)
    assert "451" in (row.error or "")


def test_a_permanent_refusal_fails_at_once(sqlite_store: Store, mail: FakeMailServer, settings: AlertSettings) -> None:
    seed(sqlite_store, an_alert(), places=(MAIL,))
    owe_alerts(sqlite_store, NOW, settings)
    mail.rcpt = "550 no such user"
    assert deliver(sqlite_store, NOW, settings).failed == 1


def test_slacks_pace_is_kept_by_short_waits(sqlite_store: Store, slack: FakeSlack, settings: AlertSettings) -> None:
    cases = [an_alert(f"a{i}", f"theme-{i}") for i in range(4)]
    seed(sqlite_store, *cases, places=(SLACK,))
    owe_alerts(sqlite_store, NOW, settings)
    assert deliver(sqlite_store, NOW, settings, wait=slack.advance).sent == 4
    assert len(slack.roots()) == 4
    assert slack.waits == [1.0, 1.0, 1.0]


def test_a_long_retry_after_holds_the_place_and_is_honoured(
    sqlite_store: Store, slack: FakeSlack, settings: AlertSettings
) -> None:
    seed(sqlite_store, an_alert("a1", "one"), an_alert("a2", "two"), places=(SLACK,))
    owe_alerts(sqlite_store, NOW, settings)
    slack.fail_next("ratelimited")
    report = deliver(sqlite_store, NOW, settings, wait=slack.advance)
    assert (report.retried, report.sent) == (1, 0)
    assert {row.next_attempt_at for row in rows(sqlite_store)} == {None, later(seconds=30)}
    assert len(slack.calls) == 0, "the second message did not even try"


def test_many_new_alerts_at_once_are_one_message_and_share_its_thread(
    store: Store, slack: FakeSlack, settings: AlertSettings
) -> None:
    cases = [an_alert(f"a{i}", f"theme-{i}") for i in range(6)]
    seed(store, *cases, places=(SLACK,))
    owe_alerts(store, NOW, settings)
    assert deliver(store, NOW, settings).sent == 6
    (root,) = slack.messages
    assert "6 nouvelles alertes" in root.words
    change(store, cases[2], version=2, lift=5.0)
    slack.advance()
    owe_alerts(store, NOW, settings)
    deliver(store, NOW, settings)
    assert root.edits == []
    assert slack.messages[1].thread_ts == root.ts


def test_versions_of_a_case_never_overtake_each_other(sqlite_store: Store, slack: FakeSlack, settings: AlertSettings) -> None:
    case = an_alert()
    seed(sqlite_store, case, places=(SLACK,))
    owe_alerts(sqlite_store, NOW, settings)
    slack.fail_next("503")
    deliver(sqlite_store, NOW, settings)
    change(sqlite_store, case, version=2, lift=4.0)
    owe_alerts(sqlite_store, later(seconds=5), settings)
    assert deliver(sqlite_store, later(seconds=5), settings).sent == 0
    assert deliver(sqlite_store, later(seconds=60), settings).sent == 1
    slack.advance()
    assert deliver(sqlite_store, later(seconds=61), settings).sent == 1
    (root,) = slack.roots()
    assert "×4" in root.words


def test_quiet_hours_put_off_what_is_owed(sqlite_store: Store, slack: FakeSlack, settings: AlertSettings) -> None:
    seed(sqlite_store, an_alert(), places=(SLACK,))
    quiet = settings.model_copy(update={"quiet": QuietHours(start=dt.time(20), end=dt.time(10))})
    owe_alerts(sqlite_store, NOW, quiet)  # 9:00 in Paris
    assert deliver(sqlite_store, NOW, quiet).sent == 0
    assert deliver(sqlite_store, later(hours=1), quiet).sent == 1


def test_muted_themes_and_routes(sqlite_store: Store, settings: AlertSettings) -> None:
    seed(sqlite_store, an_alert("a1", "one"), an_alert("a2", "two", signal_state=State.RUPTURE), places=(SLACK, MAIL))
    chosen = settings.model_copy(
        update={
            "mutes": (Mute(theme_id="one", until=dt.date(2026, 3, 3)),),
            "routes": (Route(subscription=MAIL.id, states=(State.TREND,)),),
        }
    )
    report = owe_alerts(sqlite_store, NOW, chosen)
    assert (report.owed, report.muted) == (1, 1)
    assert owe_alerts(sqlite_store, later(days=1), chosen).owed == 1, "the mute is over"


def test_a_channel_that_is_not_set_up_keeps_the_message(sqlite_store: Store) -> None:
    seed(sqlite_store, an_alert(), places=(SLACK,))
    bare = AlertSettings()
    owe_alerts(sqlite_store, NOW, bare)
    assert deliver(sqlite_store, NOW, bare).retried == 1
    assert "not set up" in (rows(sqlite_store)[0].error or "")


def test_a_bug_in_a_channel_is_a_row_not_a_crash(sqlite_store: Store, settings: AlertSettings) -> None:
    seed(sqlite_store, an_alert(), places=(SLACK,))
    owe_alerts(sqlite_store, NOW, settings)

    class Broken:
        name = "slack"

        def send(self, message: Message, thread: Mapping[str, Any] | None = None) -> Receipt:
            raise RuntimeError(TOKEN)

    assert deliver(sqlite_store, NOW, settings, {"slack": Broken()}).unknown == 1
    assert TOKEN not in (rows(sqlite_store)[0].error or "")


def test_who_has_unsubscribed_gets_nothing_more(sqlite_store: Store, mail: FakeMailServer, settings: AlertSettings) -> None:
    seed(sqlite_store, an_alert(), places=(MAIL,))
    owe_alerts(sqlite_store, NOW, settings)
    with sqlite_store.transaction() as conn:
        deliveries.subscribe(conn, [dataclasses.replace(MAIL, enabled=False)])
    assert deliver(sqlite_store, NOW, settings).failed == 1
    assert mail.mails == []
    assert rows(sqlite_store)[0].error == "the subscription has ended"


def test_only_one_process_delivers(sqlite_store: Store, settings: AlertSettings) -> None:
    seed(sqlite_store, an_alert(), places=(SLACK,))
    owe_alerts(sqlite_store, NOW, settings)
    with sqlite_store.transaction() as conn:
        leases.acquire(conn, "deliver", "somebody else", NOW, LEASE_TTL)
    assert deliver(sqlite_store, NOW, settings).busy
    assert deliver(sqlite_store, NOW + LEASE_TTL, settings).sent == 1


def test_a_stricter_place_hears_of_a_case_once_it_is_certain_enough(
    store: Store, slack: FakeSlack, mail: FakeMailServer, settings: AlertSettings
) -> None:
    sure = dataclasses.replace(MAIL, false_alerts_per_month=1.0)
    opened = NOW.date() - dt.timedelta(days=1)

    def height(on: dt.date, score: float) -> dict[str, Any]:
        return {"on": on.isoformat(), "score": score}

    told = {"subjects": 1000, "peaks": [height(opened, 3.9)]}
    case = an_alert(opened_on=opened, score=3.9, threshold=3.7845, evidence=told)
    seed(store, case, places=(SLACK, sure))
    assert owe_alerts(store, NOW, settings).owed == 1
    deliver(store, NOW, settings)
    assert (len(slack.messages), len(mail.mails)) == (1, 0)

    certain = later(days=30)
    more = {**told, "peaks": [*told["peaks"], height(certain.date(), 4.6)]}  # type: ignore[misc]
    change(store, case, score=4.6, evidence=more)
    assert owe_alerts(store, certain, settings).owed == 1, "no new version, but news to this place"
    assert owe_alerts(store, certain, settings).owed == 0
    deliver(store, certain, settings)
    assert (len(slack.messages), len(mail.mails)) == (1, 1)

    over = {"state": AlertState.RESOLVED, "closed_on": certain.date(), "version": 2}
    change(store, case, score=3.0, evidence=more, **over)
    assert owe_alerts(store, certain, settings).owed == 2, "whoever heard of it hears that it is over"


def test_plain_limits_reach_a_strict_place_and_faint_movements_never_do(sqlite_store: Store, settings: AlertSettings) -> None:
    sure = dataclasses.replace(SLACK, false_alerts_per_month=0.01)
    plain = an_alert("a1", kind="threshold", score=0.1)
    faint = an_alert("a2", "quantum", score=3.9, threshold=3.7845, evidence={"subjects": 1000})
    seed(sqlite_store, plain, faint, places=(sure,))
    owe_alerts(sqlite_store, NOW, settings)
    assert [row.subject_id for row in rows(sqlite_store)] == ["a1"]
