"""Mondays: which weeks are due, what is provisional in between, and that neither gaps nor crashes change what is settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from nlp.config import NlpSettings
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import read_lexicon
from nlp.themes.steps import weeks
from nlp.themes.steps.curate import merge_themes
from nlp.themes.steps.discover import DiscoverReport
from storage import alerts, themes
from storage.store import Store
from storage.tables import assignments, cursors, documents, enrichments, model_runs, placements, theme_events
from storage.tables import themes as themes_table
from tests.builders import a_rule, an_alert
from tests.integration.nlp.planted import Press, between, monday, towards
from tests.integration.nlp.test_theme_steps import crash_at

TABLES = (assignments, placements, theme_events, themes_table, model_runs, cursors)


@pytest.fixture
def settings(tmp_path: Path) -> NlpSettings:
    file = tmp_path / "themes.toml"
    file.write_text("", encoding="utf-8")
    return NlpSettings(themes=ThemeSettings(watch_file=file))


@pytest.fixture
def press(sqlite_store: Store, settings: NlpSettings) -> Press:
    return written(sqlite_store, settings)


@pytest.fixture
def twin(tmp_path: Path, settings: NlpSettings) -> Iterator[Press]:
    """The same press once more."""
    store = Store.open(f"sqlite:///{tmp_path / 'twin.db'}", create=True)
    yield written(store, settings)
    store.close()


def written(store: Store, settings: NlpSettings) -> Press:
    """Four weeks: a subject from the first on, one that begins in the second and moves, and one of the third week alone."""
    press = Press(store, settings)
    press.murmur(5)
    for week in range(4):
        press.write(week, 4, "serre verticale", towards((7, 1.0)), copies=1)
    for week in range(1, 4):
        press.write(week, 4, "goémon séché", between(0, 1, 15 * week))
    press.write(2, 5, "école de drones", towards((9, 1.0)))
    return press


def everything(press: Press, *but: sa.Table) -> dict[str, list[str]]:
    with press.store.reading() as conn:
        return {t.name: sorted(repr(tuple(row)) for row in conn.execute(sa.select(t))) for t in TABLES if t not in but}


def due(press: Press, now: dt.datetime) -> list[dt.date]:
    with press.store.reading() as conn:
        return weeks.due(conn, now)


# Which weeks are due


def test_nothing_is_due_before_the_first_document(sqlite_store: Store) -> None:
    with sqlite_store.reading() as conn:
        assert weeks.due(conn, monday(3)) == []


def test_the_first_run_owes_every_monday_since_the_first_document(press: Press) -> None:
    assert due(press, monday(0, hours=30)) == []
    assert due(press, monday(1) - weeks.TICK) == [], "Sunday is not over"
    assert due(press, monday(1)) == [monday(1).date()]
    assert due(press, monday(3, hours=50)) == [monday(week).date() for week in (1, 2, 3)]


def test_a_settled_monday_is_due_once(press: Press) -> None:
    assert press.run(monday(1)).settled == 1
    assert due(press, monday(1, hours=100)) == []
    assert press.run(monday(1, hours=1)).settled == 0
    assert due(press, monday(4, hours=1)) == [monday(week).date() for week in (2, 3, 4)]


def test_a_clock_that_goes_back_owes_nothing(press: Press) -> None:
    press.weekly(2)
    assert due(press, monday(1)) == due(press, monday(0)) == []


def test_today_has_not_ended_and_midnight_belongs_to_the_day_before() -> None:
    assert weeks.end_of(monday(1)) == monday(1).date()
    assert weeks.end_of(monday(1) + weeks.TICK) == monday(1).date() + dt.timedelta(days=1)


# Gaps and crashes


def test_weeks_that_were_missed_are_settled_one_by_one(press: Press, twin: Press) -> None:
    press.weekly(4)
    report = twin.run(monday(4))
    assert report.settled == 4
    assert len(press.groups()) == 3
    assert everything(twin, model_runs) == everything(press, model_runs)


@pytest.mark.parametrize(
    ("statement", "times"),
    [
        ("INSERT INTO placements", 1),  # dissolved, nothing placed again yet
        ("INSERT INTO theme_events", 1),  # placed again, births not written
        ("INSERT INTO themes", 2),  # births written, centres not moved
        ("INSERT INTO cursors", 4),  # all but settled
    ],
)
def test_killed_between_dissolving_and_settling_it_goes_on_where_it_stopped(
    press: Press, twin: Press, statement: str, times: int
) -> None:
    for one in (press, twin):
        one.weekly(2)
        assert one.run(monday(3, hours=-20)).born == 1, "the drones, provisional"
    press.run(monday(3))
    with crash_at(twin.store, statement, times=times):
        twin.run(monday(3))
    twin.run(monday(3))
    assert everything(twin) == everything(press)


def test_a_week_knows_nothing_of_what_came_in_after_it(press: Press, twin: Press) -> None:
    """News of Saturday that comes in on Monday morning is no part of the week, whenever the week is settled."""
    for one in (press, twin):
        keys = one.write(2, 5, "ballon captif", towards((11, 1.0)))
        with one.store.transaction() as conn:
            came_in = documents.update().where(documents.c.id.in_(keys[1:]))
            conn.execute(came_in.values(collected_at=monday(3, hours=7)))
    press.weekly(3)
    assert press.of(keys[0]) is None, "one story by then"
    press.run(monday(4))
    assert press.theme(press.home(keys)).born_on == monday(4).date()
    twin.run(monday(4))
    assert everything(twin, model_runs) == everything(press, model_runs)


# Between two Mondays


def test_what_is_found_in_the_week_keeps_its_id_and_its_birthday_when_it_is_settled(press: Press) -> None:
    press.weekly(2)
    early = press.run(monday(3, hours=-20))
    assert (early.born, early.settled) == (1, 0)
    (provisional,) = [theme for theme in press.themes() if theme.born_on > monday(2).date()]
    assert provisional.born_on == monday(3, hours=-20).date()
    held = set(press.members(provisional.id))
    assert press.run(monday(3)).settled == 1
    assert set(press.members(provisional.id)) == held
    after = press.theme(provisional.id)
    assert (after.born_on, after.label_fr, after.label_en) == (provisional.born_on, provisional.label_fr, provisional.label_en)
    assert [event.event for event in press.life(provisional.id)] == ["born"]


def test_a_provisional_theme_that_is_nobody_any_more_ends_and_never_comes_back(press: Press) -> None:
    press.weekly(2)
    press.run(monday(3, hours=-20))
    (provisional,) = [theme for theme in press.themes() if theme.born_on > monday(2).date()]
    held = list(press.members(provisional.id))
    strict = press.settings.themes.model_copy(update={"min_stories": 9})
    press.settings = press.settings.model_copy(update={"themes": strict})
    press.run(monday(3))
    gone = press.theme(provisional.id)
    assert gone.retired_on == monday(3).date()
    assert press.members(provisional.id) == {}
    assert {press.of(key) for key in held} == {None}
    press.write(3, 6, "école de drones", towards((9, 1.0)))
    press.run(monday(4))
    assert press.theme(provisional.id).retired_on == monday(3).date()
    (again,) = {press.of(key) for key in held}
    assert again not in (None, provisional.id), "eleven stories by now: another theme, for ids are not used twice"


def test_a_theme_a_person_named_or_merged_into_during_the_week_is_final(press: Press) -> None:
    press.weekly(2)
    press.run(monday(3, hours=-20))
    settled = next(theme.id for theme in press.themes() if theme.born_on <= monday(2).date())
    (provisional,) = [theme for theme in press.themes() if theme.born_on > monday(2).date()]
    with press.store.transaction() as conn:
        themes.pin_label(conn, provisional.id, "Drones", "Drones", monday(2).date())
    moved = merge_themes(press.store, monday(3, hours=-19), settled, provisional.id)
    before = press.members(provisional.id)
    assert len(before) >= moved > 0
    strict = press.settings.themes.model_copy(update={"min_stories": 9})
    press.settings = press.settings.model_copy(update={"themes": strict})
    press.run(monday(3))
    after = press.members(provisional.id)
    assert {key: after[key] for key in before} == before
    assert press.theme(provisional.id).retired_on is None


def test_a_theme_that_raised_an_alert_during_the_week_is_final(press: Press) -> None:
    press.weekly(2)
    press.run(monday(3, hours=-20))
    (provisional,) = [theme for theme in press.themes() if theme.born_on > monday(2).date()]
    before = press.members(provisional.id)
    with press.store.transaction() as conn:
        alerts.save_rules(conn, [a_rule()])
        alerts.save(conn, [an_alert("told", provisional.id)])
    strict = press.settings.themes.model_copy(update={"min_stories": 9})
    press.settings = press.settings.model_copy(update={"themes": strict})
    press.run(monday(3))
    after = press.members(provisional.id)
    assert before
    assert {key: after[key] for key in before} == before
    assert press.theme(provisional.id).retired_on is None


def test_provisional_themes_are_looked_for_once_a_day(press: Press) -> None:
    press.weekly(2)
    assert press.run(monday(2, hours=100)) != DiscoverReport()
    before = everything(press)
    assert press.run(monday(2, hours=101)) == DiscoverReport()
    assert everything(press) == before


def test_every_storys_words_are_counted_once_whenever_it_came_in(press: Press) -> None:
    keys = press.write(2, 3, "ballon captif", towards((11, 1.0)))
    with press.store.transaction() as conn:
        conn.execute(documents.update().where(documents.c.id == keys[0]).values(collected_at=monday(3, hours=7)))
        conn.execute(documents.update().where(documents.c.id == keys[1]).values(counted_on=monday(3).date()))
    counted = []
    for week in (2, 3, 4, 5):
        press.run(monday(week))
        with press.store.reading() as conn:
            counted.append(read_lexicon(conn).stories)
            copies = conn.scalar(sa.select(sa.func.count()).where(enrichments.c.story_id != enrichments.c.document_id))
    assert counted == sorted(counted)
    assert counted[-1] == press.count - copies
