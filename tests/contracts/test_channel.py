"""What every channel promises, whatever it is made of."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from alerts.channels.base import Channel
from alerts.channels.build import build_channels
from alerts.compose import Background, alert_message, group_message
from alerts.config import AlertSettings, SlackSettings, SmtpSettings
from alerts.message import Envelope, Message
from storage.errors import DeliveryError
from storage.model import AlertState, State
from tests.servers.slack import TOKEN, running_slack
from tests.servers.smtp import running_mail_server
from tests.unit.alerts.samples import NOW, a_theme, an_alert, some_documents

PASSWORD = "hunter2-very-secret"
HOSTILE = (
    "</a>\r\nBcc: everyone@example.org\r\n<!channel> <https://evil.example|click> *bold* &"
    " \u202edesrever\x00 <script>alert(1)</script>"
)


@dataclass
class Subject:
    """A channel under test, what has arrived at its place, and how to spoil the place."""

    channel: Channel
    target: str
    arrived: Callable[[], list[str]]
    pause: Callable[[], None]
    unreachable: Channel


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK would send loopback requests through a proxy of the environment."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["slack", "slack-webhook", "email", "file"])
def subject(request: pytest.FixtureRequest, tmp_path: Path, closed_port: int) -> Iterator[Subject]:
    name = request.param
    with running_slack() as slack, running_mail_server() as mail:
        good = build_channels(
            AlertSettings(
                slack=SlackSettings(bot_token=SecretStr(TOKEN), base_url=slack.api, webhooks={"hook": SecretStr(slack.hook)}),
                smtp=SmtpSettings(host="127.0.0.1", port=mail.port, security="plain", from_address="zoom@example.org"),
                file_root=tmp_path,
            )
        )
        blocked = tmp_path / "a-file"
        blocked.write_text("in the way")
        nowhere = f"http://127.0.0.1:{closed_port}"
        bad = build_channels(
            AlertSettings(
                slack=SlackSettings(
                    bot_token=SecretStr(TOKEN),
                    base_url=f"{nowhere}/api/",
                    webhooks={"hook": SecretStr(f"{nowhere}/services/T/B/{PASSWORD}")},
                ),
                smtp=SmtpSettings(
                    host="127.0.0.1",
                    port=closed_port,
                    security="plain",
                    from_address="zoom@example.org",
                    user="zoom",
                    password=SecretStr(PASSWORD),
                ),
                file_root=blocked,
            )
        )
        targets = {"slack": "#veille", "slack-webhook": "hook", "email": "reader@example.org", "file": "out"}
        arrived: dict[str, Callable[[], list[str]]] = {
            "slack": lambda: [message.words for message in slack.messages],
            "slack-webhook": lambda: [str(body) for body in slack.hooked],
            "email": lambda: [text_of(one) for one in mail.mails],
            "file": lambda: [path.read_text() for path in sorted((tmp_path / "out").glob("*.slack.json"))],
        }
        yield Subject(good[name], targets[name], arrived[name], slack.advance, bad[name])


def text_of(mail: object) -> str:
    body = mail.get_body(("plain",))  # type: ignore[attr-defined]
    return f"{mail['Subject']}\n{body.get_content()}"  # type: ignore[index]


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    return port


def a_message(
    target: str, *, key: str = "k1", lang: str = "fr", title: str = "Photonique intégrée", **changed: object
) -> Message:
    documents = {document.id: document for document in some_documents(title=title)}
    background = Background({"photonics": a_theme(fr=title, en=title)}, documents, {"gazette": title})
    to = Envelope(key=key, subscription_id="s1", target=target, lang=lang)
    return alert_message(an_alert(**changed), background, to, AlertSettings(), NOW, heard_before=False)


def test_a_message_arrives_once_with_its_numbers(subject: Subject) -> None:
    receipt = subject.channel.send(a_message(subject.target))
    (seen,) = subject.arrived()
    assert "Photonique intégrée" in seen
    assert "41 articles de 12 sources" in seen
    assert "×2,9" in seen
    assert receipt.channel == subject.channel.name


def test_the_receipt_threads_the_next_message(subject: Subject) -> None:
    first = subject.channel.send(a_message(subject.target))
    subject.pause()
    closed = a_message(subject.target, key="k2", state=AlertState.RESOLVED, version=2, signal_state=State.STABLE)
    second = subject.channel.send(closed, first.detail)
    assert second.channel == subject.channel.name
    assert any("Clos" in seen for seen in subject.arrived())


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_hostile_titles_stay_text(subject: Subject, lang: str) -> None:
    subject.channel.send(a_message(subject.target, title=HOSTILE, lang=lang))
    (seen,) = subject.arrived()
    assert not {"\u202e", "\x00"} & set(seen)
    assert "everyone@example.org" in seen
    assert "evil.example" in seen, "the title is shown, only defused"


def test_a_group_of_forty_alerts_fits(subject: Subject) -> None:
    messages = [
        a_message(subject.target, key=f"k{i}", alert_id=f"a{i}", reason_fr="Une phrase très longue. " * 60) for i in range(40)
    ]
    subject.channel.send(group_message(messages, messages[0].to))
    (seen,) = subject.arrived()
    assert "40 nouvelles alertes" in seen


def test_a_very_long_title_fits(subject: Subject) -> None:
    subject.channel.send(a_message(subject.target, title="<&>" * 2000))
    assert len(subject.arrived()) == 1


def test_an_unreachable_place_is_retry_and_tells_no_secret(subject: Subject) -> None:
    with pytest.raises(DeliveryError) as caught:
        subject.unreachable.send(a_message(subject.target))
    assert caught.value.outcome == "retry"
    told, cause = str(caught.value), caught.value.__cause__
    for hidden in (TOKEN, PASSWORD):
        assert hidden not in told
        assert hidden not in str(cause)
    assert subject.arrived() == []
