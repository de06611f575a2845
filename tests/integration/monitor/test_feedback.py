"""What readers answer: one newest word each, and the allowance their words speak for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from monitor import feedback
from storage import alerts, themes
from storage import feedback as words
from storage.allowance import allowance
from storage.errors import ConfigError, NotFound
from storage.model import AlertState, Rule, Verdict
from storage.store import Store
from tests.builders import NOW, TODAY, a_theme, an_alert

MOMENTUM = Rule(id="momentum", version=1, name_fr="-", name_en="-", settings={"kind": "momentum"})
PLAIN = Rule(id="many", version=1, name_fr="-", name_en="-", settings={"kind": "threshold", "min_lift": 1.5})


def a_case(store: Store, number: int, score: float, rule: Rule = MOMENTUM, lift: float = 2.0, **evidence: Any) -> str:
    """A closed case that was opened at this score; later it rose far beyond."""
    key, day = f"a-{rule.id}-{number}", TODAY - dt.timedelta(days=number)
    peak = {"on": day.isoformat(), "score": score, "lift": lift, "state": "emerging", "onset": None}
    with store.transaction() as conn:
        case = an_alert(
            key,
            rule_id=rule.id,
            kind=rule.settings["kind"],
            state=AlertState.RESOLVED,
            opened_on=day,
            closed_on=day,
            score=score + 5,
            evidence={"subjects": 1000, "peaks": [peak]} | evidence,
        )
        themes.save(conn, [a_theme()])
        alerts.save(conn, [case])
    return key


def answer(store: Store, alert_id: str, verdict: str, by: str = "anna", minutes: int = 0) -> None:
    feedback.give(store, alert_id, verdict, by, NOW + dt.timedelta(minutes=minutes))


def suggestion(store: Store, rule: Rule = MOMENTUM) -> feedback.Suggestion | None:
    with store.reading() as conn:
        return feedback.suggest(conn, rule)


def test_a_readers_newest_word_stands(store: Store) -> None:
    key = a_case(store, 1, 4.0)
    answer(store, key, "noise")
    answer(store, key, "useful", minutes=5)
    answer(store, key, "known", by="paul  \n martin")
    late = feedback.give(store, key, "noise", "anna", NOW - dt.timedelta(days=1))
    assert late.verdict is Verdict.USEFUL, "an answer that arrives late does not undo a newer one"
    with store.reading() as conn:
        said = words.of_alerts(conn, [key, "a-other"])
    assert [(word.given_by, word.verdict) for word in said[key]] == [
        ("paul martin", Verdict.KNOWN),
        ("anna", Verdict.USEFUL),
    ]


def test_saying_it_twice_changes_nothing(store: Store) -> None:
    key = a_case(store, 1, 4.0)
    one = feedback.give(store, key, "useful", "anna", NOW, "déjà  vu\x00 ailleurs")
    assert feedback.give(store, key, "useful", "anna", NOW, "déjà  vu\x00 ailleurs") == one
    assert one.note == "déjà vu ailleurs"
    with store.reading() as conn:
        assert words.of_alerts(conn, [key]) == {key: [one]}


def test_an_answer_to_what_is_no_id_finds_no_alert(store: Store) -> None:
    for key in ("a\x00", "a\ud800", "", "x" * 9999):
        with pytest.raises(NotFound):
            answer(store, key, "useful")


def test_an_answer_that_cannot_be_kept_says_why(sqlite_store: Store) -> None:
    key = a_case(sqlite_store, 1, 4.0)
    with pytest.raises(NotFound, match="no alert is called 'a-none'"):
        answer(sqlite_store, "a-none", "useful")
    with pytest.raises(ConfigError, match="useful, known or noise"):
        answer(sqlite_store, key, "great")
    with pytest.raises(ConfigError, match="name of who"):
        answer(sqlite_store, key, "useful", by="  ")
    long = feedback.give(sqlite_store, key, "noise", "x" * 999, NOW, "y" * 9999)
    assert (len(long.given_by), len(long.note)) == (200, 500)


def test_answers_are_counted_by_rule_and_kind(store: Store) -> None:
    keys = [a_case(store, n, 4.0) for n in range(3)] + [a_case(store, 9, 4.0, PLAIN)]
    for key, verdict in zip(keys, ("useful", "noise", "known", "noise"), strict=True):
        answer(store, key, verdict)
    answer(store, keys[0], "known", by="paul")
    a_case(store, 4, 4.0)
    with store.reading() as conn:
        found = {tally.rule_id: tally for tally in feedback.tallies(conn)}
    one = found["momentum"]
    assert (one.kind, one.alerts, one.answered, one.useful, one.known, one.noise) == ("momentum", 4, 3, 1, 2, 1)
    assert (found["many"].kind, found["many"].noise) == ("threshold", 1)


def test_too_few_answers_say_how_many_are_missing(store: Store) -> None:
    assert suggestion(store) is None
    for number in range(15):
        answer(store, a_case(store, number, 4.0), "noise" if number % 2 else "useful")
    answer(store, a_case(store, 98, 4.0, subjects=0), "useful")
    told = suggestion(store)
    assert told is not None
    assert (told.outcome, told.labelled, told.missing, told.suggested) == ("too_few", 15, 5, None)


@pytest.mark.parametrize(("verdict", "outcome"), [("useful", "no_noise"), ("known", "no_noise"), ("noise", "only_noise")])
def test_answers_of_one_sort_suggest_nothing(sqlite_store: Store, verdict: str, outcome: str) -> None:
    for number in range(20):
        answer(sqlite_store, a_case(sqlite_store, number, 4.0), verdict)
    told = suggestion(sqlite_store)
    assert told is not None
    assert (told.outcome, told.suggested) == (outcome, None)


def test_noise_among_the_faint_alerts_suggests_a_stricter_allowance(store: Store) -> None:
    for number in range(30):
        answer(store, a_case(store, number, 4.0), "noise" if number < 20 else "useful")
    for number in range(30, 55):
        answer(store, a_case(store, number, 5.0), "noise" if number < 31 else "useful")
    told = suggestion(store)
    assert told is not None
    assert (told.outcome, told.setting, told.present) == ("stricter", "false_alerts_per_month", 5.0)
    assert (told.labelled, told.noise, told.kept, told.kept_noise, told.lost) == (55, 21, 25, 1, 10)
    assert told.suggested is not None
    assert allowance(1000, 5.0) < told.suggested < allowance(1000, 4.0), "between the last left out and the first kept"
    assert told.bound is not None
    assert told.bound <= told.target
    with store.reading() as conn:
        assert alerts.current_rules(conn) == [], "it is never applied by itself"


def test_little_noise_keeps_the_allowance_and_much_cannot_be_helped(sqlite_store: Store) -> None:
    for number in range(40):
        answer(sqlite_store, a_case(sqlite_store, number, 4.0 + number / 100), "noise" if number == 20 else "useful")
    told = suggestion(sqlite_store)
    assert told is not None
    assert (told.outcome, told.kept, told.suggested) == ("keep", 40, None)
    for number in range(40):
        answer(sqlite_store, a_case(sqlite_store, number, 4.0 + number / 100), "noise" if number % 2 else "useful", minutes=1)
    told = suggestion(sqlite_store)
    assert told is not None
    assert (told.outcome, told.suggested) == ("out_of_reach", None)


def test_answers_to_what_the_rule_leaves_out_already_do_not_count(sqlite_store: Store) -> None:
    for number in range(30):
        answer(sqlite_store, a_case(sqlite_store, number, 3.0 if number < 10 else 4.5), "noise" if number < 11 else "useful")
    told = suggestion(sqlite_store)
    assert told is not None
    assert (told.labelled, told.noise) == (20, 1)


def test_several_readers_of_one_alert_are_one_label(sqlite_store: Store) -> None:
    keys = [a_case(sqlite_store, number, 4.0) for number in range(20)]
    for key in keys:
        for reader in ("anna", "paul", "zoé"):
            answer(sqlite_store, key, "noise" if reader == "zoé" or key == keys[0] else "useful", by=reader)
    told = suggestion(sqlite_store)
    assert told is not None
    assert (told.labelled, told.noise) == (20, 1)


def test_a_rule_of_plain_limits_gets_a_lift(sqlite_store: Store) -> None:
    for number in range(40):
        lift = 1.6 if number < 15 else 3.0
        answer(sqlite_store, a_case(sqlite_store, number, 0.5, PLAIN, lift=lift), "noise" if lift < 2 else "known")
    told = suggestion(sqlite_store, PLAIN)
    assert told is not None
    assert (told.outcome, told.setting, told.present, told.suggested) == ("stricter", "min_lift", 1.5, 2.3)


def test_a_share_is_known_better_with_more_answers() -> None:
    assert feedback.upper_share(0, 10) == pytest.approx(0.213, abs=0.001)
    assert feedback.upper_share(0, 11) < 0.2
    assert feedback.upper_share(10, 100) == pytest.approx(0.160, abs=0.001)
    assert feedback.upper_share(20, 20) == pytest.approx(1.0)
