"""How a person writes a subscription: ``slack:#channel``, ``slack-webhook:name``, ``email:name@host``, ``file:folder``.

Checks the words, not whether the place exists: that is the channel's business when it sends.
"""

from __future__ import annotations

import math
import re
from typing import Literal

from alerts.config import EMAIL_ADDRESS
from storage.errors import ConfigError
from storage.model import Subscription

Content = Literal["alerts", "digest"]

_SLACK = re.compile(r"#?[^\s#@<>,:&|\"']{1,80}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_FOLDER = re.compile(r"[^\x00-\x1f]{1,500}")
_TARGETS = {"slack": _SLACK, "slack-webhook": _NAME, "email": EMAIL_ADDRESS, "file": _FOLDER}
_EXAMPLES = "slack:#channel, slack-webhook:name, email:name@host or file:folder"


def parse_subscription(
    text: str, *, content: Content = "alerts", lang: str = "fr", false_alerts_per_month: float | None = None
) -> Subscription:
    """The subscription a person wrote. The same words always give the same id.

    With ``false_alerts_per_month``, the place hears only of alerts that would pass at this stricter allowance of each rule.
    Raises ConfigError.
    """
    channel, colon, target = text.strip().partition(":")
    channel, target = channel.strip().lower(), target.strip()
    if not colon or channel not in _TARGETS:
        raise ConfigError(f"'{text}' is not a subscription: write {_EXAMPLES}")
    if not _TARGETS[channel].fullmatch(target):
        raise ConfigError(f"'{target}' cannot be a target of {channel}: write {_EXAMPLES}")
    if content not in ("alerts", "digest"):
        raise ConfigError(f"'{content}' cannot be subscribed to: choose alerts or digest")
    if lang not in ("fr", "en"):
        raise ConfigError(f"language '{lang}' is not spoken here: choose fr or en")
    if false_alerts_per_month is not None and not (math.isfinite(false_alerts_per_month) and false_alerts_per_month > 0):
        raise ConfigError(f"{false_alerts_per_month} false alerts a month cannot be allowed: write a number above 0")
    return Subscription(
        id=f"{content}:{channel}:{target}",
        channel=channel,
        target=target,
        content=content,
        lang=lang,
        false_alerts_per_month=false_alerts_per_month,
    )
