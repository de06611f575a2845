"""Settings of the alerts: where messages go, when they may go, and how hard to try.

Secrets are a masked value or the path of a file that holds one; they are read when a channel is built and never stored.
"""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from storage.errors import ConfigError
from storage.model import State

# Deliberately plain: one address, ASCII, no display name, no quoting. The mail server has the last word.
EMAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SlackSettings(_Section):
    """Slack, by bot token (one message a case, edited and threaded) or by incoming webhook (the easy start)."""

    bot_token: SecretStr | None = Field(None, description="bot token (xoxb-…) with the scope chat:write")
    bot_token_file: Path | None = Field(None, description="file that holds the bot token, instead of bot_token")
    base_url: str = Field("https://slack.com/api/", description="address of Slack's Web API")
    webhooks: dict[str, SecretStr] = Field(
        default_factory=dict, description="incoming webhooks by a name of your choice; subscribe to slack-webhook:NAME"
    )
    interactive: bool = Field(False, description="show the buttons useful, noise and mute (needs a running answer endpoint)")
    timeout_s: int = Field(15, ge=1, le=120, description="seconds to wait for Slack's answer")
    patience_s: float = Field(
        2.0, ge=0, description="wait for Slack's rate limit inside a run when it asks for no longer than this"
    )


class SmtpSettings(_Section):
    """The mail server that takes our messages."""

    host: str = Field(description="mail server's name")
    port: int = Field(587, ge=1, le=65535, description="mail server's port")
    security: Literal["starttls", "ssl", "plain"] = Field(
        "starttls", description="starttls, ssl, or plain for a server on this machine"
    )
    user: str | None = Field(None, description="user name, when the server asks for one")
    password: SecretStr | None = Field(None, description="password of the user")
    password_file: Path | None = Field(None, description="file that holds the password, instead of password")
    from_address: str = Field(description="sender's address")
    from_name: str = Field("Zoom-Avant", description="sender's name")
    reply_to: str | None = Field(None, description="address that receives the answers")
    timeout_s: float = Field(30.0, gt=0, le=300, description="seconds to wait for the mail server")

    @field_validator("from_address", "reply_to")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None and not EMAIL_ADDRESS.fullmatch(value):
            raise ValueError(f"'{value}' is not a plain e-mail address: write for example zoom-avant@example.org")
        return value


class DigestSettings(_Section):
    """The weekly digest."""

    weekday: int = Field(0, ge=0, le=6, description="day the digest leaves, 0 is Monday")
    hour: int = Field(7, ge=0, le=23, description="hour the digest leaves, in the time zone of the alerts")
    lang: Literal["fr", "en"] = Field("fr", description="language of the archived digest; each subscription has its own")
    max_items: int = Field(7, ge=1, le=30, description="most themes one digest shows")
    send_when_empty: bool = Field(True, description="send the digest also when nothing significant happened")


class RetrySettings(_Section):
    """How a refused send is tried again."""

    first_s: float = Field(60.0, gt=0, description="seconds before the second attempt")
    factor: float = Field(3.0, ge=1, description="each wait is this many times the one before")
    longest_s: float = Field(6 * 3600.0, gt=0, description="longest wait between two attempts, in seconds")
    attempts: int = Field(10, ge=1, description="attempts before a delivery is given up as failed")


class QuietHours(_Section):
    """Hours without messages; what falls into them leaves when they end. They may pass midnight."""

    start: dt.time = Field(description="first quiet minute, for example 20:00")
    end: dt.time = Field(description="end of the quiet hours, for example 07:00")


class Mute(_Section):
    """A theme nobody wants to hear of for a while."""

    theme_id: str = Field(description="theme to keep silent")
    until: dt.date | None = Field(None, description="first day it may speak again; none: until the mute is removed")


class Route(_Section):
    """What one subscription receives. Without a route it receives every alert."""

    subscription: str = Field(description="id of the subscription")
    states: tuple[State, ...] = Field((), description="only these states; empty: all")
    themes: tuple[str, ...] = Field((), description="only these themes, * and ? allowed; empty: all")
    rules: tuple[str, ...] = Field((), description="only these rules; empty: all")


class AlertSettings(_Section):
    """Section ``[alerts]`` of the settings file."""

    slack: SlackSettings = Field(default_factory=SlackSettings, description="Slack")
    smtp: SmtpSettings | None = Field(None, description="mail server; none: no e-mail")
    file_root: Path = Field(Path(), description="folder under which subscriptions file:FOLDER write")
    public_url: str | None = Field(None, description="address of the web pages as readers reach them, for the links in messages")
    link_secret: SecretStr | None = Field(None, description="key that signs the unsubscribe links; without it mails carry none")
    link_secret_file: Path | None = Field(None, description="file that holds the key, instead of link_secret")
    timezone: str = Field("Europe/Paris", description="time zone of the quiet hours and of the digest's hour")
    quiet: QuietHours | None = Field(None, description="hours without alert messages")
    mutes: tuple[Mute, ...] = Field((), description="themes to keep silent")
    routes: tuple[Route, ...] = Field((), description="which subscription receives what")
    group_above: int = Field(5, ge=1, description="more new alerts than this for one place at once become one message")
    announce_within_days: int = Field(
        14, ge=1, description="a case older than this is not announced to a place that never heard of it"
    )
    digest: DigestSettings = Field(default_factory=DigestSettings, description="weekly digest")
    retry: RetrySettings = Field(default_factory=RetrySettings, description="repeated attempts")

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError) as exc:
            raise ValueError(f"'{value}' is not a time zone: write for example Europe/Paris") from exc
        return value

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("public_url must begin with http:// or https://")
        return value.rstrip("/") if value else None

    @model_validator(mode="after")
    def _one_secret_each(self) -> AlertSettings:
        pairs = [
            ("slack.bot_token", self.slack.bot_token, self.slack.bot_token_file),
            ("link_secret", self.link_secret, self.link_secret_file),
        ]
        if self.smtp:
            pairs.append(("smtp.password", self.smtp.password, self.smtp.password_file))
        for name, value, file in pairs:
            if value is not None and file is not None:
                raise ValueError(f"set {name} or {name}_file, not both")
        return self


def secret(name: str, value: SecretStr | None, file: Path | None) -> str | None:
    """The secret itself, from the setting or its file; None when neither is set. Raises ConfigError."""
    if value is not None:
        return value.get_secret_value().strip() or None
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"alerts.{name}_file: cannot read {file}: {type(exc).__name__}") from exc
