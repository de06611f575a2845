"""Writes what would be sent into a folder: the exact Slack payload, and the mail as .eml, .html and .txt.

Serves the demo, the replay and anyone who wants to look first. Writing twice gives the same files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alerts.channels.base import Receipt
from alerts.channels.email import build_mail
from alerts.channels.slack_blocks import payload, reply
from alerts.config import AlertSettings, SmtpSettings
from alerts.message import Envelope, Message
from alerts.render import embedded_image, html, plain_text
from storage.errors import ConfigError, DeliveryError

# Where no mail server is set up the .eml still needs a sender; .invalid can never be somebody's.
_PREVIEW = SmtpSettings(host="localhost", from_address="zoom-avant@example.invalid")


class FileChannel:
    """Sends to a folder, made when missing; a relative one lies under ``file_root``."""

    name = "file"

    def __init__(self, settings: AlertSettings) -> None:
        self._settings = settings

    def send(self, message: Message, thread: Mapping[str, Any] | None = None) -> Receipt:
        folder = self._settings.file_root / message.to.target
        stem = _stem(message)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            names = [_write(folder / name, content) for name, content in self._files(message, stem, thread).items()]
        except ConfigError as exc:
            raise DeliveryError(str(exc), outcome="retry", channel=self.name) from exc
        except OSError as exc:
            raise DeliveryError(
                f"cannot write to {folder}: {exc.strerror or type(exc).__name__}", outcome="retry", channel=self.name
            ) from exc
        return Receipt(self.name, {"folder": str(folder), "files": names})

    def _files(self, message: Message, stem: str, thread: Mapping[str, Any] | None) -> dict[str, bytes]:
        slack: dict[str, Any] = {"channel": "#preview"} | payload(message, interactive=self._settings.slack.interactive)
        if thread and message.kind == "alert":
            slack = {"update": slack, "thread_reply": reply(message)}
        files = {
            f"{stem}.slack.json": (json.dumps(slack, ensure_ascii=False, indent=2) + "\n").encode(),
            f"{stem}.txt": plain_text(message).encode(),
        }
        if message.kind == "digest":
            envelope = Envelope(
                key=message.to.key,
                subscription_id=message.to.subscription_id,
                target="reader@example.invalid",
                lang=message.to.lang,
            )
            mail = build_mail(message.addressed(envelope), self._settings, self._settings.smtp or _PREVIEW)
            files[f"{stem}.eml"] = mail.as_bytes()
            files[f"{stem}.html"] = html(message, embedded_image).encode()
        return files


def _stem(message: Message) -> str:
    """A name a person can read, made unique by the key."""
    words = re.sub(
        r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", message.title.casefold()).encode("ascii", "ignore").decode()
    )[:50].strip("-")
    unique = hashlib.sha256(message.to.key.encode()).hexdigest()[:8]
    return "-".join(part for part in (message.at.date().isoformat(), message.kind, message.to.lang, words, unique) if part)


def _write(path: Path, content: bytes) -> str:
    """Whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)  # noqa: PTH105 - atomic on the same folder
    return path.name
