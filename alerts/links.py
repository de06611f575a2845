"""Links in messages: pages of the web and signed unsubscribe addresses.

A signature says "this link was made for this subscription"; it is an HMAC, holds no secret and needs no table.
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import quote

from alerts.config import AlertSettings, secret


def theme_url(settings: AlertSettings, theme_id: str) -> str | None:
    """The theme's page, None while the web has no public address."""
    return f"{settings.public_url}/themes/{quote(theme_id, safe='')}" if settings.public_url else None


def unsubscribe_url(settings: AlertSettings, subscription_id: str) -> str | None:
    """The one-click unsubscribe address, None without a public address and a key. Raises ConfigError (unreadable key file)."""
    key = secret("link_secret", settings.link_secret, settings.link_secret_file)
    if settings.public_url is None or key is None:
        return None
    return (
        f"{settings.public_url}/unsubscribe/{quote(subscription_id, safe='')}?token={sign(key, 'unsubscribe', subscription_id)}"
    )


def sign(key: str, purpose: str, subject: str) -> str:
    """A short token for one purpose and subject."""
    return hmac.new(key.encode(), f"{purpose}\0{subject}".encode(), hashlib.sha256).hexdigest()[:40]


def is_signed(key: str, purpose: str, subject: str, token: str) -> bool:
    """Whether ``token`` was made by ``sign`` with this key, compared in constant time."""
    return hmac.compare_digest(sign(key, purpose, subject).encode(), token.encode())
