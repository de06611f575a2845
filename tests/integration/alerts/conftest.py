"""A Slack and a mail server of a test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from alerts.config import AlertSettings, SlackSettings, SmtpSettings
from tests.servers.slack import TOKEN, FakeSlack, running_slack
from tests.servers.smtp import FakeMailServer, running_mail_server


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK would send loopback requests through a proxy of the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def slack() -> Iterator[FakeSlack]:
    with running_slack() as server:
        yield server


@pytest.fixture
def mail() -> Iterator[FakeMailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture
def settings(slack: FakeSlack, mail: FakeMailServer, tmp_path: Path) -> AlertSettings:
    return AlertSettings(
        slack=SlackSettings(bot_token=SecretStr(TOKEN), base_url=slack.api, webhooks={"hook": SecretStr(slack.hook)}),
        smtp=SmtpSettings(host="127.0.0.1", port=mail.port, security="plain", from_address="zoom@example.org"),
        file_root=tmp_path,
        public_url="https://veille.example",
        link_secret=SecretStr("a-key-for-links"),
    )
