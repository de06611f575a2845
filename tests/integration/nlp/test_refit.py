"""What Mondays do to discovered themes: merges, splits, moving centres, new names, families; and what a person decided stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from nlp.config import NlpSettings
from nlp.themes import space
from nlp.themes.config import ThemeSettings
from nlp.themes.corpus import story_rows
from nlp.themes.steps.curate import merge_themes, split_theme
from storage import themes
from storage.model import Theme
from storage.store import Store
from tests.integration.nlp.planted import Press, between, monday, towards


@pytest.fixture
def settings(tmp_path: Path) -> NlpSettings:
    file = tmp_path / "themes.toml"
    file.write_text("", encoding="utf-8")
    return NlpSettings(themes=ThemeSettings(watch_file=file))


@pytest.fixture
def press(sqlite_store: Store, settings: NlpSettings) -> Press:
    found = Press(sqlite_store, settings)
    found.murmur(11)
    return found


def two_that_meet(press: Press) -> tuple[list[str], list[str]]:
    """Two subjects, 72 degrees apart, that come to be told as one from the third week on. Returns the documents of each."""
    left = press.write(0, 5, "goémon séché", between(0, 1, 0), copies=1)
    right = press.write(0, 4, "marais salant", between(0, 1, 72))
    for week in (1, 2, 3):
        left += press.write(week, 4, "goémon salé", between(0, 1, 30))
        right += press.write(week, 3, "marais goémon", between(0, 1, 42))
    return left, right


def one_that_falls_apart(press: Press) -> tuple[list[str], list[str], list[str]]:
    """A subject whose stories turn to two others. Returns its first documents, and those of each side."""
    first = press.write(0, 4, "énergie marine", between(0, 1, 42))
    left, right = [], []
    for week in (1, 2, 3):
        left += press.write(week, 4, "hydrolienne immergée", between(0, 1, 0))
        right += press.write(week, 3, "houle flotteur", between(0, 1, 84), copies=int(week == 1))
    return first, left, right


def told(press: Press, theme_id: str) -> list[tuple[str, str, str | None]]:
    return [(event.event, event.other_id, event.detail.get("by")) for event in press.life(theme_id)]


# Merges


def test_two_themes_that_are_told_as_one_merge_and_the_smaller_lives_on_in_the_larger(press: Press) -> None:
    left, right = two_that_meet(press)
    press.weekly(1)
    heir, ended = press.home(left[:6]), press.home(right[:4])
    assert heir != ended
    reports = press.weekly(4, since=2)
    assert sum(report.merged for report in reports) == 1
    assert press.home(left + right) == heir, "copies too"
    gone = press.theme(ended)
    assert gone.merged_into == heir
    assert gone.retired_on is not None
    assert gone.retired_on.weekday() == 0
    assert press.members(ended) == {}
    assert told(press, ended) == [("born", "", None), ("merged", heir, "refit")]
    assert ("absorbed", ended, "refit") in told(press, heir)
    (merged,) = [event for event in press.life(ended) if event.event == "merged"]
    assert merged.weight is not None
    assert 0.3 <= merged.weight <= 0.5
    reasons = [row.reason for key, row in press.members(heir).items() if key in right[:4]]
    assert all(reason.startswith(f"de/from: {ended} · ") for reason in reasons)


def test_what_comes_near_a_merged_theme_joins_its_heir_and_its_id_is_never_used_again(press: Press) -> None:
    left, right = two_that_meet(press)
    press.weekly(4)
    heir = press.home(left)
    ids = {theme.id for theme in press.themes()}
    late = press.write(4, 3, "marais salant", between(0, 1, 72))
    press.run(monday(5, hours=-60))
    assert press.home(late) == heir
    press.weekly(6, since=5)
    assert press.home(late + right) == heir
    assert {theme.id for theme in press.themes()} == ids
    assert [theme.id for theme in press.themes() if theme.retired_on is None] == [heir]


def test_a_theme_named_by_a_person_takes_the_larger_one_in(press: Press) -> None:
    left, right = two_that_meet(press)
    press.weekly(1)
    named = press.home(right[:4])
    pin(press, named)
    press.weekly(4, since=2)
    assert press.home(left + right) == named
    assert (press.theme(named).label_fr, press.theme(named).label_en) == ("Le sel", "Salt")


def test_themes_named_by_persons_both_stay(press: Press) -> None:
    left, right = two_that_meet(press)
    press.weekly(1)
    for theme_id in (press.home(left[:6]), press.home(right[:4])):
        pin(press, theme_id)
    assert sum(report.merged for report in press.weekly(4, since=2)) == 0
    assert press.home(left[:6]) != press.home(right[:4])


# Splits


def test_a_theme_that_falls_apart_splits_and_the_part_takes_its_past_and_its_copies_along(press: Press) -> None:
    first, left, right = one_that_falls_apart(press)
    press.weekly(1)
    old = press.home(first)
    reports = press.weekly(4, since=2)
    assert sum(report.split for report in reports) == 1
    sides = {press.home(left), press.home(right)}
    assert old in sides
    assert len(sides) == 2
    (born,) = sides - {old}
    assert ("split", born, "refit") in told(press, old)
    assert told(press, born) == [("born", old, "refit")]
    (split,) = [event for event in press.life(old) if event.event == "split"]
    assert split.weight is not None
    assert 0.3 <= split.weight < 0.7
    assert split.on == press.theme(born).born_on
    assert split.on.weekday() == 0
    moved = press.members(born)
    assert not set(moved) & set(press.members(old))
    assert press.theme(born).label_fr != press.theme(old).label_fr


def test_both_sides_of_a_split_go_on_drawing_their_own(press: Press) -> None:
    _, left, right = one_that_falls_apart(press)
    press.weekly(4)
    more_left = press.write(4, 3, "hydrolienne immergée", between(0, 1, 0))
    more_right = press.write(4, 3, "houle flotteur", between(0, 1, 84))
    assert press.weekly(6, since=5)[0].born == 0
    assert press.home(more_left) == press.home(left)
    assert press.home(more_right) == press.home(right)


# What a person decided


def test_what_a_person_merged_is_one_for_ever(press: Press) -> None:
    """Two subjects that have little in common, fed both for weeks."""
    left = press.write(0, 5, "goémon séché", towards((0, 1.0)))
    right = press.write(0, 5, "marais salant", towards((1, 1.0)))
    press.weekly(1)
    heir, ended = press.home(left), press.home(right)
    assert merge_themes(press.store, monday(1, hours=9), ended, heir) == 5
    for week in (1, 2, 3):
        left += press.write(week, 4, "goémon séché", towards((0, 1.0)))
        right += press.write(week, 4, "marais salant", towards((1, 1.0)))
    reports = press.weekly(4, since=2)
    assert sum(report.split + report.born for report in reports) == 0
    assert press.home(left + right) == heir
    assert told(press, ended)[-1] == ("merged", heir, "person")


def test_what_a_person_split_is_two_for_ever(press: Press) -> None:
    """One subject, one word: no grouping of stories would tell them apart."""
    with_word = press.write(0, 5, "algues rouges", towards((0, 1.0)), copies=1)
    without = press.write(0, 5, "algues vertes", towards((0, 1.0)))
    press.weekly(1)
    old = press.home(with_word + without)
    born = split_theme(press.store, monday(1, hours=9), press.settings, old, "Algues ROUGES")
    assert (press.home(with_word), press.home(without)) == (born.id, old)
    assert told(press, born.id) == [("born", old, "person")]
    for week in (1, 2):
        press.write(week, 4, "algues rouges", towards((0, 1.0)))
        press.write(week, 4, "algues vertes", towards((0, 1.0)))
    assert sum(report.merged for report in press.weekly(3, since=2)) == 0
    assert (press.home(with_word), press.home(without)) == (born.id, old)


# Centres and names


def centre(theme: Theme) -> np.ndarray:
    return np.frombuffer(theme.centroid or b"", dtype="<f4")


@pytest.mark.parametrize("drift", [0.0, 0.5, 1.0])
def test_a_centre_follows_its_stories_as_far_as_drift_says(press: Press, drift: float) -> None:
    press.settings = press.settings.model_copy(update={"themes": press.settings.themes.model_copy(update={"drift": drift})})
    first = press.write(0, 5, "goémon séché", between(0, 1, 0))
    for week in (1, 2):
        press.write(week, 5, "goémon séché", between(0, 1, 40))
    press.weekly(1)
    theme_id = press.home(first)
    born = press.theme(theme_id).founders
    press.weekly(3, since=2)
    theme = press.theme(theme_id)
    assert theme.founders == born
    founders = np.frombuffer(theme.founders or b"", dtype="<f4")
    # French meaning, axis 1: founders have none of it; of what is recent, two thirds and more have sin 40°.
    assert founders[1] == 0
    moved = centre(theme)[1]
    newest = np.sin(np.radians(40))
    assert moved == pytest.approx(drift * moved_share(newest, press, first), abs=0.01)


def moved_share(newest: float, press: Press, first: Sequence[str]) -> float:
    """The mean of axis 1 over the theme's stories, each half as heavy for every thirty days of age."""
    with press.store.reading() as conn:
        stories = themes.stories_of(conn, press.embedder.id, press.home(list(first)))
    end = monday(3).date()
    weights = [0.5 ** ((end - story.counted_on).days / 30) for story in stories]
    values = [0.0 if story.document_id in first else newest for story in stories]
    return float(np.average(values, weights=weights))


def test_a_name_nobody_says_any_more_is_changed_and_the_change_is_told(press: Press) -> None:
    first = press.write(0, 5, "gazogène agricole", towards((0, 1.0)))
    for week in range(1, 10):
        press.write(week, 4, "méthaniseur fermier", between(0, 1, 20))
    press.weekly(1)
    theme_id = press.home(first)
    before = press.theme(theme_id)
    assert "gazogène" in before.label_fr.lower()
    press.weekly(10, since=2)
    after = press.theme(theme_id)
    assert "méthaniseur" in after.label_fr.lower()
    (renamed,) = [event for event in press.life(theme_id) if event.event == "renamed"]
    assert (renamed.detail["by"], renamed.detail["label_fr"]) == ("refit", before.label_fr)


def test_a_name_given_by_a_person_stays_whatever_is_said(press: Press) -> None:
    first = press.write(0, 5, "gazogène agricole", towards((0, 1.0)))
    for week in range(1, 10):
        press.write(week, 4, "méthaniseur fermier", between(0, 1, 20))
    press.weekly(1)
    theme_id = press.home(first)
    pin(press, theme_id)
    press.weekly(10, since=2)
    assert (press.theme(theme_id).label_fr, press.theme(theme_id).label_en) == ("Le sel", "Salt")
    assert [event.event for event in press.life(theme_id)] == ["born", "pinned"]


def pin(press: Press, theme_id: str) -> None:
    with press.store.transaction() as conn:
        themes.pin_label(conn, theme_id, "Le sel", "Salt", monday(1).date())


# Families


def a_field(press: Press, week: int, parts: Sequence[int] = (1, 2, 3)) -> list[list[str]]:
    """Stories of narrow subjects of one field, by subject, and stories of six subjects of none."""
    words = {1: "moules filières", 2: "huîtres parcs", 3: "truites bassins"}
    found = [press.write(week, 4, words[part], towards((0, 0.65), (part, 0.76))) for part in parts]
    for other, word in zip(range(10, 16), ("rugby", "retraites", "théâtre", "neige", "loyers", "abeilles"), strict=True):
        press.write(week, 4, word, towards((other, 1.0)))
    return found


@pytest.fixture
def fields(press: Press) -> Press:
    changed = press.settings.themes.model_copy(update={"family_similarity": 0.15})
    press.settings = press.settings.model_copy(update={"themes": changed})
    return press


def test_a_broad_theme_stands_above_three_narrow_ones_and_holds_their_documents(fields: Press) -> None:
    parts = a_field(fields, 0)
    (report,) = fields.weekly(1)
    assert report.families == 1
    (family,) = fields.themes(level=1)
    narrow = {fields.home(part) for part in parts}
    assert len(narrow) == 3
    assert {theme.id for theme in fields.themes() if theme.parent_id == family.id} == narrow
    assert set(fields.members(family.id)) == {key for part in parts for key in part}
    assert family.label_fr
    assert family.label_en
    (born,) = fields.life(family.id)
    assert (born.event, sorted(born.detail["themes"])) == ("born", sorted(narrow))


def test_a_family_is_the_same_next_week_and_takes_in_what_its_themes_do(fields: Press) -> None:
    parts = a_field(fields, 0)
    fields.weekly(1)
    (family,) = fields.themes(level=1)
    more = a_field(fields, 1)
    fields.run(monday(2, hours=-60))
    early = {key for part in more for key in part if fields.of(key)}
    assert early
    assert early <= set(fields.members(family.id)), "at once, not on Monday only"
    fields.weekly(3, since=2)
    assert [theme.id for theme in fields.themes(level=1)] == [family.id]
    assert set(fields.members(family.id)) == {key for part in parts + more for key in part}
    with fields.store.reading() as conn:
        assert set(themes.in_discovered(conn).values()).isdisjoint({family.id}), "what a broad theme holds is another's"


def test_two_themes_are_no_family(fields: Press) -> None:
    a_field(fields, 0, parts=(1, 2))
    assert fields.weekly(1)[0].families == 0
    assert fields.themes(level=1) == []


def test_a_family_ends_when_its_themes_do(fields: Press) -> None:
    parts = a_field(fields, 0)
    fields.weekly(1)
    (family,) = fields.themes(level=1)
    changed = fields.settings.themes.model_copy(update={"retire_after_days": 14})
    fields.settings = fields.settings.model_copy(update={"themes": changed})
    for week in range(1, 5):
        fields.write(week, 2, "rugby", towards((10, 1.0)))
    fields.weekly(5, since=2)
    assert fields.theme(family.id).retired_on is not None
    assert fields.home(parts[0]) != family.id, "documents stay where they were"


# However the stream is cut


@pytest.mark.parametrize("cut", ["daily", "random"])
def test_however_the_stream_is_cut_the_same_documents_end_together(
    store_twice: tuple[Store, Store], settings: NlpSettings, cut: str
) -> None:
    by_week, otherwise = (Press(one, settings) for one in store_twice)
    for press in (by_week, otherwise):
        press.murmur(5)
        two_that_meet(press)
        for week in (0, 1, 2, 3):
            press.write(week, 3, "serre verticale", towards((7, 1.0)))
        falling = {0: between(20, 21, 42), 1: between(20, 21, 0), 2: between(20, 21, 84), 3: between(20, 21, 0)}
        for week, direction in falling.items():
            press.write(week, 8, f"énergie marine{week}", direction)
        press.write(2, 4, "école de drones", towards((9, 1.0)))
    by_week.weekly(5)
    for now in instants(cut):
        otherwise.run(now)
    assert otherwise.groups() == by_week.groups()
    assert len(by_week.groups()) >= 4
    for press in (by_week, otherwise):
        told_of = {event.event for theme in press.themes() for event in press.life(theme.id)}
        assert {"merged", "absorbed", "split"} <= told_of


def instants(cut: str) -> list[dt.datetime]:
    """When the steps run, up to the fifth Monday."""
    if cut == "daily":
        return [monday(0) + dt.timedelta(days=day) for day in range(1, 36)]
    hours = np.random.default_rng(3).integers(1, 35 * 24, size=9)
    return [*(monday(0) + dt.timedelta(hours=int(hour)) for hour in sorted(hours)), monday(5)]


@pytest.fixture
def store_twice(sqlite_store: Store, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    other = Store.open(f"sqlite:///{tmp_path / 'other.db'}", create=True)
    yield sqlite_store, other
    other.close()


def test_similarities_of_the_planted_press_are_what_it_says(press: Press) -> None:
    press.write(20, 1, "goémon", between(0, 1, 0))
    press.write(20, 1, "marais", between(0, 1, 60))
    with press.store.reading() as conn:
        found = themes.stories_between(conn, press.embedder.id, monday(20).date(), monday(21).date())
    rows = story_rows(found, np.ones(space.BUCKETS, dtype=np.float32))
    assert space.similarity(rows[:1], rows[1:])[0, 0] == pytest.approx(0.35, abs=0.05)
