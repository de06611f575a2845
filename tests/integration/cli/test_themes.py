"""``themes merge``, ``themes split`` and ``themes show``: what a person decides, and what is refused with a reason."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from nlp.config import NlpSettings
from nlp.themes.config import ThemeSettings
from storage import themes
from storage.model import Origin
from storage.store import Store
from tests.builders import a_theme
from tests.integration.cli.conftest import Zoom, url_of
from tests.integration.nlp.planted import Press, towards

NOW = "2026-01-12T09:00:00Z"
DAY = dt.date(2026, 1, 12)


@pytest.fixture
def press(sqlite_store: Store, tmp_path: Path) -> Press:
    """Two subjects that have become themes: kelp, red and green, and salt."""
    file = tmp_path / "themes.toml"
    file.write_text("", encoding="utf-8")
    found = Press(sqlite_store, NlpSettings(themes=ThemeSettings(watch_file=file)))
    found.murmur(1)
    found.write(0, 4, "algues rouges", towards((0, 1.0)))
    found.write(0, 4, "algues vertes", towards((0, 1.0)))
    found.write(0, 4, "marais salants", towards((1, 1.0)))
    found.weekly(1)
    return found


@pytest.fixture
def on_press(zoom: Zoom, press: Press) -> Zoom:
    return lambda *words: zoom("--database", url_of(press.store), *words)


def by_size(press: Press) -> list[str]:
    return sorted((theme.id for theme in press.themes()), key=lambda key: -len(press.members(key)))


def test_merge_moves_the_documents_and_tells_both_lives(on_press: Zoom, press: Press) -> None:
    kelp, salt = by_size(press)
    ran = on_press("themes", "merge", salt, kelp, "--now", NOW)
    assert (ran.code, ran.out) == (0, f"theme {salt} is now part of {kelp}: 4 documents moved\n")
    assert len(press.members(kelp)) == 12
    shown = on_press("themes", "show", salt, "--json").json
    assert (shown["merged_into"], shown["retired_on"], shown["documents"]) == (kelp, str(DAY), 0)
    last = shown["events"][-1]
    assert (last["event"], last["other_id"], last["detail"]) == ("merged", kelp, {"by": "person"})
    assert [event["event"] for event in on_press("themes", "show", kelp, "--json").json["events"]] == ["absorbed", "born"]


def test_split_gives_the_stories_with_a_phrase_a_theme_of_their_own(on_press: Zoom, press: Press) -> None:
    kelp, _ = by_size(press)
    before = {theme.id for theme in press.themes()}
    ran = on_press("themes", "split", kelp, "--phrase", "Algues ROUGES", "--now", NOW)
    assert ran.code == 0, ran.err
    (born,) = {theme.id for theme in press.themes()} - before
    assert f"theme {born} «" in ran.out
    assert f"has left {kelp}" in ran.out
    assert len(press.members(born)) == len(press.members(kelp)) == 4
    assert on_press("themes", "show", born, "--json").json["events"][0]["other_id"] == kelp


def test_what_is_shown_of_a_theme_is_readable(on_press: Zoom, press: Press) -> None:
    kelp, _ = by_size(press)
    ran = on_press("themes", "show", kelp)
    assert ran.code == 0
    assert "\\x" not in ran.out
    assert not {"centroid", "founders"} & set(on_press("themes", "show", kelp, "--json").json)


@pytest.mark.parametrize(
    ("ended", "heir", "says"),
    [
        ("alive", "alive", "theme alive cannot be merged into itself"),
        ("nobody", "alive", "no theme is called 'nobody'"),
        ("alive", "nobody", "no theme is called 'nobody'"),
        ("watched", "alive", "theme watched was not discovered: take it out of the watch list instead"),
        ("broad", "alive", "theme broad was not discovered"),
        ("alive", "broad", "theme broad has no stories of its own"),
        ("alive", "crossing", "theme crossing has no stories of its own"),
        ("gone", "alive", "theme gone was merged into also already: name that one"),
        ("alive", "gone", "theme gone was merged into also already: name that one"),
        ("alive", "asleep", "theme asleep ended on 2026-01-12: merge it into alive instead"),
    ],
)
def test_a_merge_that_makes_no_sense_is_refused(zoom_on: Zoom, store: Store, ended: str, heir: str, says: str) -> None:
    with store.transaction() as conn:
        themes.save(
            conn,
            [
                a_theme("watched"),
                a_theme("alive", origin=Origin.DISCOVERED),
                a_theme("also", origin=Origin.DISCOVERED),
                a_theme("broad", origin=Origin.DISCOVERED, level=1),
                a_theme("crossing", origin=Origin.CONJUNCTION, parent_id="watched", partner="naval"),
                a_theme("gone", origin=Origin.DISCOVERED, merged_into="also", retired_on=DAY),
                a_theme("asleep", origin=Origin.DISCOVERED, retired_on=DAY),
            ],
        )
    ran = zoom_on("themes", "merge", ended, heir, "--now", NOW)
    assert ran.code != 0
    assert says in " ".join(ran.err.split())
    with store.reading() as conn:
        assert themes.events_of(conn, "alive") == []
        assert themes.get(conn, "alive").merged_into is None


def test_a_watch_theme_may_take_a_discovered_one_in(zoom_on: Zoom, store: Store) -> None:
    with store.transaction() as conn:
        themes.save(conn, [a_theme("watched"), a_theme("alive", origin=Origin.DISCOVERED)])
    assert zoom_on("themes", "merge", "alive", "watched", "--now", NOW).code == 0
    with store.reading() as conn:
        assert themes.heirs(conn) == {"alive": "watched"}


@pytest.mark.parametrize("phrase", ["algues brunes", "algues", "roug"])
def test_a_split_needs_stories_on_both_sides_of_whole_words(on_press: Zoom, press: Press, phrase: str) -> None:
    kelp, _ = by_size(press)
    before = press.groups()
    ran = on_press("themes", "split", kelp, "--phrase", phrase, "--now", NOW)
    assert ran.code != 0
    assert "a split needs at least 4 with it and 4 without" in " ".join(ran.err.split())
    assert press.groups() == before


def test_only_a_living_discovered_theme_can_be_split(zoom_on: Zoom, store: Store) -> None:
    with store.transaction() as conn:
        themes.save(conn, [a_theme("watched")])
    ran = zoom_on("themes", "split", "watched", "--phrase", "qubit", "--now", NOW)
    assert ran.code != 0
    assert "theme watched is not a living discovered theme" in " ".join(ran.err.split())
    assert "no theme is called 'nobody'" in zoom_on("themes", "split", "nobody", "--phrase", "qubit").err
