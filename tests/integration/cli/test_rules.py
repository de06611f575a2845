"""Rules, answers and allowances from the command line."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from monitor.cases import raise_alerts
from monitor.monitoring import MonitorSettings
from storage import alerts, observations, themes
from storage.model import Signal, State
from storage.store import Store
from tests.builders import NOW, a_signal, a_theme
from tests.integration.cli.conftest import Zoom, url_of

LAST = NOW.date() - dt.timedelta(days=1)
FIRST = LAST - dt.timedelta(days=9)


def a_past(store: Store) -> str:
    """Ten days of signals, heard day by day; a case is opened on the sixth. Returns its id."""
    over = {"subjects": 1000, "onset": (FIRST + dt.timedelta(days=2)).isoformat()}
    quiet = a_signal(state=State.STABLE, score=0.1, lift=1.0, threshold=3.78)
    with store.transaction() as conn:
        themes.save(conn, [a_theme()])
    for n in range(10):
        day = FIRST + dt.timedelta(days=n)
        found: Signal = replace(quiet, day=day) if n < 5 else a_signal(day=day, score=4.2, threshold=3.78, evidence=over)
        with store.transaction() as conn:
            observations.add_signals(conn, [found])
        raise_alerts(store, dt.datetime.combine(day + dt.timedelta(days=1), dt.time(12), dt.UTC), MonitorSettings())
    with store.reading() as conn:
        (case,) = alerts.all_alerts(conn)
    return case.id


PERIOD = ("--from", FIRST.isoformat(), "--to", LAST.isoformat())


def test_a_rule_is_replayed_over_the_stored_past(zoom_on: Zoom, store: Store) -> None:
    key = a_past(store)
    french = zoom_on("rules", "replay", "momentum", *PERIOD)
    assert french.code == 0
    assert ": 1, soit 3 par mois" in french.out
    assert "Jours après le début du mouvement : 3 en médiane" in french.out
    assert "n'aurait pas dit : 0" in french.out
    assert "Quantique" in french.out
    english = zoom_on("rules", "replay", *PERIOD, "--lang", "en")
    assert ": 1, which makes 3 a month" in english.out
    assert "Told by this rule and by no alert on record: 0." in english.out

    told = zoom_on("rules", "replay", "momentum", "--set", "false_alerts_per_month=1", *PERIOD, "--json").json
    assert (told["alerts"], told["alerts_a_month"], told["spoken"]) == (0, 0, [])
    assert [one["alert_id"] for one in told["missed"]] == [key]
    assert told["settings"]["false_alerts_per_month"] == 1
    own = zoom_on("rules", "replay", "--set", "kind=threshold", "--set", "min_lift=2", *PERIOD, "--json").json
    (one,) = own["spoken"]
    assert (own["rule_id"], one["theme_id"], one["opened_on"]) == ("trial", "quantum", (FIRST + dt.timedelta(days=5)).isoformat())
    assert (one["is_new"], one["days_after_onset"], one["theme"]) == (True, 3, "Quantique")


def test_a_period_that_is_not_stored_is_said_to_be(zoom_on: Zoom, store: Store) -> None:
    empty = zoom_on("rules", "replay", *PERIOD, "--lang", "en")
    assert empty.code == 0
    assert "No signals are stored" in empty.out
    a_past(store)
    longer = ("--from", (FIRST - dt.timedelta(days=50)).isoformat(), "--to", LAST.isoformat())
    assert (
        f"à partir du {FIRST.isoformat()} ; jours rejoués, au lieu de toute la période : 10."
        in zoom_on("rules", "replay", *longer).out
    )
    assert zoom_on("rules", "replay", *longer, "--json").json["stored_from"] == FIRST.isoformat()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("replay", "nobody"), "no rule is called 'nobody'"),
        (("replay", "--set", "min_lift"), "KEY=VALUE"),
        (("replay", "--set", "min_lift=0"), "min_lift"),
        (("replay", "momentum", "--set", "kind=buzz"), "min_lift"),
        (("replay", "buzz", "--set", "kind=threshold", "--set", "false_alerts_per_month=1"), "false_alerts_per_month"),
        (("replay", "--from", "2026-02-01", "--to", "2026-01-01"), "ends before it begins"),
        (("replay", "--from", "soon"), "is not a day"),
        (("add", "momentum", "--set", "min_lift=3"), "follows the section [monitor]"),
        (("add", "buzz", "--set", "min_sources=1"), "follows the section [monitor]"),
        (("suggest", "nobody"), "no rule is called 'nobody'"),
    ],
)
def test_what_cannot_be_done_says_why(zoom: Zoom, sqlite_store: Store, words: tuple[str, ...], said: str) -> None:
    a_past(sqlite_store)
    ran = zoom("--database", url_of(sqlite_store), "rules", *words)
    assert ran.code in (1, 2)
    assert said in ran.err


def test_a_rule_keeps_its_kind(zoom: Zoom, sqlite_store: Store) -> None:
    database = ("--database", url_of(sqlite_store))
    assert zoom(*database, "rules", "add", "own", "--set", "kind=threshold", "--set", "min_eur=5000000").code == 0
    changed = zoom(*database, "rules", "add", "own", "--set", "kind=threshold", "--set", "min_eur=1")
    assert changed.out.strip() == "rule own, version 2"
    other = zoom(*database, "rules", "add", "fresh", "--set", "kind=momentum", "--set", "false_alerts_per_month=1")
    assert other.code == 0
    refused = zoom(*database, "rules", "add", "fresh", "--set", "kind=conjunction")
    assert refused.code != 0
    assert "keeps its kind" in refused.err


def test_answers_are_kept_counted_and_shown(zoom_on: Zoom, store: Store) -> None:
    key = a_past(store)
    assert zoom_on("alerts", "feedback", key, "useful", "--by", "anna", "--note", "à suivre").code == 0
    again = zoom_on("alerts", "feedback", key, "noise", "--by", "anna", "--json")
    assert again.json["verdict"] == "noise"
    (answer,) = zoom_on("alerts", "show", key, "--json").json["feedback"]
    assert (answer["verdict"], answer["given_by"]) == ("noise", "anna")
    assert "choose useful, known or noise" in zoom_on("alerts", "feedback", key, "great").err
    assert "no alert is called" in zoom_on("alerts", "feedback", "a-none", "noise").err

    (tally,) = zoom_on("rules", "feedback", "--json").json
    assert (tally["rule_id"], tally["kind"], tally["answered"], tally["noise"]) == ("momentum", "momentum", 1, 1)
    listed = {row["id"]: row for row in zoom_on("rules", "list", "--json").json}
    assert set(listed) == {"momentum", "conjunction", "buzz"}
    assert listed["momentum"]["noise"] == 1
    assert listed["momentum"]["suggestion"]["missing"] == 19
    assert listed["buzz"]["suggestion"] is None
    assert "il en manque 19" in zoom_on("rules", "suggest", "momentum").out
    assert "a suggestion needs 19 more" in zoom_on("rules", "suggest", "momentum", "--lang", "en").out
    assert [row["outcome"] for row in zoom_on("rules", "suggest", "--json").json] == ["unlabelled", "unlabelled", "too_few"]


def test_a_subscription_may_allow_fewer_false_alerts(zoom_on: Zoom) -> None:
    strict = zoom_on("subscriptions", "add", "email:a@example.org", "--false-alerts-per-month", "1", "--json")
    assert strict.json["false_alerts_per_month"] == 1
    (row,) = zoom_on("subscriptions", "list", "--json").json
    assert row["false_alerts_per_month"] == 1
    zoom_on("subscriptions", "add", "email:a@example.org")
    (row,) = zoom_on("subscriptions", "list", "--json").json
    assert row["false_alerts_per_month"] is None
    for words in (
        ("email:a@example.org", "--false-alerts-per-month", "0"),
        ("email:a@example.org", "--false-alerts-per-month", "nan"),
    ):
        assert "above 0" in zoom_on("subscriptions", "add", *words).err
    digest = zoom_on(
        "subscriptions", "add", "email:a@example.org", "--content", "digest", "--false-alerts-per-month", "1", "--json"
    )
    assert digest.json["false_alerts_per_month"] == 1
