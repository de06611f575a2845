"""A mail server on loopback (aiosmtpd) that can be told to refuse, to ask for patience, or to hang up after the message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class FakeMailServer:
    """``mails`` is what was accepted. ``rcpt`` and ``data`` are answers to give instead of 250; ``hang_up`` loses the reply."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    rcpt: str = ""
    data: str = ""
    hang_up: bool = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.data:
            return self.data
        content = envelope.content
        assert isinstance(content, bytes)
        mail: Any = message_from_bytes(content, policy=default)
        self.mails.append(mail)
        self.raw.append(content)
        self.recipients.append(list(envelope.rcpt_tos))
        if self.hang_up:
            assert server.transport is not None
            server.transport.abort()
        return "250 OK"


class _Controller(Controller):
    """Listens on a port the system chooses."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def running_mail_server() -> Iterator[FakeMailServer]:
    handler = FakeMailServer()
    controller = _Controller(handler, hostname="127.0.0.1", port=0)
    controller.start()
    handler.port = controller.port
    try:
        yield handler
    finally:
        controller.stop()
