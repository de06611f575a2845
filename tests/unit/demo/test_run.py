"""What a run of the demonstration leaves alone: other people's files, and the settings of every method."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from monitor.config import Settings, load
from monitor.demo.documents import load_corpus
from monitor.demo.run import MARKER, SETTINGS, demo_settings, instants, prepare
from monitor.demo.words import STATES, WORDS
from storage.errors import ConfigError
from storage.model import State


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").write_text("years of work")
    with pytest.raises(ConfigError, match="--out"):
        prepare(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(ConfigError):
        prepare(tmp_path / "out")


def test_an_earlier_demonstration_is_removed_and_nothing_else(tmp_path: Path) -> None:
    folder = prepare(tmp_path / "out")
    (folder / "slack").mkdir()
    (folder / "slack" / "old.json").write_text("{}")
    (folder / "zoom-avant.db").write_text("")
    (folder / "my notes.txt").write_text("keep")
    prepare(folder)
    assert {path.name for path in folder.iterdir()} == {MARKER, "my notes.txt"}


def test_settings_are_the_defaults_but_for_the_server_on_loopback(tmp_path: Path) -> None:
    settings = demo_settings(prepare(tmp_path / "out"), 8123)
    usual = Settings()
    assert settings.nlp == usual.nlp
    assert settings.monitor == usual.monitor
    assert settings.scheduler == usual.scheduler
    changed = {name for name, value in settings.crawler if value != getattr(usual.crawler, name)}
    assert changed == {"allow_private_hosts", "pace_s"}
    assert {name for name, value in settings.alerts if value != getattr(usual.alerts, name)} == {"file_root", "public_url"}
    file = tmp_path / "out" / SETTINGS
    assert tomllib.loads(file.read_text(encoding="utf-8"))["web"] == {"port": 8123}
    assert load(file).settings == settings


def test_instants_are_the_mondays_after_each_week_or_every_morning() -> None:
    corpus = load_corpus()
    weekly, daily = instants(corpus, "1w"), instants(corpus, "1d")
    assert len(weekly) == 26
    assert {now.weekday() for now in weekly} == {0}
    assert weekly[-1] == daily[-1] == dt.datetime(2026, 11, 16, 8, tzinfo=dt.UTC)
    assert len(daily) == 182


def test_everything_is_said_in_both_languages() -> None:
    assert all(set(spoken) == {"fr", "en"} and all(spoken.values()) for spoken in [*WORDS.values(), *STATES.values()])
    assert set(STATES) == set(State)
