"""Slack as it answers: threads and edits, limits, refusals, lost replies."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from alerts.channels.build import build_channels
from alerts.config import AlertSettings, SlackSettings
from storage.errors import DeliveryError
from storage.model import AlertState, State, Verdict
from tests.contracts.test_channel import HOSTILE, a_message
from tests.servers.slack import HOOK, TOKEN, FakeSlack
from tests.unit.alerts.samples import full_evidence


def mrkdwn_texts(value: Any) -> list[str]:
    """Every text Slack would read as mrkdwn."""
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == "mrkdwn" else []
        return own + [text for part in value.values() for text in mrkdwn_texts(part)]
    return [text for part in value for text in mrkdwn_texts(part)] if isinstance(value, list) else []


def test_a_case_is_one_message_edited_with_its_changes_in_the_thread(slack: FakeSlack, settings: AlertSettings) -> None:
    channel = build_channels(settings)["slack"]
    first = channel.send(a_message("#veille"))
    slack.advance()
    second = channel.send(a_message("#veille", key="k2", lift=4.4, version=2), first.detail)
    slack.advance()
    closed = a_message("#veille", key="k3", version=3, state=AlertState.RESOLVED, signal_state=State.STABLE)
    channel.send(closed, second.detail)
    (root,) = slack.roots()
    assert len(root.edits) == 2
    assert "✅ Clos" in root.words
    replies = [message for message in slack.messages if message.thread_ts == root.ts]
    assert len(replies) == 2
    assert "×4,4" in replies[0].words


def test_a_deleted_root_is_posted_anew(slack: FakeSlack, settings: AlertSettings) -> None:
    channel = build_channels(settings)["slack"]
    first = channel.send(a_message("#veille"))
    slack.messages.clear()
    slack.advance()
    again = channel.send(a_message("#veille", key="k2"), first.detail)
    assert [message.ts for message in slack.roots()] == [again.detail["ts"]]


def test_a_root_too_old_to_edit_still_gets_its_reply(slack: FakeSlack, settings: AlertSettings) -> None:
    channel = build_channels(settings)["slack"]
    first = channel.send(a_message("#veille"))
    slack.advance()
    slack.fail_next("edit_window_closed", "chat.update")
    channel.send(a_message("#veille", key="k2"), first.detail)
    assert [message.thread_ts for message in slack.messages] == [None, first.detail["ts"]]


def test_hostile_text_cannot_mention_link_or_format(slack: FakeSlack, settings: AlertSettings) -> None:
    build_channels(settings)["slack"].send(a_message("#veille", title=HOSTILE, reason_fr=HOSTILE))
    (message,) = slack.messages
    texts = [*mrkdwn_texts(message.body["blocks"]), message.body["text"]]
    assert len(texts) > 5
    for text in texts:
        assert "<!" not in text
        assert "<https://evil" not in text
        assert "*bold*" not in text
    assert "&lt;!channel&gt;" in message.body["text"]
    objects = [part for block in message.body["blocks"] for part in _objects(block) if part["type"] == "mrkdwn"]
    assert all(part["verbatim"] for part in objects)
    assert message.body["link_names"] is False
    assert message.body["unfurl_links"] is False


def _objects(block: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for part in (block.get("text"), *block.get("fields", []), *block.get("elements", [])) if part and "text" in part]


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [
        ("ratelimited", "retry"),
        ("503", "retry"),
        ("500", "unknown"),
        ("lost", "unknown"),
        ("internal_error", "unknown"),
        ("fatal_error", "unknown"),
        ("token_revoked", "retry"),
        ("not_in_channel", "permanent"),
        ("invalid_blocks", "permanent"),
    ],
)
def test_what_slack_answers_decides_what_happens_next(
    slack: FakeSlack, settings: AlertSettings, failure: str, outcome: str
) -> None:
    slack.fail_next(failure)
    with pytest.raises(DeliveryError) as caught:
        build_channels(settings)["slack"].send(a_message("#veille"))
    assert caught.value.outcome == outcome
    assert TOKEN not in repr(caught.value) + str(caught.value.__cause__)
    assert len(slack.messages) == (1 if failure == "lost" else 0)
    assert caught.value.retry_after_s == (30 if failure == "ratelimited" else None)


def test_a_lost_edit_may_be_tried_again_a_lost_reply_not(slack: FakeSlack, settings: AlertSettings) -> None:
    channel = build_channels(settings)["slack"]
    first = channel.send(a_message("#veille"))
    slack.advance()
    for method, outcome in (("chat.update", "retry"), ("chat.postMessage", "unknown")):
        slack.fail_next("lost", method)
        with pytest.raises(DeliveryError) as caught:
            channel.send(a_message("#veille", key="k2"), first.detail)
        assert caught.value.outcome == outcome


def test_an_unknown_channel_and_a_wrong_token(slack: FakeSlack, settings: AlertSettings) -> None:
    with pytest.raises(DeliveryError, match="channel_not_found") as caught:
        build_channels(settings)["slack"].send(a_message("#nowhere"))
    assert caught.value.outcome == "permanent"
    wrong = AlertSettings(slack=SlackSettings(bot_token=SecretStr("xoxb-wrong-secret"), base_url=slack.api))
    with pytest.raises(DeliveryError, match="invalid_auth") as caught:
        build_channels(wrong)["slack"].send(a_message("#veille"))
    assert caught.value.outcome == "retry"
    assert "xoxb" not in str(caught.value)


@pytest.mark.parametrize(
    ("failure", "outcome"), [("ratelimited", "retry"), ("503", "retry"), ("500", "unknown"), ("lost", "unknown")]
)
def test_what_a_webhook_answers(slack: FakeSlack, settings: AlertSettings, failure: str, outcome: str) -> None:
    slack.fail_next(failure)
    with pytest.raises(DeliveryError) as caught:
        build_channels(settings)["slack-webhook"].send(a_message("hook"))
    assert caught.value.outcome == outcome
    assert HOOK not in repr(caught.value) + str(caught.value.__cause__)


@pytest.mark.parametrize("address", ["{url}/services/T/B/gone-secret", "not-an-address-secret", "http://[secret"])
def test_a_wrong_webhook_is_not_told_to_anyone(
    slack: FakeSlack, address: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = AlertSettings(slack=SlackSettings(webhooks={"hook": SecretStr(address.format(url=slack.url))}))
    with pytest.raises(DeliveryError) as caught:
        build_channels(settings)["slack-webhook"].send(a_message("hook"))
    assert caught.value.outcome in ("permanent", "retry")
    printed = capsys.readouterr()
    assert "secret" not in f"{caught.value!r}{caught.value.__cause__}{caplog.text}{printed.out}{printed.err}"


def test_buttons_appear_only_when_answers_are_listened_to(slack: FakeSlack, settings: AlertSettings) -> None:
    listening = settings.model_copy(update={"slack": settings.slack.model_copy(update={"interactive": True})})
    for chosen in (settings, listening):
        slack.advance()
        build_channels(chosen)["slack"].send(a_message("#veille"))
    quiet, talking = (message.words for message in slack.messages)
    assert "feedback:" not in quiet
    assert all(f"feedback:{verdict.value}:a1" in talking for verdict in Verdict)


@pytest.mark.parametrize("kind", ["momentum", "buzz", "conjunction", "threshold"])
def test_everything_foreign_at_its_longest_fits_and_formats_nothing(slack: FakeSlack, settings: AlertSettings, kind: str) -> None:
    long = HOSTILE * 40
    words = {"fr": long, "en": long}
    hostile = full_evidence(
        *(f"photonics-d{i}" for i in (1, 2)),
        by_source={long: 9, f"{long}2": 8},
        new_terms=[long] * 9,
        new={what: [{"name_fr": long, "name_en": long, "stories": 3}] * 9 for what in ("actors", "places")},
        margins=[{"label_fr": long, "label_en": long, "observed": 3, "expected": 1}] * 2,
        buzz={"days": 3, "observed": 12, "expected": 1.4} | words,
        decided_by={"id": "x"} | words,
        stage={"id": "x"} | words,
        caveat_details=[{"code": "few_data"} | words] * 12,
        document_roles=[{"document_id": "photonics-d1", "role": long}],
    )
    message = a_message("#veille", title=long, reason_fr=long, kind=kind, evidence=hostile)
    build_channels(settings)["slack"].send(message)
    (posted,) = slack.messages
    texts = mrkdwn_texts(posted.body["blocks"])
    assert len(texts) > 8
    for text in texts:
        assert [part for part in ("<!", "<https://evil", "*bold*", "\u202e", "\x00") if part in text] == []
