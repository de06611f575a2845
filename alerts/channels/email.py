"""E-mail by SMTP: plain text, HTML and one sparkline image per theme, in one message per subscriber.

The Message-ID is made from the delivery's key, so a mail is recognisable whoever sends it. A connection lost after the message
was handed over is ``unknown``.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from alerts.channels.base import Receipt
from alerts.config import EMAIL_ADDRESS, AlertSettings, SmtpSettings, secret
from alerts.links import unsubscribe_url
from alerts.message import Message, one_line
from alerts.render import html, plain_text
from alerts.sparkline import png
from storage.errors import ConfigError, DeliveryError, Outcome

_MAX_SUBJECT = 180


class EmailChannel:
    """Sends to one address a message."""

    name = "email"

    def __init__(self, settings: AlertSettings, smtp: SmtpSettings) -> None:
        self._settings = settings
        self._smtp = smtp
        self._password = secret("smtp.password", smtp.password, smtp.password_file)

    def send(self, message: Message, thread: Mapping[str, Any] | None = None) -> Receipt:
        if not EMAIL_ADDRESS.fullmatch(message.to.target):
            raise _error(message, "this is not a plain e-mail address", "permanent")
        try:
            mail = build_mail(message, self._settings, self._smtp, thread)
        except ConfigError as exc:
            raise _error(message, str(exc), "retry") from exc
        with self._session(message) as smtp:
            self._hand_over(smtp, mail, message)
        return Receipt(self.name, {"message_id": str(mail["Message-ID"])})

    def _session(self, message: Message) -> _Session:
        """A connection ready for a message; nothing has been sent when this fails."""
        s = self._smtp
        smtp: smtplib.SMTP | None = None
        try:
            context = ssl.create_default_context()
            if s.security == "ssl":
                smtp = smtplib.SMTP_SSL(s.host, s.port, timeout=s.timeout_s, context=context)
            else:
                smtp = smtplib.SMTP(s.host, s.port, timeout=s.timeout_s)
            smtp.ehlo_or_helo_if_needed()
            if s.security == "starttls":
                smtp.starttls(context=context)
                smtp.ehlo()
            if s.user is not None:
                smtp.login(s.user, self._password or "")
        except (OSError, smtplib.SMTPException) as exc:
            if smtp is not None:
                smtp.close()
            # A wrong password or certificate is for a person to put right: the mail is kept.
            code = f" {exc.smtp_code}" if isinstance(exc, smtplib.SMTPResponseException) else ""
            raise _error(message, f"the mail server is not ready ({type(exc).__name__}{code})", "retry") from None
        return _Session(smtp)

    def _hand_over(self, smtp: smtplib.SMTP, mail: EmailMessage, message: Message) -> None:
        try:
            for code, answer in (smtp.mail(self._smtp.from_address), smtp.rcpt(message.to.target)):
                if code >= 400:
                    raise _refused(message, code, answer)
        except (OSError, smtplib.SMTPException) as exc:
            raise _error(message, f"the connection broke ({type(exc).__name__})", "retry") from None
        try:
            code, answer = smtp.data(mail.as_bytes(policy=SMTP))
        except smtplib.SMTPDataError as exc:
            raise _refused(message, exc.smtp_code, exc.smtp_error) from None
        except (OSError, smtplib.SMTPException) as exc:
            raise _error(message, f"the answer was lost ({type(exc).__name__})", "unknown") from None
        if code >= 400:
            raise _refused(message, code, answer)


class _Session:
    """Closes the connection; how the goodbye goes no longer matters."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self._smtp = smtp

    def __enter__(self) -> smtplib.SMTP:
        return self._smtp

    def __exit__(self, *_exc: object) -> None:
        try:
            self._smtp.quit()
        except (OSError, smtplib.SMTPException):
            self._smtp.close()


def build_mail(
    message: Message, settings: AlertSettings, smtp: SmtpSettings, thread: Mapping[str, Any] | None = None
) -> EmailMessage:
    """The mail, complete. The same message gives the same mail to the byte, date and boundaries included."""
    mail = EmailMessage(policy=SMTP)
    domain = smtp.from_address.rpartition("@")[2]
    mail["Subject"] = one_line(message.title, _MAX_SUBJECT)
    mail["From"] = Address(one_line(smtp.from_name, 80), addr_spec=smtp.from_address)
    mail["To"] = Address(addr_spec=message.to.target)
    if smtp.reply_to:
        mail["Reply-To"] = Address(addr_spec=smtp.reply_to)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = message_id(message.to.key, domain)
    if thread and thread.get("message_id"):
        mail["In-Reply-To"] = mail["References"] = one_line(str(thread["message_id"]), 200)
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = message.to.lang
    unsubscribe = unsubscribe_url(settings, message.to.subscription_id)
    if unsubscribe:
        mail["List-Unsubscribe"] = f"<{unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(plain_text(message, unsubscribe), cte="quoted-printable")
    mail.add_alternative(
        html(message, lambda number, _item: f"cid:{_content_id(message, number, domain)}", unsubscribe),
        subtype="html",
        cte="quoted-printable",
    )
    page = mail.get_payload()[1]  # type: ignore[index]
    assert isinstance(page, MIMEPart)
    for number, item in enumerate(message.items):
        if item.weekly:
            page.add_related(
                png(item.weekly, item.onset),
                maintype="image",
                subtype="png",
                cid=f"<{_content_id(message, number, domain)}>",
                filename=f"curve-{number + 1}.png",
                disposition="inline",
            )
    _fix_boundaries(mail, message.to.key)
    return mail


def message_id(key: str, domain: str) -> str:
    """The Message-ID of a delivery."""
    return f"<{_digest(key)}@{domain}>"


def _content_id(message: Message, number: int, domain: str) -> str:
    return f"{_digest(message.to.key)[:16]}.{number}@{domain}"


def _fix_boundaries(mail: EmailMessage, key: str) -> None:
    """Boundaries from the key instead of from chance, so that a message is always the same bytes."""
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=={_digest(f'{key}/{number}')[:24]}==")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _refused(message: Message, code: int, answer: bytes | str) -> DeliveryError:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    outcome: Outcome = "permanent" if code >= 500 else "retry"
    return _error(message, f"the mail server refused it: {code} {one_line(said, 200)}", outcome)


def _error(message: Message, what: str, outcome: Outcome) -> DeliveryError:
    return DeliveryError(f"mail to {message.to.target}: {what}", outcome=outcome, channel=EmailChannel.name)
