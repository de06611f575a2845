"""The theme steps on both databases, over a few months of invented news and the real embedder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from nlp.config import NlpSettings
from nlp.embed import embed
from nlp.embedders.base import Embedder, load_embedder
from nlp.enrich import enrich
from nlp.themes.config import ThemeSettings
from nlp.themes.steps.assign import AssignReport, assign
from nlp.themes.steps.discover import DiscoverReport, discover
from nlp.themes.steps.watch import WatchReport, watch
from storage import themes
from storage.errors import ConfigError, NotTrained
from storage.model import Assignment, Document, Origin, Theme
from storage.store import Store
from storage.tables import assignments, cursors, model_runs, placements, theme_events
from storage.tables import themes as themes_table
from tests.builders import a_theme
from tests.integration.nlp import theme_corpus as news
from tests.unit.nlp.documents import store_documents

WEEK, DAY = dt.timedelta(days=7), dt.timedelta(days=1)
START = news.BURST_NOW - 2 * WEEK
AFTER_ALL = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
RETIRED_BY = dt.datetime(2026, 4, 6, tzinfo=dt.UTC)
BACK = dt.datetime(2026, 5, 11, tzinfo=dt.UTC)
OURS = (assignments, placements, theme_events, themes_table, model_runs, cursors)
Decisions = dict[tuple[str, str], tuple[float, str]]


@pytest.fixture
def watch_file(tmp_path: Path) -> Path:
    file = tmp_path / "themes.toml"
    file.write_text(news.WATCH_LIST, encoding="utf-8")
    return file


@pytest.fixture
def settings(watch_file: Path) -> NlpSettings:
    return NlpSettings(themes=ThemeSettings(watch_file=watch_file, retire_after_days=42))


@pytest.fixture
def library(store: Store, settings: NlpSettings) -> Store:
    """Every document enriched and embedded, none placed: the theme steps take in those collected up to their ``now``."""
    return read(store, settings, news.EVERYTHING)


def read(store: Store, settings: NlpSettings, found: Sequence[Document]) -> Store:
    store_documents(store, found, lang=None)
    enrich(store, AFTER_ALL, settings)
    embed(store, AFTER_ALL, settings, embedder=REMEMBERING)
    return store


def with_themes(settings: NlpSettings, **changed: Any) -> NlpSettings:
    return settings.model_copy(update={"themes": settings.themes.model_copy(update=changed)})


def run(store: Store, now: dt.datetime, settings: NlpSettings) -> tuple[WatchReport, AssignReport, DiscoverReport]:
    return watch(store, now, settings), assign(store, now, settings), discover(store, now, settings)


def weekly(store: Store, settings: NlpSettings, until: dt.datetime, since: dt.datetime = START) -> None:
    now = since
    while now <= until:
        run(store, now, settings)
        now += WEEK


def everything(store: Store) -> dict[str, list[str]]:
    """All rows the theme steps write."""
    with store.reading() as conn:
        return {table.name: sorted(repr(tuple(row)) for row in conn.execute(sa.select(table))) for table in OURS}


def forget_themes(store: Store) -> None:
    with store.transaction() as conn:
        for table in OURS:
            conn.execute(table.delete())


def decisions(store: Store) -> Decisions:
    with store.reading() as conn:
        return {(row.document_id, row.theme_id): (row.probability, row.reason) for row in themes.all_assignments(conn)}


def in_theme(store: Store, theme_id: str) -> dict[str, Assignment]:
    with store.reading() as conn:
        return {row.document_id: row for row in themes.members(conn, theme_id)}


def discovered(store: Store) -> list[Theme]:
    with store.reading() as conn:
        return [theme for theme in themes.all_themes(conn, retired=True) if theme.origin == Origin.DISCOVERED]


def the_theme(store: Store) -> Theme:
    (found,) = discovered(store)
    return found


def life(store: Store, theme_id: str) -> list[tuple[str, dt.date]]:
    with store.reading() as conn:
        return [(event.event, event.on) for event in themes.events_of(conn, theme_id)]


def ids(found: Sequence[Document]) -> set[str]:
    return {document.id for document in found}


class Remembering:
    """The real embedder, which reads each text once for all tests."""

    def __init__(self, embedder: Embedder) -> None:
        self.inner, self.id, self.dimension = embedder, embedder.id, embedder.dimension
        self.rows: dict[str, np.ndarray] = {}

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        new = [text for text in texts if text not in self.rows]
        self.rows.update(zip(new, self.inner.embed(new), strict=True))
        return np.stack([self.rows[text] for text in texts])


REMEMBERING = Remembering(load_embedder(NlpSettings().embedder))


class Crash(Exception):
    """The process dies here."""


@contextmanager
def crash_at(store: Store, statement: str, *, times: int = 1) -> Iterator[None]:
    """The ``times``-th statement beginning with these words is never run: the database connection fails."""
    left = times

    def fail(_conn: Any, _cursor: Any, text: str, *_: Any) -> None:
        nonlocal left
        if text.startswith(statement):
            left -= 1
            if left == 0:
                raise Crash

    sa.event.listen(store.engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(Crash):
            yield
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", fail)


# Watch themes


def test_declared_themes_are_written_once(library: Store, settings: NlpSettings) -> None:
    assert watch(library, news.FIRST_NOW, settings) == WatchReport(themes=1, changed=1)
    before = everything(library)
    assert watch(library, news.FIRST_NOW + WEEK, settings) == WatchReport(themes=1)
    assert everything(library) == before
    with library.reading() as conn:
        theme = themes.get(conn, "quantum")
    assert (theme.label_fr, theme.codes, theme.born_on) == ("Quantique", ("G06N10",), news.FIRST_NOW.date())


def test_new_documents_join_by_code_or_by_words_and_say_why(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW)
    found = in_theme(library, "quantum")
    assert set(found) == {"watched00", "watched01", "watched-patent", "copy-less-first", "copy-less-second"}
    assert found["watched-patent"].reason.startswith("code: G06N10/40 · cosinus/cosine: ")
    assert found["watched00"].reason.startswith("début/lead: ordinateur quantique")


def test_copies_join_what_their_story_joined_and_nothing_else(library: Store, settings: NlpSettings) -> None:
    run(library, news.FIRST_NOW, settings)
    found = in_theme(library, "quantum")
    assert found["copy-less-second"].reason == "copie/copy: copy-less-first"
    assert found["copy-less-second"].probability == found["copy-less-first"].probability
    assert not {"copy-more-first", "copy-more-second"} & set(found)


def test_a_theme_declared_late_finds_what_it_would_have_found_from_the_start(
    library: Store, settings: NlpSettings, watch_file: Path
) -> None:
    robots_too = news.WATCH_LIST + news.ROBOTS
    weekly(library, settings, news.BURST_NOW)
    watch_file.write_text(robots_too, encoding="utf-8")
    assert watch(library, news.BURST_NOW, settings) == WatchReport(themes=2, changed=1, assigned=2)
    late = decisions(library)
    assert {"watched02", "watched03"} == set(in_theme(library, "robotics"))
    forget_themes(library)
    weekly(library, settings, news.BURST_NOW)
    assert decisions(library) == late


def test_a_changed_theme_judges_old_documents_again(library: Store, settings: NlpSettings, watch_file: Path) -> None:
    weekly(library, settings, news.BURST_NOW)
    first = in_theme(library, "quantum")
    changed = news.WATCH_LIST.replace('codes = ["G06N10"]', "codes = []").replace('"atomes froids"', '"fidélité"')
    watch_file.write_text(changed, encoding="utf-8")
    assert watch(library, news.BURST_NOW, settings).changed == 1
    again = in_theme(library, "quantum")
    assert set(first) - set(again) == {"watched-patent"}
    assert "atomes froids" in first["watched00"].reason
    assert "atomes froids" not in again["watched00"].reason
    assert again["copy-less-second"].reason == "copie/copy: copy-less-first"
    assert "copy-more-second" not in again
    watch_file.write_text(news.WATCH_LIST, encoding="utf-8")
    watch(library, news.BURST_NOW, settings)
    assert {key: row.reason for key, row in in_theme(library, "quantum").items()} == {k: row.reason for k, row in first.items()}


def test_changed_settings_judge_old_documents_again(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW)
    first = in_theme(library, "quantum")
    strict = settings.model_copy(update={"themes": settings.themes.model_copy(update={"watch_probability": 0.97})})
    assert watch(library, news.BURST_NOW, strict).changed == 1
    assert set(in_theme(library, "quantum")) < set(first)
    assert watch(library, news.BURST_NOW, strict).changed == 0
    weights = settings.themes.watch_weights.model_copy(update={"code": 0.1})
    by_words = settings.model_copy(update={"themes": settings.themes.model_copy(update={"watch_weights": weights})})
    watch(library, news.BURST_NOW, by_words)
    assert "watched-patent" not in in_theme(library, "quantum")


def test_a_theme_taken_off_the_list_retires_with_its_past_and_comes_back_whole(
    library: Store, settings: NlpSettings, watch_file: Path
) -> None:
    weekly(library, settings, news.BURST_NOW)
    past = in_theme(library, "quantum")
    watch_file.write_text(news.ROBOTS, encoding="utf-8")
    assert watch(library, news.BURST_NOW, settings).retired == 1
    weekly(library, settings, news.BURST_NOW + WEEK, since=news.BURST_NOW + WEEK)
    assert in_theme(library, "quantum") == past
    assert life(library, "quantum") == [("retired", news.BURST_NOW.date())]
    with library.reading() as conn:
        assert [theme.id for theme in themes.all_themes(conn) if theme.origin == Origin.WATCH] == ["robotics"]
    watch_file.write_text(news.WATCH_LIST + news.ROBOTS, encoding="utf-8")
    watch(library, news.BURST_NOW + 2 * WEEK, settings)
    assert set(in_theme(library, "quantum")) == {*past, "watched04"}
    with library.reading() as conn:
        theme = themes.get(conn, "quantum")
    assert theme.retired_on is None
    assert theme.born_on == START.date()


def test_an_empty_list_retires_every_theme_and_stops_nothing(library: Store, settings: NlpSettings, watch_file: Path) -> None:
    run(library, news.FIRST_NOW, settings)
    watch_file.write_text("", encoding="utf-8")
    _, placed, _ = run(library, news.FIRST_NOW + WEEK, settings)
    assert placed.documents > 0
    with library.reading() as conn:
        assert themes.all_themes(conn) == []


def test_a_list_that_cannot_be_read_changes_nothing(library: Store, settings: NlpSettings, watch_file: Path) -> None:
    run(library, news.FIRST_NOW, settings)
    before = everything(library)
    watch_file.write_text(news.WATCH_LIST.replace("label_fr", "nom"), encoding="utf-8")
    for step in (watch, assign):
        with pytest.raises(ConfigError, match="theme number 1"):
            step(library, news.FIRST_NOW + WEEK, settings)
    assert everything(library) == before


# Assigning


def test_no_document_is_placed_before_it_was_collected(library: Store, settings: NlpSettings) -> None:
    watch(library, news.FIRST_NOW, settings)
    assert assign(library, news.FIRST_NOW - 30 * DAY, settings) == AssignReport()
    early = [document for document in news.EVERYTHING if document.collected_at <= news.FIRST_NOW]
    assert assign(library, news.FIRST_NOW, settings).documents == len(early)
    assert assign(library, news.FIRST_NOW, settings) == AssignReport()


@pytest.mark.parametrize("batch", [1, 7])
def test_the_size_of_batches_changes_nothing(library: Store, settings: NlpSettings, batch: int) -> None:
    weekly(library, settings, news.BURST_NOW + WEEK)
    at_once = everything(library)
    forget_themes(library)
    weekly(library, with_themes(settings, batch=batch), news.BURST_NOW + WEEK)
    in_parts = everything(library)
    in_parts.pop("model_runs"), at_once.pop("model_runs")  # the size of batches is one of its parameters
    assert in_parts == at_once


def test_placing_every_day_or_every_week_decides_the_same(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW + WEEK)
    by_week = decisions(library)
    forget_themes(library)
    now = START - 6 * DAY
    watch(library, now, settings)
    while now <= news.BURST_NOW + WEEK:
        assign(library, now, settings)
        if now.weekday() == 0:
            discover(library, now, settings)
        now += DAY
    assert decisions(library) == by_week


def groups(store: Store) -> set[frozenset[str]]:
    """The documents of each discovered theme."""
    return {frozenset(in_theme(store, theme.id)) for theme in discovered(store)} - {frozenset()}


@pytest.mark.parametrize("cut", [pytest.param("daily", marks=pytest.mark.slow), "random"])
def test_however_the_stream_is_cut_the_same_documents_end_together(library: Store, settings: NlpSettings, cut: str) -> None:
    until = news.BURST_NOW + 2 * WEEK
    weekly(library, settings, until)
    by_week, watched = groups(library), in_theme(library, "quantum")
    assert len(by_week) == 1
    forget_themes(library)
    days = [START - 6 * DAY + n * DAY for n in range((until - START).days + 7)]
    hours = np.random.default_rng(7).integers(1, 24 * len(days), size=8)
    chosen = days if cut == "daily" else [*(days[0] + dt.timedelta(hours=int(hour)) for hour in sorted(hours)), until]
    for now in chosen:
        run(library, now, settings)
    assert groups(library) == by_week
    assert set(in_theme(library, "quantum")) == set(watched)


def test_reading_documents_as_they_come_joins_them_to_the_same_themes(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW + WEEK)
    read_at_once = decisions(library)
    with library.transaction() as conn:
        for table in ("vectors", "facts", "fact_runs", "enrichments", "assignments", "placements"):
            conn.execute(sa.text(f"DELETE FROM {table}"))
    forget_themes(library)
    now = START
    while now <= news.BURST_NOW + WEEK:
        enrich(library, now, settings)
        embed(library, now, settings)
        run(library, now, settings)
        now += WEEK
    as_they_came = decisions(library)
    assert set(as_they_came) == set(read_at_once)
    for key, (probability, _) in read_at_once.items():
        assert as_they_came[key][0] == pytest.approx(probability, abs=0.003)  # texts embedded together differ by a rounding


def test_a_copy_without_a_day_waits_for_its_story(store: Store, settings: NlpSettings) -> None:
    first = replace(news.COPIES[0], id="z-first")
    copy = replace(news.COPIES[1], id="a-copy", collected_at=first.collected_at, counted_on=None, published_on=None)
    read(store, settings, [first, copy])
    run(store, news.FIRST_NOW, with_themes(settings, batch=1))
    assert in_theme(store, "quantum")["a-copy"].reason == "copie/copy: z-first"


def test_themes_of_another_embedder_stand_still(library: Store, settings: NlpSettings) -> None:
    short = np.ones(8, dtype="<f4").tobytes()
    others = [
        a_theme("t-living", origin=Origin.DISCOVERED, embedder="other@1", centroid=short),
        a_theme("t-asleep", origin=Origin.DISCOVERED, embedder="other@1", centroid=short, retired_on=dt.date(2026, 1, 1)),
    ]
    with library.transaction() as conn:
        themes.save(conn, others)
    weekly(library, settings, news.BURST_NOW)
    assert in_theme(library, "t-living") == in_theme(library, "t-asleep") == {}
    assert len(discovered(library)) == 3


# Discovering


def test_noise_gives_birth_to_nothing(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW - WEEK, since=news.FIRST_NOW)
    assert discovered(library) == []


def test_a_burst_is_a_theme_in_its_own_first_week(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW - WEEK)
    _, placed, found = run(library, news.BURST_NOW, settings)
    assert placed.discovered == 0
    assert (found.born, found.revived, found.retired, found.assigned) == (1, 0, 0, len(news.BURST) + 1)
    theme = the_theme(library)
    assert theme.born_on == news.BURST_NOW.date()
    assert life(library, theme.id) == [("born", news.BURST_NOW.date())]
    assert set(in_theme(library, theme.id)) == ids(news.BURST) | ids(news.HERALD)  # both languages, and back into the past


def test_a_theme_is_named_in_both_languages(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW)
    theme = the_theme(library)
    assert "algues" in theme.label_fr
    assert "seaweed" in theme.label_en.lower()
    assert {"algues", "plastique"} <= set(theme.terms_fr)
    assert {"seaweed", "packaging"} <= set(theme.terms_en)


def test_discovering_twice_changes_no_row(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW)
    before = everything(library)
    assert run(library, news.BURST_NOW, settings) == (WatchReport(themes=1), AssignReport(), DiscoverReport())
    assert everything(library) == before


def test_a_day_has_one_discovery(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW - WEEK)
    noon = news.BURST_NOW - DAY / 2
    run(library, noon, settings)
    theme = the_theme(library)
    assert theme.born_on == noon.date()
    assert life(library, theme.id) == [("born", noon.date())]
    assert discover(library, noon + DAY / 4, settings) == DiscoverReport()
    assert discover(library, news.BURST_NOW + DAY / 4, settings) != DiscoverReport()


def test_later_documents_join_the_theme_and_it_is_born_once(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW + 2 * WEEK)
    theme = the_theme(library)
    assert ids(news.LATER) <= set(in_theme(library, theme.id))
    assert [event for event, _ in life(library, theme.id)] == ["born"]


def test_discovery_can_be_turned_off(library: Store, settings: NlpSettings) -> None:
    off = with_themes(settings, discover=False)
    weekly(library, off, news.BURST_NOW)
    assert discovered(library) == []
    assert discover(library, news.BURST_NOW, off) == DiscoverReport()


def test_an_idle_theme_retires_and_comes_back_under_its_own_name(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, RETIRED_BY - WEEK)
    assert the_theme(library).retired_on is None
    run(library, RETIRED_BY, settings)
    asleep = the_theme(library)
    assert asleep.retired_on == RETIRED_BY.date()
    past = in_theme(library, asleep.id)
    weekly(library, settings, BACK - WEEK, since=RETIRED_BY + WEEK)
    assert run(library, BACK, settings)[2].revived == 1
    awake = the_theme(library)
    assert awake == replace(asleep, retired_on=None, centroid=awake.centroid)
    assert awake.centroid != asleep.centroid, "it follows the stories it came back with"
    assert life(library, asleep.id) == [
        ("born", news.BURST_NOW.date()),
        ("retired", RETIRED_BY.date()),
        ("revived", BACK.date()),
    ]
    now_in = in_theme(library, asleep.id)
    assert set(now_in) == {*past, *ids(news.RETURN)}
    assert {key: now_in[key] for key in past} == past


def test_a_name_pinned_by_a_person_survives_everything(library: Store, settings: NlpSettings, watch_file: Path) -> None:
    weekly(library, settings, news.BURST_NOW)
    theme = the_theme(library)
    with library.transaction() as conn:
        themes.pin_label(conn, theme.id, "Algues d'emballage", "Kelp wraps", news.BURST_NOW.date())
        themes.pin_label(conn, "quantum", "Qubits bretons", "Breton qubits", news.BURST_NOW.date())
    watch_file.write_text(news.WATCH_LIST.replace('"Quantum"', '"Quantum technologies"'), encoding="utf-8")
    weekly(library, settings, RETIRED_BY, since=news.BURST_NOW)
    watch_file.write_text("", encoding="utf-8")
    run(library, RETIRED_BY + WEEK, settings)
    watch_file.write_text(news.WATCH_LIST, encoding="utf-8")
    weekly(library, settings, BACK, since=RETIRED_BY + 2 * WEEK)
    assert the_theme(library).retired_on is None
    with library.reading() as conn:
        names = [(t.label_fr, t.label_en) for t in (themes.get(conn, key) for key in (theme.id, "quantum"))]
    assert names == [("Algues d'emballage", "Kelp wraps"), ("Qubits bretons", "Breton qubits")]


def test_nobody_belongs_to_two_discovered_themes_and_a_narrow_one_has_a_broad_parent(
    library: Store, settings: NlpSettings, watch_file: Path
) -> None:
    watch_file.write_text(
        news.WATCH_LIST
        + """
[[theme]]
id = "packaging"
label_fr = "Emballage"
label_en = "Packaging"
description_fr = "Emballages, barquettes, films alimentaires, plastique."
description_en = "Packaging, trays, food films, plastic."
terms_fr = ["emballage", "barquette"]
terms_en = ["packaging"]
""",
        encoding="utf-8",
    )
    weekly(library, settings, news.BURST_NOW + WEEK)
    theme = the_theme(library)
    assert theme.parent_id == "packaging"
    assert ids(news.BURST) <= set(in_theme(library, theme.id)) & set(in_theme(library, "packaging"))


def test_copies_of_a_new_themes_documents_join_it_too(store: Store, settings: NlpSettings) -> None:
    copies = [replace(document, id=f"{document.id}-copy", source_id="relay") for document in news.BURST[:2]]
    read(store, settings, [*news.EVERYTHING, *copies])
    weekly(store, settings, news.BURST_NOW)
    found = in_theme(store, the_theme(store).id)
    assert {key: row.reason for key, row in found.items() if key.endswith("-copy")} == {
        f"{document.id}-copy": f"copie/copy: {document.id}" for document in news.BURST[:2]
    }


# Processes come and go


def test_a_fresh_process_decides_what_a_long_lived_one_does(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, BACK)
    long_lived = everything(library)
    forget_themes(library)
    now = START
    while now <= BACK:
        fresh = Store.open(library.engine.url.render_as_string(hide_password=False))
        run(fresh, now, settings)
        fresh.close()
        now += WEEK
    assert everything(library) == long_lived


Step = Callable[[Store, dt.datetime, NlpSettings], object]


@pytest.mark.parametrize(
    ("step", "statement", "times"),
    [
        (watch, "INSERT INTO cursors", 1),
        (assign, "INSERT INTO placements", 1),
        (assign, "INSERT INTO placements", 2),
        (discover, "INSERT INTO theme_events", 1),
        (discover, "INSERT INTO cursors", 2),
    ],
)
def test_a_crash_loses_nothing(library: Store, settings: NlpSettings, step: Step, statement: str, times: int) -> None:
    settings = with_themes(settings, batch=7)
    weekly(library, settings, news.BURST_NOW + WEEK)
    unhurt = everything(library)
    forget_themes(library)
    weekly(library, settings, news.BURST_NOW - WEEK)
    if step is watch:
        forget_themes(library)
    for before in (watch, assign, discover):
        if before is step:
            break
        before(library, news.BURST_NOW, settings)
    with crash_at(library, statement, times=times):
        step(library, news.BURST_NOW, settings)
    if step is watch:
        assert not any(everything(library).values())
        weekly(library, settings, news.BURST_NOW - WEEK)
    weekly(library, settings, news.BURST_NOW + WEEK, since=news.BURST_NOW)
    assert everything(library) == unhurt


def test_assign_before_watch_says_what_to_run(library: Store, settings: NlpSettings) -> None:
    with pytest.raises(NotTrained, match="run the step 'watch' first"):
        assign(library, AFTER_ALL, settings)


def test_a_birth_tells_the_words_it_was_found_by(library: Store, settings: NlpSettings) -> None:
    weekly(library, settings, news.BURST_NOW)
    with library.reading() as conn:
        (born,) = [event for event in themes.events_of(conn, the_theme(library).id) if event.event == "born"]
    assert born.detail["words"]
    assert all(word == word.strip() and word for word in born.detail["words"])
