"""Rules and the cases they open."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from storage import alerts, themes
from storage.errors import Conflict, NotFound
from storage.model import AlertState
from storage.store import Store
from tests.builders import TODAY, a_rule, a_theme, an_alert

DAY = dt.timedelta(days=1)


@pytest.fixture
def watched(store: Store) -> Store:
    with store.transaction() as conn:
        themes.save(conn, [a_theme(), a_theme("ai")])
    return store


def test_a_rules_version_is_written_once_and_the_newest_counts(store: Store) -> None:
    with store.transaction() as conn:
        alerts.save_rules(conn, [a_rule(1, settings={"lift": 1.5})])
        alerts.save_rules(conn, [a_rule(1, settings={"lift": 9}), a_rule(10, settings={"lift": 2}), a_rule(9)])
        assert alerts.current_rules(conn) == [a_rule(10, settings={"lift": 2})]
        alerts.save_rules(conn, [a_rule(11, enabled=False)])
        assert [rule.enabled for rule in alerts.current_rules(conn)] == [False]


def test_saving_a_case_twice_keeps_one(watched: Store) -> None:
    case = an_alert(evidence={"also": ["ai"]})
    with watched.transaction() as conn:
        alerts.save(conn, [case])
        alerts.save(conn, [case])
        assert alerts.all_alerts(conn) == [case]
        assert alerts.get(conn, "a1") == case


def test_a_rule_has_one_open_case_on_a_theme(watched: Store) -> None:
    with watched.transaction() as conn:
        alerts.save(conn, [an_alert("a1")])
    with pytest.raises(Conflict, match="has an open case on the theme already"), watched.transaction() as conn:
        alerts.save(conn, [an_alert("a2")])
    closed = replace(an_alert("a1"), state=AlertState.RESOLVED, closed_on=TODAY + DAY)
    with watched.transaction() as conn:
        alerts.save(conn, [closed])
        alerts.save(conn, [an_alert("a2", opened_on=TODAY + DAY), an_alert("b1", theme="ai")])
        assert [case.id for case in alerts.open_alerts(conn)] == ["b1", "a2"]


def test_between_is_half_open_and_counts_every_day_a_case_lived(watched: Store) -> None:
    with watched.transaction() as conn:
        alerts.save(conn, [an_alert("closed", closed_on=TODAY + 2 * DAY), an_alert("open", opened_on=TODAY + 3 * DAY)])

        def found(start: int, end: int) -> list[str]:
            return [case.id for case in alerts.between(conn, TODAY + start * DAY, TODAY + end * DAY)]

        assert found(-1, 0) == []
        assert found(0, 1) == found(1, 2) == found(2, 3) == ["closed"]
        assert found(3, 4) == found(9, 10) == ["open"]
        assert found(0, 9) == ["closed", "open"]


def test_an_unknown_case_is_named(store: Store) -> None:
    with store.reading() as conn, pytest.raises(NotFound, match="no alert is called 'a9'"):
        alerts.get(conn, "a9")
