"""Mail as a server takes it: its parts, its headers, its refusals."""

from __future__ import annotations

import email
import io
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import pytest
from PIL import Image
from pydantic import SecretStr

from alerts.channels.build import build_channels
from alerts.config import AlertSettings
from storage.errors import DeliveryError
from tests.contracts.test_channel import HOSTILE, a_message
from tests.servers.smtp import FakeMailServer


def html_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_a_mail_has_text_html_and_the_curve_it_shows(mail: FakeMailServer, settings: AlertSettings) -> None:
    build_channels(settings)["email"].send(a_message("reader@example.org"))
    (got,) = mail.mails
    assert mail.recipients == [["reader@example.org"]]
    assert got["Subject"] == "Émergent\u00a0: Photonique intégrée"
    image = next(part for part in got.walk() if part.get_content_type() == "image/png")
    assert f"cid:{image['Content-ID'].strip('<>')}" in html_of(got)
    size = Image.open(io.BytesIO(cast(bytes, image.get_content()))).size
    assert size == (1072, 128)


def test_the_same_message_is_the_same_bytes(mail: FakeMailServer, settings: AlertSettings) -> None:
    for _ in range(2):
        build_channels(settings)["email"].send(a_message("reader@example.org"))
    first, second = (email.message_from_bytes(raw, policy=default) for raw in mail.raw)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].endswith("@example.org>")
    assert mail.raw[0] == mail.raw[1]


def test_one_click_unsubscribe_when_the_web_has_an_address(mail: FakeMailServer, settings: AlertSettings) -> None:
    build_channels(settings)["email"].send(a_message("reader@example.org"))
    inside = settings.model_copy(update={"public_url": None})
    build_channels(inside)["email"].send(a_message("reader@example.org", key="k2"))
    with_web, without = mail.mails
    assert with_web["List-Unsubscribe"].startswith("<https://veille.example/unsubscribe/s1?token=")
    assert with_web["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert without["List-Unsubscribe"] is None


def test_hostile_titles_add_no_header_and_no_markup(mail: FakeMailServer, settings: AlertSettings) -> None:
    build_channels(settings)["email"].send(a_message("reader@example.org", title=HOSTILE, reason_fr=HOSTILE))
    (got,) = mail.mails
    assert got["Bcc"] is None
    assert got.defects == []
    assert "Bcc: everyone@example.org" in got["Subject"]
    page = html_of(got)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert 'href="https://evil' not in page


def test_a_document_address_cannot_leave_its_attribute(mail: FakeMailServer, settings: AlertSettings) -> None:
    message = a_message("reader@example.org", evidence={"documents": ["photonics-d1"]})
    assert message.items[0].links[0].url == "https://gazette.example/photonics?a=1&b=2"
    build_channels(settings)["email"].send(message)
    assert 'href="https://gazette.example/photonics?a=1&amp;b=2"' in html_of(mail.mails[0])


@pytest.mark.parametrize(
    ("where", "answer", "outcome"),
    [
        ("rcpt", "550 no such user", "permanent"),
        ("rcpt", "451 try later", "retry"),
        ("data", "451 greylisted", "retry"),
        ("data", "554 looks like spam", "permanent"),
    ],
)
def test_the_code_of_a_refusal_decides(
    mail: FakeMailServer, settings: AlertSettings, where: str, answer: str, outcome: str
) -> None:
    setattr(mail, where, answer)
    with pytest.raises(DeliveryError, match=answer[:3]) as caught:
        build_channels(settings)["email"].send(a_message("reader@example.org"))
    assert caught.value.outcome == outcome
    assert mail.mails == []


def test_a_connection_lost_after_the_message_is_unknown(mail: FakeMailServer, settings: AlertSettings) -> None:
    mail.hang_up = True
    with pytest.raises(DeliveryError, match="answer was lost") as caught:
        build_channels(settings)["email"].send(a_message("reader@example.org"))
    assert caught.value.outcome == "unknown"
    assert len(mail.mails) == 1


def test_a_server_without_the_security_asked_for_gets_no_password(mail: FakeMailServer, settings: AlertSettings) -> None:
    assert settings.smtp is not None
    strict = settings.smtp.model_copy(update={"security": "starttls", "user": "zoom", "password": SecretStr("hunter2")})
    with pytest.raises(DeliveryError) as caught:
        build_channels(settings.model_copy(update={"smtp": strict}))["email"].send(a_message("reader@example.org"))
    assert caught.value.outcome == "retry"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("target", ["nobody", "a@b\r\nBcc: c@d.fr", "élise@exemple.fr", "A <a@b.fr>"])
def test_an_impossible_address_is_permanent(mail: FakeMailServer, settings: AlertSettings, target: str) -> None:
    with pytest.raises(DeliveryError, match="not a plain e-mail address") as caught:
        build_channels(settings)["email"].send(a_message(target))
    assert caught.value.outcome == "permanent"
    assert mail.recipients == []


def test_an_unreadable_link_key_keeps_the_mail(mail: FakeMailServer, settings: AlertSettings, tmp_path: Path) -> None:
    broken = settings.model_copy(update={"link_secret": None, "link_secret_file": tmp_path / "missing"})
    with pytest.raises(DeliveryError, match="link_secret_file") as caught:
        build_channels(broken)["email"].send(a_message("reader@example.org"))
    assert caught.value.outcome == "retry"
