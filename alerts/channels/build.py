"""Makes the channels the settings allow. A channel that is not set up is absent, which the outbox treats as "try later"."""

from __future__ import annotations

from alerts.channels.base import Channel
from alerts.channels.email import EmailChannel
from alerts.channels.file import FileChannel
from alerts.channels.outgoing import guard_urllib
from alerts.channels.slack import SlackChannel, WebhookChannel
from alerts.config import AlertSettings, secret


def build_channels(settings: AlertSettings) -> dict[str, Channel]:
    """Channels by the name subscriptions use. Raises ConfigError (unreadable secret file)."""
    guard_urllib()
    channels: dict[str, Channel] = {"file": FileChannel(settings)}
    token = secret("slack.bot_token", settings.slack.bot_token, settings.slack.bot_token_file)
    if token is not None:
        channels["slack"] = SlackChannel(settings.slack, token)
    if settings.slack.webhooks:
        channels["slack-webhook"] = WebhookChannel(settings.slack)
    if settings.smtp is not None:
        channels["email"] = EmailChannel(settings, settings.smtp)
    return channels
