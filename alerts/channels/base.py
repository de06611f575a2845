"""What a channel is: it renders a message and sends it once. It decides nothing and never tries again by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from alerts.message import Message


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the place answered. ``detail`` is plain JSON; handed back as ``thread`` for the case's next message."""

    channel: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class Channel(Protocol):
    """One way out. Implementations pass the suite ``tests/contracts/test_channel.py``."""

    @property
    def name(self) -> str: ...

    def send(self, message: Message, thread: Mapping[str, Any] | None = None) -> Receipt:
        """Sends ``message`` to ``message.to.target``.

        ``thread`` is the receipt of the case's first message there. Raises only DeliveryError, whose text holds no secret.
        """
        ...
