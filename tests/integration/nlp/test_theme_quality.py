"""The quality of themes, measured on both databases over invented news: what Mondays keep and what the report says."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path

import pytest

from nlp.config import NlpSettings
from nlp.themes.config import ThemeSettings
from nlp.themes.steps.quality import QualityReport, quality_report
from storage import quality, themes
from storage.model import Origin, ThemeEvent
from storage.store import Store
from tests.builders import a_theme
from tests.integration.nlp import theme_corpus as news
from tests.integration.nlp.test_theme_steps import START, WEEK, everything, in_theme, read, weekly

MONDAY = news.BURST_NOW + WEEK
MOVES = {"born", "revived", "split", "merged", "retired"}


@pytest.fixture
def settings(tmp_path: Path) -> NlpSettings:
    file = tmp_path / "themes.toml"
    file.write_text(news.WATCH_LIST + news.ROBOTS, encoding="utf-8")
    return NlpSettings(themes=ThemeSettings(watch_file=file))


@pytest.fixture
def settled(store: Store, settings: NlpSettings) -> Store:
    """Every Monday settled up to the one after the week the burst was followed by two more stories."""
    read(store, settings, news.EVERYTHING)
    weekly(store, settings, MONDAY)
    return store


def test_the_report_says_what_is_in_the_themes(settled: Store, settings: NlpSettings) -> None:
    before = everything(settled)
    report = quality_report(settled, MONDAY, settings, days=60)
    now = report.now
    (weak,) = report.weakest
    members = in_theme(settled, weak.theme.id)
    assert now.themes == 1
    assert now.born == 1
    assert weak.stories == len(members) == now.narrow
    assert {"packaging", "seaweed", "emballages", "algues"} & set(weak.words)
    assert now.stories
    assert now.open == now.stories - len(members)
    assert now.outliers == pytest.approx(now.open / now.stories)
    assert now.coherence == pytest.approx(weak.coherence)
    assert now.coherence_fr is not None
    assert now.coherence_en is not None
    assert now.french
    assert now.english
    assert now.french + now.english == pytest.approx(1)
    assert now.entropy
    assert now.entropy > 0.9
    assert now.explained is None  # one theme tells no language from another
    assert (report.sizes.themes, report.sizes.silent, report.sizes.largest_share) == (1, 0, 1)
    assert everything(settled) == before


def test_documents_are_counted_by_what_holds_them(settled: Store, settings: NlpSettings) -> None:
    report = quality_report(settled, MONDAY, settings, days=60)
    watched = {theme.id: stories for theme, stories in report.watch}
    with settled.reading() as conn:
        held = {name: len(themes.members(conn, name)) for name in watched}
        found = quality.covered(conn, report.start, report.end)
    assert watched["robotics"] == held["robotics"] > 0
    assert found.watch == sum(held.values()) > sum(watched.values()) - 1  # copies count as documents, not as stories
    assert found.documents == found.none + found.watch + found.narrow
    assert found.families == 0


def test_each_monday_keeps_what_the_report_said_that_day(store: Store, settings: NlpSettings) -> None:
    read(store, settings, news.EVERYTHING)
    reports: dict[dt.date, QualityReport] = {}
    now = START
    while now <= MONDAY:
        weekly(store, settings, now, since=now)
        reports[now.date()] = quality_report(store, now, settings)
        now += WEEK
    history = quality_report(store, MONDAY, settings).mondays
    assert list(history) == sorted(history)
    assert {day.weekday() for day in history} == {0}
    assert list(history)[-len(reports) :] == list(reports)
    for day, report in reports.items():
        kept, said = asdict(history[day]), asdict(report.now)
        for name in set(kept) - MOVES:
            assert kept[name] == pytest.approx(said[name], abs=1e-4), (day, name)
    assert sum(one.born or 0 for one in history.values()) == 1
    assert history[MONDAY.date()].keep == 1


def test_an_earlier_report_knows_no_later_monday(settled: Store, settings: NlpSettings) -> None:
    earlier = quality_report(settled, MONDAY - dt.timedelta(hours=1), settings, mondays=2)
    assert list(earlier.mondays) == [(MONDAY - 2 * WEEK).date(), (MONDAY - WEEK).date()]


def test_an_archive_is_judged_at_its_end(settled: Store, settings: NlpSettings) -> None:
    years_later = quality_report(settled, dt.datetime(2031, 1, 1, tzinfo=dt.UTC), settings)
    assert years_later.end == MONDAY.date()
    assert years_later.now.themes == 1


def test_provisional_themes_that_were_nobody_do_not_count_as_moves(store: Store) -> None:
    born, ended = dt.date(2026, 2, 11), dt.date(2026, 2, 16)
    kinds = {
        "confirmed": {"centroid": b"row"},
        "nobody": {"retired_on": ended},
        "merged": {"retired_on": ended, "centroid": b"row"},
    }
    with store.transaction() as conn:
        themes.save(conn, [a_theme(key, origin=Origin.DISCOVERED, born_on=born, **values) for key, values in kinds.items()])
        themes.add_events(conn, [ThemeEvent(theme_id=key, event="born", on=born) for key in kinds])
        themes.add_events(conn, [ThemeEvent(theme_id="nobody", event="retired", on=ended)])
        found = quality.narrow_events(conn, born, ended + WEEK)
        later = quality.narrow_events(conn, ended, ended + WEEK)
    assert [(event.theme_id, event.event) for event in found] == [("confirmed", "born"), ("merged", "born")]
    assert later == []


def test_the_figures_of_other_versions_are_left_out(settled: Store, settings: NlpSettings) -> None:
    with settled.transaction() as conn:
        (run,) = quality.runs(conn, [f"discover@{MONDAY.date()}"])
        strange = {**run.counts, "quality": {"outliers": 0.5, "beauty": 1.0}}
        themes.add_run(conn, type(run)(**{**asdict(run), "counts": strange}))
    last = quality_report(settled, MONDAY, settings).mondays[MONDAY.date()]
    assert (last.outliers, last.coherence) == (0.5, None)


def test_nothing_collected_is_nothing_measured(store: Store, settings: NlpSettings) -> None:
    report = quality_report(store, MONDAY, settings)
    assert (report.now.documents, report.now.stories, report.now.coherence, report.ages) == (0, 0, None, None)
    assert report.mondays == {}
    assert report.weakest == []
