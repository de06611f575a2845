"""Settings, subscriptions and signed links."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from alerts.channels.build import build_channels
from alerts.config import AlertSettings, SlackSettings, SmtpSettings, secret
from alerts.links import is_signed, sign, theme_url, unsubscribe_url
from alerts.subscriptions import parse_subscription
from storage.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "channel", "target"),
    [
        ("slack:#veille", "slack", "#veille"),
        ("Slack: C0123 ", "slack", "C0123"),
        ("slack-webhook:hook", "slack-webhook", "hook"),
        ("email:jeanne.d+veille@exemple.fr", "email", "jeanne.d+veille@exemple.fr"),
        ("file:out/messages", "file", "out/messages"),
    ],
)
def test_a_subscription_is_read(text: str, channel: str, target: str) -> None:
    read = parse_subscription(text)
    assert (read.channel, read.target, read.lang, read.content) == (channel, target, "fr", "alerts")
    assert parse_subscription(text, lang="en").id == read.id
    assert parse_subscription(text, content="digest").id != read.id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "slack",
        "slack:",
        "pigeon:home",
        "email:nobody",
        "email:a@b\nBcc: c@d",
        "email:A <a@b.fr>",
        "slack:#a b",
        "slack-webhook:a/b",
        "file:",
    ],
)
def test_a_wrong_subscription_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="email:name@host"):
        parse_subscription(text)


def test_a_secret_comes_from_its_setting_or_its_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-from-file\n")
    assert secret("slack.bot_token", None, file) == "xoxb-from-file"
    assert secret("slack.bot_token", SecretStr("direct"), None) == "direct"
    assert secret("slack.bot_token", None, None) is None
    with pytest.raises(ConfigError, match="bot_token_file"):
        secret("slack.bot_token", None, tmp_path / "missing")
    with pytest.raises(ValidationError, match="not both"):
        AlertSettings(slack=SlackSettings(bot_token=SecretStr("x"), bot_token_file=file))


def test_only_channels_that_are_set_up_are_built() -> None:
    assert set(build_channels(AlertSettings())) == {"file"}
    smtp = SmtpSettings(host="localhost", from_address="zoom@example.org")
    full = AlertSettings(slack=SlackSettings(bot_token=SecretStr("x"), webhooks={"a": SecretStr("https://h")}), smtp=smtp)
    assert set(build_channels(full)) == {"file", "slack", "slack-webhook", "email"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Mars/Olympus"},
        {"public_url": "veille.example"},
        {"unheard_of": 1},
        {"smtp": {"host": "h", "from_address": "me"}},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AlertSettings.model_validate(wrong)


def test_secrets_are_masked_when_settings_are_shown() -> None:
    settings = AlertSettings(slack=SlackSettings(bot_token=SecretStr("hidden1"), webhooks={"a": SecretStr("hidden2")}))
    assert "hidden" not in f"{settings!r}{settings.model_dump_json()}"


def test_a_link_is_good_for_its_subscription_only() -> None:
    settings = AlertSettings(public_url="https://veille.example/", link_secret=SecretStr("key"))
    link = unsubscribe_url(settings, "digest:email:a@b.fr")
    assert link is not None
    assert link.startswith("https://veille.example/unsubscribe/digest%3Aemail%3Aa%40b.fr?token=")
    token = link.rpartition("=")[2]
    assert is_signed("key", "unsubscribe", "digest:email:a@b.fr", token)
    assert not is_signed("key", "unsubscribe", "digest:email:c@d.fr", token)
    assert not is_signed("key", "mute", "digest:email:a@b.fr", token)
    assert not is_signed("key", "unsubscribe", "digest:email:a@b.fr", "é")
    assert sign("key", "a", "bc") != sign("key", "ab", "c")


def test_no_links_without_a_public_address() -> None:
    assert theme_url(AlertSettings(), "t") is None
    assert unsubscribe_url(AlertSettings(public_url="https://veille.example"), "s") is None
    assert theme_url(AlertSettings(public_url="https://veille.example"), "a/b") == "https://veille.example/themes/a%2Fb"
