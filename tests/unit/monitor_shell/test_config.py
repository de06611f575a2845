"""Where settings come from, and what a mistake in them is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.config import MASK, entries, load
from storage.errors import ConfigError


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("ZOOM_AVANT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def a_file(text: str, name: str = "zoom-avant.toml") -> Path:
    file = Path(name)
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_need_no_file() -> None:
    loaded = load()
    assert loaded.file is None
    assert loaded.settings.database.url.get_secret_value() == "sqlite:///zoom-avant.db"
    assert loaded.origins == {}


def test_environment_wins_over_file_and_file_over_default(monkeypatch: pytest.MonkeyPatch) -> None:
    a_file("[scheduler]\ncollect_minutes = 7\npipeline_minutes = 8\n")
    monkeypatch.setenv("ZOOM_AVANT_SCHEDULER__PIPELINE_MINUTES", "9")
    loaded = load(overrides={"database": {"url": "sqlite:///other.db"}})
    scheduler = loaded.settings.scheduler
    assert (scheduler.collect_minutes, scheduler.pipeline_minutes, scheduler.facts_minutes) == (7, 9, 30)
    assert loaded.origins["scheduler.collect_minutes"] == "zoom-avant.toml"
    assert loaded.origins["scheduler.pipeline_minutes"] == "environment"
    assert loaded.origins["database.url"] == "command line"


def test_the_command_line_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_AVANT_DATABASE__URL", "sqlite:///environment.db")
    assert load().settings.database.url.get_secret_value() == "sqlite:///environment.db"
    given = load(overrides={"database": {"url": "sqlite:///given.db"}})
    assert given.settings.database.url.get_secret_value() == "sqlite:///given.db"


def test_the_short_variable_of_the_database_gives_way_to_the_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_AVANT_DATABASE_URL", "sqlite:///short.db")
    assert load().settings.database.url.get_secret_value() == "sqlite:///short.db"
    monkeypatch.setenv("ZOOM_AVANT_DATABASE__URL", "sqlite:///long.db")
    assert load().settings.database.url.get_secret_value() == "sqlite:///long.db"


def test_the_file_named_wins_over_the_variable_and_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    a_file("[log]\nlevel = 'debug'\n")
    a_file("[log]\nlevel = 'error'\n", "variable.toml")
    named = a_file("[log]\nlevel = 'warning'\n", "named.toml")
    assert load().settings.log.level == "debug"
    monkeypatch.setenv("ZOOM_AVANT_CONFIG", "variable.toml")
    assert load().settings.log.level == "error"
    assert load(named).settings.log.level == "warning"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[crawler]\n\npace_z = 3\n", ("zoom-avant.toml, line 3", "'crawler.pace_z'", "did you mean 'crawler.pace_s'?")),
        ("[crawlr]\npace_s = 3\n", ("zoom-avant.toml, line 1", "'crawlr'", "did you mean 'crawler'?")),
        ("[log]\n[log.level]\nx = 1\n", ("zoom-avant.toml, line 2", "log.level")),
        ("crawler.pace_s = 'fast'\n", ("zoom-avant.toml, line 1", "crawler.pace_s", "number")),
        ("[scheduler]\ncollect_minutes = 0\n", ("zoom-avant.toml, line 2", "greater than or equal to 1")),
        ("[alerts.smtp]\nport = 25\n", ("zoom-avant.toml, line 1", "alerts.smtp.host", "required")),
        ("[log\n", ("zoom-avant.toml", "not TOML", "line 1")),
    ],
)
def test_a_mistake_says_where_it_is_and_what_was_meant(text: str, told: tuple[str, ...]) -> None:
    a_file(text)
    with pytest.raises(ConfigError) as caught:
        load()
    for words in told:
        assert words in str(caught.value)


def test_every_mistake_is_told_at_once() -> None:
    a_file("[log]\nlevel = 'loud'\n[web]\nport = -1\n")
    with pytest.raises(ConfigError, match=r"web.port.*log.level"):
        load()


def test_a_mistake_in_the_environment_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_AVANT_WEB__PORT", "many")
    with pytest.raises(ConfigError, match=r"ZOOM_AVANT_WEB__PORT: web.port"):
        load()
    monkeypatch.delenv("ZOOM_AVANT_WEB__PORT")
    monkeypatch.setenv("ZOOM_AVANT_WEBB__PORT", "1")
    with pytest.raises(ConfigError, match=r"ZOOM_AVANT_WEBB__PORT.*did you mean 'web'"):
        load()


def test_a_wrong_secret_is_not_repeated_in_the_message() -> None:
    a_file("[alerts.slack]\nbot_token = ['xoxb-not-to-be-shown']\n")
    with pytest.raises(ConfigError) as caught:
        load()
    assert "alerts.slack.bot_token" in str(caught.value)
    assert "not-to-be-shown" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_missing_file_is_an_error_only_when_it_was_named() -> None:
    with pytest.raises(ConfigError, match=r"there is no settings file nowhere.toml"):
        load(Path("nowhere.toml"))


def test_secrets_are_masked_and_a_database_url_keeps_all_but_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_AVANT_DATABASE__URL", "postgresql://reader:hunter2@db/zoom")
    a_file('[alerts.slack]\nbot_token = "xoxb-1"\nwebhooks = {team = "https://hooks.slack.com/services/T/B/x"}\n')
    shown = {entry.key: entry.value for entry in entries(load().settings)}
    assert shown["alerts.slack.bot_token"] == MASK
    assert shown["alerts.slack.webhooks"] == {"team": MASK}
    assert shown["database.url"] == "postgresql://reader:***@db/zoom"


def test_every_setting_says_what_it_is_for() -> None:
    found = entries()
    assert len(found) > 40
    assert [entry.key for entry in found if not entry.description.strip()] == []
